"""The lane: what several runs want, computed in common passes.

How a step's groups are laid into passes depends on who else is there, and can't be seen in
the result: gradients add up in the adapter until the whole step went through.
"""

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from loraloom_engine.base import SMALLEST_PASS, Base
from loraloom_engine.device import give_back_unused
from loraloom_engine.faults import is_out_of_memory
from loraloom_engine.lane.demand import Demand
from loraloom_engine.lane.fairness import Fairness, Standings
from loraloom_engine.lane.joint_pass import Part, run_pass
from loraloom_engine.lane.picking import PassSize, choose
from loraloom_engine.lane.writers import Writers
from loraloom_engine.lane.writing import Wanted, Writing
from loraloom_engine.training.pace import Kind, Pace, pass_of, scoring_of

# A small need: fifty short chats on a CPU.
TOKENS_OF_LITTLE = {"cpu": 4096, "cuda": 65536}

Fail = Callable[[Wanted, Exception], None]


@dataclass(frozen=True)
class Waiting:
    """All ``demands`` that wait now; one that can't be met is handed to ``fail``."""

    demands: list[Wanted]
    fail: Fail

    @property
    def texts(self) -> list[Demand]:
        return [demand for demand in self.demands if isinstance(demand, Demand)]

    @property
    def writings(self) -> list[Writing]:
        return [demand for demand in self.demands if isinstance(demand, Writing)]


class Lane:
    """Takes the open demands forward, one pass at a time. ``tokens`` went through so far."""

    def __init__(self, base: Base, pace: Pace) -> None:
        self._base = base
        self._pace = pace
        self._budget = base.pass_tokens
        self._fairness = Fairness(time.monotonic, TOKENS_OF_LITTLE[base.device.type])
        self._writers = Writers(base, self._fairness)
        self.attained = self._fairness.attained
        self.tokens = 0

    def advance(self, demands: list[Wanted], fail: Fail) -> None:
        """One pass for those that learn, with checkpointing and without, one for the scored, and
        some for what is written.

        A demand that can't be met is handed to ``fail`` with the reason; the others go on.
        """
        waiting = Waiting(demands, fail)
        for kind in ((True, False), (True, True), (False, False)):
            alike = [d for d in waiting.texts if (d.learns, d.checkpointing) == kind]
            if alike:
                self._advance_alike(alike, waiting)
        if waiting.writings:
            self._writers.advance(waiting.writings, demands, fail)

    def _advance_alike(self, alike: list[Demand], waiting: Waiting) -> None:
        standings = self._fairness.standings(waiting.demands)
        parts = self._choose(alike, standings)
        if not parts:
            return
        began = time.monotonic()
        try:
            failed = run_pass(self._base, parts)
        except Exception as error:  # noqa: BLE001 - whose fault it was is found out
            for part in parts:
                part.demand.restart()
            if self._make_room(error, waiting):
                self._advance_alike(alike, waiting)
            else:
                self._settle(parts, error, waiting.fail)
            return
        self._record(parts, standings, time.monotonic() - began)
        for demand, error in failed:
            waiting.fail(demand, error)

    def _choose(self, demands: list[Demand], standings: Standings) -> list[Part]:
        size = PassSize(self._budget, SMALLEST_PASS[self._base.device.type])
        chosen = choose(demands, size, standings)
        return [Part(d, d.groups[d.done : d.done + count]) for d, count in chosen]

    def _record(self, parts: list[Part], standings: Standings, seconds: float) -> None:
        given: Counter[str] = Counter()
        for part in parts:
            given[part.demand.owner] += part.tokens
            self.tokens += part.tokens
        self._fairness.record(given, standings)
        if len(parts) == 1:
            self._pace.add(kind_of(parts[0]), seconds / parts[0].tokens)

    def _make_room(self, error: Exception, waiting: Waiting) -> bool:
        """Where memory ran out while something was kept of what is written: it can be computed
        again, so the pass is tried without it.
        """
        if not is_out_of_memory(error):
            return False
        traceback.clear_frames(error.__traceback__)  # they hold what the pass computed
        return self._writers.make_room(waiting.writings)

    def _settle(self, parts: list[Part], error: Exception, fail: Fail) -> None:
        """After a pass that broke off: smaller ones, or each run alone to find the culprit."""
        indivisible = len(parts) == 1 and len(parts[0].groups) == 1
        if is_out_of_memory(error) and not indivisible:
            self._budget = max(1, min(self._budget, sum(part.tokens for part in parts)) // 2)
            give_back_unused(self._base.device)
        elif len(parts) == 1:
            fail(parts[0].demand, error)
        else:
            for part in parts:
                part.demand.alone = True


def kind_of(part: Part) -> Kind:
    adapter = part.demand.adapter
    parameters = adapter.shape.parameters if adapter else 0
    if part.demand.learns:
        return pass_of(parameters, part.tokens, part.demand.checkpointing)
    return scoring_of(parameters, part.tokens)
