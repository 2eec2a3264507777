"""One thread for small products.

On a CPU torch shares every product among threads that wait for each other. Where a product takes
less time than a thread takes to wake up, one thread alone is done sooner, and much sooner where
other programs use the processors too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Multiplications that one thread does in about the time in which another one wakes up, twice.
WORTH_SHARING = 2**23


@contextmanager
def threads_for(multiplications: int) -> Iterator[None]:
    """In the block products of so many multiplications each are computed, at most."""
    threads = torch.get_num_threads()
    if threads == 1 or multiplications >= WORTH_SHARING:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
