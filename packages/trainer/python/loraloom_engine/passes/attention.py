"""Attention of a pass: each block by itself, with its own past.

Registered with transformers as an implementation of its own, so every model that uses
transformers' attention interface attends this way. There is no mask between blocks because
nothing is ever computed between them.
"""

import torch
from torch import nn
from torch.nn import functional
from transformers import AttentionInterface

from loraloom_engine.passes.block import Block

NAME = "loraloom_blocks"


def attend_by_blocks(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """``query``, ``key`` and ``value`` [1, heads, tokens, size]; gives [1, tokens, heads, size].

    ``module.stage`` holds the blocks of the pass. No attention weights are returned.
    """
    blocks = module.stage.blocks
    lengths = [len(block) for block in blocks]
    parts = zip(
        blocks, *(tensor.split(lengths, dim=2) for tensor in (query, key, value)), strict=True
    )
    attended = []
    for block, q, k, v in parts:
        if block.past is not None:
            k, v = block.past.extend(module.layer_idx, k, v)
        mask = visible(block, q, k, sliding_window)
        attended.append(attend(q, k, v, mask, scaling, softcap))
    return torch.cat(attended, dim=2).transpose(1, 2), None


def visible(
    block: Block, query: torch.Tensor, key: torch.Tensor, window: int | None
) -> torch.Tensor | None:
    """Which keys each query sees, [queries, keys]; None where plain causality says it all."""
    queries, keys = query.shape[2], key.shape[2]
    beyond_window = window is not None and keys > window
    if not beyond_window and (queries == keys or queries == 1):
        return None
    places = torch.arange(keys, device=query.device)
    distance = places[keys - queries :, None] - places
    seen = distance >= 0
    return seen & (distance < window) if beyond_window else seen


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
    softcap: float | None,
) -> torch.Tensor:
    if softcap is not None:
        return attend_capped(query, key, value, mask, scaling, softcap)
    return functional.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=mask,
        is_causal=mask is None and query.shape[2] > 1,
        scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1],
    )


def attend_capped(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
    softcap: float,
) -> torch.Tensor:
    """With scores pressed into ±softcap (Gemma 2), which no fused kernel of torch does."""
    groups = query.shape[1] // key.shape[1]
    key, value = (part.repeat_interleave(groups, dim=1) for part in (key, value))
    scores = query @ key.transpose(2, 3) * (scaling or query.shape[3] ** -0.5)
    scores = torch.tanh(scores / softcap) * softcap
    if mask is None:
        queries, keys = scores.shape[2:]
        mask = torch.ones(queries, keys, dtype=torch.bool, device=query.device).tril(keys - queries)
    scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1, dtype=torch.float32).to(query.dtype) @ value


AttentionInterface.register(NAME, attend_by_blocks)
