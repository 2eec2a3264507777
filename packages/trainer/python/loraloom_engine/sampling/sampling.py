"""One answer in the making: the prompt is read in pieces, then token follows token.

``advance`` does a short piece of work, so that several answers and a training run share
the engine fairly.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import DynamicCache

from loraloom_engine.base import Base
from loraloom_engine.data.template import Template
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Sampled, Token
from loraloom_engine.protocol.requests import Sample
from loraloom_engine.sampling.choose_token import TokenChooser
from loraloom_engine.sampling.detokenizer import Detokenizer
from loraloom_engine.sampling.stop_strings import StopStrings

# A piece of prompt that takes about as long as a training micro-batch of a few short chats.
PROMPT_PIECE = 256


class Sampling:
    """Raises EngineError ``prompt_too_long`` or ``template_refused`` when it is made."""

    def __init__(self, base: Base, request: Sample, emit: Callable[[Any], None]) -> None:
        self.adapter = request.adapter
        self.finished = False
        self._base = base
        self._emit = emit
        self._max_tokens = request.max_tokens
        self._started = time.monotonic()
        self._prompt = prompt_tokens(base, request)
        self._read = 0
        self._cache = DynamicCache(config=base.model.config)
        self._chooser = TokenChooser(request.temperature, request.top_p, request.seed)
        self._detokenizer = Detokenizer(base.tokenizer)
        self._stops = StopStrings(request.stop)
        self._next_input: list[int] = []
        self._completion = 0
        self._pieces: list[str] = []

    def advance(self) -> None:
        """Read a piece of the prompt, or write one token and tell its text."""
        if self._read < len(self._prompt):
            self._next_input = self._prompt[self._read : self._read + PROMPT_PIECE]
            self._read += len(self._next_input)
        logits = self._forward()
        if self._read == len(self._prompt):
            self._take(self._chooser.choose(logits))

    def cancel(self) -> None:
        self._finish("cancelled")

    def _forward(self) -> torch.Tensor:
        inputs = torch.tensor([self._next_input], device=self._base.device)
        with self._base.adapters.use(self.adapter) as model:
            output = model(
                input_ids=inputs, past_key_values=self._cache, use_cache=True, logits_to_keep=1
            )
        return output.logits[0, -1]

    def _take(self, token: int) -> None:
        if token in self._base.end_tokens:
            self._finish("stop")
            return
        self._completion += 1
        self._next_input = [token]
        self._show(self._stops.push(self._detokenizer.push(token)))
        if self._stops.found:
            self._finish("stop")
        elif self._completion == self._max_tokens:
            self._finish("length")

    def _show(self, text: str) -> None:
        if text:
            self._emit(Token(text, len(self._pieces)))
            self._pieces.append(text)

    def _finish(self, reason: str) -> None:
        if not self._stops.found:
            self._show(self._stops.push(self._detokenizer.flush()))
            self._show(self._stops.flush())
        self.finished = True
        self._emit(
            Sampled(
                text="".join(self._pieces),
                finish_reason=reason,
                prompt_tokens=len(self._prompt),
                completion_tokens=self._completion,
                seconds=time.monotonic() - self._started,
            )
        )


def prompt_tokens(base: Base, request: Sample) -> list[int]:
    template = Template(base.tokenizer, request.template_variables, base.end_tokens)
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
