"""The device that the engine computes on, and the memory it has.

``LORALOOM_ENGINE_DEVICE`` is ``auto`` (a GPU where there is one), ``cpu`` or ``cuda``.
"""

import platform
import resource
import sys
from pathlib import Path

import psutil
import torch

from loraloom_engine.errors import EngineError
from loraloom_engine.freed_memory import give_back_freed_memory

CGROUP = Path("/sys/fs/cgroup")


def choose_device(wanted: str) -> torch.device:
    """Raises EngineError ``bad_configuration`` for a device that isn't there."""
    if wanted not in ("auto", "cpu", "cuda"):
        raise EngineError(
            "bad_configuration",
            f"LORALOOM_ENGINE_DEVICE must be auto, cpu or cuda, not {wanted!r}.",
        )
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EngineError(
            "bad_configuration", "LORALOOM_ENGINE_DEVICE is cuda, but torch finds no GPU here."
        )
    use_gpu = wanted != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if use_gpu else "cpu")


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def total_memory(device: torch.device) -> int:
    """Bytes of the device; on a CPU, what this container may use."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[1]
    limit = read_cgroup("memory.max")
    physical = psutil.virtual_memory().total
    return physical if limit is None else min(physical, limit)


def free_memory(device: torch.device) -> int:
    """Bytes that can still be taken, torch's own unused reserve included."""
    if device.type == "cuda":
        reserve = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + reserve
    give_back_freed_memory()
    available = psutil.virtual_memory().available
    limit, used = read_cgroup("memory.max"), read_cgroup("memory.current")
    if limit is None or used is None:
        return available
    return min(available, max(0, limit - used + reclaimable_cache()))


def free_memory_apart(device: torch.device) -> int:
    """Bytes that another process could take: torch's unused reserve is given back before."""
    give_back_unused(device)
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else free_memory(device)


def give_back_unused(device: torch.device) -> None:
    """Let others have the memory that was freed and kept."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    else:
        give_back_freed_memory()


def peak_memory(device: torch.device) -> int:
    """The most bytes in use so far: of torch on a GPU, of this process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB


def used_memory(device: torch.device) -> int:
    """Bytes that this process has: torch's with its reserve on a GPU, all of them on a CPU."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    return psutil.Process().memory_info().rss


def read_cgroup(name: str) -> int | None:
    """A figure of the container's memory limit, None where there is no limit."""
    path = CGROUP / name
    if not path.is_file():
        return None
    text = path.read_text().strip()
    return int(text) if text.isdigit() else None


def reclaimable_cache() -> int:
    """Bytes of file cache, which count as used but make room when they are needed."""
    path = CGROUP / "memory.stat"
    if not path.is_file():
        return 0
    entries = dict(line.split() for line in path.read_text().splitlines())
    return int(entries.get("inactive_file", 0))
