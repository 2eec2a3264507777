"""The reward for JSON that a schema allows."""

import json
from typing import Any, NoReturn

from jsonschema_rs import Draft202012Validator, ReferencingError, ValidationError

from loraloom_engine.protocol.completions import JsonSchema
from loraloom_engine.rewards.pattern import linear
from loraloom_engine.rewards.plain_schema import without_references
from loraloom_engine.rewards.said import LONGEST_JUDGED, Judge, Said, unusable

# Characters of its JSON: an enumeration is gone through for each value of what was said.
LARGEST_SCHEMA = 16_384


def schema(reward: JsonSchema) -> Judge:
    """Raises EngineError ``bad_option``."""
    size = len(json.dumps(reward.schema))
    if size > LARGEST_SCHEMA:
        raise unusable(f"the schema has {size} characters; it may have {LARGEST_SCHEMA}.")
    plain = without_references(reward.schema)
    try:
        allowed = Draft202012Validator(
            plain.schema,
            pattern_options=linear(plain.patterns),
            retriever=refuse_to_fetch,
            validate_formats=False,
        )
    except (ValidationError, ReferencingError, ValueError) as error:
        together = ", or its patterns are too large together" if plain.patterns > 1 else ""
        raise unusable(f"the schema is none{together}: {first_line(error)}.") from error

    def judge(said: Said) -> float:
        if len(said.text) > LONGEST_JUDGED:
            return 0.0
        try:
            return float(allowed.is_valid(read(said.text)))
        except (ValueError, RecursionError):  # no JSON, or too many brackets inside of each other
            return 0.0

    return judge


def read(text: str) -> Any:
    """Raises ValueError, also for half a character, which the validator can't take."""
    value = json.loads(text, parse_constant=refuse_constant)
    json.dumps(value, ensure_ascii=False).encode()
    return value


def refuse_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity, which are no JSON."""
    raise ValueError(f"{name} is no JSON")


def refuse_to_fetch(address: str) -> Any:
    """No reference is left that would lead anywhere; the validator's own way is the network."""
    raise ValueError(f"{address} is not fetched")


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
