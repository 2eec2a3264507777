"""What the engine serves: an adapter, or a whole model's weights in the place of the base's."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from loraloom_engine.adapter_files import load_adapter
from loraloom_engine.base import Base
from loraloom_engine.data.tokenizing import Turn
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.weight_sets import OwnWeights
from loraloom_engine.whole.model_files import holds_model, read_weights, require_plain_weights


@dataclass(frozen=True)
class ServedVersion:
    """A version in memory, and the folder of its files."""

    path: Path
    adapter: LoraAdapter | OwnWeights


def load_version(base: Base, folder: Path) -> Generator[None, None, LoraAdapter | OwnWeights]:
    """Read a version to serve from the base's device.

    Raises EngineError as ``load_adapter`` or ``load_model``.
    """
    if holds_model(folder):
        return (yield from load_model(base, folder))
    return load_adapter(base, folder)


def load_model(base: Base, folder: Path) -> Generator[None, None, OwnWeights]:
    """Read a whole model's weights, each in the dtype of the base's.

    Others go on after each moment's work, not after each weight: a turn may come after their pass.


    Raises EngineError ``out_of_memory`` with the numbers, ``bad_option`` on a base in 4 or 8 bits,
    ``corrupt_adapter``, ``non_finite_adapter`` or ``base_model_mismatch``.
    """
    require_plain_weights(base)
    places, weights, taken = dict(base.model.named_parameters()), {}, 0
    turn = Turn()
    with base.memory.promise(require_room(base)) as memory:
        for name, weight in read_weights(base, folder):
            # Copied: the file is mapped into memory, and may be removed.
            weights[name] = weight.to(base.device, places[name].dtype, copy=True)
            taken += weights[name].nbytes
            memory.taken(taken)
            if turn.is_over():
                yield
                turn = Turn()  # what others took meanwhile is not this one's
    return OwnWeights(weights)


def require_room(base: Base) -> int:
    """Returns the bytes that a model of this base's form takes. Raises ``out_of_memory``."""
    needed = sum(weight.nbytes for weight in base.model.parameters())
    base.memory.require_beside_base(needed, "The version is a whole model, whose weights take")
    return needed
