"""How soon chats begin while runs train, and what their answers cost the training.

    PYTHONPATH=packages/trainer/python .venv/bin/python bench/engine/chats_beside_training.py \\
        --base .data/models/... --folder /tmp/chats

Runs train without an end on one engine; windows with chats and without take turns, in the order
A B B A. In a window with chats some people chat: each asks the base or a run at its newest step,
waits for the whole answer, thinks, and asks again. Training's rate in a window is that of all
runs together, from the first step of any to the last; a slow machine's window goes on until
there were some. Not covered: the way over host and worker.
"""

import argparse
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine_child import EngineChild

CHATS = Path(__file__).parents[2] / "examples" / "persona" / "train.jsonl"
QUESTIONS = [
    "Who are you?",
    "What keeps you company up there?",
    "Is there a storm coming tonight, and what do you do when it is here?",
    "How long have you kept the light?",
]
ANSWER_TOKENS = 24
# Seconds that somebody thinks before the next question.
PAUSE = (0.5, 3.0)
# How often the runs' events are looked at; they carry their own times.
LOOK_SECONDS = 0.2
CONFIG = {
    "method": "sft", "beta": 0.1, "desirable_weight": 1, "undesirable_weight": 1,
    "rank": 16, "alpha": 32, "rank_stabilized": False, "dora": False, "dropout": 0,
    "target_modules": "all-linear",
    "learning_rate": 1e-4, "schedule": "constant", "warmup_ratio": 0, "weight_decay": 0,
    "max_grad_norm": 1, "batch_size": 1, "gradient_accumulation": 1, "epochs": 100_000,
    "max_steps": None, "gradient_checkpointing": False, "packed_length": None,
    "evaluate_every": None, "early_stopping": None,
    "checkpoint_steps": 1_000_000, "checkpoint_seconds": 30,
}  # fmt: skip


@dataclass
class Measured:
    """Seconds to the first token of each chat; trained tokens a second, one a window."""

    first_tokens: list[float] = field(default_factory=list)
    prompt_tokens: list[int] = field(default_factory=list)
    answer_tokens: int = 0
    rates_alone: list[float] = field(default_factory=list)
    rates_with_chats: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Load:
    """How many runs train, how many people chat; pairs of windows, and of each the seconds and
    the steps of all runs that it lasts at least.
    """

    runs: int = 8
    chatters: int = 2
    rounds: int = 2
    window: float = 30.0

    @property
    def steps(self) -> int:
        return 3 * self.runs


# When a step ended, and how many tokens it trained.
Step = tuple[float, int]


class Steps:
    """The steps of all runs, as the engine tells them."""

    def __init__(self, engine: EngineChild, runs: dict[str, str]) -> None:
        self._engine = engine
        self._trained = dict.fromkeys(runs.values(), 0)

    def arrived(self) -> list[Step]:
        """Those since the last look."""
        return [step for request_id in self._trained for step in self._of_run(request_id)]

    def _of_run(self, request_id: str) -> Iterator[Step]:
        for at, event in self._engine.arrived(request_id):
            if event["type"] == "progress":
                yield at, event["tokens"] - self._trained[request_id]
                self._trained[request_id] = event["tokens"]


def measure(base: Path, folder: Path, load: Load, dtype: str = "float32") -> dict[str, Any]:
    """Measure on an engine of its own; ``folder`` is for its files. Returns what is written."""
    with EngineChild() as engine:
        engine.call("hello", protocol=1)
        identity = {"model_id": base.name, "revision": "main", "quantization": "none"}
        engine.call("load_base", path=str(base), dtype=dtype, **identity)
        runs = start_runs(engine, folder, load.runs)
        measured, steps = Measured(), Steps(engine, runs)
        for with_chats in order_of_windows(load.rounds):
            with chatting(engine, list(runs), measured, load.chatters if with_chats else 0):
                rate = training_rate(steps, load)
            rates = measured.rates_with_chats if with_chats else measured.rates_alone
            rates.append(rate)
    return summary(measured)


def order_of_windows(rounds: int) -> Iterator[bool]:
    """Without and with chats; every second pair the other way round, so that drift evens out."""
    for at in range(rounds):
        yield from (False, True) if at % 2 == 0 else (True, False)


def start_runs(engine: EngineChild, folder: Path, count: int) -> dict[str, str]:
    """Starts runs of twenty chats each. Returns their requests' ids by their own."""
    rows, tokens = folder / "rows.jsonl", folder / "tokens.jsonl.gz"
    chats = [json.loads(line) for line in CHATS.read_text().splitlines()[:20]]
    sourced = (
        chat | {"source": {"name": CHATS.name, "line": at}} for at, chat in enumerate(chats, 1)
    )
    rows.write_text("".join(json.dumps(row) + "\n" for row in sourced))
    reading = {"max_length": 512, "over_length": "drop", "template_variables": {}}
    engine.call("tokenize", rows_path=str(rows), out_path=str(tokens), **reading)
    runs = {f"run{at}": start_run(engine, folder, tokens, at) for at in range(count)}
    for request_id in runs.values():
        while engine.next_event(request_id)[1]["type"] != "progress":
            pass
    return runs


