"""What is free of the device's memory: the one ledger that runs, processes and models ask.

A process that was started, or a model that is being read, takes its memory over seconds. Until then
that still counts as free on the device; here it is promised, and nobody else is given it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.device import free_memory, free_memory_apart
from loraloom_engine.errors import EngineError


class Promise:
    """Memory for one that takes it bit by bit. ``left`` are the bytes that it has not taken yet."""

    def __init__(self, needed: int) -> None:
        self.needed = self.left = needed

    def taken(self, so_far: int) -> None:
        """So many bytes in all are in use by now, and no longer count as free."""
        self.left = max(0, self.needed - so_far)


class DeviceMemory:
    """The ledger of one engine. All sizes are in bytes."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._promises: list[Promise] = []

    @property
    def promised(self) -> int:
        return sum(promise.left for promise in self._promises)

    def free(self) -> int:
        """What this process can still take."""
        return max(0, free_memory(self._device) - self.promised)

    def free_apart(self) -> int:
        """What another process could take."""
        return max(0, free_memory_apart(self._device) - self.promised)

    def require_beside_base(self, needed: int, who_takes: str) -> None:
        """Raises EngineError ``out_of_memory``, with both figures, where less is free."""
        free = self.free()
        if needed > free:
            raise EngineError(
                "out_of_memory",
                f"{who_takes} {readable_size(needed)} of memory beside the base's; "
                f"{readable_size(free)} are free.",
                {"memory_bytes": needed, "free_memory_bytes": free},
            )

    @contextmanager
    def promise(self, needed: int) -> Iterator[Promise]:
        """For as long as the with-block lasts, but for what is taken."""
        promise = Promise(needed)
        self._promises.append(promise)
        try:
            yield promise
        finally:
            self._promises.remove(promise)
