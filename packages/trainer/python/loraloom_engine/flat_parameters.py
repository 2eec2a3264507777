"""Many parameters in one tensor, so that an optimizer, a norm or a copy touches one."""

import torch
from torch import nn


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
