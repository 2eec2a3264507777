"""What runs write, beside each other and beside those that learn: who has how much of a lane."""

from collections import Counter

import pytest

from loraloom_engine.base import TOKENS_PER_PASS, Base
from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.lane import SMALLEST_PASS, Lane
from loraloom_engine.lane.writers import PassLimits, choose_completions
from loraloom_engine.lane.writing import Completion, Writing
from loraloom_engine.lora.adapter import LoraShape
from loraloom_engine.sampling.choose_token import TokenChooser
from loraloom_engine.training.completions import LIKELIEST
from loraloom_engine.training.objectives import supervised
from loraloom_engine.training.pace import Pace

NEVER: frozenset[int] = frozenset()


def writing(owner: str, completions: int, prompt: int = 4, most: int = 400, later: int = 0):
    prompts = [[5 + place % 90 for place in range(prompt)] for _ in range(completions)]
    texts = [Completion(ids, TokenChooser(LIKELIEST, ids), most, NEVER) for ids in prompts]
    return Writing(owner, None, texts, later)


def learning(base: Base, owner: str, texts: int, later: int = 0) -> Demand:
    shape = LoraShape(2, 4, {"model.layers.0.self_attn.q_proj": (32, 32)})
    groups = [[Text(Example([7] * 100, [7] * 100))] for _ in range(texts)]
    adapter = base.new_adapter(shape, trainable=True)
    return Demand(owner, adapter, groups, supervised(99 * texts), later=later)


def fail(_: object, error: Exception) -> None:
    raise error


def shares(chosen: list) -> Counter[str]:
    return Counter(one.writing.owner for one in chosen)


def test_a_pass_holds_as_many_completions_of_each_owner():
    asked = [writing("a", 20), writing("b", 20), writing("b", 20)]
    chosen = choose_completions(asked, {}, PassLimits(completions=12, tokens=1000))
    assert shares(chosen) == {"a": 6, "b": 6}
    assert [one.writing for one in chosen] == sorted(
        (one.writing for one in chosen), key=asked.index
    )


def test_whoever_was_given_the_least_writes_first():
    asked = [writing("a", 20), writing("b", 20)]
    chosen = choose_completions(asked, {"a": 1000}, PassLimits(completions=12, tokens=1000))
    assert shares(chosen) == {"b": 12}


def test_a_long_prompt_is_read_in_pieces():
    asked = [writing("a", 2, prompt=700)]
    chosen = choose_completions(asked, {}, PassLimits(completions=12, tokens=1000))
    assert [one.tokens for one in chosen] == [700, 300]


def test_a_turn_counts_as_one_pass_of_those_that_learn(base):
    """Passes of eight tokens take as long as the smallest that pays, and count as such."""
    lane = Lane(base, Pace())
    text = writing("a", 8)
    lane.advance([text], fail)
    passes = TOKENS_PER_PASS["cpu"] // SMALLEST_PASS["cpu"]
    # One pass reads the prompts, of 32 tokens.
    assert len(text.completions[0].written) == passes - 1
    assert lane.attained.totals() == {"a": TOKENS_PER_PASS["cpu"]}


def test_beside_one_that_learns_both_are_given_alike(base):
    lane = Lane(base, Pace())
    learns, writes = learning(base, "a", 60, later=10**6), writing("b", 8, later=10**6)
    for _ in range(4):
        lane.advance([learns, writes], fail)
    attained = lane.attained.totals()
    assert attained["a"] == pytest.approx(attained["b"], rel=0.1)


def test_while_a_small_run_goes_first_what_is_written_has_a_quarter(base):
    lane = Lane(base, Pace())
    small, writes = learning(base, "small", 40), writing("large", 8, later=10**6)
    while not small.finished:
        lane.advance([small, writes], fail)
    attained = lane.attained.totals()
    assert 0 < attained["large"] <= attained["small"] / 3


def test_a_small_writing_goes_before_a_large_run(base):
    lane = Lane(base, Pace())
    large, small = learning(base, "large", 100, later=10**6), writing("small", 4, most=100)
    while not small.finished:
        lane.advance([large, small], fail)
    attained = lane.attained.totals()
    assert attained["large"] <= attained["small"] / 3 + TOKENS_PER_PASS["cpu"]
