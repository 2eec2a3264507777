"""The completions that a GRPO run asks for: of which rows, how many, and how they are drawn."""

import hashlib
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

from loraloom_engine.base import Base
from loraloom_engine.data.tokenizing import Turn
from loraloom_engine.lane.writing import Completion, Wanted, Writing, passes_that_write
from loraloom_engine.sampling.choose_token import TokenChooser
from loraloom_engine.training.group_relative import GroupRelative
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


def draw(run: RunState, method: GroupRelative) -> Generator[Wanted | None, None, list[Attempt]]:
    """A group of completions for each prompt of the step."""
    told = method.completions
    wanted = (
        (at, number, Drawing(told.temperature, told.top_p, seed_of(run, at, number)))
        for at in method.rows_of_step(run.step)
        for number in range(told.number)
    )
    attempts = yield from begin_all(run.base, method, wanted)
    texts = sum(len(attempt.completion.prompt) + told.max_tokens for attempt in attempts)
    yield writing_of(run, attempts, run.tokens_after_step + method.readings * texts)
    return attempts


def answer_likeliest(
    run: RunState, method: GroupRelative, rows: Iterable[int]
) -> Generator[Wanted | None, None, list[Attempt]]:
    """One completion for each prompt of the rows; nothing is drawn."""
    wanted = ((at, 0, LIKELIEST) for at in rows)
    attempts = yield from begin_all(run.base, method, wanted)
    yield writing_of(run, attempts, run.asker().wanted)
    return attempts


def seed_of(run: RunState, row: int, number: int) -> int:
    """A resumed run draws what it would have drawn."""
    key = f"{run.request.config.seed}:{run.step}:{row}:{number}:completion"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:7])


def begin_all(
    base: Base, method: GroupRelative, wanted: Iterable[tuple[int, int, Drawing]]
) -> Generator[None, None, list[Attempt]]:
    """Of each row its number. Hands the engine back after a moment: they may be thousands."""
    attempts, turn = [], Turn()
    for at, number, drawing in wanted:
        attempts.append(Attempt(at, number, begin(base, method, at, drawing)))
        if turn.is_over():
            yield
    return attempts


def begin(base: Base, method: GroupRelative, at: int, drawing: Drawing) -> Completion:
    prompt = method.prompt(at)
    chooser = TokenChooser(drawing, prompt)
    return Completion(prompt, chooser, method.completions.max_tokens, base.end_tokens)


def writing_of(run: RunState, attempts: Sequence[Attempt], later: int) -> Writing:
    completions = [attempt.completion for attempt in attempts]
    return Writing(run.owner, run.adapter, completions, passes_that_write(run.base.device), later)
