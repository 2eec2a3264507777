"""GRPO (Shao et al. 2024, arXiv:2402.03300): a run learns from completions of its own.

A step draws a group of completions of each prompt with the newest weights, judges them by the
rewards that the run declares, and makes the better ones of a group likelier, the worse ones less
likely. The loss is that of TRL 1.16's defaults.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch

from loraloom_engine.data.tokenized_rows import TokenizedPrompts
from loraloom_engine.lane.demand import Objective
from loraloom_engine.lane.writing import PassesThatWrite
from loraloom_engine.protocol.completions import Completions
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.rewards.rewards import Rewards
from loraloom_engine.training.agreement import check_context
from loraloom_engine.training.method import Method
from loraloom_engine.training.plan import examples_per_step

# Keeps the advantages finite where all rewards of a group are almost the same.
LEAST_SPREAD = 1e-4


class GroupRelative(Method):
    """Of each row the prompt is completed; its own answer is what ``exact_match`` compares with."""

    rows: TokenizedPrompts

    def __init__(self, rows: TokenizedPrompts, config: TrainingConfig, context_length: int) -> None:
        """Raises EngineError ``bad_option`` for a reward that can't be, or ``over_length``."""
        super().__init__(rows, config, context_length)
        self.rewards = Rewards(self.completions.rewards)
        check_context(config, rows.longest, context_length)

    @property
    def completions(self) -> Completions:
        return self.config.completions

    @property
    def completions_per_step(self) -> int:
        return examples_per_step(self.config) * self.completions.number

    @property
    def readings(self) -> int:
        """How often a completion is read again: it is learnt, and compared with the start."""
        return 2 if self.config.beta > 0 else 1

    def tokens_per_epoch(self, passes: PassesThatWrite) -> int:
        """At the most: as if no completion ended by itself."""
        prompts, number = self.rows.tokens_total, self.completions.number
        written = len(self) * self.completions.max_tokens
        writing = prompts + round(written * passes.times(self.completions_per_step))
        return number * (writing + self.readings * (prompts + written))

    def prompt(self, at: int) -> list[int]:
        return self.rows[at].input_ids

    def answer(self, at: int) -> list[int]:
        """The tokens of the row's own answer, with the one that ends it."""
        return self.rows.answers[at].tolist()


def advantages_of(rewards: Sequence[float], group: int) -> list[float]:
    """How much better than its group each completion is, in standard deviations (unbiased)."""
    groups = torch.tensor(rewards, dtype=torch.float64).view(-1, group)
    above = groups - groups.mean(dim=1, keepdim=True)
    # The mean of equal rewards rounds: none of them is above it for that.
    above[groups.amax(dim=1) == groups.amin(dim=1)] = 0
    return (above / (groups.std(dim=1, keepdim=True) + LEAST_SPREAD)).flatten().tolist()


@dataclass(frozen=True)
class Shares:
    """What each completion of a step counts for. Of how many tokens each of its log-probabilities
    is, ``sums`` say; ``tokens`` are those of all completions, of those without a share too.
    """

    advantages: Sequence[float]
    sums: Sequence[Sequence[int]]
    tokens: int


def group_relative(shares: Shares, references: Sequence[float] | None, beta: float) -> Objective:
    """Over the tokens of a step's completions (the "dapo" loss, arXiv:2503.14476), the mean of

        -advantage * ratio + beta * (exp(reference - p) - (reference - p) - 1) * ratio

    with p the token's log-probability. Completions are learnt from once, by the weights that wrote
    them: the ratio of new to old probabilities is 1 and only its gradient, that of p, counts; a
    clip of it would change nothing. Where ``references`` [tokens] are given, each log-probability
    is of one token; else it may be a completion's, all together.
    """
    counts = torch.tensor([count for each in shares.sums for count in each])
    starts = [0, *accumulate(len(each) for each in shares.sums)]
    every = zip(shares.advantages, shares.sums, strict=True)
    weights = torch.tensor(
        [advantage for advantage, each in every for _ in each], dtype=torch.float64
    )
    compared = None if references is None else torch.tensor(references, dtype=torch.float64)

    def loss(log_probs: torch.Tensor, first: int) -> torch.Tensor:
        here = slice(starts[first], starts[first] + len(log_probs))
        moved = log_probs - log_probs.detach()
        gain = weights[here].to(log_probs) * (counts[here].to(log_probs) + moved)
        if compared is None:
            return -gain.sum() / shares.tokens
        gap = compared[here].to(log_probs) - log_probs
        distance = (torch.exp(gap) - gap - 1) * torch.exp(moved)
        return (beta * distance - gain).sum() / shares.tokens

    return loss
