"""Children of the supervisor do not outlive it, not even when it is killed without a word."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

LIFELINE = "BAOGONG_LIFELINE"
GRACE_S = 10

_PR_SET_PDEATHSIG = 1


def follow_parent() -> None:
    """
    Called first thing by a child: end when the supervisor ends.

    The kernel says so on Linux; everywhere the read end of a pipe, whose other end only the supervisor holds, closes.
    A child that does not end within GRACE_S is killed with its whole group.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    pipe = int(os.environ.pop(LIFELINE))
    os.set_inheritable(pipe, False)
    threading.Thread(target=_wait_for_the_end, args=(pipe,), daemon=True, name="lifeline").start()


def _wait_for_the_end(pipe: int) -> None:
    with contextlib.suppress(OSError):
        os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.killpg(0, signal.SIGKILL)
