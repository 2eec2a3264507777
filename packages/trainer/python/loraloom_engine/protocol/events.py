"""Events of engine protocol 1, one dataclass each, with their JSON form.

``seq`` and ``id`` belong to the line, not to the event: the channel adds them.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.parsing import Bounds, parse_object
from loraloom_engine.protocol.requests import LengthCount, NotEmpty

Count = Annotated[int, Bounds(0)]
Seconds = Annotated[float, Bounds(0)]


@dataclass(frozen=True)
class Ready:
    protocol: Literal[1]
    engine_version: NotEmpty
    device: NotEmpty
    device_name: NotEmpty
    torch_version: NotEmpty
    threads: Annotated[int, Bounds(1)]
    total_memory_bytes: Count
    free_memory_bytes: Count


@dataclass(frozen=True)
class BaseLoaded:
    model_id: NotEmpty
    revision: NotEmpty
    dtype: Literal["float32", "bfloat16"]
    quantization: Literal["none", "4bit", "8bit"]
    vocab_size: Count
    parameters: Count
    context_length: Count
    linear_modules: list[str]
    seconds: Seconds


@dataclass(frozen=True)
class RunStarted:
    run_id: NotEmpty
    examples: Count
    evaluation_examples: Count
    trained_tokens_per_epoch: Count
    steps: Count
    resumed_from_step: Count


@dataclass(frozen=True)
class Progress:
    """One optimizer step; ``loss`` is the mean over its trained tokens, of preferences that over
    its pairs or judged answers.
    """

    run_id: NotEmpty
    step: Count
    steps: Count
    epoch: Annotated[float, Bounds(0)]
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: Count
    tokens_per_second: Annotated[float, Bounds(0)]
    eta_seconds: Seconds


@dataclass(frozen=True)
class Evaluated:
    """Mean loss over all trained tokens of a file of rows; held-out preferences as in Progress.

    ``accuracy`` is the share of these tokens that were the likeliest after the ones before them,
    ``perplexity`` exp(loss); null for preferences, the latter too where it is beyond all numbers.
    """

    run_id: NotEmpty | None
    split: Literal["held_out", "request"]
    phase: Literal["before", "during", "after"] | None
    step: Count | None
    loss: float
    accuracy: Annotated[float, Bounds(0, 1)] | None
    perplexity: Annotated[float, Bounds(1)] | None
    tokens: Count


@dataclass(frozen=True)
class RunCheckpointed:
    run_id: NotEmpty
    step: Count
    path: NotEmpty


@dataclass(frozen=True)
class RunFinished:
    """``steps`` are those that were taken: fewer than planned where it ``stopped_early``.

    With early stopping the adapter is that of ``best_step``, as is ``held_out_after``.
    """

    run_id: NotEmpty
    path: NotEmpty
    steps: Count
    tokens: Count
    seconds: Seconds
    final_loss: float
    held_out_before: float | None
    held_out_after: float | None
    stopped_early: bool
    best_step: Count | None
    peak_memory_bytes: Count


@dataclass(frozen=True)
class RunFailed:
    run_id: NotEmpty
    code: NotEmpty
    message: str
    details: dict[str, Any]


@dataclass(frozen=True)
class RunCancelled:
    run_id: NotEmpty
    step: Count
    checkpoint_path: NotEmpty | None


@dataclass(frozen=True)
class Alternative:
    """A token that might have been chosen; ``text`` is U+FFFD where it is half a character."""

    token_id: Count
    text: str
    logprob: float


@dataclass(frozen=True)
class TokenLogprob:
    """Of a chosen token, and of the likeliest tokens at its place, the likeliest first.

    Log-probabilities (nats) of the model's own distribution over its whole vocabulary: before
    penalty, temperature, top-k, top-p and min-p.
    """

    token_id: Count
    text: str
    logprob: float
    top: list[Alternative]


@dataclass(frozen=True)
class Token:
    """A piece of text, never half a character; ``index`` counts the pieces from 0.

    ``logprobs``, where asked for: of the tokens that this piece came from.
    """

    text: str
    index: Count
    logprobs: list[TokenLogprob] | None


@dataclass(frozen=True)
class Sampled:
    """``step``: that of the run whose weights answered, if a run was asked."""

    text: str
    finish_reason: Literal["stop", "length", "cancelled"]
    prompt_tokens: Count
    completion_tokens: Count
    seconds: Seconds
    step: Count | None


@dataclass(frozen=True)
class Error:
    code: NotEmpty
    message: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Log:
    level: Literal["debug", "info", "warn", "error"]
    message: str


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
    and examples that are not trained, of which ``skipped`` names the first. ``by_length`` has the
    shortest first; a pair's length is that of both texts.
    """

    rows: Count
    examples: Count
    tokens_total: Count
    tokens_trained: Count
    longest: Count
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
EVENTS: dict[str, type | tuple[type, ...]] = {
    "ready": Ready,
    "base_loaded": BaseLoaded,
    "run_started": RunStarted,
    "progress": Progress,
    "evaluated": Evaluated,
    "run_checkpointed": RunCheckpointed,
    "run_finished": RunFinished,
    "run_failed": RunFailed,
    "run_cancelled": RunCancelled,
    "token": Token,
    "sampled": Sampled,
    "result": RESULTS,
    "error": Error,
    "log": Log,
}
NAMES = {
    cls: name
    for name, classes in EVENTS.items()
    for cls in (classes if isinstance(classes, tuple) else (classes,))
}
# A log line answers nobody; an error may answer a line whose id could not be read.
WITHOUT_ID = ("log",)
MAY_LACK_ID = ("error", "log")


def to_message(event: Any, seq: int, request_id: str | None) -> dict[str, Any]:
    """The event's JSON object; ``seq`` counts the lines of this process from 1."""
    message = {"type": NAMES[type(event)], "seq": seq}
    if request_id is not None:
        message["id"] = request_id
    return message | dataclasses.asdict(event)


def parse_event(message: Any) -> Any:
    """The event of a decoded line; the reverse of ``to_message``.

    Raises EngineError ``bad_option`` that names the offending field.
    """
    if not isinstance(message, dict):
        raise EngineError("bad_option", "An event must be a JSON object.")
    fields = dict(message)
    kind, seq, request_id = (fields.pop(name, None) for name in ("type", "seq", "id"))
    if kind not in EVENTS:
        raise EngineError("bad_option", f"'type' must be one of {', '.join(EVENTS)}, not {kind!r}.")
    if type(seq) is not int or seq < 1:
        raise EngineError("bad_option", f"'seq' must be an integer from 1, not {seq!r}.")
    check_id(kind, request_id)
    classes = EVENTS[kind]
    if not isinstance(classes, tuple):
        return parse_object(classes, fields, "")
    return parse_object(choose_result(fields), fields, "")


def check_id(kind: str, request_id: Any) -> None:
    if request_id is None and kind in MAY_LACK_ID:
        return
    if kind in WITHOUT_ID or not isinstance(request_id, str) or not request_id:
        raise EngineError("bad_option", f"'id' of {kind} must not be {request_id!r}.")


def choose_result(fields: dict[str, Any]) -> type:
    """The result whose fields are the most alike, so that a fault is named usefully."""
    return max(RESULTS, key=lambda cls: -len(fields_of(cls) ^ set(fields)))


def fields_of(cls: type) -> set[str]:
    return {entry.name for entry in dataclasses.fields(cls)}
