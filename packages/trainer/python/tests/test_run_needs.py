"""What a run still wants is known from its first demand on: by that it is told who goes first."""

import pytest

from loraloom_engine.lane.demand import Demand, group_tokens
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train
from loraloom_engine.training.scoring import TEXTS_AT_ONCE
from loraloom_engine.training.state import read_method


def tokens_of(demand: Demand) -> int:
    return sum(group_tokens(group) for group in demand.groups)


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_a_long_run_is_one_while_its_references_are_scored(
    base, judged, training_config, tmp_path, method
):
    config = training_config(method=method, epochs=50)
    path = judged(method, 300, "rows.jsonl.gz")
    request = StartRun("r", "ada", path, None, None, str(tmp_path), config)
    turns = train(base, request, Pace(), lambda _: None)
    first, second = next(turns), next(turns)
    assert (first.learns, len(first.groups)) == (False, TEXTS_AT_ONCE)
    of_file = read_method(base, config, path).rows.tokens_total
    assert first.tokens_left == pytest.approx((50 + 1) * of_file, rel=0.01)
    assert second.tokens_left == first.tokens_left - tokens_of(first)
    turns.close()
