"""Proofs 3 to 7 on a cover of the grid: poison, resume, interop, gradients, leaks between texts.

`npm run test:engine-grid` takes the whole cover, other test runs its first few cells.
"""

import dataclasses
from pathlib import Path

import pytest
import torch
from driving import meet, run_alone, run_together
from outcomes import Bounds, Outcome, assert_within, bounds_on, outcome_of
from peft import PeftModel
from tiny_families import FAMILIES, family_base

from loraloom_engine.adapter_files import load_adapter
from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import READERS
from loraloom_engine.errors import EngineError
from loraloom_engine.lane.demand import Demand, Group, Text
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.block import Block
from loraloom_engine.protocol.events import RunCheckpointed, RunFailed
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.training import methods as methods_module
from loraloom_engine.training.lora_config import lora_shape
from loraloom_engine.training.methods import METHODS, Method
from loraloom_engine.training.scoring import Asker, contrast_scores, note_references

BIT_FOR_BIT = Bounds(0.0, 0.0)
TEXT = [1, 40, 50, 60, 7, 9, 200, 11]
# Of a step of the run whose own loss raises; no cell has so many examples in one.
CULPRITS = 5


def test_a_neighbour_that_becomes_nan_changes_nothing(grid, cover_cell):
    poison = grid.stranger(learning_rate=1e30, warmup_ratio=0)
    base = grid.base(cover_cell.quantization)
    poisoned, events = run_together(base, poison, grid.request(cover_cell))
    assert isinstance(poisoned[-1], RunFailed)
    assert_within(bounds_on(cover_cell.quantization), outcome_of(events), grid.alone(cover_cell))


def test_a_neighbour_whose_loss_raises_changes_nothing(grid, cover_cell, monkeypatch):
    made = methods_module.supervised

    def raises(log_probs: torch.Tensor, first: int, tokens: int) -> torch.Tensor:
        if len(log_probs) == CULPRITS:
            raise EngineError("internal", "planted")
        return made(tokens)(log_probs, first)

    planted = lambda tokens: lambda log_probs, first: raises(log_probs, first, tokens)  # noqa: E731
    monkeypatch.setattr(methods_module, "supervised", planted)
    culprit = grid.stranger(batch_size=CULPRITS, gradient_accumulation=1)
    base = grid.base(cover_cell.quantization)
    failed, events = run_together(base, culprit, grid.request(cover_cell))
    assert isinstance(failed[-1], RunFailed)
    assert_within(bounds_on(cover_cell.quantization), outcome_of(events), grid.alone(cover_cell))


def test_a_run_resumes_bit_for_bit_alone_and_within_bounds_beside_others(grid, cover_cell):
    base = grid.base(cover_cell.quantization)
    request = grid.request(cover_cell, checkpoint_steps=2, dropout=0.2)
    events = run_alone(base, request)
    whole = outcome_of(events)
    checkpoint = next(event for event in events if isinstance(event, RunCheckpointed))
    left = Outcome(whole.losses[checkpoint.step :], whole.weights)
    rest = dataclasses.replace(request, checkpoint_path=checkpoint.path)
    assert_within(BIT_FOR_BIT, outcome_of(run_alone(base, rest)), left)
    _, beside = run_together(base, grid.stranger(), rest)
    assert_within(bounds_on(cover_cell.quantization), outcome_of(beside), left)


def test_the_saved_adapter_gives_the_engines_logits_in_peft(grid, cover_cell):
    base = grid.base(cover_cell.quantization)
    folder = Path(run_alone(base, grid.request(cover_cell))[-1].path)
    blocks = [Block([5, 6, 7]), Block(TEXT, load_adapter(base, folder))]
    with torch.no_grad(), base.forward.hidden(blocks) as hidden:
        ours = base.head.logits(hidden[blocks[1].start : blocks[1].end])
    theirs = logits_in_peft(grid.own_model(cover_cell.quantization), folder)
    assert (ours - theirs).abs().max() <= 1e-4


def logits_in_peft(model: torch.nn.Module, folder: Path) -> torch.Tensor:
    """Leaves the model as it was."""
    wrapped = PeftModel.from_pretrained(model, folder).eval()
    with torch.no_grad():
        logits = wrapped(torch.tensor([TEXT])).logits[0]
    wrapped.unload()
    return logits


@pytest.fixture(scope="module")
def exact() -> Base:
    return family_base(FAMILIES["llama"], double=True)


def test_a_steps_gradient_is_what_its_loss_says(grid, cover_cell, exact):
    """By central differences in float64 along a direction; the base's weights don't matter."""
    request = grid.request(cover_cell)
    method, adapter = begun(exact, request)
    chosen = list(range(len(method)))
    contrast = meet(exact, contrast_scores(Asker("", adapter), method, chosen))
    objective = method.objective(chosen, contrast)
    groups = [[Text(text) for text in method.texts(at)] for at in chosen]
    meet(exact, iter([Demand("", adapter, groups, objective)]))
    direction = torch.randn_like(adapter.weights)
    slope = torch.dot(adapter.weights.grad, direction).item()

    def loss_at(distance: float) -> float:
        adapter.weights.data.add_(direction, alpha=distance)
        sums = sums_of(exact, adapter, groups)
        adapter.weights.data.sub_(direction, alpha=distance)
        return objective(torch.tensor(sums, dtype=torch.float64), 0).item()

    step = 1e-6
    assert (loss_at(step) - loss_at(-step)) / (2 * step) == pytest.approx(slope, rel=1e-6)


def begun(base: Base, request: StartRun) -> tuple[Method, LoraAdapter]:
    """A run's method, and an adapter that has left the state which the references are of."""
    config = request.config
    rows = READERS[config.method](Path(request.rows_path), 1 << 30)
    method = METHODS[config.method](rows, config, base.context_length)
    adapter = base.new_adapter(lora_shape(base, config), trainable=True)
    torch.manual_seed(3)
    torch.nn.init.normal_(adapter.weights, std=0.05)
    if method.compares:
        meet(base, note_references(Asker("", adapter), method))
    adapter.weights.data.add_(torch.randn_like(adapter.weights), alpha=0.05)
    return method, adapter


def test_a_changed_row_changes_no_other_rows_losses(grid, cover_cell):
    """They stand in one pass, each attending to itself alone."""
    base = grid.base(cover_cell.quantization)
    method, adapter = begun(base, grid.request(cover_cell))
    groups = [[Text(text) for text in method.texts(at)] for at in range(len(method))]
    changed = [*groups[:2], [Text(other_tokens(text.example)) for text in groups[2]], *groups[3:]]
    before, after = (sums_by_group(base, adapter, some) for some in (groups, changed))
    assert before[:2] == after[:2]
    assert before[2] != after[2]
    assert before[3:] == after[3:]


def other_tokens(example: Example) -> Example:
    ids = [3 + (token * 7 + 1) % 250 for token in example.input_ids]
    labels = [token if label >= 0 else label
              for token, label in zip(ids, example.labels, strict=True)]  # fmt: skip
    return dataclasses.replace(example, input_ids=ids, labels=labels)


def sums_of(base: Base, adapter: LoraAdapter, groups: list[Group]) -> list[float]:
    demand = Demand("", adapter, groups)
    meet(base, iter([demand]))
    return demand.log_probs


def sums_by_group(base: Base, adapter: LoraAdapter, groups: list[Group]) -> list[list[float]]:
    sums = iter(sums_of(base, adapter, groups))
    counts = [sum(len(text.example.sums) for text in group) for group in groups]
    return [[next(sums) for _ in range(count)] for count in counts]
