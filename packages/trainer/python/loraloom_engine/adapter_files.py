"""PEFT's two files of an adapter: written, read with every check, and verified.

``adapter_config.json`` and ``adapter_model.safetensors``, at the adapter's true rank.
Pickle files are never opened.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from safetensors import SafetensorError
from safetensors.torch import load

from loraloom_engine.atomic_files import new_folder, write_json, write_tensors
from loraloom_engine.base import Base, resolve_targets
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraAdapter, LoraShape, TrainedAdapter
from loraloom_engine.lora.magnitudes import load_with_gains, require_whole_weights
from loraloom_engine.protocol.parsing import parse_value
from loraloom_engine.protocol.requests import Positive, TargetModules, VerifyAdapter
from loraloom_engine.protocol.results import VerifyResult

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
# Settings that change what an adapter computes in ways this engine does not make.
FOREIGN_SETTINGS = (
    "modules_to_save", "rank_pattern", "alpha_pattern", "trainable_token_indices",
    "layer_replication", "lora_bias", "fan_in_fan_out", "target_parameters", "use_qalora",
)  # fmt: skip


@dataclass
class AdapterFiles:
    """An adapter as its files hold it: tensors on the CPU under PEFT's keys."""

    config: LoraConfig
    tensors: dict[str, torch.Tensor]

    shape: LoraShape

    @property
    def parameters(self) -> int:
        return self.shape.parameters


def write_adapter(base: Base, adapter: TrainedAdapter, folder: Path, config: LoraConfig) -> None:
    """Write an adapter of this base to ``folder``, replacing it. Raises ``disk_full``."""
    settings = {key: plain(value) for key, value in config.to_dict().items()}
    settings["target_modules"] = target_names(base, adapter.shape)
    settings["base_model_name_or_path"] = base.identity.model_id
    settings["revision"] = base.identity.revision
    settings["inference_mode"] = True
    with new_folder(folder) as staging:
        write_tensors(staging / WEIGHTS_FILE, adapter.tensors())
        write_json(staging / CONFIG_FILE, settings)


def target_names(base: Base, shape: LoraShape) -> list[str]:
    """The layers' last names where these say it all, else their full ones; as PEFT reads them."""
    short = sorted({name.rsplit(".", 1)[-1] for name in shape.layers})
    says_all = set(resolve_targets(base, short)) == shape.layers.keys()
    return short if says_all else sorted(shape.layers)


def plain(value: Any) -> Any:
    """PEFT keeps sets and string enums in its settings; JSON knows neither."""
    return sorted(value) if isinstance(value, set) else getattr(value, "value", value)


def read_adapter(base: Base, folder: Path) -> AdapterFiles:
    """Read an adapter and check that it fits the base.

    Raises EngineError ``corrupt_adapter`` (a file missing or unreadable, foreign keys or
    shapes), ``non_finite_adapter``, or ``bad_option`` for DoRA on a base in 8 bits.
    """
    config = read_config(folder / CONFIG_FILE)
    if config.use_dora:
        require_whole_weights(base.identity)
    tensors = read_tensors(folder / WEIGHTS_FILE)
    check_shapes(base, config, tensors, folder)
    check_finite(tensors, folder)
    return AdapterFiles(config, tensors, shape_of(base, config))


def shape_of(base: Base, config: LoraConfig) -> LoraShape:
    modules = {name: base.linear_modules[name] for name in targeted_layers(base, config)}
    layers = {name: (layer.out_features, layer.in_features) for name, layer in modules.items()}
    return LoraShape(config.r, config.lora_alpha, layers, config.use_rslora, config.use_dora)


def load_adapter(base: Base, folder: Path) -> LoraAdapter:
    """Read an adapter to serve from the base's device. Raises as ``read_adapter``."""
    return serve(base, read_adapter(base, folder))


def serve(base: Base, files: AdapterFiles) -> LoraAdapter:
    adapter = base.new_adapter(files.shape)
    if files.shape.dora:
        load_with_gains(adapter, files.tensors, base.linear_modules)
    else:
        adapter.load(files.tensors)
    return adapter


