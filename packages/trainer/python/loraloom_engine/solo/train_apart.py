"""A run in a process of its own, as the engine's other work sees it.

``train_apart`` is a generator like ``train``: it yields the ``Child`` and goes on once that said
something. Its events are passed on as they are.
"""

from collections.abc import Callable, Generator
from contextlib import suppress

from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.magnitudes import require_whole_weights
from loraloom_engine.protocol.events import (
    Progress,
    RunCancelled,
    RunFailed,
    RunFinished,
    RunStarted,
)
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.solo.child import Child
from loraloom_engine.solo.messages import Job
from loraloom_engine.training.agreement import check_agreement
from loraloom_engine.training.evaluations import Emit
from loraloom_engine.training.room import Room, require_room_apart
from loraloom_engine.training.run import CancelledError, FinishEarlyError
from loraloom_engine.training.state import read_method
from loraloom_engine.whole.model_files import require_plain_weights

ENDS = (RunFinished, RunFailed, RunCancelled)

Turns = Generator[Child, None, None]


def needs_own_process(config: TrainingConfig) -> bool:
    """PEFT wraps the base's layers for DoRA, and in full fine-tuning they learn themselves.

    No other run could use them.
    """
    return config.dora or config.full_fine_tuning


def train_apart(base: Base, request: StartRun, wake: Callable[[], None], emit: Emit) -> Turns:
    """Run to the end; every outcome is told by its event.

    ``wake`` is called, in another thread, when its process said something.
    """
    try:
        room = find_room(base, request)
        job = Job(base.identity, request, room.pass_tokens)
        with base.memory.promise(room.needed) as memory, Child(job, wake, memory) as child:
            yield from Following(child, request, emit).to_the_end()
    except EngineError as error:
        emit(RunFailed(request.run_id, error.code, error.message, error.details))


def find_room(base: Base, request: StartRun) -> Room:
    """Before anything is started.

    Raises EngineError ``out_of_memory``, ``no_usable_rows``, or ``bad_option`` for a base whose
    weights are rounded too far.
    """
    check_agreement(request)
    config, evaluation = request.config, request.evaluation_path
    require_trainable(base, config)
    rows = read_method(base, config, request.rows_path).rows
    held_out = read_method(base, config, evaluation).rows if evaluation else None
    return require_room_apart(base, config, rows, held_out)


def require_trainable(base: Base, config: TrainingConfig) -> None:
    if config.full_fine_tuning:
        require_plain_weights(base)
    else:
        require_whole_weights(base.identity)


class Following:
    """Passes a child's events on and knows how far its run got."""

    def __init__(self, child: Child, request: StartRun, emit: Emit) -> None:
        self._child = child
        self._run_id = request.run_id
        self._resumes = request.checkpoint_path is not None
        self._emit = emit
        self._step = 0
        self._begun = False
        self._over = False

    def to_the_end(self) -> Turns:
        try:
            yield from self._until_over()
        except CancelledError as cancelled:
            if cancelled.checkpoint and self._step > 0:
                yield from self._until_checkpoint()
            if not self._over:
                self._emit(RunCancelled(self._run_id, self._step, None))
        except FinishEarlyError:
            yield from self._until_finished()

    def _until_over(self) -> Turns:
        while not self._over:
            yield self._child
            self._hear_all()

    def _until_checkpoint(self) -> Turns:
        """Others go on meanwhile; a child that takes too long is ended, and leaves none."""
        self._child.cancel()
        with suppress(EngineError):
            yield from self._until_over()

    def _until_finished(self) -> Turns:
        """Nobody waits for a process that has learnt nothing yet.

        One that goes on from a checkpoint has, as soon as that is read.
        """
        while self._resumes and not (self._begun or self._over):
            yield self._child
            self._hear_all()
        if self._over:
            return
        if self._step == 0:
            self._emit(RunCancelled(self._run_id, self._step, None))
            return
        self._child.finish()
        yield from self._until_over()

    def _hear_all(self) -> None:
        """All but the end of a process whose run is over."""
        for event in self._child.hear():
            self._pass_on(event)
            if self._over:
                return

    def _pass_on(self, event: object) -> None:
        if isinstance(event, RunStarted):
            self._begun, self._step = True, event.resumed_from_step
        elif isinstance(event, Progress):
            self._step = event.step
        self._over = isinstance(event, ENDS)
        self._emit(event)
