"""Background work: runs, evaluations, estimates and token counts, each a generator.

A piece of work hands the engine back by yielding: None, or what it waits for before it goes on: a
demand that the lane meets, the process in which a run trains by itself, or a moment to write files
in. So many runs advance together, and none knows of the others.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from loraloom_engine.errors import EngineError
from loraloom_engine.faults import to_fault
from loraloom_engine.lane.lane import Lane
from loraloom_engine.lane.writing import Wanted
from loraloom_engine.protocol.events import Error, RunFailed
from loraloom_engine.solo.child import Child
from loraloom_engine.solo.turns import DeviceTurns
from loraloom_engine.training.files_to_write import FilesToWrite
from loraloom_engine.training.run import CancelledError, FinishEarlyError

Awaited = Wanted | Child | FilesToWrite | None
Turns = Generator[Awaited, None, Any]


@dataclass(eq=False)
class Work:
    """``adapter`` is the name of the served adapter that it uses, if any.

    What does not go through the base itself may go on in the middle of others' passes.
    """

    turns: Turns
    emit: Callable[[Any], None]
    run_id: str | None = None
    adapter: str | None = None
    uses_base: bool = True
    waits_for: Awaited = None
    cancelled: bool = False

    @property
    def has_files_to_write(self) -> bool:
        return isinstance(self.waits_for, FilesToWrite)

    @property
    def can_go_on(self) -> bool:
        if isinstance(self.waits_for, Child):
            return self.waits_for.has_news
        if isinstance(self.waits_for, Wanted):
            return self.waits_for.finished
        return True

    def tell_fault(self, error: Exception) -> None:
        fault = to_fault(error)
        if self.run_id is None:
            self.emit(Error(fault.code, fault.message, fault.details))
        else:
            self.emit(RunFailed(self.run_id, fault.code, fault.message, fault.details))


class Background:
    """All work in progress on one base."""

    def __init__(self, lane: Lane) -> None:
        # A checkpoint takes as long as some layers, and many runs may write theirs at once:
        # others may have a turn after each piece of work.
        self.between_works: Callable[[], None] = lambda: None
        self._lane = lane
        self._device_turns = DeviceTurns(lane.attained)
        self._works: list[Work] = []

    def __bool__(self) -> bool:
        return bool(self._works)

    @property
    def waits(self) -> bool:
        """Whether nothing can go on before a run's own process says something."""
        if any(work.can_go_on for work in self._works):
            return False
        children = self._children()
        if any(child.at_work for child in children):
            return True
        return len(children) == len(self._works) and not any(c.wants_turn for c in children)

    @property
    def has_files_to_write(self) -> bool:
        return any(work.has_files_to_write for work in self._works)

    def uses(self, adapter: str) -> bool:
        return any(work.adapter == adapter for work in self._works)

    def trains_apart(self, run_id: str) -> bool:
        """Whether the run trains in a process of its own."""
        return any(w.run_id == run_id and isinstance(w.waits_for, Child) for w in self._works)

    def begin(self, work: Work) -> None:
        """Raises EngineError ``engine_busy`` for a run that is in progress already."""
        if work.run_id is not None and self._find(work.run_id):
            raise EngineError("engine_busy", f"The run {work.run_id} is in progress already.")
        self._works.append(work)
        self._resume(work)

    def advance(self) -> None:
        """A piece of whatever can go on, and one pass of all that share the lane or of one else."""
        self.advance_beside_pass()
        self.go_on()
        self.write_files()
        self.compute()

    def go_on(self) -> None:
        """A piece of each that can, but for writing files."""
        for work in [work for work in self._works if work.uses_base]:
            if work.can_go_on and not work.has_files_to_write:
                self._resume(work)
                self.between_works()

    def write_files(self) -> None:
        for work in [work for work in self._works if work.has_files_to_write]:
            self._resume(work)
            self.between_works()

    def compute(self) -> None:
        """One pass, unless a process makes one."""
        self._count_turns()
        if not any(child.at_work for child in self._children()):
            self._make_pass()

    def _count_turns(self) -> None:
        """What runs in processes of their own took counts for their owners as in the lane."""
        for child in self._children():
            if tokens := child.take_tokens():
                self._lane.attained.add(child.owner, tokens)

    def _make_pass(self) -> None:
        """Or a process is told to make it."""
        waiting = {w.waits_for: w for w in self._works if isinstance(w.waits_for, Wanted)}
        child = self._device_turns.choose(self._children(), {demand.owner for demand in waiting})
        if child:
            child.give_turn()
        elif waiting:
            self._lane.advance(
                list(waiting), lambda demand, error: self._throw(waiting[demand], error)
            )

    def advance_beside_pass(self) -> None:
        """A piece of the work that no pass can be in the way of."""
        for work in [work for work in self._works if not work.uses_base]:
            self._resume(work)

    def run(self, run_id: str) -> Work:
        """Raises EngineError ``run_not_found``."""
        work = self._find(run_id)
        if work is None:
            raise EngineError("run_not_found", f"No run {run_id} is in progress here.")
        return work

    def cancel(self, run: Work, checkpoint: bool) -> None:
        """A run that trains apart stays in progress while its process writes a checkpoint."""
        self._interrupt(run, CancelledError(checkpoint))

    def finish(self, run: Work) -> None:
        """As ``cancel``: of a run that trains apart its process writes what it makes."""
        self._interrupt(run, FinishEarlyError())

    def _interrupt(self, run: Work, error: Exception) -> None:
        """Once: whoever is at its last words is not asked for others."""
        if not run.cancelled:
            run.cancelled = True
            self._throw(run, error)

    def stop(self) -> None:
        """End all work in order: runs leave a checkpoint, answers and files end early.

        Who waits for a process comes last, and all processes have the same few seconds.
        """
        for child in self._children():
            child.cancel()
        for work in sorted(self._works, key=lambda work: isinstance(work.waits_for, Child)):
            self._end(work)
        self._works.clear()

    def _end(self, work: Work) -> None:
        if work.run_id is None:
            work.turns.close()
            work.emit(Error("request_cancelled", "The engine was asked to stop."))
            return
        self.cancel(work, checkpoint=True)
        if work in self._works:
            work.waits_for.wait_for_end()
            self._resume(work)

    def _children(self) -> list[Child]:
        return [work.waits_for for work in self._works if isinstance(work.waits_for, Child)]

    def _find(self, run_id: str) -> Work | None:
        return next((work for work in self._works if work.run_id == run_id), None)

    def _resume(self, work: Work) -> None:
        try:
            work.waits_for = next(work.turns)
            # Between equals whoever was heard longest ago is next: two runs of one owner say.
            self._works.remove(work)
            self._works.append(work)
        except StopIteration as end:
            self._works.remove(work)
            if end.value is not None:
                work.emit(end.value)
        except Exception as error:  # noqa: BLE001 - one work's fault must not end the others
            self._works.remove(work)
            work.tell_fault(error)

    def _throw(self, work: Work, error: Exception) -> None:
        """Make a work take the exception at the point where it handed the engine back."""
        try:
            work.waits_for = work.turns.throw(error)
        except StopIteration:
            self._works.remove(work)
        except Exception as fault:  # noqa: BLE001 - as in _resume
            self._works.remove(work)
            work.tell_fault(fault)
