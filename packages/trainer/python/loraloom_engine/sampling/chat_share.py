"""How much of the device's time answers may take while runs are trained."""

from collections.abc import Callable

# Of the time that answers and training take together. They also push each other out of the
# processor's caches, so training loses somewhat more than this.
LARGEST_SHARE = 0.2
# Seconds that answers may save up (a pause is no licence for later), and owe for first tokens.
MOST_SAVED = 1.0
MOST_OWED = 2.0


class ChatShare:
    """Training earns time for answers, and answers spend it.

    A first token may be taken on credit: nobody should wait long to see an answer begin.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._saved = 0.0
        self._since = clock()

    def earn(self) -> None:
        """Called in training: what passed since the last answer's token was training."""
        now = self._clock()
        earned = (now - self._since) * LARGEST_SHARE / (1 - LARGEST_SHARE)
        self._saved = min(MOST_SAVED, self._saved + earned)
        self._since = now

    def allows(self, first_token: bool) -> bool:
        return self._saved > (-MOST_OWED if first_token else 0)

    def spend(self) -> None:
        """Called after an answer's pass, which began right after ``earn``."""
        now = self._clock()
        self._saved -= now - self._since
        self._since = now
