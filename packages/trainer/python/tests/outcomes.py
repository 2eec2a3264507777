"""What came of a run, and how far two outcomes are apart."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from loraloom_engine.protocol.events import Progress, RunFinished


@dataclass(frozen=True)
class Bounds:
    """``weights``: relative (Frobenius), for every A and B; ``losses``: absolute, in nats."""

    weights: float
    losses: float


FLOAT64 = Bounds(1e-10, 1e-10)
FLOAT32 = Bounds(1e-3, 1e-5)
# Measured. bitsandbytes rounds what goes into an 8-bit layer to float16, and then each token's
# features to 255 steps of the largest of them. In float32 two ways to the same sum differ in their
# last bits, and what lies on an edge goes either way: a plain PEFT loop over embeddings that are
# nudged in their last bits, four times in each of 40 cells, met an edge in five of them and ended
# up to 1.7e-2 in weights and 2.1e-2 in losses away from itself.
EIGHT_BITS = Bounds(3e-2, 5e-2)


def bounds_on(quantization: str) -> Bounds:
    """How near two ways to train the same run come on such a base, which computes in float32."""
    return EIGHT_BITS if quantization == "8bit" else FLOAT32


@dataclass(frozen=True)
class Outcome:
    losses: list[float]
    weights: dict[str, torch.Tensor]


def outcome_of(events: list[Any]) -> Outcome:
    """Of a run that finished."""
    assert isinstance(events[-1], RunFinished), events[-1]
    weights = load_file(Path(events[-1].path) / "adapter_model.safetensors")
    return Outcome([event.loss for event in events if isinstance(event, Progress)], weights)


def assert_within(bounds: Bounds, found: Outcome, wanted: Outcome) -> None:
    distance = distance_of(found, wanted)
    assert distance.weights <= bounds.weights, distance
    assert distance.losses <= bounds.losses, distance


def distance_of(found: Outcome, wanted: Outcome) -> Bounds:
    """The largest of all weights and of all losses."""
    assert found.weights.keys() == wanted.weights.keys()
    assert len(found.losses) == len(wanted.losses)
    pairs = zip(found.losses, wanted.losses, strict=True)
    return Bounds(
        max(relative(found.weights[name], wanted.weights[name]) for name in wanted.weights),
        max(abs(one - other) for one, other in pairs),
    )


def relative(one: torch.Tensor, other: torch.Tensor) -> float:
    """In the wider of their dtypes."""
    return (torch.linalg.norm(one - other) / torch.linalg.norm(other)).item()
