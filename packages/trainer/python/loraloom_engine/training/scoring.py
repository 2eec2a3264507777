"""Log-probabilities without gradients: references, baselines and the loss on held-out rows."""

import math
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import torch

from loraloom_engine.data.example import Example
from loraloom_engine.data.tokenized_rows import AnyRows
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lora.adapter import LoraAdapter
from loraloom_engine.protocol.events import Evaluated
from loraloom_engine.training.figures import NO_FIGURES, Figures
from loraloom_engine.training.method import LearnsFromRows

# As many texts as are asked for at once: a large file's examples would not fit into memory.
TEXTS_AT_ONCE = 256
# exp of more is beyond what a float holds.
LARGEST_EXPONENT = 700.0


@dataclass
class Scores:
    """Sums (nats) of texts, and how many of all their trained tokens were the likeliest."""

    sums: list[float] = field(default_factory=list)
    right: int = 0


@dataclass(frozen=True)
class HeldOut:
    """A method's loss on rows, of GRPO the negative mean reward; ``accuracy`` is the share of
    trained tokens that were the likeliest after those before them, None for preferences and GRPO.
    """

    loss: float
    accuracy: float | None
    figures: Figures = NO_FIGURES

    @property
    def perplexity(self) -> float | None:
        """exp(loss); None where the loss is none a token, of preferences and GRPO, or too large."""
        if self.accuracy is None or self.loss > LARGEST_EXPONENT:
            return None
        return max(1.0, math.exp(self.loss))  # a loss of 0 may come out a rounding below it

    def told(self, rows: AnyRows, reward: float | None = None) -> Evaluated:
        """As the answer to a request; what a run measured has its moment added."""
        return Evaluated(
            run_id=None,
            split="request",
            phase=None,
            step=None,
            loss=self.loss,
            accuracy=self.accuracy,
            perplexity=self.perplexity,
            reward=reward,
            tokens=rows.trained_total,
            preferences=self.figures.preferences,
            rewards=self.figures.rewards,
        )


Scoring = Generator[Demand, None, Scores]


@dataclass(frozen=True)
class Asker:
    """Who asks for scores of what ``adapter`` makes of texts.

    ``wanted`` is about how many tokens its run wants from here to its end, these texts included.
    """

    owner: str
    adapter: LoraAdapter | None
    wanted: int = 0


def score(asker: Asker, examples: Iterable[Example]) -> Scoring:
    """Asks the lane for the sums of every text, in their order."""
    scores, later = Scores(), asker.wanted
    for some in chunks(examples):
        later = max(0, later - sum(len(example.input_ids) for example in some))
        groups = [[Text(example)] for example in some]
        demand = Demand(asker.owner, asker.adapter, groups, later=later)
        yield demand
        scores.sums += demand.log_probs
        scores.right += demand.right
    return scores


def chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    waiting = iter(examples)
    while some := list(islice(waiting, TEXTS_AT_ONCE)):
        yield some


def note_references(asker: Asker, method: LearnsFromRows) -> Generator[Demand, None, None]:
    """Give the method what the adapter, in its starting state, makes of the rows."""
    texts = (
        text for at in range(len(method)) for text in [*method.texts(at), *method.contrast(at)]
    )
    scores = yield from score(asker, texts)
    method.references = torch.tensor(scores.sums, dtype=torch.float64).view(len(method), -1)


def contrast_scores(
    asker: Asker, method: LearnsFromRows, chosen: Iterable[int]
) -> Generator[Demand, None, list[float]]:
    """What the adapter makes of the texts that the rows are compared with."""
    texts = (text for at in chosen for text in method.contrast(at))
    return (yield from score(asker, texts)).sums


def measure(asker: Asker, method: LearnsFromRows) -> Generator[Demand, None, HeldOut]:
    """The method's loss over all rows as one step would have it."""
    every = range(len(method))
    contrast = yield from contrast_scores(asker, method, every)
    scores = yield from score(asker, (text for at in every for text in method.texts(at)))
    objective = method.objective(every, contrast)
    loss = objective(torch.tensor(scores.sums, dtype=torch.float64), 0).item()
    right = scores.right / method.rows.trained_total if method.predicts_tokens else None
    return HeldOut(loss, right, method.figures(every, contrast, scores.sums))
