"""How fast this engine works, as it measured itself; durations are estimated from it."""

from collections import defaultdict, deque
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

# The mean of the newest counts, not their median: on a busy machine some passes take several
# times as long, and a run takes them too.
KEPT = 500


@dataclass(frozen=True)
class Kind:
    """Work that takes about as long each time, for an adapter of so many parameters.

    ``pass`` is forward and backward, ``checkpointed`` with layers computed twice, ``scoring``
    forward alone, all in seconds a token;
    ``step`` the optimizer's, ``start`` a new adapter, ``save`` a checkpoint.
    """

    work: Literal["pass", "checkpointed", "scoring", "step", "start", "save"]
    parameters: int
    size: int = 0


def pass_of(parameters: int, tokens: int, checkpointing: bool = False) -> Kind:
    return Kind("checkpointed" if checkpointing else "pass", parameters, size_class(tokens))


def scoring_of(parameters: int, tokens: int) -> Kind:
    return Kind("scoring", parameters, size_class(tokens))


def size_class(tokens: int) -> int:
    """Equal for sizes that differ by less than a factor of two.

    A pass has a cost of its own: over 20 tokens it takes longer for each than over 2,000.
    """
    return tokens.bit_length()


class Pace:
    """Seconds of each kind of work."""

    def __init__(self) -> None:
        self._measured: defaultdict[Kind, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._begun: set[Kind] = set()

    def add(self, kind: Kind, seconds: float) -> None:
        """The first pass of a size allocates and warms up: it says nothing of the later ones."""
        if kind.size > 0 and kind not in self._begun:
            self._begun.add(kind)
            return
        self._measured[kind].append(seconds)

    def usual(self, kind: Kind) -> float | None:
        """None for what was never done here."""
        return fmean(self._measured[kind]) if kind in self._measured else None
