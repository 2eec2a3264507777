"""What a method makes of tokenized rows: which texts share a pass, and what a step minimizes."""

from collections.abc import Sequence
from functools import cached_property
from statistics import fmean

import torch

from loraloom_engine.data.example import NOT_TRAINED, Example
from loraloom_engine.data.tokenized_rows import TokenizedPairs, TokenizedRows
from loraloom_engine.lane.demand import Objective
from loraloom_engine.training.figures import Figures, answer_figures, pair_figures
from loraloom_engine.training.group_relative import GroupRelative
from loraloom_engine.training.method import LearnsFromRows, Method, Settings
from loraloom_engine.training.objectives import (
    direct_preference,
    kahneman_tversky,
    odds_ratio,
    supervised,
)
from loraloom_engine.training.packing import pack
from loraloom_engine.training.plan import micro_batches, shuffled


class Supervised(LearnsFromRows):
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


class DirectPreference(LearnsFromRows):
    compares = True
    rows: TokenizedPairs

    def texts(self, at: int) -> list[Example]:
        return [self.rows.chosen[at], self.rows.rejected[at]]

    def objective(self, chosen: Sequence[int], _: Sequence[float]) -> Objective:
        return direct_preference(self.references[list(chosen)], self.config.beta)

    def figures(
        self, chosen: Sequence[int], _: Sequence[float], log_probs: Sequence[float]
    ) -> Figures:
        policy = torch.tensor(log_probs, dtype=torch.float64).view(-1, 2)
        gained = policy - self.references[list(chosen)]
        return Figures(preferences=pair_figures(self.config.beta * gained))


class OddsRatio(LearnsFromRows):
    rows: TokenizedPairs

    def texts(self, at: int) -> list[Example]:
        return [trained_from_the_start(self.rows.chosen[at]), self.rows.rejected[at]]

    def objective(self, chosen: Sequence[int], _: Sequence[float]) -> Objective:
        return odds_ratio(self._lengths(chosen), self.config.beta)

    def figures(
        self, chosen: Sequence[int], _: Sequence[float], log_probs: Sequence[float]
    ) -> Figures:
        sums = torch.tensor(log_probs, dtype=torch.float64).view(-1, 3)
        answers = (sums / self._lengths(chosen))[:, 1:]
        return Figures(preferences=pair_figures(self.config.beta * answers))

    def _lengths(self, chosen: Sequence[int]) -> torch.Tensor:
        """Tokens [rows, 3] of the prompt, chosen and rejected."""
        return torch.tensor(
            [[count for text in self.texts(at) for count in text.sums] for at in chosen]
        )


class KahnemanTversky(LearnsFromRows):
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
        own = self.references[list(chosen), 0]
        weights = torch.tensor([self._signed_weight(at) for at in chosen])
        baselines = self._baselines(chosen, contrast)
        return kahneman_tversky(own, baselines, weights, self.config.beta)

    def figures(
        self, chosen: Sequence[int], contrast: Sequence[float], log_probs: Sequence[float]
    ) -> Figures:
        gained = torch.tensor(log_probs, dtype=torch.float64) - self.references[list(chosen), 0]
        good = torch.tensor([self.rows.good[at] for at in chosen])
        baselines = self._baselines(chosen, contrast)
        return Figures(preferences=answer_figures(self.config.beta * gained, good, baselines))

    def _baselines(self, chosen: Sequence[int], contrast: Sequence[float]) -> torch.Tensor:
        moved = torch.tensor(contrast, dtype=torch.float64) - self.references[list(chosen), 1]
        of_batch: dict[int, list[float]] = {}
        for at, ratio in zip(chosen, moved.tolist(), strict=True):
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
    "grpo": GroupRelative,
}


def trained_from_the_start(example: Example) -> Example:
    """With the prompt trained too, and summed by itself."""
    start = example.asked
    labels = [NOT_TRAINED, *example.input_ids[1:start], *example.labels[start:]]
    return Example(example.input_ids, labels, start)


def mismatched(prompt_of: Example, answer_of: Example, most: int) -> Example:
    """One row's prompt with another's answer, cut off where a text must end."""
    prompt, answer = prompt_of.asked, answer_of.asked
    ids = prompt_of.input_ids[:prompt] + answer_of.input_ids[answer:]
    labels = [NOT_TRAINED] * prompt + answer_of.labels[answer:]
    return Example(ids[:most], labels[:most])
