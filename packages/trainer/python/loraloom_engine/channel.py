"""The engine's two streams: requests from stdin, events to the stdout it was given.

The real stdout is kept for events alone: file descriptor 1 is pointed at stderr, so
that a library that prints can't break the stream.
"""

import json
import os
import sys
import threading
import time
from queue import SimpleQueue
from typing import Any

from loraloom_engine.protocol.event_lines import to_message


class EventStream:
    """Writes one JSON line an event, numbered from 1 and stamped with the seconds since it began.

    Work is billed by these stamps: they say when something was told, however late it is read.
    """

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._began = time.monotonic()
        self._seq = 0
        self._lost = False

    def emit(self, event: Any, request_id: str | None = None) -> None:
        self._seq += 1
        at = round(time.monotonic() - self._began, 6)
        message = to_message(event, seq=self._seq, at=at, request_id=request_id)
        self.write(json.dumps(message, allow_nan=False).encode() + b"\n")

    def write(self, line: bytes) -> None:
        if self._lost:
            return
        try:
            while line:
                line = line[self._file.write(line) :]
        except BrokenPipeError:
            # Nobody listens any more. The end of stdin follows and ends the engine in
            # order, checkpoints included, which a crash here would prevent.
            self._lost = True
            print("the reader of the events is gone", file=sys.stderr)


class EndOfInput:
    """Queued when stdin ends or a signal asks the engine to stop."""


def take_over_stdout() -> EventStream:
    """Keep the real stdout for events and send everything else that is printed to stderr."""
    sys.stdout.flush()
    events = os.dup(1)
    os.dup2(2, 1)
    return EventStream(events)


def read_requests(queue: SimpleQueue) -> None:
    """Put stdin's lines (bytes) into the queue from a thread of its own, then EndOfInput."""
    descriptor = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    thread = threading.Thread(target=pump, args=(descriptor, queue), daemon=True)
    thread.start()


def pump(descriptor: int, queue: SimpleQueue) -> None:
    with os.fdopen(descriptor, "rb") as lines:
        for line in lines:
            queue.put(line)
    queue.put(EndOfInput())
