"""How a process of the engine begins: its own, and that of a run that trains by itself.

Nothing here imports torch: input is read and signals are obeyed long before it is there.
"""

import gc
import logging
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread

from loraloom_engine.channel import EndOfInput, EventStream, read_requests, take_over_stdout
from loraloom_engine.errors import EngineError
from loraloom_engine.freed_memory import keep_freed_memory


def begin() -> tuple[EventStream, SimpleQueue]:
    """Where events go, and where lines come from; a signal to stop is the end of input."""
    events = take_over_stdout()
    queue: SimpleQueue = SimpleQueue()
    obey_the_worker(queue)
    set_up_transformers()
    keep_freed_memory()
    read_requests(queue)
    return events, queue


def obey_the_worker(queue: SimpleQueue) -> None:
    # A handler runs in the main thread, which may just be going to wait for the queue.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    Thread(target=await_end, args=(queue,), daemon=True).start()
    # A terminal sends SIGINT to the whole group: the worker has it too, and ends us in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def await_end(queue: SimpleQueue) -> None:
    signal.sigwait({signal.SIGTERM})
    queue.put(EndOfInput())


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


@contextmanager
def no_garbage() -> Iterator[None]:
    """For the imports: thousands of modules, none of which is ever garbage.

    Looking through them again and again while they come takes a quarter of the time, and
    later collections leave them out.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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
