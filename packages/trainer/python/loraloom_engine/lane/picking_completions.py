"""Which completions of which writings have their next tokens read in the next pass.

As of groups that learn (``picking.py``): each is of whoever has the least by now, and beside those
who go first the others have what these leave them. Room is whoever's who has the least, too: were
it given to whichever completion fits, small ones would keep a large one waiting for ever.
"""

from collections import Counter, deque
from dataclasses import dataclass

from loraloom_engine.lane.fairness import Standings
from loraloom_engine.lane.writing import Completion, Writing, most_kept


@dataclass(frozen=True)
class PassLimits:
    """Of one pass: ``completions`` and ``tokens``, and the ``room`` for tokens that are kept of all
    completions in the making. Below ``least`` tokens a pass would take no less time.
    """

    completions: int
    tokens: int
    room: int
    least: int = 0


@dataclass(frozen=True)
class Chosen:
    writing: Writing
    completion: Completion
    tokens: int


def choose_completions(
    writings: list[Writing], standings: Standings, limits: PassLimits
) -> list[Chosen]:
    """Those of one adapter side by side.

    A prompt that is longer than what is left of the pass is read in pieces. A completion is begun
    once there is room for all of it beside those that were begun; where there are none, without.
    While the one that is next to begin waits for room, no other does.
    """
    return PickingCompletions(writings, standings, limits).pick()


class PickingCompletions:
    """Completion after completion."""

    def __init__(self, writings: list[Writing], standings: Standings, limits: PassLimits) -> None:
        self._writings = writings
        self._left = {writing: deque(writing.unfinished) for writing in writings}
        self._apart: dict[Writing, deque[Completion]] = {}
        self._standings = standings
        self._limits = limits
        self._here: Counter[str] = Counter()
        self._chosen: list[Chosen] = []
        self._kept = sum(most_kept(writing.kept) for writing in writings)
        self._awaited = sum(
            most_kept(writing.unfinished) - most_kept(writing.kept)
            for writing in writings
            if writing.owner in standings.first
        )

    def pick(self) -> list[Chosen]:
        while len(self._chosen) < self._limits.completions and (waiting := self._waiting()):
            if self._chosen:
                self._take(min(waiting, key=self._standing))
            else:
                self._begin(min(waiting, key=lambda one: (self._standing(one), one.turns)))
        return [one for writing in self._writings for one in self._chosen if one.writing is writing]

    def _begin(self, first: Writing) -> None:
        """A writing that goes alone has the pass to itself."""
        together = [one for one in self._left if not (one.alone or first.alone)] or [first]
        self._apart = self._left
        self._left = {one: self._apart.pop(one) for one in together}
        self._take(first)

    def _take(self, writing: Writing) -> None:
        completions = self._left.pop(writing)
        completion = completions.popleft()
        size = min(completion.unread, self._tokens_for(writing))
        self._chosen.append(Chosen(writing, completion, size))
        self._here[writing.owner] += size
        if not completion.is_kept:
            self._kept += completion.most_kept
            self._awaited -= completion.most_kept if self._goes_first(writing) else 0
        if completions:
            self._left[writing] = completions  # behind the other writings of its owner

    def _waiting(self) -> list[Writing]:
        begin = self._may_begin(True) | self._may_begin(False)
        return [
            writing
            for writing, completions in self._left.items()
            if (completions[0].is_kept or writing in begin) and self._tokens_for(writing) > 0
        ]

    def _may_begin(self, first: bool) -> set[Writing]:
        """Of those who go first, or of the others: nobody while the next one waits for room.

        The next one may be one that goes alone, in another pass.
        """
        heads = {
            writing: completions[0]
            for writing, completions in (self._left | self._apart).items()
            if self._goes_first(writing) == first and not completions[0].is_kept
        }
        fitting = {one for one, completion in heads.items() if self._has_room(one, completion)}
        next_one = min(heads, key=lambda one: (self._standing(one), one.turns), default=None)
        return fitting if next_one in fitting else set()

    def _tokens_for(self, writing: Writing) -> int:
        """How many it may have read now."""
        used, least = self._here.total(), self._limits.least
        left = self._limits.tokens - used
        if not self._standings.first or self._goes_first(writing):
            return left
        beside = int(self._standings.beside_after(self._here))
        if used == 0:
            return min(left, beside) if beside >= least else 0
        # A pass that those who go first fill up themselves has no room to be filled up.
        filling_up = 0 if any(self._goes_first(one) for one in self._left) else least - used
        return min(left, max(beside, filling_up))

    def _has_room(self, writing: Writing, completion: Completion) -> bool:
        """Beside all that is kept, and beside all that those who go first are yet to begin."""
        awaited = 0 if self._goes_first(writing) else self._awaited
        taken = self._kept + awaited
        return taken == 0 or taken + completion.most_kept <= self._limits.room

    def _goes_first(self, writing: Writing) -> bool:
        return writing.owner in self._standings.first

    def _standing(self, writing: Writing) -> int:
        return self._standings.attained.get(writing.owner, 0) + self._here[writing.owner]
