"""All rewards of a run together."""

from collections.abc import Iterator, Sequence

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.completions import ExactMatch, JsonSchema, Length, Regex, Reward
from loraloom_engine.rewards.exact_match import exact_match
from loraloom_engine.rewards.length import length
from loraloom_engine.rewards.pattern import pattern
from loraloom_engine.rewards.said import Judge, Said, unusable
from loraloom_engine.rewards.schema import schema

MAKERS = {ExactMatch: exact_match, Regex: pattern, JsonSchema: schema, Length: length}


class Rewards:
    """What completions are worth: the sum of all rewards, each times its weight."""

    def __init__(self, declared: Sequence[Reward]) -> None:
        """Raises EngineError ``bad_option`` that names the reward by its place, from 0."""
        self._judges = [
            (reward.weight, judge_of(place, reward)) for place, reward in enumerate(declared)
        ]

    def each(self, said: Said) -> Iterator[float]:
        """What each of them adds, judged when it is asked for: one may take half a second."""
        return (weight * judge(said) for weight, judge in self._judges)


def judge_of(place: int, reward: Reward) -> Judge:
    try:
        return MAKERS[type(reward)](reward)
    except EngineError as error:
        raise unusable(f"'rewards[{place}]' ({reward.type}): {error.message}") from error
