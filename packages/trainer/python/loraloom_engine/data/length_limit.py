"""How long an example may be."""

from collections.abc import Iterable
from dataclasses import dataclass

from loraloom_engine.data.example import Example


@dataclass(frozen=True)
class LengthLimit:
    """``most`` tokens; with ``whole_answers`` of what is before the answer, which may be longer."""

    most: int
    whole_answers: bool = False

    def fits(self, examples: Iterable[Example]) -> bool:
        return self.longest(examples) <= self.most

    def longest(self, examples: Iterable[Example]) -> int:
        return max((self._length(example) for example in examples), default=0)

    def excess(self, examples: Iterable[Example]) -> str:
        """Tells of those that don't fit how long they are."""
        what = "Its prompt" if self.whole_answers else "It"
        return f"{what} has {self.longest(examples)} tokens, more than {self.most}."

    def _length(self, example: Example) -> int:
        return example.asked if self.whole_answers else len(example.input_ids)
