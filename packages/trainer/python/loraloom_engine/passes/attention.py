"""Attention of a pass: each block by itself, with its own past.

Registered with transformers as an implementation of its own, so every model that uses
transformers' attention interface attends this way. There is no mask between blocks because
nothing is ever computed between them.
"""

import torch
from torch import nn
from torch.nn import functional
from transformers import AttentionInterface

from loraloom_engine.errors import EngineError
from loraloom_engine.passes.block import Block

NAME = "loraloom_blocks"
# What models hand over and this attention already does, or has no use for: it is causal, knows
# the blocks' places and keeps their past itself, and the base is never in training mode.
NEEDLESS = {"dropout", "is_causal", "position_ids", "use_cache", "output_attentions"}


def attend_by_blocks(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **others: object,
) -> tuple[torch.Tensor, None]:
    """``query``, ``key`` and ``value`` [1, heads, tokens, size]; gives [1, tokens, heads, size].

    ``module.stage`` holds the blocks of the pass. No attention weights are returned.
    Raises EngineError ``unsupported_base_model`` for a model that asks for more than this.
    """
    refuse_unknown(module, {"attention_mask": attention_mask, **others})
    refuse_unsaid_window(module, sliding_window)
    blocks, given = module.stage.blocks, query.dtype
    if is_slow(query) and all(block.past is None for block in blocks):
        # All at once: a cast of each block by itself costs more than it computes.
        query, key, value = query.float(), key.float(), value.float()
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
    return torch.cat(attended, dim=2).transpose(1, 2).to(given), None


def refuse_unknown(module: nn.Module, wishes: dict[str, object]) -> None:
    """A wish that went unheard, for attention sinks say, would change what the model says."""
    heard = {name for name, value in wishes.items() if value is None} | NEEDLESS
    unknown = sorted(wishes.keys() - heard)
    if not getattr(module, "is_causal", True):
        unknown.append("is_causal=False")
    if unknown:
        raise EngineError(
            "unsupported_base_model",
            f"{type(module).__name__} asks for {', '.join(unknown)}, which the shared lane's "
            "attention does not do.",
        )


def refuse_unsaid_window(module: nn.Module, sliding_window: int | None) -> None:
    """Some models say a layer's window by a mask alone, which a pass has none of."""
    kinds = getattr(getattr(module, "config", None), "layer_types", None)
    if kinds and kinds[module.layer_idx] == "sliding_attention" and sliding_window is None:
        raise EngineError(
            "unsupported_base_model",
            f"{type(module).__name__} does not say how wide its sliding window is.",
        )


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
    given = query.dtype
    if is_slow(query):
        query, key, value = query.float(), key.float(), value.float()
    return functional.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=mask,
        is_causal=mask is None and query.shape[2] > 1,
        scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1],
    ).to(given)


def is_slow(query: torch.Tensor) -> bool:
    """In bfloat16 on a CPU, torch's backward takes three times as long as in float32.

    A chat's single token has no backward, and its past may be long.
    """
    return query.device.type == "cpu" and query.dtype == torch.bfloat16 and query.shape[2] > 1


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
    wide = torch.promote_types(scores.dtype, torch.float32)
    return scores.softmax(dim=-1, dtype=wide).to(query.dtype) @ value


AttentionInterface.register(NAME, attend_by_blocks)
