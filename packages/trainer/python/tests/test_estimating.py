"""Estimates of runs: what they add up, and that nothing stays on the base."""

import pytest
from conftest import load_tiny

from loraloom_engine.background import Background, Work
from loraloom_engine.estimating import estimate
from loraloom_engine.lane.lane import Lane
from loraloom_engine.protocol.requests import Estimate, Lengths
from loraloom_engine.protocol.results import EstimateResult
from loraloom_engine.training.pace import Kind, Pace, pass_of


class KnownPace(Pace):
    """Of an engine that has done everything before: nothing is measured, and nothing changes."""

    SECONDS = {"pass": 0.01, "scoring": 0.003, "step": 0.02, "start": 0.05, "save": 0.5}

    def usual(self, kind: Kind) -> float:
        return self.SECONDS[kind.work]


def ask(base, pace: Pace, config, evaluation: Lengths | None = None, **changes) -> EstimateResult:
    shape = {"examples": 10, "tokens_total": 140, "longest": 16} | changes
    told: list = []
    background = Background(Lane(base, pace))
    turns = estimate(base, Estimate(Lengths(**shape), evaluation, config), pace)
    background.begin(Work(turns, told.append))
    while background:
        background.advance()
    return told[0]


def test_steps_follow_from_examples_and_config(base, training_config):
    answer = ask(base, Pace(), training_config(epochs=2))
    assert (answer.steps, answer.epochs, answer.fits) == (6, 2, True)


def test_more_work_takes_longer(base, training_config):
    pace = KnownPace()
    usual = ask(base, pace, training_config()).seconds
    assert ask(base, pace, training_config(epochs=30)).seconds > 5 * usual
    assert ask(base, pace, training_config(), Lengths(1000, 14_000, 16)).seconds > 2 * usual
    assert ask(base, pace, training_config(checkpoint_steps=1)).seconds > usual


def test_references_and_baselines_take_time(base, training_config):
    pace, held_out = KnownPace(), Lengths(10, 140, 16)
    seconds = [
        ask(base, pace, training_config(method=method, epochs=9), held_out).seconds
        for method in ("orpo", "dpo", "kto")
    ]
    assert seconds == sorted(seconds)
    assert len(set(seconds)) == 3


def test_a_pair_is_two_texts_that_share_a_pass(base, training_config):
    config = {"batch_size": 2, "gradient_accumulation": 1}
    plain = ask(base, Pace(), training_config(**config)).memory_bytes
    assert ask(base, Pace(), training_config(method="dpo", **config)).memory_bytes > plain


def test_a_step_takes_no_more_examples_than_there_are(base, training_config):
    pace = Pace()
    all_at_once = ask(base, pace, training_config(batch_size=10, gradient_accumulation=1))
    asked_for_more = ask(base, pace, training_config(batch_size=10, gradient_accumulation=50))
    assert asked_for_more.seconds == all_at_once.seconds


def test_what_was_measured_once_is_not_measured_again(base, training_config):
    pace, config = Pace(), training_config()
    first = ask(base, pace, config, Lengths(2, 28, 16))
    turns = estimate(base, Estimate(Lengths(10, 140, 16), Lengths(2, 28, 16), config), pace)
    with pytest.raises(StopIteration) as end:
        next(turns)
    assert end.value.value.seconds == first.seconds


def test_passes_are_told_apart_by_their_size_and_the_newest_count():
    pace = Pace()
    for seconds in [9.0, 9.0] + [0.01, 0.03] * 250:
        pace.add(pass_of(100, 40), seconds)
    assert pace.usual(pass_of(100, 60)) == pytest.approx(0.02)
    assert pace.usual(pass_of(100, 300)) is None
    assert pace.usual(Kind("step", 100)) is None


def test_a_run_that_does_not_fit_has_no_duration(base, training_config):
    answer = ask(base, Pace(), training_config(batch_size=10), longest=10**9)
    assert (answer.fits, answer.seconds) == (False, None)
    assert answer.memory_bytes > answer.free_memory_bytes


def test_an_estimate_leaves_the_base_as_it_was(tiny_folder, training_config):
    base = load_tiny(tiny_folder)
    before = {name: tensor.clone() for name, tensor in base.model.state_dict().items()}
    ask(base, Pace(), training_config(), Lengths(2, 28, 16))
    after = base.model.state_dict()
    assert before.keys() == after.keys()
    assert all(before[name].equal(after[name]) for name in before)


def test_unknown_target_modules_are_told_by_the_estimate(base, training_config):
    refused = ask(base, Pace(), training_config(target_modules=["wq"]))
    assert refused.code == "unknown_target_modules"
    assert "no such linear layer" in refused.message
