"""The ``evaluate`` request: mean loss on rows and, if asked, logits for comparisons."""

import dataclasses
import math
from collections.abc import Generator
from pathlib import Path

import torch

from loraloom_engine.adapter_files import ServedAdapter, load_adapter
from loraloom_engine.atomic_files import new_file, write_tensors
from loraloom_engine.base import Base
from loraloom_engine.data.tokenized_rows import TokenizedRows
from loraloom_engine.errors import EngineError
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.joint_pass import Part, run_pass
from loraloom_engine.loading import load_base
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.block import Block
from loraloom_engine.protocol.events import Evaluated
from loraloom_engine.protocol.requests import Evaluate
from loraloom_engine.training.state import read_usable

Turns = Generator[None, None, None]


def evaluate(
    base: Base, request: Evaluate, served: ServedAdapter | None
) -> Generator[None, None, Evaluated]:
    """Hands the engine back after every example: the base may not be the resident one.

    Raises EngineError ``no_usable_rows``, ``non_finite_loss``, ``disk_full`` or ``bad_option``.
    """
    rows = read_usable(base, request.rows_path)
    chosen, adapter = choose_base(base, request, served)
    loss = yield from mean_loss(chosen, adapter, rows)
    if not math.isfinite(loss):
        raise EngineError("non_finite_loss", f"The loss on {request.rows_path} is {loss}.")
    if request.logits_path:
        yield from write_logits(chosen, adapter, rows, Path(request.logits_path))
    return Evaluated(None, "request", None, None, loss, rows.trained_total)


def choose_base(
    base: Base, request: Evaluate, served: ServedAdapter | None
) -> tuple[Base, LoraAdapter | None]:
    """The resident base, or a float32 copy of it, for this request only.

    The copy is read from the files again: bfloat16 weights have lost what float32 keeps.
    """
    if request.dtype == "base" or base.identity.dtype == "float32":
        return base, served.adapter if served else None
    copy = load_base(dataclasses.replace(base.identity, dtype="float32"), base.device)
    return copy, load_adapter(copy, served.path) if served else None


def mean_loss(
    base: Base, adapter: LoraAdapter | None, rows: TokenizedRows
) -> Generator[None, None, float]:
    total = 0.0
    for at in range(len(rows)):
        scored = Demand("", adapter, [[Text(rows[at])]])
        run_pass(base, [Part(scored, scored.groups)])
        total -= scored.log_probs[0]
        yield
    return total / rows.trained_total


def write_logits(base: Base, adapter: LoraAdapter | None, rows: TokenizedRows, path: Path) -> Turns:
    """Write ``logits`` [examples, vocabulary] float32, at each example's last token."""
    lines = []
    for at in range(len(rows)):
        block = Block(rows[at].input_ids, adapter)
        with torch.no_grad(), base.forward.hidden([block]) as hidden:
            lines.append(base.head.logits(hidden[-1]).float().cpu())
        yield
    with new_file(path) as staging:
        write_tensors(staging, {"logits": torch.stack(lines)})
