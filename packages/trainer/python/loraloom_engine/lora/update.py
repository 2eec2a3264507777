"""What the adapters of a pass add to one layer's outputs, forward and backward.

The tokens of a pass stand one after the other; a span is a stretch of them that goes
through the same adapter. Spans never meet: each is multiplied by its own A and B, and its
gradients go to its own adapter. So nothing that a neighbour computes can reach another.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.autograd.function import FunctionCtx, once_differentiable

from loraloom_engine.lora.adapter import LoraPair
from loraloom_engine.lora.dropout import keep_mask
from loraloom_engine.lora.few_threads import threads_for


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

    With ``way_back``, from the gradient of the layer's outputs [tokens, out] to that of its inputs,
    the layer's own backward is done here too, for ``outputs`` that autograd does not follow: what
    the adapters add to the gradient is added in place.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        outputs: torch.Tensor,
        inputs: torch.Tensor,
        anchor: torch.Tensor,
        spans: list[Span],
        way_back: Callable[[torch.Tensor], torch.Tensor] | None,
    ) -> torch.Tensor:
        x, updated = inputs[0], changeable(ctx, outputs)
        spans = [span for span in spans if span.pair is not None]
        with threads_for(largest_product(spans)):
            reduced = [add_update(updated[0], x, span) for span in spans]
        ctx.spans, ctx.way_back = spans, way_back
        ctx.save_for_backward(x, *reduced)
        return updated

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, *reduced = ctx.saved_tensors
        g = gradient[0]
        to_inputs = None
        if ctx.needs_input_grad[1]:
            to_inputs = ctx.way_back(g) if ctx.way_back else torch.zeros_like(x)
        with threads_for(largest_product(ctx.spans)):
            for span, small in zip(ctx.spans, reduced, strict=True):
                rows = slice(span.start, span.end)
                inner = add_gradients(span, x[rows], g[rows], small)
                if to_inputs is not None:
                    add_input_gradient(to_inputs[rows], span, inner)
        to_outputs = None if ctx.way_back else gradient
        return to_outputs, None if to_inputs is None else to_inputs[None], None, None, None


def changeable(ctx: FunctionCtx, outputs: torch.Tensor) -> torch.Tensor:
    """The outputs themselves where nothing else looks at their memory: a copy costs as much as
    the update. Quantized layers give views."""
    if outputs._is_view() or (outputs.requires_grad and outputs.is_leaf):
        return outputs.clone()
    ctx.mark_dirty(outputs)
    return outputs


def largest_product(spans: list[Span]) -> int:
    """Multiplications of the largest of their products with A or B."""
    return max(
        (span.end - span.start) * max(span.pair.a.numel(), span.pair.b.numel()) for span in spans
    )


def add_update(updated: torch.Tensor, x: torch.Tensor, span: Span) -> torch.Tensor:
    """Add to the span's rows; returns what A makes of its inputs [tokens, rank]."""
    rows, pair = slice(span.start, span.end), span.pair
    small = dropped(x[rows], span) @ pair.a.to(x.dtype).T
    updated[rows].addmm_(small, pair.b.to(x.dtype).T, alpha=span.scale)
    return small


def add_gradients(
    span: Span, x: torch.Tensor, g: torch.Tensor, small: torch.Tensor
) -> torch.Tensor:
    """Add to the adapter's gradients; returns the one at A's outputs [tokens, rank], unscaled."""
    pair = span.pair
    inner = g @ pair.b.to(g.dtype)
    if pair.a_gradient is not None:
        add_product(pair.b_gradient, g.T, small, span.scale)
        add_product(pair.a_gradient, inner.T, dropped(x, span), span.scale)
    return inner


def add_product(total: torch.Tensor, left: torch.Tensor, right: torch.Tensor, scale: float) -> None:
    """``total += scale * left @ right``, where dtypes allow it without a tensor in between."""
    if total.dtype == left.dtype:
        total.addmm_(left, right, alpha=scale)
    else:
        total.add_(left @ right, alpha=scale)


def add_input_gradient(place: torch.Tensor, span: Span, inner: torch.Tensor) -> None:
    a = span.pair.a.to(inner.dtype)
    if span.dropout is None:
        place.addmm_(inner, a, alpha=span.scale)
    else:
        place.add_(dropped(inner @ a, span), alpha=span.scale)


def dropped(values: torch.Tensor, span: Span) -> torch.Tensor:
    """The mask is a pure function of its keys, so backward makes it again."""
    if span.dropout is None:
        return values
    chance = span.dropout.chance
    mask = keep_mask(span.dropout.places, span.dropout.layer, values.shape[1], chance)
    return values * mask / (1 - chance)
