"""Cross-entropy of a micro-batch, with logits only at the positions that are trained."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from loraloom_engine.data.example import NOT_TRAINED, Example


@dataclass
class Batch:
    """Right-padded tensors [examples, longest]; ``labels`` are shifted to their predictors."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor


def make_batch(examples: list[Example], device: torch.device) -> Batch:
    longest = max(len(example.input_ids) for example in examples)
    input_ids = torch.zeros(len(examples), longest, dtype=torch.long)
    attention_mask = torch.zeros_like(input_ids)
    labels = torch.full_like(input_ids, NOT_TRAINED)
    for at, example in enumerate(examples):
        length = len(example.input_ids)
        input_ids[at, :length] = torch.tensor(example.input_ids)
        attention_mask[at, :length] = 1
        labels[at, : length - 1] = torch.tensor(example.labels[1:])
    return Batch(input_ids.to(device), attention_mask.to(device), labels.to(device))


def summed_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """The sum (not the mean) of the cross-entropies of the batch's trained tokens, in nats.

    Padding stands at the right, where causal attention hides it from every trained
    token, so position ids count from each row's first token as they should.
    """
    positions = (batch.labels != NOT_TRAINED).any(dim=0).nonzero().squeeze(1)
    output = model(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        use_cache=False,
        logits_to_keep=positions,
    )
    labels = batch.labels[:, positions]
    return functional.cross_entropy(
        output.logits.float().flatten(0, 1),
        labels.flatten(),
        ignore_index=NOT_TRAINED,
        reduction="sum",
    )
