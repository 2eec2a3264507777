"""Versions that are whole models: what of their files is refused, and how they are served."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import load_tiny
from driving import meet, to_end
from safetensors.torch import load_file, save_file

from loraloom_engine import device_memory
from loraloom_engine import engine as engine_module
from loraloom_engine.atomic_files import in_files
from loraloom_engine.base import Base
from loraloom_engine.channel import EventStream
from loraloom_engine.data import tokenizing
from loraloom_engine.engine import Engine
from loraloom_engine.errors import EngineError
from loraloom_engine.passes.block import Block
from loraloom_engine.passes.weight_sets import OwnWeights
from loraloom_engine.protocol.requests import Evaluate, LoadAdapter, VerifyModel
from loraloom_engine.training.scoring import Asker, measure
from loraloom_engine.training.state import read_method
from loraloom_engine.whole.model_files import (
    INDEX_FILE,
    TRAINED_FROM,
    WEIGHTS_FILE,
    verify_model,
    write_model,
)
from loraloom_engine.whole.served_model import load_version

NORM = "model.norm.weight"


@pytest.fixture
def version(tmp_path, tiny_folder) -> Path:
    """Of the base's form, its weights half as large."""
    base, folder = load_tiny(tiny_folder), tmp_path / "version"
    halves = {name: weight / 2 for name, weight in base.model.named_parameters()}
    write_model(base, halves, folder, torch.float32)
    return folder


def change(folder: Path, change_tensors: Callable[[dict[str, torch.Tensor]], None]) -> None:
    path = folder / WEIGHTS_FILE
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    change_tensors(tensors)
    save_file(tensors, path)


def set_origin(folder: Path, origin: dict[str, str] | None) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_bytes())
    path.write_text(json.dumps(config | {TRAINED_FROM: origin}))


def outcome(base: Base, folder: Path) -> object:
    """What verifying comes to."""
    try:
        return to_end(verify_model(base, VerifyModel(str(folder))))
    except EngineError as error:
        return error


def test_a_whole_version_is_verified_by_its_own_numbers(base, version):
    result = outcome(base, version)
    assert result.parameters == base.model.num_parameters()
    assert result.tensors == len(list(base.model.parameters()))


DAMAGES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a tensor that is missing": (
        lambda folder: change(folder, lambda tensors: tensors.pop(NORM)),
        "corrupt_adapter",
        f"lacks {NORM} (1 tensors missing)",
    ),
    "a foreign tensor": (
        lambda folder: change(folder, lambda tensors: tensors.update(extra=torch.ones(1))),
        "corrupt_adapter",
        "holds the foreign extra",
    ),
    "another shape": (
        lambda folder: change(folder, lambda tensors: tensors.update({NORM: torch.ones(7)})),
        "corrupt_adapter",
        "has shape [7] instead of [32]",
    ),
    "a weight that is no number": (
        lambda folder: change(folder, lambda tensors: tensors[NORM].fill_(torch.nan)),
        "non_finite_adapter",
        "is not finite",
    ),
    "no safetensors": (
        lambda folder: (folder / WEIGHTS_FILE).write_bytes(b"pickle"),
        "corrupt_adapter",
        "can't be read as safetensors",
    ),
    "no weights at all": (
        lambda folder: (folder / WEIGHTS_FILE).unlink(),
        "corrupt_adapter",
        "can't be read as safetensors",
    ),
    "a model of another base": (
        lambda folder: set_origin(folder, {"model_id": "tiny", "revision": "next"}),
        "base_model_mismatch",
        '"revision": "next"}, and this base is {"model_id": "tiny", "revision": "main"}',
    ),
    "another kind of model": (
        lambda folder: (folder / "config.json").write_text('{"model_type": "gpt2"}'),
        "corrupt_adapter",
        "of the kind 'gpt2', not 'llama'",
    ),
    "an index that names files elsewhere": (
        lambda folder: (folder / INDEX_FILE).write_text(
            json.dumps({"weight_map": {NORM: "../version/model.safetensors"}})
        ),
        "corrupt_adapter",
        "names no files of weights",
    ),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_files_that_are_no_such_version_are_refused(base, version, kind):
    damage, code, message = DAMAGES[kind]
    damage(version)
    error = outcome(base, version)
    assert isinstance(error, EngineError)
    assert (error.code, message in error.message) == (code, True), error.message


def test_a_version_from_before_its_base_was_noted_is_served(base, version):
    set_origin(version, None)
    assert isinstance(to_end(load_version(base, version)), OwnWeights)


def test_each_weight_has_the_dtype_that_the_bases_own_has(base, version, tmp_path):
    base.model.bfloat16().get_parameter(NORM).data = torch.ones(32)
    tensors = to_end(load_version(base, version)).tensors
    wide = [name for name, tensor in tensors.items() if tensor.dtype == torch.float32]
    assert wide == [NORM]
    base.model._keep_in_fp32_modules_strict = {"norm"}
    write_model(base, tensors, tmp_path / "again", torch.bfloat16)
    written = load_file(tmp_path / "again" / WEIGHTS_FILE)
    assert [name for name, tensor in written.items() if tensor.dtype == torch.float32] == wide


def test_a_tensor_that_is_larger_than_a_file_may_be_has_one_of_its_own():
    sizes = {"first": 1, "huge": 3 * 2**30, "next": 1, "last": 1}
    tensors = {
        name: torch.empty(size, dtype=torch.bfloat16, device="meta") for name, size in sizes.items()
    }
    assert [list(part) for part in in_files(tensors)] == [["first"], ["huge"], ["next", "last"]]


