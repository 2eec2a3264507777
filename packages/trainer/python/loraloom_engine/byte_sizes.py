"""Sizes in bytes as people read them."""

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def readable_size(count: int) -> str:
    """Such as ``1.5 GiB``; the next larger unit begins at 1024."""
    size, unit = float(count), 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{count} bytes" if unit == 0 else f"{size:.1f} {UNITS[unit]}"
