"""What the adapters of a pass add to one layer's outputs, forward and backward.

The tokens of a pass stand one after the other; a span is a stretch of them that goes
through the same adapter. Spans never meet: each is multiplied by its own A and B, and its
gradients go to its own adapter. So nothing that a neighbour computes can reach another.
"""

from dataclasses import dataclass

import torch
from torch.autograd.function import FunctionCtx, once_differentiable

from loraloom_engine.lora.adapter import LoraPair
from loraloom_engine.lora.dropout import keep_mask


@dataclass(frozen=True)
class Dropout:
    """``places``: a key for each token of the span; ``layer``: the layer's key."""

    chance: float
    places: torch.Tensor
    layer: int


@dataclass(frozen=True)
class Span:
    """Tokens ``start`` to ``end`` of a pass, and what is added to them (None: nothing)."""

    start: int
    end: int
    pair: LoraPair | None
    scale: float = 1.0
    dropout: Dropout | None = None


class LowRankUpdate(torch.autograd.Function):
    """``outputs + scale * B(A(dropout(inputs)))`` of every span.

    ``outputs`` [1, tokens, out] and ``inputs`` [1, tokens, in] are in the base's dtype, in which
    all is computed; A and B are float32. Their gradients are not returned but added to the
    adapter's own, in float32: a pass may hold part of a step only. ``anchor`` is any tensor that
    requires a gradient, without which autograd would skip the first layers.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        outputs: torch.Tensor,
        inputs: torch.Tensor,
        anchor: torch.Tensor,
        spans: list[Span],
    ) -> torch.Tensor:
        x, updated = inputs[0], changeable(ctx, outputs)
        reduced = []
        for span in spans:
            if span.pair is None:
                continue
            rows = slice(span.start, span.end)
            small = dropped(x[rows], span) @ span.pair.a.to(x.dtype).T
            updated[0, rows].addmm_(small, span.pair.b.to(x.dtype).T, alpha=span.scale)
            reduced.append(small)
        ctx.spans = spans
        ctx.save_for_backward(x, *reduced)
        return updated

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, *reduced = ctx.saved_tensors
        g = gradient[0]
        to_inputs = torch.empty_like(x) if ctx.needs_input_grad[1] else None
        waiting = iter(reduced)
        for span in ctx.spans:
            rows = slice(span.start, span.end)
            if span.pair is not None:
                inner = add_gradients(span, x[rows], g[rows], next(waiting))
            if to_inputs is not None:
                write_input_gradient(to_inputs[rows], span, None if span.pair is None else inner)
        return gradient, None if to_inputs is None else to_inputs[None], None, None


def changeable(ctx: FunctionCtx, outputs: torch.Tensor) -> torch.Tensor:
    """The outputs themselves where nothing else looks at their memory: a copy costs as much as
    the update. Quantized layers give views."""
    if outputs._is_view() or (outputs.requires_grad and outputs.is_leaf):
        return outputs.clone()
    ctx.mark_dirty(outputs)
    return outputs


def add_gradients(
    span: Span, x: torch.Tensor, g: torch.Tensor, small: torch.Tensor
) -> torch.Tensor:
    """Add to the adapter's gradients; returns the one at A's outputs [tokens, rank]."""
    pair = span.pair
    inner = (g @ pair.b.to(g.dtype)).mul_(span.scale)
    if pair.a_gradient is not None:
        add_product(pair.b_gradient, g.T, small, span.scale)
        add_product(pair.a_gradient, inner.T, dropped(x, span))
    return inner


def add_product(
    total: torch.Tensor, left: torch.Tensor, right: torch.Tensor, scale: float = 1.0
) -> None:
    """``total += scale * left @ right``, where dtypes allow it without a tensor in between."""
    if total.dtype == left.dtype:
        total.addmm_(left, right, alpha=scale)
    else:
        total.add_(left @ right, alpha=scale)


def write_input_gradient(place: torch.Tensor, span: Span, inner: torch.Tensor | None) -> None:
    if inner is None:
        place.zero_()
    elif span.dropout is None:
        torch.mm(inner, span.pair.a.to(inner.dtype), out=place)
    else:
        place.copy_(dropped(inner @ span.pair.a.to(inner.dtype), span))


def dropped(values: torch.Tensor, span: Span) -> torch.Tensor:
    """The mask is a pure function of its keys, so backward makes it again."""
    if span.dropout is None:
        return values
    chance = span.dropout.chance
    mask = keep_mask(span.dropout.places, span.dropout.layer, values.shape[1], chance)
    return values * mask / (1 - chance)
