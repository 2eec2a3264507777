"""From tokens to the pieces of text that are shown: whole characters, and no stop string."""

from collections.abc import Callable

import torch
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from loraloom_engine.protocol.events import Token, TokenLogprob
from loraloom_engine.protocol.requests import Sample
from loraloom_engine.sampling.detokenizer import Detokenizer
from loraloom_engine.sampling.logprobs import Logprobs
from loraloom_engine.sampling.stop_strings import StopStrings


class SpokenText:
    """Shows an answer's text piece by piece as its tokens come."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, request: Sample, show: Callable[[Token], None]
    ) -> None:
        self._show = show
        self._detokenizer = Detokenizer(tokenizer)
        self._stops = StopStrings(request.stop)
        wanted = request.logprobs
        self._logprobs = None if wanted is None else Logprobs(tokenizer, wanted)
        self._pieces: list[str] = []
        # Characters decoded and shown so far; between the two lies what may begin a stop string.
        self._decoded = self._shown = 0

    @property
    def stopped(self) -> bool:
        """Whether a stop string was found; nothing more will be shown."""
        return self._stops.found

    @property
    def whole(self) -> str:
        return "".join(self._pieces)

    def add(self, token: int, logits: torch.Tensor) -> None:
        """``logits``: [vocabulary], of the model itself, that the token was chosen from."""
        if self._logprobs:
            self._logprobs.note(logits, token, self._decoded)
        self._push(self._detokenizer.push(token))

    def end(self) -> None:
        """Show what was held back."""
        if self.stopped:
            return
        self._push(self._detokenizer.flush())
        self._tell(self._stops.flush())
        # Of tokens without a text, such as special ones.
        rest = self._logprobs.take_all() if self._logprobs else []
        if rest:
            self._emit("", rest)

    def _push(self, text: str) -> None:
        self._decoded += len(text)
        self._tell(self._stops.push(text))

    def _tell(self, text: str) -> None:
        if text:
            self._shown += len(text)
            self._emit(text, self._logprobs.take_until(self._shown) if self._logprobs else None)

    def _emit(self, text: str, logprobs: list[TokenLogprob] | None) -> None:
        self._show(Token(text, len(self._pieces), logprobs))
        self._pieces.append(text)
