"""Whose the device is: the shared lane's, or that of a run in a process of its own.

Only one of them computes at a time. As in the lane, whoever was given the fewest tokens of late is
next, but neither the lane nor such runs, all together, wait for more than three turns of the other.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from loraloom_engine.lane.attained import Attained

MOST_IN_A_ROW = 3


class Waiting(Protocol):
    """A run that makes a pass when it is given a turn."""

    owner: str
    wants_turn: bool


Run = TypeVar("Run", bound=Waiting)


class DeviceTurns:
    """``choose`` is asked whenever nobody computes."""

    def __init__(self, attained: Attained) -> None:
        self._attained = attained
        self._lane_was_first = False
        self._in_a_row = 0

    def choose(self, runs: Sequence[Run], lane_owners: set[str]) -> Run | None:
        """The run whose turn it is; None: the lane's, which works for ``lane_owners``."""
        wanting = [run for run in runs if run.wants_turn]
        if not wanting:
            return None
        attained = self._attained.totals()
        run = min(wanting, key=lambda run: attained[run.owner])
        if not lane_owners:
            return run
        ahead = attained[run.owner] - min(attained[owner] for owner in lane_owners)
        return None if self._lane_is_first(ahead) else run

    def _lane_is_first(self, ahead: int) -> bool:
        """``ahead``: how many tokens more than the lane's last the run was given."""
        first = not self._lane_was_first if ahead == 0 else ahead > 0
        if self._in_a_row >= MOST_IN_A_ROW and first == self._lane_was_first:
            first = not first
        self._in_a_row = self._in_a_row + 1 if first == self._lane_was_first else 1
        self._lane_was_first = first
        return first
