"""Passes of a token more for each completion that runs want to have written.

A pass of a few tokens takes as long as one of the smallest size that pays. It counts as one of
that size, so whoever has much written and whoever trains are given alike.
"""

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch

from loraloom_engine.base import TOKENS_PER_PASS, Base
from loraloom_engine.device import give_back_unused
from loraloom_engine.faults import is_out_of_memory
from loraloom_engine.lane.fairness import Fairness, Standings
from loraloom_engine.lane.picking import PassSize
from loraloom_engine.lane.writing import Completion, Wanted, Writing

# Completions of a pass. With more a pass takes longer; fewer leave a GPU idle.
COMPLETIONS_PER_PASS = {"cpu": 64, "cuda": 512}

FailWriting = Callable[[Writing, Exception], None]


@dataclass(frozen=True)
class PassLimits:
    completions: int
    tokens: int


@dataclass(frozen=True)
class Chosen:
    writing: Writing
    completion: Completion
    tokens: int


class Writers:
    """Takes writings forward, all runs' together."""

    def __init__(self, base: Base, fairness: Fairness, smallest: int) -> None:
        self._base = base
        self._fairness = fairness
        # Not the size that was calibrated here: a run that goes on in another process would read
        # its prompts in other pieces, and be rounded otherwise.
        self._size = PassSize(TOKENS_PER_PASS[base.device.type], smallest)
        self._at_once = COMPLETIONS_PER_PASS[base.device.type]

    def advance(self, writings: list[Writing], demands: list[Wanted], fail: FailWriting) -> None:
        """Passes that count as much as one whole pass of those that learn.

        ``demands``: all that wait now. A writing that can't go on is handed to ``fail``.
        """
        going, counted = list(writings), 0.0
        while going:
            standings = self._fairness.standings(demands)
            chosen = self._choose(going, standings, self._size.most - counted)
            if not chosen:
                return
            try:
                logits = self._pass(chosen)
            except Exception as error:  # noqa: BLE001 - whose fault it was is found out
                failed = self._settle(chosen, error)
            else:
                failed = take_all(chosen, logits)
                counted += self._record(chosen, standings)
            going = [one for one in going if not (one.finished or one in failed)]
            for writing, error in failed.items():
                fail(writing, error)

    def _choose(self, going: list[Writing], standings: Standings, left: float) -> list[Chosen]:
        """Nothing where there is not enough left for a pass: while some go first, the others have
        what these leave them.
        """
        first = [writing for writing in going if writing.owner in standings.first]
        if standings.first and not first:
            left = min(left, standings.beside)
        if left < self._size.least:
            return []
        most = PassLimits(self._at_once, self._size.most)
        return choose_completions(first or going, standings.attained, most)

    @torch.no_grad()
    def _pass(self, chosen: list[Chosen]) -> torch.Tensor:
        """The logits [completions, vocabulary] after each one's tokens."""
        blocks = [one.completion.next_block(one.writing.adapter, one.tokens) for one in chosen]
        with self._base.forward.hidden(blocks) as hidden:
            last = hidden[[block.end - 1 for block in blocks]]
            return self._base.head.logits(last).float().cpu()

    def _settle(self, chosen: list[Chosen], error: Exception) -> dict[Writing, Exception]:
        """After a pass that broke off: fewer at once, or each run alone to find the culprit.

        Returns those that can't go on, with the reason.
        """
        writings = dict.fromkeys(one.writing for one in chosen)
        if is_out_of_memory(error) and len(chosen) > 1:
            self._at_once = len(chosen) // 2
            traceback.clear_frames(error.__traceback__)  # they hold what the pass computed
            for writing in writings:
                for completion in writing.completions:
                    completion.forget()
            give_back_unused(self._base.device)
        elif len(writings) == 1:
            return dict.fromkeys(writings, error)
        else:
            for writing in writings:
                writing.alone = True
        return {}

    def _record(self, chosen: list[Chosen], standings: Standings) -> float:
        """Counts the pass for its owners; returns what it counts for all together."""
        given: Counter[str] = Counter()
        for one in chosen:
            given[one.writing.owner] += one.tokens
        dearer = max(1.0, self._size.least / given.total())
        counted = {owner: round(tokens * dearer) for owner, tokens in given.items()}
        self._fairness.record(counted, standings)
        return given.total() * dearer


def take_all(chosen: list[Chosen], logits: torch.Tensor) -> dict[Writing, Exception]:
    """A token more for each; returns those that can't go on, with the reason."""
    failed: dict[Writing, Exception] = {}
    for one, row in zip(chosen, logits, strict=True):
        try:
            one.completion.take(row)
        except Exception as error:  # noqa: BLE001 - the other runs go on
            failed[one.writing] = error
    return failed


def choose_completions(
    writings: list[Writing], attained: dict[str, int], most: PassLimits
) -> list[Chosen]:
    """Each from whoever was given the least by now; those of one adapter side by side.

    A prompt that is longer than what is left of the pass is read in pieces.
    """
    together = [writing for writing in writings if not writing.alone] or writings[:1]
    left = {writing: writing.unfinished for writing in together}
    chosen: list[Chosen] = []
    here: Counter[str] = Counter()
    while left and len(chosen) < most.completions and here.total() < most.tokens:
        writing = min(left, key=lambda one: attained.get(one.owner, 0) + here[one.owner])
        completion, *others = left.pop(writing)
        size = min(completion.unread, most.tokens - here.total())
        chosen.append(Chosen(writing, completion, size))
        here[writing.owner] += size
        if others:
            left[writing] = others  # behind the other writings of its owner
    return [one for writing in together for one in chosen if one.writing is writing]
