"""What every command of the relief promises: --json and one document, an example that can be typed, a person for writes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.apps.freight.world import World
from tests.ops.conftest import Terminal, whole

NOUNS = {
    "basket", "bulletin", "carrier", "convoy", "crew", "document", "freeze", "gift", "group", "item", "kit", "loan", "login", "need", "order", "pack", "parcel", "party", "place", "plan", "purchase", "rehearse", "release",
    "share", "shop", "site",
    "stock", "task", "tower", "waiting", "waybill", "weigh",
}  # fmt: skip


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from leaves(below, (*path, name))
    if not hasattr(command, "commands"):
        yield path, command


@pytest.fixture(scope="module")
def commands() -> dict[tuple[str, ...], Any]:
    return dict(leaves(whole()))


def options(command: Any) -> set[str]:
    return {word for parameter in command.params for word in parameter.opts}


def example(command: Any) -> list[str]:
    words = shlex.split(command.epilog.removeprefix("Example: "))
    assert words[0] == "baogong"
    return words[1:]


def relief(commands: dict[tuple[str, ...], Any]) -> dict[tuple[str, ...], Any]:
    return {path: command for path, command in commands.items() if path[0] in NOUNS}


def test_every_command_takes_json(commands: dict[tuple[str, ...], Any]) -> None:
    silent = {path for path, command in commands.items() if "--json" not in options(command)}
    assert silent == set()
    assert {path[0] for path in commands} >= NOUNS


def test_every_noun_is_shown_and_what_writes_asks_who_and_under_which_request(
    commands: dict[tuple[str, ...], Any],
) -> None:
    for path, command in relief(commands).items():
        writes = "--request-id" in options(command)
        assert not writes or "--as" in options(command), path
        assert command.help, f"{path} has no help"
        assert path[1] in ("list", "board") or writes or path[1] in (
            "show", "path", "resolve", "find", "lanes", "areas", "relief", "compare", "rerun", "asks", "changes", "waiting",
            "offers", "vehicles", "passes", "custody", "shift", "first", "rules", "needed", "outlook", "overdue",
            "compared", "hours", "calls", "muster", "draws", "odds", "sealed", "fairness", "lost", "check", "queue", "households", "answers",
            "cuts", "chat", "demand", "days", "packs", "orders", "arrivals", "late", "lessons", "ending",
        ), f"{path} neither reads nor writes"  # fmt: skip


def test_every_help_ends_in_an_example_that_can_be_typed(commands: dict[tuple[str, ...], Any]) -> None:
    for path, command in relief(commands).items():
        words = example(command)
        assert tuple(words[: len(path)]) == path, command.epilog
        command.make_context(" ".join(path), words[len(path) :])


def test_every_example_answers_one_json_document_and_nothing_else_on_stdout(
    world: World, terminal: Terminal, commands: dict[tuple[str, ...], Any]
) -> None:
    """In a book where most of what they name is missing: an answer or a refusal, never a second word on stdout."""
    codes = set()
    for path, command in relief(commands).items():
        answer = terminal(*example(command), "--json", stdin="kettle-orchard-nine\n")
        document = json.loads(answer.out)
        codes.add(answer.code)
        if answer.code:
            assert answer.code == 2, path
            assert set(document["error"]) >= {"code", "message", "where", "found", "expected", "cure"}, path
            assert document["error"]["code"] != "internal", (path, answer.err)
            assert document["error"]["code"] != "usage", (path, document)
        else:
            assert "request_id" in document or "--request-id" not in options(command), path
    assert codes == {0, 2}


def test_without_a_person_no_command_writes(
    world: World, terminal: Terminal, commands: dict[tuple[str, ...], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BAOGONG_AS", raising=False)
    for path, command in relief(commands).items():
        words = example(command)
        if "--request-id" in options(command):
            at = words.index("--as")
            answer = terminal(*words[:at], *words[at + 2 :], "--json")
            assert (answer.code, answer.error["code"]) == (2, "ops.nobody-acts"), path


def test_for_a_person_every_list_of_the_relief_is_a_table(
    world: World, terminal: Terminal, commands: dict[tuple[str, ...], Any]
) -> None:
    for path, command in relief(commands).items():
        required = [each for each in command.params if each.required]
        if (
            "--request-id" not in options(command)
            and not required
            and path[1] not in ("changes", "show", "asks", "rerun")
        ):
            answer = terminal(*path)
            assert answer.code == 0, (path, answer.err)
            assert answer.out.strip(), path
            assert not answer.out.startswith("{"), path
