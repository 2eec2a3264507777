"""What is trained on: token ids, and which of them are learnt."""

from dataclasses import dataclass

NOT_TRAINED = -100


@dataclass
class Example:
    """Token ids and labels of equal length; a label is its token or NOT_TRAINED."""

    input_ids: list[int]
    labels: list[int]

    @property
    def trained(self) -> int:
        return len(self.labels) - self.labels.count(NOT_TRAINED)


def make_example(ids: list[int], spans: list[tuple[int, int]]) -> Example:
    """Learns the tokens of the spans [start, end) but the first, which nothing predicts."""
    labels = [NOT_TRAINED] * len(ids)
    for start, end in spans:
        labels[max(start, 1) : end] = ids[max(start, 1) : end]
    return Example(ids, labels)
