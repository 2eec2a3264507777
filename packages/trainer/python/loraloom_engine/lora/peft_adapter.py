"""An adapter that PEFT's own layers compute: what the shared lane's hooks can't, such as DoRA.

PEFT wraps the base's layers in place. So a base that has such an adapter is a run's own, in a
process of its own; nobody else's pass goes through it.
"""

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from torch import nn

from loraloom_engine.base import Base
from loraloom_engine.lora.adapter import LoraPair, LoraShape


class PeftAdapter:
    """PEFT's trained parameters as views of one flat tensor, as a run of the shared lane has them.

    So everything that a run does between its passes is the same code for both.
    """

    def __init__(self, base: Base, shape: LoraShape, config: LoraConfig, seed: int) -> None:
        self.shape = shape
        self.pairs: dict[str, LoraPair] = {}
        self._stage = base.stage
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._model = get_peft_model(base.model, config)
        self._layers = [m for m in self._model.modules() if isinstance(m, LoraLayer)]
        self.weights = flatten([p for p in self._model.parameters() if p.requires_grad])
        base.stage.draws_at_random = config.lora_dropout > 0
        base.model.base_model.register_forward_pre_hook(self._begin_pass)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Views of all weights under the keys of PEFT's files."""
        return get_peft_model_state_dict(self._model)

    def load(self, tensors: dict[str, torch.Tensor]) -> None:
        """Take the weights of ``tensors``: exactly the keys and shapes of ``tensors()``."""
        set_peft_model_state_dict(self._model, tensors)

    def _begin_pass(self, *_: object) -> None:
        """Dropout where the pass learns, its masks from the key of the pass's first example.

        So a run that was resumed draws the masks that it would have drawn.
        """
        learns = torch.is_grad_enabled()
        for layer in self._layers:
            layer.train(learns)
        if learns:
            torch.manual_seed(self._stage.blocks[0].noise)


def flatten(parameters: list[nn.Parameter]) -> nn.Parameter:
    """One tensor that holds them all; they and their gradients become views of it."""
    flat = nn.Parameter(torch.cat([p.detach().flatten() for p in parameters]))
    flat.grad = torch.zeros_like(flat)
    start = 0
    for parameter in parameters:
        place = slice(start, start + parameter.numel())
        parameter.data = flat.detach()[place].view_as(parameter)
        parameter.grad = flat.grad[place].view_as(parameter)
        start = place.stop
    return flat
