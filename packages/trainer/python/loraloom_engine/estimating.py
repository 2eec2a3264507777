"""The ``estimate`` request: steps, seconds and memory of a run before it starts."""

from collections.abc import Generator

from loraloom_engine.base import Base
from loraloom_engine.lane.demand import Demand
from loraloom_engine.protocol.requests import Estimate
from loraloom_engine.protocol.results import EstimateResult
from loraloom_engine.solo.train_apart import needs_own_process
from loraloom_engine.training.agreement import check_completions, check_context
from loraloom_engine.training.duration import run_seconds
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.packing import count_units
from loraloom_engine.training.plan import total_steps
from loraloom_engine.training.room import room_apart, room_in_lane


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
    apart = needs_own_process(config)
    find_room = room_apart if apart else room_in_lane
    room = find_room(base, config, request.training, request.evaluation)
    measurable = room.fits and not (apart or config.completions)
    seconds = (yield from run_seconds(base, request, pace)) if measurable else None
    return EstimateResult(
        steps=total_steps(count_units(request.training, config), config),
        epochs=config.epochs,
        seconds=seconds,
        memory_bytes=room.needed,
        free_memory_bytes=room.free,
        fits=room.fits,
    )


def check_prompts(base: Base, request: Estimate) -> None:
    """Those that are only measured are completed too."""
    sides = [request.training, *([request.evaluation] if request.evaluation else [])]
    longest = max(side.longest_prompt or 0 for side in sides)
    check_context(request.config, longest, base.context_length)
