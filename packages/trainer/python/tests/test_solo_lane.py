"""Runs in processes of their own: beside shared runs and chats, cancelled, killed, refused."""

import dataclasses
import os
import signal

import psutil
import pytest
from conftest import load_tiny
from driving import run_alone
from solo_programs import GROWING, LOADING, PATIENCE_SECONDS, Apart, solo_program
from test_engine import SAMPLE

from loraloom_engine import device_memory
from loraloom_engine.lane.attained import Attained
from loraloom_engine.protocol.events import Progress, RunFailed
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.solo.train_apart import train_apart
from loraloom_engine.solo.turns import DeviceTurns
from loraloom_engine.training.memory import run_memory, run_memory_apart

LONG = {"epochs": 100_000, "checkpoint_steps": 10_000}
# A constant rate: its steps are the same however many there are.
DORA = LONG | {"dora": True, "dropout": 0.1, "schedule": "constant", "warmup_ratio": 0}


def wake_nobody() -> None:
    """What is asked of no process wakes nobody."""


def children_of(process) -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def start(engine, run_id, tmp_path, tokenized, config, **changes):
    """The request's id; ``checkpoint_path`` may be among the changes."""
    paths = {"checkpoint_path": changes.pop("checkpoint_path", None), "evaluation_path": None}
    return engine.send(
        "start_run",
        run_id=run_id,
        owner=run_id,
        rows_path=tokenized(name=f"{run_id}.jsonl.gz"),
        work_dir=str(tmp_path / run_id),
        config=config(**changes),
        **paths,
    )


def test_it_trains_in_turns_with_a_shared_run_goes_on_after_a_cancel_and_ends_with_its_engine(
    own_engine, tiny_folder, tmp_path, tokenized, config
):
    engine, files = own_engine, (tmp_path, tokenized, config)
    shared = start(engine, "shared", *files, **LONG)
    apart = start(engine, "apart", *files, **DORA)
    engine.wait_for(lambda event: event.get("id") == apart and event.get("step") == 3)
    told = engine.wait_for(lambda event: event.get("id") == shared and event["type"] == "progress")
    assert engine.call("sample", **SAMPLE)["type"] == "sampled"
    refused = engine.call("sample", **SAMPLE | {"run_id": "apart"})
    assert (refused["code"], "of its own" in refused["message"]) == ("run_not_training", True)
    (child,) = children_of(engine.process)

    engine.send("cancel_run", run_id="apart", checkpoint=True)
    cancelled = engine.wait_for(lambda e: e.get("id") == apart and e["type"] == "run_cancelled")
    child.wait(timeout=PATIENCE_SECONDS)
    engine.wait_for(lambda e: e.get("id") == shared and e.get("step", 0) > told["step"])
    losses = [e["loss"] for e in engine.of_type("progress") if e["id"] == apart]
    assert losses[:3] == pytest.approx(losses_alone(tiny_folder, *files), abs=1e-5)

    path = cancelled["checkpoint_path"]
    resumed = start(engine, "apart", *files, checkpoint_path=path, **DORA)
    begun = engine.wait_for(lambda e: e.get("id") == resumed)
    assert (begun["type"], begun["resumed_from_step"]) == ("run_started", cancelled["step"])
    assert engine.wait_for(lambda e: e.get("id") == resumed)["step"] == cancelled["step"] + 1
    assert engine.of_type("run_failed") == []
    (child,) = children_of(engine.process)
    os.kill(engine.process.pid, signal.SIGKILL)
    child.wait(timeout=PATIENCE_SECONDS)


def losses_alone(tiny_folder, tmp_path, tokenized, config) -> list[float]:
    """Of the run's first three steps, trained in this process."""
    options = TrainingConfig(**config(**DORA | {"max_steps": 3}))
    rows, folder = tokenized(name="apart.jsonl.gz"), str(tmp_path / "alone")
    request = StartRun("alone", "ada", rows, None, None, folder, options)
    events = run_alone(load_tiny(tiny_folder), request)
    return [event.loss for event in events if isinstance(event, Progress)]


