"""DoRA when it is served: magnitudes become a gain of the layer's outputs and a scaled B.

Of a layer with weight W [out, in] and bias, DoRA makes (arXiv:2402.09353, as PEFT computes it)

    magnitude / norm * (W + scale * B A) x + bias

where ``norm`` [out] are the lengths of the rows of W + scale * B A. While nothing learns, both are
constants: gain = magnitude / norm. Training is PEFT's own (``peft_adapter``).
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from peft.utils.integrations import dequantize_module_weight
from torch import nn

from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraAdapter, LoraPair
from loraloom_engine.protocol.requests import LoadBase


class Spanning(Protocol):
    """Tokens ``start`` to ``end`` of a pass that go through a layer's pair, if any."""

    start: int
    end: int
    pair: LoraPair | None


def require_whole_weights(identity: LoadBase) -> None:
    """DoRA measures them, and PEFT loses an 8-bit layer's scales where it reads them on a CPU.

    Raises EngineError ``bad_option``.
    """
    if identity.quantization == "8bit":
        raise EngineError(
            "bad_option",
            f"A DoRA adapter is neither trained nor served on {identity.model_id} in 8 bits: "
            "use a base in 4 bits, bfloat16 or float32.",
        )


def load_with_gains(
    adapter: LoraAdapter, tensors: dict[str, torch.Tensor], modules: dict[str, nn.Module]
) -> None:
    """Take the weights of a DoRA adapter's files; ``modules`` are the base's, by their names."""
    for layer, pair in adapter.pairs.items():
        a, b, magnitude = (
            tensors[f"base_model.model.{layer}.{part}"].to(pair.b.device, torch.float32)
            for part in ("lora_A.weight", "lora_B.weight", "lora_magnitude_vector")
        )
        weight = dequantize_module_weight(modules[layer]).float()
        gain = magnitude / torch.linalg.norm(weight + adapter.shape.scale * (b @ a), dim=1)
        pair.a.copy_(a)
        pair.b.copy_(gain[:, None] * b)
        pair.gain = gain.to(pair.b.dtype)


def scale_outputs(
    outputs: torch.Tensor, bias: torch.Tensor | None, spans: Sequence[Spanning]
) -> torch.Tensor:
    """The layer's outputs [1, tokens, out] without those spans' bias, times their gain, with it.

    ``outputs`` themselves where no span has a gain.
    """
    gained = [span for span in spans if span.pair is not None and span.pair.gain is not None]
    if not gained:
        return outputs
    scaled = outputs.clone()
    for span in gained:
        rows = scaled[0, span.start : span.end]
        rows.mul_(span.pair.gain)
        if bias is not None:
            rows.add_(bias * (1 - span.pair.gain))
    return scaled
