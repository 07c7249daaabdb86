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


def end_at_a_word() -> None:
    """
    Called by what a server loads into its worker: until that is loaded nothing is served, so a signal ends it at once.

    The worker is forked with the server's own handlers, which note a signal for a loop that does not run there: one that
    came in these seconds would be lost, and the house would wait for it in vain. The server sets its own afterwards.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
