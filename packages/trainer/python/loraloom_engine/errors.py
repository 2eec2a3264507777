"""The engine's one exception: a code of the shared table, a message and its values.

The table is ``packages/errors/src/codes.json``; a test holds the two together. It
does not hold remedies: whoever shows an error looks its remedy up by the code.
"""

from typing import Any


class EngineError(Exception):
    """A fault that has a code. The message names the offending value."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or {}
