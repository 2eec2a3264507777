"""One training run of a LoRA adapter on the resident base, or of a base of its own (``solo``).

``train`` is a generator that says what it needs: it yields a ``Demand`` and goes on once the
lane has met it, together with the demands of other runs, or ``FilesToWrite``. To end it early, the
engine throws ``CancelledError`` or ``FinishEarlyError`` into it.
"""

import math
import time
from collections.abc import Generator
from pathlib import Path

from torch import nn

from loraloom_engine.adapter_files import write_adapter
from loraloom_engine.base import Base
from loraloom_engine.device import peak_memory
from loraloom_engine.errors import EngineError
from loraloom_engine.faults import is_out_of_memory
from loraloom_engine.lane.demand import Demand
from loraloom_engine.lane.writing import Wanted
from loraloom_engine.loading import DTYPES
from loraloom_engine.protocol.events import (
    Progress,
    RunCancelled,
    RunCheckpointed,
    RunFailed,
    RunFinished,
    RunStarted,
)
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.training.completions import lesson_of_completions
from loraloom_engine.training.evaluations import (
    Emit,
    Turns,
    evaluate_after,
    evaluate_before,
    evaluate_if_due,
)
from loraloom_engine.training.figures import Figures
from loraloom_engine.training.files_to_write import FilesToWrite
from loraloom_engine.training.group_relative import GroupRelative
from loraloom_engine.training.lesson import Lesson, lesson_of_rows
from loraloom_engine.training.lora_config import lora_config
from loraloom_engine.training.pace import Kind, Pace
from loraloom_engine.training.run_errors import non_finite, out_of_memory
from loraloom_engine.training.schedule import learning_rate
from loraloom_engine.training.scoring import HeldOut, note_references
from loraloom_engine.training.state import RunState, prepare_run
from loraloom_engine.whole.model_files import write_model


class CancelledError(Exception):
    """Thrown into ``train`` to end the run early."""

    def __init__(self, checkpoint: bool) -> None:
        super().__init__("the run was cancelled")
        self.checkpoint = checkpoint


class FinishEarlyError(Exception):
    """Thrown into ``train`` to end the run after its last step with what it makes."""


def train(base: Base, request: StartRun, pace: Pace, emit: Emit) -> Turns:
    """Run to the end; every outcome is told by its event."""
    try:
        run = prepare_run(base, request, pace)
        with base.live_runs.training(request.run_id, run):
            yield from train_prepared(run, emit)
    except EngineError as error:
        emit(RunFailed(request.run_id, error.code, error.message, error.details))


def train_prepared(run: RunState, emit: Emit) -> Turns:
    try:
        emit(run_started(run))
        yield from compare_with_start(run)
        yield from evaluate_before(run, emit)
        yield from evaluate_if_due(run, emit)
        while run.goes_on:
            yield from take_step(run, emit)
            yield from save_if_due(run, emit)
            yield from evaluate_if_due(run, emit)
        held_out = yield from evaluate_after(run, emit)
        yield FilesToWrite()
        emit(finish(run, held_out))
    except CancelledError as cancelled:
        emit(RunCancelled(run.request.run_id, run.step, last_words(run, cancelled.checkpoint)))
    except FinishEarlyError:
        emit(finish_early(run))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise out_of_memory(run) from error


def run_started(run: RunState) -> RunStarted:
    return RunStarted(
        run_id=run.request.run_id,
        examples=len(run.rows),
        evaluation_examples=len(run.held_out) if run.held_out else 0,
        trained_tokens_per_epoch=run.rows.trained_total,
        steps=run.steps,
        resumed_from_step=run.resumed_from_step,
    )


def compare_with_start(run: RunState) -> Turns:
    """DPO and KTO measure against the starting state; a resumed run has kept what it said."""
    if run.resumed_from_step == 0:
        for method in run.comparing.values():
            yield from note_references(run.asker(method), method)


def take_step(run: RunState, emit: Emit) -> Turns:
    """One optimizer step: the gradients of its examples, then clipping and AdamW."""
    lesson = yield from lesson_of_step(run)
    wanted = yield from gradients_of(run, lesson)
    began = time.monotonic()
    norm = nn.utils.clip_grad_norm_([run.adapter.weights], run.request.config.max_grad_norm).item()
    if not (math.isfinite(wanted.loss) and math.isfinite(norm)):
        raise non_finite(run, "loss or its gradient")
    apply_gradients(run)
    run.pace.add(Kind("step", run.adapter.shape.parameters), time.monotonic() - began)
    run.step += 1
    run.tokens += lesson.tokens
    run.last_loss = wanted.loss
    emit(progress(run, norm, lesson.figures(wanted.log_probs)))


