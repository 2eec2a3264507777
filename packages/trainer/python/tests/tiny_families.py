"""Tiny models with random weights, one for each family that a base may come from."""

from copy import deepcopy

import torch
from tiny_base import make_tokenizer
from torch import nn
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from loraloom_engine.base import Base, make_base
from loraloom_engine.passes.attention import NAME as BLOCK_ATTENTION
from loraloom_engine.protocol.requests import LoadBase

WINDOW = 5
SHAPE = {
    "vocab_size": 259,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "bos_token_id": None,
}
# Caps low enough that these small scores meet them.
CAPS = {"attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0}
FAMILIES: dict[str, PreTrainedConfig] = {
    "llama": LlamaConfig(**SHAPE),
    "qwen2": Qwen2Config(**SHAPE),
    "qwen3": Qwen3Config(**SHAPE, head_dim=8),
    "mistral": MistralConfig(**SHAPE, sliding_window=WINDOW),
    "gemma2": Gemma2Config(**SHAPE, head_dim=8, sliding_window=WINDOW, **CAPS),
    "gemma3": Gemma3TextConfig(
        **SHAPE,
        head_dim=8,
        sliding_window=WINDOW,
        layer_types=["sliding_attention", "full_attention"],
    ),
}


def tiny_model(config: PreTrainedConfig, attention: str) -> PreTrainedModel:
    """The same weights each time, frozen, whatever the attention."""
    torch.manual_seed(7)
    model_class = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    model = model_class._from_config(deepcopy(config), attn_implementation=attention)
    return model.eval().requires_grad_(False)


def in_float64(model: PreTrainedModel) -> PreTrainedModel:
    """All of it: the families' norms compute in float32 whatever the weights are.

    That would round away what a proof in float64 is about.
    """
    model.double()
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child).__name__.endswith("RMSNorm"):
                setattr(parent, name, WideNorm(child))
    return model


class WideNorm(nn.Module):
    """RMSNorm in the dtype of its input. Gemma's weights are counted from 1."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.weight = nn.Parameter(norm.weight.detach(), requires_grad=False)
        self._eps = norm.eps if hasattr(norm, "eps") else norm.variance_epsilon
        self._offset = 1.0 if "Gemma" in type(norm).__name__ else 0.0

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        scale = torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self._eps)
        return hidden * scale * (self.weight + self._offset)


def family_base(config: PreTrainedConfig, double: bool = False) -> Base:
    model = tiny_model(config, BLOCK_ATTENTION)
    identity = LoadBase(config.model_type, "main", "/nowhere", "float32", "none")
    made = in_float64(model) if double else model
    return make_base(identity, made, make_tokenizer(), torch.device("cpu"))
