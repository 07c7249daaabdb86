"""A house that runs as people run it: a process on a terminal, with everything below it, and a look at its pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.config.conftest import processes_of

BAOGONG = str(Path(sys.executable).with_name("baogong"))


class House:
    """A running `baogong up`, or another command that opens a book: `home` is its folder's name."""

    def __init__(self, base: Path, *words: str, command: str = "up", home: str = "book") -> None:
        self.home, self.stdout = base / home, base / "stdout"
        self.process = subprocess.Popen(
            [BAOGONG, command, *words],
            env=os.environ | {"BAOGONG_HOME": str(base), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=self.stdout.open("wb"),
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self.said = ""

    def hear(self, pattern: str) -> str:
        """Wait until the house says it on the terminal."""
        assert self.process.stderr is not None
        while (found := re.search(pattern, self.said)) is None:
            line = self.process.stderr.readline()
            assert line, f"the house ended with code {self.process.wait()} and said {self.said}"
            self.said += line
        return found[1]

    def until_open(self) -> str:
        return self.hear(r"\n +(https?://\S+?)/?\n")

    def wait(self) -> int:
        code = self.process.wait(timeout=60)
        assert self.process.stderr is not None
        self.said += self.process.stderr.read()
        return code

    def children(self, module: str) -> list[int]:
        """Leaders of the process groups that run this module for this house."""
        found = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = (line.split(None, 2) for line in found.stdout.splitlines())
        return [int(pid) for pid, parent, words in rows if module in words and int(parent) == self.process.pid]

    def all_processes(self) -> list[int]:
        """Of the house and everything below it, and of its database."""
        found = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in found.stdout.splitlines()]
        alive = {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}
        family = {self.process.pid}
        for _ in range(4):
            family |= {pid for pid, parent in alive.items() if parent in family}
        return sorted((family & alive.keys()) | set(processes_of(self.home)))


def get(address: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def nothing_left(pids: list[int]) -> list[int]:
    """Of these processes, those that still live."""
    found = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in found.stdout.splitlines())
    return [int(pid) for pid, state in rows if int(pid) in pids and not state.startswith("Z")]
