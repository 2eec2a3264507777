"""Measures what a run would take by doing a little of it on made-up rows."""

import time
from collections.abc import Generator, Iterator
from itertools import count

import torch
from safetensors.torch import save
from torch import nn

from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.lora_config import lora_config
from loraloom_engine.training.losses import Batch, make_batch, summed_loss
from loraloom_engine.training.pace import Kind, Pace, pass_of, scoring_of

# The first pass of a size allocates and warms up; the later ones are the rate. Passes of a
# few milliseconds are repeated: another process on the machine would spoil three of them.
FEWEST_PASSES = 3
LEAST_SECONDS = 1.0
# Weights and Adam's two moments are what a checkpoint holds.
TENSORS_SAVED = 3


class Probe:
    """An adapter that is put on the base, worked with for a moment and taken off again."""

    def __init__(self, base: Base, config: TrainingConfig, pace: Pace) -> None:
        self._base = base
        self._pace = pace
        self._name = f"probe {id(self)}"  # two estimates may be under way
        began = time.monotonic()
        with torch.random.fork_rng():
            base.adapters.add(self._name, lora_config(base, config))
        self._tensors = base.adapters.parameters(self._name)
        self._parameters = sum(tensor.numel() for tensor in self._tensors.values())
        pace.add(Kind("start", self._parameters), time.monotonic() - began)

    def remove(self) -> None:
        self._base.adapters.remove(self._name)

    def measure_training(self, examples: int, length: int) -> Generator[None, None, None]:
        """Hands the engine back after every pass, as training does."""
        batch = make_batch([made_up(length)] * examples, self._base.device)
        tokens = examples * length
        kind, step = pass_of(self._parameters, tokens), Kind("step", self._parameters)
        # A rate of 0: the optimizer works, and nothing changes.
        optimizer = torch.optim.AdamW(self._tensors.values(), lr=0.0, weight_decay=0.0)
        self._train(batch, optimizer)
        for _ in enough():
            yield
            seconds, step_seconds = self._train(batch, optimizer)
            self._pace.add(kind, seconds / tokens)
            self._pace.add(step, step_seconds)

    def measure_scoring(self, length: int) -> Generator[None, None, None]:
        batch = make_batch([made_up(length)], self._base.device)
        self._score(batch)
        for _ in enough():
            yield
            seconds = self._score(batch)
            self._pace.add(scoring_of(self._parameters, length), seconds / length)

    def measure_saving(self) -> None:
        began = time.monotonic()
        save({name: tensor.detach().cpu() for name, tensor in self._tensors.items()})
        seconds = TENSORS_SAVED * (time.monotonic() - began)
        self._pace.add(Kind("save", self._parameters), seconds)

    def _score(self, batch: Batch) -> float:
        began = time.monotonic()
        with self._base.adapters.use(self._name) as model:
            summed_loss(model, batch).item()
        return time.monotonic() - began

    def _train(self, batch: Batch, optimizer: torch.optim.Optimizer) -> tuple[float, float]:
        optimizer.zero_grad(set_to_none=True)
        began = time.monotonic()
        with self._base.adapters.use(self._name, training=True) as model:
            loss = summed_loss(model, batch)
            loss.backward()
            loss.item()
        passed = time.monotonic()
        nn.utils.clip_grad_norm_(self._tensors.values(), 1.0).item()
        optimizer.step()
        return passed - began, time.monotonic() - passed


def enough() -> Iterator[int]:
    """Turns of a measurement, until it can be trusted."""
    began = time.monotonic()
    for number in count():
        if number >= FEWEST_PASSES and time.monotonic() - began >= LEAST_SECONDS:
            return
        yield number


def made_up(length: int) -> Example:
    return Example([1] * length, [1] * length)
