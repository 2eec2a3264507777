"""A dialog's row without as many of its oldest messages as it takes to fit a length.

The rows of one dialog repeat each other's context: the length of each message is kept,
so that a row is encoded about as often as one that fits.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from loraloom_engine.data.conversation import Conversation
from loraloom_engine.data.conversation_examples import examples_of_conversation
from loraloom_engine.data.example import Example
from loraloom_engine.data.length_limit import LengthLimit
from loraloom_engine.data.template import Template
from loraloom_engine.errors import EngineError

# As many messages as the context of a row usually holds.
LENGTHS_KEPT = 2048
SAMPLE = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "x"}]


@dataclass(frozen=True)
class Trimmed:
    """The examples that are left; too long ones where the reply alone does not fit."""

    examples: list[Example]
    dropped: int


class Trimmer:
    """Fits the conversations of one file to a length."""

    def __init__(self, template: Template, limit: LengthLimit) -> None:
        self._template = template
        self._limit = limit
        self._length = lru_cache(LENGTHS_KEPT)(lambda text: len(template.encode(text)))

    def trim(self, conversation: Conversation, trimmable: int) -> Trimmed:
        """Drops of the first ``trimmable`` messages the fewest that it takes, oldest first.

        A beginning that the template refuses is dropped too. Raises EngineError
        ``template_refused`` where it refuses every beginning.
        """
        dropped = self._guess(conversation, trimmable)
        fitting = self._attempt(conversation, dropped)
        if fitting is None:
            return self._drop_more(conversation, dropped + 1, trimmable)
        while dropped > 0 and (longer := self._attempt(conversation, dropped - 1)):
            fitting, dropped = longer, dropped - 1
        return Trimmed(fitting, dropped)

    def _drop_more(self, conversation: Conversation, start: int, trimmable: int) -> Trimmed:
        for dropped in range(start, trimmable):
            if fitting := self._attempt(conversation, dropped):
                return Trimmed(fitting, dropped)
        return Trimmed(self._examples(conversation, trimmable), trimmable)

    def _attempt(self, conversation: Conversation, dropped: int) -> list[Example] | None:
        try:
            examples = self._examples(conversation, dropped)
        except EngineError:
            return None  # the template takes no such beginning
        return examples if self._limit.fits(examples) else None

    def _examples(self, conversation: Conversation, dropped: int) -> list[Example]:
        kept = conversation.without_oldest(dropped)
        return examples_of_conversation(self._template, kept, self._limit.most)

    def _guess(self, conversation: Conversation, trimmable: int) -> int:
        """How many to drop, by the lengths of the single messages."""
        droppable = conversation.oldest(trimmable)
        opening, frame = self._frames
        kept = conversation.without_oldest(trimmable)
        counted = kept.asked if self._limit.whole_answers else kept.messages
        length = opening + sum(frame + self._length(message["content"]) for message in counted)
        for at in reversed(range(len(droppable))):
            length += frame + self._length(droppable[at]["content"])
            if length > self._limit.most:
                return at + 1
        return 0

    @cached_property
    def _frames(self) -> tuple[int, int]:
        """Tokens before all messages and around each of them, as a short dialog shows them."""
        short, long = (
            len(self._template.encode(self._template.render(messages, generate=False)))
            for messages in (SAMPLE, SAMPLE * 2)
        )
        frame = (long - short) // len(SAMPLE) - self._length("x")
        return 2 * short - long, frame
