"""The usual way to train a LoRA adapter: PEFT's own model, torch's AdamW, a plain loop."""

import copy
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from plain_losses import LOSSES, Plain, PlainModel
from torch import nn

from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import READERS
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training.methods import METHODS
from loraloom_engine.training.plan import total_steps
from loraloom_engine.training.schedule import learning_rate


def train_plainly(
    model: nn.Module, request: StartRun
) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Losses of the steps, and the adapter's weights under the keys of PEFT's files.

    ``model`` is as it was afterwards. Each text goes through it by itself.
    """
    config = request.config
    wrapped = wrap(model, config)
    plain = Plain(wrapped, READERS[config.method](Path(request.rows_path), 1 << 30), config)
    losses = take_steps(plain)
    weights = adapter_weights(wrapped)
    wrapped.unload()
    return losses, weights


def train_whole_model(
    model: nn.Module, request: StartRun
) -> tuple[list[float], dict[str, torch.Tensor]]:
    """As ``train_plainly``, of all weights of ``model`` in its place, under its own names."""
    config = request.config
    rows = READERS[config.method](Path(request.rows_path), 1 << 30)
    starting = copy.deepcopy(model).requires_grad_(False)
    model.requires_grad_(True)
    losses = take_steps(PlainModel(model, rows, config, starting))
    return losses, {name: weight.detach() for name, weight in model.named_parameters()}


def take_steps(plain: Plain) -> list[float]:
    config = plain.config
    trained = [p for p in plain.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, weight_decay=config.weight_decay)
    plan = METHODS[config.method](plain.rows, config, 1 << 30)
    steps = total_steps(plan.units, config)
    losses = []
    for step in range(steps):
        loss = LOSSES[config.method](plain, plan.rows_of_step(step))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, config.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step, steps)
        optimizer.step()
        losses.append(loss.item())
    return losses


def wrap(model: nn.Module, config: TrainingConfig) -> PeftModel:
    torch.manual_seed(config.seed)
    lora = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        target_modules=config.target_modules,
        use_rslora=config.rank_stabilized,
        use_dora=config.dora,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, lora)


def summed_loss(model: nn.Module, example: Example) -> torch.Tensor:
    """Of one example by itself, with transformers' own attention."""
    logits = model(torch.tensor([example.input_ids])).logits[0, :-1]
    labels = torch.tensor(example.labels[1:])
    return nn.functional.cross_entropy(logits, labels, reduction="sum")


def adapter_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """Under the keys of PEFT's files."""
    return get_peft_model_state_dict(model)
