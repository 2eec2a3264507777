"""A whole model's folder as Hugging Face has it: written, read with every check, and verified.

``config.json``, the tokenizer's and generation's files, and ``model.safetensors``; where that would
be too large for one object of a store, parts of it with their index. Pickle files are never opened.
"""

import copy
import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from loraloom_engine.adapter_files import corrupt
from loraloom_engine.atomic_files import Dtypes, in_files, new_folder, write_json, write_tensors
from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import VerifyModel
from loraloom_engine.protocol.results import VerifyResult

CONFIG_FILE = "config.json"
GENERATION_FILE = "generation_config.json"
WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
# Where a config tells the base that the model was; transformers keeps what it doesn't know.
TRAINED_FROM = "trained_from"

Weights = dict[str, torch.Tensor]


def holds_model(folder: Path) -> bool:
    """Whether the folder is a whole model's; else it is an adapter's."""
    return (folder / CONFIG_FILE).is_file()


def require_plain_weights(base: Base) -> None:
    """Rounded to 4 or 8 bits weights can't learn, nor can others take their places.

    Raises EngineError ``bad_option``.
    """
    if all(weight.is_floating_point() for weight in base.model.parameters()):
        return
    raise EngineError(
        "bad_option",
        f"The weights of {base.identity.model_id} are rounded to few bits here, and whole models "
        "are neither trained nor served so: use a base in bfloat16 or float32, or an adapter.",
    )


def write_model(base: Base, weights: Weights, folder: Path, dtype: torch.dtype) -> None:
    """Write a model of this base's form to ``folder``, replacing it. Raises ``disk_full``.

    In ``dtype``, but for the weights that a model of this kind has in float32 whatever the rest is.
    """
    config = copy.deepcopy(base.model.config)
    config.dtype, config.architectures = dtype, [type(base.model).__name__]
    setattr(config, TRAINED_FROM, origin_of(base))
    with new_folder(folder) as staging:
        config.save_pretrained(staging)
        base.model.generation_config.to_json_file(staging / GENERATION_FILE)
        base.tokenizer.save_pretrained(staging)
        write_weights(staging, weights, dtypes_of(base, weights, dtype))


def origin_of(base: Base) -> dict[str, str]:
    return {"model_id": base.identity.model_id, "revision": base.identity.revision}


def dtypes_of(base: Base, weights: Weights, dtype: torch.dtype) -> Dtypes:
    """As transformers loads them: some kinds of models would lose too much in fewer bits."""
    precise = base.model._keep_in_fp32_modules_strict or ()
    return {
        name: torch.float32 if set(name.split(".")).intersection(precise) else dtype
        for name in weights
    }


def write_weights(folder: Path, weights: Weights, dtypes: Dtypes) -> None:
    parts = in_files(weights, dtypes)
    if len(parts) == 1:
        write_tensors(folder / WEIGHTS_FILE, weights, dtypes)
        return
    places = {}
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05}-of-{len(parts):05}.safetensors"
        write_tensors(folder / name, part, dtypes)
        places |= dict.fromkeys(part, name)
    size = sum(dtypes[name].itemsize * weight.numel() for name, weight in weights.items())
    write_json(folder / INDEX_FILE, {"metadata": {"total_size": size}, "weight_map": places})


def model_weight_files(folder: Path) -> list[Path]:
    """All that hold weights. Raises EngineError ``corrupt_adapter``."""
    index = folder / INDEX_FILE
    if not index.is_file():
        return [folder / WEIGHTS_FILE]
    names = read_json(index).get("weight_map")
    if not isinstance(names, dict) or not all(is_plain_name(name) for name in names.values()):
        raise corrupt(index, "names no files of weights")
    return [folder / name for name in sorted(set(names.values()))]


def is_plain_name(name: object) -> bool:
    """A file beside the index, and none elsewhere."""
    return isinstance(name, str) and Path(name).name == name


def read_weights(base: Base, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Each of a model's weights, on the CPU, checked against the base's form.

    Raises EngineError ``corrupt_adapter`` (a file missing or unreadable, foreign names or shapes),
    ``non_finite_adapter``, or ``base_model_mismatch`` for a model that was another base before.
    """
    require_same_base(base, folder)
    missing = {name: weight.shape for name, weight in base.model.named_parameters()}
    for path in model_weight_files(folder):
        with opened(path) as file:
            for name in file.keys():  # noqa: SIM118 - it is no dict
                if name not in missing:
                    raise corrupt(path, f"holds the foreign {name}")
                yield name, checked(path, name, (file.get_tensor(name), missing.pop(name)))
    if missing:
        raise corrupt(folder, f"lacks {min(missing)} ({len(missing)} tensors missing)")


def checked(path: Path, name: str, found: tuple[torch.Tensor, torch.Size]) -> torch.Tensor:
    weight, shape = found
    if weight.shape != shape:
        raise corrupt(path, f"{name} has shape {list(weight.shape)} instead of {list(shape)}")
    if not torch.isfinite(weight).all():
        raise EngineError("non_finite_adapter", f"{name} in {path} is not finite.")
    return weight


def require_same_base(base: Base, folder: Path) -> None:
    """A model of another base may fit by its shapes; its tokens could mean something else."""
    path = folder / CONFIG_FILE
    config, here = read_json(path), base.model.config.model_type
    if (kind := config.get("model_type")) != here:
        raise corrupt(path, f"is of a model of the kind {kind!r}, not {here!r}")
    origin = config.get(TRAINED_FROM)
    # Versions from before this was noted have none.
    if origin not in (None, origin_of(base)):
        raise mismatch(origin, base)


def mismatch(origin: object, base: Base) -> EngineError:
    here = origin_of(base)
    return EngineError(
        "base_model_mismatch",
        f"The version is a whole model that was trained from {json.dumps(origin)}, and this base "
        f"is {json.dumps(here)}.",
        {"version": origin, "base": here},
    )


def read_json(path: Path) -> dict[str, object]:
    try:
        settings = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise corrupt(path, "can't be read as JSON") from error
    if not isinstance(settings, dict):
        raise corrupt(path, "is no JSON object")
    return settings


@contextmanager
def opened(path: Path) -> Iterator[safe_open]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise corrupt(path, "can't be read as safetensors") from error


def verify_model(base: Base, request: VerifyModel) -> Generator[None, None, VerifyResult]:
    """Check files that are about to be published; hands the engine back after each tensor.

    Raises EngineError as ``read_weights``.
    """
    parameters = tensors = 0
    for _, weight in read_weights(base, Path(request.path)):
        parameters, tensors = parameters + weight.numel(), tensors + 1
        yield
    return VerifyResult(parameters, tensors)
