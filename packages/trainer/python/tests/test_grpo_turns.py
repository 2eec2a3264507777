"""A GRPO run beside others, its turns and theirs; and that it compares with whole answers."""

import dataclasses
from itertools import islice
from typing import Any

from conftest import answered
from driving import run_alone, run_together
from grpo_runs import LETTERS, WORDY, mean_rewards, of_type
from outcomes import FLOAT32, assert_within, outcome_of

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base
from loraloom_engine.data.rows_file import RowsWriter
from loraloom_engine.lane import writers
from loraloom_engine.lane.lane import Lane
from loraloom_engine.lane.writing import Writing
from loraloom_engine.protocol.completions import ExactMatch
from loraloom_engine.protocol.events import Progress, RunCancelled, RunFinished
from loraloom_engine.training import drawing, judging
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train
from loraloom_engine.training.state import prepare_run, read_method


def test_a_shared_run_beside_it_comes_out_as_when_alone(
    base, grpo_request, run_request, training_config
):
    usual = run_request("usual", training_config(dropout=0.1, epochs=4))
    alone = outcome_of(run_alone(base, usual))
    beside, writing = run_together(base, usual, grpo_request())
    assert_within(FLOAT32, outcome_of(beside), alone)
    assert isinstance(writing[-1], RunFinished)


def test_two_runs_write_in_the_same_passes(base, grpo_request, monkeypatch):
    owners = []
    choose = writers.choose_completions

    def noted(*asked):
        chosen = choose(*asked)
        owners.append({one.writing.owner for one in chosen})
        return chosen

    monkeypatch.setattr(writers, "choose_completions", noted)
    told = run_together(base, grpo_request("a"), grpo_request("b", seed=5))
    assert all(isinstance(events[-1], RunFinished) for events in told)
    assert {"a", "b"} in owners


def test_what_a_run_is_expected_to_take_is_about_what_it_is_counted(base, grpo_request):
    lane, told = Lane(base, Pace()), []
    request = grpo_request(beta=0.3, max_steps=6, told={"rewards": [WORDY], "max_tokens": 12})
    background = Background(lane)
    background.begin(Work(train(base, request, Pace(), told.append), told.append, "r1"))
    work = background.run("r1")
    while not isinstance(work.waits_for, Writing):
        background.advance()
    expected = work.waits_for.tokens_left
    while background:
        background.advance()
    assert mean_rewards(told)
    assert 0.8 * expected <= lane.attained.totals()["r1"] <= 1.05 * expected


def test_thousands_of_completions_would_be_begun_a_few_at_a_time(base, grpo_request, monkeypatch):
    monkeypatch.setattr(drawing.Turn, "is_over", lambda _: True)
    run = prepare_run(base, grpo_request(), Pace())
    *begun, asked = islice(drawing.draw(run, run.method), 9)
    assert begun == [None] * 8
    assert len(asked.completions) == 8


def test_while_completions_are_judged_others_go_on_and_it_can_be_cancelled(
    base, grpo_request, run_request, training_config, monkeypatch
):
    """Each reward takes longer than a turn here; of a prompt the answer is read first."""
    monkeypatch.setattr(judging.Turn, "is_over", lambda _: True)
    told: dict[str, list[Any]] = {"judged": [], "other": []}
    others_steps: list[int] = []
    text_of = judging.text_of

    def noted(base: Base, tokens: list[int]) -> str:
        others_steps.append(len(of_type(told["other"], Progress)))
        return text_of(base, tokens)

    monkeypatch.setattr(judging, "text_of", noted)
    background = Background(Lane(base, Pace()))
    judged = grpo_request("judged", told={"rewards": [LETTERS] * 3})
    other = run_request("other", training_config(epochs=100))
    for request in (judged, other):
        emit = told[request.run_id].append
        background.begin(Work(train(base, request, Pace(), emit), emit, request.run_id))
    while len(others_steps) < 5:
        background.advance()
    background.cancel(background.run("judged"), checkpoint=False)
    assert isinstance(told["judged"][-1], RunCancelled)
    assert len(set(others_steps)) == 4
    background.advance()
    assert len(others_steps) == 5


def test_an_answer_is_compared_with_whole_where_the_model_takes_no_such_text(
    base, grpo_request, tmp_path
):
    long = answered(1, 1, base.context_length + 50) | {"source": {"name": "a", "line": 1}}
    with RowsWriter(tmp_path / "long.jsonl.gz") as out:
        out.write(long)
    request = grpo_request(told={"rewards": [ExactMatch("exact_match", 1.0, False, True)]})
    long_rows = dataclasses.replace(request, rows_path=str(tmp_path / "long.jsonl.gz"))
    assert mean_rewards(run_alone(base, long_rows)) == [0] * 4
    method = read_method(base, request.config, long_rows.rows_path)
    said = [label for label in long["labels"] if label != -100]
    assert (method.answer(0), len(method.prompt(0))) == (said, 4)
