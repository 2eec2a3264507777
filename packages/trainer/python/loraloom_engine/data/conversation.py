"""From a conversation to examples: token ids and labels.

Trained are the assistant turns: their content and the template's end-of-turn token.
Their spans are found by the renderings of prefixes of the conversation, which the template's
frames tell or which are made. Where the tokens of a prefix are not a prefix of all tokens, each
assistant turn becomes an example of its own, so that it is trained on exactly the prompt that
it is later sampled with.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from loraloom_engine.data.example import Example, make_example
from loraloom_engine.data.template import Message, Rendered, Template, Tools
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


def examples_of_conversation(
    template: Template,
    conversation: Conversation,
    max_length: int,
    whole: Rendered | None = None,
) -> list[Example]:
    """The conversation as one example, or as one for each assistant turn.

    Turns that begin beyond ``max_length`` tokens are left unmarked: they will be cut off.
    ``whole`` is all of it where that was encoded before. Raises EngineError ``template_refused``.
    """
    whole = whole or template.encode_placed(render(template, conversation))
    beginnings = Beginnings(template, conversation, whole.text)
    turns = conversation.trained_turns
    spans = []
    for turn in turns:
        span = find_span(template, beginnings, turn, whole)
        if span is None:
            return [turn_example(template, conversation, at) for at in turns]
        if span[0] >= max_length:
            break
        spans.append(span)
    return [make_example(whole.ids, spans)]


def conversation_of(row: dict[str, Any]) -> Conversation:
    """The conversation of a canonical row that has one."""
    return Conversation(row["messages"], row.get("tools"), row.get("answerFrom", 0))


class Beginnings:
    """The texts up to a turn and up to its end, each as it is rendered by itself."""

    def __init__(self, template: Template, conversation: Conversation, whole: str) -> None:
        self._template = template
        self._conversation = conversation
        self._whole = whole
        plain = conversation.is_plain
        self._framed = template.frames.fit(conversation.messages, whole) if plain else None

    def prompt(self, turn: int) -> str:
        framed = self._framed and self._framed.prompt(turn)
        return framed or prompt_of_turn(self._template, self._conversation, turn)

    def until(self, turn: int) -> str:
        if turn + 1 == len(self._conversation.messages):
            return self._whole
        framed = self._framed and self._framed.until(turn)
        return framed or render(self._template, self._conversation.before(turn + 1))


def find_span(
    template: Template, beginnings: Beginnings, turn: int, whole: Rendered
) -> tuple[int, int] | None:
    """Start and end of an assistant turn in the tokens, None where prefixes don't fit."""
    start = template.prefix_length(whole, beginnings.prompt(turn))
    if start is None:
        return None
    end = template.prefix_length(whole, beginnings.until(turn))
    if end is None or end < start:
        return None
    return start, start + turn_length(template, whole.ids[start:end])


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


def turn_length(template: Template, tokens: list[int]) -> int:
    """How many of the tokens to train: up to the end-of-turn token, or all without one."""
    ends = (at for at in reversed(range(len(tokens))) if tokens[at] in template.end_tokens)
    last = next(ends, None)
    return len(tokens) if last is None else last + 1


def turn_example(template: Template, conversation: Conversation, turn: int) -> Example:
    prompt_text = prompt_of_turn(template, conversation, turn)
    until_text = render(template, conversation.before(turn + 1))
    if not until_text.startswith(prompt_text):
        prompt_text = text_before_content(template, conversation, turn)
    prompt = template.encode(prompt_text)
    answer = template.encode(until_text[len(prompt_text) :])
    answer = answer[: turn_length(template, answer)]
    return make_example(prompt + answer, [(len(prompt), len(prompt) + len(answer))])
