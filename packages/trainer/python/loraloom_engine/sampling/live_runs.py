"""Runs in training, by id: chats are answered with the weights of a run's newest step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraAdapter, LoraShape
from loraloom_engine.passes.weight_sets import OwnWeights


class Server(Protocol):
    def new_adapter(self, shape: LoraShape) -> LoraAdapter: ...


class Trained(Protocol):
    """A run between two optimizer steps, of which ``step`` are done."""

    base: Server
    adapter: LoraAdapter
    step: int


@dataclass(frozen=True)
class Voice:
    """What an answer is computed with; ``step``: of the run that it is a copy of."""

    adapter: LoraAdapter | OwnWeights | None = None
    step: int | None = None


class LiveRuns:
    """The runs that train on one base.

    An optimizer step takes no turn in the middle, so whenever somebody asks, a run's weights are
    those of a whole step. An answer takes many turns, so it has a copy: all of it is computed
    with the same weights, however far the run gets meanwhile.
    """

    def __init__(self) -> None:
        self._runs: dict[str, LiveRun] = {}

    @contextmanager
    def training(self, run_id: str, run: Trained) -> Iterator[None]:
        """The run can be found while the with-block lasts."""
        self._runs[run_id] = LiveRun(run)
        try:
            yield
        finally:
            del self._runs[run_id]

    def newest(self, run_id: str) -> Voice:
        """Raises EngineError ``run_not_training`` for a run that does not train here."""
        if run_id not in self._runs:
            raise EngineError("run_not_training", f"The run {run_id} does not train here.")
        return self._runs[run_id].newest()


class LiveRun:
    """A run and the copies of its weights; a copy goes with the last answer that uses it."""

    def __init__(self, run: Trained) -> None:
        self._run = run
        self._copies: WeakValueDictionary[int, LoraAdapter] = WeakValueDictionary()

    def newest(self) -> Voice:
        step = self._run.step
        copy = self._copies.get(step)
        if copy is None:
            copy = self._copies[step] = self._copy()
        return Voice(copy, step)

    def _copy(self) -> LoraAdapter:
        """In the base's dtype, as the version that the run will give is served."""
        adapter = self._run.adapter
        copy = self._run.base.new_adapter(adapter.shape)
        copy.load(adapter.tensors())
        return copy
