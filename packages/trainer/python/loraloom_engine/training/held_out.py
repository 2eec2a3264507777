"""The loss on rows that are not trained on: the mean over all their trained tokens."""

from collections.abc import Generator

from loraloom_engine.data.tokenized_rows import TokenizedRows
from loraloom_engine.lane.demand import Demand, Text
from loraloom_engine.lora.adapter import LoraAdapter


def mean_loss(
    owner: str, adapter: LoraAdapter | None, rows: TokenizedRows
) -> Generator[Demand, None, float]:
    """Asks the lane for a score of every row; returns the loss in nats a token."""
    scores = Demand(owner, adapter, [[Text(rows[at])] for at in range(len(rows))])
    yield scores
    return -sum(scores.log_probs) / rows.trained_total
