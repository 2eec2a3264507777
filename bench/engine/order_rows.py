"""Tokenized rows in the order in which the engine steps through them, for the peers.

Run it in the engine's environment with the engine's file, a seed and where to write JSON lines.
Prints how many tokens there are and how many of them are learnt. For runs of batch 1.
"""

import json
import sys
from pathlib import Path

from loraloom_engine.data.rows_file import read_rows
from loraloom_engine.training.plan import epoch_order


def main(rows_path: str, seed: str, out: str) -> None:
    rows = list(read_rows(Path(rows_path)))
    ordered = [rows[at] for at in epoch_order(len(rows), int(seed), 0)]
    lines = [json.dumps({key: row[key] for key in ("input_ids", "labels")}) for row in ordered]
    Path(out).write_text("\n".join(lines) + "\n")
    tokens = sum(len(row["input_ids"]) for row in rows)
    trained = sum(label >= 0 for row in rows for label in row["labels"])
    print(json.dumps({"tokens": tokens, "trained": trained}))


if __name__ == "__main__":
    main(*sys.argv[1:])
