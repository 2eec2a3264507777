"""The base's linear layers through oneDNN: the same products, in float32's precision."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from loraloom_engine.passes import frozen_linear
from loraloom_engine.passes.frozen_linear import (
    LARGEST_ERROR,
    FrozenProduct,
    error_of,
    made_up,
    mkl_is_slow,
    take_faster_products,
    way_back,
)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine's libraries are like."""
    monkeypatch.setattr(frozen_linear, "onednn_pays", lambda: True)


@pytest.mark.parametrize("bias", [False, True])
def test_products_and_gradients_are_those_in_float64(bias: bool) -> None:
    layer = nn.Linear(96, 160, bias=bias).requires_grad_(False)
    exact = nn.Linear(96, 160, bias=bias).double().requires_grad_(False)
    exact.load_state_dict(layer.state_dict())
    inputs = made_up(33, 96)[None].requires_grad_()
    precise = inputs.detach().double().requires_grad_()
    outputs = FrozenProduct.apply(inputs, layer.weight, layer.bias)
    outputs.sin().sum().backward()
    exact(precise).sin().sum().backward()
    assert difference(outputs, exact(precise)) < 1e-6
    assert difference(inputs.grad, precise.grad) < 1e-6


def test_less_precision_than_float32s_is_noticed() -> None:
    weight = made_up(160, 96)

    def rounded(inputs: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return functional.linear(inputs.bfloat16(), weight.bfloat16()).float()

    assert error_of(functional.linear, weight) < LARGEST_ERROR / 10
    assert error_of(frozen_linear.onednn_product, weight) < LARGEST_ERROR / 10
    assert error_of(rounded, weight) > LARGEST_ERROR * 10


@pytest.mark.parametrize(
    ("vendor", "capability", "slow"),
    [
        ("AuthenticAMD", "AVX512", True),
        ("AuthenticAMD", "AVX2", False),
        ("GenuineIntel", "AVX512", False),
        ("GenuineIntel", "AVX512_AMX", False),
    ],
)
def test_the_processor_decides_and_no_clock(vendor: str, capability: str, slow: bool) -> None:
    assert mkl_is_slow(vendor, capability) is slow


@pytest.mark.usefixtures("fast")
def test_layers_keep_their_names_weights_and_hooks() -> None:
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
    heard = []
    model[0].register_forward_hook(lambda *_: heard.append("hook"))
    before, names = model(torch.ones(2, 8)), list(model.state_dict())
    take_faster_products(model)
    after = model(torch.ones(2, 8))
    assert after.grad_fn.name() == "FrozenProductBackward"
    assert torch.allclose(after, before, atol=1e-6)
    assert list(model.state_dict()) == names
    assert heard == ["hook", "hook"]


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_number_types_stay_with_torch(dtype: torch.dtype) -> None:
    model = nn.Sequential(nn.Linear(8, 4)).to(dtype)
    take_faster_products(model)
    assert "Frozen" not in model(torch.ones(2, 8, dtype=dtype)).grad_fn.name()


@pytest.mark.usefixtures("fast")
def test_layers_of_other_classes_compute_as_they_mean_to() -> None:
    class Doubling(nn.Linear):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(inputs)

    model = nn.Sequential(Doubling(8, 4))
    before = model(torch.ones(2, 8))
    take_faster_products(model)
    assert torch.equal(model(torch.ones(2, 8)), before)


def test_only_layers_that_were_changed_go_back_through_onednn(monkeypatch) -> None:
    changed, wrapped = nn.Linear(8, 4), nn.Linear(8, 4)
    changed.forward = partial(frozen_linear.multiply, changed)
    wrapped.forward = partial(nn.Linear.forward, wrapped)
    gradient = made_up(2, 4)
    monkeypatch.setattr(frozen_linear, "onednn_product", lambda *_: "oneDNN's")
    assert way_back(changed)(gradient) == "oneDNN's"
    assert torch.equal(way_back(wrapped)(gradient), gradient @ wrapped.weight)


def difference(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return ((found.double() - wanted).norm() / wanted.norm()).item()
