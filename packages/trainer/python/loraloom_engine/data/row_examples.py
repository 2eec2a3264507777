"""From one canonical row to the examples that a length allows."""

from typing import Any

from loraloom_engine.data.conversation import conversation_of, show
from loraloom_engine.data.conversation_examples import examples_of_conversation
from loraloom_engine.data.counts import Counts, SkippedError
from loraloom_engine.data.example import Example
from loraloom_engine.data.length_limit import LengthLimit
from loraloom_engine.data.passages import examples_of_text
from loraloom_engine.data.template import Rendered, Shown, Template
from loraloom_engine.data.tool_marks import check_tools_shown
from loraloom_engine.data.trimming import Trimmer
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.parsing import is_unicode

Row = dict[str, Any]
Whole = Rendered | None
"""A row's conversation, where it was encoded before."""


class RowExamples:
    """Makes the examples of a file's rows and counts what became of them."""

    def __init__(self, template: Template, limit: LengthLimit, over_length: str) -> None:
        self.counts = Counts()
        self._template = template
        self._limit = limit
        self._over_length = over_length
        self._trimmer = Trimmer(template, limit)

    def of_all(self, rows: list[Row], wholes: list[Whole]) -> list[Row]:
        """What ``of`` says of each row."""
        written = (self.of(row, whole) for row, whole in zip(rows, wholes, strict=True))
        return [example for of_row in written for example in of_row]

    def of(self, row: Row, whole: Whole = None) -> list[Row]:
        """The row's usable examples as they are written; the others are counted with their reason.

        Raises EngineError ``over_length`` where that is to end it all.
        """
        self.counts.rows += 1
        try:
            written = self._pair(row) if row.get("rejected") else self._singles(row, whole)
        except SkippedError as reason:
            self.counts.skip(row["source"], reason)
            return []
        return [line | {"source": row["source"]} for line in written]

    def _pair(self, row: Row) -> list[Row]:
        """Both answers, each after the prompt; one that is left out leaves out the other."""
        won, lost = row["messages"], row["messages"][: row["answerFrom"]] + row["rejected"]
        sides = [self._answer(row | {"messages": messages}) for messages in (won, lost)]
        fitting = self._fitting(sides, row["source"])
        if not fitting:
            return []
        chosen, rejected = fitting
        return [{"chosen": as_row(chosen), "rejected": as_row(rejected)}]

    def _answer(self, row: Row) -> Example:
        examples = self._examples(row, None)
        if len(examples) > 1:
            raise SkippedError(
                "template_refused",
                "The model's chat template shows the turns of its answer in other words when "
                "more follow: they can't be compared as one.",
            )
        return examples[0]

    def _singles(self, row: Row, whole: Whole) -> list[Row]:
        judged = {"label": row["label"]} if row.get("label") is not None else {}
        examples = self._examples(row, whole)
        groups = [self._fitting([example], row["source"]) for example in examples]
        return [as_row(example) | judged for group in groups for example in group]

    def _examples(self, row: Row, whole: Whole) -> list[Example]:
        check_text(row)
        try:
            examples = self._of_content(row, whole)
        except EngineError as error:
            raise SkippedError(error.code, error.message) from error
        if not any(self._teaches(example) for example in examples):
            raise SkippedError(
                "example_missing_assistant_message", "No token of it is to be learnt."
            )
        return examples

    def _of_content(self, row: Row, whole: Whole) -> list[Example]:
        if row.get("text") is not None:
            return examples_of_text(self._template, row["text"], self._limit.most)
        conversation = conversation_of(row)
        check_tools_shown(self._template, conversation)
        if not row.get("trimmable"):
            return examples_of_conversation(self._template, conversation, self._limit.most, whole)
        trimmed = self._trimmer.trim(conversation, row["trimmable"])
        self.counts.trimmed += trimmed.dropped > 0 and self._limit.fits(trimmed.examples)
        return trimmed.examples

    def _teaches(self, example: Example) -> bool:
        """Later turns beyond the limit are not marked, so little is known of a longer example."""
        return example.trained > 0 or len(example.input_ids) > self._limit.most

    def _fitting(self, group: list[Example], source: dict[str, Any]) -> list[Example]:
        """What belongs together, as long as it may be; nothing where it is left out."""
        fitting = group
        if not self._limit.fits(group):
            fitting = self._cut(group)
            self._tell_over_length(fitting, source, self._limit.excess(group))
        if fitting:
            self.counts.add(fitting, self._limit.longest(fitting))
        return fitting

    def _cut(self, group: list[Example]) -> list[Example]:
        if self._over_length != "truncate":
            return []
        most = self._limit.most
        cut = [Example(example.input_ids[:most], example.labels[:most]) for example in group]
        return cut if all(example.trained > 0 for example in cut) else []

    def _tell_over_length(
        self, fitting: list[Example], source: dict[str, Any], message: str
    ) -> None:
        if self._over_length == "raise":
            raise EngineError("over_length", f"{source['name']}, line {source['line']}: {message}")
        if fitting:
            self.counts.truncated += 1
            return
        self.counts.dropped += 1
        self.counts.skip(source, SkippedError("over_length", message))


def as_row(example: Example) -> Row:
    return {"input_ids": example.input_ids, "labels": example.labels}


def show_whole(template: Template, row: Row) -> Shown | None:
    """None for a text, a pair, a dialog that is to be trimmed, and for what can't be rendered."""
    if row.get("text") is not None or row.get("trimmable") or row.get("rejected"):
        return None
    try:
        check_text(row)
        return show(template, conversation_of(row))
    except (SkippedError, EngineError):
        return None  # the row's own turn tells why


def check_text(row: Row) -> None:
    """Raises SkippedError for what no template could help."""
    if not all(is_unicode(text) for text in texts_of(row)):
        raise SkippedError("not_utf8", "Its text holds half of a surrogate pair.")


def texts_of(row: Row) -> list[str]:
    messages = row.get("messages")
    return [message["content"] for message in messages] if messages else [row["text"]]
