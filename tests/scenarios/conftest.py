"""One home for the plays of a worker, and one full play for the whole run: who asks first plays it."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FOLDER
from tests.scenarios.killed_plays import BAOGONG, STORY, Stand, stand

pytest.register_assert_rewrite("tests.scenarios.holding")


@dataclass(frozen=True, slots=True)
class Played:
    """
    A play that nobody disturbed, through the installed command, and the same book played into once more.

    told, told_again  the book's lines after the first and after the second play
    spoilt            what is wrong in the book → measure → what it says then (spoils.py)
    """

    code: int
    document: dict[str, Any]
    told: list[str]
    code_again: int
    document_again: dict[str, Any]
    told_again: list[str]
    spoilt: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def at() -> Iterator[Stand]:
    with stand() as made:
        yield made


@pytest.fixture(scope="session")
def played(at: Stand) -> Played:
    file = Path(os.environ[FOLDER]) / "played.json"
    with open(file, "a+") as found:
        fcntl.flock(found, fcntl.LOCK_EX)
        found.seek(0)
        facts = json.loads(found.read() or "null")
        if facts is None:
            facts = _play_twice(at)
            json.dump(facts, found)
    return Played(**facts)


def _play_twice(at: Stand) -> dict[str, Any]:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--keep", "--json")
    book = document["kept_as"]
    told = at.told(book)
    spoilt_code, spoilt = at.run(sys.executable, "-m", "tests.scenarios.spoil", book)
    assert spoilt_code == 0, at.said()
    code_again, document_again = at.finish(book)
    return {
        "code": code,
        "document": document,
        "told": told,
        "code_again": code_again,
        "document_again": document_again,
        "told_again": at.told(book),
        "spoilt": spoilt,
    }
