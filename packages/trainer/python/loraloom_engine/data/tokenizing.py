"""The ``tokenize`` request: canonical rows in; token ids, labels and counts out.

A written row holds ``input_ids`` and ``labels``, and the ``label`` of a judged answer; that of a
pair holds such a row as ``chosen`` and one as ``rejected``.

A generator, so that a large file does not hold up training and chats: it hands the
engine back after a moment's work.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from loraloom_engine.atomic_files import new_file
from loraloom_engine.base import Base
from loraloom_engine.data.row_examples import RowExamples
from loraloom_engine.data.rows_file import RowsWriter, read_rows
from loraloom_engine.data.template import Template
from loraloom_engine.protocol.events import TokenizeResult
from loraloom_engine.protocol.requests import Tokenize

# Shorter than one token of a chat.
SECONDS_PER_TURN = 0.02


def tokenize(base: Base, request: Tokenize) -> Generator[None, None, TokenizeResult]:
    """Tokenize the rows, write them where a path is given, and return their counts.

    No example is longer than the model's context. Raises EngineError ``over_length``
    (with ``raise``), ``bad_option`` for an unreadable file, ``disk_full``.
    """
    template = Template(base.tokenizer, request.template_variables, base.end_tokens)
    max_length = min(request.max_length, base.context_length)
    examples = RowExamples(template, max_length, request.over_length)
    with rows_written(request.out_path) as write:
        turn_began = time.monotonic()
        for row in read_rows(Path(request.rows_path)):
            for tokenized in examples.of(row):
                write(tokenized)
            if time.monotonic() - turn_began > SECONDS_PER_TURN:
                yield
                turn_began = time.monotonic()
    return examples.counts.result()


@contextmanager
def rows_written(path: str | None):
    """Gives what writes one row; where nobody wants the rows, it does nothing."""
    if path is None:
        yield lambda _: None
        return
    with new_file(Path(path)) as staging, RowsWriter(staging) as out:
        yield out.write
