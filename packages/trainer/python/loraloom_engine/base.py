"""The resident base model: loaded once, frozen, shared by all work."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import torch
from torch import nn
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from loraloom_engine.data.template import Template
from loraloom_engine.device_memory import DeviceMemory
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraAdapter, LoraShape
from loraloom_engine.passes.forward import Forward
from loraloom_engine.passes.log_probs import Head
from loraloom_engine.passes.stage import Stage
from loraloom_engine.protocol.events import BaseLoaded
from loraloom_engine.protocol.requests import LoadBase
from loraloom_engine.sampling.live_runs import LiveRuns

# Enough that a pass's fixed costs don't count, little enough that nobody waits long for it; where
# another size is clearly faster, calibration finds it.
TOKENS_PER_PASS = {"cpu": 1024, "cuda": 16384}
# Below it a pass takes as long as it takes to read the weights and to launch its kernels.
SMALLEST_PASS = {"cpu": 16, "cuda": 2048}
# Completions of a pass that writes. With more it takes longer; fewer leave a GPU idle.
COMPLETIONS_PER_PASS = {"cpu": 64, "cuda": 512}
# Versions remember their variables, such as the date of their training.
TEMPLATES_KEPT = 16


@dataclass
class Base:
    """One base model and the ways to go through it, in passes of ``pass_tokens`` at most."""

    identity: LoadBase
    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    device: torch.device
    memory: DeviceMemory
    linear_modules: dict[str, nn.Linear]
    stage: Stage
    forward: Forward
    head: Head
    end_tokens: frozenset[int]
    context_length: int
    pass_tokens: int
    live_runs: LiveRuns = field(default_factory=LiveRuns)

    def template(self, variables: dict[str, str]) -> Template:
        """The same one for the same variables: what it learns of its frames it learns once."""
        return self._template_of(frozenset(variables.items()))

    @cached_property
    def _template_of(self) -> Callable[[frozenset[tuple[str, str]]], Template]:
        return lru_cache(TEMPLATES_KEPT)(
            lambda variables: Template(self.tokenizer, dict(variables), self.end_tokens)
        )

    def new_adapter(self, shape: LoraShape, trainable: bool = False) -> LoraAdapter:
        """An adapter for this base, all zero: to be trained in float32, or to serve only."""
        dtype = torch.promote_types(self.model.dtype, torch.float32)
        return LoraAdapter(shape, self.device, trainable, dtype if trainable else self.model.dtype)


def make_base(
    identity: LoadBase, model: nn.Module, tokenizer: PreTrainedTokenizerBase, device: torch.device
) -> Base:
    """A model with the blocks' attention becomes a base; its weights are left as they are."""
    linear_modules = find_linear_modules(model)
    stage = Stage(model, linear_modules)
    return Base(
        identity=identity,
        model=model,
        tokenizer=tokenizer,
        device=device,
        memory=DeviceMemory(device),
        linear_modules=linear_modules,
        stage=stage,
        forward=Forward(model, stage, device),
        head=Head(model),
        end_tokens=find_end_tokens(model, tokenizer),
        context_length=model.config.get_text_config().max_position_embeddings,
        pass_tokens=TOKENS_PER_PASS[device.type],
    )


def find_linear_modules(model: nn.Module) -> dict[str, nn.Linear]:
    """The linear layers that an adapter may target: all but the output layer."""
    output = model.get_output_embeddings()
    named = model.named_modules()
    return {
        name: module
        for name, module in named
        if isinstance(module, nn.Linear) and module is not output
    }


def find_end_tokens(model: nn.Module, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The ids that end a turn, from the model's generation settings and its tokenizer."""
    configured = model.generation_config.eos_token_id
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(token for token in [*ids, tokenizer.eos_token_id] if token is not None)


def resolve_targets(base: Base, wanted: str | list[str]) -> list[str]:
    """The full names of the targeted layers.

    A name targets the layers that it names wholly or by their last parts, as in PEFT.
    Raises EngineError ``unknown_target_modules`` naming what matches nothing.
    """
    names = list(base.linear_modules)
    if wanted == "all-linear":
        return names
    unknown = [target for target in wanted if not any(is_named(name, target) for name in names)]
    if unknown:
        raise EngineError(
            "unknown_target_modules",
            f"{', '.join(unknown)}: no such linear layer in {base.identity.model_id}; "
            f"it has {', '.join(short_names(base))}.",
            {"unknown": unknown, "known": short_names(base)},
        )
    return [name for name in names if any(is_named(name, target) for target in wanted)]


def is_named(name: str, target: str) -> bool:
    return name == target or name.endswith(f".{target}")


def short_names(base: Base) -> list[str]:
    return sorted({name.rsplit(".", 1)[-1] for name in base.linear_modules})


def describe_base(base: Base, started: float) -> BaseLoaded:
    """``started`` is the monotonic time at which loading began."""
    identity = base.identity
    return BaseLoaded(
        model_id=identity.model_id,
        revision=identity.revision,
        dtype=identity.dtype,
        quantization=identity.quantization,
        vocab_size=base.model.get_input_embeddings().num_embeddings,
        parameters=base.model.num_parameters(),
        context_length=base.context_length,
        pass_tokens=base.pass_tokens,
        linear_modules=short_names(base),
        seconds=time.monotonic() - started,
    )
