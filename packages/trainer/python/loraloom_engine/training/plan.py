"""Which examples each optimizer step sees: a pure function of rows, config and seed.

So a resumed run needs nothing but its step to go on where it was.
"""

import hashlib
import math
from functools import lru_cache

import torch

from loraloom_engine.protocol.requests import TrainingConfig


def steps_per_epoch(examples: int, config: TrainingConfig) -> int:
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
    order = epoch_order(examples, config.seed, epoch)
    start = within * examples_per_step(config)
    return list(order[start : start + examples_per_step(config)])


@lru_cache(maxsize=2)
def epoch_order(examples: int, seed: int, epoch: int) -> tuple[int, ...]:
    """All row numbers, shuffled by seed and epoch alone."""
    digest = hashlib.sha256(f"{seed}:{epoch}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:7]))
    return tuple(torch.randperm(examples, generator=generator).tolist())
