"""One LoRA adapter by TRL's SFTTrainer, as people train them.

What must be equal to be comparable is set: token ids, labels and their order, initial weights,
rank, learning rate, schedule, steps. Everything else is TRL's default, but for what a caller
changes. Not covered: reading chats and tokenizing them, which is done beforehand for all.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from trl import SFTConfig, SFTTrainer


@dataclass(frozen=True)
class Job:
    """``rows``: token ids and labels in the order of the steps, JSON lines. ``changes``: of TRL's
    defaults."""

    rows: Path
    out: Path
    rank: int
    learning_rate: float
    seed: int
    changes: dict


def read_job(fields: dict) -> Job:
    return Job(**fields | {"rows": Path(fields["rows"]), "out": Path(fields["out"])})


@dataclass(frozen=True)
class Outcome:
    """``seconds`` of all steps, ``setup`` before and after them; ``loss`` of the last."""

    seconds: float
    setup: float
    loss: float


def load_model(path: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """In float32, as TRL loads it; ``bf16`` is mixed precision."""
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    return model, AutoTokenizer.from_pretrained(path)


def train(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, job: Job) -> Outcome:
    """Train and save an adapter; the model is left without it."""
    began = time.perf_counter()
    rows = [json.loads(line) for line in job.rows.read_text().splitlines()]
    torch.manual_seed(job.seed)
    adapted = get_peft_model(model, lora(job))
    trainer = SFTTrainer(
        model=adapted,
        args=settings(job),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    training = time.perf_counter()
    trainer.train()
    trained = time.perf_counter()
    adapted.save_pretrained(job.out)
    adapted.unload()
    ended = time.perf_counter()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return Outcome(trained - training, ended - began - (trained - training), losses[-1])


def lora(job: Job) -> LoraConfig:
    return LoraConfig(
        r=job.rank,
        lora_alpha=2 * job.rank,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def settings(job: Job) -> SFTConfig:
    return SFTConfig(
        output_dir=str(job.out),
        per_device_train_batch_size=1,
        num_train_epochs=1,
        learning_rate=job.learning_rate,
        lr_scheduler_type="cosine",
        seed=job.seed,
        train_sampling_strategy="sequential",
        # The loss of each step is asked for, the default of ten steps would be a mean of them.
        logging_steps=1,
        report_to=[],
        # bfloat16, TRL's default, is refused on a CPU that was not asked for.
        use_cpu=not torch.cuda.is_available(),
        disable_tqdm=True,
        save_strategy="no",
        **job.changes,
    )