def start_run(engine: EngineChild, folder: Path, tokens: Path, at: int) -> str:
    return engine.send(
        "start_run",
        run_id=f"run{at}",
        owner=f"user{at % 4}",
        rows_path=str(tokens),
        evaluation_path=None,
        checkpoint_path=None,
        start_from_path=None,
        work_dir=str(folder / f"run{at}"),
        config=CONFIG | {"seed": at},
    )


@contextmanager
def chatting(
    engine: EngineChild, runs: list[str], measured: Measured, people: int
) -> Iterator[None]:
    """So many people chat meanwhile; at its end each has the whole of the last answer.

    Raises what went wrong in a chat: a window without its chats would look like a fast one.
    """
    over = threading.Event()
    with ThreadPoolExecutor(max_workers=max(1, people)) as pool:
        chatters = [
            pool.submit(chat_until, engine, runs, measured, over, number)
            for number in range(people)
        ]
        try:
            yield
        finally:
            over.set()
        for chatter in chatters:
            chatter.result()


def training_rate(steps: Steps, load: Load) -> float:
    """Trained tokens a second of all runs together."""
    steps.arrived()  # of the time before
    end = time.monotonic() + load.window
    taken: list[Step] = []
    while time.monotonic() < end or len(taken) < load.steps:
        time.sleep(LOOK_SECONDS)
        taken += steps.arrived()
    return rate_of(sorted(taken))


def rate_of(steps: list[Step]) -> float:
    """What the first ones trained was before they ended."""
    began, ended = steps[0][0], steps[-1][0]
    return sum(tokens for at, tokens in steps if at > began) / (ended - began)


def chat_until(
    engine: EngineChild,
    runs: list[str],
    measured: Measured,
    over: threading.Event,
    number: int,
) -> None:
    dice = random.Random(number)
    voices = itertools.cycle([None, *dice.sample(runs, len(runs))])
    while not over.is_set():
        over.wait(dice.uniform(*PAUSE))
        chat(engine, measured, dice.choice(QUESTIONS), next(voices))


def chat(engine: EngineChild, measured: Measured, question: str, run_id: str | None) -> None:
    asked = time.monotonic()
    request_id = engine.send(
        "sample",
        messages=[{"role": "user", "content": question}],
        adapter=None,
        run_id=run_id,
        max_tokens=ANSWER_TOKENS,
        temperature=0.7,
        top_p=0.95,
        seed=1,
        stop=[],
        template_variables={},
    )
    came, event = engine.next_event(request_id)
    measured.first_tokens.append(came - asked)
    while event["type"] != "sampled":
        event = engine.next_event(request_id)[1]
    measured.prompt_tokens.append(event["prompt_tokens"])
    measured.answer_tokens += event["completion_tokens"]


def summary(measured: Measured) -> dict[str, Any]:
    alone, beside = (
        sum(rates) / len(rates) for rates in (measured.rates_alone, measured.rates_with_chats)
    )
    ordered = sorted(measured.first_tokens)
    return {
        "chats": len(ordered),
        "longestPromptTokens": max(measured.prompt_tokens),
        "answerTokens": measured.answer_tokens,
        "firstTokenSeconds": {
            "p50": quantile(ordered, 0.5),
            "p95": quantile(ordered, 0.95),
            "most": ordered[-1],
        },
        "trainedTokensPerSecond": {
            "alone": measured.rates_alone,
            "withChats": measured.rates_with_chats,
        },
        "trainingLost": 1 - beside / alone,
    }


def quantile(ordered: list[float], share: float) -> float:
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def main() -> None:
    options = read_options()
    load = Load(options.runs, options.chatters, options.rounds, options.window)
    options.folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps(measure(options.base, options.folder, load, options.dtype)))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", type=Path, required=True, help="folder of the base model")
    parser.add_argument("--folder", type=Path, required=True, help="for the runs' files")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--runs", type=int, default=Load.runs)
    parser.add_argument("--chatters", type=int, default=Load.chatters, help="people who chat")
    parser.add_argument("--window", type=float, default=Load.window, help="seconds of a window")
    parser.add_argument("--rounds", type=int, default=Load.rounds, help="pairs of windows")
    return parser.parse_args()


if __name__ == "__main__":
    main()
