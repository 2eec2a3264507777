"""Evaluation during training, and runs that end once their held-out loss no longer falls."""

import dataclasses
import math
from pathlib import Path

import pytest
import torch
from driving import fail, run_alone, run_together
from outcomes import FLOAT32, assert_within, outcome_of
from transformers import AutoModelForCausalLM

from loraloom_engine.base import Base
from loraloom_engine.data.tokenized_rows import read_tokenized
from loraloom_engine.lane.lane import Lane
from loraloom_engine.protocol.events import Evaluated, Progress, RunCheckpointed, RunStarted
from loraloom_engine.protocol.requests import EarlyStopping, StartRun, TrainingConfig
from loraloom_engine.training.early_stopping import BestSoFar
from loraloom_engine.training.files_to_write import FilesToWrite
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train
from loraloom_engine.training.scoring import HeldOut

STOPPING = EarlyStopping(patience=2, min_delta=0.0)
# Learnt by heart within a few steps, which makes other rows less likely.
OVERFITTING = {
    "learning_rate": 0.03,
    "schedule": "constant",
    "warmup_ratio": 0,
    "epochs": 30,
    "evaluate_every": 2,
    "early_stopping": STOPPING,
}


@pytest.fixture
def request_for(tmp_path, tokenized):
    def make(config: TrainingConfig, name: str = "r1", **changes) -> StartRun:
        held_out = tokenized(3, "held-out.jsonl.gz", 15)
        work = str(tmp_path / name)
        request = StartRun(name, "ada", tokenized(), held_out, None, work, config)
        return dataclasses.replace(request, **changes)

    return make


def told(events: list, kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def moments(events: list) -> list[tuple[str, int]]:
    return [(event.phase, event.step) for event in told(events, Evaluated)]


def adapter_bytes(events: list) -> bytes:
    return (Path(events[-1].path) / "adapter_model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("every", "during"),
    [(None, []), (2, [2, 4, 6, 8]), (4, [4, 8]), ("epoch", [3, 6]), (100, [])],
)
def test_held_out_rows_are_measured_when_it_was_asked_for(
    base, request_for, training_config, every, during
):
    events = run_alone(base, request_for(training_config(evaluate_every=every)))
    expected = [("before", 0), *(("during", step) for step in during), ("after", 9)]
    assert moments(events) == expected
    assert (events[-1].stopped_early, events[-1].best_step) == (False, None)


def test_an_evaluation_between_steps_changes_no_step(base, request_for, training_config):
    plain = run_alone(base, request_for(training_config(dropout=0.2)))
    measured = run_alone(base, request_for(training_config(dropout=0.2, evaluate_every=1)))
    assert adapter_bytes(measured) == adapter_bytes(plain)


def test_accuracy_is_that_of_the_next_token_and_perplexity_exp_of_the_loss(
    base, tiny_folder, request_for, training_config
):
    request = request_for(training_config())
    before = told(run_alone(base, request), Evaluated)[0]
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    rows = read_tokenized(Path(request.evaluation_path), 1 << 30)
    right = 0
    for at in range(len(rows)):
        likeliest = model(torch.tensor([rows[at].input_ids])).logits[0].argmax(-1).tolist()
        places = rows[at].trained_places
        right += sum(likeliest[place - 1] == rows[at].labels[place] for place in places)
    assert before.accuracy == right / rows.trained_total
    assert before.perplexity == math.exp(before.loss)


def test_training_rows_become_the_likeliest_tokens(base, request_for, training_config):
    request = request_for(training_config(learning_rate=0.03, epochs=20))
    events = run_alone(base, dataclasses.replace(request, evaluation_path=request.rows_path))
    before, after = told(events, Evaluated)
    assert before.accuracy < 0.2
    assert after.accuracy > 0.8


def test_a_run_stops_once_the_loss_no_longer_falls_and_makes_its_best(
    base, request_for, training_config
):
    events = run_alone(base, request_for(training_config(**OVERFITTING)))
    finished, evaluations = events[-1], told(events, Evaluated)
    during = {event.step: event.loss for event in evaluations if event.phase == "during"}
    best = min(during, key=during.get)
    assert finished.stopped_early
    assert finished.steps == max(during) == best + 2 * STOPPING.patience < 90
    assert finished.best_step == evaluations[-1].step == best
    assert finished.held_out_after == evaluations[-1].loss == during[best]
    assert len(told(events, Progress)) == finished.steps
    up_to_best = training_config(**OVERFITTING | {"early_stopping": None, "max_steps": best})
    assert adapter_bytes(events) == adapter_bytes(run_alone(base, request_for(up_to_best, "best")))


def test_a_chat_before_the_best_is_written_has_the_weights_of_the_step_that_it_is_told(
    base, request_for, training_config
):
    told: list = []
    turns = train(base, request_for(training_config(**OVERFITTING)), Pace(), told.append)
    lane = Lane(base, Pace())
    for wanted in turns:
        if isinstance(wanted, FilesToWrite):
            break
        newest = voice(base)
        while not wanted.finished:
            lane.advance([wanted], fail)
    assert voice(base) == newest
    assert (told[-1].phase, told[-1].step < newest[0]) == ("after", True)


def voice(base: Base) -> tuple[int, list[float]]:
    """The step and the weights that a chat with the run is answered by now."""
    newest = base.live_runs.newest("r1")
    return newest.step, newest.adapter.weights.tolist()


def test_a_run_that_keeps_falling_takes_all_its_steps(base, request_for, training_config):
    config = training_config(early_stopping=STOPPING, evaluate_every=4)
    request = request_for(config)
    events = run_alone(base, dataclasses.replace(request, evaluation_path=request.rows_path))
    assert moments(events)[1:] == [("during", 4), ("during", 8), ("during", 9), ("after", 9)]
    assert (events[-1].stopped_early, events[-1].best_step) == (False, 9)


def test_a_stopped_run_resumes_bit_for_bit_with_its_best(base, request_for, training_config):
    config = training_config(**OVERFITTING, checkpoint_steps=1, dropout=0.1)
    whole = run_alone(base, request_for(config))
    assert whole[-1].stopped_early
    paths = {event.step: event.path for event in told(whole, RunCheckpointed)}
    best = whole[-1].best_step
    # At an evaluation that is still to come, right after one, and with no progress since the best.
    for step in (best, best + 1, best + 3):
        resumed = run_alone(base, request_for(config, "resumed", checkpoint_path=paths[step]))
        assert told(resumed, RunStarted)[0].resumed_from_step == step
        assert adapter_bytes(resumed) == adapter_bytes(whole)
        outcome = {"run_id": "", "path": "", "seconds": 0, "peak_memory_bytes": 0}
        assert dataclasses.replace(resumed[-1], **outcome) == dataclasses.replace(
            whole[-1], **outcome
        )
        *during, after = moments(whole)[1:]
        assert moments(resumed) == [*(moment for moment in during if moment[1] >= step), after]


def test_a_stopped_run_comes_out_the_same_beside_others(base, request_for, training_config):
    request = request_for(training_config(**OVERFITTING))
    alone = run_alone(base, request)
    neighbours = [
        request_for(training_config(rank=7, epochs=9, seed=2), "bb"),
        request_for(training_config(**OVERFITTING | {"learning_rate": 0.05}), "ccc"),
    ]
    together = run_together(base, *neighbours, request)[-1]
    assert_within(FLOAT32, outcome_of(together), outcome_of(alone))
    assert (together[-1].steps, together[-1].best_step) == (alone[-1].steps, alone[-1].best_step)


def test_a_checkpoint_of_other_held_out_rows_is_refused(
    base, request_for, training_config, tokenized
):
    config = training_config(**OVERFITTING, checkpoint_steps=1)
    path = told(run_alone(base, request_for(config)), RunCheckpointed)[0].path
    others = tokenized(4, "others.jsonl.gz", 15)
    (failed,) = run_alone(base, request_for(config, checkpoint_path=path, evaluation_path=others))
    assert failed.code == "corrupt_checkpoint"
    (failed,) = run_alone(
        base,
        request_for(training_config(max_steps=1), checkpoint_path=path, evaluation_path=others),
    )
    assert failed.code == "corrupt_checkpoint"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"early_stopping": STOPPING}, "early_stopping"),
        ({"evaluate_every": 3}, "evaluate_every"),
        ({"evaluate_every": "epoch", "early_stopping": STOPPING}, "evaluate_every"),
    ],
)
def test_waiting_for_evaluations_that_never_come_is_refused(
    base, request_for, training_config, changes, name
):
    (failed,) = run_alone(base, request_for(training_config(**changes), evaluation_path=None))
    assert failed.code == "bad_option"
    assert f"'{name}'" in failed.message


