"""Fixtures: the tiny base, rows to train on, and the engine as a process."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from engine_process import EngineProcess
from grid_cells import CELLS, COVER, KILLED
from grid_runs import Grid
from grpo_runs import note_written
from plain_grpo import Written
from tiny_base import make_tiny_base

from loraloom_engine.base import Base
from loraloom_engine.data.rows_file import RowsWriter
from loraloom_engine.loading import load_base
from loraloom_engine.protocol.completions import Completions, Regex
from loraloom_engine.protocol.requests import LoadBase, StartRun, TrainingConfig

# Tiny tensors gain nothing from threads, which wait for each other on a busy machine.
torch.set_num_threads(1)

# How many cells the slower proofs take unless the whole grid is asked for.
FEW = 4

CONFIG = {
    "method": "sft",
    "beta": 0.1,
    "desirable_weight": 1,
    "undesirable_weight": 1,
    "rank": 4,
    "alpha": 8,
    "rank_stabilized": False,
    "dora": False,
    "dropout": 0,
    "target_modules": "all-linear",
    "learning_rate": 0.01,
    "schedule": "cosine",
    "warmup_ratio": 0.1,
    "weight_decay": 0.01,
    "max_grad_norm": 1,
    "batch_size": 2,
    "gradient_accumulation": 2,
    "epochs": 3,
    "max_steps": None,
    "seed": 11,
    "gradient_checkpointing": False,
    "packed_length": None,
    "evaluate_every": None,
    "early_stopping": None,
    "checkpoint_steps": 1000,
    "checkpoint_seconds": 1000,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    whole = "every cell of the grid, and the proofs on all of its cover; minutes instead of seconds"
    parser.addoption("--whole-grid", action="store_true", help=whole)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``cell``: the grid's, or only its cover. Of the cover, and of those killed, only a few."""
    whole = metafunc.config.getoption("whole_grid")
    cells = {
        "cell": CELLS if whole else COVER,
        "cover_cell": COVER if whole else COVER[:FEW],
        "killed_cell": KILLED if whole else KILLED[:1],
    }
    for name in cells.keys() & set(metafunc.fixturenames):
        metafunc.parametrize(name, cells[name], ids=str)


@pytest.fixture(scope="session")
def grid(tmp_path_factory, pytestconfig) -> Grid:
    folder = tmp_path_factory.mktemp("grid")
    cells = CELLS if pytestconfig.getoption("whole_grid") else COVER

    def request(name: str, first: int, **changes: Any) -> StartRun:
        config = TrainingConfig(**CONFIG | changes)
        path = write_judged(folder / f"{name}.jsonl.gz", config.method, range(first, first + 7))
        return StartRun(name, name, path, None, None, str(folder / name), config)

    # Quantization goes by blocks of 64 weights.
    base = make_tiny_base(folder / "base", hidden_size=64, intermediate_size=128)
    return Grid(base, cells, request)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory) -> Path:
    return make_tiny_base(tmp_path_factory.mktemp("base") / "tiny model")


@pytest.fixture
def base(tiny_folder) -> Base:
    return load_tiny(tiny_folder)


def load_tiny(folder: Path, dtype: str = "float32") -> Base:
    identity = LoadBase("tiny", "main", str(folder), dtype, "none")
    return load_base(identity, torch.device("cpu"))


@pytest.fixture
def quantized(tmp_path) -> Base:
    """A base in 4 bits; quantization goes by blocks of 64 weights."""
    folder = make_tiny_base(tmp_path / "quantized", hidden_size=64, intermediate_size=128)
    return load_base(LoadBase("tiny", "main", str(folder), "float32", "4bit"), torch.device("cpu"))


@pytest.fixture
def config() -> Callable[..., dict[str, Any]]:
    return lambda **changes: {**CONFIG, **changes}


@pytest.fixture
def training_config(config) -> Callable[..., TrainingConfig]:
    def make(**changes: Any) -> TrainingConfig:
        known = {field.name for field in dataclasses.fields(TrainingConfig)}
        return TrainingConfig(**{k: v for k, v in config(**changes).items() if k in known})

    return make


@pytest.fixture
def tokenized(tmp_path) -> Callable[..., str]:
    """Writes a file of tokenized rows of unequal lengths and returns its path."""

    def write(count: int = 10, name: str = "tokens.jsonl.gz", length: int = 12) -> str:
        path = tmp_path / name
        with RowsWriter(path) as out:
            for at in range(count):
                ids = [3 + (at * 31 + place * 7) % 250 for place in range(length + at % 5)]
                labels = [-100 if place < 4 + at % 3 else ids[place] for place in range(len(ids))]
                source = {"name": "chats.jsonl", "line": at + 1}
                out.write({"input_ids": ids, "labels": labels, "source": source})
        return str(path)

    return write


