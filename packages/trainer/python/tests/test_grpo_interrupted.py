"""A GRPO run is cancelled and resumed, and goes on where memory runs out: it writes the same."""

import dataclasses
from pathlib import Path
from typing import Any

import torch
from driving import run_alone, run_joining
from grpo_runs import mean_rewards, of_type

from loraloom_engine.background import Background, Work
from loraloom_engine.lane import writers
from loraloom_engine.lane.lane import Lane
from loraloom_engine.lane.writing import Writing
from loraloom_engine.protocol.events import Progress, RunCancelled, RunCheckpointed, RunFinished
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train


def test_a_resumed_run_writes_and_learns_the_same_bit_for_bit(base, grpo_request, written):
    request = grpo_request(checkpoint_steps=2, dropout=0.2)
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


def test_a_run_is_cancelled_in_the_middle_of_writing(base, grpo_request):
    told: list[Any] = []
    background = Background(Lane(base, Pace()))
    request = grpo_request(told={"max_tokens": 60}, max_steps=2)
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


def test_where_memory_runs_out_fewer_are_written_at_once(base, grpo_request, written, monkeypatch):
    whole = run_alone(base, grpo_request(max_steps=1))
    sizes = plant_out_of_memory(monkeypatch, 3, after=2)
    parts = run_alone(base, grpo_request(max_steps=1))
    assert [len(tokens) for tokens in sizes[:4]] == [8, 8, 3, 3]
    # What was kept of the prompt and of two tokens is given back, and computed again.
    assert sizes[2] == [len(each.prompt) + 2 for each in written[1][:3]]
    assert written[0] == written[1]
    assert mean_rewards(parts) == mean_rewards(whole)


def test_a_completion_that_memory_does_not_hold_fails_its_run_alone(
    base, grpo_request, run_request, training_config, monkeypatch
):
    plant_out_of_memory(monkeypatch, 0)
    usual = run_request("usual", training_config(max_steps=2))
    failed, beside = run_joining(base, (0, grpo_request()), (0, usual))
    assert (failed[-1].code, isinstance(beside[-1], RunFinished)) == ("out_of_memory", True)
