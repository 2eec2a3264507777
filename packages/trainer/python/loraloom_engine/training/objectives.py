"""What a run minimizes: from the log-probabilities of a step's examples to its loss."""

from loraloom_engine.lane.demand import Objective


def supervised(step_tokens: int) -> Objective:
    """The mean cross-entropy (nats) over all the trained tokens of the step.

    Divided by the tokens of the whole step: accumulation then gives what one large batch
    would, however unequal the examples are.
    """
    return lambda log_probs, _: -log_probs.sum() / step_tokens
