"""Passes through the base: blocks in, the last layer's hidden states or log-probabilities out."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import nn

from loraloom_engine.passes.block import Block
from loraloom_engine.passes.stage import Stage
from loraloom_engine.passes.weight_sets import OwnWeights, WeightSets, own_weights


class Forward:
    """Runs the body of a causal language model over blocks that know nothing of one another."""

    def __init__(self, model: nn.Module, stage: Stage, device: torch.device) -> None:
        self._body = model.base_model
        self._stage = stage
        self._device = device
        self._weights = WeightSets(model)

    def weights_of_base(self) -> AbstractContextManager[None]:
        """In the middle of whatever pass the model's weights are the base's for as long as this."""
        return self._weights.in_force(None)

    @contextmanager
    def hidden(self, blocks: list[Block], checkpointing: bool = False) -> Iterator[torch.Tensor]:
        """Hidden states [tokens, size] of all blocks, one after the other.

        A backward pass through them belongs inside the with-block, and logits; with
        ``checkpointing`` layers keep nothing for it but their inputs. Afterwards each block's
        ``past`` holds its tokens too. All blocks have the same weights: their adapters are added to
        the base's, or all are of one whole model.
        """
        end = 0
        for block in blocks:
            block.start, end = end, end + len(block)
        tokens = torch.tensor([token for block in blocks for token in block.tokens])
        positions = torch.cat(
            [torch.arange(b.first_position, b.first_position + len(b)) for b in blocks]
        )
        tokens, positions = tokens.to(self._device), positions.to(self._device)
        stage = self._stage.set_for(blocks, positions, checkpointing)
        with stage, self._weights.in_force(weights_of(blocks)):
            output = self._body(
                input_ids=tokens[None], position_ids=positions[None], use_cache=False
            )
            yield output.last_hidden_state[0]
        for block in blocks:
            if block.past is not None:
                block.past.length += len(block)


def weights_of(blocks: list[Block]) -> OwnWeights | None:
    (weights,) = {own_weights(block.adapter) for block in blocks}
    return weights
