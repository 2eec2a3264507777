"""The ``evaluate`` request: mean loss on rows and, if asked, logits for comparisons."""

import dataclasses
from collections.abc import Generator
from pathlib import Path

import torch

from loraloom_engine.adapter_files import read_adapter
from loraloom_engine.atomic_files import new_file, write_tensors
from loraloom_engine.base import Base, load_base
from loraloom_engine.data.tokenized_rows import TokenizedRows
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Evaluated
from loraloom_engine.protocol.requests import Evaluate
from loraloom_engine.training.held_out import mean_loss
from loraloom_engine.training.state import read_usable


def evaluate(
    base: Base, request: Evaluate, adapter_paths: dict[str, Path]
) -> Generator[None, None, Evaluated]:
    """Raises EngineError ``no_usable_rows``, ``disk_full`` or ``bad_option``."""
    rows = read_usable(base, request.rows_path)
    chosen = choose_base(base, request, adapter_paths)
    loss = yield from mean_loss(chosen, request.adapter, rows)
    if request.logits_path:
        yield from write_logits(chosen, request, rows)
    return Evaluated(None, "request", None, None, finite(loss, request), rows.trained_total)


def finite(loss: float, request: Evaluate) -> float:
    if loss == loss and abs(loss) != float("inf"):
        return loss
    raise EngineError("non_finite_loss", f"The loss on {request.rows_path} is {loss}.")


def choose_base(base: Base, request: Evaluate, adapter_paths: dict[str, Path]) -> Base:
    """The resident base, or a float32 copy of it with the adapter, for this request only.

    The copy is read from the files again: bfloat16 weights have lost what float32 keeps.
    """
    if request.dtype == "base" or base.identity.dtype == "float32":
        return base
    copy = load_base(dataclasses.replace(base.identity, dtype="float32"), base.device)
    if request.adapter:
        files = read_adapter(copy, adapter_paths[request.adapter])
        copy.adapters.add_with_weights(request.adapter, files.config, files.tensors)
    return copy


def write_logits(base: Base, request: Evaluate, rows: TokenizedRows) -> Generator[None, None, None]:
    """Write ``logits`` [examples, vocabulary] float32, at each example's last token."""
    lines = []
    for at in range(len(rows)):
        inputs = torch.tensor([rows[at].input_ids], device=base.device)
        with base.adapters.use(request.adapter) as model:
            output = model(input_ids=inputs, use_cache=False, logits_to_keep=1)
        lines.append(output.logits[0, -1].float().cpu())
        yield
    with new_file(Path(request.logits_path)) as staging:
        write_tensors(staging, {"logits": torch.stack(lines)})
