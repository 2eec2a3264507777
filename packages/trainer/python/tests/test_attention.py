"""Attention in bfloat16 on a CPU, which is computed in float32."""

import pytest
import torch

from loraloom_engine.passes.attention import attend


def attended(
    parts: list[torch.Tensor], dtype: torch.dtype
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    query, key, value = (part.to(dtype).requires_grad_() for part in parts)
    outcome = attend(query, key, value, None, None, None)
    return outcome, torch.autograd.grad(outcome.float().square().sum(), (query, key, value))


@pytest.mark.parametrize("tokens", [1, 40])
def test_outcome_and_gradients_are_those_of_float32_rounded(tokens):
    torch.manual_seed(0)
    shapes = [(1, 6, tokens, 16), (1, 2, 40, 16), (1, 2, 40, 16)]
    parts = [torch.randn(shape).bfloat16() for shape in shapes]
    outcome, gradients = attended(parts, torch.bfloat16)
    exact, exact_gradients = attended(parts, torch.float64)
    assert outcome.dtype == torch.bfloat16
    for found, wanted in zip([outcome, *gradients], [exact, *exact_gradients], strict=True):
        assert found.dtype == torch.bfloat16
        assert (found.double() - wanted).norm() <= 0.01 * wanted.norm()
