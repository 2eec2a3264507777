"""What is trained on: token ids, and which of them are learnt."""

from dataclasses import dataclass

NOT_TRAINED = -100


@dataclass
class Example:
    """Token ids and labels of equal length; a label is its token or NOT_TRAINED.

    Its log-probabilities come as one sum over its trained tokens; where ``answer_from`` is given,
    as two: over those before that place, and over the others. ``by_token``: each by itself.
    They are those of the model's logits divided by ``temperature``.
    """

    input_ids: list[int]
    labels: list[int]
    answer_from: int | None = None
    by_token: bool = False
    temperature: float = 1.0

    @property
    def trained(self) -> int:
        return len(self.labels) - self.labels.count(NOT_TRAINED)

    @property
    def trained_places(self) -> list[int]:
        """Those that can be predicted: nothing stands before the first."""
        return [at for at, label in enumerate(self.labels) if at and label != NOT_TRAINED]

    @property
    def asked(self) -> int:
        """The tokens before the first that is trained; where none is, all of them."""
        return next(iter(self.trained_places), len(self.input_ids))

    @property
    def sums(self) -> list[int]:
        """Of how many tokens each of its sums is."""
        places = self.trained_places
        if self.by_token:
            return [1] * len(places)
        if self.answer_from is None:
            return [len(places)]
        before = sum(at < self.answer_from for at in places)
        return [before, len(places) - before]


def make_example(ids: list[int], spans: list[tuple[int, int]]) -> Example:
    """Learns the tokens of the spans [start, end) but the first, which nothing predicts."""
    labels = [NOT_TRAINED] * len(ids)
    for start, end in spans:
        labels[max(start, 1) : end] = ids[max(start, 1) : end]
    return Example(ids, labels)
