"""Start the engine: ``python -m loraloom_engine`` speaks the protocol over stdio.

Reads LORALOOM_ENGINE_DEVICE (auto, cpu, cuda) and LORALOOM_ENGINE_THREADS (CPU threads
for arithmetic; by default torch's choice). It never touches the network.
"""

import os
import sys

from loraloom_engine.errors import EngineError
from loraloom_engine.starting import begin, no_garbage, set_threads


def main() -> int:
    events, queue = begin()
    try:
        with no_garbage():
            engine = make_engine(events)
    except EngineError as error:
        print(f"loraloom_engine: {error}", file=sys.stderr)
        return 1
    from loraloom_engine.loop import run_loop

    run_loop(engine, queue, events)
    return 0


def make_engine(events):
    import torch

    from loraloom_engine.device import choose_device
    from loraloom_engine.engine import Engine

    set_threads(torch)
    return Engine(choose_device(os.environ.get("LORALOOM_ENGINE_DEVICE", "auto")), events)


if __name__ == "__main__":
    sys.exit(main())
