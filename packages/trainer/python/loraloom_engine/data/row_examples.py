"""From one canonical row to the examples that a length allows."""

from typing import Any

from loraloom_engine.data.conversation import conversation_of, examples_of_conversation, render
from loraloom_engine.data.counts import Counts, SkippedError
from loraloom_engine.data.example import Example
from loraloom_engine.data.passages import examples_of_text
from loraloom_engine.data.template import Rendered, Template
from loraloom_engine.data.tool_marks import check_tools_shown
from loraloom_engine.data.trimming import Trimmer
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.parsing import is_unicode

Row = dict[str, Any]


class RowExamples:
    """Makes the examples of a file's rows and counts what became of them."""

    def __init__(self, template: Template, max_length: int, over_length: str) -> None:
        self.counts = Counts()
        self._template = template
        self._max_length = max_length
        self._over_length = over_length
        self._trimmer = Trimmer(template, max_length)

    def of_all(self, rows: list[Row]) -> list[tuple[Row, list[Example]]]:
        """Each row with what ``of`` says of it, their conversations encoded together."""
        wholes = encode_wholes(self._template, rows)
        return [(row, self.of(row, whole)) for row, whole in zip(rows, wholes, strict=True)]

    def of(self, row: Row, whole: Rendered | None = None) -> list[Example]:
        """The row's usable examples; the others are counted with their reason.

        ``whole`` is its conversation where that was encoded before. Raises EngineError
        ``over_length`` where that is to end it all.
        """
        self.counts.rows += 1
        usable = []
        try:
            for example in self._examples(row, whole):
                usable += self._fitting(example, row["source"])
        except SkippedError as reason:
            self.counts.skip(row["source"], reason)
        for example in usable:
            self.counts.add(example)
        return usable

    def _examples(self, row: Row, whole: Rendered | None) -> list[Example]:
        check_usable(row)
        try:
            examples = self._of_content(row, whole)
        except EngineError as error:
            raise SkippedError(error.code, error.message) from error
        if not any(self._teaches(example) for example in examples):
            raise SkippedError(
                "example_missing_assistant_message", "No token of it is to be learnt."
            )
        return examples

    def _of_content(self, row: Row, whole: Rendered | None) -> list[Example]:
        if row.get("text") is not None:
            return examples_of_text(self._template, row["text"], self._max_length)
        conversation = conversation_of(row)
        check_tools_shown(self._template, conversation)
        if not row.get("trimmable"):
            return examples_of_conversation(self._template, conversation, self._max_length, whole)
        trimmed = self._trimmer.trim(conversation, row["trimmable"])
        self.counts.trimmed += trimmed.dropped > 0 and self._fits(trimmed.examples)
        return trimmed.examples

    def _fits(self, examples: list[Example]) -> bool:
        return all(len(example.input_ids) <= self._max_length for example in examples)

    def _teaches(self, example: Example) -> bool:
        """Turns beyond the limit are not marked, so nothing is known of a longer example."""
        return example.trained > 0 or len(example.input_ids) > self._max_length

    def _fitting(self, example: Example, source: dict[str, Any]) -> list[Example]:
        """The example as long as it may be; none where it is left out."""
        length = len(example.input_ids)
        if length <= self._max_length:
            return [example]
        message = f"It has {length} tokens, more than {self._max_length}."
        if self._over_length == "raise":
            raise EngineError("over_length", f"{source['name']}, line {source['line']}: {message}")
        cut = Example(example.input_ids[: self._max_length], example.labels[: self._max_length])
        if self._over_length == "truncate" and cut.trained > 0:
            self.counts.truncated += 1
            return [cut]
        self.counts.dropped += 1
        self.counts.skip(source, SkippedError("over_length", message))
        return []


def encode_wholes(template: Template, rows: list[Row]) -> list[Rendered | None]:
    """Whole conversations; None for a row that is looked at by itself."""
    texts = [whole_text(template, row) for row in rows]
    encoded = iter(template.encode_all([text for text in texts if text is not None]))
    return [None if text is None else next(encoded) for text in texts]


def whole_text(template: Template, row: Row) -> str | None:
    """None for a text, for a dialog that is to be trimmed, and for what can't be rendered."""
    if row.get("text") is not None or row.get("trimmable"):
        return None
    try:
        check_usable(row)
        return render(template, conversation_of(row))
    except (SkippedError, EngineError):
        return None  # the row's own turn tells why


def check_usable(row: Row) -> None:
    """Raises SkippedError for what no template could help."""
    if not all(is_unicode(text) for text in texts_of(row)):
        raise SkippedError("not_utf8", "Its text holds half of a surrogate pair.")
    if row.get("label") is False:
        raise SkippedError("row_unused_by_method", "The method 'sft' learns no bad answers.")


def texts_of(row: Row) -> list[str]:
    messages = row.get("messages")
    return [message["content"] for message in messages] if messages else [row["text"]]
