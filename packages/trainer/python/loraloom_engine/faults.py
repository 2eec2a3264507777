"""From any exception to the fault that is told: a code, a message and its values."""

import sys
import traceback

import torch

from loraloom_engine.errors import EngineError

# Torch has a type for an exhausted GPU. On a CPU its allocator raises a bare RuntimeError
# without a number: the allocator's name in the text is all there is to know it by.
CPU_ALLOCATOR = "DefaultCPUAllocator"


def to_fault(error: Exception) -> EngineError:
    """The coded form of an exception; one that has none is logged with its traceback.

    Raises the error itself when it is a sticky fault of the device: nothing works on it
    any more, so the process must end and be started again.
    """
    if isinstance(error, EngineError):
        return error
    if is_out_of_memory(error):
        return EngineError("out_of_memory", f"The device's memory is exhausted: {error}")
    if isinstance(error, torch.AcceleratorError):
        raise error
    traceback.print_exception(error, file=sys.stderr)
    return EngineError("internal", f"{type(error).__name__}: {error}")


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out: a GPU's, torch's on a CPU, or Python's own."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return type(error) is RuntimeError and CPU_ALLOCATOR in str(error)
