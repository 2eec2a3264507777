"""The ``tokenize`` request: canonical rows in; token ids, labels and counts out.

A written row holds ``input_ids`` and ``labels``, and the ``label`` of a judged answer; that of a
pair holds such a row as ``chosen`` and one as ``rejected``.

A generator, so that a large file does not hold up training and chats: it hands the
engine back after a moment's work.
"""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from loraloom_engine.atomic_files import new_file
from loraloom_engine.base import Base
from loraloom_engine.data.length_limit import LengthLimit
from loraloom_engine.data.row_examples import Row, RowExamples
from loraloom_engine.data.row_groups import (
    SECONDS_PER_TURN,
    Group,
    awaited,
    encoded_ahead,
    thread_beside,
)
from loraloom_engine.data.rows_file import RowsWriter, read_rows
from loraloom_engine.protocol.requests import Tokenize
from loraloom_engine.protocol.results import TokenizeResult


def tokenize(base: Base, request: Tokenize) -> Generator[None, None, TokenizeResult]:
    """Tokenize the rows, write them where a path is given, and return their counts.

    No example that is learnt is longer than the model's context. Raises EngineError ``over_length``
    (with ``raise``), ``bad_option`` for an unreadable file, ``disk_full``.
    """
    template = base.template(request.template_variables)
    limit = LengthLimit(min(request.max_length, base.context_length), request.whole_answers)
    examples = RowExamples(template, limit, request.over_length)
    with rows_written(request.out_path) as write, thread_beside() as beside:
        turn = Turn()
        for group in encoded_ahead(template, read_rows(Path(request.rows_path)), beside):
            for example in (yield from examples_of_group(examples, group, beside)):
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


def examples_of_group(
    examples: RowExamples, group: Group, beside: ThreadPoolExecutor
) -> Generator[None, None, list[Row]]:
    wholes = yield from awaited(group.wholes)
    if not group.is_long:
        return examples.of_all(group.rows, wholes)
    return (yield from awaited(beside.submit(examples.of_all, group.rows, wholes)))


@contextmanager
def rows_written(path: str | None):
    """Gives what writes one row; where nobody wants the rows, it does nothing."""
    if path is None:
        yield lambda _: None
        return
    with new_file(Path(path)) as staging, RowsWriter(staging) as out:
        yield out.write
