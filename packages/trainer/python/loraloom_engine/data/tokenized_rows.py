"""Tokenized rows in memory, 8 bytes a token, in the order of their file."""

from array import array
from pathlib import Path
from typing import Any

from loraloom_engine.data.example import NOT_TRAINED, Example
from loraloom_engine.data.rows_file import read_rows
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import Lengths


class TokenizedRows:
    """All examples of a rows.jsonl.gz that ``tokenize`` wrote."""

    def __init__(self) -> None:
        self._ids = array("i")
        self._labels = array("i")
        self._ends = [0]
        self.trained: list[int] = []

    def __len__(self) -> int:
        return len(self.trained)

    def __getitem__(self, at: int) -> Example:
        start, end = self._ends[at], self._ends[at + 1]
        return Example(self._ids[start:end].tolist(), self._labels[start:end].tolist())

    @property
    def trained_total(self) -> int:
        return sum(self.trained)

    @property
    def longest(self) -> int:
        pairs = zip(self._ends, self._ends[1:], strict=False)
        return max((end - start for start, end in pairs), default=0)

    @property
    def lengths(self) -> Lengths:
        return Lengths(len(self), self._ends[-1], self.longest)

    def length(self, at: int) -> int:
        return self._ends[at + 1] - self._ends[at]

    def append(self, example: Example) -> None:
        self._ids.extend(example.input_ids)
        self._labels.extend(example.labels)
        self._ends.append(len(self._ids))
        # The first token has no predecessor that could predict it.
        self.trained.append(sum(label != NOT_TRAINED for label in example.labels[1:]))


def read_tokenized(path: Path, vocab_size: int) -> TokenizedRows:
    """Raises EngineError ``bad_option`` for rows that are not tokenized rows of this base."""
    rows = TokenizedRows()
    for number, row in enumerate(read_rows(path), start=1):
        rows.append(parse_example(path, number, row, vocab_size))
    return rows


def parse_example(path: Path, number: int, row: Any, vocab_size: int) -> Example:
    ids, labels = (
        (row.get("input_ids"), row.get("labels")) if isinstance(row, dict) else (None,) * 2
    )
    if not is_tokens(ids, 0, vocab_size) or not is_tokens(labels, NOT_TRAINED, vocab_size):
        raise EngineError("bad_option", f"{path}:{number} is no tokenized row of this base model.")
    if len(ids) != len(labels) or not ids:
        raise EngineError(
            "bad_option", f"{path}:{number} has {len(ids)} ids, {len(labels)} labels."
        )
    return Example(ids, labels)


def is_tokens(value: Any, low: int, high: int) -> bool:
    return isinstance(value, list) and all(type(v) is int and low <= v < high for v in value)
