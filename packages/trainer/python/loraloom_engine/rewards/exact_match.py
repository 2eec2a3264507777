"""The reward for saying what the row's own answer says."""

from loraloom_engine.protocol.completions import ExactMatch
from loraloom_engine.rewards.said import Judge, Said


def exact_match(reward: ExactMatch) -> Judge:
    def compared(text: str) -> str:
        text = text.strip() if reward.trim else text
        return text.casefold() if reward.ignore_case else text

    def judge(said: Said) -> float:
        return float(compared(said.text) == compared(said.reference))

    return judge
