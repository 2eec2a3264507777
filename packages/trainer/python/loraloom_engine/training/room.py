"""Whether a run fits into the memory that is free, before anything is taken."""

import dataclasses

from loraloom_engine.base import Base
from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.data.tokenized_rows import AnyRows
from loraloom_engine.device import free_memory, free_memory_apart
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.memory import (
    BYTES_PER_PARAMETER,
    longest_completion,
    run_memory,
    run_memory_apart,
    writing_memory,
)


def check_memory(
    base: Base, config: TrainingConfig, rows: AnyRows, held_out: AnyRows | None
) -> None:
    """Raises EngineError ``out_of_memory`` where not even the longest example would fit."""
    longest = longest_of(rows, held_out)
    text = longest + longest_completion(config)
    needed = run_memory(base, config, text) + writing_memory(base, config, longest)
    require_free(needed, free_memory(base.device), describe(base, text, config))


def check_memory_apart(base: Base, config: TrainingConfig, longest: int, promised: int) -> int:
    """As ``check_memory``, of a run in a process of its own; returns the bytes it will take.

    ``promised`` bytes are others' that have not taken them yet.
    """
    needed = run_memory_apart(base, config, longest)
    free = max(0, free_memory_apart(base.device) - promised)
    # Not asked of a run that fits: an adapter's options may be wrong for this base.
    advice = what_would_fit(base, config, longest) if needed > free else ""
    require_free(needed, free, describe(base, longest, config), advice)
    return needed


def longest_of(rows: AnyRows, held_out: AnyRows | None) -> int:
    """Tokens of the example that takes the most."""
    return max(rows.largest_group, held_out.longest if held_out else 0)


def describe(base: Base, longest: int, config: TrainingConfig) -> str:
    example = f"an example of {longest} tokens"
    if not config.full_fine_tuning:
        return f"{example} at rank {config.rank}"
    weights = base.model.num_parameters()
    return f"{example} and {weights:,} weights at {BYTES_PER_PARAMETER} bytes each"


def what_would_fit(base: Base, config: TrainingConfig, longest: int) -> str:
    """An adapter is what a person who can't train all weights may train."""
    if not config.full_fine_tuning:
        return ""
    adapter = run_memory(base, dataclasses.replace(config, full_fine_tuning=False), longest)
    return f" An adapter of rank {config.rank} needs about {readable_size(adapter)}."


def require_free(needed: int, free: int, what: str, advice: str = "") -> None:
    if needed > free:
        raise EngineError(
            "out_of_memory",
            f"The run needs about {readable_size(needed)} of memory for {what}; "
            f"{readable_size(free)} are free.{advice}",
            {"memory_bytes": needed, "free_memory_bytes": free},
        )
