"""Memory that runs out, or would: a run is refused or failed with numbers, nothing else ends."""

import resource
from collections.abc import Callable
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path

import psutil
import pytest
import torch
from conftest import load_tiny
from tiny_base import make_tiny_base
from torch.profiler import ProfilerActivity, profile

from loraloom_engine import device_memory
from loraloom_engine.base import Base
from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import TokenizedRows
from loraloom_engine.device import free_memory, free_memory_apart
from loraloom_engine.errors import EngineError
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.joint_pass import Part, run_pass
from loraloom_engine.lora.adapter import TrainedAdapter
from loraloom_engine.protocol.requests import Lengths, TrainingConfig
from loraloom_engine.training.lora_config import lora_shape
from loraloom_engine.training.memory import (
    BYTES_PER_PARAMETER,
    PROCESS_BYTES,
    largest_pass,
    lora_parameters,
    run_memory,
    run_memory_apart,
    writing_memory,
)
from loraloom_engine.training.objectives import supervised
from loraloom_engine.training.room import check_memory, room_in_lane
from loraloom_engine.training.state import make_optimizer
from loraloom_engine.whole.trained_model import TrainedModel

MIB = 1024**2


@contextmanager
def at_most(more_bytes: int, pid: int):
    """Lets a process take so many bytes more than it has now."""
    limits = resource.prlimit(pid, resource.RLIMIT_AS)
    allowed = psutil.Process(pid).memory_info().vms + more_bytes
    resource.prlimit(pid, resource.RLIMIT_AS, (allowed, limits[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_AS, limits)


def test_an_example_that_memory_does_not_hold_fails_its_run_and_nothing_else(
    own_engine, tmp_path, tokenized, config
):
    def start(rows: str) -> dict:
        files = {"rows_path": rows, "evaluation_path": None, "checkpoint_path": None}
        run = {"run_id": "r1", "owner": "ada", "work_dir": str(tmp_path / "work")}
        own_engine.send("start_run", **run, **files, config=config(max_steps=2))
        return own_engine.finish_run()

    wide = {"hidden_size": 512, "intermediate_size": 2048, "max_position_embeddings": 8192}
    own_engine.load_base(make_tiny_base(tmp_path / "wide", **wide))
    # Its tensors are 16 MiB each and more: one of them meets the limit, no small one does.
    with at_most(40 * MIB, own_engine.process.pid):
        failed = start(tokenized(1, length=8000))
    assert (failed["type"], failed["code"]) == ("run_failed", "out_of_memory")
    assert "Step 1 with examples of up to 8000 tokens" in failed["message"]
    assert failed["details"]["free_memory_bytes"] > 0
    assert start(tokenized(1, length=20))["type"] == "run_finished"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_what_torch_keeps_for_itself_is_given_back_where_another_process_is_to_have_it():
    device = torch.device("cuda")
    torch.empty(512 * MIB, dtype=torch.uint8, device=device)
    assert torch.cuda.memory_reserved(device) >= 512 * MIB
    assert free_memory_apart(device) == torch.cuda.mem_get_info(device)[0]
    assert torch.cuda.memory_reserved(device) < 512 * MIB


def test_a_run_that_cannot_fit_is_refused_with_numbers(base, training_config):
    config = training_config(batch_size=8)
    per_token = run_memory(base, config, 10_001) - run_memory(base, config, 10_000)
    long = [1] * (free_memory(base.device) // per_token * 2)
    rows = TokenizedRows()
    rows.append(Example(long, long))
    with pytest.raises(EngineError) as refused:
        check_memory(base, config, rows, None)
    assert refused.value.code == "out_of_memory"
    needed, free = refused.value.details.values()
    assert needed > free
    assert f"about {readable_size(needed)} of memory" in refused.value.message
    assert f"an example of {len(long)} tokens" in refused.value.message
    assert f"{readable_size(free)} are free" in refused.value.message


def test_memory_that_others_were_promised_is_not_there_for_a_run_in_the_lane(
    monkeypatch, base, training_config
):
    config, lengths = training_config(), Lengths(1, 3, 3)
    needed = room_in_lane(base, config, lengths, None).needed
    monkeypatch.setattr(device_memory, "free_memory", lambda _: needed)
    rows = TokenizedRows()
    rows.append(Example([5, 6, 7], [5, 6, 7]))
    check_memory(base, config, rows, None)
    with base.memory.promise(10):
        assert not room_in_lane(base, config, lengths, None).fits
        with pytest.raises(EngineError) as refused:
            check_memory(base, config, rows, None)
    assert refused.value.details["free_memory_bytes"] == needed - 10


def test_completions_of_held_out_prompts_count_where_these_are_longer(base, grpo_request):
    config = grpo_request().config
    short, long = Lengths(2, 20, 10), Lengths(2, 60, 30)
    room = room_in_lane(base, config, short, long)
    written = writing_memory(base, config, long.longest)
    assert written > writing_memory(base, config, short.longest)
    assert room.needed == run_memory(base, config, room.pass_tokens) + written


def test_a_batch_holds_no_more_examples_than_there_are(engine, start_run, config):
    start_run(batch_size=10**9)
    assert engine.finish_run()["type"] == "run_finished"
    shape = {"training": {"examples": 10, "tokens_total": 140, "longest": 16}, "evaluation": None}
    large, whole = (
        engine.call("estimate", **shape, config=config(batch_size=size)) for size in (10**9, 10)
    )
    assert large["memory_bytes"] == whole["memory_bytes"]
    assert large["fits"]


def test_memory_grows_with_the_step_up_to_a_whole_pass(base, training_config):
    def bytes_for(batch_size: int, longest: int) -> int:
        shape = training_config(batch_size=batch_size, gradient_accumulation=1)
        lengths = Lengths(1000, 1000 * longest, longest)
        return run_memory(base, shape, largest_pass(lengths, None, shape, 1024))

    assert bytes_for(1, 100) < bytes_for(2, 100) < bytes_for(11, 100)
    assert bytes_for(11, 100) == bytes_for(50, 100)
    assert bytes_for(1, 5000) > bytes_for(50, 100)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("tokens", [64, 500])
def test_the_tensors_of_a_pass_take_no_more_than_was_estimated(
    base, training_config, checkpointing, tokens
):
    config = training_config(gradient_checkpointing=checkpointing)
    estimated = run_memory(base, config, tokens)
    kept = BYTES_PER_PARAMETER * lora_parameters(base, config)
    most = most_allocated(lambda: pass_through(base, config, tokens))
    assert estimated / 4 < kept + most <= estimated


# The largest weight outweighs what a short pass keeps, and logits of two chunks are many.
LARGE_OUTPUT = {"vocab_size": 4096, "hidden_size": 1024, "num_hidden_layers": 1}
LARGE_OUTPUT |= {"intermediate_size": 64}


@pytest.mark.parametrize("tied", [False, True], ids=["own output layer", "tied"])
@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("tokens", [8, 300])
def test_all_weights_learn_in_the_memory_that_was_estimated(
    large_outputs, training_config, tied, checkpointing, tokens
):
    base = load_tiny(large_outputs[tied])
    config = training_config(full_fine_tuning=True, gradient_checkpointing=checkpointing)
    model = TrainedModel(base.model)
    optimizer = make_optimizer(model, config)
    learn(base, model, config, tokens)
    optimizer.step()  # a second pass has Adam's moments beside it
    model.weights.grad.zero_()
    kept = BYTES_PER_PARAMETER * model.shape.parameters
    estimated = run_memory_apart(base, config, tokens) - PROCESS_BYTES
    most = most_allocated(lambda: learn(base, model, config, tokens))
    assert estimated / 2 < kept + most <= estimated


@pytest.fixture(scope="module")
def large_outputs(tmp_path_factory) -> dict[bool, Path]:
    folder = tmp_path_factory.mktemp("large outputs")
    return {
        tied: make_tiny_base(folder / str(tied), tie_word_embeddings=tied, **LARGE_OUTPUT)
        for tied in (False, True)
    }


def pass_through(base: Base, config: TrainingConfig, tokens: int) -> None:
    learn(base, base.new_adapter(lora_shape(base, config), trainable=True), config, tokens)


def learn(base: Base, adapter: TrainedAdapter, config: TrainingConfig, tokens: int) -> None:
    groups = [[Text(Example([1] * tokens, [1] * tokens))]]
    shape = {"checkpointing": config.gradient_checkpointing}
    demand = Demand("ada", adapter, groups, supervised(tokens), **shape)
    assert run_pass(base, [Part(demand, groups)]) == []


def most_allocated(work: Callable[[], None]) -> int:
    """Bytes of torch's tensors that live at the same time."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        work()
    changes = [e for e in watched.profiler.kineto_results.events() if e.name() == "[memory]"]
    changes.sort(key=lambda event: event.start_ns())
    return max(accumulate(event.nbytes() for event in changes))


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (3 * MIB // 2, "1.5 MiB"),
     (5 * 1024**3, "5.0 GiB"), (3 * 1024**5, "3072.0 TiB")],
)  # fmt: skip
def test_sizes_are_readable(count, text):
    assert readable_size(count) == text
