"""The layer's own backward is what its forward says, by finite differences in float64."""

import torch

from loraloom_engine.lora.adapter import LoraAdapter, LoraShape
from loraloom_engine.lora.dropout import place_keys
from loraloom_engine.lora.update import Dropout, LowRankUpdate, Span
from loraloom_engine.passes.frozen_linear import way_back

TOKENS, OUT, IN = 7, 4, 3
STEP = 1e-6


def adapter(rank: int) -> LoraAdapter:
    shape = LoraShape(rank, 2.0, {"layer": (OUT, IN)})
    made = LoraAdapter(shape, torch.device("cpu"), trainable=True, dtype=torch.float64)
    torch.nn.init.normal_(made.weights)
    return made


def spans_of(one: LoraAdapter, other: LoraAdapter) -> list[Span]:
    """With and without an adapter, with and without dropout, one adapter twice."""
    dropout = Dropout(0.4, place_keys(5, torch.arange(2)), 11)
    return [
        Span(0, 2, one.pairs["layer"], 1.5, dropout),
        Span(2, 3, None),
        Span(3, 6, other.pairs["layer"], 0.5),
        Span(6, 7, one.pairs["layer"], 1.5),
    ]


def tensors() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(3)
    return (
        torch.randn(1, TOKENS, OUT, dtype=torch.float64, requires_grad=True),
        torch.randn(1, TOKENS, IN, dtype=torch.float64, requires_grad=True),
    )


def test_gradients_of_outputs_and_inputs():
    spans, anchor = spans_of(adapter(2), adapter(3)), torch.zeros((), requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda outputs, inputs: LowRankUpdate.apply(outputs, inputs, anchor, spans, None),
        tensors(),
    )


def test_gradients_of_inputs_through_the_layer_itself():
    spans, anchor = spans_of(adapter(2), adapter(3)), torch.zeros((), requires_grad=True)
    layer = torch.nn.Linear(IN, OUT, dtype=torch.float64).requires_grad_(False)

    def adapted(inputs: torch.Tensor) -> torch.Tensor:
        outputs = layer(inputs).detach()
        return LowRankUpdate.apply(outputs, inputs, anchor, spans, way_back(layer))

    assert torch.autograd.gradcheck(adapted, tensors()[1:])


def test_gradients_that_are_added_to_the_adapters():
    adapters = adapter(2), adapter(3)
    spans, anchor = spans_of(*adapters), torch.zeros((), requires_grad=True)
    outputs, inputs = tensors()
    weight = torch.randn(1, TOKENS, OUT, dtype=torch.float64)

    def value() -> torch.Tensor:
        return (LowRankUpdate.apply(outputs, inputs, anchor, spans, None) * weight).sum()

    for made in adapters:
        made.weights.grad.fill_(1.0)  # what an earlier pass of the step left
    value().backward()
    for made in adapters:
        flat = made.weights.data
        for at in range(len(flat)):
            here = flat[at].item()
            flat[at] = here + STEP
            above = value()
            flat[at] = here - STEP
            slope = (above - value()) / (2 * STEP)
            flat[at] = here
            assert abs(made.weights.grad[at] - 1.0 - slope) <= 1e-7
