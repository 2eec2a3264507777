"""What a request that asks for an answer gets: the event ``result``, one dataclass a request."""

from dataclasses import dataclass
from typing import Annotated

from loraloom_engine.protocol.parsing import Bounds
from loraloom_engine.protocol.requests import LengthCount, NotEmpty

Count = Annotated[int, Bounds(0)]
Seconds = Annotated[float, Bounds(0)]


@dataclass(frozen=True)
class SkippedRow:
    name: str
    line: Count
    code: NotEmpty
    message: str


@dataclass(frozen=True)
class EmptyResult:
    pass


@dataclass(frozen=True)
class TokenizeResult:
    """What became of too long examples: left out (``dropped``), cut off (``truncated``).

    ``trimmed`` counts rows that lost their oldest messages to fit; ``skipped_count`` rows
    and examples that are not trained, of which ``skipped`` names the first. ``longest_prompt`` is
    of the tokens before the first that is learnt. ``by_length`` has the shortest first; a pair's
    length is that of both texts.
    """

    rows: Count
    examples: Count
    tokens_total: Count
    tokens_trained: Count
    longest: Count
    longest_prompt: Count
    by_length: list[LengthCount]
    dropped: Count
    truncated: Count
    trimmed: Count
    skipped_count: Count
    skipped: list[SkippedRow]


@dataclass(frozen=True)
class LoadAdapterResult:
    parameters: Count


@dataclass(frozen=True)
class EstimateResult:
    """``seconds`` is null where the run does not fit into memory, or trains in its own process."""

    steps: Count
    epochs: Annotated[int, Bounds(1)]
    seconds: Seconds | None
    memory_bytes: Count
    free_memory_bytes: Count
    fits: bool


@dataclass(frozen=True)
class VerifyResult:
    parameters: Count
    tensors: Count


RESULTS = (TokenizeResult, EstimateResult, VerifyResult, LoadAdapterResult, EmptyResult)
