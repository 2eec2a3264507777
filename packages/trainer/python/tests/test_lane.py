"""The lane: a run's result does not depend on its neighbours, and its faults stay its own."""

import weakref
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from driving import run_alone, run_together
from safetensors.torch import load_file

from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.errors import EngineError
from loraloom_engine.lane import lane as lane_module
from loraloom_engine.lane.attained import Attained
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.fairness import Standings
from loraloom_engine.lane.joint_pass import run_pass
from loraloom_engine.lane.lane import Lane
from loraloom_engine.lane.picking import PassSize, choose
from loraloom_engine.protocol.events import Progress, RunFailed, RunFinished
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training import methods as methods_module
from loraloom_engine.training.pace import Pace


@pytest.fixture
def request_for(tmp_path, tokenized) -> Callable[..., StartRun]:
    def make(run_id: str, config: TrainingConfig, count: int = 10, owner: str = "") -> StartRun:
        rows = tokenized(count, f"{run_id}.jsonl.gz", 8 + len(run_id))
        work = str(tmp_path / run_id)
        return StartRun(run_id, owner or run_id, rows, rows, None, work, config)

    return make


def weights(events: list) -> dict[str, torch.Tensor]:
    assert isinstance(events[-1], RunFinished), events[-1]
    return load_file(Path(events[-1].path) / "adapter_model.safetensors")


def losses(events: list) -> list[float]:
    return [event.loss for event in events if isinstance(event, Progress)]


def assert_same(one: list, other: list) -> None:
    assert losses(one) == pytest.approx(losses(other), abs=1e-5)
    mine, theirs = weights(one), weights(other)
    assert mine.keys() == theirs.keys()
    for name, tensor in mine.items():
        difference = torch.linalg.norm(tensor - theirs[name])
        assert difference <= 1e-3 * torch.linalg.norm(theirs[name]), name


def test_a_run_comes_out_as_if_it_had_been_alone(base, request_for, training_config):
    usual = request_for("a", training_config(dropout=0.2))
    alone = run_alone(base, usual)
    neighbours = [
        request_for("bb", training_config(rank=7, learning_rate=0.3, max_steps=2, seed=5)),
        request_for("ccc", training_config(target_modules=["q_proj"], epochs=9, dropout=0.5)),
        request_for("dddd", training_config(batch_size=1, gradient_accumulation=1), count=23),
    ]
    together = run_together(base, neighbours[0], usual, *neighbours[1:])
    assert_same(together[1], alone)
    for request, events in zip(neighbours, [together[0], *together[2:]], strict=True):
        assert_same(events, run_alone(base, request))


def test_a_neighbour_that_becomes_nan_changes_nothing(base, request_for, training_config):
    usual = request_for("a", training_config())
    alone = run_alone(base, usual)
    poison = request_for("poison", training_config(learning_rate=1e30, warmup_ratio=0))
    poisoned, events = run_together(base, poison, usual)
    assert poisoned[-1].code == "non_finite_loss"
    assert losses(events)[0] == losses(alone)[0]
    assert_same(events, alone)


def test_a_neighbour_whose_loss_raises_fails_alone(base, request_for, training_config, monkeypatch):
    usual = request_for("a", training_config())
    alone = run_alone(base, usual)
    made = methods_module.supervised

    def broken(tokens: int):
        def raises(log_probs: torch.Tensor, _: int) -> torch.Tensor:
            if len(log_probs) == 3:  # only the other run has steps of three examples
                raise EngineError("internal", "planted")
            return made(tokens)(log_probs, 0)

        return raises

    monkeypatch.setattr(methods_module, "supervised", broken)
    config = training_config(batch_size=3, gradient_accumulation=1)
    failed, events = run_together(base, request_for("bb", config), usual)
    assert isinstance(failed[-1], RunFailed)
    assert_same(events, alone)


def fail_when(monkeypatch, is_too_much: Callable[[int], bool], error: Exception) -> list[int]:
    """Makes passes break off, after their gradients were added; returns the sizes tried."""
    tried = []

    def limited(base: Base, parts: list) -> list:
        tokens = sum(part.tokens for part in parts)
        tried.append(tokens)
        failed = run_pass(base, parts)
        if is_too_much(tokens):
            raise error
        return failed

    monkeypatch.setattr(lane_module, "run_pass", limited)
    return tried


def test_where_memory_runs_out_passes_become_smaller(
    base, request_for, training_config, monkeypatch
):
    requests = [request_for("a", training_config()), request_for("bb", training_config(seed=3))]
    expected = run_together(base, *requests)
    tried = fail_when(monkeypatch, lambda tokens: tokens > 40, torch.OutOfMemoryError("planted"))
    for events, usual in zip(run_together(base, *requests), expected, strict=True):
        assert_same(events, usual)
    assert max(tried) > 40
    assert max(tried[-20:]) <= 40


