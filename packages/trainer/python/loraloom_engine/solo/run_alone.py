"""One run on a base of its own, a pass at a time, as the engine that started it allows."""

import os
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import torch

from loraloom_engine.background import Background, Work
from loraloom_engine.channel import EndOfInput
from loraloom_engine.device import choose_device, used_memory
from loraloom_engine.faults import to_fault
from loraloom_engine.lane.lane import Lane
from loraloom_engine.loading import load_base
from loraloom_engine.protocol.events import RunFailed
from loraloom_engine.solo.messages import Command, Job, Standing, parse_command
from loraloom_engine.training.memory import PROCESS_BYTES
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train

Emit = Callable[[Any], None]


def run_alone(job: Job, queue: SimpleQueue, emit: Emit, tell: Callable[[Standing], None]) -> None:
    """Until the run's last event. ``queue`` holds lines of commands, and the end of input."""
    try:
        alone = Alone(job, emit, tell)
    except Exception as error:  # noqa: BLE001 - the engine is told, whatever it was
        fault = to_fault(error)
        emit(RunFailed(job.run.run_id, fault.code, fault.message, fault.details))
        return
    alone.tell_standing()
    alone.write_files()
    while alone.goes_on:
        command = next_command(queue).do
        if command == "finish":
            alone.finish()
            return
        if command == "cancel":
            alone.stop()
            return
        alone.take_turn()
        alone.write_files()


class Alone:
    """The run, and what it told of itself."""

    def __init__(self, job: Job, emit: Emit, tell: Callable[[Standing], None]) -> None:
        self._device = choose_device(os.environ.get("LORALOOM_ENGINE_DEVICE", "auto"))
        self._tell = tell
        # All weights learn in float32, whatever they are served in.
        dtype = torch.float32 if job.run.config.full_fine_tuning else None
        base, pace = load_base(job.base, self._device, dtype), Pace()
        base.pass_tokens = job.pass_tokens
        self._lane = Lane(base, pace)
        self._background = Background(self._lane)
        self._run = Work(train(base, job.run, pace, emit), emit, job.run.run_id)
        self._background.begin(self._run)

    @property
    def goes_on(self) -> bool:
        return bool(self._background)

    def take_turn(self) -> None:
        before = self._lane.tokens
        self._background.go_on()
        self._background.compute()
        self.tell_standing(self._lane.tokens - before)

    def write_files(self) -> None:
        """Between turns: others compute meanwhile, and none is given before all are written."""
        while self._background.has_files_to_write:
            self._background.write_files()
            self.tell_standing()

    def tell_standing(self, tokens: int = 0) -> None:
        wants_turn = not self._background.has_files_to_write
        self._tell(Standing(tokens, bytes_taken(self._device), wants_turn))

    def finish(self) -> None:
        self._background.finish(self._run)

    def stop(self) -> None:
        self._background.stop()


def bytes_taken(device: torch.device) -> int:
    """Of what the process was promised; what CUDA itself takes on a GPU is not told by torch."""
    return used_memory(device) + (PROCESS_BYTES if device.type == "cuda" else 0)


def next_command(queue: SimpleQueue) -> Command:
    """The end of input is the end of the engine."""
    item = queue.get()
    return Command("cancel") if isinstance(item, EndOfInput) else parse_command(item)
