"""A run may start from an adapter: it goes on from its weights, in its form, or says why not."""

import dataclasses
import json
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from driving import run_alone, run_together
from outcomes import FLOAT32, assert_within, outcome_of
from safetensors.torch import load_file, save_file

from loraloom_engine.adapter_files import CONFIG_FILE, WEIGHTS_FILE
from loraloom_engine.protocol.events import Evaluated, RunCheckpointed, RunFailed, RunFinished
from loraloom_engine.protocol.requests import StartRun

FIRST = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"


@pytest.fixture
def request_for(tmp_path, judged, training_config) -> Callable[..., StartRun]:
    """A run over rows of its method, some held out."""

    def make(run_id: str, start: Path | None = None, **changes: Any) -> StartRun:
        config = training_config(**changes)
        rows = judged(config.method, 7, f"{run_id}.jsonl.gz")
        held_out = judged(config.method, 3, f"{run_id}-held-out.jsonl.gz")
        work = str(tmp_path / run_id)
        from_path = str(start) if start else None
        return StartRun(run_id, run_id, rows, held_out, None, work, config, from_path)

    return make


@pytest.fixture
def start(base, request_for) -> Path:
    """The folder of an adapter that was trained before."""
    return Path(finished(run_alone(base, request_for("first"))).path)


def finished(events: list) -> RunFinished:
    assert isinstance(events[-1], RunFinished), events[-1]
    return events[-1]


def failed(events: list) -> RunFailed:
    assert isinstance(events[-1], RunFailed), events[-1]
    return events[-1]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / WEIGHTS_FILE)


def test_it_begins_where_the_adapter_ended(base, request_for, start):
    """A rate of zero takes steps and moves nothing."""
    still = request_for("still", start, learning_rate=0, seed=99)
    ended = finished(run_alone(base, still))
    for name, tensor in weights(Path(ended.path)).items():
        assert torch.equal(tensor, weights(start)[name]), name


def test_its_first_held_out_loss_is_the_adapters(base, request_for, start):
    rows = request_for("first").evaluation_path
    goes_on = dataclasses.replace(request_for("on", start), evaluation_path=rows)
    before = next(e for e in run_alone(base, goes_on) if isinstance(e, Evaluated))
    afresh = next(e for e in run_alone(base, request_for("first")) if isinstance(e, Evaluated))
    after = finished(run_alone(base, request_for("first"))).held_out_after
    assert before.loss == pytest.approx(after, abs=1e-6)
    assert before.loss < afresh.loss - 0.1


@pytest.mark.parametrize(("method", "before"), [("dpo", math.log(2)), ("kto", 0.5)])
def test_preferences_are_measured_against_the_adapter_it_started_from(
    base, request_for, start, method, before
):
    events = run_alone(base, request_for("on", start, method=method))
    assert finished(events).held_out_before == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_it_resumes_bit_for_bit(base, request_for, start, method):
    whole = request_for("on", start, method=method, dropout=0.2, checkpoint_steps=2)
    events = run_alone(base, whole)
    checkpoint = next(event for event in events if isinstance(event, RunCheckpointed))
    rest = dataclasses.replace(whole, checkpoint_path=checkpoint.path)
    resumed = weights(Path(finished(run_alone(base, rest)).path))
    for name, tensor in weights(Path(finished(events).path)).items():
        assert torch.equal(resumed[name], tensor), name


def test_a_checkpoint_of_another_start_is_refused(base, request_for, start):
    fresh = request_for("fresh", checkpoint_steps=2)
    events = run_alone(base, fresh)
    checkpoint = next(event for event in events if isinstance(event, RunCheckpointed))
    other = dataclasses.replace(fresh, checkpoint_path=checkpoint.path, start_from_path=str(start))
    assert failed(run_alone(base, other)).code == "corrupt_checkpoint"


def test_neighbours_change_nothing(base, request_for, start):
    goes_on = request_for("on", start, dropout=0.2)
    alone = outcome_of(run_alone(base, goes_on))
    other = request_for("other", rank=7, learning_rate=0.05, seed=5)
    assert_within(FLOAT32, outcome_of(run_together(base, other, goes_on)[1]), alone)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"rank": 8}, "rank 8, and the adapter that it starts from has 4"),
        ({"alpha": 16}, "alpha 16, and the adapter that it starts from has 8"),
        ({"rank_stabilized": True}, "rank_stabilized True, and the adapter that it starts from"),
        ({"target_modules": ["q_proj"]}, "target_modules"),
    ],
    ids=["rank", "alpha", "rsLoRA", "targets"],
)
def test_another_form_is_refused_with_both_values(base, request_for, start, changes, named):
    (refused,) = run_alone(base, request_for("on", start, **changes))
    assert refused.code == "bad_option"
    assert named in refused.message


def with_weight(name: str, tensor: torch.Tensor | None) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        tensors = weights(folder) | {name: tensor}
        save_file({n: t for n, t in tensors.items() if t is not None}, folder / WEIGHTS_FILE)

    return damage


def with_setting(**changes: Any) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / CONFIG_FILE
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return damage


class Planted:
    """Unpickling this raises: whoever opens it fails in another way."""

    def __reduce__(self):
        return (pytest.fail, ("the pickle was opened",))


def as_pickle(folder: Path) -> None:
    (folder / WEIGHTS_FILE).write_bytes(pickle.dumps(Planted()))


DAMAGES = {
    "foreign key": (with_weight("base_model.model.lm_head.lora_A.weight", torch.zeros(4, 32)),
                    "corrupt_adapter"),
    "missing key": (with_weight(FIRST, None), "corrupt_adapter"),
    "wrong shape": (with_weight(FIRST, torch.zeros(4, 31)), "corrupt_adapter"),
    "NaN": (with_weight(FIRST, torch.full((4, 32), math.nan)), "non_finite_adapter"),
    "pickle": (as_pickle, "corrupt_adapter"),
    "another method": (with_setting(peft_type="IA3"), "corrupt_adapter"),
    "DoRA": (with_setting(use_dora=True), "corrupt_adapter"),
    "another base": (with_setting(base_model_name_or_path="other"), "base_model_mismatch"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_bad_adapter_fails_its_run_alone(base, request_for, start, name):
    damage, code = DAMAGES[name]
    usual = request_for("usual")
    alone = outcome_of(run_alone(base, usual))
    damage(start)
    refused, events = run_together(base, request_for("on", start), usual)
    assert failed(refused).code == code
    assert_within(FLOAT32, outcome_of(events), alone)


def test_an_adapter_that_is_not_there_is_corrupt(base, request_for, tmp_path):
    (refused,) = run_alone(base, request_for("on", tmp_path / "nowhere"))
    assert refused.code == "corrupt_adapter"
