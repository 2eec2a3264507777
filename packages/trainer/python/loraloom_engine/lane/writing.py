"""What a run asks the lane to write: completions of prompts, token by token."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from loraloom_engine.base import COMPLETIONS_PER_PASS, SMALLEST_PASS
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
    def passes_left(self) -> int:
        """At the most, where what is unread goes through in one."""
        return 0 if self.finished else self._most - len(self.written)

    @property
    def is_kept(self) -> bool:
        """Whether something that was computed of it takes memory."""
        return self._past.takes_memory

    @property
    def most_kept(self) -> int:
        """Tokens of which something is kept by its end; the last one is never read."""
        return len(self.prompt) + self._most - 1

    def next_block(self, adapter: LoraAdapter | None, most: int) -> Block:
        """The next tokens to read, at most so many."""
        read, prompt = self._past.length, len(self.prompt)
        if read < prompt:
            return Block((self.prompt[read:] + self.written)[:most], adapter, self._past)
        return Block(self.written[read - prompt :][:most], adapter, self._past)

    def take(self, logits: torch.Tensor) -> None:
        """The logits [vocabulary] after the block: they choose a token once all is read."""
        if self.unread:
            return
        self.written.append(self._chooser.choose(logits))
        if self.finished:
            self.forget()

    def forget(self) -> None:
        """Give back the memory of what was computed."""
        self._past = KeyValues(self.most_kept)


@dataclass(frozen=True)
class PassesThatWrite:
    """One holds ``most`` completions, and counts as ``least`` tokens at the least."""

    most: int
    least: int

    def times(self, completions: int) -> float:
        """How many times its tokens a pass counts that takes so many of them a token further."""
        return max(1.0, self.least / min(completions, self.most))

    def counted(self, completions: Sequence[Completion]) -> int:
        """What passes count that take all of them to their ends: one reads, the others write."""
        reading = max(self.least, sum(each.unread for each in completions))
        writing = sum(each.passes_left - 1 for each in completions)
        return reading + round(writing * self.times(len(completions)))


def passes_that_write(device: torch.device) -> PassesThatWrite:
    return PassesThatWrite(COMPLETIONS_PER_PASS[device.type], SMALLEST_PASS[device.type])


@dataclass(eq=False)
class Writing:
    """Completions that have to be written before the run can go on.

    As of a ``Demand``, ``owner`` is whom the work is counted for, ``alone`` keeps it from sharing
    a pass, and ``later`` is about how many tokens its run will want after it. It was in so many
    passes, its ``turns``.
    """

    owner: str
    adapter: LoraAdapter | None
    completions: list[Completion]
    passes: PassesThatWrite
    later: int = 0
    alone: bool = False
    turns: int = 0

    @property
    def unfinished(self) -> list[Completion]:
        return [completion for completion in self.completions if not completion.finished]

    @property
    def finished(self) -> bool:
        return not self.unfinished

    @property
    def kept(self) -> list[Completion]:
        """Those of which something takes memory."""
        return [completion for completion in self.completions if completion.is_kept]

    @property
    def tokens_left(self) -> int:
        """At the most, as they are counted where no other run writes in the same passes."""
        unfinished, most = self.unfinished, self.passes.most
        starts = range(0, len(unfinished), most)
        return self.later + sum(self.passes.counted(unfinished[at : at + most]) for at in starts)


Wanted = Demand | Writing
"""All that a run may ask of the lane."""


def most_kept(completions: Iterable[Completion]) -> int:
    """Tokens of which something is kept by their ends."""
    return sum(completion.most_kept for completion in completions)
