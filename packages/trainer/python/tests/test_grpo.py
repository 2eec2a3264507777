"""GRPO: what a run learns from its own completions, and that it is a run like any other."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from driving import run_alone, run_joining, run_together
from exact_base import exact_base, exactly
from outcomes import FLOAT32, FLOAT64, Outcome, assert_within, outcome_of
from peft_loop import adapter_weights, wrap
from plain_grpo import Written, take_grpo_steps
from test_estimating import ask
from transformers import AutoModelForCausalLM

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base
from loraloom_engine.lane import writers
from loraloom_engine.lane.lane import Lane
from loraloom_engine.lane.writing import Writing
from loraloom_engine.protocol.completions import ExactMatch, Length, Regex
from loraloom_engine.protocol.events import (
    Evaluated,
    Progress,
    RunCancelled,
    RunCheckpointed,
    RunFailed,
    RunFinished,
)
from loraloom_engine.protocol.requests import EarlyStopping, Lengths, StartRun
from loraloom_engine.training import completions as completions_module
from loraloom_engine.training.group_relative import advantages_of
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train

SHORT = Length("length", 1.0, "tokens", None, 3)
WORDY = Length("length", 1.0, "characters", 9, None)
LETTERS = Regex("regex", 1.0, "[a-z]")


@pytest.fixture
def request_for(grpo_request) -> Callable[..., StartRun]:
    return grpo_request


def of_type(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def mean_rewards(events: list[Any]) -> list[float]:
    assert isinstance(events[-1], RunFinished), events[-1]
    return [event.rewards.mean for event in of_type(events, Progress)]


@pytest.fixture
def written(monkeypatch) -> list[list[Written]]:
    """What is written in each step, with its rewards."""
    steps: list[list[Written]] = []
    judge = completions_module.judge

    def judge_and_note(base, method, attempts):
        rewards = yield from judge(base, method, attempts)
        texts = [attempt.completion for attempt in attempts]
        steps.append(
            [Written(t.prompt, t.written, sum(r)) for t, r in zip(texts, rewards, strict=True)]
        )
        return rewards

    monkeypatch.setattr(completions_module, "judge", judge_and_note)
    return steps


@pytest.mark.parametrize(
    "changes",
    [
        {"beta": 0},
        {"beta": 0.3, "told": {"temperature": 0.7, "top_p": 0.9}},
        {"beta": 0.3, "gradient_accumulation": 2, "told": {"number": 3, "rewards": [WORDY]}},
    ],
    ids=["usual", "held to its start, cooler", "accumulated, another reward"],
)
def test_a_run_equals_a_plain_loop_over_what_it_wrote(tiny_folder, request_for, written, changes):
    request = request_for(**changes)
    ours = outcome_of(run_alone(exact_base(tiny_folder), request))
    model = exactly(AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32))
    peft = wrap(model.requires_grad_(False), request.config)
    plain = take_grpo_steps(peft, written, request.config)
    assert all(len({each.reward for each in step}) > 1 for step in written)
    assert_within(FLOAT64, ours, Outcome(plain, adapter_weights(peft)))


def test_the_mean_reward_rises(base, request_for):
    pace = {"max_steps": 30, "learning_rate": 0.05, "schedule": "constant"}
    rewards = mean_rewards(run_alone(base, request_for(told={"number": 8}, **pace)))
    assert sum(rewards[-4:]) > sum(rewards[:4]) + 1


def test_figures_are_those_of_the_steps_completions(base, request_for, written):
    half = dataclasses.replace(LETTERS, weight=0.5)
    events = run_alone(base, request_for(told={"rewards": [SHORT, half]}, beta=0.3))
    assert len(written) == 4
    for step, told in zip(written, of_type(events, Progress), strict=True):
        rewards = torch.tensor([each.reward for each in step], dtype=torch.float64)
        tokens = torch.tensor([len(each.tokens) for each in step], dtype=torch.float64)
        figures = told.rewards
        assert figures.mean == pytest.approx(rewards.mean().item())
        assert figures.std == pytest.approx(rewards.std().item())
        short = [min(1, 2 - length(base, each) / 3) for each in step]
        assert figures.each[0] == pytest.approx(sum(short) / len(short))
        assert sum(figures.each) == pytest.approx(figures.mean)
        assert figures.completion_tokens == tokens.mean()
        assert (figures.shortest, figures.longest) == (tokens.min(), tokens.max())
        ended = [each.tokens[-1] in base.end_tokens for each in step]
        assert figures.cut_off == 1 - sum(ended) / len(ended)
        groups = rewards.view(-1, 4)
        assert figures.alike == (groups.std(dim=1) == 0).double().mean()
        advantages = torch.tensor(advantages_of(rewards.tolist(), 4), dtype=torch.float64)
        gain = advantages @ tokens / tokens.sum()
        assert told.loss == pytest.approx(0.3 * figures.kl - gain.item(), abs=1e-6)
        assert told.preferences is None
    assert figures.kl > 1e-6
    assert told.tokens == sum(len(each.tokens) for step in written for each in step)


def length(base: Base, written: Written) -> int:
    """As rewards count it: without the token that ended it."""
    return len(written.tokens) - (written.tokens[-1] in base.end_tokens)


def test_a_resumed_run_writes_and_learns_the_same_bit_for_bit(base, request_for, written):
    request = request_for(checkpoint_steps=2, dropout=0.2)
    whole = run_alone(base, request)
    (checkpoint,) = of_type(whole, RunCheckpointed)
    first = written[2:]
    weights = adapter_bytes(whole)
    del written[:]
    again = run_alone(base, dataclasses.replace(request, checkpoint_path=checkpoint.path))
    assert written == first
    assert adapter_bytes(again) == weights
    assert mean_rewards(again) == mean_rewards(whole)[2:]


def adapter_bytes(events: list[Any]) -> bytes:
    assert isinstance(events[-1], RunFinished), events[-1]
    return (Path(events[-1].path) / "adapter_model.safetensors").read_bytes()


def test_each_seed_draws_other_completions(base, request_for, written):
    for seed in (1, 2):
        run_alone(base, request_for(seed=seed, max_steps=1))
    one, other = ([each.tokens for each in step] for step in written)
    assert one != other
    assert len({tuple(tokens) for tokens in one}) > 1


def test_a_shared_run_beside_it_comes_out_as_when_alone(
    base, request_for, run_request, training_config
):
    usual = run_request("usual", training_config(dropout=0.1, epochs=4))
    alone = outcome_of(run_alone(base, usual))
    beside, writing = run_together(base, usual, request_for())
    assert_within(FLOAT32, outcome_of(beside), alone)
    assert isinstance(writing[-1], RunFinished)


def test_two_runs_write_in_the_same_passes(base, request_for, monkeypatch):
    owners = []
    choose = writers.choose_completions

    def noted(*asked):
        chosen = choose(*asked)
        owners.append({one.writing.owner for one in chosen})
        return chosen

    monkeypatch.setattr(writers, "choose_completions", noted)
    told = run_together(base, request_for("a"), request_for("b", seed=5))
    assert all(isinstance(events[-1], RunFinished) for events in told)
    assert {"a", "b"} in owners


def test_a_run_is_cancelled_in_the_middle_of_writing(base, request_for):
    told: list[Any] = []
    background = Background(Lane(base, Pace()))
    request = request_for(told={"max_tokens": 60}, max_steps=2)
    background.begin(Work(train(base, request, Pace(), told.append), told.append, "r1"))
    work = background.run("r1")
    while not of_type(told, Progress) or not isinstance(work.waits_for, Writing):
        background.advance()
    background.cancel(work, checkpoint=True)
    assert isinstance(told[-1], RunCancelled)
    assert (told[-1].step, Path(told[-1].checkpoint_path).is_dir()) == (1, True)
    again = dataclasses.replace(request, checkpoint_path=told[-1].checkpoint_path)
    assert isinstance(run_alone(base, again)[-1], RunFinished)


def plant_out_of_memory(monkeypatch, most: int, after: int = 0) -> list[list[int]]:
    """After some passes one of more completions than that fails; returns the tokens of each."""
    sizes: list[list[int]] = []
    go = writers.Writers._pass

    def limited(self, chosen):
        if len(sizes) >= after and len(chosen) > most:
            raise torch.OutOfMemoryError("planted")
        sizes.append([one.tokens for one in chosen])
        return go(self, chosen)

    monkeypatch.setattr(writers.Writers, "_pass", limited)
    return sizes


def test_where_memory_runs_out_fewer_are_written_at_once(base, request_for, written, monkeypatch):
    whole = run_alone(base, request_for(max_steps=1))
    sizes = plant_out_of_memory(monkeypatch, 3, after=2)
    parts = run_alone(base, request_for(max_steps=1))
    assert [len(tokens) for tokens in sizes[:4]] == [8, 8, 3, 3]
    # What was kept of the prompt and of two tokens is given back, and computed again.
    assert sizes[2] == [len(each.prompt) + 2 for each in written[1][:3]]
    assert written[0] == written[1]
    assert mean_rewards(parts) == mean_rewards(whole)


def test_a_completion_that_memory_does_not_hold_fails_its_run_alone(
    base, request_for, run_request, training_config, monkeypatch
):
    plant_out_of_memory(monkeypatch, 0)
    usual = run_request("usual", training_config(max_steps=2))
    failed, beside = run_joining(base, (0, request_for()), (0, usual))
    assert (failed[-1].code, isinstance(beside[-1], RunFinished)) == ("out_of_memory", True)


# At the second evaluation: no loss falls by so much.
STOPPING = {"evaluate_every": 1, "early_stopping": EarlyStopping(patience=1, min_delta=100.0)}


def test_it_stops_early_at_the_best_reward(base, request_for):
    events = run_alone(base, request_for(held_out=True, **STOPPING))
    finished = events[-1]
    during = [event for event in of_type(events, Evaluated) if event.phase == "during"]
    assert (finished.stopped_early, finished.steps) == (True, 2)
    best = max(event.reward for event in during)
    after = of_type(events, Evaluated)[-1]
    assert (after.reward, finished.held_out_after) == (best, -best)
    assert after.rewards.mean == best
    assert (after.rewards.alike, after.rewards.kl, after.rewards.cut_off <= 1) == (None, None, True)


def test_a_resumed_run_still_has_the_figures_of_its_best(base, request_for):
    request = request_for(held_out=True, learning_rate=0, checkpoint_steps=1, **STOPPING)
    whole = run_alone(base, request)
    checkpoint = of_type(whole, RunCheckpointed)[-1]
    resumed = run_alone(base, dataclasses.replace(request, checkpoint_path=checkpoint.path))
    assert (whole[-1].best_step, checkpoint.step) == (1, 2)
    told = of_type(whole, Evaluated)[-1].rewards
    assert told is not None
    assert of_type(resumed, Evaluated)[-1].rewards == told


def test_the_rows_own_answer_is_what_an_exact_match_compares_with(base, request_for):
    """All of a group are worth the same: nothing is learnt, and no pass is made for it."""
    exact = ExactMatch("exact_match", 1.0, False, True)
    events = run_alone(base, request_for(told={"rewards": [exact]}, max_steps=2))
    assert mean_rewards(events) == [0, 0]
    assert [event.rewards.alike for event in of_type(events, Progress)] == [1, 1]
    assert [event.gradient_norm for event in of_type(events, Progress)] == [0, 0]


def test_an_estimate_knows_steps_and_memory_and_no_seconds(base, request_for):
    config = request_for(told={"max_tokens": 200}).config
    answer = ask(base, Pace(), config)
    assert (answer.steps, answer.seconds, answer.fits) == (4, None, True)
    plain = dataclasses.replace(config, method="sft", completions=None)
    assert answer.memory_bytes > ask(base, Pace(), plain).memory_bytes
    fewer = request_for(told={"max_tokens": 100}).config
    assert answer.memory_bytes > ask(base, Pace(), fewer).memory_bytes


def test_equal_rewards_are_no_advantage_where_their_mean_rounds():
    assert advantages_of([0.1, 0.1, 0.1], 3) == [0, 0, 0]
    first, *_, last = advantages_of([0.1, 0.1, 0.1, 0.1, 0.1, 0.4], 3)
    assert (first, last > 1) == (0, True)


def test_an_estimate_refuses_rewards_that_cannot_be(base, request_for):
    refused = ask(base, Pace(), request_for(told={"rewards": [Regex("regex", 1.0, "(a")]}).config)
    assert (refused.code, "'(a'" in refused.message) == ("bad_option", True)


def test_an_estimate_refuses_prompts_that_leave_no_room_for_a_completion(base, request_for):
    config, room = request_for(told={"max_tokens": 100}).config, base.context_length - 100
    assert ask(base, Pace(), config, longest_prompt=room).steps > 0
    refused = ask(base, Pace(), config, longest_prompt=room + 1)
    assert (refused.code, f"A prompt of {room + 1} tokens" in refused.message) == (
        "over_length",
        True,
    )
    held_out = Lengths(2, 28, 16, longest_prompt=room + 1)
    assert ask(base, Pace(), config, held_out, longest_prompt=1).code == "over_length"


@pytest.mark.parametrize(
    ("changes", "code", "why"),
    [
        ({"completions": None}, "bad_option", "needed there"),
        ({"method": "sft"}, "bad_option", "the method is 'sft'"),
        ({"dora": True}, "bad_option", "'dora'"),
        (
            {"dora": True, "full_fine_tuning": True},
            "bad_option",
            "with 'dora' and 'full_fine_tuning':",
        ),
        ({"packed_length": 64}, "bad_option", "'packed_length'"),
        (
            {"batch_size": 64, "gradient_accumulation": 32, "told": {"number": 3}},
            "bad_option",
            "64 × 'gradient_accumulation' 32 × 'completions.number' 3 are 6144",
        ),
        ({"told": {"max_tokens": 510}}, "over_length", "completions of up to 510"),
        ({"told": {"rewards": [Regex("regex", 1.0, "(a")]}}, "bad_option", "'(a'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    base, request_for, changes, code, why
):
    (failed,) = run_alone(base, request_for(**changes))
    assert isinstance(failed, RunFailed)
    assert (failed.code, why in failed.message) == (code, True)
