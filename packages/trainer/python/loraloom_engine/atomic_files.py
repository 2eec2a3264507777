"""Writing files and folders so that they appear whole or not at all.

A full disk becomes ``disk_full`` with the folder's name. Tensors are written here: safetensors' own
writer hides the operating system's error number, and copies all of them first.
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

from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.errors import EngineError

# A quota (EDQUOT) and a limit on file sizes (EFBIG) stop a save as a full disk does.
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# S3 takes, and copies, at most 5 GiB at once.
BYTES_OF_A_FILE = 4 * 2**30
DTYPE_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
}
Dtypes = dict[str, torch.dtype]


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


def in_files(
    tensors: dict[str, torch.Tensor], dtypes: Dtypes | None = None
) -> list[dict[str, torch.Tensor]]:
    """The same in as many files as they need, written in these dtypes where they are named.

    A tensor that is too large by itself has a file of its own.
    """
    files: list[dict[str, torch.Tensor]] = [{}]
    filled = 0
    for name, tensor in tensors.items():
        size = tensor.numel() * dtype_in(dtypes, name, tensor).itemsize
        if filled + size > BYTES_OF_A_FILE and files[-1]:
            files.append({})
            filled = 0
        files[-1][name] = tensor
        filled += size
    return files


def write_tensors(
    path: Path, tensors: dict[str, torch.Tensor], dtypes: Dtypes | None = None
) -> str:
    """Write a safetensors file and return its SHA-256 in hex.

    A tensor is rounded to the dtype that is named for it, if any.

    One tensor after the other: a model's weights and its optimizer's are never all there twice.
    """
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in safetensors_pieces(tensors, dtypes):
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def safetensors_pieces(
    tensors: dict[str, torch.Tensor], dtypes: Dtypes | None
) -> Iterator[bytes | memoryview]:
    """The header's length and the header, padded to 8 bytes; then the tensors, the widest first."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    kinds = {name: dtype_in(dtypes, name, tensor) for name, tensor in tensors.items()}
    widest_first = sorted(tensors, key=lambda name: -kinds[name].itemsize)
    end = 0
    for name in widest_first:
        kind, shape = kinds[name], list(tensors[name].shape)
        start, end = end, end + kind.itemsize * tensors[name].numel()
        header[name] = {"dtype": DTYPE_NAMES[kind], "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little")
    yield text
    for name in widest_first:
        on_cpu = tensors[name].detach().to("cpu", kinds[name]).contiguous()
        yield on_cpu.view(-1).view(torch.uint8).numpy().data


def dtype_in(dtypes: Dtypes | None, name: str, tensor: torch.Tensor) -> torch.dtype:
    return dtypes.get(name, tensor.dtype) if dtypes else tensor.dtype


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
