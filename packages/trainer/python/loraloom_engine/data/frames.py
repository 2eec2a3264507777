"""What a chat template writes around the contents of messages.

Conversations whose roles follow each other alike differ in their contents alone. For each such
order the template is asked once, with marks as contents, where turns begin and end; in the
conversations themselves those places follow from the lengths of their contents. Without it the
beginning of every turn would be rendered again.

That holds only where it shows: a conversation's own rendering has to be exactly its contents in
the frame of its order, and the template has to pass a trial, since some show the last message in
other words. Not covered: tools, names, replies that begin a conversation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

from loraloom_engine.errors import EngineError

Message = dict[str, Any]
Roles = tuple[str, ...]
Render = Callable[[list[Message], bool], str]
"""Of messages, with or without the beginning of a reply. Raises EngineError."""

# The rows of a long dialog have an order each.
ORDERS_KEPT = 512
ASKED_TWICE: Roles = ("user", "assistant", "user", "assistant")
# What templates are known to treat in a way of its own: blanks, thoughts, calls, switches.
TRIED_CONTENTS = [
    "",
    " x ",
    "\nx\n",
    "<think>x</think>y",
    "<think>\nx\n</think>\n\ny",
    "<tool_call>x</tool_call>",
    "<tool_response>x</tool_response>",
    '{"name": "x", "arguments": {}}',
    "[INST] x [/INST]",
    "/think",
    "/no_think",
]


@dataclass(frozen=True)
class Framed:
    """A conversation's rendering, in which the places of its turns are known.

    ``said`` are the characters of the contents before each message, and of all of them.
    """

    frames: "Frames"
    roles: Roles
    text: str
    said: list[int]

    def beginning(self, messages: int, generate: bool) -> str | None:
        """The text of so many messages alone, with or without the beginning of a reply.

        None where it can't be told.
        """
        frame = self.frames.before(self.roles, messages, generate)
        return None if frame is None else self.text[: self.characters(messages, frame)]

    def characters(self, messages: int, frame: int) -> int:
        """How many are so many of the frame and the contents of so many messages."""
        return frame + self.said[messages]


class Frames:
    """The frames of one template."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._texts = lru_cache(ORDERS_KEPT)(self._find_texts)
        self.before = lru_cache(ORDERS_KEPT)(self._find_before)

    def fit(self, messages: list[Message], text: str) -> Framed | None:
        """The conversation in its frame; None where its turns have to be rendered.

        ``text`` is the rendering of all of it.
        """
        return self._fit(messages, text) if self._passes_trial else None

    def _fit(self, messages: list[Message], text: str) -> Framed | None:
        roles = tuple(message["role"] for message in messages)
        contents = [message["content"] for message in messages]
        texts = self._texts(roles)
        if texts is None or text != "".join(in_turns(texts, contents)):
            return None
        return Framed(self, roles, text, list(accumulate(map(len, contents), initial=0)))

    def _find_texts(self, roles: Roles) -> list[str] | None:
        """What is written before, between and after the contents of messages in this order."""
        texts, rest = [], self._render(marked(roles), False)
        for at in range(len(roles)):
            before, found, rest = rest.partition(mark(at))
            if not found:
                return None
            texts.append(before)
        return [*texts, rest]

    def _find_before(self, roles: Roles, count: int, generate: bool) -> int | None:
        """How many characters of the frame are shown with the first ``count`` messages alone.

        None where what is shown then is not the beginning of what is shown later.
        """
        if count == 0:  # templates render no messages at all as something else
            return None
        messages = marked(roles)
        beginning = self._render(messages[:count], generate)
        if not self._render(messages, False).startswith(beginning):
            return None
        return len(beginning) - sum(len(mark(at)) for at in range(count))

    @cached_property
    def _passes_trial(self) -> bool:
        """Whether turns are where frames say, also of contents that a template may look for."""
        return all(self._tells_truth(messages) for messages in tried())

    def _tells_truth(self, messages: list[Message]) -> bool:
        try:
            framed = self._fit(messages, self._render(messages, False))
            return framed is None or all(
                framed.beginning(turn, True) in (None, self._render(messages[:turn], True))
                and framed.beginning(turn + 1, False)
                in (None, self._render(messages[: turn + 1], False))
                for turn, message in enumerate(messages)
                if message["role"] == "assistant"
            )
        except EngineError:
            return True  # of messages that the template refuses no frame is ever asked for


def in_turns(texts: list[str], contents: list[str]) -> Iterator[str]:
    for before, content in zip(texts, contents, strict=False):
        yield before
        yield content
    yield texts[-1]


def marked(roles: Roles) -> list[Message]:
    return [{"role": role, "content": mark(at)} for at, role in enumerate(roles)]


def mark(at: int) -> str:
    """Private-use characters, which templates leave alone."""
    return f"\ue000{at}\ue001"


def tried() -> Iterator[list[Message]]:
    """Plain conversations with one content of each kind, at each place and as a system prompt."""
    for content in TRIED_CONTENTS:
        for at in range(len(ASKED_TWICE)):
            messages = [{"role": role, "content": "x"} for role in ASKED_TWICE]
            messages[at]["content"] = content
            yield messages
        system = {"role": "system", "content": content}
        yield [system, *({"role": role, "content": "x"} for role in ASKED_TWICE)]
