"""Tokenized rows in memory, 8 bytes a token, in the order of their file."""

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from loraloom_engine.data.example import NOT_TRAINED, Example
from loraloom_engine.data.rows_file import read_rows
from loraloom_engine.errors import EngineError


class TokenizedRows:
    """Examples that ``tokenize`` wrote; ``good``: of judged ones, whether each is a good answer."""

    def __init__(self) -> None:
        self._ids = array("i")
        self._labels = array("i")
        self._ends = [0]
        self.trained: list[int] = []
        self.good: list[bool] = []

    def __len__(self) -> int:
        return len(self.trained)

    def __getitem__(self, at: int) -> Example:
        start, end = self._ends[at], self._ends[at + 1]
        return Example(self._ids[start:end].tolist(), self._labels[start:end].tolist())

    @property
    def trained_total(self) -> int:
        return sum(self.trained)

    @property
    def tokens_total(self) -> int:
        return len(self._ids)

    @property
    def longest(self) -> int:
        return max(self.lengths, default=0)

    @property
    def largest_group(self) -> int:
        """The most tokens that have to share a pass."""
        return self.longest

    @property
    def lengths(self) -> list[int]:
        return [end - start for start, end in zip(self._ends, self._ends[1:], strict=False)]

    def append(self, example: Example) -> None:
        self._ids.extend(example.input_ids)
        self._labels.extend(example.labels)
        self._ends.append(len(self._ids))
        self.trained.append(len(example.trained_places))


class TokenizedPrompts(TokenizedRows):
    """Prompts, and the ``answers`` that completions are compared with: these go through no model,
    and so may be of any length.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[array[int]] = []

    def append(self, example: Example) -> None:
        prompt = example.input_ids[: example.asked]
        super().append(Example(prompt, [NOT_TRAINED] * len(prompt)))
        places = example.trained_places
        self.answers.append(array("i", [example.labels[at] for at in places]))
        self.trained[-1] = len(places)


class TokenizedPairs:
    """Pairs of a chosen and a rejected text, each with the prompt before it."""

    def __init__(self) -> None:
        self.chosen = TokenizedRows()
        self.rejected = TokenizedRows()
        self.trained: list[int] = []

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def trained_total(self) -> int:
        return self.chosen.trained_total + self.rejected.trained_total

    @property
    def tokens_total(self) -> int:
        return self.chosen.tokens_total + self.rejected.tokens_total

    @property
    def longest(self) -> int:
        return max(self.chosen.longest, self.rejected.longest)

    @property
    def largest_group(self) -> int:
        sides = zip(self.chosen.lengths, self.rejected.lengths, strict=True)
        return max((sum(pair) for pair in sides), default=0)

    def append(self, chosen: Example, rejected: Example) -> None:
        self.chosen.append(chosen)
        self.rejected.append(rejected)
        self.trained.append(self.chosen.trained[-1] + self.rejected.trained[-1])


AnyRows = TokenizedRows | TokenizedPairs


def read_tokenized(path: Path, vocab_size: int) -> TokenizedRows:
    """Raises EngineError ``bad_option`` for rows that are not tokenized rows of this base."""
    rows = TokenizedRows()
    for where, row in placed_rows(path):
        rows.append(parse_answer(where, row, vocab_size))
    return rows


def read_prompts(path: Path, vocab_size: int) -> TokenizedPrompts:
    """Raises EngineError ``bad_option`` as ``read_tokenized``."""
    rows = TokenizedPrompts()
    for where, row in placed_rows(path):
        rows.append(parse_answer(where, row, vocab_size))
    return rows


def read_judged(path: Path, vocab_size: int) -> TokenizedRows:
    """Answers that are labelled as good or bad. Raises EngineError ``bad_option``."""
    rows = TokenizedRows()
    for where, row in placed_rows(path):
        rows.append(parse_answer(where, row, vocab_size))
        if not isinstance(row.get("label"), bool):
            raise EngineError("bad_option", f"{where} is not labelled as good or bad.")
        rows.good.append(row["label"])
    return rows


def read_pairs(path: Path, vocab_size: int) -> TokenizedPairs:
    """Raises EngineError ``bad_option`` for rows that are no pairs."""
    rows = TokenizedPairs()
    for where, row in placed_rows(path):
        if not isinstance(row, dict) or not {"chosen", "rejected"} <= row.keys():
            raise EngineError(
                "bad_option", f"{where} is no pair of a chosen and a rejected answer."
            )
        sides = [parse_answer(where, row[side], vocab_size) for side in ("chosen", "rejected")]
        rows.append(*sides)
    return rows


READERS: dict[str, Callable[[Path, int], AnyRows]] = {
    "sft": read_tokenized,
    "dpo": read_pairs,
    "orpo": read_pairs,
    "kto": read_judged,
    "grpo": read_prompts,
}


def placed_rows(path: Path) -> Iterator[tuple[str, Any]]:
    return ((f"{path}:{number}", row) for number, row in enumerate(read_rows(path), start=1))


def parse_example(where: str, row: Any, vocab_size: int) -> Example:
    ids, labels = (
        (row.get("input_ids"), row.get("labels")) if isinstance(row, dict) else (None,) * 2
    )
    if not is_tokens(ids, 0, vocab_size) or not is_tokens(labels, NOT_TRAINED, vocab_size):
        raise EngineError("bad_option", f"{where} is no tokenized row of this base model.")
    if len(ids) != len(labels) or not ids:
        raise EngineError("bad_option", f"{where} has {len(ids)} ids, {len(labels)} labels.")
    return Example(ids, labels)


def parse_answer(where: str, row: Any, vocab_size: int) -> Example:
    """An example that teaches something: a token of it at least is learnt."""
    example = parse_example(where, row, vocab_size)
    if not example.trained_places:
        raise EngineError("bad_option", f"{where} has no token to learn.")
    return example


def is_tokens(value: Any, low: int, high: int) -> bool:
    return isinstance(value, list) and all(type(v) is int and low <= v < high for v in value)
