"""What the process of a run that trains by itself does with its turns, and between them."""

from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest
import torch

from loraloom_engine import device_memory
from loraloom_engine.base import TOKENS_PER_PASS, Base
from loraloom_engine.channel import EndOfInput
from loraloom_engine.protocol.events import RunCheckpointed, RunFinished
from loraloom_engine.protocol.requests import Lengths, StartRun
from loraloom_engine.solo import run_alone as module
from loraloom_engine.solo.messages import Command, Job, Standing, to_line
from loraloom_engine.solo.run_alone import bytes_taken, run_alone
from loraloom_engine.training.evaluations import Turns
from loraloom_engine.training.files_to_write import FilesToWrite
from loraloom_engine.training.memory import PROCESS_BYTES, run_memory_apart
from loraloom_engine.training.room import room_apart
from loraloom_engine.training.run import train

TURNS = 100


@pytest.fixture
def told_of(monkeypatch, base) -> Callable[[StartRun, int], list[Any]]:
    """All that a run says, with as many turns as it takes and passes of so many tokens."""
    monkeypatch.setattr(module, "load_base", lambda *_: base)

    def train(request: StartRun, pass_tokens: int) -> list[Any]:
        queue: SimpleQueue = SimpleQueue()
        for _ in range(TURNS):
            queue.put(to_line(Command("turn")))
        queue.put(EndOfInput())
        told: list[Any] = []
        run_alone(Job(base.identity, request, pass_tokens), queue, told.append, told.append)
        return told

    return train


def standings(told: list[Any]) -> list[Standing]:
    return [message for message in told if isinstance(message, Standing)]


def test_files_are_written_after_the_turn_and_the_next_one_is_wanted_after_that(
    told_of, run_request, training_config
):
    told = told_of(run_request("r", training_config(checkpoint_steps=2)), 1024)
    places = [at for at, one in enumerate(told) if isinstance(one, RunCheckpointed | RunFinished)]
    assert len(places) == 3
    for at in places:
        before, after = told[at - 1], told[at + 1]
        assert (before.wants_turn, after.wants_turn) == (False, True)
    assert sum(not standing.wants_turn for standing in standings(told)) == len(places)
    assert all(standing.used_bytes > 0 for standing in standings(told))


def test_files_that_a_run_has_to_write_first_are_written_before_a_turn_is_wanted(
    monkeypatch, told_of, run_request, training_config
):
    def train_after_files(base: Base, *others: Any) -> Turns:
        yield FilesToWrite()
        yield FilesToWrite()
        yield from train(base, *others)

    monkeypatch.setattr(module, "train", train_after_files)
    told = told_of(run_request("r", training_config(max_steps=1)), 1024)
    wants = [standing.wants_turn for standing in standings(told)]
    assert wants[:4] == [False, False, True, True]
    assert isinstance(told[-2], RunFinished)


def test_on_a_gpu_what_cuda_itself_takes_counts_as_taken_of_what_was_promised(monkeypatch):
    monkeypatch.setattr(module, "used_memory", lambda _: 5)
    taken = [bytes_taken(torch.device(kind)) for kind in ("cpu", "cuda")]
    assert taken == [5, 5 + PROCESS_BYTES]


def test_its_passes_hold_what_memory_was_found_for(told_of, run_request, training_config):
    request = run_request("r", training_config(batch_size=6, epochs=1))
    by_pass_size = {
        size: [standing.tokens for standing in standings(told_of(request, size)) if standing.tokens]
        for size in (30, 1024)
    }
    assert max(by_pass_size[30]) <= 30 < max(by_pass_size[1024])
    assert sum(by_pass_size[30]) == sum(by_pass_size[1024])


def test_a_whole_pass_is_counted_and_a_smaller_one_taken_where_that_alone_fits(
    monkeypatch, base: Base, training_config
):
    config = training_config(full_fine_tuning=True, batch_size=50)
    usual = TOKENS_PER_PASS["cpu"]

    def found(free: int) -> tuple[int, int, bool]:
        monkeypatch.setattr(device_memory, "free_memory_apart", lambda _: free)
        room = room_apart(base, config, Lengths(50, 5000, 100), None)
        return room.pass_tokens, room.needed, room.fits

    needed = {size: run_memory_apart(base, config, size) for size in (usual, usual // 2, 100)}
    assert found(needed[usual]) == (usual, needed[usual], True)
    assert found(needed[usual] - 1) == (usual // 2, needed[usual // 2], True)
    assert found(needed[100]) == (100, needed[100], True)
    assert found(needed[100] - 1) == (100, needed[100], False)
