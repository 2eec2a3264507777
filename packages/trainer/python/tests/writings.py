"""Completions that are asked of a lane, as runs ask for them; and texts to learn beside them."""

from loraloom_engine.base import COMPLETIONS_PER_PASS, SMALLEST_PASS, Base
from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.writing import Completion, PassesThatWrite, Writing
from loraloom_engine.lora.adapter import LoraShape
from loraloom_engine.sampling.choose_token import TokenChooser
from loraloom_engine.training.drawing import LIKELIEST
from loraloom_engine.training.objectives import supervised

NEVER: frozenset[int] = frozenset()
PASSES = PassesThatWrite(COMPLETIONS_PER_PASS["cpu"], SMALLEST_PASS["cpu"])


def writing(
    owner: str, completions: int, prompt: int = 4, most: int = 400, later: int = 0
) -> Writing:
    prompts = [[5 + place % 90 for place in range(prompt)] for _ in range(completions)]
    texts = [Completion(ids, TokenChooser(LIKELIEST, ids), most, NEVER) for ids in prompts]
    return Writing(owner, None, texts, PASSES, later)


def learning(base: Base, owner: str, texts: int, later: int = 0) -> Demand:
    shape = LoraShape(2, 4, {"model.layers.0.self_attn.q_proj": (32, 32)})
    groups = [[Text(Example([7] * 100, [7] * 100))] for _ in range(texts)]
    adapter = base.new_adapter(shape, trainable=True)
    return Demand(owner, adapter, groups, supervised(99 * texts), later=later)


def fail(_: object, error: Exception) -> None:
    raise error
