"""How many tokens a pass may hold, tried out when a base is loaded.

Larger passes take less time a token up to a size that depends on base and machine; beyond it they
only take memory, and longer. Some layers of a pass tell as much as all of them.
"""

import math
import time
from itertools import pairwise

import torch

from loraloom_engine.base import TOKENS_PER_PASS, Base
from loraloom_engine.device import free_memory
from loraloom_engine.passes.block import Block
from loraloom_engine.training.memory import activation_memory

SIZES = {"cpu": (256, 512, 1024, 2048), "cuda": (4096, 8192, 16384, 32768)}
# The usual size stays unless another takes so much less time a token: a machine's passes are to be
# the same each time, whatever else it does while they are tried.
CLEARLY_LESS = 0.15
# Of the memory that is free, what a pass may take: adapters and their moments need room too.
SHARE_OF_MEMORY = 0.25
SECONDS = 1.0
TURNS = 2
LAYERS = 2
# Tokens of a made-up text, a short chat.
TEXT = 128


class EnoughError(Exception):
    """Ends a pass after the layers that are timed."""


def calibrate(base: Base) -> int:
    """In about a second. What was chosen can't be seen in any run's result."""
    usual, sizes = TOKENS_PER_PASS[base.device.type], SIZES[base.device.type]
    room = SHARE_OF_MEMORY * free_memory(base.device)
    fitting = [size for size in sizes if activation_memory(base, size) <= room]
    if not fitting:
        return sizes[0]
    return fastest(time_sizes(base, fitting), min(usual, fitting[-1]))


def fastest(seconds: dict[int, float], usual: int) -> int:
    """``seconds`` of a layer for each size that was timed; the smallest of those about as fast."""
    paces = {size: taken / size for size, taken in seconds.items()}
    limit = min(paces.values()) / (1 - CLEARLY_LESS)
    if usual not in paces or paces[usual] <= limit:
        return usual
    return min(size for size, pace in paces.items() if pace <= limit)


def time_sizes(base: Base, sizes: list[int]) -> dict[int, float]:
    """The shortest of several turns; what takes too long on this machine is left out."""
    ends, seconds = time.monotonic() + SECONDS, {}
    for _ in range(TURNS):
        for size in sizes:
            if seconds and time.monotonic() >= ends:
                return seconds
            taken = seconds_of_layer(base, size)
            seconds[size] = min(taken, seconds.get(size, taken))
    return seconds


def seconds_of_layer(base: Base, tokens: int) -> float:
    """The shortest of the first layers of a pass, forward.

    Endless where no layer tells that it ended: then all sizes are alike, and the usual one stays.
    """
    times = [time.perf_counter()]

    def note() -> None:
        if base.device.type == "cuda":
            torch.cuda.synchronize(base.device)
        times.append(time.perf_counter())
        if len(times) > LAYERS:
            raise EnoughError

    stage = base.stage
    before, stage.between_layers = stage.between_layers, note
    try:
        with torch.no_grad(), base.forward.hidden(texts(base, tokens)):
            pass
    except EnoughError:
        pass
    finally:
        stage.between_layers = before
    return min((later - earlier for earlier, later in pairwise(times)), default=math.inf)


def texts(base: Base, tokens: int) -> list[Block]:
    """Made up, so many tokens together."""
    length = min(TEXT, base.context_length)
    return [Block([1] * length) for _ in range(tokens // length)]
