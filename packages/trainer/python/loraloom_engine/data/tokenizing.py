"""The ``tokenize`` request: canonical rows in; token ids, labels and counts out.

A written row holds ``input_ids`` and ``labels``, and the ``label`` of a judged answer; that of a
pair holds such a row as ``chosen`` and one as ``rejected``.

A generator, so that a large file does not hold up training and chats: it hands the
engine back after a moment's work.
"""

import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from loraloom_engine.atomic_files import new_file
from loraloom_engine.base import Base
from loraloom_engine.data.row_examples import Row, RowExamples, texts_of
from loraloom_engine.data.rows_file import RowsWriter, read_rows
from loraloom_engine.data.template import Template
from loraloom_engine.protocol.events import TokenizeResult
from loraloom_engine.protocol.requests import Tokenize

# Shorter than one token of a chat.
SECONDS_PER_TURN = 0.02
# Enough to be encoded together with profit, and few enough for a turn.
ROWS_AT_ONCE, CHARACTERS_AT_ONCE = 16, 32 * 1024
# On a busy machine another thread is waited for longer than a usual group takes.
CHARACTERS_INLINE = 2 * CHARACTERS_AT_ONCE


def tokenize(base: Base, request: Tokenize) -> Generator[None, None, TokenizeResult]:
    """Tokenize the rows, write them where a path is given, and return their counts.

    No example is longer than the model's context. Raises EngineError ``over_length``
    (with ``raise``), ``bad_option`` for an unreadable file, ``disk_full``.
    """
    template = Template(base.tokenizer, request.template_variables, base.end_tokens)
    max_length = min(request.max_length, base.context_length)
    examples = RowExamples(template, max_length, request.over_length)
    with rows_written(request.out_path) as write, thread_beside() as beside:
        turn = Turn()
        for rows in groups(read_rows(Path(request.rows_path))):
            for example in (yield from examples_of_group(examples, rows, beside)):
                write(example)
                if turn.is_over():
                    yield
            if turn.is_over():
                yield
    return examples.counts.result()


class Turn:
    """Tells when the engine has waited long enough; the next turn begins with that."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + SECONDS_PER_TURN

    def is_over(self) -> bool:
        now = time.monotonic()
        if now < self._ends:
            return False
        self._ends = now + SECONDS_PER_TURN
        return True


@contextmanager
def thread_beside() -> Iterator[ThreadPoolExecutor]:
    """A thread for what can't be done in turns; it is not waited for where nobody wants it."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def examples_of_group(
    examples: RowExamples, rows: list[Row], beside: ThreadPoolExecutor
) -> Generator[None, None, list[Row]]:
    """The rows' examples; hands the engine back meanwhile, since one row can be a whole book."""
    if characters_of(rows) <= CHARACTERS_INLINE:
        return examples.of_all(rows)
    future = beside.submit(examples.of_all, rows)
    while not wait([future], timeout=SECONDS_PER_TURN).done:
        yield
    return future.result()


def groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in their order, a few at a time."""
    group, characters = [], 0
    for row in rows:
        group.append(row)
        characters += characters_of([row])
        if len(group) == ROWS_AT_ONCE or characters >= CHARACTERS_AT_ONCE:
            yield group
            group, characters = [], 0
    if group:
        yield group


def characters_of(rows: list[Row]) -> int:
    return sum(len(text) for row in rows for text in texts_of(row))


@contextmanager
def rows_written(path: str | None):
    """Gives what writes one row; where nobody wants the rows, it does nothing."""
    if path is None:
        yield lambda _: None
        return
    with new_file(Path(path)) as staging, RowsWriter(staging) as out:
        yield out.write
