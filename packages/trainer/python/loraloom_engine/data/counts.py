"""What is told about the rows of a file."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loraloom_engine.data.example import Example
from loraloom_engine.protocol.results import SkippedRow, TokenizeResult

# An answer is one line: it names the first skipped rows, the counts cover all.
SKIPPED_NAMED = 1000


class SkippedError(Exception):
    """This row, or this example of it, can't be trained on; the others can."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class Counts:
    """Rows read, the examples made of them, and what happened to the others."""

    rows: int = 0
    examples: int = 0
    tokens_total: int = 0
    tokens_trained: int = 0
    longest: int = 0
    longest_prompt: int = 0
    by_length: Counter[int] = field(default_factory=Counter)
    dropped: int = 0
    truncated: int = 0
    trimmed: int = 0
    skipped_count: int = 0
    skipped: list[SkippedRow] = field(default_factory=list)

    def add(self, texts: list[Example], longest: int) -> None:
        """One example: a text, or the two of a pair, of which one has the ``longest``."""
        tokens = sum(len(text.input_ids) for text in texts)
        self.examples += 1
        self.tokens_total += tokens
        self.tokens_trained += sum(text.trained for text in texts)
        self.longest = max(self.longest, longest)
        self.longest_prompt = max(self.longest_prompt, *(text.asked for text in texts))
        self.by_length[tokens] += 1

    def skip(self, source: dict[str, Any], reason: SkippedError) -> None:
        self.skipped_count += 1
        if len(self.skipped) < SKIPPED_NAMED:
            self.skipped.append(
                SkippedRow(source["name"], source["line"], reason.code, reason.message)
            )

    def result(self) -> TokenizeResult:
        by_length = [list(entry) for entry in sorted(self.by_length.items())]
        return TokenizeResult(**vars(self) | {"by_length": by_length})
