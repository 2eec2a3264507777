"""From any exception to the fault that is told: a code, a message and its values."""

import sys
import traceback

import torch

from loraloom_engine.errors import EngineError


def to_fault(error: Exception) -> EngineError:
    """The coded form of an exception; one that has none is logged with its traceback.

    Raises the error itself when it is a sticky fault of the device: nothing works on it
    any more, so the process must end and be started again.
    """
    if isinstance(error, EngineError):
        return error
    if isinstance(error, torch.OutOfMemoryError):
        return EngineError("out_of_memory", f"The device's memory is exhausted: {error}")
    if isinstance(error, torch.AcceleratorError):
        raise error
    traceback.print_exception(error, file=sys.stderr)
    return EngineError("internal", f"{type(error).__name__}: {error}")
