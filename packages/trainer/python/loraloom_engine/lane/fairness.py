"""Whose turn it is: least attained service first.

Each pass goes to those who were given the least in the last minute. Whoever comes new is
behind everybody else, and would take all until it has caught up: three quarters at most. Nor do
the others fill its passes up: a step of a single chat would take as long as one of everybody.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from loraloom_engine.lane.demand import Demand, Group, group_tokens

WINDOW_SECONDS = 60.0
LARGEST_SHARE = 0.75


@dataclass(frozen=True)
class Newcomer:
    """An owner that was given less, since it came, than all others had been given before.

    ``tokens`` are what it was given since, ``beside`` what the others were.
    """

    owner: str
    tokens: int
    beside: int


@dataclass(frozen=True)
class Standings:
    """Tokens that each owner ``attained`` within the window, and who is catching up."""

    attained: dict[str, int] = field(default_factory=dict)
    newcomer: Newcomer | None = None


@dataclass(frozen=True)
class PassSize:
    """In tokens. A pass below ``least`` would take no less time: whoever waits may fill it up."""

    most: int
    least: int = 0


class Fairness:
    """Counts the tokens that each owner was given within the window."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._given: deque[tuple[float, str, int]] = deque()

    def record(self, owner: str, tokens: int) -> None:
        self._given.append((self._clock(), owner, tokens))

    def standings(self, owners: set[str]) -> Standings:
        """``owners``: all who wait for something now."""
        self._forget()
        attained = totals(self._given)
        least = min(owners, key=lambda owner: attained[owner])
        return Standings(attained, self._as_newcomer(least, owners - {least}))

    def _forget(self) -> None:
        oldest = self._clock() - WINDOW_SECONDS
        while self._given and self._given[0][0] < oldest:
            self._given.popleft()

    def _as_newcomer(self, owner: str, others: set[str]) -> Newcomer | None:
        given = list(self._given)
        came = next((at for at, (_, who, _) in enumerate(given) if who == owner), len(given))
        before, since = totals(given[:came]), totals(given[came:])
        tokens = since.pop(owner, 0)
        if tokens >= min((before[other] for other in others), default=0):
            return None
        return Newcomer(owner, tokens, sum(since.values()))


def totals(given: Iterable[tuple[float, str, int]]) -> defaultdict[str, int]:
    tokens_of: defaultdict[str, int] = defaultdict(int)
    for _, owner, tokens in given:
        tokens_of[owner] += tokens
    return tokens_of


def choose(demands: list[Demand], size: PassSize, standings: Standings) -> list[tuple[Demand, int]]:
    """How many groups of which demands make up the next pass.

    A group that is larger than a pass goes alone.
    """
    return Picking(demands, size, standings).pick()


class Picking:
    """Group after group, each from whoever has the least by now."""

    def __init__(self, demands: list[Demand], size: PassSize, standings: Standings) -> None:
        self._counts = dict.fromkeys(demands, 0)
        self._size = size
        self._before = standings.attained
        self._newcomer = standings.newcomer
        self._here: defaultdict[str, int] = defaultdict(int)

    def pick(self) -> list[tuple[Demand, int]]:
        while waiting := self._waiting():
            demand = min(waiting, key=self._standing)
            size = group_tokens(self._next_group(demand))
            if self._used > 0 and self._used + size > self._size.most:
                break
            self._counts[demand] += 1
            self._here[demand.owner] += size
        return [(demand, count) for demand, count in self._counts.items() if count]

    @property
    def _used(self) -> int:
        return sum(self._here.values())

    def _waiting(self) -> list[Demand]:
        """Those with groups left, but for owners that have their share while others wait."""
        unfinished = [d for d, count in self._counts.items() if d.done + count < len(d.groups)]
        joining = [d for d in unfinished if self._may_join(d)]
        within = [d for d in joining if self._here[d.owner] < LARGEST_SHARE * self._size.most]
        return within or joining

    def _may_join(self, demand: Demand) -> bool:
        """While a newcomer catches up, all others together have what its share leaves."""
        newcomer = self._newcomer
        if newcomer is None or newcomer.owner == demand.owner:
            return True
        size = group_tokens(self._next_group(demand))
        own = self._here[newcomer.owner]
        beside = newcomer.beside + self._used - own + size
        left = (newcomer.tokens + own) * (1 - LARGEST_SHARE) / LARGEST_SHARE
        return beside <= left or self._used + size <= self._size.least

    def _standing(self, demand: Demand) -> tuple[int, int]:
        owner = demand.owner
        return self._before.get(owner, 0) + self._here[owner], self._counts[demand]

    def _next_group(self, demand: Demand) -> Group:
        return demand.groups[demand.done + self._counts[demand]]
