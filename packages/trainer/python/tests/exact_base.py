"""The tiny base in float64, where rounding is no excuse."""

from functools import partial
from pathlib import Path

from conftest import load_tiny
from torch import nn
from transformers import AutoModelForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from loraloom_engine.base import Base, make_base
from loraloom_engine.passes.attention import NAME as BLOCK_ATTENTION


def exact_base(folder: Path) -> Base:
    usual = load_tiny(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation=BLOCK_ATTENTION)
    frozen = exactly(model).requires_grad_(False)
    return make_base(usual.identity, frozen, usual.tokenizer, usual.device)


def exactly(model: nn.Module) -> nn.Module:
    """All in float64, the norms too, which transformers computes in float32."""
    for module in model.double().modules():
        if isinstance(module, LlamaRMSNorm):
            module.forward = partial(
                nn.functional.rms_norm,
                normalized_shape=module.weight.shape,
                weight=module.weight,
                eps=module.variance_epsilon,
            )
    return model
