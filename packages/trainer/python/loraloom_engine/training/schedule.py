"""The learning rate at each optimizer step."""

import math

from loraloom_engine.protocol.requests import TrainingConfig


def learning_rate(config: TrainingConfig, step: int, steps: int) -> float:
    """The rate of step ``step`` (counted from 0) of ``steps``.

    Warm-up rises linearly over ceil(warmup_ratio * steps) steps; cosine and linear then
    fall towards 0, as in transformers' schedules.
    """
    warmup = math.ceil(config.warmup_ratio * steps)
    if step < warmup:
        # Counted from 1: a first step at rate 0 would learn nothing.
        return config.learning_rate * (step + 1) / (warmup + 1)
    return config.learning_rate * decay(config.schedule, step - warmup, steps - warmup)


def decay(schedule: str, step: int, steps: int) -> float:
    if schedule == "constant":
        return 1.0
    done = step / max(1, steps)
    if schedule == "linear":
        return 1.0 - done
    return 0.5 * (1.0 + math.cos(math.pi * done))
