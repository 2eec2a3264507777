"""Which completions share a pass, and how many tokens of each."""

from collections import Counter

import pytest
from writings import writing

from loraloom_engine.lane.fairness import Standings
from loraloom_engine.lane.picking_completions import Chosen, PassLimits, choose_completions

LIMITS = PassLimits(completions=12, tokens=1000, room=10**6)
NEW_FIRST = Standings({"old": 1000}, frozenset({"new"}))


def shares(chosen: list[Chosen]) -> Counter[str]:
    return Counter(one.writing.owner for one in chosen)


def test_a_pass_holds_as_many_completions_of_each_owner():
    asked = [writing("a", 20), writing("b", 20), writing("b", 20)]
    chosen = choose_completions(asked, Standings(), LIMITS)
    assert shares(chosen) == {"a": 6, "b": 6}
    assert [one.writing for one in chosen] == sorted(
        (one.writing for one in chosen), key=asked.index
    )


def test_whoever_was_given_the_least_writes_first():
    asked = [writing("a", 20), writing("b", 20)]
    assert shares(choose_completions(asked, Standings({"a": 1000}), LIMITS)) == {"b": 12}


def test_a_long_prompt_is_read_in_pieces():
    chosen = choose_completions([writing("a", 2, prompt=700)], Standings(), LIMITS)
    assert [one.tokens for one in chosen] == [700, 300]


def test_others_fill_up_a_pass_of_those_who_go_first_as_far_as_that_takes_no_longer():
    asked = [writing("old", 20, prompt=1), writing("new", 4, prompt=1)]
    limits = PassLimits(completions=64, tokens=1000, room=10**6, least=16)
    assert shares(choose_completions(asked, NEW_FIRST, limits)) == {"new": 4, "old": 12}


def test_others_have_a_third_of_what_those_who_go_first_have_and_what_is_left_of_it():
    asked = [writing("old", 20, prompt=1), writing("new", 6, prompt=1)]
    limits = PassLimits(completions=64, tokens=1000, room=10**6)
    assert shares(choose_completions(asked, NEW_FIRST, limits)) == {"new": 6, "old": 2}
    left_over = Standings(NEW_FIRST.attained, NEW_FIRST.first, beside=5)
    assert shares(choose_completions(asked, left_over, limits)) == {"new": 6, "old": 7}


def test_where_those_who_go_first_write_nothing_others_have_no_more_than_is_left_to_them():
    asked = [writing("old", 2, prompt=700)]
    limits = PassLimits(completions=64, tokens=1000, room=10**6, least=16)
    for beside, tokens in ((15, []), (40, [40]), (10**6, [700, 300])):
        standings = Standings(NEW_FIRST.attained, NEW_FIRST.first, beside)
        assert [one.tokens for one in choose_completions(asked, standings, limits)] == tokens


def test_a_writing_that_has_to_go_alone_has_a_pass_to_itself_when_it_is_its_turn():
    apart, other = writing("a", 2), writing("b", 3)
    apart.alone = True
    asked = [other, apart]
    assert shares(choose_completions(asked, Standings({"b": 1}), LIMITS)) == {"a": 2}
    assert shares(choose_completions(asked, Standings({"a": 1}), LIMITS)) == {"b": 3}


def test_of_one_owners_writings_the_one_that_goes_alone_has_its_turn_too():
    asked = [writing("a", 2), writing("a", 2), writing("a", 2)]
    asked[2].alone = True
    turns = []
    for _ in range(4):
        together = {one.writing for one in choose_completions(asked, Standings(), LIMITS)}
        turns.append([each in together for each in asked])
        for each in together:
            each.turns += 1
    beside, apart = [True, True, False], [False, False, True]
    assert turns == [beside, apart, beside, apart]


def test_a_completion_begins_once_there_is_room_for_all_of_it():
    """Of each 4 + 9 tokens are kept by its end."""
    asked = [writing("a", 4, most=10)]
    limits = PassLimits(completions=12, tokens=1000, room=30)
    assert shares(choose_completions(asked, Standings(), limits)) == {"a": 2}
    tight = PassLimits(completions=12, tokens=1000, room=5)
    assert shares(choose_completions(asked, Standings(), tight)) == {"a": 1}


def test_others_begin_nothing_in_room_that_those_who_go_first_are_yet_to_take():
    asked = [writing("old", 4, prompt=1, most=10), writing("new", 2, prompt=1, most=10)]
    standings = Standings({"new": 1000}, frozenset({"new"}), beside=1000)
    limits = PassLimits(completions=1, tokens=1000, room=20)
    assert shares(choose_completions(asked, standings, limits)) == {"new": 1}
    assert shares(choose_completions(asked[:1], standings, limits)) == {"old": 1}
    three = PassLimits(completions=12, tokens=1000, room=30)
    assert shares(choose_completions(asked, standings, three)) == {"new": 2, "old": 1}


@pytest.mark.parametrize("alone", [False, True])
def test_while_whoever_has_the_least_waits_for_room_nobody_else_begins(alone):
    """The first to begin are of a, with 4 tokens each, until b has less; it would keep 4 + 29."""
    asked = [writing("a", 9, most=10), writing("b", 1, most=30)]
    asked[1].alone = alone
    limits, b_later = PassLimits(completions=12, tokens=1000, room=45), Standings({"b": 6})
    assert shares(choose_completions(asked[:1], b_later, limits)) == {"a": 3}
    assert shares(choose_completions(asked, b_later, limits)) == {"a": 2}
