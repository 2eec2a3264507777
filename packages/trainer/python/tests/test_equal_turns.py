"""Two runs of one owner were given equally much at all times: they take turns all the same."""

import dataclasses
from collections.abc import Iterator

from solo_programs import OBEDIENT, Apart, solo_program

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base
from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.lane import Lane
from loraloom_engine.protocol.events import RunCheckpointed
from loraloom_engine.training.pace import Pace


def test_of_one_owners_long_examples_those_of_all_runs_go_on(base: Base):
    background, met = Background(Lane(base, Pace())), []
    more_than_half = Example([1] * 600, [1] * 600)
    assert len(more_than_half.input_ids) > base.pass_tokens // 2

    def steps(name: str) -> Iterator[Demand]:
        while True:
            yield Demand("ada", None, [[Text(more_than_half)]])
            met.append(name)

    for name in "ab":
        background.begin(Work(steps(name), met.append, name))
    while len(met) < 4:
        background.advance()
    assert met == ["a", "b", "a", "b"]


def test_of_one_owners_runs_that_train_apart_all_go_on(
    monkeypatch, tmp_path, base, run_request, training_config
):
    solo_program(monkeypatch, tmp_path, OBEDIENT)
    apart, config = Apart(base), training_config(dora=True)
    for name in "ab":
        apart.start(dataclasses.replace(run_request(name, config), owner="ada"))
    apart.until_begun(2)
    apart.until_told(RunCheckpointed, 4)
    turns = [event.run_id for event in apart.events if isinstance(event, RunCheckpointed)]
    assert turns == ["a", "b", "a", "b"]
    apart.background.stop()
