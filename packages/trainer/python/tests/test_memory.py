"""Memory that runs out, or would: a run is refused or failed with numbers, nothing else ends."""

import resource
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import TokenizedRows, read_tokenized
from loraloom_engine.device import free_memory
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.training.memory import run_memory
from loraloom_engine.training.plan import largest_batch
from loraloom_engine.training.state import check_memory

MIB = 1024**2


@contextmanager
def at_most(more_bytes: int, pid: int):
    """Lets a process take so many bytes more than it has now."""
    limits = resource.prlimit(pid, resource.RLIMIT_AS)
    allowed = psutil.Process(pid).memory_info().vms + more_bytes
    resource.prlimit(pid, resource.RLIMIT_AS, (allowed, limits[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_AS, limits)


def test_memory_that_runs_out_in_a_step_fails_the_run_and_nothing_else(
    engine, tmp_path, tokenized, config
):
    def start(**changes) -> dict:
        engine.send(
            "start_run",
            run_id="r1",
            rows_path=tokenized(400, length=500),
            evaluation_path=None,
            checkpoint_path=None,
            work_dir=str(tmp_path / "work"),
            config=config(max_steps=2, **changes),
        )
        return engine.finish_run()

    # The step's tensors are tens of MiB each: one of them meets the limit, no small one does.
    with at_most(100 * MIB, engine.process.pid):
        failed = start(batch_size=400)
    assert (failed["type"], failed["code"]) == ("run_failed", "out_of_memory")
    assert "Step 1 with batches of 400 x 504 tokens" in failed["message"]
    assert failed["details"]["free_memory_bytes"] > 0
    assert start(batch_size=1)["type"] == "run_finished"


def test_a_run_that_cannot_fit_is_refused_with_numbers(base, training_config):
    config = training_config(batch_size=8)
    per_token = run_memory(base, config, 2) - run_memory(base, config, 1)
    long = [1] * (free_memory(base.device) // per_token * 2)
    rows = TokenizedRows()
    rows.append(Example(long, long))
    with pytest.raises(EngineError) as refused:
        check_memory(base, StartRun("r1", "", None, None, "", config), rows, None)
    assert refused.value.code == "out_of_memory"
    needed, free = refused.value.details.values()
    assert needed > free
    assert f"about {readable_size(needed)} of memory" in refused.value.message
    assert f"batches of 1 x {len(long)} tokens" in refused.value.message
    assert f"{readable_size(free)} are free" in refused.value.message


def test_a_batch_holds_no_more_examples_than_there_are(engine, start_run, config):
    start_run(batch_size=10**9)
    assert engine.finish_run()["type"] == "run_finished"
    shape = {"training": {"examples": 10, "tokens_total": 140, "longest": 16}, "evaluation": None}
    large, whole = (
        engine.call("estimate", **shape, config=config(batch_size=size)) for size in (10**9, 10)
    )
    assert large["memory_bytes"] == whole["memory_bytes"]
    assert large["fits"]


def test_memory_grows_with_the_examples_of_a_batch(base, tokenized, training_config):
    rows = read_tokenized(Path(tokenized(12)), 1 << 30)
    batches = [largest_batch(len(rows), training_config(batch_size=size)) for size in (4, 12, 1024)]
    assert batches == [4, 12, 12]
    four, twelve, _ = (run_memory(base, training_config(), size * rows.longest) for size in batches)
    assert four < twelve


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (3 * MIB // 2, "1.5 MiB"),
     (5 * 1024**3, "5.0 GiB"), (3 * 1024**5, "3072.0 TiB")],
)  # fmt: skip
def test_sizes_are_readable(count, text):
    assert readable_size(count) == text
