"""The walk-through of docs/guides/command-line.md, run by a shell as it stands, on a book of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ops.forkserver import CLIENT

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from baogong.config.servers import EmbeddedBook

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "command-line.md").read_text(encoding="utf-8")


@pytest.fixture
def shell(
    tmp_path: Path, django_test_environment: None, django_db_blocker: DjangoDbBlocker, book_server: EmbeddedBook
) -> Iterator[dict[str, str]]:
    """The environment of a shell whose `baogong` works in an empty book of the run's server, which each call adopts."""
    from baogong.config.database import copy_template

    environment = os.environ | {
        "BAOGONG_BOOK": book_server.server.home.name,
        "DJANGO_SETTINGS_MODULE": "baogong.config.settings",
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "160",
    }
    environment.pop("BAOGONG_AS", None)
    address = str(tmp_path / "house")
    command = tmp_path / "baogong"
    command.write_text(CLIENT.format(python=sys.executable, address=address))
    command.chmod(0o755)
    with django_db_blocker.unblock():
        book_server.drop_database(book_server.database)  # of a run that was killed
        copy_template(book_server, book_server.database)
    with subprocess.Popen([sys.executable, "-m", "tests.ops.forkserver", address], env=environment, cwd=ROOT) as house:
        try:
            deadline_s = time.monotonic() + 120
            while not Path(address).exists():
                assert house.poll() is None
                assert time.monotonic() < deadline_s
                time.sleep(0.05)
            yield environment
        finally:
            house.kill()
            house.wait()
            book_server.drop_database(book_server.database)


def run(script: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_from_an_empty_book_to_a_signed_waybill_as_the_guide_says(shell: dict[str, str], tmp_path: Path) -> None:
    steps = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    walked = run("\n".join(steps), shell, tmp_path)
    assert walked.returncode == 0, walked.stdout[-3000:] + walked.stderr[-6000:]
    assert "another person approves it" in walked.stderr  # lin made the share: her own approval is refused
    assert "Traceback" not in walked.stderr

    def ask(words: str) -> dict[str, Any]:
        answered = run(f"baogong {words} --json", shell, tmp_path)
        assert answered.returncode == 0, answered.stderr
        document: dict[str, Any] = json.loads(answered.stdout)
        return document

    (bill,) = ask("waybill list")["items"]
    assert (bill["number"], bill["state"], bill["receiver_name"]) == ("WB-0001", "CLOSED", "武汉大学中南医院")
    (need,) = ask("need list")["items"]
    assert (need["state"], need["met"]) == ("MET", 8_000)
    assert ask("book verify")["ok"] is True
    papers = {paper["number"]: paper for paper in ask("document list")["items"]}
    assert {signature["name"] for signature in papers["PA-0001"]["signatures"]} == {"复核 梅"}
