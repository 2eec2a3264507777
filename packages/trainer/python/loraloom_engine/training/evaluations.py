"""When a run measures its held-out rows: before training, at some steps, and after it."""

import dataclasses
import math
import time
from collections.abc import Callable, Generator
from typing import Any

from loraloom_engine.lane.writing import Wanted
from loraloom_engine.protocol.events import Evaluated
from loraloom_engine.training.completions import measure_reward
from loraloom_engine.training.files_to_write import FilesToWrite
from loraloom_engine.training.group_relative import GroupRelative
from loraloom_engine.training.run_errors import non_finite
from loraloom_engine.training.scoring import HeldOut, measure
from loraloom_engine.training.state import RunState

Emit = Callable[[Any], None]
Turns = Generator[Wanted | FilesToWrite | None, None, None]


def evaluate_before(run: RunState, emit: Emit) -> Turns:
    """Measure the untrained adapter; a resumed run has done so and kept the figure."""
    if run.resumed_from_step == 0 and run.held_out:
        held_out = yield from measure_held_out(run)
        run.held_out_before = held_out.loss
        emit(evaluated(run, "before", 0, held_out))
    # The rate and the estimated end are about training, not about this evaluation.
    run.started = run.checkpointed = time.monotonic()


def evaluate_if_due(run: RunState, emit: Emit) -> Turns:
    """Between two steps; what a checkpoint was written before is measured again after a resume."""
    if not is_due(run):
        return
    held_out = yield from measure_held_out(run)
    run.evaluated_step = run.step
    if run.best:
        run.best.note(held_out, run.step, run.adapter.weights)
    emit(evaluated(run, "during", run.step, held_out))


def is_due(run: RunState) -> bool:
    every = run.request.config.evaluate_every
    if every is None or run.step in (0, run.evaluated_step):
        return False
    if run.step == run.steps:
        return run.best is not None  # else it is measured after training anyway
    return run.step % (run.method.steps_per_epoch if every == "epoch" else every) == 0


def evaluate_after(run: RunState, emit: Emit) -> Generator[Wanted | None, None, HeldOut | None]:
    """Measure what the run makes; with early stopping that is what was best, measured already."""
    if run.held_out is None:
        return None
    if run.best:
        step, held_out = run.best.step, run.best.held_out
    else:
        step, held_out = run.step, (yield from measure_held_out(run))
    emit(evaluated(run, "after", step, held_out))
    return held_out


def measure_held_out(run: RunState) -> Generator[Wanted | None, None, HeldOut]:
    """Raises EngineError ``non_finite_loss``."""
    if isinstance(run.held_out, GroupRelative):
        return (yield from measure_reward(run, run.held_out))
    held_out = yield from measure(run.asker(run.held_out), run.held_out)
    if not math.isfinite(held_out.loss):
        raise non_finite(run, "held-out loss")
    return held_out


def evaluated(run: RunState, phase: str, step: int, held_out: HeldOut) -> Evaluated:
    grpo = isinstance(run.held_out, GroupRelative)
    told = held_out.told(run.held_out.rows, reward=0 - held_out.loss if grpo else None)
    moment = {"run_id": run.request.run_id, "split": "held_out", "phase": phase, "step": step}
    return dataclasses.replace(told, **moment)
