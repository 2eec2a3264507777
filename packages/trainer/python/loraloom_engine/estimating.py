"""The ``estimate`` request: steps, seconds and memory of a run before it starts."""

from collections.abc import Generator

from loraloom_engine.base import Base
from loraloom_engine.device import free_memory, free_memory_apart
from loraloom_engine.lane.demand import Demand
from loraloom_engine.protocol.requests import Estimate
from loraloom_engine.protocol.results import EstimateResult
from loraloom_engine.solo.train_apart import needs_own_process
from loraloom_engine.training.agreement import check_completions, check_context
from loraloom_engine.training.duration import run_seconds
from loraloom_engine.training.memory import (
    largest_pass,
    run_memory,
    run_memory_apart,
    writing_memory,
)
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.packing import count_units
from loraloom_engine.training.plan import total_steps


def estimate(base: Base, request: Estimate, pace: Pace) -> Generator[Demand, None, EstimateResult]:
    """What was not measured yet is measured on made-up rows, where they fit into memory.

    The pace of a run in a process of its own is not known before it trains, and no completion's
    length before it is written: with ``grpo`` there are no seconds.

    Raises EngineError ``unknown_target_modules``, ``bad_option`` for too high a rank or for rewards
    that can't be, or ``over_length`` where a prompt leaves no room for its completion.
    """
    config = request.config
    check_completions(config)
    check_prompts(base, request)
    most = base.pass_tokens
    tokens = largest_pass(request.training, request.evaluation, config, most)
    apart = needs_own_process(config)
    memory = (run_memory_apart if apart else run_memory)(base, config, tokens)
    memory += writing_memory(base, config, request.training.longest)
    free = (free_memory_apart if apart else free_memory)(base.device)
    measurable = memory <= free and not (apart or config.completions)
    seconds = (yield from run_seconds(base, request, pace)) if measurable else None
    return EstimateResult(
        steps=total_steps(count_units(request.training, config), config),
        epochs=config.epochs,
        seconds=seconds,
        memory_bytes=memory,
        free_memory_bytes=free,
        fits=memory <= free,
    )


def check_prompts(base: Base, request: Estimate) -> None:
    """Those that are only measured are completed too."""
    sides = [request.training, *([request.evaluation] if request.evaluation else [])]
    longest = max(side.longest_prompt or 0 for side in sides)
    check_context(request.config, longest, base.context_length)
