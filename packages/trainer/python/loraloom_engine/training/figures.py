"""What a step or an evaluation tells beside its loss.

Nothing goes through the model for it: log-probabilities and rewards are there anyway.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import torch

from loraloom_engine.lane.writing import Completion
from loraloom_engine.protocol.events import PreferenceFigures, RewardFigures


@dataclass(frozen=True)
class Figures:
    """Of a method that prefers answers, or of GRPO; SFT has neither."""

    preferences: PreferenceFigures | None = None
    rewards: RewardFigures | None = None


NO_FIGURES = Figures()


def pair_figures(rewards: torch.Tensor) -> PreferenceFigures:
    """``rewards`` [pairs, 2] are those of chosen and rejected."""
    chosen, rejected = rewards.unbind(1)
    return PreferenceFigures(
        chosen=number(chosen.mean()),
        rejected=number(rejected.mean()),
        margin=number((chosen - rejected).mean()),
        accuracy=number((chosen > rejected).double().mean()),
        kl=None,
    )


def answer_figures(
    rewards: torch.Tensor, good: torch.Tensor, baselines: torch.Tensor
) -> PreferenceFigures:
    """Of single answers [answers], which are good or bad: a step may have one kind alone."""
    chosen, rejected = number(rewards[good].mean()), number(rewards[~good].mean())
    return PreferenceFigures(
        chosen=chosen,
        rejected=rejected,
        margin=None if chosen is None or rejected is None else chosen - rejected,
        accuracy=None,
        kl=number(baselines.mean()),
    )


def number(value: torch.Tensor) -> float | None:
    """None for a mean of nothing, and for what is beyond all numbers, which JSON doesn't have."""
    return value.item() if math.isfinite(value) else None


def completion_figures(
    completions: Sequence[Completion], judged: Sequence[Sequence[float]]
) -> RewardFigures:
    """``judged`` is what each declared reward adds, for each completion."""
    rewards = [sum(each) for each in judged]
    lengths = [len(completion.written) for completion in completions]
    return RewardFigures(
        mean=fmean(rewards),
        std=stdev(rewards) if len(rewards) > 1 else 0.0,
        each=[fmean(added) for added in zip(*judged, strict=True)],
        completion_tokens=fmean(lengths),
        shortest=min(lengths),
        longest=max(lengths),
        cut_off=fmean(not completion.ended for completion in completions),
        alike=None,
        kl=None,
    )


def share_alike(rewards: Sequence[float], group: int) -> float:
    """The share of groups whose completions are all worth the same."""
    groups = torch.tensor(rewards, dtype=torch.float64).view(-1, group)
    return (groups.amax(dim=1) == groups.amin(dim=1)).double().mean().item()


def divergence(log_probs: Sequence[float], references: Sequence[float] | None) -> float | None:
    """How far tokens are from the starting state, as GRPO's loss has it: the mean of
    exp(reference - p) - (reference - p) - 1. None where nothing is compared with that state.
    """
    if references is None:
        return None
    now, then = (torch.tensor(some, dtype=torch.float64) for some in (log_probs, references))
    gap = then - now
    return number((torch.exp(gap) - gap - 1).mean())
