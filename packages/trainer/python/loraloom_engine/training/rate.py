"""The engine's own measured training rate, from which durations are estimated."""

# The weight of the newest micro-batch: figures settle within some 20 of them.
NEWEST = 0.1


class TrainingRate:
    """Seconds of forward and backward for one token (trained or not), smoothed."""

    def __init__(self) -> None:
        self.seconds_per_token: float | None = None

    def add(self, tokens: int, seconds: float) -> None:
        measured = seconds / tokens
        if self.seconds_per_token is None:
            self.seconds_per_token = measured
        self.seconds_per_token += NEWEST * (measured - self.seconds_per_token)
