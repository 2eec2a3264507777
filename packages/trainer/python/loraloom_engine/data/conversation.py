"""A conversation of a row, and what the model's chat template makes of it and of its beginnings."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from loraloom_engine.data.template import Message, Shown, Template, Tools
from loraloom_engine.errors import EngineError

# ``weight`` is for us; templates don't see it.
PLAIN = {"role", "content", "weight"}


@dataclass(frozen=True)
class Conversation:
    """Messages and what is learnt of them: assistant turns from ``answer_from`` on."""

    messages: list[Message]
    tools: Tools = None
    answer_from: int = 0

    @property
    def trained_turns(self) -> list[int]:
        return [
            at
            for at, message in enumerate(self.messages)
            if message["role"] == "assistant"
            and message.get("weight") != 0
            and at >= self.answer_from
        ]

    @property
    def asked(self) -> list[Message]:
        """What is before the first turn that is learnt; where none is, all of it."""
        return self.messages[: next(iter(self.trained_turns), None)]

    @property
    def is_plain(self) -> bool:
        """Whether its messages are roles and contents and nothing else."""
        return not self.tools and all(message.keys() <= PLAIN for message in self.messages)

    def before(self, turn: int) -> "Conversation":
        return dataclasses.replace(self, messages=self.messages[:turn])

    def oldest(self, count: int) -> list[Message]:
        """The first messages after one of the system."""
        return self.messages[self._start : self._start + count]

    def without_oldest(self, count: int) -> "Conversation":
        kept = self.messages[: self._start] + self.messages[self._start + count :]
        answer_from = max(0, self.answer_from - count)
        return dataclasses.replace(self, messages=kept, answer_from=answer_from)

    @property
    def _start(self) -> int:
        return 1 if self.messages[0]["role"] == "system" else 0


def conversation_of(row: dict[str, Any]) -> Conversation:
    """The conversation of a canonical row that has one."""
    return Conversation(row["messages"], row.get("tools"), row.get("answerFrom", 0))


def show(template: Template, conversation: Conversation) -> Shown:
    """Raises EngineError ``template_refused``."""
    text = render(template, conversation)
    plain = conversation.is_plain
    return Shown(text, template.frames.fit(conversation.messages, text) if plain else None)


def render(template: Template, conversation: Conversation, generate: bool = False) -> str:
    return template.render(conversation.messages, generate, conversation.tools)


def prompt_of_turn(template: Template, conversation: Conversation, turn: int) -> str:
    if turn == 0:  # templates render no messages at all as something else
        return text_before_content(template, conversation, turn)
    return render(template, conversation.before(turn), generate=True)


def text_before_content(template: Template, conversation: Conversation, turn: int) -> str:
    """The rendering up to the turn's content, found by planting a mark in its place."""
    mark = "\ue000content\ue001"  # private-use characters, which templates leave alone
    marked = [*conversation.messages[:turn], {"role": "assistant", "content": mark}]
    before, found, _ = template.render(marked, False, conversation.tools).partition(mark)
    if not found:
        raise EngineError(
            "template_refused", "The model's chat template does not show the assistant's content."
        )
    return before
