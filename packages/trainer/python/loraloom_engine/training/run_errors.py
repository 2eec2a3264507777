"""What ends a run, with the step at which it happened."""

from loraloom_engine.byte_sizes import readable_size
from loraloom_engine.errors import EngineError
from loraloom_engine.training.schedule import learning_rate
from loraloom_engine.training.state import RunState


def non_finite(run: RunState, what: str) -> EngineError:
    rate = learning_rate(run.request.config, run.step, run.steps)
    return EngineError(
        "non_finite_loss",
        f"The {what} is not finite at step {run.step + 1} with learning rate {rate:g}.",
        {"step": run.step + 1, "learning_rate": rate},
    )


def out_of_memory(run: RunState) -> EngineError:
    free = run.base.memory.free()
    return EngineError(
        "out_of_memory",
        f"Step {run.step + 1} with examples of up to {run.rows.longest} tokens did not fit into "
        f"memory; {readable_size(free)} are free.",
        {"step": run.step + 1, "longest": run.rows.longest, "free_memory_bytes": free},
    )
