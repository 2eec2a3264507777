"""Programs in the place of a run's own process: they speak its lines and compute nothing."""

import os
import shlex
import sys
from pathlib import Path
from queue import SimpleQueue

import pytest

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base
from loraloom_engine.lane.lane import Lane
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.solo.train_apart import train_apart
from loraloom_engine.training.pace import Pace

# What every one of them begins with: it has its job, and says that its run went on from step 3.
BEGINNING = """
import json, sys
def say(**message):
    print(json.dumps(message), flush=True)
def tell(event, **fields):
    say(type=event, seq=1, at=0.5, id="run", run_id=run_id, **fields)
def stand(tokens=0, used_bytes=0, wants_turn=True):
    say(tokens=tokens, used_bytes=used_bytes, wants_turn=wants_turn)
run_id = json.loads(sys.stdin.readline())["run"]["run_id"]
counts = {"examples": 1, "evaluation_examples": 0, "trained_tokens_per_epoch": 1, "steps": 9}
tell("run_started", resumed_from_step=3, **counts)
"""
# It takes each turn at once, and says that it wrote a checkpoint in it.
OBEDIENT = """
stand()
while json.loads(sys.stdin.readline())["do"] == "turn":
    tell("run_checkpointed", step=4, path="nowhere")
    stand(tokens=5)
"""
# It takes 30 bytes more in each turn; the second ends its first step.
GROWING = """
stand(used_bytes=20)
step = dict.fromkeys(["loss", "learning_rate", "gradient_norm", "tokens_per_second"], 0)
step |= dict.fromkeys(["tokens", "epoch", "eta_seconds"], 0)
step |= dict.fromkeys(["preferences", "rewards"])
for turn in range(1, 4):
    sys.stdin.readline()
    if turn == 2:
        tell("progress", step=4, steps=9, **step)
    stand(tokens=5, used_bytes=20 + 30 * turn)
sys.stdin.readline()
"""
# Told to finish, it makes a version of the step that it went on from.
FINISHING = """
stand()
while json.loads(sys.stdin.readline())["do"] == "turn":
    stand(tokens=5)
ended = dict.fromkeys(["tokens", "seconds", "final_loss", "peak_memory_bytes"], 0)
ended |= dict.fromkeys(["held_out_before", "held_out_after", "best_step"])
tell("run_finished", path="nowhere", steps=3, stopped_early=True, **ended)
"""
# Far more than a program takes to begin.
PATIENCE_SECONDS = 240.0
# It loads, or it wants a turn, and is not heard of again.
LOADING = "sys.stdin.read()"
HANGING = "stand(); sys.stdin.read()"


def solo_program(monkeypatch: pytest.MonkeyPatch, folder: Path, ending: str) -> None:
    """Runs that train apart are this program's from now on."""
    program, path = folder / "program.py", folder / "program"
    program.write_text(BEGINNING + ending)
    # The first line of a program can't name an interpreter whose path has a space.
    path.write_text(f"#!/bin/sh\nexec {shlex.join([sys.executable, os.fspath(program)])}\n")
    path.chmod(0o700)
    monkeypatch.setattr(sys, "executable", os.fspath(path))


class Apart:
    """Runs that train apart beside the lane of a base, as an engine's loop takes them on."""

    def __init__(self, base: Base) -> None:
        self.events: list = []
        self.background = Background(Lane(base, Pace()))
        self._base = base
        self._news: SimpleQueue[None] = SimpleQueue()

    def start(self, request: StartRun) -> Work:
        turns = train_apart(self._base, request, self.wake, self.events.append)
        work = Work(turns, self.events.append, request.run_id)
        self.background.begin(work)
        return work

    def wake(self) -> None:
        self._news.put(None)

    def go_on(self) -> None:
        """As far as the next thing that a process says, if there is nothing to do before."""
        if self.background.waits:
            self._news.get(timeout=PATIENCE_SECONDS)
        self.background.advance()

    def until_begun(self, count: int) -> None:
        """So many runs that want a turn: each has said two lines."""
        for _ in range(2 * count):
            self._news.get(timeout=PATIENCE_SECONDS)

    def until_told(self, kind: type, count: int = 1) -> None:
        while sum(isinstance(event, kind) for event in self.events) < count:
            self.go_on()
