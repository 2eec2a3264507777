"""What a run yields before it writes a checkpoint or its version."""


class FilesToWrite:
    """That needs no turn of the device: whoever gives turns may let others compute meanwhile."""
