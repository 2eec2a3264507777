"""Writing files and folders so that they appear whole or not at all.

A full disk becomes ``disk_full`` with the folder's name. Tensors are serialized in
memory first: safetensors' own writer hides the operating system's error number.
"""

import errno
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.errors import EngineError

# A quota (EDQUOT) and a limit on file sizes (EFBIG) stop a save as a full disk does.
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary sibling to fill, renamed to ``path`` at the end, replacing what was there.

    Raises EngineError ``disk_full`` when the disk is; nothing is left behind then.
    """
    staging = path.with_name(f".{path.name}.part")
    with space_reported(path.parent):
        try:
            shutil.rmtree(staging, ignore_errors=True)  # what a killed process left behind
            staging.mkdir(parents=True)
            yield staging
            shutil.rmtree(path, ignore_errors=True)
            staging.rename(path)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """As ``new_folder``, for one file."""
    staging = path.with_name(f".{path.name}.part")
    with space_reported(path.parent):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield staging
            staging.replace(path)
        finally:
            staging.unlink(missing_ok=True)


@contextmanager
def space_reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        free = shutil.disk_usage(existing(folder)).free
        raise EngineError(
            "disk_full",
            f"No space left to write in {folder} ({readable_size(free)} free).",
            {"folder": str(folder), "free_bytes": free},
        ) from error


def existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> str:
    """Write a safetensors file and return its SHA-256 in hex."""
    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = save(on_cpu, metadata={"format": "pt"})
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
