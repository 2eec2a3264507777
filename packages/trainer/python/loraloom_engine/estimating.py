"""The ``estimate`` request: steps, seconds and memory of a run before it starts."""

import time
from collections.abc import Generator

import torch

from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.device import free_memory
from loraloom_engine.protocol.events import EstimateResult
from loraloom_engine.protocol.requests import Estimate
from loraloom_engine.training.lora_config import lora_config
from loraloom_engine.training.losses import make_batch, summed_loss
from loraloom_engine.training.memory import run_memory
from loraloom_engine.training.plan import examples_per_step, largest_batch, total_steps
from loraloom_engine.training.rate import TrainingRate

# The first pass allocates and warms up; the later ones are the rate.
PROBE_PASSES = 3


def estimate(
    base: Base, request: Estimate, rate: TrainingRate
) -> Generator[None, None, EstimateResult]:
    """Where nothing was trained yet, a few passes over a made-up batch measure the rate.

    Raises EngineError ``unknown_target_modules``.
    """
    config = request.config
    batch = largest_batch(request.examples, config)
    memory = run_memory(base, config, batch * request.longest)
    free = free_memory(base.device)
    if rate.seconds_per_token is None and memory <= free:
        yield from measure_rate(base, request, rate)
    steps = total_steps(request.examples, config)
    tokens = request.tokens_total / request.examples * examples_per_step(config) * steps
    tokens = min(tokens, request.tokens_total * config.epochs)
    seconds = rate.seconds_per_token and tokens * rate.seconds_per_token
    return EstimateResult(
        steps=steps,
        epochs=config.epochs,
        seconds=seconds,
        memory_bytes=memory,
        free_memory_bytes=free,
        fits=memory <= free,
    )


def measure_rate(base: Base, request: Estimate, rate: TrainingRate) -> Generator[None, None, None]:
    length = max(2, round(request.tokens_total / request.examples))
    examples = largest_batch(request.examples, request.config)
    batch = make_batch([made_up(length)] * examples, base.device)
    probe = f"estimate {id(request)}"  # two estimates may be under way
    with torch.random.fork_rng():
        base.adapters.add(probe, lora_config(base, request.config))
    try:
        for number in range(PROBE_PASSES):
            began = time.monotonic()
            with base.adapters.use(probe, training=True) as model:
                summed_loss(model, batch).backward()
            if number > 0:
                rate.add(batch.input_ids.numel(), time.monotonic() - began)
            yield
    finally:
        base.adapters.remove(probe)


def made_up(length: int) -> Example:
    return Example([1] * length, [1] * length)
