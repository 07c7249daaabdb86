"""
The `baogong` command in a process that kills itself with SIGKILL at a chosen statement, the same one every time.

    python -m tests.scenarios.dying 'step 12' 34 scenario play …    after the 34th statement of the story's 12th step
    python -m tests.scenarios.dying 'act load' 5 scenario play …    after the 5th statement within loading
    python -m tests.scenarios.dying count FILE scenario play …      lives; writes into FILE how many statements were where

In a play that is resumed the steps done before are short: a step that ends before its statement comes, dies at the next.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from django.db.backends.signals import connection_created

from baogong.config import cli

PLAY = ("ops/scenarios/play.py", "walk")
ACTS = {
    "import": ("journal/services/imports.py", "apply"),
    "approve": ("planning/services.py", "approve"),
    "load": ("freight/services/loading.py", "load"),
    "receive": ("freight/services/receiving.py", "receive"),
    "hand over": ("freight/services/receiving.py", "hand_over"),
}


def where_we_are() -> tuple[int, list[str]]:
    """The story's step (0 outside) and the acts that the present statement belongs to."""
    step, acts = 0, []
    for frame in _frames():
        code = frame.f_code
        if code.co_name == PLAY[1] and code.co_filename.endswith(PLAY[0]):
            step = int(frame.f_locals.get("number", 0))
        acts += [act for act, (file, name) in ACTS.items() if code.co_name == name and code.co_filename.endswith(file)]
    return step, acts


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


class Teller:
    """Counts statements by step and by act, and dies where it was told to."""

    def __init__(self, place: str, number: int) -> None:
        self.place, self.number = place, number
        self.counts: Counter[str] = Counter()

    def after(self, sql: str) -> None:
        step, acts = where_we_are()
        if step == 0:
            return
        self.counts.update([f"step {step}", *(f"act {act}" for act in acts)])
        what, _space, which = self.place.partition(" ")
        is_past = what == "step" and step > int(which)
        if is_past or (self.number and self.counts[self.place] >= self.number):
            sys.stderr.write(f"died in step {step} {acts} after {sql[:70]}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(self, *, connection: Any, **_: Any) -> None:
        if self._hear not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._hear)

    def _hear(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        answer = execute(sql, params, many, context)
        self.after(sql)
        return answer


def main() -> int:
    place, number, *arguments = sys.argv[1:]
    teller = Teller(place, 0 if place == "count" else int(number))
    connection_created.connect(teller.listen, weak=False)
    code = cli.run(arguments)
    if place == "count":
        Path(number).write_text(json.dumps(teller.counts))
    return code


if __name__ == "__main__":
    sys.exit(main())
