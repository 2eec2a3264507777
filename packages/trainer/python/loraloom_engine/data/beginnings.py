"""The beginnings of a conversation, up to a turn or up to its end, in the tokens of all of it."""

from functools import cached_property

from loraloom_engine.data.conversation import Conversation, prompt_of_turn, render
from loraloom_engine.data.landmarks import Landmark
from loraloom_engine.data.prefixes import prefix_length
from loraloom_engine.data.template import Rendered, Template


class Beginnings:
    """How many tokens they are, each as it is rendered and encoded by itself.

    None where the tokens of all of it begin with others: in templates that rewrite earlier
    turns, and where merges reach across the border.
    """

    def __init__(self, template: Template, conversation: Conversation, whole: Rendered) -> None:
        self._template = template
        self._conversation = conversation
        self._whole = whole
        self._framed = whole.framed

    def prompt_length(self, turn: int) -> int | None:
        """Up to a turn of the assistant, as it is sampled."""
        text = self._framed and self._framed.beginning(turn, True)
        if text is None:
            text = prompt_of_turn(self._template, self._conversation, turn)
            return prefix_length(self._template, self._placed, text)
        return self._length_in_frame(text, turn, True)

    def until_length(self, turn: int) -> int | None:
        """Up to the end of that turn."""
        count = turn + 1
        if count == len(self._conversation.messages):
            return len(self._whole.ids)
        text = self._framed and self._framed.beginning(count, False)
        if text is None:
            text = render(self._template, self._conversation.before(count))
            return prefix_length(self._template, self._placed, text)
        return self._length_in_frame(text, count, False)

    def _length_in_frame(self, text: str, count: int, generate: bool) -> int | None:
        length = self._length_by_landmark(text, count, generate)
        return length or prefix_length(self._template, self._placed, text)

    def _length_by_landmark(self, text: str, count: int, generate: bool) -> int | None:
        """None where a landmark does not show it."""
        last = self._landmark(count, generate)
        if last is None:
            return None
        start = self._special_places[len(last.specials) - 1] + 1
        rest = text[self._framed.characters(last.messages, last.frame) :]
        ids = self._template.encode_often(rest)
        end = start + len(ids)
        return end if self._whole.ids[start:end] == ids else None

    def _landmark(self, count: int, generate: bool) -> Landmark | None:
        """Of so many messages, where the conversation has it too."""
        if self._special_places is None:
            return None
        landmarks, roles = self._template.landmarks, self._framed.roles
        last = landmarks.last_of(roles[:count], generate)
        if last is None or landmarks.specials_of(roles)[: len(last.specials)] != last.specials:
            return None
        return last

    @cached_property
    def _special_places(self) -> list[int] | None:
        return self._template.landmarks.places(self._framed, self._whole.ids)

    @cached_property
    def _placed(self) -> Rendered:
        return self._template.with_places(self._whole)
