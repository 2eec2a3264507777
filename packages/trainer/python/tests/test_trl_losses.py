"""Losses and gradients equal those of TRL's own trainers, on the same token ids and weights.

Runs where TRL is installed (1.16 was); it is no dependency of the engine.
"""

from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import judged_row
from driving import meet
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

from loraloom_engine.base import Base
from loraloom_engine.data.rows_file import RowsWriter
from loraloom_engine.data.tokenized_rows import READERS
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.lora.initial_weights import draw_initial_weights
from loraloom_engine.protocol.requests import TrainingConfig
from loraloom_engine.training.lora_config import lora_shape
from loraloom_engine.training.methods import METHODS, Method
from loraloom_engine.training.plan import micro_batches
from loraloom_engine.training.scoring import Asker, contrast_scores, note_references

trl = pytest.importorskip("trl", reason="TRL is not installed: its losses are not compared")
datasets = pytest.importorskip("datasets")
from trl.experimental import orpo  # noqa: E402 - only where TRL is installed

ROWS = 4
PAIR = {"prompt": "a", "chosen": "b", "rejected": "c"}
SHARED = {"per_device_train_batch_size": ROWS, "beta": 0.3, "use_cpu": True, "bf16": False}
WEIGHTS = {"desirable_weight": 1.5, "undesirable_weight": 0.7}
QUIET = {"report_to": [], "gradient_checkpointing": False}


def side(example: dict, name: str) -> dict[str, Any]:
    ids = example["input_ids"]
    return {
        f"{name}_input_ids": ids,
        f"{name}_labels": example["labels"],
        f"{name}_attention_mask": [1] * len(ids),
    }


def split(example: dict) -> tuple[list[int], list[int]]:
    start = next(at for at, label in enumerate(example["labels"]) if label >= 0)
    return example["input_ids"][:start], example["input_ids"][start:]


def dpo_batch(rows: list[dict]) -> list[dict]:
    pairs = [(*split(row["chosen"]), split(row["rejected"])[1]) for row in rows]
    return [dict(zip(("prompt_ids", "chosen_ids", "rejected_ids"), p, strict=True)) for p in pairs]


def orpo_batch(rows: list[dict]) -> list[dict]:
    return [
        side(row["chosen"], "chosen")
        | side(row["rejected"], "rejected")
        | {"prompt_input_ids": split(row["chosen"])[0], "prompt_attention_mask": []}
        for row in rows
    ]


def kto_batch(rows: list[dict]) -> list[dict]:
    """In the order of the only micro-batch: each prompt also with the answer before its own."""
    answers = [split(row)[1] for row in rows]
    return [
        {
            "prompt_ids": split(row)[0],
            "completion_ids": answers[at],
            "KL_completion_ids": answers[at - 1],
            "label": row["label"],
        }
        for at, row in enumerate(rows)
    ]


def trainer_of(method: str, model: Any, tokenizer: Any, folder: Path) -> Any:
    settings = {**SHARED, **QUIET, "output_dir": str(folder)}
    row = {"prompt": "a", "completion": "b", "label": True} if method == "kto" else PAIR
    trainer, config = {
        "dpo": (trl.DPOTrainer, lambda: trl.DPOConfig(**settings)),
        "orpo": (orpo.ORPOTrainer, lambda: orpo.ORPOConfig(**settings)),
        "kto": (trl.KTOTrainer, lambda: trl.KTOConfig(**settings, **WEIGHTS)),
    }[method]
    return trainer(
        model=model,
        args=config(),
        train_dataset=datasets.Dataset.from_list([row] * ROWS),
        processing_class=tokenizer,
    )


def without_tail(row: dict) -> dict:
    """TRL learns the template's line end after an answer too."""
    if "chosen" in row:
        return {name: without_tail(example) for name, example in row.items()}
    return row | {name: row[name][:-1] for name in ("input_ids", "labels")}


BATCHES = {"dpo": dpo_batch, "orpo": orpo_batch, "kto": kto_batch}


def moved(base: Base, method: Method, seed: int) -> LoraAdapter:
    """An adapter that has left the state which the references are of."""
    adapter = base.new_adapter(lora_shape(base, method.config), trainable=True)
    draw_initial_weights(adapter, seed)
    meet(base, note_references(Asker("", adapter), method))
    torch.manual_seed(seed)
    adapter.weights.data.add_(torch.randn_like(adapter.weights) * 0.05)
    return adapter


def step_over(base: Base, method: Method, adapter: LoraAdapter, chosen: tuple[int, ...]) -> float:
    """The loss; the gradients are left in the adapter."""
    contrast = meet(base, contrast_scores(Asker("", adapter), method, chosen))
    groups = [[Text(text) for text in method.texts(at)] for at in chosen]
    step = Demand("", adapter, groups, method.objective(chosen, contrast))
    meet(base, iter([step]))
    return step.loss


def peft_model(folder: Path, config: TrainingConfig) -> PeftModel:
    lora = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(AutoModelForCausalLM.from_pretrained(folder), lora)


def take_weights(model: PeftModel, adapter: LoraAdapter) -> list[torch.nn.Parameter]:
    """Copies them; returns the model's parameters in the adapter's order."""
    named = dict(model.named_parameters())
    taken = []
    for name, tensor in adapter.tensors().items():
        parameter = named[name.replace(".weight", ".default.weight")]
        parameter.data.copy_(tensor)
        taken.append(parameter)
    return taken


@pytest.mark.parametrize("method", ["dpo", "orpo", "kto"])
def test_losses_and_gradients_are_those_of_trl(
    base, tiny_folder, training_config, tmp_path, method
):
    config = training_config(method=method, batch_size=ROWS, beta=0.3, **WEIGHTS)
    rows = [without_tail(judged_row(method, at)) for at in range(ROWS)]
    path = tmp_path / "rows.jsonl.gz"
    with RowsWriter(path) as out:
        for row in rows:
            out.write(row)
    (chosen,) = micro_batches(ROWS, ROWS, config.seed)
    ours = METHODS[method](READERS[method](path, 1 << 30), config, base.context_length)
    adapter = moved(base, ours, config.seed)
    loss = step_over(base, ours, adapter, chosen)

    trainer = trainer_of(method, peft_model(tiny_folder, config), base.tokenizer, tmp_path)
    parameters = take_weights(trainer.model, adapter)
    batch = trainer.data_collator(BATCHES[method]([rows[at] for at in chosen]))
    expected = trainer.compute_loss(trainer.model.train(), batch)
    expected.backward()

    assert loss == pytest.approx(expected.item(), abs=1e-5)
    gradients = torch.cat([parameter.grad.flatten() for parameter in parameters])
    difference = torch.linalg.norm(adapter.weights.grad - gradients)
    assert difference <= 1e-5 * torch.linalg.norm(gradients)
