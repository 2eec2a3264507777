"""Log-probabilities are added up by text, or kept token by token, with few kernels."""

import torch
from torch.profiler import ProfilerActivity, profile

from loraloom_engine.lane.joint_pass import add_up


def test_tokens_are_added_up_in_their_order():
    tokens = torch.arange(10.0)
    assert add_up(tokens, [1, 1, 3, 2, 1, 0, 2]).tolist() == [0, 1, 9, 11, 7, 0, 17]
    right = torch.tensor([True, False, True])
    assert add_up(right, [1, 2]).tolist() == [1, 1]


def test_what_each_token_counts_is_learnt_from():
    tokens = torch.zeros(6, requires_grad=True)
    (add_up(tokens, [1, 3, 1, 1]) * torch.tensor([2.0, 3.0, 5.0, 7.0])).sum().backward()
    assert tokens.grad.tolist() == [2, 3, 3, 3, 5, 7]


def test_tokens_that_count_by_themselves_take_no_kernel_each():
    tokens = torch.zeros(2000)
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        assert len(add_up(tokens, [1] * 1000 + [500, 500])) == 1002
    assert sum(event.count for event in seen.key_averages()) < 40
