"""PEFT's LoRA settings for a run."""

from peft import LoraConfig

from loraloom_engine.base import Base, resolve_targets
from loraloom_engine.protocol.requests import TrainingConfig


def lora_config(base: Base, config: TrainingConfig) -> LoraConfig:
    """Raises EngineError ``unknown_target_modules``."""
    resolve_targets(base, config.target_modules)
    whole = config.alpha == int(config.alpha)
    return LoraConfig(
        r=config.rank,
        lora_alpha=int(config.alpha) if whole else config.alpha,  # PEFT's files hold an integer
        lora_dropout=config.dropout,
        target_modules=config.target_modules,
        task_type="CAUSAL_LM",
    )
