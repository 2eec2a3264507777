"""How much each owner was given of late: attained service, in tokens."""

from collections import Counter, deque
from collections.abc import Callable

# Long enough that whoever comes with one small job after the other is no newcomer each time.
WINDOW_SECONDS = 600.0
# What was given is forgotten slice by slice: a tiny base makes hundreds of passes a second.
SLICE_SECONDS = 10.0


class Attained:
    """The tokens of each owner within the window, to a slice."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._slices: deque[tuple[float, Counter[str]]] = deque()
        self._total: Counter[str] = Counter()

    def add(self, owner: str, tokens: int) -> None:
        now = self._clock()
        if not self._slices or now - self._slices[-1][0] >= SLICE_SECONDS:
            self._slices.append((now, Counter()))
        self._slices[-1][1][owner] += tokens
        self._total[owner] += tokens

    def totals(self) -> Counter[str]:
        """Whoever was given nothing has 0."""
        while self._slices and self._clock() - self._slices[0][0] > WINDOW_SECONDS:
            self._total -= self._slices.popleft()[1]
        return self._total.copy()
