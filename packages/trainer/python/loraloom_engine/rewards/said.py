"""A completion as rewards see it."""

from collections.abc import Callable
from dataclasses import dataclass

from loraloom_engine.errors import EngineError

# A search takes time in proportion to the text. Tokens may be long; what is said in chats is not.
LONGEST_JUDGED = 16_384


@dataclass(frozen=True)
class Said:
    """``tokens`` without the one that ended it; ``reference`` is the answer of the prompt's row."""

    text: str
    tokens: int
    reference: str


Judge = Callable[[Said], float]
"""What it is worth, from 0 to 1."""


def unusable(why: str) -> EngineError:
    return EngineError("bad_option", why)
