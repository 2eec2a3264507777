"""The real engine as a child process, spoken to as the worker does."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

PYTHON_FOLDER = Path(__file__).parents[1]
# How long a test waits for an event before it fails; a loaded machine is slow to start torch.
PATIENCE_SECONDS = 240
ENDS = ("run_finished", "run_failed", "run_cancelled")


class EngineProcess:
    """Use as a context manager; the child is killed at the end if it still lives."""

    def __init__(self, log: Path, *, command: list[str] | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self._queue: queue.Queue = queue.Queue()
        self._count = 0
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                command or [sys.executable, "-m", "loraloom_engine"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={
                    **os.environ,
                    "PYTHONPATH": str(PYTHON_FOLDER),
                    "LORALOOM_ENGINE_DEVICE": "cpu",
                    "LORALOOM_ENGINE_THREADS": "1",
                },
            )
        threading.Thread(target=self._pump, daemon=True).start()

    def __enter__(self) -> "EngineProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def _pump(self) -> None:
        for line in self.process.stdout:
            self._queue.put(json.loads(line))

    def send(self, kind: str, **fields: Any) -> str:
        self._count += 1
        request_id = f"q{self._count}"
        self.send_line(json.dumps({"id": request_id, "type": kind, **fields}))
        return request_id

    def send_line(self, line: str) -> None:
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next event that is wanted; those before it are kept in ``events``."""
        while True:
            event = self._queue.get(timeout=PATIENCE_SECONDS)
            self.events.append(event)
            if wanted(event):
                return event

    def wait_for_type(self, *kinds: str) -> dict[str, Any]:
        return self.wait_for(lambda event: event["type"] in kinds)

    def call(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a request and return its last event (its only one, but for samples)."""
        request_id = self.send(kind, **fields)
        return self.wait_for(lambda e: e.get("id") == request_id and e["type"] != "token")

    def finish_run(self) -> dict[str, Any]:
        return self.wait_for_type(*ENDS)

    def load_base(self, path: Path, dtype: str = "float32") -> dict[str, Any]:
        return self.call(
            "load_base",
            model_id="tiny",
            revision="main",
            path=str(path),
            dtype=dtype,
            quantization="none",
        )

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]
