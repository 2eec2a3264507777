"""What a pass frees, the next one gets again without the system's help."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON_FOLDER = Path(__file__).parents[1]
# Pages that the system has to give to 16 MiB, the first time, the second, and after giving back.
PROGRAM = """
from resource import RUSAGE_SELF, getrusage
from loraloom_engine.freed_memory import give_back_freed_memory, keep_freed_memory
def pages():
    before = getrusage(RUSAGE_SELF).ru_minflt
    bytearray(2**24)
    return getrusage(RUSAGE_SELF).ru_minflt - before
keep_freed_memory()
print(pages(), pages(), give_back_freed_memory() or pages())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library is not glibc")
def test_memory_is_kept_until_it_is_given_back():
    command = [sys.executable, "-c", PROGRAM]
    told = subprocess.run(command, cwd=PYTHON_FOLDER, capture_output=True, check=True, text=True)
    first, second, after = map(int, told.stdout.split())
    assert second < 10 < min(first, after)
