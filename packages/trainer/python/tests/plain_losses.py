"""The losses of all methods written out once more, text by text, over any model of PEFT.

``answers`` are log-probabilities of an example's trained tokens; references are those of the model
without its adapter, which is how a new adapter begins.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from peft import PeftModel
from torch import nn
from torch.nn.functional import logsigmoid

from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import AnyRows
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.plan import micro_batches


@dataclass(frozen=True)
class Plain:
    model: PeftModel
    rows: AnyRows
    config: TrainingConfig

    def answer(self, example: Example) -> torch.Tensor:
        """Each token's log-probability, of the trained ones, with transformers' own attention."""
        logits = self.model(torch.tensor([example.input_ids])).logits[0, :-1]
        labels = torch.tensor(example.labels[1:])
        return -nn.functional.cross_entropy(logits, labels, reduction="none")[labels >= 0]

    def reference(self, example: Example) -> torch.Tensor:
        with torch.no_grad(), self.model.disable_adapter():
            return self.answer(example)

    def gain(self, example: Example) -> torch.Tensor:
        return self.answer(example).sum() - self.reference(example).sum()


@dataclass(frozen=True)
class PlainModel(Plain):
    """All weights of the model learn; ``starting`` is it before that."""

    starting: nn.Module

    def reference(self, example: Example) -> torch.Tensor:
        with torch.no_grad():
            return Plain(self.starting, self.rows, self.config).answer(example)


def sft_loss(plain: Plain, chosen: list[int]) -> torch.Tensor:
    answers = [plain.answer(plain.rows[at]) for at in chosen]
    return -sum(answer.sum() for answer in answers) / sum(len(answer) for answer in answers)


def dpo_loss(plain: Plain, chosen: list[int]) -> torch.Tensor:
    pairs = [(plain.rows.chosen[at], plain.rows.rejected[at]) for at in chosen]
    beta = plain.config.beta
    losses = [-logsigmoid(beta * (plain.gain(won) - plain.gain(lost))) for won, lost in pairs]
    return torch.stack(losses).mean()


def orpo_loss(plain: Plain, chosen: list[int]) -> torch.Tensor:
    def log_odds(example: Example) -> torch.Tensor:
        mean = plain.answer(example).mean()
        return mean - torch.log(1 - torch.exp(mean))

    winners = [plain.rows.chosen[at] for at in chosen]
    losers = [plain.rows.rejected[at] for at in chosen]
    whole = torch.cat([plain.answer(with_prompt(winner)) for winner in winners])
    odds = [log_odds(won) - log_odds(lost) for won, lost in zip(winners, losers, strict=True)]
    return -whole.mean() - plain.config.beta * torch.stack([logsigmoid(o) for o in odds]).mean()


def with_prompt(example: Example) -> Example:
    """What follows the answer is part of the template, and not learnt."""
    return Example(example.input_ids, [*example.input_ids[:-1], -100])


def kto_loss(plain: Plain, chosen: list[int]) -> torch.Tensor:
    config, rows = plain.config, plain.rows
    losses = []
    for batch in micro_batches(len(rows), config.batch_size, config.seed):
        if batch[0] not in chosen:
            continue
        kl = kto_baseline(plain, [rows[at] for at in batch])
        for at in batch:
            good = rows.good[at]
            reward = plain.gain(rows[at]) - kl if good else kl - plain.gain(rows[at])
            weight = config.desirable_weight if good else config.undesirable_weight
            losses.append(weight * (1 - torch.sigmoid(config.beta * reward)))
    assert len(losses) == len(chosen)
    return torch.stack(losses).mean()


def kto_baseline(plain: Plain, batch: list[Example]) -> torch.Tensor:
    with torch.no_grad():
        gains = [plain.gain(swap(batch[at], batch[at - 1])) for at in range(len(batch))]
        return torch.stack(gains).mean().clamp(min=0)


def swap(prompt_of: Example, answer_of: Example) -> Example:
    prompt, answer = (
        next(at for at, label in enumerate(example.labels) if label >= 0)
        for example in (prompt_of, answer_of)
    )
    ids = prompt_of.input_ids[:prompt] + answer_of.input_ids[answer:]
    return Example(ids, [-100] * prompt + answer_of.labels[answer:])


LOSSES: dict[str, Callable[[Plain, list[int]], torch.Tensor]] = {
    "sft": sft_loss,
    "dpo": dpo_loss,
    "orpo": orpo_loss,
    "kto": kto_loss,
}
