"""One adapter in a process of its own, from the imports to the saved files.

Run it in the peers' environment with the base's folder and a job in JSON, see ``Job``. Prints the
outcome; what the process takes altogether is for the caller to measure.
"""

import dataclasses
import json
import sys

from sft import load_model, read_job, train


def main(base: str, job: str) -> None:
    outcome = train(*load_model(base), read_job(json.loads(job)))
    print(json.dumps(dataclasses.asdict(outcome)))


if __name__ == "__main__":
    main(*sys.argv[1:])
