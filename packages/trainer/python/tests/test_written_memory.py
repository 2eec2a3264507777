"""Memory that completions take while they are written: bounded, given back, and taken again."""

import random

import pytest
import torch
from writings import fail, learning, writing

from loraloom_engine.base import Base
from loraloom_engine.lane import lane as lane_module
from loraloom_engine.lane import writers
from loraloom_engine.lane.allowance import (
    MOST_PASSES_BEFORE_MORE,
    PASSES_BEFORE_MORE,
    Allowance,
)
from loraloom_engine.lane.cache_budget import cached_token_bytes
from loraloom_engine.lane.joint_pass import Part, run_pass
from loraloom_engine.lane.lane import Lane
from loraloom_engine.lane.writing import Wanted, Writing, most_kept
from loraloom_engine.training.pace import Pace


@pytest.fixture
def small_room(monkeypatch) -> None:
    """For two completions of 4 + 39 tokens."""
    monkeypatch.setattr(writers, "cache_budget", lambda base: 90 * cached_token_bytes(base))


def note_passes(monkeypatch, most: int = 10**6) -> list[int]:
    """How many completions each pass holds; with more than ``most`` memory runs out."""
    sizes: list[int] = []
    go = writers.Writers._pass

    def noted(self, chosen):
        sizes.append(len(chosen))
        logits = go(self, chosen)
        if len(chosen) > most:
            raise torch.OutOfMemoryError("planted")
        return logits

    monkeypatch.setattr(writers.Writers, "_pass", noted)
    return sizes


def finish(lane: Lane, asked: Writing) -> list[list[int]]:
    while not asked.finished:
        lane.advance([asked], fail)
    return [completion.written for completion in asked.completions]


def test_completions_wait_for_room_and_come_out_the_same(base, small_room, monkeypatch):
    sizes = note_passes(monkeypatch)
    waiting = finish(Lane(base, Pace()), writing("a", 5, most=40))
    assert sizes == [2] * 80 + [1] * 40
    monkeypatch.undo()
    assert waiting == finish(Lane(base, Pace()), writing("a", 5, most=40))


def test_whoever_goes_first_waits_for_no_room_that_others_hold(base, small_room):
    lane = Lane(base, Pace())
    large, small = writing("large", 8, most=400, later=10**6), writing("small", 2, most=40)
    lane.advance([large], fail)
    assert len(large.kept) == 1
    lane.advance([large, small], fail)
    assert small.finished
    written = [len(completion.written) for completion in large.completions]
    lane.advance([large], fail)
    assert [len(completion.written) for completion in large.completions] > written


def test_a_large_completion_has_its_turn_beside_small_ones_that_end_one_by_one(
    base, small_room, monkeypatch
):
    """What one of these gives back is never room enough; the longest ends after 27 passes."""
    lane, owners = Lane(base, Pace()), note_owners(monkeypatch)
    small = [writing(owner, 6, most=most, later=10**6) for owner, most in (("a", 20), ("c", 27))]
    waiting = [*small, writing("b", 1, most=70, later=10**6)]
    while waiting:
        lane.advance(waiting, fail)
        waiting = [one for one in waiting if not one.finished]
    assert next(at for at, those in enumerate(owners) if "b" in those) <= 27


def note_owners(monkeypatch) -> list[set[str]]:
    """Who has a part in each pass."""
    owners: list[set[str]] = []
    go = writers.Writers._pass

    def noted(self, chosen):
        owners.append({one.writing.owner for one in chosen})
        return go(self, chosen)

    monkeypatch.setattr(writers.Writers, "_pass", noted)
    return owners


def test_a_completion_for_which_there_is_no_room_at_all_is_written_by_itself(base, monkeypatch):
    monkeypatch.setattr(writers, "cache_budget", lambda _: 0)
    sizes = note_passes(monkeypatch)
    finish(Lane(base, Pace()), writing("a", 3, most=20))
    assert sizes == [1] * 60


