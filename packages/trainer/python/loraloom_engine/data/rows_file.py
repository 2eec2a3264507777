"""Reading and writing JSON-lines files, plain or gzip, one row at a time."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from loraloom_engine.errors import EngineError

GZIP_MAGIC = b"\x1f\x8b"


def read_rows(path: Path) -> Iterator[Any]:
    """Yield each line's JSON value; memory does not grow with the file.

    Raises EngineError ``bad_option`` for a file that is missing or no JSON lines.
    """
    try:
        with open_rows(path) as lines:
            for number, line in enumerate(lines, start=1):
                yield parse_line(path, number, line)
    except (OSError, EOFError) as error:
        raise EngineError("bad_option", f"{path} can't be read: {error}") from error


def open_rows(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP_MAGIC
    return gzip.open(path) if compressed else path.open("rb")


def parse_line(path: Path, number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise EngineError("bad_option", f"{path}:{number} is no JSON: {error}") from error


class RowsWriter:
    """Writes rows.jsonl.gz. Equal rows give equal bytes: no time or name is recorded."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._gzip = gzip.GzipFile("", "wb", compresslevel=6, fileobj=self._file, mtime=0)
        self._text = io.TextIOWrapper(self._gzip, encoding="utf-8")

    def write(self, row: dict[str, Any]) -> None:
        self._text.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")

    def __enter__(self) -> "RowsWriter":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._text.close()
        finally:
            self._file.close()
