"""Full fine-tuning: trained as in a plain loop, a version that transformers loads, and served."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import load_tiny
from driving import run_alone, to_end
from outcomes import FLOAT32, FLOAT64, Outcome, assert_within, relative
from peft_loop import train_whole_model
from safetensors.torch import load_file
from test_solo_lane import wake_nobody
from tiny_families import FAMILIES, family_base, in_float64, tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from loraloom_engine import atomic_files, device_memory
from loraloom_engine.base import Base
from loraloom_engine.passes.block import Block
from loraloom_engine.protocol.events import Progress, RunFailed, RunFinished
from loraloom_engine.protocol.requests import EarlyStopping, Lengths, StartRun
from loraloom_engine.solo.train_apart import train_apart
from loraloom_engine.training import checkpoint
from loraloom_engine.training.memory import run_memory, run_memory_apart
from loraloom_engine.training.room import room_apart
from loraloom_engine.whole.served_model import load_version

TEXT = [1, 40, 50, 60, 7, 9, 200, 11]
FULL = {"full_fine_tuning": True, "learning_rate": 0.003}


@pytest.fixture
def full_request(training_config, judged, tmp_path) -> Callable[..., StartRun]:
    def make(name: str, paths: dict[str, str] | None = None, **changes) -> StartRun:
        config = training_config(**FULL | changes)
        rows = judged(config.method, 7, f"{name}.jsonl.gz")
        request = StartRun(name, "ada", rows, None, None, str(tmp_path / name), config)
        return dataclasses.replace(request, **paths or {})

    return make


@pytest.fixture
def train(tiny_folder, full_request) -> Callable[..., list]:
    """The events of a run on a base that is its own."""
    return lambda *args, **changes: run_alone(
        load_tiny(tiny_folder), full_request(*args, **changes)
    )


@pytest.fixture
def version(train) -> Path:
    return Path(train("version")[-1].path)


def losses_of(events: list) -> list[float]:
    assert isinstance(events[-1], RunFinished), events[-1]
    return [event.loss for event in events if isinstance(event, Progress)]


def weights_of(events: list) -> dict[str, torch.Tensor]:
    files = Path(events[-1].path).glob("*.safetensors")
    return {name: weight for path in files for name, weight in load_file(path).items()}


def logits_of(base: Base, folder: Path) -> torch.Tensor:
    version = to_end(load_version(base, folder))
    with torch.no_grad(), base.forward.hidden([Block(TEXT, version)]) as hidden:
        return base.head.logits(hidden)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("llama", {"method": "sft"}),
        ("llama", {"method": "dpo", "weight_decay": 0.5}),
        ("gemma3", {"method": "kto", "schedule": "linear"}),  # its embeddings are its output layer
        ("gemma3", {"packed_length": 30, "batch_size": 1, "gradient_checkpointing": True}),
    ],
)
def test_a_run_is_what_a_plain_loop_makes_of_all_weights(full_request, family, changes):
    request = full_request("a", **changes)
    base = family_base(FAMILIES[family], double=True)
    losses = losses_of(run_alone(base, request))
    found = Outcome(losses, dict(base.model.named_parameters()))
    plain = in_float64(tiny_model(FAMILIES[family], "sdpa"))
    expected = Outcome(*train_whole_model(plain, request))
    assert_within(FLOAT64, found, expected)
    before = in_float64(tiny_model(FAMILIES[family], "sdpa")).named_parameters()
    assert min(relative(found.weights[name], weight) for name, weight in before) > 1e-4


def test_in_float32_too_and_transformers_loads_what_it_saved(train, full_request, tiny_folder):
    events = train("a")
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    without = model(torch.tensor([TEXT])).logits[0]
    expected = Outcome(*train_whole_model(model, full_request("a")))
    assert_within(FLOAT32, Outcome(losses_of(events), weights_of(events)), expected)
    folder = Path(events[-1].path)
    theirs = AutoModelForCausalLM.from_pretrained(folder)(torch.tensor([TEXT])).logits[0]
    assert (logits_of(load_tiny(tiny_folder), folder) - theirs).abs().max() <= 1e-4
    assert (theirs - without).abs().max() > 1e-2
    assert AutoTokenizer.from_pretrained(folder).chat_template
    assert json.loads((folder / "config.json").read_bytes())["dtype"] == "float32"


def test_a_bfloat16_base_learns_in_float32_and_its_version_is_half_as_large(
    full_request, tiny_folder, monkeypatch
):
    monkeypatch.setattr(atomic_files, "BYTES_OF_A_FILE", 20_000)  # several files of weights
    base = load_tiny(tiny_folder)
    base.identity = dataclasses.replace(base.identity, dtype="bfloat16")
    folder = Path(run_alone(base, full_request("a"))[-1].path)
    parts = sorted(folder.glob("model-*.safetensors"))
    assert len(parts) > 2
    assert max(part.stat().st_size for part in parts) < 20_000 + 2_000  # a header each
    assert all(t.dtype == torch.bfloat16 for part in parts for t in load_file(part).values())
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ours = logits_of(load_tiny(tiny_folder), folder)
    assert (ours - theirs(torch.tensor([TEXT])).logits[0]).abs().max() <= 1e-4
    assert (logits_of(load_tiny(tiny_folder, "bfloat16"), folder) - ours).abs().max() < 0.5


@pytest.mark.parametrize("bytes_of_a_file", [4 * 2**30, 50_000], ids=["one file", "several files"])
def test_a_resumed_run_stops_where_it_would_have_with_the_same_bytes(
    train, judged, tmp_path, monkeypatch, bytes_of_a_file
):
    for module in (atomic_files, checkpoint):
        monkeypatch.setattr(module, "BYTES_OF_A_FILE", bytes_of_a_file)
    held_out = judged("sft", 3, "held-out.jsonl.gz")
    options = {"checkpoint_steps": 2, "evaluate_every": 1, "early_stopping": EarlyStopping(1, 0.05)}
    paths = {"evaluation_path": held_out}
    whole = train("a", paths, **options)
    path = tmp_path / "a" / "checkpoints" / "step-2"
    assert (len(list(path.iterdir())) > 8) == (bytes_of_a_file < 2**20)
    resumed = train("a", paths | {"checkpoint_path": str(path)}, **options)
    assert all(torch.equal(t, weights_of(whole)[name]) for name, t in weights_of(resumed).items())
    assert losses_of(resumed) == losses_of(whole)[2:]
    assert resumed[-1].held_out_after == whole[-1].held_out_after < whole[-1].held_out_before


def test_a_version_goes_on_as_a_whole_model_and_not_as_an_adapter(train, version):
    start = {"start_from_path": str(version)}
    idle = weights_of(train("idle", start, learning_rate=0))
    assert all(torch.equal(t, load_file(version / "model.safetensors")[n]) for n, t in idle.items())
    adapter = train("adapter", start, full_fine_tuning=False)[-1]
    assert (adapter.code, "trains an adapter" in adapter.message) == ("bad_option", True)
    lora = train("lora", full_fine_tuning=False)[-1].path
    model = train("model", {"start_from_path": lora})[-1]
    assert (model.code, "trains a whole model" in model.message) == ("bad_option", True)


@pytest.mark.parametrize("changes", [{"dora": True}, {"dropout": 0.1}])
def test_what_is_an_adapters_alone_is_refused(train, changes):
    failed = train("a", **changes)[-1]
    assert isinstance(failed, RunFailed)
    assert (failed.code, "trains no adapter" in failed.message) == ("bad_option", True)


def test_a_4_bit_base_and_too_little_memory_are_refused_before_a_process_starts(
    monkeypatch, base, full_request, quantized
):
    request, events = full_request("a"), []
    assert list(train_apart(quantized, request, wake_nobody, events.append)) == []
    needed = run_memory_apart(base, request.config, 13)
    parameters = base.model.num_parameters()
    # What the process finds already taken when it looks again is counted once.
    assert needed - run_memory(base, request.config, 13) > 4 * parameters
    assert needed > 16 * parameters + run_memory(
        base, dataclasses.replace(request.config, full_fine_tuning=False), 13
    )
    monkeypatch.setattr(device_memory, "free_memory_apart", lambda _: needed // 2)
    assert list(train_apart(base, request, wake_nobody, events.append)) == []
    assert [event.code for event in events] == ["bad_option", "out_of_memory"]
    assert "rounded to few bits" in events[0].message
    assert f"and {parameters:,} weights at 16 bytes each" in events[1].message
    assert "An adapter of rank 4 needs about" in events[1].message


def test_a_run_of_all_weights_that_fits_needs_no_layers_for_an_adapter(
    base, training_config, monkeypatch
):
    config = training_config(**FULL, target_modules=["none_of_this_base"])
    needed = run_memory_apart(base, config, 13)
    monkeypatch.setattr(device_memory, "free_memory_apart", lambda _: needed)
    assert room_apart(base, config, Lengths(1, 13, 13), None).fits
