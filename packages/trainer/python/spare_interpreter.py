"""A Python that has imported the slow packages and is forked into one engine after another.

Nothing of ``loraloom_engine`` is imported here, so each engine runs the code as it is on
the disk when it starts. Forking is sound because importing starts no thread of torch's and
touches no GPU; both come with the engine's first arithmetic, in the fork.

Engines have its three streams, one after the other. A line ``start`` on stdin forks the next
one, and what follows on stdin is that engine's. On stdout each engine's lines stand between
``started <pid>`` and ``ended <how>``. The end of stdin ends both.
"""

import gc
import logging
import os
import runpy
import signal
import sys


def main() -> None:
    # A terminal sends SIGINT to the whole group; who ends us is the worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As in loraloom_engine.starting, where each fork enables it again. What is frozen is not
    # copied for a fork, either, whenever it is looked through.
    gc.disable()
    import_slow_packages()
    gc.freeze()
    while wait_for_start():
        pid = os.fork()
        if pid == 0:
            become_engine()
        report_end(os.waitpid(pid, 0)[1])


def import_slow_packages() -> None:
    # As in loraloom_engine.starting: transformers reads them once, while it is imported.
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    # Asking whether there is a GPU must not make CUDA unusable in the forks.
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    import torch

    # By name: transformers itself imports what is asked for only.
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: F401 - imported for the forks

    # It brings bitsandbytes, which starts CUDA to learn about a GPU: no fork could use it.
    if not torch.cuda.is_available():
        import peft  # noqa: F401 - imported for the forks


def wait_for_start() -> bool:
    """Skip what an engine that ended left unread; False at the end of stdin."""
    while line := read_line():
        if line == b"start\n":
            return True
    return False


def read_line() -> bytes:
    """Byte by byte: what follows the line is the engine's, and no buffer may swallow it."""
    line = b""
    while byte := os.read(0, 1):
        line += byte
        if byte == b"\n":
            break
    return line


def become_engine() -> None:
    """Run the engine in this fork, which ends with it."""
    os.write(1, f"started {os.getpid()}\n".encode())
    try:
        runpy.run_module("loraloom_engine", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        # Without tidying up every module first, which takes seconds where it unshares memory.
        sys.stderr.flush()
        os._exit(end.code or 0)


def report_end(status: int) -> None:
    code = os.waitstatus_to_exitcode(status)
    how = f"with exit code {code}" if code >= 0 else f"by signal {signal.Signals(-code).name}"
    # The engine may have been killed in the middle of a line.
    os.write(1, f"\nended {how}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
