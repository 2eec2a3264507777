"""What a run asks the lane to write: completions of prompts, token by token."""

from dataclasses import dataclass

import torch

from loraloom_engine.lane.demand import Demand
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.block import Block, KeyValues
from loraloom_engine.sampling.choose_token import TokenChooser


class Completion:
    """A text in the making: ``written`` are the tokens after the prompt, its end token included.

    What was computed of it is kept from pass to pass, and can be dropped and computed again.
    """

    def __init__(
        self, prompt: list[int], chooser: TokenChooser, most: int, end_tokens: frozenset[int]
    ) -> None:
        self.prompt = prompt
        self.written: list[int] = []
        self._chooser = chooser
        self._most = most
        self._end_tokens = end_tokens
        self.forget()

    @property
    def ended(self) -> bool:
        """Whether it ended by itself, and was not cut off."""
        return bool(self.written) and self.written[-1] in self._end_tokens

    @property
    def finished(self) -> bool:
        return self.ended or len(self.written) == self._most

    @property
    def unread(self) -> int:
        """Tokens that have not gone through the model yet."""
        return len(self.prompt) + len(self.written) - self._past.length

    @property
    def tokens_left(self) -> int:
        """At the most."""
        return 0 if self.finished else self.unread + self._most - len(self.written) - 1

    def next_block(self, adapter: LoraAdapter | None, most: int) -> Block:
        """The next tokens to read, at most so many."""
        read = self._past.length
        tokens = (self.prompt + self.written)[read : read + most]
        return Block(tokens, adapter, self._past)

    def take(self, logits: torch.Tensor) -> None:
        """The logits [vocabulary] after the block: they choose a token once all is read."""
        if self.unread:
            return
        self.written.append(self._chooser.choose(logits))
        if self.finished:
            self.forget()

    def forget(self) -> None:
        """Give back the memory of what was computed."""
        self._past = KeyValues()


@dataclass(eq=False)
class Writing:
    """Completions that have to be written before the run can go on.

    As of a ``Demand``, ``owner`` is whom the work is counted for, ``alone`` keeps it from sharing
    a pass, and ``later`` is about how many tokens its run will want after it.
    """

    owner: str
    adapter: LoraAdapter | None
    completions: list[Completion]
    later: int = 0
    alone: bool = False

    @property
    def unfinished(self) -> list[Completion]:
        return [completion for completion in self.completions if not completion.finished]

    @property
    def finished(self) -> bool:
        return not self.unfinished

    @property
    def tokens_left(self) -> int:
        return self.later + sum(completion.tokens_left for completion in self.completions)


Wanted = Demand | Writing
"""All that a run may ask of the lane."""
