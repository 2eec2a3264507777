"""A run's own random state, so that chats and evaluations in between don't move it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


class RandomState:
    """The states of torch's generators (CPU and, on a GPU, the device's) for one run."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self._device = device
        with self._preserved():
            torch.manual_seed(seed)
            self.saved = self._read()

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Draw from this state inside the block and keep where it ends."""
        with self._preserved():
            self._write(self.saved)
            yield
            self.saved = self._read()

    @contextmanager
    def _preserved(self) -> Iterator[None]:
        outside = self._read()
        try:
            yield
        finally:
            self._write(outside)

    def _read(self) -> dict[str, torch.Tensor]:
        states = {"cpu": torch.get_rng_state()}
        if self._device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self._device)
        return states

    def _write(self, states: dict[str, torch.Tensor]) -> None:
        torch.set_rng_state(states["cpu"])
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(states["cuda"], self._device)
