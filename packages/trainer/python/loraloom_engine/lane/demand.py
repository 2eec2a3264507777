"""What a run asks of the lane: gradients of a step, or log-probabilities without them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from loraloom_engine.data.example import Example
from loraloom_engine.lora.adapter import TrainedAdapter

# From the summed log-probabilities [sums] of whole groups, of which the first has this number,
# to their share of the step's loss. Most texts have one sum, see ``Example``.
Objective = Callable[[torch.Tensor, int], torch.Tensor]


@dataclass(frozen=True)
class Text:
    """An example as it goes through a pass; ``noise`` is the key of its dropout masks."""

    example: Example
    noise: int = 0


Group = list[Text]
"""Texts whose losses hang together: they always share a pass."""


@dataclass(eq=False)
class Demand:
    """The groups that have to go through before the run can go on, and what came of them.

    With an ``objective`` their gradients are added to the adapter's; without one they are only
    scored, and ``right`` counts the trained tokens that were the likeliest. ``owner`` is whom the
    work is counted for; ``alone`` keeps it from sharing a pass; with ``checkpointing`` it shares
    only passes that compute layers twice to save memory. ``later`` is about how many tokens its
    run will want after it.
    """

    owner: str
    adapter: TrainedAdapter | None
    groups: list[Group]
    objective: Objective | None = None
    dropout: float = 0.0
    checkpointing: bool = False
    alone: bool = False
    later: int = 0
    done: int = 0
    loss: float = 0.0
    log_probs: list[float] = field(default_factory=list)
    right: int = 0

    @property
    def learns(self) -> bool:
        return self.objective is not None

    @property
    def finished(self) -> bool:
        return self.done == len(self.groups)

    @property
    def tokens_left(self) -> int:
        return self.later + sum(group_tokens(group) for group in self.groups[self.done :])

    def restart(self) -> None:
        """Forget what went through: a pass broke off, and gradients may be half added."""
        self.done, self.loss, self.right = 0, 0.0, 0
        self.log_probs.clear()
        if self.learns:
            self.adapter.weights.grad.zero_()


def group_tokens(group: Group) -> int:
    return sum(len(text.example.input_ids) for text in group)
