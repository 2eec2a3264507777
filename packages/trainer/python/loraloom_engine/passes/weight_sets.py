"""Whose weights a pass computes with: the base's own, or those of a version that is a whole model.

A pass of such a version runs the base's own modules with other tensors in them, for as long as it
lasts: no second process, and of the model nothing twice but its weights.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn

from loraloom_engine.lora.adapter import LoraPair


@dataclass(frozen=True)
class ModelShape:
    """How many weights a model has; those that two layers share count once."""

    parameters: int


@dataclass(eq=False)
class OwnWeights:
    """All weights of a model of the base's form, under its names, in its dtypes, on its device.

    They stand where an adapter does for others; nothing is added to them, so ``pairs`` is empty.
    """

    tensors: dict[str, torch.Tensor]
    pairs: dict[str, LoraPair] = field(init=False, default_factory=dict)

    @property
    def shape(self) -> ModelShape:
        return ModelShape(sum(tensor.numel() for tensor in self.tensors.values()))


def own_weights(adapter: object) -> OwnWeights | None:
    """Those that a block with this adapter needs; None: the base's."""
    return adapter if isinstance(adapter, OwnWeights) else None


@dataclass(frozen=True)
class Place:
    """Where a module looks one of its weights up; two that share a weight have two places."""

    module: nn.Module
    key: str
    name: str

    def put(self, tensors: dict[str, torch.Tensor]) -> None:
        """What an interrupted pass kept for its backward are the tensors themselves: they stay."""
        self.module._parameters[self.key] = tensors[self.name]


class WeightSets:
    """The places of a model's weights, and whose are in them."""

    def __init__(self, model: nn.Module) -> None:
        self._of_base = dict(model.named_parameters())
        names = {id(weight): name for name, weight in self._of_base.items()}
        self._places = [
            Place(module, key, names[id(weight)])
            for module in model.modules()
            for key, weight in module._parameters.items()
            if weight is not None
        ]
        self._now: OwnWeights | None = None

    @contextmanager
    def in_force(self, weights: OwnWeights | None) -> Iterator[None]:
        """None: the base's. A pass that interrupts another one leaves it as it was."""
        before = self._now
        self._put(weights)
        try:
            yield
        finally:
            self._put(before)

    def _put(self, weights: OwnWeights | None) -> None:
        if weights is self._now:
            return
        tensors = self._of_base if weights is None else weights.tensors
        for place in self._places:
            place.put(tensors)
        self._now = weights
