"""LoRA adapters on one resident model: made, loaded, switched and removed through PEFT.

The base's weights are never written. Once the last adapter is gone, PEFT's wrappers
are gone too and the model is what it was when it was loaded.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from peft import LoraConfig, PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from torch import nn


class Adapters:
    """The adapters on one model, by the caller's names."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self._peft: PeftModel | None = None
        # PEFT uses names as keys of module dicts, where '.' is refused: it gets our own.
        self._slots: dict[str, str] = {}
        self._made = 0
        self._in_use: tuple[str | None, bool] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._slots

    def add(self, name: str, config: LoraConfig) -> None:
        """Put a new adapter with PEFT's initial weights (global random state) on the model."""
        self._made += 1
        slot = f"slot{self._made}"
        self._in_use = None
        if self._peft is None:
            self._peft = PeftModel(self.model, config, adapter_name=slot)
        else:
            self._peft.add_adapter(slot, config)
        self._slots[name] = slot

    def add_with_weights(
        self, name: str, config: LoraConfig, tensors: dict[str, torch.Tensor]
    ) -> None:
        """Put an adapter with the given weights (PEFT's keys) on the model, ready to serve."""
        with torch.random.fork_rng(enabled=True):
            self.add(name, config)
        set_peft_model_state_dict(self._peft, tensors, adapter_name=self._slots[name])

    def remove(self, name: str) -> None:
        slot = self._slots.pop(name)
        self._in_use = None
        self._peft.delete_adapter(slot)
        if not self._slots:
            self._peft.unload()
            self._peft = None

    def parameters(self, name: str) -> dict[str, nn.Parameter]:
        """The adapter's tensors (A [r, in], B [out, r], float32) by their names in the model."""
        part = f".{self._slots[name]}."
        named = self.model.named_parameters()
        return {key.replace(part, "."): value for key, value in named if part in key}

    def state(self, name: str) -> dict[str, torch.Tensor]:
        """The adapter's weights under the keys of PEFT's files."""
        return get_peft_model_state_dict(
            self._peft, adapter_name=self._slots[name], save_embedding_layers=False
        )

    def targets(self, name: str) -> list[str]:
        """The target modules as PEFT resolved them, sorted."""
        return sorted(self._peft.peft_config[self._slots[name]].target_modules)

    @contextmanager
    def use(self, name: str | None, training: bool = False) -> Iterator[nn.Module]:
        """The model with this adapter alone (None: the bare base), for one piece of work.

        It is the caller's until the with-block ends: other work may switch adapters
        afterwards.
        """
        self._switch(name, training)
        with torch.set_grad_enabled(training):
            yield self.model

    def _switch(self, name: str | None, training: bool) -> None:
        if self._in_use == (name, training):
            return
        self.model.train(training)
        if self._peft is not None and name is None:
            self._peft.base_model.disable_adapter_layers()
        if name is not None:
            self._peft.base_model.enable_adapter_layers()
            self._peft.base_model.set_adapter(self._slots[name], inference_mode=not training)
        self._in_use = (name, training)