def read_config(path: Path) -> LoraConfig:
    try:
        settings = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise corrupt(path, "can't be read as JSON") from error
    if not isinstance(settings, dict) or settings.get("peft_type") != "LORA":
        raise corrupt(path, "is no LoRA config")
    foreign = [name for name in FOREIGN_SETTINGS if settings.get(name)]
    if foreign:
        raise corrupt(path, f"uses {', '.join(foreign)}, which this engine does not serve")
    return LoraConfig(
        r=setting(path, settings, "r", Positive),
        lora_alpha=setting(path, settings, "lora_alpha", float),
        target_modules=setting(path, settings, "target_modules", TargetModules),
        use_rslora=setting(path, {"use_rslora": False} | settings, "use_rslora", bool),
        use_dora=setting(path, {"use_dora": False} | settings, "use_dora", bool),
        base_model_name_or_path=setting(path, settings, "base_model_name_or_path", str | None),
        task_type="CAUSAL_LM",
    )


def setting(path: Path, settings: dict[str, Any], name: str, hint: Any) -> Any:
    try:
        return parse_value(hint, settings.get(name), name)
    except EngineError as error:
        raise corrupt(path, error.message) from error


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise corrupt(path, "can't be read as safetensors") from error


def check_shapes(
    base: Base, config: LoraConfig, tensors: dict[str, torch.Tensor], folder: Path
) -> None:
    try:
        expected = expected_shapes(base, config)
    except EngineError as error:
        raise corrupt(folder / CONFIG_FILE, error.message) from error
    missing = sorted(expected.keys() - tensors.keys())
    foreign = sorted(tensors.keys() - expected.keys())
    if missing or foreign:
        kind, first = ("lacks", missing[0]) if missing else ("holds the foreign", foreign[0])
        raise corrupt(
            folder / WEIGHTS_FILE,
            f"{kind} {first} ({len(missing)} tensors missing, {len(foreign)} foreign)",
        )
    for name, shape in expected.items():
        if tuple(tensors[name].shape) != shape:
            raise corrupt(
                folder / WEIGHTS_FILE,
                f"{name} has shape {list(tensors[name].shape)} instead of {list(shape)}",
            )


def expected_shapes(base: Base, config: LoraConfig) -> dict[str, tuple[int, ...]]:
    """PEFT's key and shape of every tensor of such an adapter on this base."""
    shapes = {}
    for name in targeted_layers(base, config):
        layer = base.linear_modules[name]
        shapes[f"base_model.model.{name}.lora_A.weight"] = (config.r, layer.in_features)
        shapes[f"base_model.model.{name}.lora_B.weight"] = (layer.out_features, config.r)
        if config.use_dora:
            shapes[f"base_model.model.{name}.lora_magnitude_vector"] = (layer.out_features,)
    return shapes


def targeted_layers(base: Base, config: LoraConfig) -> list[str]:
    targets = config.target_modules  # PEFT turns a list into a set
    return resolve_targets(base, targets if isinstance(targets, str) else sorted(targets))


def check_finite(tensors: dict[str, torch.Tensor], folder: Path) -> None:
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise EngineError(
                "non_finite_adapter", f"{name} in {folder / WEIGHTS_FILE} is not finite."
            )


def verify_adapter(base: Base, request: VerifyAdapter) -> VerifyResult:
    """Check files that are about to be published, and that they load.

    Raises EngineError as ``read_adapter``.
    """
    folder = Path(request.path)
    files = read_adapter(base, folder)
    check_settings(base, files.config, request)
    serve(base, files)
    return VerifyResult(parameters=files.parameters, tensors=len(files.tensors))


def check_settings(base: Base, config: LoraConfig, request: VerifyAdapter) -> None:
    path = Path(request.path) / CONFIG_FILE
    if config.r != request.rank:
        raise corrupt(path, f"has rank {config.r} instead of {request.rank}")
    if config.lora_alpha != request.alpha:
        raise corrupt(path, f"has alpha {config.lora_alpha} instead of {request.alpha}")
    if config.use_rslora != request.rank_stabilized:
        scaling = {True: "rank-stabilized", False: "usual"}
        raise corrupt(path, f"has not the {scaling[request.rank_stabilized]} scale")
    if config.use_dora != request.dora:
        raise corrupt(path, f"is {'a' if config.use_dora else 'no'} DoRA adapter")
    found = targeted_layers(base, config)
    wanted = resolve_targets(base, request.target_modules)
    if set(found) != set(wanted):
        raise corrupt(path, f"targets {len(found)} layers instead of the {len(wanted)} configured")


def corrupt(path: Path, fault: str) -> EngineError:
    return EngineError("corrupt_adapter", f"{path}: {fault}.", {"path": str(path)})
