"""The engine's single loop: requests, one piece of background work, some chat tokens.

Everything that touches the model happens here, in one thread. A tick lasts about one
training micro-batch, so a request (a cancel above all) waits no longer than that.
"""

import json
from queue import Empty, SimpleQueue
from typing import Any

from loraloom_engine.channel import EndOfInput, EventStream
from loraloom_engine.engine import Engine
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Error
from loraloom_engine.protocol.requests import parse_request


def run_loop(engine: Engine, queue: SimpleQueue, events: EventStream) -> None:
    """Serve until a shutdown request, a signal or the end of stdin."""
    while not engine.stopping:
        for item in take_waiting(queue, block=engine.idle):
            handle(engine, item, events)
        engine.advance_background()
        engine.advance_chats()


def take_waiting(queue: SimpleQueue, block: bool) -> list[Any]:
    """All that is queued; with nothing else to do, wait for the first."""
    items = [queue.get()] if block else []
    while True:
        try:
            items.append(queue.get_nowait())
        except Empty:
            return items


def handle(engine: Engine, item: Any, events: EventStream) -> None:
    if isinstance(item, EndOfInput):
        engine.stop()
        return
    request_id = None
    try:
        message = json.loads(item)
        request_id = read_id(message)
        request_id, request = parse_request(message)
    except (ValueError, RecursionError) as error:
        events.emit(Error("bad_option", f"The line is no JSON: {error}"))
    except EngineError as error:
        events.emit(Error(error.code, error.message, error.details), request_id)
    else:
        engine.handle(request_id, request)


def read_id(message: Any) -> str | None:
    request_id = message.get("id") if isinstance(message, dict) else None
    return request_id if isinstance(request_id, str) and request_id else None
