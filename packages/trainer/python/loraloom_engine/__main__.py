"""Start the engine: ``python -m loraloom_engine`` speaks the protocol over stdio.

Reads LORALOOM_ENGINE_DEVICE (auto, cpu, cuda) and LORALOOM_ENGINE_THREADS (CPU threads
for arithmetic; by default torch's choice). It never touches the network.
"""

import logging
import os
import signal
import sys
import warnings
from queue import SimpleQueue

from loraloom_engine.channel import EndOfInput, read_requests, take_over_stdout
from loraloom_engine.errors import EngineError
from loraloom_engine.freed_memory import keep_freed_memory


def main() -> int:
    events = take_over_stdout()
    queue: SimpleQueue = SimpleQueue()
    obey_the_worker(queue)
    set_up_transformers()
    keep_freed_memory()
    read_requests(queue)
    try:
        engine = make_engine(events)
    except EngineError as error:
        print(f"loraloom_engine: {error}", file=sys.stderr)
        return 1
    from loraloom_engine.loop import run_loop

    run_loop(engine, queue, events)
    return 0


def obey_the_worker(queue: SimpleQueue) -> None:
    signal.signal(signal.SIGTERM, lambda *_: queue.put(EndOfInput()))
    # A terminal sends SIGINT to the whole group: the worker has it too, and ends us in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def set_up_transformers() -> None:
    """Before transformers is imported: it reads these once."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    # It is off in a fork of a process that used it. What an engine starts is a new program.
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
    # stderr is a log, not a terminal.
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    # PEFT reads it for each new adapter; with the pinned versions it is right.
    warnings.filterwarnings(
        "ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning
    )
    # It warns of a faster kernel that it could fetch, and of each 8-bit layer in each pass.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def make_engine(events):
    import torch

    from loraloom_engine.device import choose_device
    from loraloom_engine.engine import Engine

    set_threads(torch)
    return Engine(choose_device(os.environ.get("LORALOOM_ENGINE_DEVICE", "auto")), events)


def set_threads(torch) -> None:
    wanted = os.environ.get("LORALOOM_ENGINE_THREADS")
    if not wanted:
        return
    if not wanted.isdigit() or int(wanted) == 0:
        raise EngineError(
            "bad_configuration",
            f"LORALOOM_ENGINE_THREADS must be a whole number from 1, not {wanted!r}.",
        )
    torch.set_num_threads(int(wanted))
    os.environ["RAYON_NUM_THREADS"] = wanted  # the tokenizer's


if __name__ == "__main__":
    sys.exit(main())
