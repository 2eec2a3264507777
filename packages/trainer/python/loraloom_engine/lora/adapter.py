"""One LoRA adapter: every A and B in one run of memory, float32, under PEFT's names.

For a layer with weight [out, in], A is [rank, in], B is [out, rank], and the adapter adds
``scale * B(A(x))`` to what the layer gives (Hu et al. 2021, arXiv:2106.09685).
"""

import math
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import nn


@dataclass(frozen=True)
class LoraShape:
    """What an adapter looks like. ``layers`` maps a layer's full name to (out, in).

    With ``dora`` each of a layer's outputs has a magnitude too (arXiv:2402.09353).
    """

    rank: int
    alpha: float
    layers: dict[str, tuple[int, int]]
    rank_stabilized: bool = False
    dora: bool = False

    @property
    def scale(self) -> float:
        """alpha / rank, or alpha / sqrt(rank) (rsLoRA, arXiv:2312.03732)."""
        return self.alpha / (math.sqrt(self.rank) if self.rank_stabilized else self.rank)

    @property
    def parameters(self) -> int:
        pairs = sum(self.rank * (out + inner) for out, inner in self.layers.values())
        return pairs + (sum(out for out, _ in self.layers.values()) if self.dora else 0)


@dataclass
class LoraPair:
    """A [rank, in] and B [out, rank] of one layer, and where their gradients are added up.

    ``gain`` [out]: what the layer's own outputs are multiplied by (``magnitudes``), of an adapter
    that is only served.
    """

    a: torch.Tensor
    b: torch.Tensor
    a_gradient: torch.Tensor | None = None
    b_gradient: torch.Tensor | None = None
    gain: torch.Tensor | None = None


class TrainedAdapter(Protocol):
    """What a run trains: all of its weights, and their gradients, in one flat tensor.

    ``pairs`` are those that the shared lane computes with.
    """

    shape: LoraShape
    weights: nn.Parameter
    pairs: dict[str, LoraPair]

    def tensors(self) -> dict[str, torch.Tensor]: ...

    def load(self, tensors: dict[str, torch.Tensor]) -> None: ...


class LoraAdapter:
    """The weights of one adapter as one flat tensor, each layer's A and B a view of it.

    So an optimizer, a norm or a copy touches one tensor, however many layers there are.
    """

    def __init__(
        self,
        shape: LoraShape,
        device: torch.device,
        trainable: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.shape = shape
        self.weights = nn.Parameter(
            torch.zeros(shape.parameters, dtype=dtype, device=device), requires_grad=trainable
        )
        if trainable:
            self.weights.grad = torch.zeros_like(self.weights)
        self.pairs = self._make_pairs()

    def tensors(self) -> dict[str, torch.Tensor]:
        """Views of all weights under the keys of PEFT's files."""
        named = {}
        for layer, pair in self.pairs.items():
            named[f"base_model.model.{layer}.lora_A.weight"] = pair.a
            named[f"base_model.model.{layer}.lora_B.weight"] = pair.b
        return named

    def load(self, tensors: dict[str, torch.Tensor]) -> None:
        """Take the weights of ``tensors``: exactly the keys and shapes of ``tensors()``."""
        for name, view in self.tensors().items():
            view.copy_(tensors[name])

    def _make_pairs(self) -> dict[str, LoraPair]:
        weights = halves(self.weights.detach(), self.shape)
        layers = self.shape.layers
        if self.weights.grad is None:
            return {name: LoraPair(*pair) for name, pair in zip(layers, weights, strict=True)}
        gradients = halves(self.weights.grad, self.shape)
        return {
            name: LoraPair(*pair, *slopes)
            for name, pair, slopes in zip(layers, weights, gradients, strict=True)
        }


def pairs_in(adapter: TrainedAdapter, dtype: torch.dtype) -> dict[str, LoraPair]:
    """With weights of another number type, all cast at once; gradients stay what they are.

    A pass that casts each layer's by itself spends a tenth of its time on that.
    """
    if not adapter.pairs or dtype == adapter.weights.dtype:
        return adapter.pairs
    cast = halves(adapter.weights.detach().to(dtype), adapter.shape)
    return {
        layer: replace(pair, a=a, b=b)
        for (layer, pair), (a, b) in zip(adapter.pairs.items(), cast, strict=True)
    }


def halves(flat: torch.Tensor, shape: LoraShape) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Each layer's A [rank, in] and B [out, rank], in the order of the layers."""
    rank, start, views = shape.rank, 0, []
    for out, inner in shape.layers.values():
        middle = start + rank * inner
        end = middle + out * rank
        views.append((flat[start:middle].view(rank, -1), flat[middle:end].view(-1, rank)))
        start = end
    return views