@pytest.fixture
def run_request(tmp_path, tokenized) -> Callable[..., StartRun]:
    """A run of its own rows, whose lengths differ from those of other names."""

    def make(run_id: str, config: TrainingConfig, count: int = 6) -> StartRun:
        rows = tokenized(count, f"{run_id}.jsonl.gz", 8 + len(run_id))
        return StartRun(run_id, run_id, rows, None, None, str(tmp_path / run_id), config)

    return make


@pytest.fixture
def judged(tmp_path) -> Callable[..., str]:
    """Writes tokenized rows for a method, of unequal lengths; returns the file's path."""

    return lambda method, count, name: write_judged(tmp_path / name, method, range(count))


def write_judged(path: Path, method: str, numbers: Iterable[int]) -> str:
    with RowsWriter(path) as out:
        for at in numbers:
            out.write(judged_row(method, at) | {"source": {"name": "a", "line": at + 1}})
    return str(path)


def judged_row(method: str, at: int) -> dict[str, Any]:
    if method in ("dpo", "orpo"):
        return {"chosen": answered(at, at, 5 + at % 4), "rejected": answered(at, at + 50, 9)}
    labelled = {"label": at % 3 > 0} if method == "kto" else {}
    return answered(at, at, 5 + at % 4) | labelled


def answered(prompt: int, answer: int, length: int) -> dict[str, list[int]]:
    """A prompt, an answer of so many tokens, and a line end that is not learnt."""
    asked = [3 + (prompt * 31 + place * 7) % 250 for place in range(3 + prompt % 4)]
    said = [3 + (answer * 17 + place * 5) % 250 for place in range(length)]
    labels = [-100] * len(asked) + said + [-100]
    return {"input_ids": [*asked, *said, 4], "labels": labels}


@pytest.fixture
def grpo_request(tmp_path, judged, training_config) -> Callable[..., StartRun]:
    """A run over made-up prompts; ``told`` is what its completions are told beside the usual."""

    def make(run_id: str = "r1", held_out: bool = False, told: Any = None, **changes: Any):
        usual = Completions(4, 6, 1.0, 1.0, [Regex("regex", 1.0, "[a-z]")])
        completions = dataclasses.replace(usual, **(told or {}))
        steps = {"batch_size": 2, "gradient_accumulation": 1, "epochs": 50, "max_steps": 4}
        fields = {"method": "grpo", "beta": 0, "completions": completions} | steps | changes
        rows = judged("sft", 6, f"{run_id}.jsonl.gz")
        evaluation = judged("sft", 3, "held-out.jsonl.gz") if held_out else None
        work = str(tmp_path / run_id)
        config = training_config(**fields)
        return StartRun(run_id, run_id, rows, evaluation, None, work, config)

    return make


@pytest.fixture
def written(monkeypatch) -> list[list[Written]]:
    """What GRPO runs write in each step, with its rewards."""
    return note_written(monkeypatch)


@pytest.fixture
def canonical(tmp_path) -> Callable[[list[dict[str, Any]]], str]:
    """Writes canonical rows (their source lines added) and returns the file's path."""

    def write(rows: list[dict[str, Any]]) -> str:
        path = tmp_path / "rows.jsonl"
        numbered = [
            row | {"source": {"name": "chats.jsonl", "line": at}} for at, row in enumerate(rows, 1)
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in numbered))
        return str(path)

    return write


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path_factory.mktemp("engine") / "engine.log") as process:
        yield process


@pytest.fixture
def engine(shared_engine, tiny_folder) -> Iterator[EngineProcess]:
    """The engine that all tests share (starting one takes seconds), with a newly loaded base."""
    shared_engine.events.clear()
    assert shared_engine.load_base(tiny_folder)["type"] == "base_loaded"
    yield shared_engine
    shared_engine.call("cancel_run", run_id="r1", checkpoint=False)


@pytest.fixture
def own_engine(tmp_path, tiny_folder) -> Iterator[EngineProcess]:
    """An engine for tests that end it."""
    with EngineProcess(tmp_path / "engine.log") as process:
        process.load_base(tiny_folder)
        yield process


@pytest.fixture
def start_run(engine, tmp_path, tokenized, config) -> Callable[..., str]:
    """Starts a run named r1 on the engine and returns the request's id."""

    def start(evaluation: bool = False, checkpoint: str | None = None, **changes: Any) -> str:
        return engine.send(
            "start_run",
            run_id="r1",
            owner="ada",
            rows_path=tokenized(),
            evaluation_path=tokenized(3, "held-out.jsonl.gz") if evaluation else None,
            checkpoint_path=checkpoint,
            work_dir=str(tmp_path / "work"),
            config=config(**changes),
        )

    return start
