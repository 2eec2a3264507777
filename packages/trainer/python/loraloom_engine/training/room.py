"""Whether a run fits into the memory that is free, before anything is taken."""

import dataclasses
from dataclasses import dataclass

from loraloom_engine.base import TOKENS_PER_PASS, Base
from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.data.tokenized_rows import AnyRows
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import Lengths, TrainingConfig
from loraloom_engine.training.memory import (
    BYTES_PER_PARAMETER,
    largest_pass,
    longest_completion,
    pass_sizes,
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
    require_free(needed, base.memory.free(), describe(base, text, config))


@dataclass(frozen=True)
class Room:
    """What a run with passes of ``pass_tokens`` at most needs, and what is free, in bytes."""

    pass_tokens: int
    needed: int
    free: int

    @property
    def fits(self) -> bool:
        return self.needed <= self.free


def room_in_lane(
    base: Base, config: TrainingConfig, training: Lengths, held_out: Lengths | None
) -> Room:
    """Of a run that trains in the shared passes."""
    tokens = largest_pass(training, held_out, config, base.pass_tokens)
    longest = max(training.longest, held_out.longest if held_out else 0)
    needed = run_memory(base, config, tokens) + writing_memory(base, config, longest)
    return Room(tokens, needed, base.memory.free())


def room_apart(
    base: Base, config: TrainingConfig, training: Lengths, held_out: Lengths | None
) -> Room:
    """Of a run in a process of its own.

    With the usual passes, or else smaller ones, down to those of the longest example alone.
    """
    free = base.memory.free_apart()
    for tokens in pass_sizes(training, held_out, config, TOKENS_PER_PASS[base.device.type]):
        room = Room(tokens, run_memory_apart(base, config, tokens), free)
        if room.fits:
            break
    return room


def require_room_apart(
    base: Base, config: TrainingConfig, rows: AnyRows, held_out: AnyRows | None
) -> Room:
    """Raises EngineError ``out_of_memory`` where not even the longest example would fit."""
    room = room_apart(base, config, lengths_of(rows), lengths_of(held_out) if held_out else None)
    if not room.fits:
        # Not asked of a run that fits: an adapter's options may be wrong for this base.
        advice = what_would_fit(base, config, room.pass_tokens)
        require_free(room.needed, room.free, describe(base, room.pass_tokens, config), advice)
    return room


def lengths_of(rows: AnyRows) -> Lengths:
    return Lengths(len(rows), rows.tokens_total, rows.longest)


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
