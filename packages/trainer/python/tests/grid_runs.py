"""Runs of the grid's cells, each done once: alone, beside others, and by a plain PEFT loop."""

import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import dequantize_4bit
from bitsandbytes.nn import Linear4bit
from driving import run_alone, run_joining
from grid_cells import Cell
from outcomes import Outcome, outcome_of
from peft_loop import train_plainly
from tiny_families import in_float64
from torch import nn
from transformers import AutoModelForCausalLM

from loraloom_engine.base import Base
from loraloom_engine.loading import keep_differentiable, load_base, quantization
from loraloom_engine.protocol.requests import LoadBase, StartRun

# What a worker trains at once unless it is told otherwise.
TOGETHER = 8
# Two epochs of the cells that accumulate, the second of them cut short.
STEPS = {"epochs": 4, "max_steps": 4}
# Adam divides a gradient by its own size. Where an entry's is nothing but rounding, that makes a
# whole learning rate of it, in float32 as in any other loop in float32. So gradients are clipped to
# where Adam's epsilon counts, and what is left of such an entry is nothing.
CLIPPED = {"max_grad_norm": 1e-5}
STRANGER = {"rank": 7, "target_modules": ["down_proj"], "dropout": 0.5, "learning_rate": 0.05}

MakeRequest = Callable[..., StartRun]


class Grid:
    """``folder`` holds a base's files; ``make_request(name, first_row, **config)`` makes a run."""

    def __init__(self, folder: Path, cells: Sequence[Cell], make_request: MakeRequest) -> None:
        self._folder = folder
        self._cells = cells
        self._make_request = make_request
        self.base = cache(self._load_base)
        self.own_model = cache(self._load_own_model)
        self._exact_model = cache(self._load_exact_model)
        self.alone = cache(self._run_alone)
        self.plain = cache(self._train_plainly)
        self._beside = cache(self._run_together)

    def request(self, cell: Cell, **changes: Any) -> StartRun:
        """A run over rows of its own."""
        first = self._cells.index(cell)
        return self._make_request(str(cell), first, **STEPS | CLIPPED | cell.config | changes)

    def stranger(self, **changes: Any) -> StartRun:
        return self._make_request("stranger", 100, **STRANGER | changes)

    def beside(self, cell: Cell) -> Outcome:
        """Of the cell's run that joined others, and saw some of them leave."""
        return self._beside(cell.quantization)[cell]

    def identity(self, bits: str) -> LoadBase:
        return LoadBase("tiny", "main", str(self._folder), "float32", bits)

    def _load_base(self, bits: str) -> Base:
        return load_base(self.identity(bits), torch.device("cpu"))

    def _load_own_model(self, bits: str) -> nn.Module:
        """As transformers loads it."""
        identity = self.identity(bits)
        model = AutoModelForCausalLM.from_pretrained(
            identity.path, dtype=torch.float32, quantization_config=quantization(identity)
        )
        keep_differentiable(model)
        return model.eval().requires_grad_(False)

    def _load_exact_model(self, bits: str) -> nn.Module:
        """In float64 where that can be: 8-bit layers round what goes into them, too."""
        model = self._load_own_model(bits)
        return model if bits == "8bit" else in_float64(dequantized(model))

    def _run_alone(self, cell: Cell) -> Outcome:
        return outcome_of(run_alone(self.base(cell.quantization), self.request(cell)))

    def _train_plainly(self, cell: Cell) -> Outcome:
        return Outcome(*train_plainly(self._exact_model(cell.quantization), self.request(cell)))

    def _run_together(self, bits: str) -> dict[Cell, Outcome]:
        """All cells on a base, so many at a time, in an order that mixes them."""
        cells = [cell for cell in self._cells if cell.quantization == bits]
        random.Random(0).shuffle(cells)
        outcomes = {}
        for start in range(0, len(cells), TOGETHER):
            some = cells[start : start + TOGETHER]
            runs = enumerate([self.stranger(), *map(self.request, some)])
            told = run_joining(self.base(bits), *runs)
            outcomes |= zip(some, map(outcome_of, told[1:]), strict=True)
        return outcomes


def dequantized(model: nn.Module) -> nn.Module:
    """With plain linear layers of the very weights that its 4-bit ones compute with."""
    for name, layer in list(model.named_modules()):
        if isinstance(layer, Linear4bit):
            plain = nn.Linear(layer.in_features, layer.out_features, bias=False)
            plain.weight.data = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
            model.set_submodule(name, plain.requires_grad_(False))
    return model
