"""Checkpoints: a killed run goes on bit for bit, a stopped engine leaves one behind."""

import dataclasses
import json
import resource
import shutil
import signal
from pathlib import Path

import pytest
from driving import run_alone
from engine_process import PATIENCE_SECONDS

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base
from loraloom_engine.lane.lane import Lane
from loraloom_engine.protocol.events import RunCancelled, RunCheckpointed
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.training.checkpoint import fingerprint
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train

RUN = {"epochs": 4, "dropout": 0.2, "checkpoint_steps": 2}


def adapter_bytes(finished: dict) -> bytes:
    return (Path(finished["path"]) / "adapter_model.safetensors").read_bytes()


@pytest.fixture
def run_fields(tmp_path, tokenized, config):
    def make(work: str, checkpoint: str | None = None, **changes) -> dict:
        return {
            "run_id": "r1",
            "owner": "ada",
            "rows_path": tokenized(),
            "evaluation_path": tokenized(3, "held-out.jsonl.gz"),
            "checkpoint_path": checkpoint,
            "work_dir": str(tmp_path / work),
            "config": config(**RUN | changes),
        }

    return make


def test_a_run_killed_in_the_middle_resumes_bit_for_bit(own_engine, engine, run_fields):
    own_engine.send("start_run", **run_fields("killed"))
    checkpoint = own_engine.wait_for_type("run_checkpointed")
    own_engine.wait_for_type("progress")
    own_engine.process.send_signal(signal.SIGKILL)

    engine.send("start_run", **run_fields("killed", checkpoint["path"]))
    resumed = engine.finish_run()
    (started,) = engine.of_type("run_started")
    assert started["resumed_from_step"] == checkpoint["step"] == 2
    resumed_losses = {e["step"]: e["loss"] for e in engine.of_type("progress")}
    engine.events.clear()

    engine.send("start_run", **run_fields("whole"))
    whole = engine.finish_run()
    whole_losses = {e["step"]: e["loss"] for e in engine.of_type("progress")}
    assert adapter_bytes(resumed) == adapter_bytes(whole)
    assert resumed_losses == {step: whole_losses[step] for step in resumed_losses}
    assert min(resumed_losses) == 3
    for name in ("held_out_before", "held_out_after", "tokens", "steps"):
        assert resumed[name] == whole[name]


def test_a_run_that_was_saved_before_all_weights_could_learn_goes_on(
    base, training_config, tmp_path
):
    """The value was computed by the engine of that time, of this config, base and file."""
    rows = tmp_path / "rows"
    rows.write_bytes(b"rows")
    stored = "2095078eafbf325eeaba2ff323f88a9fb6decb523cdde2058b965814226032f6"
    assert fingerprint(base, training_config(), [rows]) == stored
    assert fingerprint(base, training_config(full_fine_tuning=True), [rows]) != stored


def test_a_cancel_between_steps_resumes_bit_for_bit(engine, run_fields):
    shape = {"batch_size": 1, "gradient_accumulation": 5, "checkpoint_steps": 1000}
    engine.send("start_run", **run_fields("cut", **shape))
    engine.wait_for_type("progress")
    engine.send("cancel_run", run_id="r1", checkpoint=True)
    cancelled = engine.finish_run()
    assert cancelled["type"] == "run_cancelled"
    engine.send("start_run", **run_fields("cut", cancelled["checkpoint_path"], **shape))
    resumed = engine.finish_run()
    engine.send("start_run", **run_fields("whole", **shape))
    assert adapter_bytes(engine.finish_run()) == adapter_bytes(resumed)


@pytest.mark.parametrize("way", ["SIGTERM", "end of stdin"])
def test_a_stopped_engine_leaves_a_checkpoint_and_exits(own_engine, run_fields, way):
    own_engine.send("start_run", **run_fields("stopped", epochs=1000, checkpoint_steps=10**6))
    own_engine.wait_for_type("progress")
    if way == "SIGTERM":
        own_engine.process.send_signal(signal.SIGTERM)
    else:
        own_engine.process.stdin.close()
    cancelled = own_engine.finish_run()
    assert cancelled["step"] >= 1
    assert sorted(path.name for path in Path(cancelled["checkpoint_path"]).iterdir()) == [
        "checkpoint.json",
        "state.safetensors",
    ]
    assert own_engine.process.wait(PATIENCE_SECONDS) == 0


