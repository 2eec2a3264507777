"""Whose turn it is: least attained service first.

Each pass goes to those who were given the least in the last minute. Whoever comes new is
behind everybody else, and would take all until it has caught up: three quarters at most.
"""

from collections import defaultdict, deque
from collections.abc import Callable

from loraloom_engine.lane.demand import Demand, Group, group_tokens

WINDOW_SECONDS = 60.0
LARGEST_SHARE = 0.75


class Fairness:
    """Counts the tokens that each owner was given within the window."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._given: deque[tuple[float, str, int]] = deque()

    def record(self, owner: str, tokens: int) -> None:
        self._given.append((self._clock(), owner, tokens))

    def attained(self) -> dict[str, int]:
        """Tokens by owner."""
        oldest = self._clock() - WINDOW_SECONDS
        while self._given and self._given[0][0] < oldest:
            self._given.popleft()
        totals: defaultdict[str, int] = defaultdict(int)
        for _, owner, tokens in self._given:
            totals[owner] += tokens
        return totals


def choose(
    demands: list[Demand], budget: int, attained: dict[str, int]
) -> list[tuple[Demand, int]]:
    """How many groups of which demands make up the next pass of at most ``budget`` tokens.

    A group that is larger than the budget goes alone.
    """
    return Picking(demands, budget, attained).pick()


class Picking:
    """Group after group, each from whoever has the least by now."""

    def __init__(self, demands: list[Demand], budget: int, attained: dict[str, int]) -> None:
        self._counts = dict.fromkeys(demands, 0)
        self._budget = budget
        self._before = attained
        self._here: defaultdict[str, int] = defaultdict(int)

    def pick(self) -> list[tuple[Demand, int]]:
        while waiting := self._waiting():
            demand = min(waiting, key=self._standing)
            size = group_tokens(self._next_group(demand))
            used = sum(self._here.values())
            if used > 0 and used + size > self._budget:
                break
            self._counts[demand] += 1
            self._here[demand.owner] += size
        return [(demand, count) for demand, count in self._counts.items() if count]

    def _waiting(self) -> list[Demand]:
        """Those with groups left, but for owners that have their share while others wait."""
        unfinished = [d for d, count in self._counts.items() if d.done + count < len(d.groups)]
        within = [d for d in unfinished if self._here[d.owner] < LARGEST_SHARE * self._budget]
        return within or unfinished

    def _standing(self, demand: Demand) -> tuple[int, int]:
        owner = demand.owner
        return self._before.get(owner, 0) + self._here[owner], self._counts[demand]

    def _next_group(self, demand: Demand) -> Group:
        return demand.groups[demand.done + self._counts[demand]]
