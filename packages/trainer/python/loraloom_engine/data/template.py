"""Conversations as text and tokens, through the model's own chat template."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from jinja2 import TemplateError
from tokenizers import Encoding
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from loraloom_engine.data.frames import Frames, Message
from loraloom_engine.errors import EngineError

# What a message may tell the template; content is there in any case.
PASSED_ON = ("role", "name", "tool_calls", "tool_call_id")

ROLES_KEPT = 64

Tools = list[dict[str, Any]] | None


@dataclass(frozen=True)
class Rendered:
    """A text with its tokens; ``encoding`` knows their places, where the tokenizer tells them."""

    text: str
    ids: list[int]
    encoding: Encoding | None


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
        if not self.tokenizer.is_fast:
            ids = self.tokenizer.encode(text, add_special_tokens=False)
            return Rendered(text, ids, None)
        # The tokenizer's own wrapper takes half as long again.
        encoding = self.tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)
        return Rendered(text, encoding.ids, encoding)

    def encode_all(self, texts: list[str]) -> list[Rendered]:
        """As ``encode_placed`` of each: together they stay in the processor's caches."""
        if not self.tokenizer.is_fast:
            return [self.encode_placed(text) for text in texts]
        encodings = self.tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False)
        return [
            Rendered(text, encoding.ids, encoding)
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def encode_document(self, text: str) -> list[int]:
        """A text that no template wrote, with the special tokens that stand around one.

        Other threads run meanwhile, which only the encoding of a batch lets them.
        """
        if not self.tokenizer.is_fast:
            return self.tokenizer.encode(text)
        [encoding] = self.tokenizer.backend_tokenizer.encode_batch([text])
        return encoding.ids

    def prefix_length(self, whole: Rendered, prefix: str) -> int | None:
        """How many of the tokens are those of the prefix; None where they are others.

        Templates that rewrite earlier turns and merges across the border make them so.
        """
        if not whole.text.startswith(prefix):
            return None
        if len(prefix) == len(whole.text):
            return len(whole.ids)
        length = self._prefix_by_places(whole, prefix)
        if length is not None:
            return length
        ids = self.encode(prefix)
        return len(ids) if whole.ids[: len(ids)] == ids else None

    def _prefix_by_places(self, whole: Rendered, prefix: str) -> int | None:
        """The same from the last special token on: no merge reaches across one.

        Saves encoding a long conversation again for each of its turns. None where this
        does not show that the tokens are the prefix's.
        """
        length = whole.encoding and whole.encoding.char_to_token(len(prefix))
        if not length:
            return None
        special = next((at for at in reversed(range(length)) if self._is_special(whole, at)), None)
        if special is None:
            return None
        _, end = whole.encoding.token_to_chars(special)
        rest = self._encode_often(prefix[end:])
        return length if rest == whole.ids[special + 1 : length] else None

    def _is_special(self, whole: Rendered, at: int) -> bool:
        return whole.ids[at] in self._special_tokens

    @cached_property
    def _encode_often(self) -> Callable[[str], list[int]]:
        """For what stands at the beginning of every turn, such as the role."""
        return lru_cache(ROLES_KEPT)(self.encode)

    @cached_property
    def _special_tokens(self) -> frozenset[int]:
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
