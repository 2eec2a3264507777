"""Everything that one run holds while it trains, and how it begins."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from loraloom_engine.base import Base
from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.data.tokenized_rows import TokenizedRows, read_tokenized
from loraloom_engine.device import free_memory
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.training.checkpoint import (
    CheckpointRecord,
    fingerprint,
    read_checkpoint,
    write_checkpoint,
)
from loraloom_engine.training.lora_config import lora_config
from loraloom_engine.training.memory import largest_pass, run_memory
from loraloom_engine.training.pace import Kind, Pace
from loraloom_engine.training.plan import largest_batch, total_steps
from loraloom_engine.training.random_state import RandomState

CHECKPOINT_FORMAT = 1


@dataclass
class RunState:
    """A run at an optimizer-step boundary; ``step`` counts finished steps."""

    base: Base
    request: StartRun
    pace: Pace
    rows: TokenizedRows
    held_out: TokenizedRows | None
    fingerprint: str
    random: RandomState
    parameters: dict[str, nn.Parameter]
    optimizer: torch.optim.AdamW
    steps: int
    step: int = 0
    resumed_from_step: int = 0
    tokens: int = 0
    last_loss: float = 0.0
    held_out_before: float | None = None
    seconds_before: float = 0.0
    started: float = field(default_factory=time.monotonic)
    checkpointed: float = field(default_factory=time.monotonic)
    random_at_step: dict[str, torch.Tensor] = field(default_factory=dict)
    parameter_count: int = field(init=False)

    def __post_init__(self) -> None:
        self.parameter_count = sum(tensor.numel() for tensor in self.parameters.values())

    @property
    def adapter(self) -> str:
        return adapter_name(self.request)

    @property
    def seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self.started

    @property
    def checkpoint_folder(self) -> Path:
        return Path(self.request.work_dir) / "checkpoints" / f"step-{self.step}"

    def save(self) -> Path:
        """Write a checkpoint of the last finished step. Raises ``disk_full``."""
        folder = self.checkpoint_folder
        record = CheckpointRecord(
            format=CHECKPOINT_FORMAT,
            fingerprint=self.fingerprint,
            state_sha256="",
            step=self.step,
            tokens=self.tokens,
            seconds=self.seconds,
            last_loss=self.last_loss,
            held_out_before=self.held_out_before,
        )
        write_checkpoint(folder, record, self.tensors())
        self.checkpointed = time.monotonic()
        return folder

    def tensors(self) -> dict[str, torch.Tensor]:
        tensors = {f"random.{name}": state for name, state in self.random_at_step.items()}
        for name, parameter in self.parameters.items():
            tensors[f"weight.{name}"] = parameter
            moments = self.optimizer.state[parameter]
            tensors[f"adam_m.{name}"] = moments["exp_avg"]
            tensors[f"adam_v.{name}"] = moments["exp_avg_sq"]
        return tensors

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint. Raises EngineError ``corrupt_checkpoint``."""
        record, tensors = read_checkpoint(folder, self.fingerprint)
        for name, parameter in self.parameters.items():
            parameter.data.copy_(tensors[f"weight.{name}"])
            self.optimizer.state[parameter] = {
                "step": torch.tensor(float(record.step)),
                "exp_avg": tensors[f"adam_m.{name}"].to(parameter.device),
                "exp_avg_sq": tensors[f"adam_v.{name}"].to(parameter.device),
            }
        prefix = "random."
        random = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        self.random.saved = self.random_at_step = random
        self.step = self.resumed_from_step = record.step
        self.tokens, self.last_loss = record.tokens, record.last_loss
        self.seconds_before, self.held_out_before = record.seconds, record.held_out_before


def adapter_name(request: StartRun) -> str:
    return f"run {request.run_id}"


def prepare_run(base: Base, request: StartRun, pace: Pace) -> RunState:
    """Read the rows, put a fresh adapter on the base, and restore the checkpoint if any.

    Raises EngineError ``no_usable_rows``, ``unknown_target_modules``, ``out_of_memory``,
    ``corrupt_checkpoint`` or ``bad_option``; the base is left as it was then.
    """
    rows = read_usable(base, request.rows_path)
    held_out = read_usable(base, request.evaluation_path) if request.evaluation_path else None
    check_memory(base, request, rows, held_out)
    began = time.monotonic()
    random = RandomState(request.config.seed, base.device)
    with random.in_force():
        base.adapters.add(adapter_name(request), lora_config(base, request.config))
    try:
        run = build_state(base, request, pace, rows, held_out, random)
        pace.add(Kind("start", run.parameter_count), time.monotonic() - began)
        return run
    except BaseException:
        base.adapters.remove(adapter_name(request))
        raise


def build_state(
    base: Base,
    request: StartRun,
    pace: Pace,
    rows: TokenizedRows,
    held_out: TokenizedRows | None,
    random: RandomState,
) -> RunState:
    parameters = base.adapters.parameters(adapter_name(request))
    config = request.config
    state = RunState(
        base=base,
        request=request,
        pace=pace,
        rows=rows,
        held_out=held_out,
        fingerprint=fingerprint(base, config, Path(request.rows_path)),
        random=random,
        parameters=parameters,
        optimizer=torch.optim.AdamW(
            parameters.values(), lr=config.learning_rate, weight_decay=config.weight_decay
        ),
        steps=total_steps(len(rows), config),
        random_at_step=random.saved,
    )
    if request.checkpoint_path:
        state.restore(Path(request.checkpoint_path))
    return state


def read_usable(base: Base, path: str) -> TokenizedRows:
    rows = read_tokenized(Path(path), base.model.get_input_embeddings().num_embeddings)
    if rows.trained_total == 0:
        raise EngineError("no_usable_rows", f"{path} holds no example with a token to learn.")
    if rows.longest > base.context_length:
        raise EngineError(
            "over_length",
            f"{path} holds an example of {rows.longest} tokens; the model takes "
            f"{base.context_length}.",
        )
    return rows


def check_memory(
    base: Base, request: StartRun, rows: TokenizedRows, held_out: TokenizedRows | None
) -> None:
    batch = largest_batch(len(rows), request.config)
    tokens = largest_pass(rows.lengths, held_out.lengths if held_out else None, request.config)
    needed = run_memory(base, request.config, tokens)
    free = free_memory(base.device)
    if needed > free:
        raise EngineError(
            "out_of_memory",
            f"The run needs about {readable_size(needed)} of memory for batches of "
            f"{batch} x {rows.longest} tokens at rank {request.config.rank}; "
            f"{readable_size(free)} are free.",
            {"memory_bytes": needed, "free_memory_bytes": free},
        )
