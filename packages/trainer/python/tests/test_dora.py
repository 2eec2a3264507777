"""DoRA: trained by PEFT's layers as in a plain loop, served by the engine as PEFT serves it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import load_tiny
from driving import meet, run_alone
from peft import PeftModel
from peft_loop import train_plainly
from safetensors.torch import load_file
from tiny_base import make_tiny_base
from tiny_families import FAMILIES, family_base, tiny_model
from transformers import AutoModelForCausalLM

from loraloom_engine.adapter_files import WEIGHTS_FILE, load_adapter
from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.loading import load_base
from loraloom_engine.passes.block import Block
from loraloom_engine.protocol.events import Progress, RunFailed
from loraloom_engine.protocol.requests import LoadBase, StartRun
from loraloom_engine.training.scoring import Asker, measure
from loraloom_engine.training.state import read_method

TEXT = [5, 6, 7, 40, 41, 9]


@pytest.fixture
def train(tiny_folder, training_config, judged, tmp_path) -> Callable[..., tuple[StartRun, list]]:
    """A DoRA run on a base that is its own; returns its request and its events."""

    def run(name: str, paths: dict[str, str] | None = None, **changes):
        config = training_config(**{"dora": True} | changes)
        rows = judged(config.method, 7, f"{name}.jsonl.gz")
        request = StartRun(name, "ada", rows, None, None, str(tmp_path / name), config)
        request = dataclasses.replace(request, **paths or {})
        return request, run_alone(load_tiny(tiny_folder), request)

    return run


def weights_of(events: list) -> dict[str, torch.Tensor]:
    return load_file(Path(events[-1].path) / WEIGHTS_FILE)


def plain_model(folder: Path) -> torch.nn.Module:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def logits_of(base: Base, folder: Path) -> torch.Tensor:
    """Beside a text without the adapter."""
    blocks = [Block([5, 6, 7]), Block(TEXT, load_adapter(base, folder))]
    with torch.no_grad(), base.forward.hidden(blocks) as hidden:
        return base.head.logits(hidden[blocks[1].start : blocks[1].end])


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_a_run_is_what_a_plain_loop_makes_of_pefts_model(train, tiny_folder, method):
    request, events = train("a", method=method, rank_stabilized=True)
    losses, expected = train_plainly(plain_model(tiny_folder).requires_grad_(False), request)
    told = [event.loss for event in events if isinstance(event, Progress)]
    assert told == pytest.approx(losses, abs=1e-5)
    weights = weights_of(events)
    assert weights.keys() == expected.keys()
    for name, tensor in expected.items():
        assert (weights[name] - tensor).norm() <= 1e-3 * tensor.norm(), name


def with_biases(model: torch.nn.Module) -> torch.nn.Module:
    """New models' are all zero."""
    for name, parameter in model.named_parameters():
        if name.endswith(".bias"):
            parameter.data.copy_(torch.linspace(-1, 1, len(parameter)))
    return model


@pytest.mark.parametrize("family", ["gemma2", "qwen2"])
def test_it_answers_as_peft_does(training_config, run_request, family):
    """Qwen 2 has biases, which a magnitude leaves alone."""
    trained, served = (family_base(FAMILIES[family]) for _ in range(2))
    with_biases(trained.model), with_biases(served.model)
    folder = Path(run_alone(trained, run_request("a", training_config(dora=True)))[-1].path)
    plain = with_biases(tiny_model(FAMILIES[family], "eager"))
    without = plain(torch.tensor([TEXT])).logits[0]
    theirs = PeftModel.from_pretrained(plain, folder).eval()(torch.tensor([TEXT])).logits[0]
    ours = logits_of(served, folder)
    assert (ours - theirs).abs().max() <= 1e-4
    assert (ours - without).abs().max() > 1e-2


def test_a_4_bit_base_serves_what_was_trained_on_it(tmp_path, training_config, judged):
    folder = make_tiny_base(tmp_path / "base", hidden_size=64, intermediate_size=128)
    identity = LoadBase("tiny", "main", str(folder), "float32", "4bit")
    trained, served = (load_base(identity, torch.device("cpu")) for _ in range(2))
    rows, held_out = judged("sft", 7, "rows.jsonl.gz"), judged("sft", 3, "held-out.jsonl.gz")
    config = training_config(dora=True)
    request = StartRun("a", "ada", rows, held_out, None, str(tmp_path), config)
    finished = run_alone(trained, request)[-1]
    assert finished.held_out_after < finished.held_out_before
    adapter = load_adapter(served, Path(finished.path))
    method = read_method(served, config, held_out)
    assert meet(served, measure(Asker("ada", adapter), method)).loss == pytest.approx(
        finished.held_out_after, abs=1e-5
    )


def test_a_base_in_8_bits_does_not_serve_one(train, base):
    folder = Path(train("a")[1][-1].path)
    identity = dataclasses.replace(base.identity, quantization="8bit")
    with pytest.raises(EngineError, match="in 8 bits") as refused:
        load_adapter(dataclasses.replace(base, identity=identity), folder)
    assert refused.value.code == "bad_option"


def test_dropout_draws_the_same_masks_again_for_checkpointed_layers_and_after_a_resume(train):
    options = {"dropout": 0.2, "checkpoint_steps": 2, "target_modules": ["q_proj", "v_proj"]}
    whole = weights_of(train("a", **options)[1])
    saving = weights_of(train("b", gradient_checkpointing=True, **options)[1])
    path = str(Path(train("c", **options)[0].work_dir) / "checkpoints" / "step-2")
    resumed = weights_of(train("c", {"checkpoint_path": path}, **options)[1])
    for name, tensor in whole.items():
        assert torch.equal(saving[name], tensor), name
        assert torch.equal(resumed[name], tensor), name


def test_a_version_with_magnitudes_goes_on_as_one_and_not_as_another(train):
    _, first = train("a")
    start = {"start_from_path": first[-1].path}
    _, idle = train("b", start, learning_rate=0)
    assert all(torch.equal(t, weights_of(first)[name]) for name, t in weights_of(idle).items())
    _, refused = train("c", start, dora=False)
    assert isinstance(refused[-1], RunFailed)
    assert "asks for dora False" in refused[-1].message
