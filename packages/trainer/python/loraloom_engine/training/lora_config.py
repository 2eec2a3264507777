"""A run's adapter: its shape on the base, and the settings that PEFT's files hold."""

from peft import LoraConfig

from loraloom_engine.base import Base, resolve_targets
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraShape
from loraloom_engine.protocol.requests import TrainingConfig


def lora_shape(base: Base, config: TrainingConfig) -> LoraShape:
    """Raises EngineError ``unknown_target_modules``, or ``bad_option`` for too high a rank."""
    targets = resolve_targets(base, config.target_modules)
    modules = {name: base.linear_modules[name] for name in targets}
    layers = {name: (layer.out_features, layer.in_features) for name, layer in modules.items()}
    check_rank(config.rank, layers)
    return LoraShape(config.rank, config.alpha, layers, config.rank_stabilized, config.dora)


def check_rank(rank: int, layers: dict[str, tuple[int, int]]) -> None:
    """A product of A and B can't have a higher rank than the layer that it is added to."""
    narrowest = min(layers, key=lambda name: min(layers[name]))
    width = min(layers[narrowest])
    if rank > width:
        raise EngineError(
            "bad_option",
            f"'rank' {rank} is above the width of the layer {narrowest}: it takes at most {width}.",
            {"rank": rank, "layer": narrowest, "width": width},
        )


def lora_config(config: TrainingConfig) -> LoraConfig:
    whole = config.alpha == int(config.alpha)
    return LoraConfig(
        r=config.rank,
        lora_alpha=int(config.alpha) if whole else config.alpha,  # PEFT's files hold an integer
        use_rslora=config.rank_stabilized,
        use_dora=config.dora,
        lora_dropout=config.dropout,
        target_modules=config.target_modules,
        task_type="CAUSAL_LM",
    )
