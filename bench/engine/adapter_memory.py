"""What one more run costs in memory: the sizes of all tensors that live, run after run.

Run it in the engine's environment with the base's folder, tokenized rows and the runs' config in
JSON. Prints the bytes beyond the base for 0, 1, … runs that have each taken a step, and an
adapter's parameters. Not covered: what a pass holds for its backward, which depends on its tokens.
"""

import gc
import json
import sys
import tempfile

import torch

from loraloom_engine.base import Base
from loraloom_engine.loading import load_base
from loraloom_engine.protocol.requests import LoadBase, StartRun, TrainingConfig
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.state import RunState, prepare_run

RUNS = 4


def main(base_path: str, rows_path: str, config: str) -> None:
    identity = LoadBase("bench", "main", base_path, "float32", "none")
    base = load_base(identity, torch.device("cpu"))
    wanted = TrainingConfig(**json.loads(config))
    runs: list[RunState] = []
    before = living_bytes()
    taken = [0]
    for at in range(RUNS):
        runs.append(begun_run(base, rows_path, wanted, at))
        taken.append(living_bytes() - before)
    print(json.dumps({"bytes": taken, "parameters": runs[0].adapter.shape.parameters}))


def begun_run(base: Base, rows_path: str, config: TrainingConfig, at: int) -> RunState:
    """With Adam's moments, which come with the first step."""
    name = f"run{at}"
    request = StartRun(name, name, rows_path, None, None, tempfile.gettempdir(), config)
    run = prepare_run(base, request, Pace())
    run.optimizer.step()
    return run


def living_bytes() -> int:
    """Of every tensor that something still refers to, each piece of memory once."""
    gc.collect()
    tensors = [thing for thing in gc.get_objects() if isinstance(thing, torch.Tensor)]
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


if __name__ == "__main__":
    main(*sys.argv[1:])
