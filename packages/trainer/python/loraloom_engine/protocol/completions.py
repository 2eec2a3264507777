"""What a GRPO run is told of its completions and of the rewards that it declares."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from loraloom_engine.protocol.parsing import Bounds

Weight = Annotated[float, Bounds(-1000, 1000)]
Amount = Annotated[int, Bounds(1, 1_000_000)]


@dataclass(frozen=True)
class ExactMatch:
    """1 for the row's own answer. ``trim`` leaves the ends' white space out of account."""

    type: Literal["exact_match"]
    weight: Weight
    ignore_case: bool
    trim: bool


@dataclass(frozen=True)
class Regex:
    """1 where the pattern is found: ECMAScript's, without lookaround and back references."""

    type: Literal["regex"]
    weight: Weight
    pattern: Annotated[str, Bounds(1, 1000)]


@dataclass(frozen=True)
class JsonSchema:
    """1 for JSON that the schema (2020-12) allows."""

    type: Literal["json_schema"]
    weight: Weight
    schema: dict[str, Any]


@dataclass(frozen=True)
class Length:
    """1 from ``min`` to ``max``, and less the further away from them."""

    type: Literal["length"]
    weight: Weight
    unit: Literal["tokens", "characters"]
    min: Amount | None
    max: Amount | None


Reward = ExactMatch | Regex | JsonSchema | Length


@dataclass(frozen=True)
class Completions:
    """So many completions are drawn of each prompt. A completion's reward is the sum of
    ``rewards``, each times its weight.
    """

    number: Annotated[int, Bounds(2, 256)]
    max_tokens: Annotated[int, Bounds(1, 65_536)]
    # Smaller ones would make logits overflow.
    temperature: Annotated[float, Bounds(0.01, 10)]
    top_p: Annotated[float, Bounds(0.001, 1)]
    rewards: Annotated[list[Reward], Bounds(1, 20)]
