"""GRPO's step written out once more, token by token, over any model of PEFT; clipped, as TRL does.

What was written and what it is worth are given: they are the engine's to draw.
"""

from dataclasses import dataclass

import torch
from peft import PeftModel
from torch import nn

from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.schedule import learning_rate

EPSILON = 0.2


@dataclass(frozen=True)
class Written:
    prompt: list[int]
    tokens: list[int]
    reward: float


def take_grpo_steps(
    model: PeftModel, steps: list[list[Written]], config: TrainingConfig
) -> list[float]:
    """The losses; each step is what was written in it, group after group."""
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, weight_decay=config.weight_decay)
    losses = []
    for step, written in enumerate(steps):
        loss = grpo_loss(model, written, config)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, config.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step, len(steps))
        optimizer.step()
        losses.append(loss.item())
    return losses


def grpo_loss(model: PeftModel, written: list[Written], config: TrainingConfig) -> torch.Tensor:
    """The mean over all tokens of the step."""
    rewards = torch.tensor([each.reward for each in written], dtype=torch.float64)
    groups = rewards.view(-1, config.completions.number)
    spread = groups.std(dim=1, keepdim=True)
    advantages = ((groups - groups.mean(dim=1, keepdim=True)) / (spread + 1e-4)).flatten()
    losses = [
        token_losses(model, each, advantage, config)
        for each, advantage in zip(written, advantages, strict=True)
    ]
    return torch.cat(losses).mean()


def token_losses(
    model: PeftModel, written: Written, advantage: torch.Tensor, config: TrainingConfig
) -> torch.Tensor:
    now = token_log_probs(model, written, config.completions.temperature)
    ratio = torch.exp(now - now.detach())
    clipped = ratio.clamp(1 - EPSILON, 1 + EPSILON)
    loss = -torch.min(ratio * advantage, clipped * advantage)
    if config.beta == 0:
        return loss
    with torch.no_grad(), model.disable_adapter():
        gap = token_log_probs(model, written, config.completions.temperature)
    gap = gap - now
    return loss + config.beta * (torch.exp(gap) - gap - 1) * ratio


def token_log_probs(model: PeftModel, written: Written, temperature: float) -> torch.Tensor:
    """With transformers' own attention."""
    logits = model(torch.tensor([written.prompt + written.tokens])).logits[0]
    of_written = logits[len(written.prompt) - 1 : -1] / temperature
    chosen = torch.tensor(written.tokens)[:, None]
    return of_written.log_softmax(-1).gather(1, chosen).flatten()
