"""The engine as a child process, spoken to over its protocol as a worker speaks to it."""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

ENGINE_FOLDER = Path(__file__).parents[2] / "packages" / "trainer" / "python"

Event = dict[str, Any]


class EngineChild:
    """Use as a context manager: the child is told to end, and waited for.

    Any thread may send requests; each request's events are read from a queue of its own, with
    the time (monotonic, in seconds) at which they came.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._ids = itertools.count(1)
        self._writing = threading.Lock()
        self._events: dict[str, SimpleQueue[tuple[float, Event]]] = {}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "loraloom_engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ENGINE_FOLDER), **(environment or {})},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stdin.close()
        self._child.wait()

    def send(self, kind: str, **fields: Any) -> str:
        """Returns the request's id."""
        request_id = f"q{next(self._ids)}"
        self._events[request_id] = SimpleQueue()
        line = json.dumps({"id": request_id, "type": kind, **fields}).encode() + b"\n"
        with self._writing:
            self._child.stdin.write(line)
            self._child.stdin.flush()
        return request_id

    def next_event(self, request_id: str) -> tuple[float, Event]:
        """Waits for it. Raises RuntimeError for an error's event, or once the child has ended."""
        came, event = self._events[request_id].get()
        if event["type"] in ("error", "run_failed", "ended"):
            raise RuntimeError(f"The engine answered {event}")
        return came, event

    def arrived(self, request_id: str) -> list[tuple[float, Event]]:
        """The events that came since the last look."""
        count = self._events[request_id].qsize()
        return [self.next_event(request_id) for _ in range(count)]

    def call(self, kind: str, **fields: Any) -> Event:
        """A request with one answer."""
        return self.next_event(self.send(kind, **fields))[1]

    def _read(self) -> None:
        for line in self._child.stdout:
            event = json.loads(line)
            if event.get("id") in self._events:
                self._events[event["id"]].put((time.monotonic(), event))
        for waiting in list(self._events.values()):
            waiting.put((time.monotonic(), {"type": "ended"}))