def test_what_a_pass_that_broke_off_held_is_given_back_before_a_smaller_one(base, monkeypatch):
    held, was_free = [], []

    def too_large(*_: object) -> list:
        activations = torch.zeros(1000)
        held.append(weakref.ref(activations))
        raise torch.OutOfMemoryError("planted")

    monkeypatch.setattr(lane_module, "run_pass", too_large)
    monkeypatch.setattr(
        lane_module, "give_back_unused", lambda _: was_free.append(held[0]() is None)
    )
    Lane(base, Pace()).advance([demand("a", 10, 10)], pytest.fail)
    assert was_free == [True]


def test_after_an_unexplained_fault_the_culprit_is_found(
    base, request_for, training_config, monkeypatch
):
    usual = request_for("a", training_config())
    alone = run_alone(base, usual)
    culprit = request_for("bb", training_config(batch_size=5, gradient_accumulation=1), count=5)

    def five_examples(base: Base, parts: list) -> list:
        failed = run_pass(base, parts)
        if any(part.demand.learns and len(part.examples) == 5 for part in parts):
            raise RuntimeError("planted")
        return failed

    monkeypatch.setattr(lane_module, "run_pass", five_examples)
    failed, events = run_together(base, culprit, usual)
    assert failed[-1].code == "internal"
    assert_same(events, alone)


def demand(owner: str, *lengths: int, later: int = 0) -> Demand:
    groups = [[Text(Example([1] * length, [1] * length))] for length in lengths]
    return Demand(owner, None, groups, later=later)


def test_the_least_served_goes_first_and_leaves_a_quarter_to_others():
    newcomer, old = demand("new", *[10] * 20), demand("old", *[10] * 20)
    behind, size = Standings({"old": 10_000}), PassSize(100)
    assert choose([old, newcomer], size, behind) == [(old, 2), (newcomer, 8)]
    assert choose([old, newcomer], size, Standings()) == [(old, 5), (newcomer, 5)]
    assert choose([old], size, behind) == [(old, 10)]


def test_many_runs_of_one_owner_count_as_one():
    crowd = [demand("crowd", *[10] * 20) for _ in range(3)]
    single = demand("single", *[10] * 20)
    counts = Counter({one.owner: 0 for one in [*crowd, single]})
    for one, count in choose([*crowd, single], PassSize(120), Standings()):
        counts[one.owner] += count
    assert counts == {"crowd": 6, "single": 6}


def test_an_example_longer_than_a_pass_goes_alone():
    long, short = demand("a", 300, 10), demand("b", 10)
    assert choose([long, short], PassSize(100), Standings()) == [(long, 1)]


def test_a_demand_that_has_to_go_alone_has_a_pass_to_itself_when_it_is_its_turn():
    apart, other = demand("a", 10, 10), demand("b", 10)
    apart.alone = True
    assert choose([other, apart], PassSize(100), Standings({"b": 1})) == [(apart, 2)]
    assert choose([other, apart], PassSize(100), Standings({"a": 1})) == [(other, 1)]


def test_others_fill_up_a_pass_that_would_take_no_less_time():
    old, new = demand("old", *[80] * 20), demand("new", 80)
    standings = Standings({"old": 1000}, frozenset({"new"}))
    assert choose([old, new], PassSize(1024, 320), standings) == [(old, 3), (new, 1)]
    assert choose([old, new], PassSize(1024), standings) == [(new, 1)]
    assert choose([old], PassSize(1024, 320), standings) == []


def test_service_is_forgotten_after_ten_minutes():
    now = [0.0]
    attained = Attained(lambda: now[0])
    attained.add("a", 5)
    now[0] = 300
    attained.add("a", 7)
    assert attained.totals() == {"a": 12}
    now[0] = 601
    assert attained.totals() == {"a": 7}


def test_a_late_small_run_does_not_wait_for_long_ones(base, request_for, training_config):
    """Ticks are counted, not seconds: passes that the small run needed beside eight long ones."""
    lane = Lane(base, Pace())
    long = [demand(f"long {at}", *[100] * 200) for at in range(8)]
    for _ in range(20):
        lane.advance(long, pytest.fail)
    small = demand("late", *[100] * 20)
    passes = 0
    while not small.finished:
        lane.advance([*long, small], pytest.fail)
        passes += 1
    assert passes <= 2 * 2  # alone it needs two passes of 1024 tokens
