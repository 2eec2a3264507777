"""The completions of a GRPO run: drawn with its newest weights, judged, and made into a lesson."""

import dataclasses
import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from loraloom_engine.base import Base
from loraloom_engine.data.example import NOT_TRAINED, Example
from loraloom_engine.data.tokenizing import Turn
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lane.writing import Completion, Wanted, Writing
from loraloom_engine.lora.dropout import noise_key
from loraloom_engine.protocol.events import RewardFigures
from loraloom_engine.rewards.said import Said
from loraloom_engine.sampling.choose_token import TokenChooser
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
from loraloom_engine.training.lesson import Lesson
from loraloom_engine.training.scoring import Asker, HeldOut, score
from loraloom_engine.training.state import RunState


@dataclass(frozen=True)
class Drawing:
    """How the tokens of one completion are chosen; ``temperature`` 0 takes the likeliest."""

    temperature: float
    top_p: float
    seed: int | None
    top_k: int | None = None
    min_p: float = 0.0
    repetition_penalty: float = 1.0


LIKELIEST = Drawing(temperature=0, top_p=1, seed=0)


@dataclass(frozen=True)
class Attempt:
    """A completion of a row's prompt, the ``number``th of this step."""

    row: int
    number: int
    completion: Completion


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


def draw(run: RunState, method: GroupRelative) -> Generator[Wanted, None, list[Attempt]]:
    """A group of completions for each prompt of the step."""
    told = method.completions
    attempts = []
    for at in method.rows_of_step(run.step):
        for number in range(told.number):
            drawing = Drawing(told.temperature, told.top_p, seed_of(run, at, number))
            attempts.append(Attempt(at, number, begin(run.base, method, at, drawing)))
    to_learn = sum(len(method.prompt(attempt.row)) + told.max_tokens for attempt in attempts)
    yield writing_of(run, attempts, run.tokens_after_step + to_learn)
    return attempts


def seed_of(run: RunState, row: int, number: int) -> int:
    """A resumed run draws what it would have drawn."""
    key = f"{run.request.config.seed}:{run.step}:{row}:{number}:completion"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:7])


def begin(base: Base, method: GroupRelative, at: int, drawing: Drawing) -> Completion:
    prompt = method.prompt(at)
    chooser = TokenChooser(drawing, prompt)
    return Completion(prompt, chooser, method.completions.max_tokens, base.end_tokens)


def writing_of(run: RunState, attempts: Sequence[Attempt], later: int) -> Writing:
    return Writing(run.owner, run.adapter, [each.completion for each in attempts], later)


def judge(
    base: Base, method: GroupRelative, attempts: Sequence[Attempt]
) -> Generator[None, None, list[list[float]]]:
    """What each declared reward adds, for each completion.

    Hands the engine back after a moment: what is judged may be long, and the rewards many.
    """
    judged, turn = [], Turn()
    for attempt in attempts:
        added = []
        for reward in method.rewards.each(said_in(base, method, attempt)):
            added.append(reward)
            if turn.is_over():
                yield
        judged.append(added)
    return judged


def said_in(base: Base, method: GroupRelative, attempt: Attempt) -> Said:
    """The row's own answer is read as the completion is, so that equal tokens are equal texts."""
    written = without_end(base, attempt.completion.written)
    reference = without_end(base, method.answer(attempt.row))
    return Said(text_of(base, written), len(written), text_of(base, reference))


def without_end(base: Base, tokens: list[int]) -> list[int]:
    return tokens[:-1] if tokens[-1] in base.end_tokens else tokens


def text_of(base: Base, tokens: list[int]) -> str:
    return base.tokenizer.decode(
        tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )


def example_of(method: GroupRelative, attempt: Attempt) -> Example:
    """What the adapter learns from: the distribution that the completion was drawn from."""
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
        attempts = [Attempt(at, 0, begin(run.base, method, at, LIKELIEST)) for at in rows]
        yield writing_of(run, attempts, run.asker().wanted)
        completions += [attempt.completion for attempt in attempts]
        judged += yield from judge(run.base, method, attempts)
    told = completion_figures(completions, judged)
    return HeldOut(0 - told.mean, None, Figures(rewards=told))
