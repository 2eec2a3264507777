"""One answer in the making: the prompt is read in pieces, then token follows token."""

import time
from collections.abc import Callable
from typing import Any

import torch

from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.passes.block import Block, KeyValues
from loraloom_engine.protocol.events import Sampled
from loraloom_engine.protocol.requests import Sample
from loraloom_engine.sampling.choose_token import TokenChooser
from loraloom_engine.sampling.live_runs import Voice
from loraloom_engine.sampling.spoken_text import SpokenText


class Sampling:
    """Says what it wants to go through the next pass, and takes the logits of it.

    Raises EngineError ``prompt_too_long`` or ``template_refused`` when it is made.
    """

    def __init__(
        self, base: Base, request: Sample, voice: Voice, emit: Callable[[Any], None]
    ) -> None:
        self.adapter_name = request.adapter
        self.finished = False
        self.voice = voice
        self._end_tokens = base.end_tokens
        self._emit = emit
        self._max_tokens = request.max_tokens
        self._started = time.monotonic()
        self._prompt = prompt_tokens(base, request)
        self._read = 0
        self._past = KeyValues()
        self._chooser = TokenChooser(request, self._prompt)
        self._text = SpokenText(base.tokenizer, request, emit)
        self._last_token: int | None = None
        self._completion = 0

    @property
    def unread(self) -> int:
        """Tokens of the prompt that have not been read yet."""
        return len(self._prompt) - self._read

    @property
    def begun(self) -> bool:
        return self._last_token is not None

    def next_block(self, most: int) -> Block:
        """At most so many tokens of the prompt, or the token that was chosen last."""
        if self._last_token is not None:
            return Block([self._last_token], self.voice.adapter, self._past)
        piece = self._prompt[self._read : self._read + most]
        self._read += len(piece)
        return Block(piece, self.voice.adapter, self._past)

    def take(self, logits: torch.Tensor) -> None:
        """The logits [vocabulary] after the block: they choose a token once the prompt is read."""
        if self.unread:
            return
        token = self._chooser.choose(logits)
        if token in self._end_tokens:
            self._finish("stop")
            return
        self._completion += 1
        self._last_token = token
        self._text.add(token, logits)
        if self._text.stopped:
            self._finish("stop")
        elif self._completion == self._max_tokens:
            self._finish("length")

    def cancel(self) -> None:
        self._finish("cancelled")

    def _finish(self, reason: str) -> None:
        self._text.end()
        self.finished = True
        self._emit(
            Sampled(
                text=self._text.whole,
                finish_reason=reason,
                prompt_tokens=len(self._prompt),
                completion_tokens=self._completion,
                seconds=time.monotonic() - self._started,
                step=self.voice.step,
            )
        )


def prompt_tokens(base: Base, request: Sample) -> list[int]:
    template = base.template(request.template_variables)
    messages = [{"role": m.role, "content": m.content, "name": m.name} for m in request.messages]
    tokens = template.prompt_tokens(messages)
    if len(tokens) + request.max_tokens > base.context_length:
        raise EngineError(
            "prompt_too_long",
            f"{len(tokens)} tokens of prompt and {request.max_tokens} of answer are more than "
            f"the model's {base.context_length}.",
            {"prompt_tokens": len(tokens), "context_length": base.context_length},
        )
    return tokens
