"""The base's linear layers on a CPU, multiplied by whichever library is the faster one there.

torch multiplies float32 with MKL, which leaves half of some processors unused
(docs/decisions/0008-frozen-layers-through-onednn.md). oneDNN, which comes with torch too,
computes in float32 as well. The processor decides, not the clock: runs that go on in another
process are to go on bit for bit, however busy the machine was. The weights stay as they are.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import torch
from torch import nn
from torch.autograd.function import FunctionCtx, once_differentiable

# A layer of a small model, and tokens of a pass of some chats.
TRIED_WEIGHT = (1536, 576)
TRIED_ROWS = 320
# float32 differs from float64 by some 5e-7 of all products together; TF32 and bfloat16, which
# a library may be told to take for float32, by 1e-4 and more.
LARGEST_ERROR = 1e-5

Product = Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]
WayBack = Callable[[torch.Tensor], torch.Tensor]


def take_faster_products(model: nn.Module) -> None:
    """Let the plain float32 linear layers of a frozen model multiply with oneDNN, if that pays.

    Names, weights and hooks of the layers stay what they were.
    """
    layers = [layer for layer in model.modules() if can_change(layer)]
    if layers and onednn_pays():
        for layer in layers:
            layer.forward = partial(multiply, layer)


def can_change(module: nn.Module) -> bool:
    """A quantized layer is of another class."""
    if type(module) is not nn.Linear:
        return False
    weight = module.weight
    return weight.device.type == "cpu" and weight.dtype == torch.float32


def multiply(layer: nn.Linear, inputs: torch.Tensor) -> torch.Tensor:
    return FrozenProduct.apply(inputs, layer.weight, layer.bias)


def way_back(layer: nn.Module) -> WayBack | None:
    """From the gradient of a plain frozen layer's outputs to that of its inputs.

    None for a layer that computes in a way of its own, a quantized one say.
    """
    if type(layer) is not nn.Linear:
        return None
    weight = layer.weight
    if isinstance(layer.forward, partial) and layer.forward.func is multiply:
        return lambda gradient: onednn_product(gradient, weight.T)
    return lambda gradient: gradient @ weight


class FrozenProduct(torch.autograd.Function):
    """``inputs @ weight.T + bias``, of which only the inputs [..., in] have a gradient."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        ctx.save_for_backward(weight)
        return onednn_product(inputs, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (weight,) = ctx.saved_tensors
        return onednn_product(gradient, weight.T), None, None


def onednn_product(
    inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(inputs, weight, bias, "none", [], "")


@lru_cache(maxsize=1)
def onednn_pays() -> bool:
    """Whether oneDNN is there, is the faster one, and computes in float32 forward and backward."""
    # The operator is not in torch's documented interface, and some builds lack it.
    if not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return False
    if not mkl_is_slow(processor_vendor(), torch.backends.cpu.get_cpu_capability()):
        return False
    weight = made_up(*TRIED_WEIGHT)
    return all(error_of(onednn_product, part) <= LARGEST_ERROR for part in (weight, weight.T))


def mkl_is_slow(vendor: str, capability: str) -> bool:
    """MKL takes AVX-512 on Intel's own processors only."""
    return capability.startswith("AVX512") and vendor != "GenuineIntel"


def processor_vendor() -> str:
    """As Linux tells it; elsewhere Intel's name, with which everything is as torch wants it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    told = (line.split(":")[1].strip() for line in lines if line.startswith("vendor_id"))
    return next(told, "GenuineIntel")


def error_of(product: Product, weight: torch.Tensor) -> float:
    """Of all products together (Frobenius), relative to those in float64."""
    inputs = made_up(TRIED_ROWS, weight.shape[1])
    exact = inputs.double() @ weight.T.double()
    return ((product(inputs, weight) - exact).norm() / exact.norm()).item()


def made_up(rows: int, features: int) -> torch.Tensor:
    """The same in every process; no generator is drawn from."""
    return torch.linspace(-1, 1, rows * features).mul(1e4).sin().view(rows, features)
