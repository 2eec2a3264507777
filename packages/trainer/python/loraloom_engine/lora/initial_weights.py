"""A new adapter's weights: the ones that PEFT would draw under the same seed."""

import math

import torch
from torch import nn

from loraloom_engine.lora.adapter import LoraAdapter


def draw_initial_weights(adapter: LoraAdapter, seed: int) -> None:
    """A by Kaiming's uniform distribution, B zero: the adapter begins by changing nothing.

    For every layer PEFT makes two linear modules, each of which draws weights of its own, and
    then draws A anew. The same draws in the same order give the same A, bit for bit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for pair in adapter.pairs.values():
            rank, inner = pair.a.shape
            a = nn.Linear(inner, rank, bias=False).weight
            nn.Linear(rank, pair.b.shape[0], bias=False)
            pair.a.copy_(nn.init.kaiming_uniform_(a, a=math.sqrt(5)).detach())
