"""Rows a few at a time: what is said in one group is encoded while the one before is looked at."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loraloom_engine.data.row_examples import Row, Whole, show_whole, texts_of
from loraloom_engine.data.template import Template

# Shorter than one token of a chat.
SECONDS_PER_TURN = 0.02
# Enough that handing a group over costs nothing beside encoding it, and few enough for a turn.
ROWS_AT_ONCE, CHARACTERS_AT_ONCE = 64, 48 * 1024
# What is looked at in the turn itself; a row can be a whole book.
CHARACTERS_INLINE = 64 * 1024
# One is encoded, one is ready to be encoded next.
GROUPS_AHEAD = 1


@dataclass(frozen=True)
class Group:
    rows: list[Row]
    wholes: Future[list[Whole]]

    @property
    def is_long(self) -> bool:
        return characters_of(self.rows) > CHARACTERS_INLINE


@contextmanager
def thread_beside() -> Iterator[ThreadPoolExecutor]:
    """A thread for what can't be done in turns; it is not waited for where nobody wants it."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def encoded_ahead(
    template: Template, rows: Iterable[Row], beside: ThreadPoolExecutor
) -> Iterator[Group]:
    """The rows in their order. The tokenizer lets other threads run, a template does not."""
    ahead: deque[Group] = deque()
    for group in groups(rows):
        shown = [show_whole(template, row) for row in group]
        ahead.append(Group(group, beside.submit(template.encode_some, shown)))
        if len(ahead) > GROUPS_AHEAD:
            yield ahead.popleft()
    yield from ahead


def groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
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


def awaited(future: Future[Any]) -> Generator[None, None, Any]:
    """Its result; hands the engine back meanwhile."""
    while not wait([future], timeout=SECONDS_PER_TURN).done:
        yield
    return future.result()
