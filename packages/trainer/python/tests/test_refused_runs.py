"""Runs that can't be as they are asked for: refused with a code, and nobody beside them notices."""

import dataclasses
import json

import pytest
import torch
from driving import run_alone, run_together
from test_estimating import ask

from loraloom_engine.protocol.events import RunFailed, RunFinished
from loraloom_engine.training.pace import Pace


@pytest.fixture
def refused(base, run_request, training_config):
    """Runs it beside another one, which has to come out as when alone; returns its only event."""

    def check(request) -> RunFailed:
        usual = run_request("usual", training_config(dropout=0.1, max_steps=2))
        alone = run_alone(base, usual)
        (failed,), beside = run_together(base, request, usual)
        assert weights_of(beside) == weights_of(alone)
        return failed

    return check


def weights_of(events: list) -> bytes:
    with open(f"{events[-1].path}/adapter_model.safetensors", "rb") as file:
        return file.read()


def test_a_rank_above_the_layers_width_names_layer_and_width(refused, run_request, training_config):
    failed = refused(run_request("a", training_config(rank=17)))
    assert failed.code == "bad_option"
    assert failed.message == (
        "'rank' 17 is above the width of the layer model.layers.0.self_attn.k_proj: "
        "it takes at most 16."
    )


def test_the_rank_may_be_as_high_as_the_layers_are_wide(base, run_request, training_config):
    config = training_config(rank=32, target_modules=["q_proj"], max_steps=1)
    assert isinstance(run_alone(base, run_request("a", config))[-1], RunFinished)


def test_an_estimate_refuses_such_a_rank_too(base, training_config):
    answer = ask(base, Pace(), training_config(rank=17))
    assert (answer.code, answer.details["width"]) == ("bad_option", 16)


def test_unknown_layers_are_named_with_those_there_are(refused, run_request, training_config):
    failed = refused(run_request("a", training_config(target_modules=["q_proj", "wq"])))
    assert failed.code == "unknown_target_modules"
    assert "wq: no such linear layer" in failed.message
    assert "it has down_proj, gate_proj, k_proj, o_proj" in failed.message


@pytest.mark.parametrize("method", ["dpo", "orpo", "kto"])
def test_preferences_are_not_packed(refused, run_request, training_config, judged, method):
    config = training_config(method=method, packed_length=64)
    request = run_request("a", config)
    failed = refused(dataclasses.replace(request, rows_path=judged(method, 4, "judged.gz")))
    assert (failed.code, f"'{method}' compares" in failed.message) == ("bad_option", True)


def test_kto_in_batches_of_one_is_refused(refused, run_request, training_config, judged):
    request = run_request("a", training_config(method="kto", batch_size=1))
    failed = refused(dataclasses.replace(request, rows_path=judged("kto", 4, "judged.gz")))
    assert (failed.code, "'batch_size' is 1" in failed.message) == ("bad_option", True)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"input_ids": [], "labels": []}, "has 0 ids"),
        ({"input_ids": [5, 6], "labels": [-100, -100]}, "has no token to learn"),
        ({"input_ids": [5], "labels": [5]}, "has no token to learn"),
    ],
    ids=["no token", "nothing to learn", "one token, which nothing predicts"],
)
def test_a_row_with_nothing_to_learn_is_named(
    refused, run_request, training_config, tmp_path, row, fault
):
    path = tmp_path / "rows.jsonl"
    usual = {"input_ids": [5, 6, 7], "labels": [-100, 6, 7]}
    path.write_text(f"{json.dumps(usual)}\n{json.dumps(row)}\n")
    request = run_request("a", training_config(batch_size=1))
    failed = refused(dataclasses.replace(request, rows_path=str(path)))
    assert failed.code == "bad_option"
    assert f"rows.jsonl:2 {fault}" in failed.message


def test_an_example_that_fills_more_than_a_sequence_is_refused(
    refused, run_request, training_config
):
    failed = refused(run_request("a", training_config(packed_length=5)))
    assert (failed.code, "fills no sequence of 5" in failed.message) == ("over_length", True)


def test_what_is_refused_leaves_no_trace_on_the_base(base, run_request, training_config):
    before = {name: tensor.clone() for name, tensor in base.model.state_dict().items()}
    run_alone(base, run_request("a", training_config(rank=17)))
    after = base.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
