"""The base's layers as a stage: whoever's pass is on, its blocks and adapters are in force.

Adapters hang on the base's linear layers as forward hooks: the base's modules, names and
weights stay what they were, whatever kind of linear layer they are.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers.modeling_layers import GradientCheckpointingLayer

from loraloom_engine.lora.adapter import LoraPair, pairs_in
from loraloom_engine.lora.dropout import noise_key, place_keys
from loraloom_engine.lora.magnitudes import scale_outputs
from loraloom_engine.lora.update import Dropout, LowRankUpdate, Span
from loraloom_engine.passes.block import Block
from loraloom_engine.passes.frozen_linear import way_back


@dataclass(frozen=True)
class Stretch:
    """Neighbouring blocks that go through the same adapter in the same way."""

    start: int
    end: int
    pairs: dict[str, LoraPair]
    scale: float
    dropout: float
    places: torch.Tensor | None


class Stage:
    """What the hooks and the attention of one model look at."""

    def __init__(self, model: nn.Module, linear_modules: dict[str, nn.Module]) -> None:
        self.blocks: list[Block] = []
        self._stretches: list[Stretch] = []
        self._checkpointing = False
        self._dtype = model.dtype
        self._anchor = torch.zeros((), requires_grad=True)
        # Our own dropout masks are functions of their keys; PEFT's layers draw theirs.
        self.draws_at_random = False
        self.between_layers: Callable[[], None] = do_nothing
        for name, module in linear_modules.items():
            module.register_forward_hook(self._updates_of(name))
        for module in model.modules():
            if hasattr(module, "layer_idx"):
                module.stage = self
            if isinstance(module, GradientCheckpointingLayer):  # a layer of any transformers model
                module.register_forward_hook(self._after_layer)
                module.forward = self._checkpointed(module.forward)

    @contextmanager
    def set_for(
        self, blocks: list[Block], positions: torch.Tensor, checkpointing: bool = False
    ) -> Iterator[None]:
        """Put these blocks on; a pass that interrupts another one leaves it as it was."""
        before = self.blocks, self._stretches, self._checkpointing
        self.blocks = blocks
        self._stretches = find_stretches(blocks, positions, self._dtype)
        self._checkpointing = checkpointing
        try:
            yield
        finally:
            self.blocks, self._stretches, self._checkpointing = before

    def _checkpointed(self, layer: Callable[..., Any]) -> Callable[..., Any]:
        """A layer that, if asked, keeps its input alone and is computed again for backward.

        Inside of the layer's own hooks, so that others have their turns once, not twice.
        """

        def forward(*inputs: Any, **named: Any) -> Any:
            if not (self._checkpointing and torch.is_grad_enabled()):
                return layer(*inputs, **named)
            again = {"use_reentrant": False, "preserve_rng_state": self.draws_at_random}
            return checkpoint(layer, *inputs, **again, **named)

        return forward

    def _after_layer(self, _: nn.Module, __: tuple, output: torch.Tensor | tuple) -> None:
        """A place where others may have a turn, now and when backward comes by."""
        self.between_layers()
        hidden = output if isinstance(output, torch.Tensor) else output[0]
        if hidden.requires_grad:
            hidden.register_hook(lambda _: self.between_layers())

    def _updates_of(self, layer: str) -> Callable[..., torch.Tensor | None]:
        key = noise_key(layer)

        def add_updates(
            module: nn.Module, inputs: tuple[torch.Tensor], outputs: torch.Tensor
        ) -> torch.Tensor | None:
            spans = [span_of(stretch, layer, key) for stretch in self._stretches]
            if all(span.pair is None for span in spans):
                return None
            back = way_back(module)
            followed = outputs.detach() if back else outputs
            scaled = scale_outputs(followed, module.bias, spans)
            return LowRankUpdate.apply(scaled, inputs[0], self._anchor, spans, back)

        return add_updates


def do_nothing() -> None:
    """Nobody waits for a turn."""


def find_stretches(
    blocks: list[Block], positions: torch.Tensor, dtype: torch.dtype
) -> list[Stretch]:
    """``dtype`` is what the base computes in: adapters take part in that."""
    together = groupby(blocks, lambda block: (id(block.adapter), block.dropout))
    return [stretch_of(list(group), positions, dtype) for _, group in together]


def stretch_of(blocks: list[Block], positions: torch.Tensor, dtype: torch.dtype) -> Stretch:
    first, last = blocks[0], blocks[-1]
    places = None
    if first.dropout > 0:
        keys = [place_keys(block.noise, positions[block.start : block.end]) for block in blocks]
        places = torch.cat(keys)
    adapter = first.adapter
    pairs, scale = (pairs_in(adapter, dtype), adapter.shape.scale) if adapter else ({}, 1.0)
    return Stretch(first.start, last.end, pairs, scale, first.dropout, places)


def span_of(stretch: Stretch, layer: str, key: int) -> Span:
    places = stretch.places
    dropout = None if places is None else Dropout(stretch.dropout, places, key)
    return Span(stretch.start, stretch.end, stretch.pairs.get(layer), stretch.scale, dropout)
