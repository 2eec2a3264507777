"""What the engine serves: an adapter, or a whole model's weights in the place of the base's."""

from dataclasses import dataclass
from pathlib import Path

from loraloom_engine.adapter_files import load_adapter
from loraloom_engine.base import Base
from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.device import free_memory
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.weight_sets import OwnWeights
from loraloom_engine.whole.model_files import holds_model, read_weights, require_plain_weights


@dataclass(frozen=True)
class ServedVersion:
    """A version in memory, and the folder of its files."""

    path: Path
    adapter: LoraAdapter | OwnWeights


def load_version(base: Base, folder: Path) -> LoraAdapter | OwnWeights:
    """Read a version to serve from the base's device.

    Raises EngineError as ``load_adapter`` or ``load_model``.
    """
    return load_model(base, folder) if holds_model(folder) else load_adapter(base, folder)


def load_model(base: Base, folder: Path) -> OwnWeights:
    """Read a whole model's weights, in the base's dtype.

    Raises EngineError ``out_of_memory`` with the numbers, ``bad_option`` on a base in 4 or 8 bits,
    ``corrupt_adapter`` or ``non_finite_adapter``.
    """
    require_plain_weights(base)
    require_room(base)
    wanted = {"device": base.device, "dtype": base.model.dtype}
    # Copied: the file is mapped into memory, and may be removed.
    return OwnWeights(
        {name: weight.to(copy=True, **wanted) for name, weight in read_weights(base, folder)}
    )


def require_room(base: Base) -> None:
    needed = sum(weight.nbytes for weight in base.model.parameters())
    free = free_memory(base.device)
    if needed <= free:
        return
    raise EngineError(
        "out_of_memory",
        f"The version is a whole model, whose weights take {readable_size(needed)} of memory "
        f"beside the base's; {readable_size(free)} are free.",
        {"memory_bytes": needed, "free_memory_bytes": free},
    )
