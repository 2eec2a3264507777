"""The JSON form of events.

``seq``, ``at`` and ``id`` belong to the line, not to the event: the channel adds them.
"""

import dataclasses
import math
from typing import Any

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import (
    BaseLoaded,
    Error,
    Evaluated,
    Log,
    Progress,
    Ready,
    RunCancelled,
    RunCheckpointed,
    RunFailed,
    RunFinished,
    RunStarted,
    Sampled,
    Token,
)
from loraloom_engine.protocol.parsing import parse_object
from loraloom_engine.protocol.results import RESULTS

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


def to_message(event: Any, *, seq: int, at: float, request_id: str | None) -> dict[str, Any]:
    """The event's JSON object.

    ``seq`` counts the lines of this process from 1; ``at`` is when it was told, in seconds of this
    process's monotonic clock, which begins with it.
    """
    message = {"type": NAMES[type(event)], "seq": seq, "at": at}
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
    kind, seq, at, request_id = (fields.pop(name, None) for name in ("type", "seq", "at", "id"))
    if kind not in EVENTS:
        raise EngineError("bad_option", f"'type' must be one of {', '.join(EVENTS)}, not {kind!r}.")
    if type(seq) is not int or seq < 1:
        raise EngineError("bad_option", f"'seq' must be an integer from 1, not {seq!r}.")
    if type(at) not in (int, float) or not 0 <= at < math.inf:
        raise EngineError("bad_option", f"'at' must be seconds from 0, not {at!r}.")
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
