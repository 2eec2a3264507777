"""Early stopping: a run ends once its held-out loss no longer falls, and makes its best weights."""

import math
from dataclasses import dataclass

import torch

from loraloom_engine.protocol.requests import EarlyStopping
from loraloom_engine.training.figures import NO_FIGURES, Figures
from loraloom_engine.training.scoring import HeldOut


@dataclass(frozen=True)
class BestRecord:
    """What a checkpoint says of the best evaluation, whose weights are among its tensors.

    ``stalled`` counts the evaluations in a row that were no progress.
    """

    loss: float
    accuracy: float | None
    step: int
    stalled: int
    figures: Figures = NO_FIGURES


class BestSoFar:
    """The weights of the evaluation with the lowest loss.

    The loss before training does not count: a run that makes everything worse still makes what it
    learnt, and whoever publishes it sees that it got worse.
    """

    def __init__(self, rule: EarlyStopping) -> None:
        self._rule = rule
        self._stalled = 0
        self.held_out = HeldOut(math.inf, None)
        self.step = 0
        self.weights: torch.Tensor | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing better is waited for any more."""
        return self._stalled >= self._rule.patience

    def note(self, held_out: HeldOut, step: int, weights: torch.Tensor) -> None:
        """An evaluation of these weights. A fall that is too small is kept, but is no progress."""
        falls = held_out.loss < self.held_out.loss - self._rule.min_delta
        self._stalled = 0 if falls else self._stalled + 1
        if held_out.loss < self.held_out.loss:
            self.held_out, self.step = held_out, step
            self._keep(weights.detach())

    def _keep(self, weights: torch.Tensor) -> None:
        """In place of the former ones: of all a base's weights there is no room for three."""
        if self.weights is None:
            self.weights = torch.empty_like(weights)
        self.weights.copy_(weights)

    def record(self) -> BestRecord | None:
        """None before the first evaluation."""
        if self.weights is None:
            return None
        best = self.held_out
        return BestRecord(best.loss, best.accuracy, self.step, self._stalled, best.figures)

    def restore(self, record: BestRecord, weights: torch.Tensor) -> None:
        self.held_out = HeldOut(record.loss, record.accuracy, record.figures)
        self.step, self._stalled = record.step, record.stalled
        self.weights = weights
