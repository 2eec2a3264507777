"""DPO, ORPO and KTO equal a plain PEFT loop over their formulas, and know nothing of neighbours.

In float64, where rounding is no excuse.
"""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from driving import run_alone, run_together
from exact_base import exact_base, exactly
from peft_loop import train_plainly
from plain_figures import FIGURES, Told
from plain_losses import LOSSES, Plain
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from loraloom_engine.base import Base
from loraloom_engine.data.tokenized_rows import READERS, AnyRows
from loraloom_engine.protocol.events import Evaluated, Progress, RunCheckpointed, RunFinished
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training.plan import micro_batches, step_rows, total_steps

METHODS = ["dpo", "orpo", "kto"]


@pytest.fixture
def exact(tiny_folder) -> Base:
    return exact_base(tiny_folder)


@pytest.fixture
def request_for(tmp_path, judged):
    def make(
        config: TrainingConfig, run_id: str = "r1", held_out: bool = False, **more
    ) -> StartRun:
        rows = judged(config.method, 7, f"{run_id}.jsonl.gz")
        evaluation = judged(config.method, 3, "held-out.jsonl.gz") if held_out else None
        work = str(tmp_path / run_id)
        fields = {"checkpoint_path": None} | more
        return StartRun(run_id, run_id, rows, evaluation, work_dir=work, config=config, **fields)

    return make


def losses(events: list) -> list[float]:
    assert isinstance(events[-1], RunFinished), events[-1]
    return [event.loss for event in events if isinstance(event, Progress)]


def weights(events: list) -> dict[str, torch.Tensor]:
    return load_file(Path(events[-1].path) / "adapter_model.safetensors")


def assert_same(events: list, expected: tuple[list[float], dict[str, torch.Tensor]]) -> None:
    assert losses(events) == pytest.approx(expected[0], rel=1e-10)
    mine = weights(events)
    assert mine.keys() == expected[1].keys()
    for name, tensor in expected[1].items():
        assert torch.linalg.norm(mine[name] - tensor) <= 1e-10 * torch.linalg.norm(tensor), name


@pytest.mark.parametrize("accumulation", [1, 3])
@pytest.mark.parametrize("method", METHODS)
def test_equals_a_plain_peft_loop(
    exact, tiny_folder, request_for, training_config, plain_figures, method, accumulation
):
    config = training_config(
        method=method,
        gradient_accumulation=accumulation,
        beta=0.5,
        desirable_weight=1.5,
        undesirable_weight=0.5,
    )
    request = request_for(config)
    events = run_alone(exact, request)
    own = exactly(AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32))
    expected = plain_figures(method)
    assert_same(events, train_plainly(own.requires_grad_(False), request))
    assert losses(events)[-1] < losses(events)[0] - 0.05
    # At the first step nothing has moved: rounding decides which answer is ahead.
    for told, plain in zip(figures(events)[1:], expected[1:], strict=True):
        assert told == pytest.approx(plain, rel=1e-9, abs=1e-12)


@pytest.fixture
def plain_figures(monkeypatch) -> Callable[[str], list[Told]]:
    """What a plain loop of this method has before each of its steps."""

    def note(method: str) -> list[Told]:
        noted: list[Told] = []
        loss = LOSSES[method]

        def noting(plain: Plain, chosen: list[int]) -> torch.Tensor:
            noted.append(FIGURES[method](plain, chosen))
            return loss(plain, chosen)

        monkeypatch.setitem(LOSSES, method, noting)
        return noted

    return note


def figures(events: list) -> list[Told]:
    steps = [event for event in events if isinstance(event, Progress)]
    assert all(event.rewards is None for event in steps)
    told = [dataclasses.asdict(event.preferences) for event in steps]
    return [{name: one for name, one in each.items() if one is not None} for each in told]


def test_neighbours_of_other_methods_change_nothing(
    exact, request_for, training_config, monkeypatch
):
    monkeypatch.setattr(exact, "pass_tokens", 100)
    configs = [training_config(method=method) for method in METHODS]
    requests = [request_for(config, config.method) for config in configs]
    alone = [run_alone(exact, request) for request in requests]
    plain = request_for(training_config(rank=7, seed=3), "sft")
    _, *together = run_together(exact, plain, *requests)
    for events, expected in zip(together, alone, strict=True):
        assert_same(events, (losses(expected), weights(expected)))


@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_run_keeps_its_references(base, request_for, training_config, method):
    config = training_config(method=method, checkpoint_steps=2, dropout=0.2)
    whole = run_alone(base, request_for(config, "whole", held_out=True))
    path = next(event.path for event in whole if isinstance(event, RunCheckpointed))
    again = request_for(config, "again", held_out=True, checkpoint_path=path)
    resumed = run_alone(base, again)
    assert losses(resumed) == losses(whole)[2:]
    assert resumed[-1].held_out_after == whole[-1].held_out_after
    for name, tensor in weights(whole).items():
        assert torch.equal(weights(resumed)[name], tensor), name


@pytest.mark.parametrize(("method", "before"), [("dpo", math.log(2)), ("kto", 0.5)])
def test_before_the_first_step_nothing_is_preferred(
    base, request_for, training_config, method, before
):
    events = run_alone(base, request_for(training_config(method=method), held_out=True))
    first, last = [event for event in events if isinstance(event, Evaluated)]
    assert first.loss == pytest.approx(before, abs=1e-6)
    assert last.loss != first.loss
    assert first.preferences.margin == pytest.approx(0, abs=1e-5)
    assert last.preferences.margin != first.preferences.margin
    assert (last.preferences.accuracy is None) == (method == "kto")


def test_kto_refuses_to_compare_an_example_with_itself(base, request_for, training_config):
    (failed,) = run_alone(base, request_for(training_config(method="kto", batch_size=1)))
    assert failed.code == "bad_option"
    assert "batch_size" in failed.message


def test_no_kto_example_is_left_alone_in_a_batch():
    assert [len(batch) for batch in micro_batches(7, 3, 1)] == [3, 4]
    assert [len(batch) for batch in micro_batches(8, 3, 1)] == [3, 3, 2]
    assert [len(batch) for batch in micro_batches(2, 16, 1)] == [2]
    assert sorted(at for batch in micro_batches(7, 3, 1) for at in batch) == list(range(7))


def test_every_epoch_of_kto_sees_the_same_batches_in_its_own_order(training_config):
    config = training_config(method="kto", batch_size=2, gradient_accumulation=1, epochs=2)
    steps = [frozenset(step_rows(step, 20, config)) for step in range(total_steps(20, config))]
    assert set(steps[:10]) == set(steps[10:])
    assert steps[:10] != steps[10:]


@pytest.mark.parametrize(
    ("method", "rows", "fault"),
    [("dpo", "sft", "no pair"), ("orpo", "kto", "no pair"), ("kto", "sft", "not labelled")],
)
def test_rows_of_another_method_are_refused(
    base, request_for, training_config, judged, method, rows, fault
):
    request = request_for(training_config(method=method))
    judged(rows, 3, "r1.jsonl.gz")
    (failed,) = run_alone(base, request)
    assert failed.code == "bad_option"
    assert fault in failed.message


def test_the_rows_of_a_method_are_read_as_they_were_written(judged):
    rows: AnyRows = READERS["dpo"](Path(judged("dpo", 3, "pairs.jsonl.gz")), 1 << 30)
    assert rows.largest_group > rows.longest > 0
    assert rows.trained_total == sum(rows.trained)
