"""Gradient checkpointing saves memory and changes nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from driving import run_alone, run_together
from outcomes import Bounds, assert_within, outcome_of
from tiny_families import FAMILIES, family_base

from loraloom_engine.base import Base
from loraloom_engine.lane import lane as lane_module
from loraloom_engine.lane.joint_pass import run_pass
from loraloom_engine.passes.block import Block
from loraloom_engine.training.lora_config import lora_shape

SAME = Bounds(0.0, 0.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_comes_out_bit_for_bit_the_same(family, run_request, training_config):
    base = family_base(FAMILIES[family])
    plain = run_request("a", training_config(dropout=0.2))
    saving = run_request("a", training_config(dropout=0.2, gradient_checkpointing=True))
    assert_within(SAME, outcome_of(run_alone(base, saving)), outcome_of(run_alone(base, plain)))


def test_only_runs_that_ask_for_it_share_its_passes(run_request, training_config, monkeypatch):
    mixes = set()

    def noting(base: Base, parts: list) -> list:
        mixes.add((parts[0].demand.learns, frozenset(p.demand.checkpointing for p in parts)))
        return run_pass(base, parts)

    monkeypatch.setattr(lane_module, "run_pass", noting)
    configs = [training_config(gradient_checkpointing=at > 1, seed=at) for at in range(4)]
    requests = [run_request(f"run {at}", config) for at, config in enumerate(configs)]
    run_together(family_base(FAMILIES["llama"]), *requests)
    assert mixes == {(True, frozenset([False])), (True, frozenset([True]))}


def test_answers_have_their_turns_once_a_layer_forward_and_backward(training_config):
    base = family_base(FAMILIES["llama"])
    turns = []
    base.stage.between_layers = lambda: turns.append(1)
    counts = []
    for checkpointing in (False, True):
        turns.clear()
        backward(base, training_config(), checkpointing)
        counts.append(len(turns))
    assert counts[0] == counts[1]


def test_a_pass_within_the_backward_of_another_leaves_it_as_it_was(training_config):
    base, config = family_base(FAMILIES["llama"]), training_config()
    quiet = backward(base, config, True)

    def interrupt() -> None:
        base.stage.between_layers = lambda: None
        with torch.no_grad(), base.forward.hidden([Block([5, 6, 7])]):
            pass
        base.stage.between_layers = interrupt

    base.stage.between_layers = interrupt
    assert torch.equal(backward(base, config, True), quiet)


def test_it_keeps_far_less_for_backward(training_config):
    base = family_base(FAMILIES["llama"])
    kept = {}
    for checkpointing in (False, True):
        with bytes_kept() as sizes:
            backward(base, training_config(), checkpointing)
        kept[checkpointing] = sum(sizes.values())
    assert kept[True] < kept[False] / 3


def backward(base: Base, config, checkpointing: bool) -> torch.Tensor:
    """The gradients of one pass of an adapter that begins anew."""
    adapter = base.new_adapter(lora_shape(base, config), trainable=True)
    torch.manual_seed(3)
    torch.nn.init.normal_(adapter.weights, std=0.1)
    blocks = [Block(list(range(3, 40)), adapter), Block(list(range(50, 90)), adapter)]
    with base.forward.hidden(blocks, checkpointing) as hidden:
        hidden.square().mean().backward()
    return adapter.weights.grad


@contextmanager
def bytes_kept() -> Iterator[dict[int, int]]:
    """Bytes of the tensors that forward keeps, by where they lie: none is counted twice."""
    sizes: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        yield sizes
