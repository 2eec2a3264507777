"""How a process of the engine begins."""

import subprocess
import sys
from pathlib import Path

# The long call lets other threads work, and no signal interrupts it: a handler would come after it.
PROGRAM = """
import hashlib, os, signal
from queue import SimpleQueue
from threading import Thread
from loraloom_engine.starting import obey_the_worker
queue = SimpleQueue()
obey_the_worker(queue)
Thread(target=lambda: (queue.get(), os._exit(7))).start()
os.kill(os.getpid(), signal.SIGTERM)
hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""


def test_a_signal_to_end_is_seen_while_the_main_thread_is_busy():
    folder = Path(__file__).parents[1]
    ended = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, timeout=100, check=False)
    assert ended.returncode == 7
