"""DPO, ORPO and KTO equal a plain PEFT loop over their formulas, and know nothing of neighbours.

In float64, where rounding is no excuse. The formulas here are written out once more, text by
text and with transformers' own attention.
"""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from conftest import load_tiny
from driving import run_alone, run_together
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import logsigmoid
from transformers import AutoModelForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from loraloom_engine.base import Base, make_base
from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import READERS, AnyRows
from loraloom_engine.lane import lane as lane_module
from loraloom_engine.protocol.events import Evaluated, Progress, RunCheckpointed, RunFinished
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.training.plan import micro_batches, step_rows, total_steps
from loraloom_engine.training.schedule import learning_rate

METHODS = ["dpo", "orpo", "kto"]
LogProbs = Callable[[Example], torch.Tensor]


@pytest.fixture
def exact(tiny_folder) -> Base:
    """The tiny base in float64."""
    usual = load_tiny(tiny_folder)
    return make_base(usual.identity, exactly(usual.model), usual.tokenizer, usual.device)


def exactly(model: nn.Module) -> nn.Module:
    """All in float64, the norms too, which transformers computes in float32."""
    for module in model.double().modules():
        if isinstance(module, LlamaRMSNorm):
            module.forward = partial(
                nn.functional.rms_norm,
                normalized_shape=module.weight.shape,
                weight=module.weight,
                eps=module.variance_epsilon,
            )
    return model


@pytest.fixture
def request_for(tmp_path, judged):
    def make(
        config: TrainingConfig, run_id: str = "r1", held_out: bool = False, **more
    ) -> StartRun:
        rows = judged(config.method, 7, f"{run_id}.jsonl.gz")
        evaluation = judged(config.method, 3, "held-out.jsonl.gz") if held_out else None
        work = str(tmp_path / run_id)
        fields = {"checkpoint_path": None} | more
        return StartRun(run_id, run_id, rows, evaluation, work_dir=work, config=config, **fields)

    return make


class PlainLoop:
    """PEFT's own model and torch's AdamW; references from the model without its adapter."""

    def __init__(self, folder: Path, request: StartRun) -> None:
        self.config = config = request.config
        model = exactly(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32))
        torch.manual_seed(config.seed)
        lora = LoraConfig(r=config.rank, lora_alpha=config.alpha, target_modules="all-linear")
        self.model = get_peft_model(model, lora)
        self.rows = READERS[config.method](Path(request.rows_path), 1 << 30)

    def train(self) -> tuple[list[float], dict[str, torch.Tensor]]:
        config, count = self.config, len(self.rows)
        steps = total_steps(count, config)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, weight_decay=config.weight_decay)
        losses = []
        for step in range(steps):
            loss = LOSSES[config.method](self, step_rows(step, count, config))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(trained, config.max_grad_norm)
            optimizer.param_groups[0]["lr"] = learning_rate(config, step, steps)
            optimizer.step()
            losses.append(loss.item())
        named = self.model.named_parameters()
        return losses, {n.replace(".default.", "."): v.detach() for n, v in named if "lora_" in n}

    def answer(self, example: Example) -> torch.Tensor:
        """Each token's log-probability, of the trained ones."""
        logits = self.model(torch.tensor([example.input_ids])).logits[0, :-1]
        labels = torch.tensor(example.labels[1:])
        return -nn.functional.cross_entropy(logits, labels, reduction="none")[labels >= 0]

    def reference(self, example: Example) -> torch.Tensor:
        with torch.no_grad(), self.model.disable_adapter():
            return self.answer(example)

    def gain(self, example: Example) -> torch.Tensor:
        return self.answer(example).sum() - self.reference(example).sum()


def dpo_loss(loop: PlainLoop, chosen: list[int]) -> torch.Tensor:
    pairs = [(loop.rows.chosen[at], loop.rows.rejected[at]) for at in chosen]
    losses = [-logsigmoid(loop.config.beta * (loop.gain(w) - loop.gain(lost))) for w, lost in pairs]
    return torch.stack(losses).mean()


def orpo_loss(loop: PlainLoop, chosen: list[int]) -> torch.Tensor:
    def log_odds(example: Example) -> torch.Tensor:
        mean = loop.answer(example).mean()
        return mean - torch.log(1 - torch.exp(mean))

    winners = [loop.rows.chosen[at] for at in chosen]
    losers = [loop.rows.rejected[at] for at in chosen]
    whole = torch.cat([loop.answer(with_prompt(winner)) for winner in winners])
    odds = [log_odds(w) - log_odds(lost) for w, lost in zip(winners, losers, strict=True)]
    return -whole.mean() - loop.config.beta * torch.stack([logsigmoid(o) for o in odds]).mean()


def with_prompt(example: Example) -> Example:
    """What follows the answer is part of the template, and not learnt."""
    return Example(example.input_ids, [*example.input_ids[:-1], -100])


def kto_loss(loop: PlainLoop, chosen: list[int]) -> torch.Tensor:
    config, rows = loop.config, loop.rows
    losses = []
    for batch in micro_batches(len(rows), config.batch_size, config.seed):
        if batch[0] not in chosen:
            continue
        kl = kto_baseline(loop, [rows[at] for at in batch])
        for at in batch:
            good = rows.good[at]
            reward = loop.gain(rows[at]) - kl if good else kl - loop.gain(rows[at])
            weight = config.desirable_weight if good else config.undesirable_weight
            losses.append(weight * (1 - torch.sigmoid(config.beta * reward)))
    assert len(losses) == len(chosen)
    return torch.stack(losses).mean()


