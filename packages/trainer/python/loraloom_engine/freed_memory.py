"""What the C library does with freed memory.

Left to itself, glibc gives a large tensor's memory back to the system when it is freed, and the
next pass gets it again page by page, each of them zeroed: some 30,000 pages a pass of 320 tokens.
Other C libraries are left as they are.
"""

import ctypes

# The names and numbers of glibc's mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
# A block that is larger goes back at once.
LARGEST_KEPT = 2**30
# Before 2.35 glibc refuses more for what it maps by itself.
LARGEST_KEPT_BEFORE = 2**25


def keep_freed_memory() -> None:
    """Keep it for the next pass, until it is given back."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        return
    library.mallopt(M_TRIM_THRESHOLD, LARGEST_KEPT)
    if not library.mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT):
        library.mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BEFORE)


def give_back_freed_memory() -> None:
    """So that others can have it, and it counts as free where somebody measures that."""
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
