"""GRPO: what a run learns from its own completions."""

import dataclasses

import pytest
import torch
from driving import run_alone
from exact_base import exact_base, exactly
from grpo_runs import LETTERS, SHORT, WORDY, mean_rewards, of_type
from outcomes import FLOAT64, Outcome, assert_within, outcome_of
from peft_loop import adapter_weights, wrap
from plain_grpo import Written, take_grpo_steps
from transformers import AutoModelForCausalLM

from loraloom_engine.base import Base
from loraloom_engine.protocol.completions import ExactMatch
from loraloom_engine.protocol.events import Progress
from loraloom_engine.training.group_relative import advantages_of


@pytest.mark.parametrize(
    "changes",
    [
        {"beta": 0},
        {"beta": 0.3, "told": {"temperature": 0.7, "top_p": 0.9}},
        {"beta": 0.3, "gradient_accumulation": 2, "told": {"number": 3, "rewards": [WORDY]}},
    ],
    ids=["usual", "held to its start, cooler", "accumulated, another reward"],
)
def test_a_run_equals_a_plain_loop_over_what_it_wrote(tiny_folder, grpo_request, written, changes):
    request = grpo_request(**changes)
    ours = outcome_of(run_alone(exact_base(tiny_folder), request))
    model = exactly(AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32))
    peft = wrap(model.requires_grad_(False), request.config)
    plain = take_grpo_steps(peft, written, request.config)
    assert all(len({each.reward for each in step}) > 1 for step in written)
    assert_within(FLOAT64, ours, Outcome(plain, adapter_weights(peft)))


def test_the_mean_reward_rises(base, grpo_request):
    pace = {"max_steps": 30, "learning_rate": 0.05, "schedule": "constant"}
    rewards = mean_rewards(run_alone(base, grpo_request(told={"number": 8}, **pace)))
    assert sum(rewards[-4:]) > sum(rewards[:4]) + 1


def test_figures_are_those_of_the_steps_completions(base, grpo_request, written):
    half = dataclasses.replace(LETTERS, weight=0.5)
    events = run_alone(base, grpo_request(told={"rewards": [SHORT, half]}, beta=0.3))
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


def test_each_seed_draws_other_completions(base, grpo_request, written):
    for seed in (1, 2):
        run_alone(base, grpo_request(seed=seed, max_steps=1))
    one, other = ([each.tokens for each in step] for step in written)
    assert one != other
    assert len({tuple(tokens) for tokens in one}) > 1


def test_the_rows_own_answer_is_what_an_exact_match_compares_with(base, grpo_request):
    """All of a group are worth the same: nothing is learnt, and no pass is made for it."""
    exact = ExactMatch("exact_match", 1.0, False, True)
    events = run_alone(base, grpo_request(told={"rewards": [exact]}, max_steps=2))
    assert mean_rewards(events) == [0, 0]
    assert [event.rewards.alike for event in of_type(events, Progress)] == [1, 1]
    assert [event.gradient_norm for event in of_type(events, Progress)] == [0, 0]


def test_equal_rewards_are_no_advantage_where_their_mean_rounds():
    assert advantages_of([0.1, 0.1, 0.1], 3) == [0, 0, 0]
    first, *_, last = advantages_of([0.1, 0.1, 0.1, 0.1, 0.1, 0.4], 3)
    assert (first, last > 1) == (0, True)