def test_a_killed_child_fails_its_run_alone(engine, tmp_path, tokenized, config):
    files = (tmp_path, tokenized, config)
    start(engine, "apart", *files, **DORA)
    shared = start(engine, "shared", *files)
    engine.wait_for(lambda event: event.get("id") == shared and event["type"] == "run_started")
    (child,) = children_of(engine.process)
    child.send_signal(signal.SIGKILL)
    ends = [engine.finish_run(), engine.finish_run()]
    failed, finished = sorted(ends, key=lambda event: event["run_id"])
    assert (failed["type"], failed["code"]) == ("run_failed", "engine_crashed")
    assert "signal 9" in failed["message"]
    assert (finished["type"], finished["run_id"]) == ("run_finished", "shared")


def test_told_to_finish_it_makes_an_adapter_of_its_last_step(engine, tmp_path, tokenized, config):
    start(engine, "apart", tmp_path, tokenized, config, **DORA)
    engine.wait_for_type("progress")
    (child,) = children_of(engine.process)
    engine.call("finish_run", run_id="apart")
    finished = engine.finish_run()
    last = engine.of_type("progress")[-1]["step"]
    assert (finished["type"], finished["steps"]) == ("run_finished", last)
    child.wait(timeout=PATIENCE_SECONDS)


def test_what_does_not_fit_is_refused_with_numbers_before_a_process_starts(
    monkeypatch, base, training_config, run_request
):
    config = training_config(dora=True)
    apart, shared = (memory(base, config, 13) for memory in (run_memory_apart, run_memory))
    assert apart > shared + base.model.get_memory_footprint()
    monkeypatch.setattr(device_memory, "free_memory_apart", lambda _: apart // 2)
    events = []
    assert list(train_apart(base, run_request("r", config), wake_nobody, events.append)) == []
    (failed,) = events
    assert isinstance(failed, RunFailed)
    assert (failed.code, failed.details["free_memory_bytes"]) == ("out_of_memory", apart // 2)


def test_memory_that_a_process_was_started_for_is_no_longer_free_to_the_next(
    monkeypatch, tmp_path, base, run_request, training_config
):
    solo_program(monkeypatch, tmp_path, LOADING)
    config = training_config(dora=True)
    memory = run_memory_apart(base, config, 13)
    monkeypatch.setattr(device_memory, "free_memory_apart", lambda _: 3 * memory // 2)
    apart = Apart(base)
    apart.start(run_request("one", config))
    apart.start(run_request("two", config))
    (failed,) = apart.events
    assert (failed.run_id, failed.code) == ("two", "out_of_memory")
    assert failed.details["free_memory_bytes"] < memory
    apart.background.stop()


def test_memory_is_promised_to_a_process_to_its_end_but_for_what_it_has_taken(
    monkeypatch, tmp_path, base, run_request, training_config
):
    solo_program(monkeypatch, tmp_path, GROWING)
    apart = Apart(base)
    apart.start(run_request("one", training_config(dora=True)))
    needed, taken = base.memory.promised, set()
    while not any(isinstance(event, RunFailed) for event in apart.events):
        taken.add(needed - base.memory.promised)
        apart.go_on()
    assert sorted(taken) == [0, 20, 50, 80, 110]
    assert base.memory.promised == 0


def test_an_8_bit_base_is_refused(base, training_config, run_request):
    eight = dataclasses.replace(
        base, identity=dataclasses.replace(base.identity, quantization="8bit")
    )
    events = []
    request = run_request("r", training_config(dora=True))
    assert list(train_apart(eight, request, wake_nobody, events.append)) == []
    (failed,) = events
    assert (failed.code, "in 8 bits" in failed.message) == ("bad_option", True)


class Run:
    def __init__(self, owner: str) -> None:
        self.owner, self.wants_turn = owner, True


@pytest.mark.parametrize(
    ("attained", "order"),
    [
        ({}, "LaLa"),  # nobody is ahead
        ({"lane": 10**9}, "aaaLaaaL"),
        ({"a": 10**9}, "LLLaLLLa"),
    ],
)
def test_whoever_is_behind_comes_first_but_nobody_waits_for_more_than_three_turns(attained, order):
    service = Attained(lambda: 0.0)
    for owner, tokens in attained.items():
        service.add(owner, tokens)
    turns, run = DeviceTurns(service), Run("a")
    taken = ["L" if turns.choose([run], {"lane"}) is None else "a" for _ in order]
    assert "".join(taken) == order
    assert turns.choose([run], set()) is run
    run.wants_turn = False
    assert turns.choose([run], {"lane"}) is None