def test_an_idle_engine_ends_with_its_stdin(own_engine):
    own_engine.process.stdin.close()
    assert own_engine.process.wait(PATIENCE_SECONDS) == 0


def flip_a_bit(folder: Path) -> None:
    path = folder / "state.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut_short(folder: Path) -> None:
    (folder / "checkpoint.json").write_text('{"step": 2')


class Begun:
    """A run that is driven a turn at a time."""

    def __init__(self, base: Base, request: StartRun) -> None:
        self.told: list = []
        self.background = Background(Lane(base, Pace()))
        turns = train(base, request, Pace(), self.told.append)
        self.background.begin(Work(turns, self.told.append, request.run_id))

    def until_saved(self) -> RunCheckpointed:
        while not isinstance(self.told[-1], RunCheckpointed):
            self.background.advance()
        return self.told[-1]

    def cancel(self) -> object:
        (started, *_) = self.told
        self.background.cancel(self.background.run(started.run_id), checkpoint=True)
        return self.told[-1]


def test_what_a_checkpoint_holds_is_not_written_again_where_a_cancel_finds_nothing_more_learnt(
    base, run_request, training_config
):
    """Whoever was told of it may be reading its folder, or has removed it."""
    request = run_request("r", training_config(checkpoint_steps=2))
    run = Begun(base, request)
    saved = run.until_saved()
    kept = shutil.move(saved.path, Path(request.work_dir) / "kept")
    assert run.cancel() == RunCancelled("r", saved.step, None)
    assert not Path(saved.path).exists()

    resumed = Begun(base, dataclasses.replace(request, checkpoint_path=str(kept)))
    assert resumed.cancel() == RunCancelled("r", saved.step, None)


def test_a_checkpoint_of_another_format_is_refused_by_its_number(
    base, run_request, training_config
):
    request = run_request("r", training_config(checkpoint_steps=2))
    folder = Begun(base, request).until_saved().path
    path = Path(folder) / "checkpoint.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"format": 99}))
    (failed,) = run_alone(base, dataclasses.replace(request, checkpoint_path=folder))
    assert (failed.code, "has format 99" in failed.message) == ("corrupt_checkpoint", True)


@pytest.mark.parametrize("damage", [flip_a_bit, cut_short])
def test_a_damaged_checkpoint_is_refused(engine, run_fields, damage):
    engine.send("start_run", **run_fields("work"))
    path = engine.wait_for_type("run_checkpointed")["path"]
    engine.finish_run()
    damage(Path(path))
    engine.send("start_run", **run_fields("work", path))
    assert engine.finish_run()["code"] == "corrupt_checkpoint"


def test_another_runs_checkpoint_is_refused(engine, run_fields):
    engine.send("start_run", **run_fields("work"))
    path = engine.wait_for_type("run_checkpointed")["path"]
    engine.finish_run()
    engine.send("start_run", **run_fields("work", path, seed=12))
    assert engine.finish_run()["code"] == "corrupt_checkpoint"


def test_no_space_while_saving_is_disk_full_and_leaves_nothing(engine, run_fields, tmp_path):
    """The kernel refuses files above a limit, with an error of the same kind as a full disk's."""
    _, hard = resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (4096, hard))
    engine.send("start_run", **run_fields("full"))
    failed = engine.finish_run()
    assert failed["code"] == "disk_full"
    assert str(tmp_path / "full") in failed["message"]
    assert list((tmp_path / "full" / "checkpoints").iterdir()) == []

    resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    engine.send("start_run", **run_fields("full"))
    assert engine.finish_run()["type"] == "run_finished"
