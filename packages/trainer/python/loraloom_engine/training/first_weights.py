"""What a run trains where it begins: at weights drawn anew, or at those of an earlier version."""

from pathlib import Path

from loraloom_engine.adapter_files import WEIGHTS_FILE, AdapterFiles, load_adapter, read_adapter
from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraAdapter, LoraShape, TrainedAdapter
from loraloom_engine.lora.initial_weights import draw_initial_weights
from loraloom_engine.lora.peft_adapter import PeftAdapter
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training.lora_config import lora_config, lora_shape
from loraloom_engine.whole.model_files import (
    holds_model,
    model_weight_files,
    read_weights,
)
from loraloom_engine.whole.trained_model import TrainedModel


def adapter_to_train(base: Base, request: StartRun) -> TrainedAdapter:
    """Raises EngineError ``unknown_target_modules``, ``corrupt_adapter``, ``non_finite_adapter``,
    ``base_model_mismatch`` or ``bad_option``.
    """
    require_same_form(request)
    if request.config.full_fine_tuning:
        return model_to_train(base, request.start_from_path)
    shape = lora_shape(base, request.config)
    if request.start_from_path is None:
        return new_adapter(base, shape, request.config)
    files = read_adapter(base, Path(request.start_from_path))
    require_same_base(base, files)
    require_same_shape(wanted=shape, found=files.shape)
    adapter = new_adapter(base, shape, request.config)
    adapter.load(files.tensors)
    return adapter


def model_to_train(base: Base, start_from: str | None) -> TrainedModel:
    model = TrainedModel(base.model)
    if start_from is not None:
        model.load(dict(read_weights(base, Path(start_from))))
    return model


def require_same_form(request: StartRun) -> None:
    """A whole model goes on as one, and an adapter as an adapter."""
    if request.start_from_path is None:
        return
    found = holds_model(Path(request.start_from_path))
    if found == request.config.full_fine_tuning:
        return
    kinds = {True: "a whole model", False: "an adapter"}
    raise EngineError(
        "bad_option",
        f"The run trains {kinds[not found]}, and the version to start from is {kinds[found]}.",
        {"option": "full_fine_tuning", "asked": not found, "version": found},
    )


def weight_files(folder: Path) -> list[Path]:
    """Those of a version. Raises EngineError ``corrupt_adapter``."""
    return model_weight_files(folder) if holds_model(folder) else [folder / WEIGHTS_FILE]


def starting_adapter(base: Base, request: StartRun) -> LoraAdapter | None:
    """As it is served, where completions are compared with it all the way; new weights change
    nothing, so the base alone is what they start from.
    """
    compares = request.config.method == "grpo" and request.config.beta > 0
    if request.start_from_path is None or not compares:
        return None
    return load_adapter(base, Path(request.start_from_path))


def new_adapter(base: Base, shape: LoraShape, config: TrainingConfig) -> TrainedAdapter:
    if config.dora:
        return PeftAdapter(base, shape, lora_config(config), config.seed)
    adapter = base.new_adapter(shape, trainable=True)
    draw_initial_weights(adapter, config.seed)
    return adapter


def require_same_base(base: Base, files: AdapterFiles) -> None:
    """An adapter of another model may fit by its shapes, and would mean nothing here."""
    trained_on, here = files.config.base_model_name_or_path, base.identity.model_id
    if trained_on in (None, here):
        return
    raise EngineError(
        "base_model_mismatch",
        f"The adapter to start from was trained on '{trained_on}', and this base is '{here}'.",
        {"adapter": trained_on, "base": here},
    )


def require_same_shape(*, wanted: LoraShape, found: LoraShape) -> None:
    asked, given = settings_of(wanted), settings_of(found)
    for name, value in asked.items():
        if value != given[name]:
            raise EngineError(
                "bad_option",
                f"The run asks for {name} {value}, and the adapter that it starts from has "
                f"{given[name]}.",
                {"option": name, "asked": value, "adapter": given[name]},
            )


def settings_of(shape: LoraShape) -> dict[str, object]:
    return {
        "rank": shape.rank,
        "alpha": shape.alpha,
        "rank_stabilized": shape.rank_stabilized,
        "dora": shape.dora,
        "target_modules": sorted(shape.layers),
    }
