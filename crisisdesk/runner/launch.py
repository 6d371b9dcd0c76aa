"""Starts one child so that it cannot outlive the runner. Run as a script: PARENT_PID COMMAND...

On Linux the kernel is asked to kill this process when its parent dies, and the wish survives
the exec (https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html). Elsewhere the
script stays, passes signals on, and ends its child's group when it finds itself adopted.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY = 0.5  # seconds


def main(parent: int, command: list[str]) -> int:
    """Become `command`, or guard it; only the guard returns, with the child's exit code."""
    if sys.platform == "linux":
        # Killed, not asked: nobody is left to insist, and every child survives a power loss.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            os.execvp(command[0], command)  # noqa: S606
        return 1  # the parent died before the wish was heard
    return _guard(parent, command)


def _guard(parent: int, command: list[str]) -> int:
    child = subprocess.Popen(command)  # noqa: S603
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while child.poll() is None:
        if os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)
        time.sleep(_LOOK_EVERY)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
