"""Measures what a run would take by doing a little of it on made-up rows."""

import time
from collections.abc import Generator, Iterator
from itertools import count

from safetensors.torch import save
from torch import nn

from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Group, Text
from loraloom_engine.lora.initial_weights import draw_initial_weights
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.lora_config import lora_shape
from loraloom_engine.training.objectives import supervised
from loraloom_engine.training.pace import Kind, Pace
from loraloom_engine.training.state import make_optimizer

# Passes of a few milliseconds are repeated: another process on the machine would spoil three.
FEWEST_PASSES = 3
LEAST_SECONDS = 1.0
# Weights and Adam's two moments are what a checkpoint holds.
TENSORS_SAVED = 3
OWNER = "estimates"


class Probe:
    """An adapter that is worked with for a moment and thrown away."""

    def __init__(self, base: Base, config: TrainingConfig, pace: Pace) -> None:
        self._pace = pace
        self._checkpointing = config.gradient_checkpointing
        began = time.monotonic()
        self._adapter = base.new_adapter(lora_shape(base, config), trainable=True)
        draw_initial_weights(self._adapter, config.seed)
        self._optimizer = make_optimizer(self._adapter, config)
        self._parameters = self._adapter.shape.parameters
        pace.add(Kind("start", self._parameters), time.monotonic() - began)

    def measure_training(self, examples: int, length: int) -> Generator[Demand, None, None]:
        """The lane measures its passes itself; the optimizer's step is measured here."""
        groups = made_up(examples, length)
        for _ in enough():
            objective = supervised(examples * (length - 1))
            shape = {"checkpointing": self._checkpointing, "alone": True}
            yield Demand(OWNER, self._adapter, groups, objective, **shape)
            self._take_step()

    def measure_scoring(self, length: int) -> Generator[Demand, None, None]:
        for _ in enough():
            yield Demand(OWNER, self._adapter, made_up(1, length), alone=True)

    def measure_saving(self) -> None:
        began = time.monotonic()
        save({"weights": self._adapter.weights.detach().cpu()})
        seconds = TENSORS_SAVED * (time.monotonic() - began)
        self._pace.add(Kind("save", self._parameters), seconds)

    def _take_step(self) -> None:
        began = time.monotonic()
        nn.utils.clip_grad_norm_([self._adapter.weights], 1.0).item()
        self._optimizer.step()
        self._pace.add(Kind("step", self._parameters), time.monotonic() - began)


def enough() -> Iterator[int]:
    """Turns of a measurement, until it can be trusted.

    The first, which warms up, counts neither as a pass nor as time: where it takes a second, it
    would leave the fewest passes to the measurement.
    """
    yield 0
    began = time.monotonic()
    for number in count(1):
        if number > FEWEST_PASSES and time.monotonic() - began >= LEAST_SECONDS:
            return
        yield number


def made_up(examples: int, length: int) -> list[Group]:
    return [[Text(Example([1] * length, [1] * length))] for _ in range(examples)]
