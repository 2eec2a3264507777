"""The reward for being as long as is wanted.

Who comes nearer gets more, or a model that is far away would have nothing to learn from: below
the shortest in proportion, above the longest down to 0 at twice that.
"""

from loraloom_engine.protocol.completions import Length
from loraloom_engine.rewards.said import Judge, Said, unusable


def length(reward: Length) -> Judge:
    """Raises EngineError ``bad_option`` for limits between which nothing is."""
    least, most = reward.min, reward.max
    if least is None and most is None:
        raise unusable("a length needs 'min', 'max' or both.")
    if least is not None and most is not None and least > most:
        raise unusable(f"'min' {least} is above 'max' {most}.")

    def judge(said: Said) -> float:
        found = said.tokens if reward.unit == "tokens" else len(said.text)
        if least is not None and found < least:
            return found / least
        if most is not None and found > most:
            return max(0.0, 2 - found / most)
        return 1.0

    return judge
