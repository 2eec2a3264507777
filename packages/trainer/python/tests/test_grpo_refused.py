"""What is known of a GRPO run before it begins: what it would take, and what can't be."""

import dataclasses

import pytest
from driving import run_alone
from test_estimating import ask

from loraloom_engine.protocol.completions import Regex
from loraloom_engine.protocol.events import RunFailed
from loraloom_engine.protocol.requests import Lengths
from loraloom_engine.training.pace import Pace


def test_an_estimate_knows_steps_and_memory_and_no_seconds(base, grpo_request):
    config = grpo_request(told={"max_tokens": 200}).config
    answer = ask(base, Pace(), config)
    assert (answer.steps, answer.seconds, answer.fits) == (4, None, True)
    plain = dataclasses.replace(config, method="sft", completions=None)
    assert answer.memory_bytes > ask(base, Pace(), plain).memory_bytes
    fewer = grpo_request(told={"max_tokens": 100}).config
    assert answer.memory_bytes > ask(base, Pace(), fewer).memory_bytes


def test_an_estimate_refuses_rewards_that_cannot_be(base, grpo_request):
    refused = ask(base, Pace(), grpo_request(told={"rewards": [Regex("regex", 1.0, "(a")]}).config)
    assert (refused.code, "'(a'" in refused.message) == ("bad_option", True)


def test_an_estimate_refuses_prompts_that_leave_no_room_for_a_completion(base, grpo_request):
    config, room = grpo_request(told={"max_tokens": 100}).config, base.context_length - 100
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
    base, grpo_request, changes, code, why
):
    (failed,) = run_alone(base, grpo_request(**changes))
    assert isinstance(failed, RunFailed)
    assert (failed.code, why in failed.message) == (code, True)
