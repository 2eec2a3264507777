"""The usual way to train a LoRA adapter: PEFT's own model, torch's AdamW, a plain loop."""

from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import read_tokenized
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training.methods import Supervised
from loraloom_engine.training.plan import total_steps
from loraloom_engine.training.schedule import learning_rate


def train_plainly(
    model: nn.Module, request: StartRun
) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Losses of the steps, and the adapter's weights under the keys of PEFT's files.

    ``model`` is wrapped and stays so. Each example goes through it by itself; a step's loss is
    the mean over all its trained tokens.
    """
    config = request.config
    model = wrap(model, config)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, weight_decay=config.weight_decay)
    rows = read_tokenized(Path(request.rows_path), 1 << 30)
    plan = Supervised(rows, config, 0)
    steps = total_steps(plan.units, config)
    losses = []
    for step in range(steps):
        chosen = plan.rows_of_step(step)
        loss = sum(summed_loss(model, rows[at]) for at in chosen)
        loss = loss / sum(rows.trained[at] for at in chosen)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, config.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step, steps)
        optimizer.step()
        losses.append(loss.item())
    return losses, adapter_weights(model)


def wrap(model: nn.Module, config: TrainingConfig) -> nn.Module:
    torch.manual_seed(config.seed)
    lora = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        target_modules=config.target_modules,
        use_rslora=config.rank_stabilized,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, lora)


def summed_loss(model: nn.Module, example: Example) -> torch.Tensor:
    """Of one example by itself, with transformers' own attention."""
    logits = model(torch.tensor([example.input_ids])).logits[0, :-1]
    labels = torch.tensor(example.labels[1:])
    return nn.functional.cross_entropy(logits, labels, reduction="sum")


def adapter_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return {
        name.replace(".default.", "."): value.detach()
        for name, value in model.named_parameters()
        if "lora_" in name
    }
