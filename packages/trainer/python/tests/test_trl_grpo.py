"""A GRPO step's loss and gradient equal those of TRL's GRPOTrainer on the same completions.

Runs where TRL is installed (1.16 was); it is no dependency of the engine.
"""

import pytest
import torch
from driving import meet
from test_trl_losses import QUIET, peft_model, take_weights

from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lora.initial_weights import draw_initial_weights
from loraloom_engine.training.group_relative import Shares, advantages_of, group_relative
from loraloom_engine.training.lora_config import lora_shape
from loraloom_engine.training.scoring import Asker, score

trl = pytest.importorskip("trl", reason="TRL is not installed: its loss is not compared")
datasets = pytest.importorskip("datasets")

PROMPT = [5, 6, 7, 8]
COMPLETIONS = [[9, 10, 11, 12, 2], [20, 21, 2], [30, 31, 32, 33, 34], [40, 41, 42, 2]]
REWARDS = [1.0, 0.25, 0.0, 0.75]


@pytest.mark.parametrize(("beta", "temperature"), [(0, 1.0), (0.3, 0.7)])
def test_loss_and_gradient_are_those_of_trl(
    base, tiny_folder, training_config, tmp_path, beta, temperature
):
    config = training_config(beta=beta)
    adapter = base.new_adapter(lora_shape(base, config), trainable=True)
    draw_initial_weights(adapter, config.seed)
    torch.manual_seed(3)
    adapter.weights.data.add_(torch.randn_like(adapter.weights) * 0.05)
    examples = [
        Example(
            PROMPT + tokens,
            [-100] * len(PROMPT) + tokens,
            by_token=beta > 0,
            temperature=temperature,
        )
        for tokens in COMPLETIONS
    ]
    advantages = advantages_of(REWARDS, len(REWARDS))
    tokens = sum(map(len, COMPLETIONS))
    references = meet(base, score(Asker("", None), examples)).sums if beta else None
    shares = Shares(advantages, [example.sums for example in examples], tokens)
    objective = group_relative(shares, references, beta)
    step = Demand("", adapter, [[Text(example)] for example in examples], objective)
    meet(base, iter([step]))

    trainer = trl.GRPOTrainer(
        model=peft_model(tiny_folder, config),
        reward_funcs=lambda completions, **_: [0.0] * len(completions),
        args=trl.GRPOConfig(
            output_dir=str(tmp_path),
            beta=beta,
            temperature=temperature,
            num_generations=len(REWARDS),
            per_device_train_batch_size=len(REWARDS),
            use_cpu=True,
            bf16=False,
            **QUIET,
        ),
        train_dataset=datasets.Dataset.from_list([{"prompt": "a"}]),
        processing_class=base.tokenizer,
    )
    trainer.current_gradient_accumulation_steps = 1  # what its loop sets before each step
    parameters = take_weights(trainer.model, adapter)
    expected = trainer._compute_loss(trainer.model.train(), trl_batch(references, tokens))
    expected.backward()

    assert step.loss == pytest.approx(expected.item(), abs=1e-5)
    gradients = torch.cat([parameter.grad.flatten() for parameter in parameters])
    difference = torch.linalg.norm(adapter.weights.grad - gradients)
    print(f"loss {abs(step.loss - expected.item()):.1e}, ", end="")
    print(f"gradient {(difference / torch.linalg.norm(gradients)).item():.1e}")
    assert difference <= 1e-5 * torch.linalg.norm(gradients)


def trl_batch(references: list[float] | None, tokens: int) -> dict[str, torch.Tensor]:
    """Prompts and completions as TRL's trainer makes them, its own advantages in place of ours."""
    longest = max(map(len, COMPLETIONS))
    rewards = torch.tensor(REWARDS)
    batch = {
        "prompt_ids": torch.tensor([PROMPT] * len(COMPLETIONS)),
        "prompt_mask": torch.ones(len(COMPLETIONS), len(PROMPT), dtype=torch.long),
        "completion_ids": torch.tensor([padded(each, longest) for each in COMPLETIONS]),
        "completion_mask": torch.tensor([padded([1] * len(each), longest) for each in COMPLETIONS]),
        "advantages": (rewards - rewards.mean()) / (rewards.std() + 1e-4),
        "num_items_in_batch": torch.tensor(tokens),
    }
    if references is None:
        return batch
    left = iter(references)
    scores = [padded([next(left) for _ in each], longest) for each in COMPLETIONS]
    return batch | {"ref_per_token_logps": torch.tensor(scores)}


def padded(values: list, longest: int) -> list:
    return values + [0] * (longest - len(values))
