"""The test of the tests: with a leak planted, the comparison with the run alone fails."""

import dataclasses
import itertools
from collections.abc import Callable

import pytest
import torch
from driving import run_alone, run_together
from outcomes import EIGHT_BITS, FLOAT32, FLOAT64, Bounds, distance_of, outcome_of
from tiny_base import make_tiny_base
from tiny_families import FAMILIES, family_base
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from loraloom_engine import loading
from loraloom_engine.base import Base
from loraloom_engine.data.rows_file import RowsWriter
from loraloom_engine.lora import update
from loraloom_engine.protocol.requests import LoadBase

# A token of the neighbour alone, whose embedding has one feature far out of line.
OUTLIER = 258


@pytest.fixture
def base() -> Base:
    return family_base(FAMILIES["llama"], double=True)


@pytest.fixture
def apart(run_request, training_config) -> Callable[..., Bounds]:
    """How far a run alone and the same run beside another, of these rows, are apart."""

    def measure(base: Base, other_rows: str | None = None) -> Bounds:
        usual = run_request("a", training_config(dropout=0.2, max_grad_norm=0.05))
        other = run_request("bb", training_config(dropout=0.2, max_grad_norm=0.05, seed=5), 9)
        if other_rows:
            other = dataclasses.replace(other, rows_path=other_rows)
        alone = outcome_of(run_alone(base, usual))
        return distance_of(outcome_of(run_together(base, other, usual)[1]), alone)

    return measure


def is_seen(distance: Bounds, bounds: Bounds) -> bool:
    return distance.weights > bounds.weights and distance.losses > bounds.losses


def test_without_a_leak_nothing_is_seen(base, apart):
    distance = apart(base)
    assert distance.weights <= FLOAT64.weights
    assert distance.losses <= FLOAT64.losses


def test_a_shared_clip_norm_is_seen(base, apart, monkeypatch):
    norms: dict[int, torch.Tensor] = {}
    usual = torch.nn.utils.clip_grad_norm_

    def shared(weights: list[torch.nn.Parameter], most: float) -> torch.Tensor:
        norms[id(weights[0])] = torch.linalg.norm(weights[0].grad)
        own = usual(weights, float("inf"))
        weights[0].grad.mul_(min(1.0, most / sum(norms.values()).item()))
        return own

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", shared)
    assert is_seen(apart(base), FLOAT64)


def test_a_shared_dropout_generator_is_seen(base, apart, monkeypatch):
    generator = torch.Generator()

    def drawn(places: torch.Tensor, _: int, features: int, dropout: float) -> torch.Tensor:
        return torch.rand(len(places), features, generator=generator) >= dropout

    monkeypatch.setattr(update, "keep_mask", drawn)
    assert is_seen(apart(base), FLOAT64)


def test_a_shared_bias_correction_is_seen(base, apart, monkeypatch):
    steps = itertools.count()

    class SharedSteps(torch.optim.AdamW):
        def step(self) -> None:
            for moments in self.state.values():
                moments["step"].fill_(next(steps))
            super().step()

    monkeypatch.setattr(torch.optim, "AdamW", SharedSteps)
    assert is_seen(apart(base), FLOAT64)


@pytest.mark.parametrize(
    ("threshold", "seen"), [(0.0, False), (6.0, True)], ids=["none", "bitsandbytes' default"]
)
def test_an_outlier_threshold_in_8_bits_is_seen(
    threshold, seen, outlier_base, apart, outlier_rows, monkeypatch
):
    eight = BitsAndBytesConfig(load_in_8bit=True, llm_int8_threshold=threshold)
    monkeypatch.setattr(loading, "quantization", lambda _: eight)
    distance = apart(loading.load_base(outlier_base, torch.device("cpu")), outlier_rows)
    # Losses move as far where a value goes to another step of 8 bits; weights don't.
    assert (distance.weights > EIGHT_BITS.weights) == seen
    assert (distance.losses > FLOAT32.losses) == seen


@pytest.fixture
def outlier_base(tmp_path) -> LoadBase:
    folder = make_tiny_base(tmp_path / "base", hidden_size=64, intermediate_size=128)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.get_input_embeddings().weight[OUTLIER] = 0.0
        model.get_input_embeddings().weight[OUTLIER, 0] = 100.0
    model.save_pretrained(folder)
    return LoadBase("tiny", "main", str(folder), "float32", "8bit")


@pytest.fixture
def outlier_rows(tmp_path) -> str:
    path = tmp_path / "outliers.jsonl.gz"
    with RowsWriter(path) as out:
        for at in range(9):
            ids = [OUTLIER, *range(at + 3, at + 12)]
            out.write({"input_ids": ids, "labels": ids, "source": {"name": "x", "line": at + 1}})
    return str(path)
