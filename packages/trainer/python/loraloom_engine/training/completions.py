"""The completions of a GRPO run: drawn with its newest weights, judged, and made into a lesson."""

import dataclasses
from collections.abc import Generator, Sequence

from loraloom_engine.data.example import NOT_TRAINED, Example
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.writing import Completion, Wanted
from loraloom_engine.lora.dropout import noise_key
from loraloom_engine.protocol.events import RewardFigures
from loraloom_engine.training.drawing import Attempt, answer_likeliest, draw
from loraloom_engine.training.figures import (
    Figures,
    completion_figures,
    divergence,
    share_alike,
)
from loraloom_engine.training.group_relative import (
    GroupRelative,
    Shares,
    advantages_of,
    group_relative,
)
from loraloom_engine.training.judging import judge
from loraloom_engine.training.lesson import Lesson
from loraloom_engine.training.scoring import Asker, HeldOut, score
from loraloom_engine.training.state import RunState


def lesson_of_completions(
    run: RunState, method: GroupRelative
) -> Generator[Wanted | None, None, Lesson]:
    """One step's: completions of its prompts, and how much each is to become likelier."""
    attempts = yield from draw(run, method)
    judged = yield from judge(run.base, method, attempts)
    told = figures_of_step(method, attempts, judged)
    advantages = advantages_of([sum(each) for each in judged], method.completions.number)
    counting = [
        (attempt, advantage)
        for attempt, advantage in zip(attempts, advantages, strict=True)
        if advantage != 0 or method.config.beta > 0
    ]
    examples = [example_of(method, attempt) for attempt, _ in counting]
    written = sum(len(attempt.completion.written) for attempt in attempts)
    shares = Shares([share for _, share in counting], [each.sums for each in examples], written)
    references = yield from reference_scores(run, examples)
    return Lesson(
        groups=[
            [Text(example, noise_of(run, attempt))]
            for example, (attempt, _) in zip(examples, counting, strict=True)
        ],
        objective=group_relative(shares, references, method.config.beta),
        tokens=written,
        figures=lambda log_probs: Figures(
            rewards=dataclasses.replace(told, kl=divergence(log_probs, references))
        ),
    )


def figures_of_step(
    method: GroupRelative, attempts: Sequence[Attempt], judged: Sequence[Sequence[float]]
) -> RewardFigures:
    """But for ``kl``, which is known once the step has been learnt from."""
    alike = share_alike([sum(each) for each in judged], method.completions.number)
    figures = completion_figures([attempt.completion for attempt in attempts], judged)
    return dataclasses.replace(figures, alike=alike)


def example_of(method: GroupRelative, attempt: Attempt) -> Example:
    """The completion after its prompt, of which nothing is learnt.

    Its log-probabilities are those at the temperature that it was drawn with, before ``top_p`` left
    tokens out, as in TRL.
    """
    prompt, written = attempt.completion.prompt, attempt.completion.written
    return Example(
        [*prompt, *written],
        [NOT_TRAINED] * len(prompt) + written,
        by_token=method.config.beta > 0,
        temperature=method.completions.temperature,
    )


def noise_of(run: RunState, attempt: Attempt) -> int:
    return noise_key(run.request.config.seed, run.step, attempt.row, attempt.number)


def reference_scores(
    run: RunState, examples: Sequence[Example]
) -> Generator[Demand, None, list[float] | None]:
    """What the starting state makes of each token; None where nothing is compared with it."""
    if run.request.config.beta == 0:
        return None
    asker = Asker(run.owner, run.starting_adapter, run.asker().wanted)
    return (yield from score(asker, examples)).sums


def measure_reward(run: RunState, method: GroupRelative) -> Generator[Wanted | None, None, HeldOut]:
    """The mean reward of the likeliest completion of each prompt; the loss is its negative.

    Nothing is drawn: two measurements differ because the weights do. As many are written at once
    as in a step, for which there is memory.
    """
    completions: list[Completion] = []
    judged: list[list[float]] = []
    for start in range(0, len(method), method.completions_per_step):
        rows = range(start, min(start + method.completions_per_step, len(method)))
        attempts = yield from answer_likeliest(run, method, rows)
        completions += [attempt.completion for attempt in attempts]
        judged += yield from judge(run.base, method, attempts)
    told = completion_figures(completions, judged)
    return HeldOut(0 - told.mean, None, Figures(rewards=told))
