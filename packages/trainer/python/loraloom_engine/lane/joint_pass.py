"""One pass of several runs: forward, their losses, and backward into each one's gradients."""

from dataclasses import dataclass
from itertools import groupby

import torch

from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Group, group_tokens
from loraloom_engine.passes.block import Block
from loraloom_engine.passes.log_probs import Targets

Failed = list[tuple[Demand, Exception]]


@dataclass(frozen=True)
class Part:
    """The groups of one demand in a pass."""

    demand: Demand
    groups: list[Group]

    @property
    def tokens(self) -> int:
        return sum(group_tokens(group) for group in self.groups)

    @property
    def examples(self) -> list[Example]:
        return [text.example for group in self.groups for text in group]

    @property
    def sums(self) -> list[int]:
        return [count for example in self.examples for count in example.sums]

    @property
    def blocks(self) -> list[Block]:
        demand = self.demand
        return [
            Block(text.example.input_ids, demand.adapter, None, demand.dropout, text.noise)
            for group in self.groups
            for text in group
        ]

    def loss(self, log_probs: torch.Tensor) -> torch.Tensor:
        objective = self.demand.objective
        return objective(log_probs, self.demand.done) if objective else log_probs.new_zeros(())

    def note(self, log_probs: list[float], loss: float) -> None:
        self.demand.done += len(self.groups)
        self.demand.loss += loss
        self.demand.log_probs += log_probs


def run_pass(base: Base, parts: list[Part]) -> Failed:
    """What came of it is noted in the demands. All of them learn in the same way, or none does.

    A run whose own loss can't be computed is returned with the reason, and takes no part.
    """
    learns, checkpointing = parts[0].demand.learns, parts[0].demand.checkpointing
    blocks = [block for part in parts for block in part.blocks]
    with torch.set_grad_enabled(learns), base.forward.hidden(blocks, checkpointing) as hidden:
        tokens = trained_tokens(hidden, blocks, parts)
        log_probs = base.head.log_probs(*tokens) if learns else note_right(base, tokens, parts)
        sums = add_up(log_probs, [count for part in parts for count in part.sums])
        computed, failed = compute_losses(parts, sums)
        if learns and computed:
            torch.stack([loss for _, _, loss in computed]).sum().backward()
    for part, log_probs, loss in computed:
        part.note(log_probs.tolist(), loss.item())
    return failed


def compute_losses(
    parts: list[Part], sums: torch.Tensor
) -> tuple[list[tuple[Part, torch.Tensor, torch.Tensor]], Failed]:
    computed, failed = [], []
    shares = sums.split([len(part.sums) for part in parts])
    for part, log_probs in zip(parts, shares, strict=True):
        try:
            computed.append((part, log_probs, part.loss(log_probs)))
        except Exception as error:  # noqa: BLE001 - one run's fault must not end the others
            failed.append((part.demand, error))
    return computed, failed


def trained_tokens(
    hidden: torch.Tensor, blocks: list[Block], parts: list[Part]
) -> tuple[torch.Tensor, Targets]:
    """All tokens that are trained, and the states [tokens, size] that predict them."""
    places, targets, temperatures = [], [], []
    examples = [example for part in parts for example in part.examples]
    for block, example in zip(blocks, examples, strict=True):
        # The token at a place is predicted by the hidden state of the one before it.
        trained = example.trained_places
        places += [block.start + at - 1 for at in trained]
        targets += [example.labels[at] for at in trained]
        temperatures += [example.temperature] * len(trained)
    device = hidden.device
    divided = None
    if any(temperature != 1 for temperature in temperatures):
        divided = torch.tensor(temperatures, dtype=torch.float64, device=device)[:, None]
    ids = torch.tensor(targets, device=device)
    return hidden[torch.tensor(places, device=device)], Targets(ids, divided)


def note_right(base: Base, tokens: tuple[torch.Tensor, Targets], parts: list[Part]) -> torch.Tensor:
    """Log-probabilities (nats) of texts that are only scored; which were the likeliest is noted."""
    log_probs, right = base.head.judge(*tokens)
    counts = add_up(right, [sum(part.sums) for part in parts]).tolist()
    for part, count in zip(parts, counts, strict=True):
        part.demand.right += count
    return log_probs


def add_up(tokens: torch.Tensor, counts: list[int]) -> torch.Tensor:
    """Sums of so many tokens each; those that are of one token are taken as they are, side by side.

    Where each token counts by itself, a pass would have thousands of sums of one.
    """
    sums, start = [], 0
    for is_single, alike in groupby(counts, key=lambda count: count == 1):
        sizes = list(alike)
        some = tokens[start : start + sum(sizes)]
        sums += [some] if is_single else [part.sum()[None] for part in some.split(sizes)]
        start += sum(sizes)
    return torch.cat(sums)
