"""Drives runs without a process: their generators, the lane, and nothing else."""

from collections.abc import Generator, Iterator
from typing import Any

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base
from loraloom_engine.lane.demand import Demand
from loraloom_engine.lane.lane import Lane
from loraloom_engine.protocol.requests import StartRun
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train


def run_joining(base: Base, *arrivals: tuple[int, StartRun]) -> list[list[Any]]:
    """Each run joins after so many turns of the lane; returns the events of each."""
    pace = Pace()
    background = Background(Lane(base, pace))
    told: list[list[Any]] = [[] for _ in arrivals]
    waiting = sorted(zip(arrivals, told, strict=True), key=lambda arrival: arrival[0][0])
    turn = 0
    while background or waiting:
        while waiting and waiting[0][0][0] <= turn:
            (_, request), events = waiting.pop(0)
            turns = train(base, request, pace, events.append)
            background.begin(Work(turns, events.append, request.run_id))
        background.advance()
        turn += 1
    return told


def run_together(base: Base, *requests: StartRun) -> list[list[Any]]:
    """Every run from start to end side by side; returns the events of each."""
    return run_joining(base, *((0, request) for request in requests))


def run_alone(base: Base, request: StartRun) -> list[Any]:
    return run_together(base, request)[0]


def meet(base: Base, asking: Iterator[Demand]) -> Any:
    """Meets the demands of a generator one after the other; returns what it returns."""
    lane = Lane(base, Pace())
    while True:
        try:
            demand = next(asking)
        except StopIteration as end:
            return end.value
        while not demand.finished:
            lane.advance([demand], fail)


def to_end(steps: Generator[None, None, Any]) -> Any:
    """What work that waits for nothing returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def fail(_: Demand, error: Exception) -> None:
    raise error
