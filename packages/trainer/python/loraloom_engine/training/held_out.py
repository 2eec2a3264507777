"""The loss on rows that are not trained on: the mean over all their trained tokens."""

from collections.abc import Generator

from loraloom_engine.base import Base
from loraloom_engine.data.tokenized_rows import TokenizedRows
from loraloom_engine.training.losses import make_batch, summed_loss


def mean_loss(base: Base, name: str | None, rows: TokenizedRows) -> Generator[None, None, float]:
    """Hands the engine back after every example; returns the loss in nats a token.

    One example a forward pass: no padding can touch the figure, and a chat never waits
    for more than one example.
    """
    total = 0.0
    for at in range(len(rows)):
        with base.adapters.use(name) as model:
            total += summed_loss(model, make_batch([rows[at]], base.device)).item()
        yield
    return total / rows.trained_total