def lesson_of_step(run: RunState) -> Generator[Wanted | None, None, Lesson]:
    if isinstance(run.method, GroupRelative):
        return (yield from lesson_of_completions(run, run.method))
    return (yield from lesson_of_rows(run, run.method))


def gradients_of(run: RunState, lesson: Lesson) -> Generator[Demand, None, Demand]:
    config = run.request.config
    demand = Demand(
        run.owner,
        run.adapter,
        lesson.groups,
        lesson.objective,
        dropout=config.dropout,
        checkpointing=config.gradient_checkpointing,
        later=run.tokens_after_step,
    )
    run.adapter.weights.grad.zero_()
    if not demand.finished:  # all completions of each group may be worth the same
        yield demand
    return demand


def apply_gradients(run: RunState) -> None:
    for group in run.optimizer.param_groups:
        group["lr"] = learning_rate(run.request.config, run.step, run.steps)
    run.optimizer.step()


def progress(run: RunState, gradient_norm: float, figures: Figures) -> Progress:
    config = run.request.config
    seconds = time.monotonic() - run.started
    done = run.step - run.resumed_from_step
    return Progress(
        run_id=run.request.run_id,
        step=run.step,
        steps=run.steps,
        epoch=run.step / run.method.steps_per_epoch,
        loss=run.last_loss,
        learning_rate=learning_rate(config, run.step - 1, run.steps),
        gradient_norm=gradient_norm,
        tokens=run.tokens,
        tokens_per_second=run.tokens / run.seconds,
        eta_seconds=seconds / done * (run.steps - run.step),
        preferences=figures.preferences,
        rewards=figures.rewards,
    )


def save_if_due(run: RunState, emit: Emit) -> Turns:
    config = run.request.config
    late = time.monotonic() - run.checkpointed >= config.checkpoint_seconds
    if run.step == run.steps or not (late or run.step % config.checkpoint_steps == 0):
        return
    yield FilesToWrite()
    began = time.monotonic()
    path = run.save()
    run.pace.add(Kind("save", run.adapter.shape.parameters), time.monotonic() - began)
    emit(RunCheckpointed(run.request.run_id, run.step, str(path)))


def last_words(run: RunState, checkpoint: bool) -> str | None:
    """The path of a cancelled run's checkpoint; None where nothing was learnt since the last one.

    Whoever was told of that one may be reading it, and removes its folder.
    """
    return str(run.save()) if checkpoint and run.step > run.saved_step else None


def finish(run: RunState, held_out: HeldOut | None) -> RunFinished:
    """Raises ``disk_full``."""
    if run.best:
        run.adapter.weights.data.copy_(run.best.weights)
    return finished(run, held_out)


def finish_early(run: RunState) -> RunFinished | RunCancelled:
    """The newest weights, measured or not; where none has learnt yet there are none.

    Raises ``disk_full``.
    """
    if run.step == 0:
        return RunCancelled(run.request.run_id, run.step, None)
    run.best = None
    return finished(run, None)


def finished(run: RunState, held_out: HeldOut | None) -> RunFinished:
    folder = Path(run.request.work_dir) / "adapter"
    write_version(run, folder)
    return RunFinished(
        run_id=run.request.run_id,
        path=str(folder),
        steps=run.step,
        tokens=run.tokens,
        seconds=run.seconds,
        final_loss=run.last_loss,
        held_out_before=run.held_out_before,
        held_out_after=held_out.loss if held_out else None,
        stopped_early=run.step < run.steps,
        best_step=run.best.step if run.best else None,
        peak_memory_bytes=peak_memory(run.base.device),
    )


def write_version(run: RunState, folder: Path) -> None:
    """PEFT's files, or a whole model in the dtype in which its base is served.

    Raises ``disk_full``.
    """
    base, config = run.base, run.request.config
    if config.full_fine_tuning:
        write_model(base, run.adapter.tensors(), folder, DTYPES[base.identity.dtype])
    else:
        write_adapter(base, run.adapter, folder, lora_config(config))
