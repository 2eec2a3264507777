"""How a process of the engine begins."""

import subprocess
import sys
from pathlib import Path

# No signal interrupts the long call, and other threads have their turn only once it has begun.
PROGRAM = """
import hashlib, os, signal, sys
from queue import SimpleQueue
from threading import Event, Thread
from loraloom_engine.starting import obey_the_worker

def end_it():
    begun.wait()
    os.kill(os.getpid(), signal.SIGTERM)

queue, begun = SimpleQueue(), Event()
obey_the_worker(queue)
Thread(target=lambda: (queue.get(), os._exit(7))).start()
Thread(target=end_it).start()
sys.setswitchinterval(1000)
begun.set()
hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""


def test_a_signal_to_end_is_seen_while_the_main_thread_is_busy():
    folder = Path(__file__).parents[1]
    ended = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, timeout=240, check=False)
    assert ended.returncode == 7
