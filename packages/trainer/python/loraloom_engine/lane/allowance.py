"""How much is used at once: less after memory ran out, and more again while that goes well."""

# Passes that go well before more is tried.
PASSES_BEFORE_MORE = 64
# Where it was too much again, twice as many, up to these: what a pass that broke off had kept is
# computed once more. After so many that went well nothing is held against it any longer.
MOST_PASSES_BEFORE_MORE = 4096


class Allowance:
    """``now`` is ``most`` at the most, and 1 at least."""

    def __init__(self, most: int) -> None:
        self.now = self._most = max(1, most)
        self._needed = PASSES_BEFORE_MORE
        self._went_well = MOST_PASSES_BEFORE_MORE

    def halve(self, used: int) -> None:
        """So much was too much."""
        if self._went_well >= MOST_PASSES_BEFORE_MORE:
            self._needed = PASSES_BEFORE_MORE
        elif self._went_well > 0:
            self._needed = min(2 * self._needed, MOST_PASSES_BEFORE_MORE)
        self._went_well = 0
        self.now = max(1, min(self.now, used) // 2)

    def note_good_pass(self) -> None:
        self._went_well += 1
        if self._went_well % self._needed == 0:
            self.now = min(2 * self.now, self._most)
