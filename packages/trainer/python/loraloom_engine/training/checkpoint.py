"""Checkpoints of a run at an optimizer-step boundary.

A folder with ``state.safetensors`` (A and B, Adam's m and v, references, the best weights) and
``checkpoint.json`` (step, tokens, losses, the run's fingerprint, the tensors' SHA-256).
Epoch and place in the data follow from the step. Never pickle.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from loraloom_engine.atomic_files import new_folder, write_json, write_tensors
from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.parsing import parse_object
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.early_stopping import BestRecord

STATE_FILE = "state.safetensors"
RECORD_FILE = "checkpoint.json"


@dataclass(frozen=True)
class CheckpointRecord:
    """What checkpoint.json holds. ``seconds`` is the time trained so far.

    ``evaluated_step`` is the last that was evaluated; 0 before the first.
    """

    format: int
    fingerprint: str
    state_sha256: str
    step: int
    tokens: int
    seconds: float
    last_loss: float
    held_out_before: float | None
    evaluated_step: int
    best: BestRecord | None


def fingerprint(base: Base, config: TrainingConfig, files: Iterable[Path]) -> str:
    """A hash of everything that decides a run's course: config, base model, and the files it reads.

    Where and how often it is checkpointed is left out, and how memory is saved: it changes no
    result.
    """
    settings = dataclasses.asdict(config)
    for name in ("checkpoint_steps", "checkpoint_seconds", "gradient_checkpointing"):
        del settings[name]
    if config.completions is None:  # a run that writes none is what it was before there were any
        del settings["completions"]
    identity = dataclasses.asdict(base.identity)
    del identity["path"]
    digest = hashlib.sha256(json.dumps([settings, identity], sort_keys=True).encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def write_checkpoint(
    folder: Path, record: CheckpointRecord, tensors: dict[str, torch.Tensor]
) -> None:
    """Write both files; ``record.state_sha256`` is filled in. Raises ``disk_full``."""
    with new_folder(folder) as staging:
        sha256 = write_tensors(staging / STATE_FILE, tensors)
        complete = dataclasses.replace(record, state_sha256=sha256)
        write_json(staging / RECORD_FILE, dataclasses.asdict(complete))


def read_checkpoint(
    folder: Path, expected_fingerprint: str
) -> tuple[CheckpointRecord, dict[str, torch.Tensor]]:
    """Raises EngineError ``corrupt_checkpoint`` for damaged files or another run's."""
    try:
        record = parse_object(
            CheckpointRecord, json.loads((folder / RECORD_FILE).read_bytes()), RECORD_FILE
        )
        content = (folder / STATE_FILE).read_bytes()
        tensors = load(content)
    except (OSError, ValueError, SafetensorError, EngineError) as error:
        raise corrupt(folder, "can't be read") from error
    if hashlib.sha256(content).hexdigest() != record.state_sha256:
        raise corrupt(folder, f"holds a {STATE_FILE} other than the one recorded")
    if record.fingerprint != expected_fingerprint:
        raise corrupt(folder, "belongs to another configuration, base model, start or other rows")
    return record, tensors


def corrupt(folder: Path, fault: str) -> EngineError:
    return EngineError("corrupt_checkpoint", f"The checkpoint {folder} {fault}.")
