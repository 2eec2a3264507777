"""What preferences tell beside their loss, written out once more over any model of PEFT."""

from collections.abc import Callable
from statistics import fmean

import torch
from plain_losses import Plain, kto_baseline

from loraloom_engine.data.example import Example
from loraloom_engine.training.plan import micro_batches

# What there is none of is left out.
Told = dict[str, float]


@torch.no_grad()
def dpo_figures(plain: Plain, chosen: list[int]) -> Told:
    return of_pairs(plain, chosen, lambda answer: plain.gain(answer).item())


@torch.no_grad()
def orpo_figures(plain: Plain, chosen: list[int]) -> Told:
    return of_pairs(plain, chosen, lambda answer: plain.answer(answer).mean().item())


def of_pairs(plain: Plain, chosen: list[int], worth: Callable[[Example], float]) -> Told:
    beta, rows = plain.config.beta, plain.rows
    better = [beta * worth(rows.chosen[at]) for at in chosen]
    worse = [beta * worth(rows.rejected[at]) for at in chosen]
    right = [one > other for one, other in zip(better, worse, strict=True)]
    means = {"chosen": fmean(better), "rejected": fmean(worse)}
    margin = means["chosen"] - means["rejected"]
    return means | {"margin": margin, "accuracy": fmean(right)}


@torch.no_grad()
def kto_figures(plain: Plain, chosen: list[int]) -> Told:
    config, rows = plain.config, plain.rows
    rewards: dict[bool, list[float]] = {True: [], False: []}
    for at in chosen:
        rewards[rows.good[at]].append(config.beta * plain.gain(rows[at]).item())
    baselines = [
        kto_baseline(plain, [rows[at] for at in batch]).item()
        for batch in micro_batches(len(rows), config.batch_size, config.seed)
        for _ in set(batch) & set(chosen)
    ]
    sides = {"chosen": rewards[True], "rejected": rewards[False]}
    means = {side: fmean(some) for side, some in sides.items() if some}
    margin = {"margin": means["chosen"] - means["rejected"]} if len(means) == 2 else {}
    return means | margin | {"kl": fmean(baselines)}


FIGURES: dict[str, Callable[[Plain, list[int]], Told]] = {
    "dpo": dpo_figures,
    "orpo": orpo_figures,
    "kto": kto_figures,
}
