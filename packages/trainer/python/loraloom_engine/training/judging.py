"""What the completions of a GRPO run are worth, by the rewards that it declares."""

from collections.abc import Generator, Iterator, Sequence
from itertools import groupby

from loraloom_engine.base import Base
from loraloom_engine.data.tokenizing import Turn
from loraloom_engine.rewards.said import Said
from loraloom_engine.training.drawing import Attempt
from loraloom_engine.training.group_relative import GroupRelative


def judge(
    base: Base, method: GroupRelative, attempts: Sequence[Attempt]
) -> Generator[None, None, list[list[float]]]:
    """What each declared reward adds, for each completion.

    Hands the engine back after a moment: what is judged may be long, and the rewards many.
    """
    judged, turn = [], Turn()
    for said in all_said(base, method, attempts):
        added = []
        for reward in method.rewards.each(said):
            added.append(reward)
            if turn.is_over():
                yield
        judged.append(added)
    return judged


def all_said(base: Base, method: GroupRelative, attempts: Sequence[Attempt]) -> Iterator[Said]:
    """The row's own answer is read as the completion is, so that equal tokens are equal texts."""
    for row, group in groupby(attempts, key=lambda attempt: attempt.row):
        reference = text_of(base, without_end(base, method.answer(row)))
        for attempt in group:
            written = without_end(base, attempt.completion.written)
            yield Said(text_of(base, written), len(written), reference)


def without_end(base: Base, tokens: list[int]) -> list[int]:
    return tokens[:-1] if tokens[-1] in base.end_tokens else tokens


def text_of(base: Base, tokens: list[int]) -> str:
    return base.tokenizer.decode(
        tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
