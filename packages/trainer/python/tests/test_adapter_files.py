"""Adapters that are about to be published or served are read with every check."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from loraloom_engine.adapter_files import load_adapter, verify_adapter, write_adapter
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.block import Block
from loraloom_engine.protocol.requests import VerifyAdapter
from loraloom_engine.training.lora_config import lora_config, lora_shape

FIRST = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"


@pytest.fixture
def saved(base, training_config, tmp_path) -> Path:
    """An adapter with random A and B, in the files that a run writes."""
    config = training_config(target_modules=["q_proj", "v_proj"])
    adapter = base.new_adapter(lora_shape(base, config), trainable=True)
    torch.nn.init.normal_(adapter.weights, std=0.3)
    write_adapter(base, adapter, tmp_path / "adapter", lora_config(config))
    return tmp_path / "adapter"


def verify(base, folder, **changes):
    wanted = {"rank": 4, "alpha": 8.0, "rank_stabilized": False, "dora": False} | changes
    wanted = {"target_modules": ["q_proj", "v_proj"]} | wanted
    return verify_adapter(base, VerifyAdapter(str(folder), **wanted))


def change_weights(folder: Path, name: str, tensor: torch.Tensor | None) -> None:
    tensors = load_file(folder / "adapter_model.safetensors")
    if tensor is None:
        del tensors[name]
    else:
        tensors[name] = tensor
    save_file(tensors, folder / "adapter_model.safetensors")


def test_an_adapter_as_configured_is_verified(base, saved):
    result = verify(base, saved)
    assert result.tensors == 8
    assert result.parameters == 2 * (4 * (32 + 32) + 4 * (32 + 16))
    assert sorted(path.name for path in saved.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


def logits(base, adapter: LoraAdapter | None) -> torch.Tensor:
    block = Block([1, 40, 50, 60], adapter)
    with torch.no_grad(), base.forward.hidden([block]) as hidden:
        return base.head.logits(hidden)


def test_plain_peft_gives_the_engines_logits(base, saved, tiny_folder):
    ours = logits(base, load_adapter(base, saved))
    plain = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    theirs = PeftModel.from_pretrained(plain, saved).eval()(torch.tensor([[1, 40, 50, 60]])).logits
    assert (ours - theirs[0]).abs().max() <= 1e-5
    assert (logits(base, None) - ours).abs().max() > 1e-2


def test_targets_are_named_as_peft_reads_them(base, training_config, tmp_path):
    for targets, written in [("all-linear", 7), (["layers.0.mlp.up_proj"], 1)]:
        config = training_config(target_modules=targets)
        adapter = base.new_adapter(lora_shape(base, config))
        write_adapter(base, adapter, tmp_path / "named", lora_config(config))
        settings = json.loads((tmp_path / "named" / "adapter_config.json").read_text())
        assert len(settings["target_modules"]) == written
        assert load_adapter(base, tmp_path / "named").pairs.keys() == adapter.pairs.keys()


@pytest.mark.parametrize(
    "changes",
    [
        {"rank": 8},
        {"alpha": 16.0},
        {"rank_stabilized": True},
        {"dora": True},
        {"target_modules": "all-linear"},
    ],
    ids=["rank", "alpha", "scale", "magnitudes", "targets"],
)
def test_an_adapter_other_than_configured_is_corrupt(base, saved, changes):
    with pytest.raises(EngineError) as caught:
        verify(base, saved, **changes)
    assert caught.value.code == "corrupt_adapter"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_non_finite_adapter_is_refused(base, saved, value):
    change_weights(saved, FIRST, torch.full((4, 32), value))
    with pytest.raises(EngineError, match="lora_A") as caught:
        verify(base, saved)
    assert caught.value.code == "non_finite_adapter"


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        (FIRST, torch.zeros(4, 31)),
        (FIRST, None),
        ("base_model.model.lm_head.lora_A.weight", torch.zeros(4, 32)),
    ],
    ids=["wrong shape", "missing key", "foreign key"],
)
def test_weights_that_do_not_fit_the_base_are_corrupt(base, saved, name, tensor):
    change_weights(saved, name, tensor)
    with pytest.raises(EngineError, match=name.replace(".", r"\.")) as caught:
        verify(base, saved)
    assert caught.value.code == "corrupt_adapter"


class Planted:
    """Unpickling this writes a file: the proof that it was not opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter_model.bin"])
def test_a_pickle_file_is_refused_unopened(base, saved, tmp_path, name):
    (saved / "adapter_model.safetensors").unlink()
    (saved / name).write_bytes(pickle.dumps(Planted(tmp_path / "opened")))
    with pytest.raises(EngineError) as caught:
        verify(base, saved)
    assert caught.value.code == "corrupt_adapter"
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize(
    "changes",
    [{"peft_type": "IA3"}, {"lora_bias": True}, {"r": "4"}, {"target_modules": ["wq"]}],
    ids=["another method", "biases", "rank as a string", "unknown target"],
)
def test_a_config_that_is_not_ours_is_corrupt(base, saved, changes):
    path = saved / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(EngineError) as caught:
        verify(base, saved)
    assert caught.value.code == "corrupt_adapter"
