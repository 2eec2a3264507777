"""What an engine and the process of a run tell each other, one JSON line each.

In: first the job, then ``turn`` for each pass it may make, ``cancel`` or ``finish``. Out: the run's
events as the protocol has them, and how it stands whenever a turn is over or one is wanted.
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
    """``pass_tokens``: the most tokens of a pass, for which memory was found."""

    base: LoadBase
    run: StartRun
    pass_tokens: int


@dataclass(frozen=True)
class Command:
    """``cancel`` leaves a checkpoint behind, ``finish`` what the run makes."""

    do: Literal["turn", "cancel", "finish"]


@dataclass(frozen=True)
class Standing:
    """Told by a process that computes nothing now.

    ``tokens`` went through the model in the turn that it was given, if any. ``used_bytes`` of
    memory are its own. It does not want the next turn before its files are written.
    """

    tokens: int
    used_bytes: int
    wants_turn: bool


def to_line(message: Any) -> bytes:
    return json.dumps(dataclasses.asdict(message)).encode() + b"\n"


def parse_job(line: bytes) -> Job:
    return parse_object(Job, json.loads(line), "")


def parse_command(line: bytes) -> Command:
    return parse_object(Command, json.loads(line), "")


def parse_answer(line: bytes) -> Any:
    """A ``Standing``, or an event of the run."""
    message = json.loads(line)
    if "type" in message:
        return parse_event(message)
    return parse_object(Standing, message, "")
