"""Passes of a token more for each completion that runs want to have written.

A pass of a few tokens takes as long as one of the smallest size that pays. It counts as one of
that size, so whoever has much written and whoever trains are given alike.
"""

import traceback
from collections import Counter
from collections.abc import Callable

import torch

from loraloom_engine.base import TOKENS_PER_PASS, Base
from loraloom_engine.device import give_back_unused
from loraloom_engine.faults import is_out_of_memory
from loraloom_engine.lane.allowance import Allowance
from loraloom_engine.lane.cache_budget import cache_budget, cached_token_bytes
from loraloom_engine.lane.fairness import Fairness, Standings
from loraloom_engine.lane.picking_completions import Chosen, PassLimits, choose_completions
from loraloom_engine.lane.writing import Wanted, Writing, most_kept, passes_that_write

FailWriting = Callable[[Writing, Exception], None]


class Writers:
    """Takes writings forward, all runs' together."""

    def __init__(self, base: Base, fairness: Fairness) -> None:
        self._base = base
        self._fairness = fairness
        # Not the size that was calibrated here: a run that goes on in another process would read
        # its prompts in other pieces, and be rounded otherwise.
        self._turn = TOKENS_PER_PASS[base.device.type]
        self._passes = passes_that_write(base.device)
        self._at_once = Allowance(self._passes.most)
        self._room = Allowance(cache_budget(base) // cached_token_bytes(base))

    def advance(self, writings: list[Writing], demands: list[Wanted], fail: FailWriting) -> None:
        """Passes that count as much as one whole pass of those that learn.

        ``demands``: all that wait now. A writing that can't go on is handed to ``fail``.
        """
        going, counted = list(writings), 0.0
        while going:
            standings = self._fairness.standings(demands)
            chosen = self._choose(going, standings, self._turn - counted)
            if not chosen:
                return
            try:
                logits = self._pass(chosen)
            except Exception as error:  # noqa: BLE001 - whose fault it was is found out
                failed = self._settle(going, chosen, error)
            else:
                failed = take_all(chosen, logits)
                counted += self._record(chosen, standings)
            going = [one for one in going if not (one.finished or one in failed)]
            for writing, error in failed.items():
                fail(writing, error)

    def make_room(self, writings: list[Writing]) -> bool:
        """Drops what is kept of them and lets less be kept from now on; whether there was any."""
        kept = [completion for writing in writings for completion in writing.kept]
        if not kept:
            return False
        self._room.halve(most_kept(kept))
        for completion in kept:
            completion.forget()
        give_back_unused(self._base.device)
        return True

    def _choose(self, going: list[Writing], standings: Standings, left: float) -> list[Chosen]:
        """Nothing where there is not enough left for a pass, or nobody who may have one now."""
        if left < self._passes.least:
            return []
        make_way(going, standings, self._room.now)
        limits = PassLimits(self._at_once.now, int(left), self._room.now, self._passes.least)
        return choose_completions(going, standings, limits)

    @torch.no_grad()
    def _pass(self, chosen: list[Chosen]) -> torch.Tensor:
        """The logits [completions, vocabulary] after each one's tokens."""
        blocks = [one.completion.next_block(one.writing.adapter, one.tokens) for one in chosen]
        with self._base.forward.hidden(blocks) as hidden:
            last = hidden[[block.end - 1 for block in blocks]]
            return self._base.head.logits(last).float().cpu()

    def _settle(
        self, going: list[Writing], chosen: list[Chosen], error: Exception
    ) -> dict[Writing, Exception]:
        """After a pass that broke off: fewer at once, or each run alone to find the culprit.

        Returns those that can't go on, with the reason.
        """
        if is_out_of_memory(error) and self._try_with_less(going, chosen, error):
            return {}
        writings = dict.fromkeys(one.writing for one in chosen)
        if len(writings) == 1:
            return dict.fromkeys(writings, error)
        for writing in writings:
            writing.alone = True
        return {}

    def _try_with_less(self, going: list[Writing], chosen: list[Chosen], error: Exception) -> bool:
        """Not for one completion beside which nothing is kept."""
        traceback.clear_frames(error.__traceback__)  # they hold what the pass computed
        tried = [one.completion for one in chosen]
        kept_beside = any(each not in tried for writing in going for each in writing.kept)
        if len(tried) == 1 and not kept_beside:
            return False
        self._at_once.halve(len(tried))
        self.make_room(going)
        return True

    def _record(self, chosen: list[Chosen], standings: Standings) -> float:
        """Counts the pass for its owners; returns what it counts for all together."""
        self._at_once.note_good_pass()
        self._room.note_good_pass()
        given: Counter[str] = Counter()
        for one in chosen:
            given[one.writing.owner] += one.tokens
        for writing in {one.writing for one in chosen}:
            writing.turns += 1
        times = max(1.0, self._passes.least / given.total())
        counted = {owner: round(tokens * times) for owner, tokens in given.items()}
        self._fairness.record(counted, standings)
        return given.total() * times


def make_way(writings: list[Writing], standings: Standings, room: int) -> None:
    """Whoever goes first waits for no room: what others have kept of completions is dropped, as
    much as it takes, the last ones first.
    """
    first = [writing for writing in writings if writing.owner in standings.first]
    others = [writing for writing in writings if writing.owner not in standings.first]
    wanted = sum(most_kept(writing.unfinished) for writing in first)
    kept = [completion for writing in others for completion in writing.kept]
    while wanted and kept and wanted + most_kept(kept) > room:
        kept.pop().forget()


def take_all(chosen: list[Chosen], logits: torch.Tensor) -> dict[Writing, Exception]:
    """Each chooses a token, or goes on reading its prompt; returns those whose logits tell none
    (not finite, say), with the reason.
    """
    failed: dict[Writing, Exception] = {}
    for one, row in zip(chosen, logits, strict=True):
        try:
            one.completion.take(row)
        except Exception as error:  # noqa: BLE001 - the other runs go on
            failed[one.writing] = error
    return failed
