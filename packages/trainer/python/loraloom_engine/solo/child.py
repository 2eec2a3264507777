"""The process of a run that trains by itself, as its engine sees it."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from loraloom_engine.device_memory import Promise
from loraloom_engine.errors import EngineError
from loraloom_engine.solo.messages import Command, Job, Standing, parse_answer, to_line

PACKAGE_FOLDER = Path(__file__).parents[2]
# For a pass and the checkpoint; a worker gives its engine somewhat longer than this to end.
SECONDS_TO_END = 10.0
# Nobody else trains meanwhile: a process that takes longer for one pass hangs.
SECONDS_OF_A_TURN = 600.0


class Child:
    """Use as a context manager: the process does not outlive it, nor does it the engine.

    ``wake`` is called, in a thread of its own, whenever the process said something. It makes a
    pass only when it is given a turn; ``wants_turn`` and ``at_work`` tell where it stands.
    ``memory`` is what it was promised to its end; it tells what of that it has. Loading is not all:
    a gradient and Adam's moments come with its first step, and the largest pass may come last.
    """

    def __init__(self, job: Job, wake: Callable[[], None], memory: Promise) -> None:
        self.owner = job.run.owner
        self.memory = memory
        self.wants_turn = False
        self.at_work = False
        self.tokens = 0
        self._run_id = job.run.run_id
        self._cancelled = False
        self._limit: threading.Timer | None = None
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loraloom_engine.solo"],
            cwd=PACKAGE_FOLDER,
            env=os.environ | {"PYTHONPATH": str(PACKAGE_FOLDER)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._listener = threading.Thread(target=self._listen, args=(wake,), daemon=True)
        self._listener.start()
        self._say(job)

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self._lift_limit()
        self._process.kill()
        self._process.wait()

    @property
    def has_news(self) -> bool:
        """Whether it said what nobody has heard yet."""
        return not self._lines.empty()

    def give_turn(self) -> None:
        """It is ended where it does not come back from it."""
        self.wants_turn, self.at_work = False, True
        self._say(Command("turn"))
        self._end_in(SECONDS_OF_A_TURN)

    def cancel(self) -> None:
        """It ends after the pass that it is in, or is ended where that takes too long."""
        if self._cancelled:
            return
        self._cancelled, self.wants_turn = True, False
        self._say(Command("cancel"))
        self._end_in(SECONDS_TO_END)

    def finish(self) -> None:
        """It ends after the pass that it is in, once it has written what its run makes."""
        self._cancelled, self.wants_turn = True, False
        self._say(Command("finish"))
        self._end_in(SECONDS_OF_A_TURN)

    def wait_for_end(self) -> None:
        """Of one that is cancelled; all that it said can be heard then."""
        self._listener.join()

    def hear(self) -> Iterator[Any]:
        """The events that it told since; how it stands is noted.

        Raises EngineError ``engine_crashed`` where it ended.
        """
        while self.has_news:
            yield from self._understand(self._lines.get())

    def take_tokens(self) -> int:
        """Those of its turns since they were asked for, once."""
        tokens, self.tokens = self.tokens, 0
        return tokens

    def _understand(self, line: bytes) -> Iterator[Any]:
        if not line.endswith(b"\n"):  # the end, maybe in the middle of a line
            raise self._ended()
        answer = parse_answer(line)
        if isinstance(answer, Standing):
            self._note(answer)
        else:
            yield answer

    def _note(self, standing: Standing) -> None:
        self.at_work = False
        self.tokens += standing.tokens
        self.memory.taken(standing.used_bytes)
        if not self._cancelled:
            self.wants_turn = standing.wants_turn
            self._lift_limit()

    def _listen(self, wake: Callable[[], None]) -> None:
        for line in self._process.stdout:
            if line.endswith(b"\n"):
                self._lines.put(line)
                wake()
        self._lines.put(b"")
        wake()

    def _say(self, message: Any) -> None:
        try:
            self._process.stdin.write(to_line(message))
            self._process.stdin.flush()
        except BrokenPipeError:
            # It is gone; that its stdout ended is heard next, and told.
            return

    def _end_in(self, seconds: float) -> None:
        self._lift_limit()
        self._limit = threading.Timer(seconds, self._process.kill)
        self._limit.daemon = True
        self._limit.start()

    def _lift_limit(self) -> None:
        if self._limit:
            self._limit.cancel()

    def _ended(self) -> EngineError:
        code = self._process.wait()
        how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
        return EngineError(
            "engine_crashed",
            f"The process in which run {self._run_id} trained by itself ended {how}.",
            {"exit_code": code},
        )
