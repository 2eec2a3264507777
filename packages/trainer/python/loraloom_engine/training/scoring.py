"""Log-probabilities without gradients: references, baselines and the loss on held-out rows."""

from collections.abc import Generator, Iterable, Iterator
from itertools import islice

import torch

from loraloom_engine.data.example import Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.training.methods import Method

Scores = Generator[Demand, None, list[float]]
# As many texts as are asked for at once: a large file's examples would not fit into memory.
TEXTS_AT_ONCE = 256


def score(owner: str, adapter: LoraAdapter | None, examples: Iterable[Example]) -> Scores:
    """Asks the lane for the sums (nats) of every text, in their order."""
    scores = []
    for some in chunks(examples):
        demand = Demand(owner, adapter, [[Text(example)] for example in some])
        yield demand
        scores += demand.log_probs
    return scores


def chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    waiting = iter(examples)
    while some := list(islice(waiting, TEXTS_AT_ONCE)):
        yield some


def note_references(
    owner: str, adapter: LoraAdapter | None, method: Method
) -> Generator[Demand, None, None]:
    """Give the method what the adapter, in its starting state, makes of the rows."""
    texts = (
        text for at in range(len(method)) for text in [*method.texts(at), *method.contrast(at)]
    )
    scores = yield from score(owner, adapter, texts)
    method.references = torch.tensor(scores, dtype=torch.float64).view(len(method), -1)


def contrast_scores(
    owner: str, adapter: LoraAdapter | None, method: Method, chosen: Iterable[int]
) -> Scores:
    """What the adapter makes of the texts that the rows are compared with."""
    texts = (text for at in chosen for text in method.contrast(at))
    return (yield from score(owner, adapter, texts))


def mean_loss(
    owner: str, adapter: LoraAdapter | None, method: Method
) -> Generator[Demand, None, float]:
    """The method's loss over all rows as one step would have it."""
    every = range(len(method))
    contrast = yield from contrast_scores(owner, adapter, method, every)
    scores = yield from score(owner, adapter, (text for at in every for text in method.texts(at)))
    objective = method.objective(every, contrast)
    return objective(torch.tensor(scores, dtype=torch.float64), 0).item()
