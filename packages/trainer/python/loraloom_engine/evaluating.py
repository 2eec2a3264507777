"""The ``evaluate`` request: a method's loss on rows and, if asked, logits for comparisons."""

import dataclasses
import math
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from loraloom_engine.atomic_files import new_file, write_tensors
from loraloom_engine.base import Base
from loraloom_engine.data.tokenized_rows import AnyRows, TokenizedPairs, TokenizedRows
from loraloom_engine.errors import EngineError
from loraloom_engine.lane.demand import Demand
from loraloom_engine.lane.joint_pass import Part, run_pass
from loraloom_engine.loading import load_base
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.passes.block import Block
from loraloom_engine.passes.weight_sets import OwnWeights
from loraloom_engine.protocol.events import Evaluated
from loraloom_engine.protocol.requests import Evaluate
from loraloom_engine.training.method import LearnsFromRows
from loraloom_engine.training.methods import METHODS
from loraloom_engine.training.scoring import Asker, HeldOut, measure, note_references
from loraloom_engine.training.state import read_usable
from loraloom_engine.whole.served_model import ServedVersion, load_version

Turns = Generator[None, None, None]


def evaluate(
    base: Base, request: Evaluate, served: ServedVersion | None
) -> Generator[None, None, Evaluated]:
    """Hands the engine back after every example: the base may not be the resident one.

    Raises EngineError ``no_usable_rows``, ``non_finite_loss``, ``disk_full`` or ``bad_option``,
    and as ``choose_base``.
    """
    rows = read_usable(base, request.rows_path, request.method)
    check_logits(request, rows)
    chosen, adapter = yield from choose_base(base, request, served)
    method = METHODS[request.method](rows, settings_of(request, len(rows)), base.context_length)
    held_out = yield from meet(chosen, measure_against_base(adapter, method))
    if not math.isfinite(held_out.loss):
        raise EngineError("non_finite_loss", f"The loss on {request.rows_path} is {held_out.loss}.")
    if request.logits_path:
        yield from write_logits(chosen, adapter, rows, Path(request.logits_path))
    return held_out.told(rows)


def check_logits(request: Evaluate, rows: AnyRows) -> None:
    if request.logits_path and isinstance(rows, TokenizedPairs):
        raise EngineError(
            "bad_option",
            f"'logits_path' is for single texts; '{request.method}' has pairs of them.",
        )


def choose_base(
    base: Base, request: Evaluate, served: ServedVersion | None
) -> Generator[None, None, tuple[Base, LoraAdapter | OwnWeights | None]]:
    """The resident base, or a float32 copy of it, for this request only.

    The copy is read from the files again: bfloat16 weights have lost what float32 keeps.
    Raises EngineError ``out_of_memory`` where there is no room for it, or as ``load_version``.
    """
    if request.dtype == "base" or base.identity.dtype == "float32":
        return base, served.adapter if served else None
    needed = bytes_in_float32(base.model)
    base.memory.require_beside_base(needed, "A copy of the base in float32 takes")
    copy = load_base(dataclasses.replace(base.identity, dtype="float32"), base.device)
    copy.memory = base.memory  # one ledger of all that is on the device
    return copy, (yield from load_version(copy, served.path)) if served else None


def bytes_in_float32(model: nn.Module) -> int:
    """Weights in 4 or 8 bits are kept so."""
    weights = [*model.parameters(), *model.buffers()]
    return sum(w.numel() * 4 if w.is_floating_point() else w.nbytes for w in weights)


@dataclass(frozen=True)
class MeasureSettings:
    """What a method goes by where it trains nothing. KTO compares all rows with each other."""

    beta: float
    desirable_weight: float
    undesirable_weight: float
    batch_size: int
    seed: int = 0
    packed_length: None = None


def settings_of(request: Evaluate, rows: int) -> MeasureSettings:
    """Raises EngineError ``no_usable_rows``."""
    if request.method == "kto" and rows < 2:
        raise EngineError("no_usable_rows", "KTO compares at least two examples; there is one.")
    return MeasureSettings(
        request.beta, request.desirable_weight, request.undesirable_weight, batch_size=rows
    )


def measure_against_base(
    adapter: LoraAdapter | OwnWeights | None, method: LearnsFromRows
) -> Generator[Demand, None, HeldOut]:
    """What preferences gained is measured from the base model alone."""
    if method.compares:
        yield from note_references(Asker("", None), method)
    return (yield from measure(Asker("", adapter), method))


def meet(base: Base, asking: Generator[Demand, None, Any]) -> Generator[None, None, Any]:
    """Meets the demands on this base, a group at a time; returns what asking comes to."""
    try:
        while True:
            demand = next(asking)
            for group in demand.groups:
                run_pass(base, [Part(demand, [group])])
                yield
    except StopIteration as end:
        return end.value


def write_logits(
    base: Base, adapter: LoraAdapter | OwnWeights | None, rows: TokenizedRows, path: Path
) -> Turns:
    """Write ``logits`` [examples, vocabulary] float32, at each example's last token."""
    lines = []
    for at in range(len(rows)):
        block = Block(rows[at].input_ids, adapter)
        with torch.no_grad(), base.forward.hidden([block]) as hidden:
            lines.append(base.head.logits(hidden[-1]).float().cpu())
        yield
    with new_file(path) as staging:
        write_tensors(staging, {"logits": torch.stack(lines)})
