"""The ``tokenize`` request: canonical rows in, token ids and labels out.

A generator, so that a large file does not hold up training and chats: it hands the
engine back after every few rows.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Any

from loraloom_engine.atomic_files import new_file
from loraloom_engine.base import Base
from loraloom_engine.data.rows_file import RowsWriter, read_rows
from loraloom_engine.data.template import (
    Example,
    Template,
    examples_of_messages,
    examples_of_text,
)
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import SkippedRow, TokenizeResult
from loraloom_engine.protocol.parsing import is_unicode
from loraloom_engine.protocol.requests import Tokenize

# About 20 ms of work for short chats: shorter than one token of a chat.
ROWS_PER_TURN = 16
# An answer is one line: it names the first skipped rows, the counts cover all.
SKIPPED_NAMED = 1000


class SkippedError(Exception):
    """This row, or this example of it, can't be trained on; the others can."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Counts:
    """What is told about the tokenized rows."""

    def __init__(self) -> None:
        self.rows = 0
        self.examples = 0
        self.tokens_total = 0
        self.tokens_trained = 0
        self.longest = 0
        self.over_length = 0
        self.skipped: list[SkippedRow] = []

    def add(self, example: Example) -> None:
        self.examples += 1
        self.tokens_total += len(example.input_ids)
        self.tokens_trained += example.trained
        self.longest = max(self.longest, len(example.input_ids))

    def skip(self, source: dict[str, Any], reason: SkippedError) -> None:
        if len(self.skipped) < SKIPPED_NAMED:
            self.skipped.append(
                SkippedRow(source["name"], source["line"], reason.code, reason.message)
            )


def tokenize(base: Base, request: Tokenize) -> Generator[None, None, TokenizeResult]:
    """Write the tokenized rows and return their counts.

    Raises EngineError ``over_length`` (with ``raise``), ``bad_option`` for an unreadable
    file, ``disk_full``.
    """
    template = Template(base.tokenizer, request.template_variables, base.end_tokens)
    counts = Counts()
    with new_file(Path(request.out_path)) as staging, RowsWriter(staging) as out:
        for row in read_rows(Path(request.rows_path)):
            for example in tokenize_row(template, row, request, counts):
                counts.add(example)
                labelled = {"input_ids": example.input_ids, "labels": example.labels}
                out.write(labelled | {"source": row["source"]})
            if counts.rows % ROWS_PER_TURN == 0:
                yield
    return TokenizeResult(**vars(counts))


def tokenize_row(
    template: Template, row: dict[str, Any], request: Tokenize, counts: Counts
) -> list[Example]:
    """The usable examples of a row; the others are counted with their reason."""
    counts.rows += 1
    try:
        examples = examples_of_row(template, row, request.max_length)
    except SkippedError as reason:
        counts.skip(row["source"], reason)
        return []
    usable = []
    for example in examples:
        try:
            usable.append(fit_length(example, row["source"], request, counts))
        except SkippedError as reason:
            counts.skip(row["source"], reason)
    return usable


def examples_of_row(template: Template, row: dict[str, Any], max_length: int) -> list[Example]:
    check_unicode(row)
    try:
        if row.get("text") is not None:
            examples = examples_of_text(template, row["text"])
        else:
            examples = examples_of_messages(template, row["messages"], max_length)
    except EngineError as error:
        raise SkippedError(error.code, error.message) from error
    if not examples or (len(examples) == 1 and not is_trained(examples[0], max_length)):
        raise SkippedError("example_missing_assistant_message", "No token of it is to be learnt.")
    return examples


def is_trained(example: Example, max_length: int) -> bool:
    """Turns beyond the limit are not marked, so nothing is known of a longer example."""
    return example.trained > 0 or len(example.input_ids) > max_length


def check_unicode(row: dict[str, Any]) -> None:
    messages = row.get("messages") or [{"content": row["text"]}]
    texts = [message["content"] for message in messages]
    if not all(is_unicode(text) for text in texts):
        raise SkippedError("not_utf8", "Its text holds half of a surrogate pair.")


def fit_length(
    example: Example, source: dict[str, Any], request: Tokenize, counts: Counts
) -> Example:
    length = len(example.input_ids)
    if length <= request.max_length:
        return example
    counts.over_length += 1
    message = f"It has {length} tokens, more than {request.max_length}."
    if request.over_length == "raise":
        raise EngineError("over_length", f"{source['name']}, line {source['line']}: {message}")
    cut = Example(example.input_ids[: request.max_length], example.labels[: request.max_length])
    if request.over_length == "drop" or cut.trained == 0:
        raise SkippedError("over_length", message)
    return cut
