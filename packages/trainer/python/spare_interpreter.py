"""A Python that has imported the slow packages and waits to become the engine.

Nothing of ``loraloom_engine`` is imported before it is wanted, so the engine that it
becomes runs the code as it is on the disk at that moment. One line on stdin starts the
engine; the end of stdin ends the process.
"""

import os
import runpy
import sys


def main() -> None:
    import_slow_packages()
    if not wait_for_line():
        return
    runpy.run_module("loraloom_engine", run_name="__main__", alter_sys=True)


def import_slow_packages() -> None:
    # As in loraloom_engine.__main__: transformers reads them once, while it is imported.
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    import peft  # noqa: F401
    import torch  # noqa: F401

    # By name: transformers itself imports what is asked for only.
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: F401


def wait_for_line() -> bool:
    """Byte by byte: what follows the line is the engine's, and no buffer may swallow it."""
    while byte := os.read(0, 1):
        if byte == b"\n":
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
