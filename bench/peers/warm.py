"""Trains an adapter for each line on stdin, in a process that has imported and loaded everything.

Run it in the peers' environment with the base's folder. A line is a job in JSON, see ``Job``; the
answer is a line with its outcome.
"""

import contextlib
import dataclasses
import json
import logging
import os
import sys

from sft import load_model, read_job, train


def main(base: str) -> None:
    # What libraries print is no answer.
    answers = sys.stdout
    logging.disable(logging.WARNING)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        model, tokenizer = load_model(base)
        for line in sys.stdin:
            outcome = train(model, tokenizer, read_job(json.loads(line)))
            print(json.dumps(dataclasses.asdict(outcome)), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
