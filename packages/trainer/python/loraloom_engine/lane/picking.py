"""Which groups of which demands make up the next pass."""

from collections import Counter
from dataclasses import dataclass

from loraloom_engine.lane.demand import Demand, Group, group_tokens
from loraloom_engine.lane.fairness import Standings

# Of a pass, what one owner may have while others wait.
LARGEST_SHARE = 0.75


@dataclass(frozen=True)
class PassSize:
    """In tokens. A pass below ``least`` would take no less time: whoever waits may fill it up."""

    most: int
    least: int = 0


def choose(demands: list[Demand], size: PassSize, standings: Standings) -> list[tuple[Demand, int]]:
    """How many groups of which demands go through the next pass.

    A group that is larger than a pass goes alone, and so does a demand that has to. There may be
    nothing to choose: demands that wait for those who go first, in a pass of another kind.
    """
    return Picking(demands, size, standings).pick()


class Picking:
    """Group after group, each from whoever has the least by now."""

    def __init__(self, demands: list[Demand], size: PassSize, standings: Standings) -> None:
        self._counts = dict.fromkeys(demands, 0)
        self._size = size
        self._standings = standings
        self._here: Counter[str] = Counter()

    def pick(self) -> list[tuple[Demand, int]]:
        while waiting := self._waiting():
            demand = min(waiting, key=self._standing)
            if self._used == 0:
                self._keep_apart(demand)
            size = group_tokens(self._next_group(demand))
            if self._used > 0 and self._used + size > self._size.most:
                break
            self._counts[demand] += 1
            self._here[demand.owner] += size
        return [(demand, count) for demand, count in self._counts.items() if count]

    @property
    def _used(self) -> int:
        return self._here.total()

    def _keep_apart(self, first: Demand) -> None:
        """A demand that goes alone has the pass to itself."""
        beside_first = [d for d in self._counts if not (d.alone or first.alone)]
        self._counts = dict.fromkeys([first] if first.alone else beside_first, 0)

    def _waiting(self) -> list[Demand]:
        """Those with groups left, but for owners that have their share while others wait."""
        unfinished = [d for d, count in self._counts.items() if d.done + count < len(d.groups)]
        joining = [d for d in unfinished if self._may_join(d)]
        within = [d for d in joining if self._here[d.owner] < LARGEST_SHARE * self._size.most]
        return within or joining

    def _may_join(self, demand: Demand) -> bool:
        """While some go first, the others have what these leave them."""
        standings = self._standings
        if not standings.first or demand.owner in standings.first:
            return True
        size = group_tokens(self._next_group(demand))
        fills_up = self._used > 0 and self._used + size <= self._size.least
        return fills_up or size <= standings.beside_after(self._here)

    def _standing(self, demand: Demand) -> tuple[int, int]:
        owner = demand.owner
        return self._standings.attained.get(owner, 0) + self._here[owner], self._counts[demand]

    def _next_group(self, demand: Demand) -> Group:
        return demand.groups[demand.done + self._counts[demand]]
