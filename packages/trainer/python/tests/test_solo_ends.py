"""How runs in processes of their own end where the process does not do as it is told."""

import dataclasses
import time

import pytest
from solo_programs import FINISHING, HANGING, LOADING, Apart, solo_program

from loraloom_engine.background import Work
from loraloom_engine.protocol.events import RunCancelled, RunFailed, RunFinished, RunStarted
from loraloom_engine.solo import child
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train

SECONDS = 1.0


@pytest.fixture
def hanging(monkeypatch, tmp_path, base, run_request, training_config) -> Apart:
    """Two runs of which no process answers any more."""
    monkeypatch.setattr(child, "SECONDS_TO_END", SECONDS)
    solo_program(monkeypatch, tmp_path, HANGING)
    apart = Apart(base)
    for name in ("one", "two"):
        apart.start(run_request(name, training_config(dora=True)))
    apart.until_begun(2)
    apart.until_told(RunStarted, 2)
    return apart


def test_a_cancelled_run_holds_nobody_up(hanging):
    run = hanging.background.run("one")
    for _ in range(2):  # also one that is told so twice
        hanging.background.cancel(run, checkpoint=True)
    assert not any(isinstance(event, RunCancelled) for event in hanging.events)
    hanging.until_told(RunCancelled)
    assert hanging.events[-1] == RunCancelled("one", 3, None)
    hanging.background.cancel(hanging.background.run("two"), checkpoint=False)
    assert hanging.events[-1] == RunCancelled("two", 3, None)
    assert not hanging.background


def test_told_to_finish_before_its_checkpoint_is_read_it_makes_a_version_of_that(
    monkeypatch, tmp_path, base, run_request, training_config
):
    solo_program(monkeypatch, tmp_path, FINISHING)
    apart = Apart(base)
    request = run_request("one", training_config(dora=True))
    work = apart.start(dataclasses.replace(request, checkpoint_path="nowhere"))
    apart.background.finish(work)
    assert apart.events == []
    apart.until_told(RunFinished)
    assert apart.events[-1].steps == 3
    assert not apart.background


def test_told_to_finish_before_it_has_learnt_it_is_not_waited_for(
    monkeypatch, tmp_path, base, run_request, training_config
):
    solo_program(monkeypatch, tmp_path, LOADING)
    apart = Apart(base)
    apart.background.finish(apart.start(run_request("one", training_config(dora=True))))
    assert apart.events == [RunCancelled("one", 0, None)]


def test_a_process_that_does_not_come_back_from_its_turn_fails_its_run(
    monkeypatch, tmp_path, base, run_request, training_config
):
    monkeypatch.setattr(child, "SECONDS_OF_A_TURN", 0.1)
    solo_program(monkeypatch, tmp_path, HANGING)
    apart = Apart(base)
    apart.start(run_request("one", training_config(dora=True)))
    apart.until_told(RunFailed)
    assert apart.events[-1].code == "engine_crashed"
    assert "signal 9" in apart.events[-1].message
    assert not apart.background


def test_at_a_stop_shared_runs_end_first_and_all_processes_within_the_same_seconds(
    monkeypatch, hanging, base, run_request, training_config
):
    # So many that what a busy machine adds is less than the other process's seconds.
    monkeypatch.setattr(child, "SECONDS_TO_END", 6.0)
    request = run_request("shared", training_config())
    turns = train(base, request, Pace(), hanging.events.append)
    hanging.background.begin(Work(turns, hanging.events.append, "shared"))
    began = time.monotonic()
    hanging.background.stop()
    assert time.monotonic() - began < 2 * child.SECONDS_TO_END
    assert [event.run_id for event in hanging.events[-3:]] == ["shared", "one", "two"]
