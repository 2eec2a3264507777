"""A run equals a plain PEFT loop, and leaves the base as it was."""

import math
from pathlib import Path

import pytest
import torch
from driving import run_alone
from peft_loop import summed_loss, train_plainly
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from loraloom_engine.data.tokenized_rows import read_tokenized
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Evaluated, Progress, RunFailed, RunFinished
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training.plan import epoch_order, step_rows, total_steps
from loraloom_engine.training.schedule import learning_rate


@pytest.fixture
def request_for(tmp_path, tokenized):
    def make(config: TrainingConfig, evaluation: str | None = None) -> StartRun:
        return StartRun("r1", "ada", tokenized(), evaluation, None, str(tmp_path / "work"), config)

    return make


def test_equals_a_plain_peft_loop(base, tiny_folder, request_for, training_config, tmp_path):
    request = request_for(training_config())
    events = run_alone(base, request)
    losses = [event.loss for event in events if isinstance(event, Progress)]
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    expected_losses, expected = train_plainly(model, request)
    assert losses == pytest.approx(expected_losses, abs=1e-5)
    assert losses[-1] < losses[0] - 0.1
    saved = load_file(tmp_path / "work" / "adapter" / "adapter_model.safetensors")
    assert saved.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.linalg.norm(saved[name] - tensor) <= 1e-3 * torch.linalg.norm(tensor), name


def test_accumulation_gives_what_a_large_batch_gives(base, request_for, training_config):
    def losses(**shape) -> list[float]:
        events = run_alone(base, request_for(training_config(**shape)))
        return [event.loss for event in events if isinstance(event, Progress)]

    large = losses(batch_size=4, gradient_accumulation=1)
    assert losses(batch_size=1, gradient_accumulation=4) == pytest.approx(large, abs=1e-5)


def test_the_base_is_bit_identical_after_a_run_alone(base, request_for, training_config):
    before = {name: tensor.clone() for name, tensor in base.model.state_dict().items()}
    assert isinstance(run_alone(base, request_for(training_config(dropout=0.1)))[-1], RunFinished)
    after = base.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_dropout_and_order_follow_the_seed_alone(base, request_for, training_config):
    def losses(seed: int) -> list[float]:
        torch.manual_seed(seed * 1000 + 1)  # whatever ran before must not matter
        events = run_alone(base, request_for(training_config(seed=seed, dropout=0.3)))
        return [event.loss for event in events if isinstance(event, Progress)]

    first = losses(1)
    torch.rand(5)
    assert losses(1) == first
    assert losses(2) != first


def test_held_out_loss_is_the_mean_over_all_tokens(
    base, tiny_folder, request_for, training_config, tokenized
):
    path = tokenized(3, "held-out.jsonl.gz")
    events = run_alone(base, request_for(training_config(), path))
    before, after = [event for event in events if isinstance(event, Evaluated)]
    rows = read_tokenized(Path(path), 1 << 30)
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    expected = sum(summed_loss(model, rows[at]).item() for at in range(3)) / rows.trained_total
    assert (before.phase, before.step, after.phase) == ("before", 0, "after")
    assert before.loss == pytest.approx(expected, abs=1e-5)
    finished = events[-1]
    assert finished.held_out_before == before.loss
    assert finished.held_out_after == after.loss


def test_bfloat16_base_trains_float32_adapters(tiny_folder, request_for, training_config, tmp_path):
    from conftest import load_tiny

    base = load_tiny(tiny_folder, "bfloat16")
    assert isinstance(run_alone(base, request_for(training_config()))[-1], RunFinished)
    saved = load_file(tmp_path / "work" / "adapter" / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in saved.values()} == {torch.float32}


def test_a_non_finite_loss_fails_the_run_and_names_step_and_rate(
    base, request_for, training_config
):
    events = run_alone(base, request_for(training_config(learning_rate=1e30, warmup_ratio=0)))
    failed = events[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "non_finite_loss"
    assert failed.details["learning_rate"] > 1e29
    assert f"step {failed.details['step']}" in failed.message


def test_unknown_target_modules_are_named_with_those_there_are(base, request_for, training_config):
    (failed,) = run_alone(base, request_for(training_config(target_modules=["q_proj", "wq"])))
    assert failed.code == "unknown_target_modules"
    assert failed.details["unknown"] == ["wq"]
    assert "q_proj" in failed.details["known"]


def test_rows_of_another_tokenizer_are_refused(base, request_for, training_config, tmp_path):
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"input_ids":[1,99999],"labels":[-100,99999]}\n')
    request = request_for(training_config(), str(foreign))
    (failed,) = run_alone(base, request)
    assert failed.code == "bad_option"
    assert "foreign.jsonl:1" in failed.message


def test_every_epoch_sees_every_example_once_in_its_own_order(training_config):
    config = training_config(batch_size=3, gradient_accumulation=2, epochs=2)
    steps = [step_rows(step, 10, config) for step in range(total_steps(10, config))]
    assert [len(step) for step in steps] == [6, 4, 6, 4]
    seen = [at for step in steps for at in step]
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:]
    assert epoch_order(10, 11, 0) != epoch_order(10, 12, 0)


def test_max_steps_ends_a_run_early_and_never_prolongs_it(training_config):
    assert total_steps(10, training_config(max_steps=2)) == 2
    assert total_steps(10, training_config(max_steps=1000)) == 9


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_the_rate_warms_up_and_follows_its_schedule(training_config, schedule):
    config = training_config(schedule=schedule, warmup_ratio=0.2, learning_rate=1.0)
    rates = [learning_rate(config, step, 10) for step in range(10)]
    assert rates[0] == pytest.approx(1 / 3)
    assert rates[2] == 1.0
    halfway = {"cosine": 0.5 * (1 + math.cos(math.pi / 2)), "linear": 0.5, "constant": 1.0}
    assert rates[6] == pytest.approx(halfway[schedule])


def test_unusable_evaluation_rows_fail_the_run(base, request_for, training_config):
    request = request_for(training_config(), "/nowhere/held-out.jsonl.gz")
    (failed,) = run_alone(base, request)
    assert failed.code == "bad_option"


def test_a_missing_folder_is_an_unknown_base_model(tmp_path):
    from conftest import load_tiny

    with pytest.raises(EngineError) as caught:
        load_tiny(tmp_path / "nothing")
    assert caught.value.code == "unknown_base_model"
