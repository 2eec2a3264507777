"""One run on a base of its own, a pass at a time, as the engine that started it allows."""

import os
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import torch

from loraloom_engine.background import Background, Work
from loraloom_engine.channel import EndOfInput
from loraloom_engine.device import choose_device
from loraloom_engine.faults import to_fault
from loraloom_engine.lane.lane import Lane
from loraloom_engine.loading import load_base
from loraloom_engine.protocol.events import RunFailed
from loraloom_engine.solo.messages import Command, Job, TurnTaken, parse_command
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train

Emit = Callable[[Any], None]


def run_alone(
    job: Job, queue: SimpleQueue, emit: Emit, tell_turn: Callable[[TurnTaken], None]
) -> None:
    """Until the run's last event. ``queue`` holds lines of commands, and the end of input."""
    try:
        lane, background = begin(job, emit)
    except Exception as error:  # noqa: BLE001 - the engine is told, whatever it was
        fault = to_fault(error)
        emit(RunFailed(job.run.run_id, fault.code, fault.message, fault.details))
        return
    tell_turn(TurnTaken(0))
    while background:
        if next_command(queue).do == "cancel":
            background.stop()
            return
        before = lane.tokens
        background.advance()
        tell_turn(TurnTaken(lane.tokens - before))


def begin(job: Job, emit: Emit) -> tuple[Lane, Background]:
    device = choose_device(os.environ.get("LORALOOM_ENGINE_DEVICE", "auto"))
    # All weights learn in float32, whatever they are served in.
    dtype = torch.float32 if job.run.config.full_fine_tuning else None
    base, pace = load_base(job.base, device, dtype), Pace()
    lane = Lane(base, pace)
    background = Background(lane)
    background.begin(Work(train(base, job.run, pace, emit), emit, job.run.run_id))
    return lane, background


def next_command(queue: SimpleQueue) -> Command:
    """The end of input is the end of the engine."""
    item = queue.get()
    return Command("cancel") if isinstance(item, EndOfInput) else parse_command(item)
