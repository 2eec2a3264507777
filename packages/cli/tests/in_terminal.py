"""Runs a program on a pseudo-terminal: `in_terminal.py STEPS PROGRAM ARGS…`.

STEPS is JSON, a list of `{"wait": text, "send": text}`: once the text was printed (after the last step's), the
other one is typed. Prints all that the program wrote and ends with its exit code. No job control, no resizing.
"""

import fcntl
import json
import os
import pty
import struct
import sys
import termios

ROWS, COLUMNS = 30, 100


def main() -> int:
    steps = json.loads(sys.argv[1])
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    sys.stdout.buffer.write(converse(terminal, steps))
    sys.stdout.flush()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def converse(terminal: int, steps: list[dict[str, str]]) -> bytes:
    written, seen = b"", 0
    while chunk := read(terminal):
        written += chunk
        while steps and (at := written.find(steps[0]["wait"].encode(), seen)) >= 0:
            step = steps.pop(0)
            seen = at + len(step["wait"].encode())
            os.write(terminal, step["send"].encode())
    return written


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux says so when the program's side is closed.
        return b""


sys.exit(main())
