"""Checkpoints of a run at an optimizer-step boundary.

A folder with ``state.safetensors`` (the weights that learn, Adam's m and v, references, the best
weights) and ``checkpoint.json`` (step, tokens, losses, the run's fingerprint, the other's SHA-256).
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
from safetensors.torch import load_file

from loraloom_engine.atomic_files import (
    BYTES_OF_A_FILE,
    in_files,
    new_folder,
    write_json,
    write_tensors,
)
from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.parsing import parse_object
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.early_stopping import BestRecord

STATE_FILE = "state.safetensors"
RECORD_FILE = "checkpoint.json"
BLOCK_BYTES = 2**20


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
        files = in_files(in_pieces(tensors))
        names = [
            STATE_FILE,
            *(f"state-{number:05}.safetensors" for number in range(2, len(files) + 1)),
        ]
        for name, part in zip(names, files, strict=True):
            write_tensors(staging / name, part)
        complete = dataclasses.replace(record, state_sha256=hash_of_state(staging))
        write_json(staging / RECORD_FILE, dataclasses.asdict(complete))


def read_checkpoint(
    folder: Path, expected_fingerprint: str
) -> tuple[CheckpointRecord, dict[str, torch.Tensor]]:
    """Raises EngineError ``corrupt_checkpoint`` for damaged files or another run's."""
    try:
        record = parse_object(
            CheckpointRecord, json.loads((folder / RECORD_FILE).read_bytes()), RECORD_FILE
        )
        sha256 = hash_of_state(folder)
        # Mapped: what a large model's optimizer holds is never in memory twice.
        pieces = {k: t for path in state_files(folder) for k, t in load_file(path).items()}
    except (OSError, ValueError, SafetensorError, EngineError) as error:
        raise corrupt(folder, "can't be read") from error
    if sha256 != record.state_sha256:
        raise corrupt(folder, f"holds a {STATE_FILE} other than the one recorded")
    if record.fingerprint != expected_fingerprint:
        raise corrupt(folder, "belongs to another configuration, base model, start or other rows")
    return record, whole(pieces)


def in_pieces(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Each tensor whole, or cut where it is too large for a file: ``weights``, ``weights/1``."""
    pieces = {}
    for name, tensor in tensors.items():
        row = tensor[:1].nbytes
        first, *others = tensor.split(max(1, BYTES_OF_A_FILE // max(1, row)))
        pieces[name] = first
        pieces |= {f"{name}/{number}": piece for number, piece in enumerate(others, 1)}
    return pieces


def whole(pieces: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    together: dict[str, list[torch.Tensor]] = {}
    for name in sorted(pieces, key=place_of):
        together.setdefault(place_of(name)[0], []).append(pieces[name])
    return {name: some[0] if len(some) == 1 else torch.cat(some) for name, some in together.items()}


def place_of(piece: str) -> tuple[str, int]:
    name, _, number = piece.partition("/")
    return name, int(number or 0)


def state_files(folder: Path) -> list[Path]:
    """The first, and those that hold what was too much for it."""
    return [folder / STATE_FILE, *sorted(folder.glob("state-*.safetensors"))]


def hash_of_state(folder: Path) -> str:
    """SHA-256 of all files, one after the other."""
    digest = hashlib.sha256()
    for path in state_files(folder):
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


def corrupt(folder: Path, fault: str) -> EngineError:
    return EngineError("corrupt_checkpoint", f"The checkpoint {folder} {fault}.")
