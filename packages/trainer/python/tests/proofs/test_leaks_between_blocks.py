"""Another text in a pass changes not one bit of its neighbours' losses and gradients."""

import pytest
import torch
from tiny_families import FAMILIES, family_base

from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.joint_pass import Part, run_pass
from loraloom_engine.lora.adapter import LoraShape
from loraloom_engine.training.objectives import supervised

LENGTH = 12
CHANGED = 1


def example(seed: int) -> Example:
    ids = [3 + (seed * 31 + place * 7) % 250 for place in range(LENGTH)]
    return Example(ids, ids)


def demands_of(base: Base, seeds: list[int]) -> list[Demand]:
    """A run for each seed, all with like adapters."""
    made = []
    for seed in seeds:
        shape = LoraShape(3, 6.0, {n: (m.out_features, m.in_features)
                                   for n, m in base.linear_modules.items()})  # fmt: skip
        adapter = base.new_adapter(shape, trainable=True)
        torch.manual_seed(1)
        torch.nn.init.normal_(adapter.weights, std=0.2)
        groups = [[Text(example(seed))]]
        made.append(Demand(str(seed), adapter, groups, supervised(LENGTH), dropout=0.1))
    return made


@pytest.mark.parametrize("family", FAMILIES)
def test_a_changed_text_changes_only_itself(family):
    base = family_base(FAMILIES[family])
    before, after = demands_of(base, [1, 2, 3]), demands_of(base, [1, 9, 3])
    for demands in (before, after):
        run_pass(base, [Part(demand, demand.groups) for demand in demands])
    for at, (one, other) in enumerate(zip(before, after, strict=True)):
        same = at != CHANGED
        assert (one.log_probs == other.log_probs) == same
        assert torch.equal(one.adapter.weights.grad, other.adapter.weights.grad) == same
