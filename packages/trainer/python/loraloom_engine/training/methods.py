"""What a method makes of tokenized rows: which texts share a pass, and what a step minimizes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from statistics import fmean
from typing import Protocol

import torch

from loraloom_engine.data.example import NOT_TRAINED, Example
from loraloom_engine.data.tokenized_rows import AnyRows, TokenizedPairs, TokenizedRows
from loraloom_engine.lane.demand import Objective
from loraloom_engine.training.objectives import (
    direct_preference,
    kahneman_tversky,
    odds_ratio,
    supervised,
)
from loraloom_engine.training.packing import pack
from loraloom_engine.training.plan import micro_batches, shuffled, step_rows, steps_per_epoch


class Settings(Protocol):
    """What every method goes by; one that trains goes by all of a run's ``TrainingConfig``."""

    beta: float
    desirable_weight: float
    undesirable_weight: float
    batch_size: int
    seed: int
    packed_length: int | None


class Method(ABC):
    """A method with the rows of one file.

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

    def rows_of_step(self, step: int) -> list[int]:
        return step_rows(step, self.units, self.config)

    @abstractmethod
    def texts(self, at: int) -> list[Example]:
        """The texts of a row, which share a pass."""

    def contrast(self, at: int) -> list[Example]:
        """Further texts, of which a step has to know the log-probabilities before it begins."""
        return []

    @abstractmethod
    def objective(self, chosen: Sequence[int], contrast: Sequence[float]) -> Objective:
        """The loss of a step over the chosen rows, in their order, with their contrast's scores."""


class Supervised(Method):
    predicts_tokens = True
    rows: TokenizedRows

    @property
    def units(self) -> int:
        return len(self.sequences or self)

    def rows_of_step(self, step: int) -> list[int]:
        chosen = super().rows_of_step(step)
        packed = self.sequences
        return [at for number in chosen for at in packed[number]] if packed else chosen

    @cached_property
    def sequences(self) -> list[list[int]] | None:
        """The rows of each sequence; None where they are not packed."""
        size = self.config.packed_length
        if size is None:
            return None
        return pack(self.rows.lengths, shuffled(len(self), f"{self.config.seed}:packing"), size)

    def texts(self, at: int) -> list[Example]:
        return [self.rows[at]]

    def objective(self, chosen: Sequence[int], _: Sequence[float]) -> Objective:
        return supervised(sum(self.rows.trained[at] for at in chosen))


class DirectPreference(Method):
    compares = True
    rows: TokenizedPairs

    def texts(self, at: int) -> list[Example]:
        return [self.rows.chosen[at], self.rows.rejected[at]]

    def objective(self, chosen: Sequence[int], _: Sequence[float]) -> Objective:
        return direct_preference(self.references[list(chosen)], self.config.beta)


class OddsRatio(Method):
    rows: TokenizedPairs

    def texts(self, at: int) -> list[Example]:
        return [trained_from_the_start(self.rows.chosen[at]), self.rows.rejected[at]]

    def objective(self, chosen: Sequence[int], _: Sequence[float]) -> Objective:
        lengths = [[count for text in self.texts(at) for count in text.sums] for at in chosen]
        return odds_ratio(torch.tensor(lengths), self.config.beta)


class KahnemanTversky(Method):
    """Each answer is measured against how much the adapter moved answers that don't belong.

    Of a micro-batch of prompts and answers, each prompt is also given the answer of the row before
    it, in a circle. The mean log-ratio of these pairs, 0 at the least, is the baseline of the
    whole micro-batch. It has no gradient, so the answers themselves may go through any pass.
    Micro-batches are drawn once: their mismatched pairs, and so the references, stay the same.
    """

    compares = True
    rows: TokenizedRows

    def __init__(self, rows: TokenizedRows, config: Settings, context_length: int) -> None:
        super().__init__(rows, config, context_length)
        self._batch: dict[int, int] = {}
        self._before: dict[int, int] = {}
        for number, batch in enumerate(micro_batches(len(rows), config.batch_size, config.seed)):
            self._batch |= dict.fromkeys(batch, number)
            self._before |= dict(zip(batch, [batch[-1], *batch[:-1]], strict=True))

    def texts(self, at: int) -> list[Example]:
        return [self.rows[at]]

    def contrast(self, at: int) -> list[Example]:
        return [mismatched(self.rows[at], self.rows[self._before[at]], self.context_length)]

    def objective(self, chosen: Sequence[int], contrast: Sequence[float]) -> Objective:
        own, mismatch = self.references[list(chosen)].unbind(1)
        moved = torch.tensor(contrast, dtype=torch.float64) - mismatch
        weights = torch.tensor([self._signed_weight(at) for at in chosen])
        baselines = self._baselines(chosen, moved.tolist())
        return kahneman_tversky(own, baselines, weights, self.config.beta)

    def _baselines(self, chosen: Sequence[int], moved: list[float]) -> torch.Tensor:
        of_batch: dict[int, list[float]] = {}
        for at, ratio in zip(chosen, moved, strict=True):
            of_batch.setdefault(self._batch[at], []).append(ratio)
        means = {batch: max(0.0, fmean(ratios)) for batch, ratios in of_batch.items()}
        return torch.tensor([means[self._batch[at]] for at in chosen], dtype=torch.float64)

    def _signed_weight(self, at: int) -> float:
        good = self.rows.good[at]
        return self.config.desirable_weight if good else -self.config.undesirable_weight


METHODS: dict[str, type[Method]] = {
    "sft": Supervised,
    "dpo": DirectPreference,
    "orpo": OddsRatio,
    "kto": KahnemanTversky,
}


def answer_start(example: Example) -> int:
    return example.trained_places[0]


def trained_from_the_start(example: Example) -> Example:
    """With the prompt trained too, and summed by itself."""
    start = answer_start(example)
    labels = [NOT_TRAINED, *example.input_ids[1:start], *example.labels[start:]]
    return Example(example.input_ids, labels, start)


def mismatched(prompt_of: Example, answer_of: Example, most: int) -> Example:
    """One row's prompt with another's answer, cut off where a text must end."""
    prompt, answer = answer_start(prompt_of), answer_start(answer_of)
    ids = prompt_of.input_ids[:prompt] + answer_of.input_ids[answer:]
    labels = [NOT_TRAINED] * prompt + answer_of.labels[answer:]
    return Example(ids[:most], labels[:most])
