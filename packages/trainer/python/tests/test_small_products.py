"""Small products on one thread, and adapters in the base's number type: the same results."""

import pytest
import torch

from loraloom_engine.lora.adapter import LoraAdapter, LoraShape, pairs_in
from loraloom_engine.lora.few_threads import WORTH_SHARING, threads_for

CPU = torch.device("cpu")


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_small_products_are_left_to_one_thread_and_large_ones_are_shared():
    with threads_for(WORTH_SHARING - 1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with threads_for(WORTH_SHARING):
        assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_threads_are_back_after_a_product_that_failed():
    with pytest.raises(RuntimeError), threads_for(1):
        torch.ones(2, 3) @ torch.ones(2, 3)
    assert torch.get_num_threads() == 2


def test_pairs_of_another_number_type_share_the_gradients():
    adapter = LoraAdapter(LoraShape(2, 4, {"one": (3, 5), "other": (4, 3)}), CPU, trainable=True)
    adapter.weights.data.copy_(torch.linspace(0, 1, adapter.shape.parameters))
    cast = pairs_in(adapter, torch.bfloat16)
    for layer, pair in adapter.pairs.items():
        assert torch.equal(cast[layer].a, pair.a.bfloat16())
        assert torch.equal(cast[layer].b, pair.b.bfloat16())
        assert cast[layer].a_gradient is pair.a_gradient
        assert cast[layer].b_gradient is pair.b_gradient
    assert pairs_in(adapter, torch.float32) is adapter.pairs
