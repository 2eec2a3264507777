"""What GRPO runs of tests are rewarded for, and what was told and written of them."""

from typing import Any

from plain_grpo import Written

from loraloom_engine.protocol.completions import Length, Regex
from loraloom_engine.protocol.events import Progress, RunFinished
from loraloom_engine.training import completions as completions_module

SHORT = Length("length", 1.0, "tokens", None, 3)
WORDY = Length("length", 1.0, "characters", 9, None)
LETTERS = Regex("regex", 1.0, "[a-z]")


def of_type(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def mean_rewards(events: list[Any]) -> list[float]:
    assert isinstance(events[-1], RunFinished), events[-1]
    return [event.rewards.mean for event in of_type(events, Progress)]


def note_written(monkeypatch) -> list[list[Written]]:
    """What is written in each step from now on, with its rewards."""
    steps: list[list[Written]] = []
    judge = completions_module.judge

    def judge_and_note(base, method, attempts):
        rewards = yield from judge(base, method, attempts)
        texts = [attempt.completion for attempt in attempts]
        steps.append(
            [Written(t.prompt, t.written, sum(r)) for t, r in zip(texts, rewards, strict=True)]
        )
        return rewards

    monkeypatch.setattr(completions_module, "judge", judge_and_note)
    return steps
