"""What the C library does with freed memory.

Left to itself, glibc gives a large tensor's memory back to the system when it is freed, and the
next pass gets it again page by page, each of them zeroed: some 30,000 pages a pass of 320 tokens.
Other C libraries are left as they are.
"""

import ctypes

# The names and numbers of glibc's mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
# What is larger goes back at once: a base's weights do, a layer's activations don't.
LARGEST_KEPT = 2**30


def keep_freed_memory() -> None:
    """Keep it for the next pass."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for threshold in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD):
            library.mallopt(threshold, LARGEST_KEPT)


def give_back_freed_memory() -> None:
    """So that it counts as free where somebody measures that."""
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
