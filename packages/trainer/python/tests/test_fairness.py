"""Who waits how long: runs of many owners on a made-up machine that only counts seconds."""

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.fairness import Fairness
from loraloom_engine.lane.picking import PassSize, choose

LITTLE = 4096
SIZE = PassSize(1024)
# As on two cores with a base of 135M parameters.
SECONDS_A_PASS, SECONDS_A_TOKEN = 0.1, 0.005


@dataclass
class Run:
    """So many steps of ``batch`` chats of ``length`` tokens."""

    owner: str
    steps: int
    length: int = 80
    batch: int = 1
    came: float = 0.0
    ended: float | None = None
    demand: Demand | None = None

    def next_demand(self) -> Demand:
        if self.demand is None or self.demand.finished:
            groups = [[Text(Example([1] * self.length, []))] for _ in range(self.batch)]
            self.steps -= 1
            later = self.steps * self.batch * self.length
            self.demand = Demand(self.owner, None, groups, later=later)
        return self.demand

    @property
    def is_over(self) -> bool:
        return self.steps == 0 and self.demand is not None and self.demand.finished


@dataclass
class Machine:
    """Takes passes one after the other, as the lane chooses them."""

    now: float = 0.0
    runs: list[Run] = field(default_factory=list)
    passes: list[Counter[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._fairness = Fairness(lambda: self.now, LITTLE)
        # Tokens in passes in which some went first: theirs, and those of the others.
        self.of_first = self.of_others = 0

    def add(self, *runs: Run) -> None:
        for run in runs:
            run.came = self.now
            self.runs.append(run)

    def take_pass(self) -> Counter[str]:
        demands = [run.next_demand() for run in self.runs]
        standings = self._fairness.standings(demands)
        given: Counter[str] = Counter()
        for demand, count in choose(demands, SIZE, standings):
            given[demand.owner] += count * len(demand.groups[0][0].example.input_ids)
            demand.done += count
        assert given, "a pass without anybody"
        self.now += SECONDS_A_PASS + SECONDS_A_TOKEN * given.total()
        self._fairness.record(given, standings)
        if standings.first:
            of_first = sum(given[owner] for owner in standings.first)
            self.of_first += of_first
            self.of_others += given.total() - of_first
        for run in self.runs:
            run.ended = self.now if run.is_over else None
        self.runs = [run for run in self.runs if not run.is_over]
        self.passes.append(given)
        return given

    def go_on(self, seconds: float) -> Counter[str]:
        """What each owner was given in the meantime."""
        ends, given = self.now + seconds, Counter()
        while self.now < ends:
            given += self.take_pass()
        return given

    def finish(self, run: Run) -> float:
        """Seconds that it took."""
        while run.ended is None:
            self.take_pass()
        return run.ended - run.came


def seconds_alone(steps: int, length: int = 80) -> float:
    machine, run = Machine(), Run("alone", steps, length)
    machine.add(run)
    return machine.finish(run)


def long_runs(count: int, length: int = 80) -> list[Run]:
    return [Run(f"long {at}", 10**6, length) for at in range(count)]


def busy_machine(count: int, seconds: float) -> Machine:
    machine = Machine()
    machine.add(*long_runs(count))
    machine.go_on(seconds)
    return machine


@pytest.mark.parametrize("head_start", [0.0, 5.0, 40.0, 300.0, 2000.0])
@pytest.mark.parametrize("length", [20, 80, 200])
def test_a_late_small_run_takes_at_most_twice_its_time_alone(head_start, length):
    machine = busy_machine(8, head_start)
    late = Run("late", 20, length)
    machine.add(late)
    assert machine.finish(late) <= 2 * seconds_alone(20, length)


def test_small_runs_that_come_together_share_the_passes():
    machine = busy_machine(8, 100.0)
    late = [Run(f"late {at}", 20) for at in range(4)]
    machine.add(*late)
    took = [machine.finish(run) for run in late]
    assert max(took) - min(took) < 1
    of_late = [given for given in machine.passes if any(owner[:4] == "late" for owner in given)]
    assert len(of_late) == 20  # each pass took all four a step further


def test_beside_small_runs_the_others_have_a_quarter_of_all_tokens():
    machine = busy_machine(8, 100.0)
    first = len(machine.passes)
    late = Run("late", 50)
    machine.add(late)
    machine.finish(late)
    given = sum(machine.passes[first:], Counter())
    assert given["late"] == 50 * 80
    others = given.total() - given["late"]
    assert others == pytest.approx(given["late"] / 3, abs=80)
    assert {owner for owner in given if owner != "late"} == {f"long {at}" for at in range(8)}


def test_where_all_need_little_or_all_need_much_nobody_goes_first():
    for steps in (20, 10_000):
        machine = Machine()
        machine.add(*(Run(f"run {at}", steps, 20 + 10 * at) for at in range(8)))
        assert [len(machine.take_pass()) for _ in range(15)] == [8] * 15


def test_who_needs_an_equal_share_of_the_last_minutes_or_less_goes_first_too():
    machine = busy_machine(2, 600.0)
    late = Run("late", 300)  # 24,000 tokens; each of the others had more in ten minutes
    machine.add(late)
    assert machine.finish(late) <= 2 * seconds_alone(300)


def test_an_owner_that_comes_with_one_small_run_after_the_other_shares_like_everybody():
    machine = busy_machine(8, 100.0)
    began, given = machine.now, Counter()
    while machine.now < began + 600:
        run = Run("again", 20)
        machine.add(run)
        while run.ended is None:
            given += machine.take_pass()
    others = [given[f"long {at}"] for at in range(8)]
    assert min(others) >= 0.6 * given["again"]
    assert max(others) - min(others) <= 160


def test_long_runs_keep_a_quarter_however_many_newcomers_come():
    machine = busy_machine(8, 100.0)
    for at in range(50):
        late = Run(f"late {at}", 20)
        machine.add(late)
        machine.finish(late)
    assert machine.of_first == 50 * 20 * 80
    assert machine.of_others == pytest.approx(machine.of_first / 3, abs=80)


@pytest.mark.parametrize("seed", range(20))
def test_whoever_comes_everybody_goes_on_and_equals_get_equal_parts(seed):
    """Owners come at random with runs of random sizes beside three that want all they can get."""
    chance = random.Random(seed)
    machine = Machine()
    length = chance.choice([20, 80, 300])
    equals = long_runs(3, length)
    machine.add(*equals)
    given: Counter[str] = Counter()
    for at in range(40):
        sizes = {"length": chance.randint(5, 400), "batch": chance.choice([1, 1, 4])}
        machine.add(Run(f"run {at}", chance.randint(1, 60), **sizes))
        given += machine.go_on(chance.uniform(0, 20))
    parts = [given[run.owner] for run in equals]
    assert max(parts) - min(parts) <= 2 * length
    assert machine.of_others >= machine.of_first / 3 - 400
    for run in [run for run in machine.runs if run not in equals]:
        machine.finish(run)
