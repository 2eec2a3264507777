"""Which examples each optimizer step sees: a pure function of rows, config and seed.

So a resumed run needs nothing but its step to go on where it was.
"""

import hashlib
import math
from functools import lru_cache

import torch

from loraloom_engine.protocol.requests import TrainingConfig


def steps_per_epoch(examples: int, config: TrainingConfig) -> int:
    if config.method == "kto":
        batches = batch_count(examples, config.batch_size)
        return math.ceil(batches / config.gradient_accumulation)
    return math.ceil(examples / examples_per_step(config))


def total_steps(examples: int, config: TrainingConfig) -> int:
    """Optimizer steps of the run; ``max_steps`` ends it early, it never prolongs it."""
    steps = steps_per_epoch(examples, config) * config.epochs
    return steps if config.max_steps is None else min(steps, config.max_steps)


def examples_per_step(config: TrainingConfig) -> int:
    return config.batch_size * config.gradient_accumulation


def step_rows(step: int, examples: int, config: TrainingConfig) -> list[int]:
    """The row numbers that a step learns from; an epoch's last step may be short."""
    epoch, within = divmod(step, steps_per_epoch(examples, config))
    if config.method == "kto":
        return rows_of_batches(epoch, within, examples, config)
    order = epoch_order(examples, config.seed, epoch)
    start = within * examples_per_step(config)
    return list(order[start : start + examples_per_step(config)])


def rows_of_batches(epoch: int, within: int, examples: int, config: TrainingConfig) -> list[int]:
    """Of whole micro-batches, whose examples stay together; an epoch shuffles the batches."""
    batches = micro_batches(examples, config.batch_size, config.seed)
    order = epoch_order(len(batches), config.seed, epoch)
    start = within * config.gradient_accumulation
    chosen = order[start : start + config.gradient_accumulation]
    return [at for number in chosen for at in batches[number]]


@lru_cache(maxsize=2)
def micro_batches(examples: int, size: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """The rows in micro-batches, drawn once for the whole run.

    The last may be smaller, but no row is left alone: it joins the batch before.
    """
    order = shuffled(examples, f"{seed}:batches")
    starts = range(0, batch_count(examples, size) * size, size)
    ends = [*starts[1:], examples]
    return tuple(order[start:end] for start, end in zip(starts, ends, strict=True))


def batch_count(examples: int, size: int) -> int:
    whole, rest = divmod(examples, size)
    return max(1, whole + (rest > 1))


@lru_cache(maxsize=2)
def epoch_order(examples: int, seed: int, epoch: int) -> tuple[int, ...]:
    """All row numbers, shuffled by seed and epoch alone."""
    return shuffled(examples, f"{seed}:{epoch}")


def shuffled(examples: int, key: str) -> tuple[int, ...]:
    digest = hashlib.sha256(key.encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:7]))
    return tuple(torch.randperm(examples, generator=generator).tolist())
