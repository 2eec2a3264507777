"""QLoRA: neighbours change nothing on 4-bit and 8-bit bases; ``test_grid.py`` has the rest."""

import pytest
import torch
from driving import run_alone, run_together
from outcomes import assert_within, bounds_on, outcome_of
from tiny_base import make_tiny_base

from loraloom_engine.base import Base
from loraloom_engine.loading import load_base
from loraloom_engine.protocol.requests import LoadBase

QUANTIZED = ["4bit", "8bit"]


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    # Quantization goes by blocks of 64 weights.
    shape = {"hidden_size": 64, "intermediate_size": 128}
    folder = make_tiny_base(tmp_path_factory.mktemp("quantized"), **shape)
    return lambda bits: LoadBase("tiny", "main", str(folder), "float32", bits)


def loaded(identity: LoadBase) -> Base:
    return load_base(identity, torch.device("cpu"))


@pytest.mark.parametrize("bits", QUANTIZED)
def test_neighbours_change_nothing(bits, identity, run_request, training_config):
    base = loaded(identity(bits))
    usual = run_request("a", training_config(dropout=0.2))
    other = run_request("bb", training_config(rank=7, learning_rate=0.05, seed=5))
    _, events = run_together(base, other, usual)
    assert_within(bounds_on(bits), outcome_of(events), outcome_of(run_alone(base, usual)))


@pytest.mark.parametrize("bits", QUANTIZED)
def test_a_quantized_base_is_smaller(bits, identity):
    whole, small = (loaded(identity(which)).model for which in ("none", bits))
    assert small.get_memory_footprint() < 0.8 * whole.get_memory_footprint()
    assert small.num_parameters() == whole.num_parameters()
