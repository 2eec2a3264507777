"""The arithmetic that an adapter's training can't do without, and how fast this machine multiplies.

Run it in the engine's environment with the base's folder, a number type, tokenized rows and a rank.
Prints operations of one epoch, and the operations a second of the quickest way to multiply that
torch offers here, at sizes of a pass. Counted are 4 for each weight of the base's linear layers and
each token (forward, and the gradient of the inputs), of the output layer for each learnt token, 6
for each of the adapter's, and causal attention.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from loraloom_engine.base import Base
from loraloom_engine.data.rows_file import read_rows
from loraloom_engine.loading import DTYPES, load_base
from loraloom_engine.passes.frozen_linear import onednn_product
from loraloom_engine.protocol.requests import LoadBase

ROWS = 1024
SECONDS = 2.0


def main(base_path: str, dtype: str, rows_path: str, rank: str) -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    base = load_base(LoadBase("bench", "main", base_path, dtype, "none"), device)
    operations = operations_of(base, list(read_rows(Path(rows_path))), int(rank))
    rate = matmul_rate(base, DTYPES[dtype])
    print(json.dumps({"operations": operations, "operationsPerSecond": rate}))


def operations_of(base: Base, rows: list[dict], rank: int) -> float:
    config = base.model.config.get_text_config()
    layers = list(base.linear_modules.values())
    weights = sum(layer.in_features * layer.out_features for layer in layers)
    adapter = sum(rank * (layer.in_features + layer.out_features) for layer in layers)
    output = config.vocab_size * config.hidden_size
    total = 0.0
    for row in rows:
        tokens = len(row["input_ids"])
        learnt = sum(label >= 0 for label in row["labels"])
        # Scores and sums of values, 2 operations each; backward twice as many; half is masked.
        attention = 6 * tokens**2 * config.hidden_size * config.num_hidden_layers
        total += (4 * weights + 6 * adapter) * tokens + 4 * output * learnt + attention
    return total


def matmul_rate(base: Base, dtype: torch.dtype) -> float:
    """Operations a second on the base's largest layer: the best of all turns."""
    layer = max(base.linear_modules.values(), key=lambda layer: layer.weight.numel())
    weight = layer.weight.to(dtype)
    inputs = torch.ones(ROWS, weight.shape[1], dtype=dtype, device=weight.device)
    ways: list[Callable[[], torch.Tensor]] = [lambda: inputs @ weight.T]
    if weight.device.type == "cpu":
        ways.append(lambda: onednn_product(inputs, weight))
    with torch.no_grad():
        best = min(shortest(way) for way in ways)
    return 2 * ROWS * weight.numel() / best


def shortest(way: Callable[[], torch.Tensor]) -> float:
    ends = time.perf_counter() + SECONDS
    best = float("inf")
    while time.perf_counter() < ends:
        began = time.perf_counter()
        way()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    main(*sys.argv[1:])
