"""Who goes first: least attained service, and short waits for those who need little.

Each pass goes to those who were given the least in the last ten minutes (``attained.py``). Filled
up by everybody, a step of a single chat would take as long as a step of all. So whoever needs no
more than an equal share of these minutes goes first, and beside it the others have a quarter of
all tokens, together.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from loraloom_engine.lane.attained import Attained
from loraloom_engine.lane.writing import Wanted

# Of all tokens that are given while some go first.
SHARE_OF_FIRST = 0.75


@dataclass(frozen=True)
class Standings:
    """Tokens that each owner ``attained``, and the owners that go ``first``.

    While there are any, the others may be given ``beside`` tokens now, and a third of what those
    who go first are given.
    """

    attained: dict[str, int] = field(default_factory=dict)
    first: frozenset[str] = frozenset()
    beside: float = 0.0

    def beside_after(self, given: dict[str, int]) -> float:
        """What the others may still be given after so many tokens of each owner."""
        of_first = sum(tokens for owner, tokens in given.items() if owner in self.first)
        of_others = sum(given.values()) - of_first
        return self.beside + of_first * (1 - SHARE_OF_FIRST) / SHARE_OF_FIRST - of_others


class Fairness:
    """``little``: tokens that go first also where nobody was given much yet."""

    def __init__(self, clock: Callable[[], float], little: int) -> None:
        self.attained = Attained(clock)
        self._little = little
        self._beside = 0.0

    def standings(self, demands: Iterable[Wanted]) -> Standings:
        """``demands``: all that wait now."""
        attained = self.attained.totals()
        return Standings(attained, self._who_goes_first(demands, attained), self._beside)

    def record(self, given: dict[str, int], standings: Standings) -> None:
        """Tokens of each owner in a pass that was chosen by these standings."""
        for owner, tokens in given.items():
            self.attained.add(owner, tokens)
        if standings.first:
            self._beside = max(0.0, standings.beside_after(given))

    def _who_goes_first(self, demands: Iterable[Wanted], attained: Counter[str]) -> frozenset[str]:
        """Nobody, where all would.

        What an owner was given counts with what it still wants, and both together stay the same
        while it trains: so nobody's turn comes and goes, and small runs of one owner that follow
        each other soon are a large one together.
        """
        ends = Counter({demand.owner: attained[demand.owner] for demand in demands})
        most = max(self._little, ends.total() / len(ends))
        for demand in demands:
            ends[demand.owner] += demand.tokens_left
        first = frozenset(owner for owner, tokens in ends.items() if tokens <= most)
        return first if len(first) < len(ends) else frozenset()
