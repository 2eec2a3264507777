"""A method of training with the rows of one file: which of them a step takes, and what of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import torch

from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import AnyRows
from loraloom_engine.lane.demand import Objective
from loraloom_engine.lane.writing import PassesThatWrite
from loraloom_engine.training.figures import NO_FIGURES, Figures
from loraloom_engine.training.plan import step_rows, steps_per_epoch


class Settings(Protocol):
    """What every method goes by; one that trains goes by all of a run's ``TrainingConfig``."""

    beta: float
    desirable_weight: float
    undesirable_weight: float
    batch_size: int
    seed: int
    packed_length: int | None


class Method:
    """What all methods have in common.

    One that ``predicts_tokens`` minimizes their cross-entropy; the others prefer answers. Where it
    ``compares`` with the adapter's starting state, ``references`` [rows, 2] hold what that state
    makes of each row's texts, those of its contrast too.
    """

    predicts_tokens = False
    compares = False

    def __init__(self, rows: AnyRows, config: Settings, context_length: int) -> None:
        self.rows = rows
        self.config = config
        self.context_length = context_length
        self.references: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def units(self) -> int:
        """How many there are of what a batch counts: rows, or sequences filled with rows."""
        return len(self)

    @property
    def steps_per_epoch(self) -> int:
        return steps_per_epoch(self.units, self.config)

    def tokens_per_epoch(self, _: PassesThatWrite) -> int:
        """About how many tokens an epoch sends through the model, as the lane counts them."""
        return self.rows.tokens_total

    def rows_of_step(self, step: int) -> list[int]:
        return step_rows(step, self.units, self.config)


class LearnsFromRows(Method, ABC):
    """One whose texts are in its rows."""

    @abstractmethod
    def texts(self, at: int) -> list[Example]:
        """The texts of a row, which share a pass."""

    def contrast(self, at: int) -> list[Example]:
        """Further texts, of which a step has to know the log-probabilities before it begins."""
        return []

    @abstractmethod
    def objective(self, chosen: Sequence[int], contrast: Sequence[float]) -> Objective:
        """The loss of a step over the chosen rows, in their order, with their contrast's scores."""

    def figures(
        self, chosen: Sequence[int], contrast: Sequence[float], log_probs: Sequence[float]
    ) -> Figures:
        """What is told beside that loss; ``log_probs`` are the sums of the rows' texts."""
        return NO_FIGURES
