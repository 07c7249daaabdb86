"""The guides name pages, commands and buttons that are there, as the site shows them; test_house.py follows their links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from babel.messages.pofile import read_po
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext

from baogong.config.commands import register
from baogong.ops.cli import load_commands

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDES = sorted([*(DOCS / "guides").rglob("*.md"), *(DOCS / "runbooks").glob("*.md")])
PEOPLE = sorted((DOCS / "guides/people").glob("*.md"))
WEB = ROOT / "baogong/web"
INDEX = DOCS / "guides/README.md"

_PAGE = re.compile(r"`(/[a-z-]+/(?:[a-z0-9-]+/)*)`")
_COMMAND = re.compile(r"`(?:\.venv/bin/)?baogong ([^`]+)`")
_BUTTON = re.compile(r"(?<!\*)\*([A-Za-z][^*]*?)\* \(([^()]*?)\)", re.S)  # *Write them* (写入)
_MENU = re.compile(r"\*\*([A-Z][A-Za-z ]*) ([一-鿿]+)\*\*")  # **Lists 清单**
_CHINESE = re.compile(r"[一-鿿]")
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|…|\bn\b")


def missing_pages(text: str) -> list[str]:
    missing = []
    for path in _PAGE.findall(text):
        try:
            resolve(path)
        except Resolver404:
            missing.append(path)
    return missing


def missing_commands(text: str) -> list[str]:
    """As far as words are the tree's: the first that is an argument ends it."""
    app = load_commands()
    register(app)
    tree = typer.main.get_command(app)
    missing = []
    for told in _COMMAND.findall(text):
        here = tree
        for word in told.split():
            branches = getattr(here, "commands", None)
            if not branches or not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            if word not in branches:
                missing.append(told)
                break
            here = branches[word]
    return missing


def said_on_the_site() -> dict[str, set[str]]:
    """Chinese of each English text as pages show it (of two catalogues one wins), in each of its contexts."""
    found: dict[str, set[str]] = {}
    with translation.override("zh-hans"):
        for file in sorted(WEB.rglob("django.po")):
            with file.open("rb") as source:
                for message in read_po(source):
                    if not isinstance(message.id, str):
                        english, many = message.id[0], message.id[1]
                        chinese = translation.ngettext(english, many, 2)
                    elif message.context:
                        english, chinese = message.id, translation.pgettext(message.context, message.id)
                    else:  # of the file's head the id is empty
                        english, chinese = message.id, gettext(message.id) if message.id else ""
                    found.setdefault(_bare(english), set()).add(_bare(chinese))
    return found


def _bare(text: str) -> str:
    return re.sub(r"[\s…]+", "", _PLACEHOLDER.sub("…", text))


def wrong_buttons(text: str, said: dict[str, set[str]]) -> Iterator[str]:
    for english, beside in (*_BUTTON.findall(text), *_MENU.findall(text)):
        chinese = beside.partition(", `")[0]
        if not _CHINESE.search(chinese):
            continue
        ways = [re.split(r"→| / ", each.replace("\n", " ")) for each in (english, chinese)]
        if len(ways[0]) != len(ways[1]):
            yield f"{english} ({chinese})"
            continue
        for left, right in zip(*ways, strict=True):
            if _bare(right) not in said.get(_bare(left), set()):
                yield f"{left.strip()} ({right.strip()}): {sorted(said.get(_bare(left), set())) or 'not on the site'}"


def named(paper: Path) -> str:
    return str(paper.relative_to(ROOT))


@pytest.mark.parametrize("paper", GUIDES, ids=named)
def test_every_page_and_command_is_there(paper: Path) -> None:
    text = paper.read_text("utf-8")
    assert (missing_pages(text), missing_commands(text)) == ([], [])


def test_buttons_are_named_as_the_site_shows_them() -> None:
    said = said_on_the_site()
    assert {
        named(each): wrong for each in PEOPLE if (wrong := list(wrong_buttons(each.read_text("utf-8"), said)))
    } == {}


def test_the_index_names_every_person_and_the_readme_the_index() -> None:
    index = INDEX.read_text("utf-8")
    assert [each.name for each in PEOPLE if f"(people/{each.name})" not in index] == []
    assert [
        each.name for each in GUIDES if each.parent == INDEX.parent and each != INDEX and f"({each.name})" not in index
    ] == []
    assert "(docs/guides/README.md)" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("paper", PEOPLE, ids=named)
def test_a_page_of_a_person_says_what_when_wrong_and_never_on_one_sheet(paper: Path) -> None:
    text = paper.read_text("utf-8")
    assert [
        each for each in ("按次序", "## When something is wrong 出了问题", "## Never 千万不要") if each not in text
    ] == []
    assert len(text.splitlines()) <= 60, "One sheet: at most 60 lines; what is told elsewhere is linked."


def test_what_is_not_there_is_caught() -> None:
    assert missing_pages("`/command/` `/commander/` `/lists/waited/`") == ["/commander/", "/lists/waited/"]
    assert missing_commands("`baogong book verify` `baogong book verified` `baogong backup FILE` `baogong bocks`") == [
        "book verified",
        "bocks",
    ]
    said = {"Writethem": {"写入"}}
    assert list(wrong_buttons("*Write them* (写入)", said)) == []
    assert list(wrong_buttons("*Write them* (登记) *Read them* (读)", said)) == [
        "Write them (登记): ['写入']",
        "Read them (读): not on the site",
    ]