def kto_baseline(loop: PlainLoop, batch: list[Example]) -> torch.Tensor:
    with torch.no_grad():
        gains = [loop.gain(swap(batch[at], batch[at - 1])) for at in range(len(batch))]
        return torch.stack(gains).mean().clamp(min=0)


def swap(prompt_of: Example, answer_of: Example) -> Example:
    prompt, answer = (
        next(at for at, label in enumerate(example.labels) if label >= 0)
        for example in (prompt_of, answer_of)
    )
    ids = prompt_of.input_ids[:prompt] + answer_of.input_ids[answer:]
    return Example(ids, [-100] * prompt + answer_of.labels[answer:])


LOSSES = {"dpo": dpo_loss, "orpo": orpo_loss, "kto": kto_loss}


def losses(events: list) -> list[float]:
    assert isinstance(events[-1], RunFinished), events[-1]
    return [event.loss for event in events if isinstance(event, Progress)]


def weights(events: list) -> dict[str, torch.Tensor]:
    return load_file(Path(events[-1].path) / "adapter_model.safetensors")


def assert_same(events: list, expected: tuple[list[float], dict[str, torch.Tensor]]) -> None:
    assert losses(events) == pytest.approx(expected[0], rel=1e-10)
    mine = weights(events)
    assert mine.keys() == expected[1].keys()
    for name, tensor in expected[1].items():
        assert torch.linalg.norm(mine[name] - tensor) <= 1e-10 * torch.linalg.norm(tensor), name


@pytest.mark.parametrize("accumulation", [1, 3])
@pytest.mark.parametrize("method", METHODS)
def test_equals_a_plain_peft_loop(
    exact, tiny_folder, request_for, training_config, method, accumulation
):
    config = training_config(
        method=method,
        gradient_accumulation=accumulation,
        beta=0.5,
        desirable_weight=1.5,
        undesirable_weight=0.5,
    )
    request = request_for(config)
    events = run_alone(exact, request)
    assert_same(events, PlainLoop(tiny_folder, request).train())
    assert losses(events)[-1] < losses(events)[0] - 0.05


def test_neighbours_of_other_methods_change_nothing(
    exact, request_for, training_config, monkeypatch
):
    monkeypatch.setitem(lane_module.TOKENS_PER_PASS, "cpu", 100)
    configs = [training_config(method=method) for method in METHODS]
    requests = [request_for(config, config.method) for config in configs]
    alone = [run_alone(exact, request) for request in requests]
    plain = request_for(training_config(rank=7, seed=3), "sft")
    _, *together = run_together(exact, plain, *requests)
    for events, expected in zip(together, alone, strict=True):
        assert_same(events, (losses(expected), weights(expected)))


@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_run_keeps_its_references(base, request_for, training_config, method):
    config = training_config(method=method, checkpoint_steps=2, dropout=0.2)
    whole = run_alone(base, request_for(config, "whole", held_out=True))
    path = next(event.path for event in whole if isinstance(event, RunCheckpointed))
    again = request_for(config, "again", held_out=True, checkpoint_path=path)
    resumed = run_alone(base, again)
    assert losses(resumed) == losses(whole)[2:]
    assert resumed[-1].held_out_after == whole[-1].held_out_after
    for name, tensor in weights(whole).items():
        assert torch.equal(weights(resumed)[name], tensor), name


@pytest.mark.parametrize(("method", "before"), [("dpo", math.log(2)), ("kto", 0.5)])
def test_before_the_first_step_nothing_is_preferred(
    base, request_for, training_config, method, before
):
    events = run_alone(base, request_for(training_config(method=method), held_out=True))
    first, last = [event for event in events if isinstance(event, Evaluated)]
    assert first.loss == pytest.approx(before, abs=1e-6)
    assert last.loss != first.loss


def test_kto_refuses_to_compare_an_example_with_itself(base, request_for, training_config):
    (failed,) = run_alone(base, request_for(training_config(method="kto", batch_size=1)))
    assert failed.code == "bad_option"
    assert "batch_size" in failed.message


def test_no_kto_example_is_left_alone_in_a_batch():
    assert [len(batch) for batch in micro_batches(7, 3, 1)] == [3, 4]
    assert [len(batch) for batch in micro_batches(8, 3, 1)] == [3, 3, 2]
    assert [len(batch) for batch in micro_batches(2, 16, 1)] == [2]
    assert sorted(at for batch in micro_batches(7, 3, 1) for at in batch) == list(range(7))


def test_every_epoch_of_kto_sees_the_same_batches_in_its_own_order(training_config):
    config = training_config(method="kto", batch_size=2, gradient_accumulation=1, epochs=2)
    steps = [frozenset(step_rows(step, 20, config)) for step in range(total_steps(20, config))]
    assert set(steps[:10]) == set(steps[10:])
    assert steps[:10] != steps[10:]


@pytest.mark.parametrize(
    ("method", "rows", "fault"),
    [("dpo", "sft", "no pair"), ("orpo", "kto", "no pair"), ("kto", "sft", "not labelled")],
)
def test_rows_of_another_method_are_refused(
    base, request_for, training_config, judged, method, rows, fault
):
    request = request_for(training_config(method=method))
    judged(rows, 3, "r1.jsonl.gz")
    (failed,) = run_alone(base, request)
    assert failed.code == "bad_option"
    assert fault in failed.message


def test_the_rows_of_a_method_are_read_as_they_were_written(judged):
    rows: AnyRows = READERS["dpo"](Path(judged("dpo", 3, "pairs.jsonl.gz")), 1 << 30)
    assert rows.largest_group > rows.longest > 0
    assert rows.trained_total == sum(rows.trained)
