"""Conversations as text and tokens, through the model's own chat template."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from jinja2 import TemplateError
from tokenizers import Encoding
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from loraloom_engine.data.frames import Framed, Frames, Message
from loraloom_engine.data.landmarks import Landmarks
from loraloom_engine.errors import EngineError

# What a message may tell the template; content is there in any case.
PASSED_ON = ("role", "name", "tool_calls", "tool_call_id")

ROLES_KEPT = 64

Tools = list[dict[str, Any]] | None


@dataclass(frozen=True)
class Shown:
    """A conversation as its template shows it; ``framed`` where its turns have known places."""

    text: str
    framed: Framed | None


@dataclass(frozen=True)
class Rendered:
    """A text with its tokens; ``encoding`` knows their places, where they were asked for."""

    text: str
    ids: list[int]
    encoding: Encoding | None
    framed: Framed | None = None


@dataclass(frozen=True)
class Template:
    """A tokenizer with the template's variables, which are fixed per adapter version."""

    tokenizer: PreTrainedTokenizerBase
    variables: dict[str, str]
    end_tokens: frozenset[int]

    @cached_property
    def frames(self) -> Frames:
        """What the template writes around contents, without tools."""
        return Frames(self.render)

    @cached_property
    def landmarks(self) -> Landmarks:
        encode = self.encode_placed
        return Landmarks(self.render, lambda text: encode(text).encoding, self.special_tokens)

    def prompt_tokens(self, messages: list[Message]) -> list[int]:
        """The tokens after which the model writes the next assistant turn.

        Raises EngineError ``template_refused`` for an order or a role that the
        template does not know.
        """
        return self.encode(self.render(messages, generate=True))

    def render(self, messages: list[Message], generate: bool, tools: Tools = None) -> str:
        try:
            return self.tokenizer.apply_chat_template(
                [spoken(message) for message in messages],
                tools=tools,
                tokenize=False,
                add_generation_prompt=generate,
                **self.variables,
            )
        except (TemplateError, TypeError) as error:
            raise EngineError(
                "template_refused", f"The model's chat template refuses these messages: {error}"
            ) from error

    def encode(self, text: str) -> list[int]:
        # The template writes the special tokens itself.
        return self.encode_placed(text).ids

    def encode_placed(self, text: str) -> Rendered:
        """With the places of the tokens, where the tokenizer tells them."""
        if not self.tokenizer.is_fast:
            ids = self.tokenizer.encode(text, add_special_tokens=False)
            return Rendered(text, ids, None)
        # The tokenizer's own wrapper takes half as long again.
        encoding = self.tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)
        return Rendered(text, encoding.ids, encoding)

    def encode_all(self, shown: list[Shown]) -> list[Rendered]:
        """Together they stay in the processor's caches, and all processors have a share.

        Where all are framed nobody needs their tokens' places, and they take a quarter less time.
        """
        if not self.tokenizer.is_fast:
            return [replace(self.encode_placed(one.text), framed=one.framed) for one in shown]
        placed = not all(one.framed for one in shown)
        backend = self.tokenizer.backend_tokenizer
        encode = backend.encode_batch if placed else backend.encode_batch_fast
        encodings = encode([one.text for one in shown], add_special_tokens=False)
        return [
            Rendered(one.text, encoding.ids, encoding if placed else None, one.framed)
            for one, encoding in zip(shown, encodings, strict=True)
        ]

    def encode_some(self, shown: list[Shown | None]) -> list[Rendered | None]:
        """The same, where some have nothing to encode."""
        encoded = iter(self.encode_all([one for one in shown if one is not None]))
        return [None if one is None else next(encoded) for one in shown]

    def with_places(self, whole: Rendered) -> Rendered:
        """The same, with the places of its tokens where the tokenizer tells them."""
        if whole.encoding or not self.tokenizer.is_fast:
            return whole
        return self.encode_placed(whole.text)

    def encode_document(self, text: str) -> list[int]:
        """A text that no template wrote, with the special tokens that stand around one.

        Other threads run meanwhile, which only the encoding of a batch lets them.
        """
        if not self.tokenizer.is_fast:
            return self.tokenizer.encode(text)
        [encoding] = self.tokenizer.backend_tokenizer.encode_batch_fast([text])
        return encoding.ids

    @cached_property
    def encode_often(self) -> Callable[[str], list[int]]:
        """For what stands at the beginning of every turn, such as the role."""
        return lru_cache(ROLES_KEPT)(self.encode)

    @cached_property
    def special_tokens(self) -> frozenset[int]:
        return frozenset(self.tokenizer.added_tokens_decoder)


def spoken(message: Message) -> Message:
    """A message as templates expect it: every one has content, and calls have real arguments."""
    said = {key: message[key] for key in PASSED_ON if message.get(key)}
    if "tool_calls" in said:
        said["tool_calls"] = [with_arguments(call) for call in said["tool_calls"]]
    return {"content": message.get("content") or ""} | said


def with_arguments(call: dict[str, Any]) -> dict[str, Any]:
    """A call whose arguments are an object, where they are the JSON text of one."""
    function = call["function"]
    try:
        arguments = json.loads(function["arguments"])
    except (TypeError, ValueError):
        return call
    if not isinstance(arguments, dict):
        return call
    return call | {"function": function | {"arguments": arguments}}
