"""How much of a pass's time files that are tokenized meanwhile may take."""

import os
from collections.abc import Iterator

import pytest
import torch

from loraloom_engine import engine as engine_module
from loraloom_engine.channel import EventStream
from loraloom_engine.engine import Engine
from loraloom_engine.protocol.requests import LoadBase, Tokenize
from loraloom_engine.sampling.chat_share import LARGEST_SHARE, MOST_SAVED

LAYER, TURN = 0.01, 0.02


class Time:
    """As the engine asks the module of this name for it."""

    def __init__(self) -> None:
        self.now = self.tokenizing = 0.0

    def monotonic(self) -> float:
        return self.now

    def endless_file(self, *_: object) -> Iterator[None]:
        while True:
            self.now += TURN
            self.tokenizing += TURN
            yield


def test_files_without_an_end_take_a_quarter_of_the_time(base, monkeypatch):
    time = Time()
    monkeypatch.setattr(engine_module, "time", time)
    monkeypatch.setattr(engine_module, "tokenize", time.endless_file)
    monkeypatch.setattr(engine_module, "load_base", lambda *_: base)
    engine = Engine(torch.device("cpu"), EventStream(os.open(os.devnull, os.O_WRONLY)))
    engine.handle("load", LoadBase("tiny", "main", "here", "float32", "none"))
    engine.handle("count", Tokenize("rows.jsonl", None, 40, "drop", {}))
    for _ in range(10_000):
        time.now += LAYER
        base.stage.between_layers()
    assert time.tokenizing <= time.now * LARGEST_SHARE + MOST_SAVED
    assert time.tokenizing == pytest.approx(time.now * LARGEST_SHARE, rel=0.05)
