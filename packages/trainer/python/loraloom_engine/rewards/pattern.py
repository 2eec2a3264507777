"""The reward for a pattern that is found.

Patterns are those of JSON Schema, which are ECMAScript's, and searched by an engine whose time is
linear in the text. So there is neither lookaround nor a back reference.
"""

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from loraloom_engine.protocol.completions import Regex
from loraloom_engine.rewards.said import LONGEST_JUDGED, Judge, Said, unusable

# Bytes of a compiled pattern; each state of it may be looked at for each character. The slowest one
# is searched for half a second in the longest text, in which nobody else is given a turn.
LARGEST_PATTERN = 2**19


def linear(patterns: int = 1) -> RegexOptions:
    """Of so many that are searched in one go: together they take no longer than one may."""
    size = LARGEST_PATTERN // max(1, patterns)
    return RegexOptions(size_limit=size, dfa_size_limit=size)


def pattern(reward: Regex) -> Judge:
    """Raises EngineError ``bad_option``."""
    try:
        found_in = Draft202012Validator({"pattern": reward.pattern}, pattern_options=linear())
    except ValidationError as error:
        raise unusable(
            f"the pattern {reward.pattern!r} is no regular expression of ECMAScript, asks for a "
            "lookaround or a back reference, or repeats too much: write a simpler one."
        ) from error

    def judge(said: Said) -> float:
        return float(len(said.text) <= LONGEST_JUDGED and found_in.is_valid(said.text))

    return judge
