"""The operator's own program: it suggests, decides nothing, and is missed by nobody when it fails."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from baogong.engine.chain import Dish, Menu, Register, read
from baogong.ops.commands.chain import run
from baogong.orders import queries
from baogong.orders.jobs import suggest
from baogong.orders.reading import TO_DO
from baogong.orders.suggesting import MARK, Program, program, said_by_program
from tests.apps.orders.world import World
from tests.web.visits import read as page
from tests.web.visits import visit

MENU = Menu((Dish("A", "红烧鲈鱼"),))
DOORS = (("3", "", "502"), ("3", "", "501"))
PASTE = "#接龙\n鱼\n1. 张三 3-502 A1份\n什么时候到？\n2.\n"
ANSWERS = """
import json, os, sys
asked = json.load(sys.stdin)
with open({told!r}, "w") as file:
    json.dump([asked, sorted(name for name in os.environ if name.startswith(("BAOGONG_", "DATABASE_")))], file)
said = [f"{{each['why']}}: {{each['text']}}" if each["why"] != "empty-number" else None for each in asked["pieces"]]
print(json.dumps({{"suggestions": said}}))
"""


def command(folder: Path, source: str) -> str:
    path = folder / "suggest it.py"
    path.write_text(source, "utf-8")
    return f"{sys.executable} '{path}'"


def asked(command: str, limit_s: float = 20) -> list[str]:
    suggester = Program(command, MENU, DOORS, {}, limit_s)
    return [each.suggestion for each in read(PASTE, menu=MENU, register=Register(DOORS), suggester=suggester).unread]


PLAIN = [each.suggestion for each in read(PASTE, menu=MENU, register=Register(DOORS)).unread]


def test_it_gets_all_pieces_with_menu_and_register_at_once_and_its_answers_are_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOGONG_TEXTS", "a secret")
    monkeypatch.setenv("DATABASE_OWNER_URL", "another")
    told = tmp_path / "told.json"
    given = asked(command(tmp_path, ANSWERS.format(told=str(told))))
    assert given == [f"{MARK}remark: 什么时候到？", PLAIN[1]]
    assert [said_by_program(each) for each in given] == ["remark: 什么时候到？", ""]
    document, secrets = json.loads(told.read_text())
    assert [(each["text"], each["why"]) for each in document["pieces"]] == [
        ("什么时候到？", "remark"),
        ("2.", "empty-number"),
    ]
    assert document["menu"] == [{"code": "A", "item": "红烧鲈鱼"}]
    assert document["register"][1] == {"building": "3", "unit": "", "room": "501"}
    assert secrets == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys; sys.exit(3)", "code 3"), ("print('张三 3-502')", "no JSON document"), ("print('[]')", "no JSON document"), ("print('{\"suggestions\": [\"one\"]}')", "for each of 2"),
        ("print('{\"suggestions\": [1, 2]}')", "for each of 2"), ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')", "could not be read"), ("import os; os.close(0)", "no JSON document"),
    ],
)  # fmt: skip
def test_whatever_else_it_answers_is_logged_and_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str, said: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert asked(command(tmp_path, source)) == PLAIN
    assert said in caplog.text
    assert "张三" not in caplog.text


def test_a_program_that_is_not_there_or_takes_too_long_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert asked(str(tmp_path / "nothing")) == PLAIN
    assert asked("'an open quote") == PLAIN
    began = time.monotonic()
    slow = command(
        tmp_path, "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    assert asked(slow, limit_s=0.5) == PLAIN
    assert time.monotonic() - began < 20
    assert "could not be started" in caplog.text
    assert "took longer" in caplog.text


def test_none_is_asked_unless_it_is_set_and_nothing_where_nothing_waits(tmp_path: Path) -> None:
    assert program("", MENU, DOORS) is None
    told = tmp_path / "told.json"
    suggester = Program(command(tmp_path, ANSWERS.format(told=str(told))), MENU, DOORS, {})
    read("1. 张三 3-502 A1份", menu=MENU, suggester=suggester)
    assert not told.exists()


def test_the_terminal_asks_it_where_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paste = tmp_path / "paste.txt"
    paste.write_text(PASTE, "utf-8")
    assert [each["suggestion"] for each in run(paste)["unread"]] == PLAIN
    monkeypatch.setenv("BAOGONG_CHAIN_SUGGESTER", command(tmp_path, ANSWERS.format(told=str(tmp_path / "told.json"))))
    document = run(paste)
    assert document["unread"][0]["suggestion"] == f"{MARK}remark: 什么时候到？"
    assert len(document["chains"][0]["entries"]) == 1


def test_the_queue_of_a_basket_shows_it_beside_the_house_s_own_advice(
    world: World, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[str] = []
    monkeypatch.setattr(suggest, "defer", lambda paste: jobs.append(paste))
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call, **_: call())
    basket = world.open()
    world.paste(basket, "#接龙\n1. 云朵 1-101 A5\n2. 过客 A2份\n什么时候到？\n", group="一")
    assert jobs == []  # off by default
    settings.BAOGONG_CHAIN_SUGGESTER = command(tmp_path, ANSWERS.format(told=str(tmp_path / "told.json")))
    world.paste(basket, "#接龙\n1. 李四 2-202 A1\n2. 旅人 A2份\n几点到？\n", group="二")
    before = [(line.words, line.state, line.items) for line in queries.lines_of(basket)]
    (paste,) = jobs
    suggest(paste)
    assert [(line.words, line.state, line.items) for line in queries.lines_of(basket)] == before
    said = {line.words: said_by_program(line.suggestion) for line in queries.lines_of(basket, states=["WAITING"])}
    assert said["几点到？"] == "remark: 几点到？"
    assert said["2. 旅人 A2份"] == "no-place: 2. 旅人 A2份"
    assert said["什么时候到？"] == ""  # of a paste that was read without it
    queue = page(visit("Wu"), f"/orders/baskets/{basket}/queue/")
    assert queue.count("A program suggests, and nobody has checked it") == 2
    assert TO_DO["no-place"][0] in queue
