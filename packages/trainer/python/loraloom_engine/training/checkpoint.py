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
# One higher with each change after which older ones can't be read.
CHECKPOINT_FORMAT = 3


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
    # A run without what came later is what it was before, and goes on from its old checkpoints.
    for name in ("full_fine_tuning", "completions"):
        if not settings[name]:
            del settings[name]
    identity = dataclasses.asdict(base.identity)
    del identity["path"]
    digest = hashlib.sha256(json.dumps([settings, identity], sort_keys=True).encode())
    for path in files:
        digest.update(bytes.fromhex(hash_file(path)))
    return digest.hexdigest()


def write_checkpoint(
    folder: Path, record: CheckpointRecord, tensors: dict[str, torch.Tensor]
) -> None:
    """Write all files; ``record.state_sha256`` is filled in. Raises ``disk_full``."""
    with new_folder(folder) as staging:
        hashes = [
            write_tensors(staging / state_file(number), part)
            for number, part in enumerate(in_files(in_pieces(tensors)), 1)
        ]
        complete = dataclasses.replace(record, state_sha256=hash_of(hashes))
        write_json(staging / RECORD_FILE, dataclasses.asdict(complete))


def state_file(number: int) -> str:
    """The first, or one that holds what was too much for it."""
    return STATE_FILE if number == 1 else f"state-{number:05}.safetensors"


def in_pieces(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Each tensor whole, or cut where it is too large for a file: ``weights``, ``weights/1``."""
    pieces = {}
    for name, tensor in tensors.items():
        row_bytes = max(1, tensor[:1].nbytes)
        first, *others = tensor.split(max(1, BYTES_OF_A_FILE // row_bytes))
        pieces[name] = first
        pieces |= {f"{name}/{number}": piece for number, piece in enumerate(others, 1)}
    return pieces


def hash_of(hashes: list[str]) -> str:
    """One SHA-256 that stands for those of all files."""
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


class SavedState:
    """A checkpoint's tensors, each put together when it is asked for.

    The files are mapped into memory: all of a model's optimizer at once would be there twice.
    """

    def __init__(self, pieces: dict[str, torch.Tensor]) -> None:
        self._pieces: dict[str, list[torch.Tensor]] = {}
        for name in sorted(pieces, key=place_of):
            self._pieces.setdefault(place_of(name)[0], []).append(pieces[name])

    def __getitem__(self, name: str) -> torch.Tensor:
        """A copy."""
        return torch.cat(self._pieces[name])


def place_of(piece: str) -> tuple[str, int]:
    name, _, number = piece.partition("/")
    return name, int(number or 0)


def read_checkpoint(folder: Path, expected_fingerprint: str) -> tuple[CheckpointRecord, SavedState]:
    """Raises EngineError ``corrupt_checkpoint`` for damaged files or another run's.

    Or for one that another engine's version wrote in a format of its own.
    """
    record = read_record(folder)
    try:
        files = [folder / STATE_FILE, *sorted(folder.glob("state-*.safetensors"))]
        sha256 = hash_of([hash_file(path) for path in files])
        state = SavedState({k: t for path in files for k, t in load_file(path).items()})
    except (OSError, ValueError, SafetensorError) as error:
        raise corrupt(folder, "can't be read") from error
    if sha256 != record.state_sha256:
        raise corrupt(folder, f"holds a {STATE_FILE} other than the one recorded")
    if record.fingerprint != expected_fingerprint:
        raise corrupt(folder, "belongs to another configuration, base model, start or other rows")
    return record, state


def read_record(folder: Path) -> CheckpointRecord:
    """Its format is compared first: a record of another one may have other fields."""
    try:
        told = json.loads((folder / RECORD_FILE).read_bytes())
        if told["format"] == CHECKPOINT_FORMAT:
            return parse_object(CheckpointRecord, told, RECORD_FILE)
    except (OSError, ValueError, LookupError, TypeError, EngineError) as error:
        raise corrupt(folder, "can't be read") from error
    raise corrupt(folder, f"has format {told['format']}; this engine reads {CHECKPOINT_FORMAT}")


def hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def corrupt(folder: Path, fault: str) -> EngineError:
    return EngineError("corrupt_checkpoint", f"The checkpoint {folder} {fault}.")
