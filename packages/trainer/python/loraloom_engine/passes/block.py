"""A block: tokens of one text that go through the base in one pass."""

from dataclasses import dataclass, field

import torch

from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.weight_sets import OwnWeights


class KeyValues:
    """The keys and values of a text's earlier tokens, layer by layer: [1, heads, tokens, size].

    Room grows by doubling, so that a token more does not copy all that came before, and not beyond
    ``most`` tokens, if that many are known to be enough.
    """

    def __init__(self, most: int | None = None) -> None:
        self.length = 0
        self._most = most
        self._layers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    @property
    def takes_memory(self) -> bool:
        """Also after a pass that broke off, which has read nothing."""
        return bool(self._layers)

    def extend(
        self, layer: int, key: torch.Tensor, value: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep a layer's new keys and values; returns them with all before them."""
        end = self.length + key.shape[2]
        if layer not in self._layers or self._layers[layer][0].shape[2] < end:
            self._layers[layer] = tuple(
                self._with_room(layer, at, part, end) for at, part in enumerate((key, value))
            )
        room = self._layers[layer]
        for kept, part in zip(room, (key, value), strict=True):
            kept[:, :, self.length : end] = part
        return room[0][:, :, :end], room[1][:, :, :end]

    def _with_room(self, layer: int, at: int, like: torch.Tensor, end: int) -> torch.Tensor:
        batch, heads, _, size = like.shape
        room = max(64, 2 * end)
        grown = like.new_empty(batch, heads, min(room, self._most or room), size)
        if layer in self._layers:
            grown[:, :, : self.length] = self._layers[layer][at][:, :, : self.length]
        return grown


@dataclass(eq=False)
class Block:
    """Tokens that see one another and what ``past`` holds, and nothing else of their pass.

    ``adapter`` None is the bare base; a whole model's weights stand in its place. ``dropout`` is
    the chance that an element of an adapter's input is left out, ``noise`` the key of the masks.
    """

    tokens: list[int]
    adapter: LoraAdapter | OwnWeights | None = None
    past: KeyValues | None = None
    dropout: float = 0.0
    noise: int = 0
    start: int = field(init=False, default=0)

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def end(self) -> int:
        return self.start + len(self.tokens)

    @property
    def first_position(self) -> int:
        return self.past.length if self.past else 0
