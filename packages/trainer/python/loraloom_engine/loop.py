"""The engine's single loop: requests, a piece of background work, the answers' tokens.

Everything that touches the model happens here, in one thread. Requests are taken between two
pieces of work; the urgent ones between the layers of a pass too.
"""

import json
from queue import Empty, SimpleQueue
from typing import Any

from loraloom_engine.channel import EndOfInput, EventStream
from loraloom_engine.engine import URGENT, Engine
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Error
from loraloom_engine.protocol.requests import parse_request


def run_loop(engine: Engine, queue: SimpleQueue, events: EventStream) -> None:
    """Serve until a shutdown request, a signal or the end of stdin."""
    inbox = Inbox(queue, events)
    engine.take_urgent = lambda: handle_urgent(engine, inbox)
    engine.wake = lambda: queue.put(Nudge())
    while not engine.stopping:
        for item in inbox.take_all(block=engine.waits):
            handle(engine, item)
        engine.advance_background()
        engine.advance_answers()


def handle(engine: Engine, item: Any) -> None:
    if isinstance(item, EndOfInput):
        engine.stop()
    else:
        engine.handle(*item)


def handle_urgent(engine: Engine, inbox: "Inbox") -> None:
    for request_id, request in inbox.take(URGENT):
        engine.handle(request_id, request)


class Nudge:
    """Queued to make a loop go on that waits: a run's own process said something."""


class Inbox:
    """Requests in the order in which they came; lines that are none are answered here."""

    def __init__(self, queue: SimpleQueue, events: EventStream) -> None:
        self._queue = queue
        self._events = events
        self._waiting: list[Any] = []

    def take_all(self, block: bool) -> list[Any]:
        """All that came; with nothing else to do, wait for the first."""
        if block and not self._waiting:
            self._add(self._queue.get())
        self._add_queued()
        taken, self._waiting = self._waiting, []
        return taken

    def take(self, kinds: tuple[type, ...]) -> list[Any]:
        """Those of the given kinds; the others go on waiting."""
        self._add_queued()
        taken = [item for item in self._waiting if is_request(item, kinds)]
        self._waiting = [item for item in self._waiting if not is_request(item, kinds)]
        return taken

    def _add_queued(self) -> None:
        while True:
            try:
                self._add(self._queue.get_nowait())
            except Empty:
                return

    def _add(self, item: Any) -> None:
        if isinstance(item, Nudge):
            return
        parsed = item if isinstance(item, EndOfInput) else self._parse(item)
        if parsed is not None:
            self._waiting.append(parsed)

    def _parse(self, line: bytes) -> tuple[str, Any] | None:
        request_id = None
        try:
            message = json.loads(line)
            request_id = read_id(message)
            return parse_request(message)
        except (ValueError, RecursionError) as error:
            self._events.emit(Error("bad_option", f"The line is no JSON: {error}"))
        except EngineError as error:
            self._events.emit(Error(error.code, error.message, error.details), request_id)
        return None


def is_request(item: Any, kinds: tuple[type, ...]) -> bool:
    return not isinstance(item, EndOfInput) and isinstance(item[1], kinds)


def read_id(message: Any) -> str | None:
    request_id = message.get("id") if isinstance(message, dict) else None
    return request_id if isinstance(request_id, str) and request_id else None
