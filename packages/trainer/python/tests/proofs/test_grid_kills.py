"""Proof 4 with a real process: an engine is killed in the middle of a run, and another goes on.

`npm run test:engine-grid` takes four cells, one of each method; other test runs one of them.
"""

import dataclasses
import signal
from pathlib import Path

from engine_process import EngineProcess
from grid_cells import Cell


def test_a_killed_run_goes_on_bit_for_bit(grid, killed_cell, tmp_path):
    request = grid.request(killed_cell, checkpoint_steps=2, dropout=0.2, max_steps=5)
    with engine_for(grid, killed_cell, tmp_path) as first:
        start(first, request)
        checkpoint = first.wait_for_type("run_checkpointed")
        first.wait_for_type("progress")
        first.process.send_signal(signal.SIGKILL)
        assert first.process.wait() == -signal.SIGKILL
    with engine_for(grid, killed_cell, tmp_path) as second:
        rest = dataclasses.replace(request, checkpoint_path=checkpoint["path"])
        resumed, whole = finish(second, rest), finish(second, request)
    assert resumed == whole


def engine_for(grid, cell: Cell, folder: Path) -> EngineProcess:
    engine = EngineProcess(folder / "engine.log")
    loaded = engine.call("load_base", **dataclasses.asdict(grid.identity(cell.quantization)))
    assert loaded["type"] == "base_loaded", loaded
    return engine


def start(engine: EngineProcess, request) -> None:
    engine.send("start_run", **dataclasses.asdict(request))


def finish(engine: EngineProcess, request) -> bytes:
    """The weights' file."""
    start(engine, request)
    finished = engine.finish_run()
    assert finished["type"] == "run_finished", finished
    return (Path(finished["path"]) / "adapter_model.safetensors").read_bytes()
