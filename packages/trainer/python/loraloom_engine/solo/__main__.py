"""Trains one run by itself: ``python -m loraloom_engine.solo``, started by an engine.

It loads the base anew, because PEFT changes its layers in place, and computes only when the engine
gives it a turn. When the engine is gone, stdin ends: it leaves a checkpoint and ends too.
"""

import sys
from functools import partial

from loraloom_engine.channel import EndOfInput
from loraloom_engine.starting import begin, no_garbage, set_threads

# The id of the one request that all events answer; the engine gives them the worker's.
REQUEST_ID = "run"


def main() -> int:
    events, queue = begin()
    job = queue.get()
    if isinstance(job, EndOfInput):
        return 0
    with no_garbage():
        import torch

        from loraloom_engine.solo.messages import parse_job, to_line
        from loraloom_engine.solo.run_alone import run_alone

    set_threads(torch)
    emit = partial(events.emit, request_id=REQUEST_ID)
    run_alone(parse_job(job), queue, emit, lambda standing: events.write(to_line(standing)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
