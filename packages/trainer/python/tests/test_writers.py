"""What runs write, beside each other and beside those that learn: who has how much of a lane."""

import pytest
from writings import fail, learning, writing

from loraloom_engine.base import SMALLEST_PASS, TOKENS_PER_PASS
from loraloom_engine.lane.lane import Lane
from loraloom_engine.training.pace import Pace


def test_a_turn_counts_as_one_pass_of_those_that_learn(base):
    """Passes of eight tokens take as long as the smallest that pays, and count as such."""
    lane = Lane(base, Pace())
    text = writing("a", 8)
    lane.advance([text], fail)
    passes = TOKENS_PER_PASS["cpu"] // SMALLEST_PASS["cpu"]
    # One pass reads the prompts, of 32 tokens.
    assert len(text.completions[0].written) == passes - 1
    assert lane.attained.totals() == {"a": TOKENS_PER_PASS["cpu"]}


@pytest.mark.parametrize("completions", [3, 20, 70])
def test_what_a_writing_is_counted_is_what_it_was_expected_to_take(base, completions):
    """Fewer than the smallest pass that pays, more, and more than a pass takes further at once."""
    lane = Lane(base, Pace())
    text = writing("a", completions, most=20)
    expected = text.tokens_left
    while not text.finished:
        assert lane.attained.totals()["a"] + text.tokens_left == pytest.approx(expected, rel=0.05)
        lane.advance([text], fail)
    assert lane.attained.totals()["a"] == pytest.approx(expected, rel=0.05)


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


def test_while_a_small_writing_goes_first_others_write_beside_it(base):
    lane = Lane(base, Pace())
    small, large = writing("small", 20, most=100), writing("large", 64, later=10**6)
    while not small.finished:
        lane.advance([large, small], fail)
    attained = lane.attained.totals()
    assert attained["large"] == pytest.approx(attained["small"] / 3, rel=0.2)


def test_a_small_writing_goes_before_a_large_run(base):
    lane = Lane(base, Pace())
    large, small = learning(base, "large", 100, later=10**6), writing("small", 4, most=100)
    while not small.finished:
        lane.advance([large, small], fail)
    attained = lane.attained.totals()
    assert attained["large"] <= attained["small"] / 3 + TOKENS_PER_PASS["cpu"]