def test_rows_are_measured_and_chats_answered_with_its_weights_and_the_base_keeps_its_own(
    base, version, training_config, judged
):
    rows = judged("sft", 3, "rows.jsonl.gz")
    method = read_method(base, training_config(), rows)
    own = meet(base, measure(Asker("ada", None), method)).loss
    served = meet(base, measure(Asker("ada", to_end(load_version(base, version))), method)).loss
    alone = load_tiny(version)
    assert served == pytest.approx(meet(alone, measure(Asker("ada", None), method)).loss, abs=1e-6)
    assert abs(served - own) > 0.01
    assert meet(base, measure(Asker("ada", None), method)).loss == own


def test_a_chat_of_the_base_in_the_middle_of_its_pass_has_the_bases_weights(base, version):
    def logits(adapter: object) -> torch.Tensor:
        with torch.no_grad(), base.forward.hidden([Block([5, 6, 7], adapter)]) as hidden:
            return base.head.logits(hidden)

    def interrupt() -> None:
        base.stage.between_layers = lambda: None
        between.append(logits(None))

    served, between = to_end(load_version(base, version)), []
    alone, of_base = logits(served), logits(None)
    base.stage.between_layers = interrupt
    assert torch.equal(logits(served), alone)
    assert torch.equal(between[0], of_base)
    assert not torch.equal(alone, of_base)


@pytest.fixture
def resident(base, monkeypatch) -> Engine:
    """An engine in this process that holds the base, and tells nobody."""
    monkeypatch.setattr(engine_module, "load_base", lambda *_: base)
    engine = Engine(base.device, EventStream(os.open(os.devnull, os.O_WRONLY)))
    engine.handle("1", base.identity)
    return engine


def finish(engine: Engine) -> None:
    while not engine.idle:
        engine.advance_background()


def test_requests_in_the_middle_of_its_pass_find_the_bases_weights(base, version, judged, resident):
    """A DoRA adapter that is loaded then is measured against them."""
    resident.handle("2", LoadAdapter("whole", str(version)))
    finish(resident)
    own = base.model.get_output_embeddings().weight
    found = []
    resident.take_urgent = lambda: found.append(base.model.get_output_embeddings().weight)
    rows = judged("sft", 3, "rows.jsonl.gz")
    resident.handle("3", Evaluate(rows, "sft", 0.1, 1.0, 1.0, "whole", "base", None))
    finish(resident)
    assert found
    assert all(weight is own for weight in found)


@pytest.fixture
def short_turns(monkeypatch) -> None:
    """A tensor takes all of one."""
    monkeypatch.setattr(tokenizing, "SECONDS_PER_TURN", 0)


class Clock:
    """Of a machine on which each look at it takes a quarter of a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 0.25
        return self.now


def test_it_is_read_for_a_turns_time_at_once_however_long_others_take_between(
    base, version, monkeypatch
):
    clock = Clock()
    monkeypatch.setattr(tokenizing, "time", clock)
    monkeypatch.setattr(tokenizing, "SECONDS_PER_TURN", 1)
    turns = 0
    for _ in load_version(base, version):
        turns += 1
        clock.now += 60
    assert turns == len(list(base.model.parameters())) // 4


def test_it_is_read_a_turn_at_a_time_and_what_is_still_to_come_is_promised(
    base, version, resident, short_turns
):
    resident.handle("2", LoadAdapter("whole", str(version)))
    left = [base.memory.promised]
    while not resident.idle:
        resident.advance_background()
        left.append(base.memory.promised)
    sizes = [weight.nbytes for weight in base.model.parameters()]
    assert sum(sizes) not in left
    assert len(set(left)) == len(sizes)
    assert left[-1] == 0
    resident.handle("3", LoadAdapter("whole", str(version)))
    assert resident.idle


def test_a_load_that_ends_early_gives_back_what_was_promised(base, version, resident, short_turns):
    resident.handle("2", LoadAdapter("whole", str(version)))
    assert base.memory.promised > 0
    resident.stop()
    assert base.memory.promised == 0


def test_memory_that_others_were_promised_is_not_there_for_a_version(base, version, monkeypatch):
    needed = 4 * base.model.num_parameters()
    monkeypatch.setattr(device_memory, "free_memory", lambda _: needed + 9)
    with base.memory.promise(10), pytest.raises(EngineError) as refused:
        to_end(load_version(base, version))
    assert refused.value.details["free_memory_bytes"] == needed - 1
    assert isinstance(to_end(load_version(base, version)), OwnWeights)


def test_a_version_that_memory_does_not_hold_is_refused_with_the_numbers(
    base, version, monkeypatch
):
    needed = 4 * base.model.num_parameters()
    monkeypatch.setattr(device_memory, "free_memory", lambda _: needed - 1)
    with pytest.raises(EngineError, match="whose weights take .* are free") as refused:
        to_end(load_version(base, version))
    assert refused.value.code == "out_of_memory"
    assert refused.value.details == {"memory_bytes": needed, "free_memory_bytes": needed - 1}


def test_a_base_in_4_bits_serves_none(quantized, version):
    with pytest.raises(EngineError, match="rounded to few bits") as refused:
        to_end(load_version(quantized, version))
    assert refused.value.code == "bad_option"
