"""All answers in the making: their tokens come from common passes, whatever their adapters."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import torch

from loraloom_engine.base import Base
from loraloom_engine.faults import to_fault
from loraloom_engine.passes.weight_sets import OwnWeights, own_weights
from loraloom_engine.protocol.events import Error
from loraloom_engine.sampling.sampling import Sampling

# Prompt tokens of a pass. A long prompt is read in pieces, between which others get theirs.
PROMPT_TOKENS = 256

Emit = Callable[[Any, str], None]


class Answers:
    """Answers by their request's id, the one that waited longest first."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._open: dict[str, Sampling] = {}

    def __bool__(self) -> bool:
        return bool(self._open)

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._open

    @property
    def any_unbegun(self) -> bool:
        """Whether somebody waits for a first token."""
        return any(not sampling.begun for sampling in self._open.values())

    def uses(self, adapter: str) -> bool:
        return any(sampling.adapter_name == adapter for sampling in self._open.values())

    def add(self, request_id: str, sampling: Sampling) -> None:
        self._open[request_id] = sampling

    def cancel(self, request_id: str) -> None:
        """It may have ended while the request was on its way."""
        sampling = self._open.pop(request_id, None)
        if sampling is not None:
            sampling.cancel()

    def cancel_all(self) -> None:
        for request_id in list(self._open):
            self.cancel(request_id)

    def advance(self, base: Base) -> None:
        """A token more for each answer, or a piece of its prompt read.

        In one pass, and in one more for each whole model among the versions that are asked.
        """
        for _, together in groupby(self._choose(), key=lambda entry: weights_of(entry[1])):
            self._advance_together(base, list(together))

    def _advance_together(self, base: Base, chosen: list[tuple[str, Sampling]]) -> None:
        blocks = [sampling.next_block(PROMPT_TOKENS) for _, sampling in chosen]
        try:
            with torch.no_grad(), base.forward.hidden(blocks) as hidden:
                last = hidden[[block.end - 1 for block in blocks]]
                logits = base.head.logits(last).float().cpu()
        except Exception as error:  # noqa: BLE001 - the runs go on
            for request_id, _ in chosen:
                self._fail(request_id, error)
            return
        for (request_id, sampling), row in zip(chosen, logits, strict=True):
            self._take(request_id, sampling, row)

    def _choose(self) -> list[tuple[str, Sampling]]:
        """Every answer that is being written, and prompts as far as they fit.

        Those of one adapter side by side, so that it is multiplied with once, and those of one
        whole model.
        """
        left, chosen = PROMPT_TOKENS, []
        for request_id, sampling in self._open.items():
            size = min(sampling.unread, PROMPT_TOKENS)
            if size <= left:
                chosen.append((request_id, sampling))
                left -= size
        return sorted(chosen, key=lambda entry: place_in_passes(entry[1]))

    def _take(self, request_id: str, sampling: Sampling, logits: torch.Tensor) -> None:
        try:
            sampling.take(logits)
        except Exception as error:  # noqa: BLE001 - the other answers go on
            self._fail(request_id, error)
            return
        del self._open[request_id]
        if not sampling.finished:
            self._open[request_id] = sampling

    def _fail(self, request_id: str, error: Exception) -> None:
        del self._open[request_id]
        fault = to_fault(error)
        self._emit(Error(fault.code, fault.message, fault.details), request_id)


def weights_of(sampling: Sampling) -> OwnWeights | None:
    return own_weights(sampling.voice.adapter)


def place_in_passes(sampling: Sampling) -> tuple[int, int]:
    return id(weights_of(sampling)), id(sampling.voice.adapter)
