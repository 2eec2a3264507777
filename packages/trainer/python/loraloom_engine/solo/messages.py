"""What an engine and the process of a run tell each other, one JSON line each.

In: first the job, then ``turn`` for each pass it may make, or ``cancel``. Out: the run's events as
the protocol has them, and ``turn_taken`` when the pass is over and another one is wanted.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal

from loraloom_engine.protocol.event_lines import parse_event
from loraloom_engine.protocol.parsing import parse_object
from loraloom_engine.protocol.requests import LoadBase, StartRun


@dataclass(frozen=True)
class Job:
    base: LoadBase
    run: StartRun


@dataclass(frozen=True)
class Command:
    """``cancel`` leaves a checkpoint behind."""

    do: Literal["turn", "cancel"]


@dataclass(frozen=True)
class TurnTaken:
    """``tokens`` that went through the model in it; 0 before the first."""

    tokens: int


def to_line(message: Any) -> bytes:
    return json.dumps(dataclasses.asdict(message)).encode() + b"\n"


def parse_job(line: bytes) -> Job:
    return parse_object(Job, json.loads(line), "")


def parse_command(line: bytes) -> Command:
    return parse_object(Command, json.loads(line), "")


def parse_answer(line: bytes) -> Any:
    """A ``TurnTaken``, or an event of the run."""
    message = json.loads(line)
    if "type" in message:
        return parse_event(message)
    return parse_object(TurnTaken, message, "")
