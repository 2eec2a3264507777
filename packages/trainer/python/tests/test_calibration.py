"""How large a pass may be is tried out on the base that was loaded, and bounded by free memory."""

import math
from contextlib import nullcontext

import pytest

from loraloom_engine.base import TOKENS_PER_PASS
from loraloom_engine.lane import calibration
from loraloom_engine.lane.calibration import SIZES, calibrate, fastest, seconds_of_layer
from loraloom_engine.training.memory import activation_memory


def test_the_usual_size_stays_unless_another_is_clearly_faster():
    assert fastest({256: 2.9, 512: 5.5, 1024: 10.0, 2048: 19.0}, usual=1024) == 1024
    assert fastest({256: 2.5, 512: 5.0, 1024: 10.0, 2048: 20.0}, usual=1024) == 1024


def test_of_sizes_that_are_clearly_faster_the_smallest_is_taken():
    assert fastest({256: 4.0, 512: 4.0, 1024: 10.0, 2048: 16.0}, usual=1024) == 512
    assert fastest({512: 8.0, 1024: 10.0, 2048: 12.0}, usual=1024) == 2048


def test_a_size_that_took_too_long_to_try_counts_as_nothing():
    assert fastest({256: 4.0}, usual=1024) == 1024


def test_the_usual_size_stays_where_no_layer_can_be_timed(base, monkeypatch):
    monkeypatch.setattr(base.forward, "hidden", lambda _: nullcontext())
    assert seconds_of_layer(base, 256) == math.inf
    assert fastest({256: math.inf, 1024: math.inf}, usual=1024) == 1024


def test_a_pass_takes_no_more_than_its_share_of_free_memory(base, monkeypatch):
    room = activation_memory(base, 512) / calibration.SHARE_OF_MEMORY
    monkeypatch.setattr(calibration, "free_memory", lambda _: room)
    tried = []
    monkeypatch.setattr(
        calibration, "seconds_of_layer", lambda _, size: tried.append(size) or size * 1e-3
    )
    assert calibrate(base) == 512
    assert set(tried) == {256, 512}
    monkeypatch.setattr(calibration, "free_memory", lambda _: 0)
    assert calibrate(base) == SIZES["cpu"][0]


def test_trying_a_size_leaves_the_base_as_it_was(base):
    def turns() -> None:
        """As the engine has it called between layers."""

    base.stage.between_layers = turns
    assert seconds_of_layer(base, 256) > 0
    assert base.stage.between_layers is turns
    assert base.stage.blocks == []


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_usual_size_is_one_of_those_that_are_tried(device):
    assert TOKENS_PER_PASS[device] in SIZES[device]
