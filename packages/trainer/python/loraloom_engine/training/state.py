"""Everything that one run holds while it trains, and how it begins."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

from loraloom_engine.base import Base
from loraloom_engine.data.tokenized_rows import READERS, AnyRows
from loraloom_engine.errors import EngineError
from loraloom_engine.lane.writing import passes_that_write
from loraloom_engine.lora.adapter import LoraAdapter, TrainedAdapter
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training.agreement import check_agreement, check_batches
from loraloom_engine.training.checkpoint import (
    CHECKPOINT_FORMAT,
    CheckpointRecord,
    fingerprint,
    read_checkpoint,
    write_checkpoint,
)
from loraloom_engine.training.early_stopping import BestSoFar
from loraloom_engine.training.first_weights import adapter_to_train, starting_adapter, weight_files
from loraloom_engine.training.method import Method
from loraloom_engine.training.methods import METHODS
from loraloom_engine.training.pace import Kind, Pace
from loraloom_engine.training.plan import total_steps
from loraloom_engine.training.room import check_memory
from loraloom_engine.training.scoring import Asker


@dataclass
class RunState:
    """A run at an optimizer-step boundary; ``step`` counts finished steps."""

    base: Base
    request: StartRun
    pace: Pace
    method: Method
    held_out: Method | None
    fingerprint: str
    adapter: TrainedAdapter
    # What GRPO is held to: the adapter that it was warm-started from, or None, the base alone.
    starting_adapter: LoraAdapter | None
    optimizer: torch.optim.AdamW
    steps: int
    best: BestSoFar | None
    step: int = 0
    evaluated_step: int = 0
    # That of the last checkpoint that was told, or that the run went on from.
    saved_step: int = 0
    resumed_from_step: int = 0
    tokens: int = 0
    last_loss: float = 0.0
    held_out_before: float | None = None
    seconds_before: float = 0.0
    started: float = field(default_factory=time.monotonic)
    checkpointed: float = field(default_factory=time.monotonic)

    @property
    def goes_on(self) -> bool:
        return self.step < self.steps and not (self.best and self.best.is_final)

    @property
    def tokens_after_step(self) -> int:
        """What the steps after the next one will take, by an epoch's mean."""
        return self._tokens_of(self.steps - self.step - 1)

    def asker(self, method: Method | None = None) -> Asker:
        """For scores of the adapter now, of all texts of a method's rows before the next step."""
        texts = method.rows.tokens_total if method else 0
        return Asker(self.owner, self.adapter, texts + self._tokens_of(self.steps - self.step))

    def _tokens_of(self, steps: int) -> int:
        of_epoch = self.method.tokens_per_epoch(passes_that_write(self.base.device))
        return round(steps / self.method.steps_per_epoch * of_epoch)

    @property
    def rows(self) -> AnyRows:
        return self.method.rows

    @property
    def comparing(self) -> dict[str, Method]:
        """What needs references, by the name under which a checkpoint keeps them."""
        sides = {"references": self.method, "held_out_references": self.held_out}
        return {name: side for name, side in sides.items() if side and side.compares}

    @property
    def owner(self) -> str:
        return self.request.owner

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
            evaluated_step=self.evaluated_step,
            best=self.best.record() if self.best else None,
        )
        write_checkpoint(folder, record, self.tensors())
        self.saved_step, self.checkpointed = self.step, time.monotonic()
        return folder

    def tensors(self) -> dict[str, torch.Tensor]:
        moments = self.optimizer.state[self.adapter.weights]
        best = self.best.weights if self.best else None
        return {
            "weights": self.adapter.weights,
            "adam_m": moments["exp_avg"],
            "adam_v": moments["exp_avg_sq"],
            **{name: side.references for name, side in self.comparing.items()},
            **({} if best is None else {"best_weights": best}),
        }

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint. Raises EngineError ``corrupt_checkpoint``."""
        record, tensors = read_checkpoint(folder, self.fingerprint)
        weights = self.adapter.weights
        weights.data.copy_(tensors["weights"])
        self.optimizer.state[weights] = {
            "step": torch.tensor(float(record.step)),
            "exp_avg": tensors["adam_m"].to(weights.device),
            "exp_avg_sq": tensors["adam_v"].to(weights.device),
        }
        for name, side in self.comparing.items():
            side.references = tensors[name]
        if self.best and record.best:
            self.best.restore(record.best, tensors["best_weights"].to(weights.device))
        self.evaluated_step = record.evaluated_step
        self.step = self.resumed_from_step = self.saved_step = record.step
        self.tokens, self.last_loss = record.tokens, record.last_loss
        self.seconds_before, self.held_out_before = record.seconds, record.held_out_before


def prepare_run(base: Base, request: StartRun, pace: Pace) -> RunState:
    """Read the rows, make the adapter, and restore the checkpoint if any.

    Raises EngineError ``no_usable_rows``, ``unknown_target_modules``, ``out_of_memory``,
    ``corrupt_checkpoint``, ``bad_option``, or as ``adapter_to_train``.
    """
    config = request.config
    check_agreement(request)
    method = read_method(base, config, request.rows_path)
    check_batches(config, len(method))
    evaluation = request.evaluation_path
    held_out = read_method(base, config, evaluation) if evaluation else None
    check_memory(base, config, method.rows, held_out.rows if held_out else None)
    began = time.monotonic()
    adapter = adapter_to_train(base, request)
    run = RunState(
        base=base,
        request=request,
        pace=pace,
        method=method,
        held_out=held_out,
        fingerprint=fingerprint(base, config, read_files(request)),
        adapter=adapter,
        starting_adapter=starting_adapter(base, request),
        optimizer=make_optimizer(adapter, config),
        steps=total_steps(method.units, config),
        best=BestSoFar(config.early_stopping) if config.early_stopping else None,
    )
    if request.checkpoint_path:
        run.restore(Path(request.checkpoint_path))
    pace.add(Kind("start", adapter.shape.parameters), time.monotonic() - began)
    return run


def read_files(request: StartRun) -> list[Path]:
    """The files that a run's course depends on."""
    held_out, start = request.evaluation_path, request.start_from_path
    return [
        Path(request.rows_path),
        *([Path(held_out)] if held_out else []),
        *(weight_files(Path(start)) if start else []),
    ]


def make_optimizer(adapter: TrainedAdapter, config: TrainingConfig) -> torch.optim.AdamW:
    """One tensor holds the whole adapter, so a step is one fused kernel."""
    return torch.optim.AdamW(
        [adapter.weights], lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )


def read_method(base: Base, config: TrainingConfig, path: str) -> Method:
    rows = read_usable(base, path, config.method)
    return METHODS[config.method](rows, config, base.context_length)


def read_usable(base: Base, path: str, method: str = "sft") -> AnyRows:
    rows = READERS[method](Path(path), base.model.get_input_embeddings().num_embeddings)
    if rows.trained_total == 0:
        raise EngineError("no_usable_rows", f"{path} holds no example with a token to learn.")
    if rows.longest > base.context_length:
        raise EngineError(
            "over_length",
            f"{path} holds an example of {rows.longest} tokens; the model takes "
            f"{base.context_length}.",
        )
    return rows