def noted(rule: EarlyStopping, losses: list[float]) -> tuple[int, int]:
    """After how many of these evaluations a run stops, and which one is the best, from 1."""
    best = BestSoFar(rule)
    for step, loss in enumerate(losses, start=1):
        best.note(HeldOut(loss, None), step, torch.zeros(1))
        if best.is_final:
            return step, best.step
    return len(losses), best.step


def test_patience_counts_evaluations_in_a_row():
    losses = [3.0, 3.1, 2.9, 3.0, 3.0, 2.0]
    assert noted(EarlyStopping(2, 0.0), losses) == (5, 3)
    assert noted(EarlyStopping(1, 0.0), losses) == (2, 1)
    assert noted(EarlyStopping(3, 0.0), losses) == (6, 6)


def test_a_fall_that_is_too_small_is_no_progress_but_is_kept():
    assert noted(EarlyStopping(2, 0.1), [3.0, 2.95, 2.91, 1.0]) == (3, 3)
    assert noted(EarlyStopping(2, 0.1), [3.0, 2.95, 2.8, 2.79, 2.78]) == (5, 5)


def test_better_weights_take_the_place_of_the_former_ones():
    best = BestSoFar(STOPPING)
    weights = torch.nn.Parameter(torch.zeros(3))
    best.note(HeldOut(3.0, None), 1, weights)
    kept = best.weights
    weights.data.fill_(1)
    assert kept.tolist() == [0, 0, 0]
    best.note(HeldOut(2.0, None), 2, weights)
    assert best.weights is kept
    assert kept.tolist() == [1, 1, 1]
    assert not kept.requires_grad


def test_an_equal_loss_is_no_better_one():
    assert noted(EarlyStopping(2, 0.0), [3.0, 3.0, 3.0]) == (3, 1)
