"""What one step learns from."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from loraloom_engine.lane.demand import Demand, Group, Objective, Text
from loraloom_engine.lora.dropout import noise_key
from loraloom_engine.training.figures import Figures
from loraloom_engine.training.method import LearnsFromRows
from loraloom_engine.training.scoring import contrast_scores
from loraloom_engine.training.state import RunState


@dataclass(frozen=True)
class Lesson:
    """Texts and the loss over them; ``tokens`` are those that are learnt.

    ``figures`` makes of the texts' log-probabilities what is told beside the loss.
    """

    groups: list[Group]
    objective: Objective
    tokens: int
    figures: Callable[[Sequence[float]], Figures]


def lesson_of_rows(run: RunState, method: LearnsFromRows) -> Generator[Demand, None, Lesson]:
    chosen = method.rows_of_step(run.step)
    contrast = yield from contrast_scores(run.asker(), method, chosen)
    return Lesson(
        groups=[texts_of(run, method, at) for at in chosen],
        objective=method.objective(chosen, contrast),
        tokens=sum(method.rows.trained[at] for at in chosen),
        figures=lambda log_probs: method.figures(chosen, contrast, log_probs),
    )


def texts_of(run: RunState, method: LearnsFromRows, at: int) -> Group:
    """A row's texts; each has dropout masks of its own."""
    seed = run.request.config.seed
    return [
        Text(example, noise_key(seed, run.step, at, *([number] if number else [])))
        for number, example in enumerate(method.texts(at))
    ]