@pytest.mark.parametrize(("seed", "room"), [(0, 20), (1, 50), (3, 200)])
def test_whoever_comes_somebody_goes_on_and_no_more_is_kept_than_there_is_room_for(
    base, monkeypatch, seed, room
):
    """Owners come at random, with little and with much, to write and to learn, some to go alone."""
    monkeypatch.setattr(writers, "cache_budget", lambda base: room * cached_token_bytes(base))
    lane, chance = Lane(base, Pace()), random.Random(seed)
    coming = [asked_at_random(base, chance) for _ in range(6)]
    waiting: list[Wanted] = []
    while coming or waiting:
        waiting += [coming.pop() for _ in coming[:1]]
        before = lane.attained.totals().total()
        lane.advance(waiting, fail)
        assert lane.attained.totals().total() > before
        kept = [each for one in waiting if isinstance(one, Writing) for each in one.kept]
        assert len(kept) <= 1 or most_kept(kept) <= room
        waiting = [one for one in waiting if not one.finished]


def asked_at_random(base: Base, chance: random.Random) -> Wanted:
    owner, later = chance.choice("abcde"), chance.choice([0, 500, 10**5])
    if chance.random() < 0.3:
        return learning(base, owner, chance.randint(1, 3), later)
    sizes = (chance.randint(1, 8) for _ in range(3))
    asked = writing(owner, *(2 * size for size in sizes), later)
    asked.alone = chance.random() < 0.2
    return asked


def test_what_is_kept_of_a_completion_takes_no_more_than_is_counted_for_it(base):
    asked = writing("a", 1, prompt=50, most=70)
    (completion,) = asked.completions
    Lane(base, Pace()).advance([asked], fail)
    assert 52 < len(completion.written) < 70  # room was made twice
    kept = [part for pair in completion._past._layers.values() for part in pair]
    assert sum(part.nbytes for part in kept) == completion.most_kept * cached_token_bytes(base)


def test_after_memory_ran_out_as_many_are_written_at_once_again_by_and_by(base, monkeypatch):
    lane, asked = Lane(base, Pace()), writing("a", 20, most=100)
    with monkeypatch.context() as planted:
        sizes = note_passes(planted, most=3)
        lane.advance([asked], fail)
    assert sizes[:5] == [20, 10, 5, 2, 2]
    again = note_passes(monkeypatch)
    finish(lane, asked)
    assert (again[0], max(again) > 8) == (4, True)


def test_less_is_tried_where_it_was_too_much_again_and_more_in_the_end():
    allowance = Allowance(64)
    allowance.halve(40)
    assert [after(allowance, passes) for passes in (PASSES_BEFORE_MORE - 1, 1)] == [20, 40]
    allowance.halve(40)
    assert [after(allowance, passes) for passes in (2 * PASSES_BEFORE_MORE - 1, 1)] == [20, 40]
    assert after(allowance, MOST_PASSES_BEFORE_MORE) == 64
    allowance.halve(64)
    assert after(allowance, PASSES_BEFORE_MORE) == 64
    for _ in range(10):
        allowance.halve(1)
    assert allowance.now == 1


def after(allowance: Allowance, good_passes: int) -> int:
    for _ in range(good_passes):
        allowance.note_good_pass()
    return allowance.now


def test_a_completion_fails_for_want_of_memory_only_where_nothing_else_is_kept(base, monkeypatch):
    lane, apart, other = Lane(base, Pace()), writing("a", 1), writing("b", 4)
    lane.advance([apart, other], fail)
    assert (len(apart.kept), len(other.kept)) == (1, 4)
    apart.alone = True
    tried: list[int] = []
    go = writers.Writers._pass

    def needs_all(self, chosen):
        tried.append(len(other.kept))
        if other.kept:
            raise torch.OutOfMemoryError("planted")
        return go(self, chosen)

    monkeypatch.setattr(writers.Writers, "_pass", needs_all)
    lane.advance([apart, other], fail)


@pytest.mark.parametrize("texts", [1, 6])
def test_what_is_kept_of_completions_is_dropped_before_those_that_learn_have_less(
    base, monkeypatch, texts
):
    lane, writes = Lane(base, Pace()), writing("a", 8, later=10**6)
    lane.advance([writes], fail)
    tried: list[tuple[int, int]] = []

    def needs_all(base, parts: list[Part]):
        tried.append((len(writes.kept), sum(part.tokens for part in parts)))
        if writes.kept:
            raise torch.OutOfMemoryError("planted")
        return run_pass(base, parts)

    monkeypatch.setattr(lane_module, "run_pass", needs_all)
    learns = learning(base, "b", texts, later=10**6)
    lane.advance([learns, writes], fail)
    assert (tried, learns.finished) == ([(8, 100 * texts), (0, 100 * texts)], True)
    # From now on half as much is kept.
    assert len(writes.kept) == 4
