"""A model all of whose weights learn: the base itself, in a process that is the run's own."""

import torch
from torch import nn

from loraloom_engine.flat_parameters import flatten
from loraloom_engine.lora.adapter import LoraPair
from loraloom_engine.passes.frozen_linear import learn_again
from loraloom_engine.passes.weight_sets import ModelShape


class TrainedModel:
    """The model's weights as views of one flat tensor, as a run of the shared lane has them.

    ``model`` is in float32: steps of a small rate would be lost in bfloat16's rounding. It learns
    in place, so that what the run began with is gone.
    """

    def __init__(self, model: nn.Module) -> None:
        self.pairs: dict[str, LoraPair] = {}
        learn_again(model)
        model.requires_grad_(True)
        self._named = dict(model.named_parameters())
        self.weights = flatten(list(self._named.values()))
        self.shape = ModelShape(self.weights.numel())

    def tensors(self) -> dict[str, torch.Tensor]:
        """Views of all weights under the model's own names."""
        return {name: weight.detach() for name, weight in self._named.items()}

    def load(self, tensors: dict[str, torch.Tensor]) -> None:
        """Take the weights of ``tensors``: exactly the keys and shapes of ``tensors()``."""
        for name, view in self.tensors().items():
            view.copy_(tensors[name])
