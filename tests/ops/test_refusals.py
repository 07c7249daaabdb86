"""What the terminal refuses, and that a refusal leaves no trace; what it does once, however often it is given."""

from __future__ import annotations

import pytest

from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.needs import queries as needs
from tests.apps.freight.world import NOW, World
from tests.apps.supply.world import rows_everywhere
from tests.cast import log_in_as
from tests.ops.conftest import Ask, Terminal

HOSPITAL = "武汉大学中南医院"


def test_a_name_that_is_only_near_is_refused_with_those_it_may_mean(world: World, terminal: Terminal) -> None:
    before = rows_everywhere()
    for words, code in (
        (["need", "ask", "中南医院", "masks", "--quantity", "5"], "people.name-in-doubt"),
        (["need", "ask", "湘雅二院", "masks", "--quantity", "5"], "people.name-unknown"),
        (["need", "ask", HOSPITAL, "lego", "--quantity", "5"], "catalogue.name-unknown"),
        (["need", "ask", HOSPITAL, "防护", "--quantity", "5"], "catalogue.name-in-doubt"),
    ):
        refused = terminal(*words, "--as", "Lin", "--json")
        assert (refused.code, refused.error["code"]) == (2, code), refused.out
        if code.endswith("doubt"):
            assert refused.error["candidates"]
            assert refused.error["expected"]
            assert refused.error["cure"]
    assert HOSPITAL in terminal("need", "ask", "中南医院", "masks", "--quantity", "5", "--as", "Lin").err
    assert rows_everywhere() == before


@pytest.mark.parametrize(
    ("who", "command"),
    [
        ("Stranger", "need ask 武汉大学中南医院 masks --quantity 5"),
        ("Bao", "need ask 武汉大学中南医院 masks --quantity 5"),
        ("Bao", "stock count 廊坊仓 --line masks=5"),
        ("Tao", "share plan"),
        ("Stranger", "share approve"),
        ("Mei", "freeze place --scope site=廊坊仓 --decided-by 廊坊仓 --reason x --chosen y"),
        ("Fang", "task add x --duty ADMIN --due +1h --owner Nobody"),
        ("Stranger", "site add 新站 --role hub"),
        ("Stranger", "party add 新单位 --kind organisation"),
        ("Stranger", "item add 新物资"),
        ("Lin", "login add x --name x --duty CLERK"),
        ("Dispatcher", "carrier add 华中卡车联盟"),
        ("Stranger", "document sign FZ-0001"),
    ],
)
def test_who_has_not_the_duty_or_the_place_is_refused_and_leaves_no_trace(
    world: World, terminal: Terminal, ask: Ask, who: str, command: str
) -> None:
    ask("Lin", "need ask", HOSPITAL, "suits", "--quantity", 5)
    ask("Lin", "share plan")
    before = rows_everywhere()
    refused = terminal(*command.split(), "--as", who, "--json", stdin="kettle-orchard-nine\n")
    assert refused.code == 2
    assert refused.error["code"] in ("kernel.not-your-place", "people.name-unknown"), refused.error
    assert rows_everywhere() == before


def test_the_second_signature_is_another_persons(world: World, terminal: Terminal, ask: Ask) -> None:
    log_in_as("Zhao", [(Duty.COMMAND, None), (Duty.APPROVER, None)], NOW)
    ask("Zhao", "need ask", HOSPITAL, "masks", "--quantity", 500)
    ask("Zhao", "share plan")
    before = rows_everywhere()
    refused = terminal("share", "approve", "--as", "Zhao", "--json")
    assert (refused.code, refused.error["code"]) == (2, "planning.maker-approves")
    assert set(refused.error["expected"]) == {"Lin", "Mei"}
    assert rows_everywhere() == before
    ask("Lin", "group join Mei --duty 复核")
    ask("Lin", "group watch Mei --until +8h")
    alone = terminal("share", "approve", "--alone", "--as", "Zhao", "--json")
    assert (alone.code, alone.error["code"], alone.error["found"]) == (2, "planning.not-alone", ["Mei"])


def test_nobody_and_who_is_dismissed_write_nothing(
    world: World, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["need", "ask", HOSPITAL, "masks", "--quantity", "5"]
    monkeypatch.delenv("BAOGONG_AS", raising=False)
    before = rows_everywhere()
    assert terminal(*words, "--json").error["code"] == "ops.nobody-acts"
    assert terminal(*words, "--as", "ghost", "--json").error["code"] == "ops.nobody-acts"
    monkeypatch.setenv("BAOGONG_AS", "Stranger")
    assert terminal(*words, "--json").error["code"] == "kernel.not-your-place"
    assert rows_everywhere() == before
    monkeypatch.setenv("BAOGONG_AS", " LIN ")  # a log-in's name is folded, as on the site
    assert terminal(*words, "--json").code == 0


def test_a_command_given_again_under_its_id_has_one_effect_and_the_same_answer(
    world: World, terminal: Terminal, ask: Ask
) -> None:
    ask("Lin", "need ask", HOSPITAL, "masks", "--quantity", 500)
    made, approved = new_id(), new_id()
    share = ask("Lin", "share plan", request_id=made)
    answers = [ask("Mei", "share approve", request_id=approved)]
    before = rows_everywhere()
    assert ask("Lin", "share plan", request_id=made)["plan"]["id"] == share["plan"]["id"]
    answers.append(ask("Mei", "share approve", request_id=approved))  # “the only proposed one” is approved by now
    assert answers[0] == answers[1]
    assert rows_everywhere() == before
    for other in (["share", "undo"], ["share", "approve", "--alone"]):
        reused = terminal(*other, "--as", "Mei", "--request-id", str(approved), "--json")
        assert (reused.code, reused.error["code"]) == (2, "kernel.request-id-reused")
    someone_else = terminal("share", "approve", "--as", "Lin", "--request-id", str(approved), "--json")
    assert someone_else.error["code"] == "kernel.request-id-reused"
    assert rows_everywhere() == before


def test_a_refused_command_may_be_given_again_under_its_id(world: World, terminal: Terminal, ask: Ask) -> None:
    request = new_id()
    first = ask("Lin", "need ask", HOSPITAL, "masks", "--quantity", 500)
    words = [
        "need",
        "ask",
        HOSPITAL,
        "masks",
        "--quantity",
        "600",
        "--as",
        "Lin",
        "--request-id",
        str(request),
        "--json",
    ]
    assert terminal(*words).error["code"] == "needs.need-looks-doubled"
    ask("Lin", "need cancel", first["id"], "--why", "moved")
    assert terminal(*words).document["request_id"] == str(request)
    assert len(needs.open_needs()) == 1


def test_the_request_id_is_told_before_anything_is_done(world: World, terminal: Terminal) -> None:
    refused = terminal("need", "ask", "湘雅二院", "masks", "--quantity", "5", "--as", "Lin")
    assert refused.err.startswith("request ")
    assert refused.out == ""
    told = terminal("need", "ask", HOSPITAL, "masks", "--quantity", "5", "--as", "Lin", "--json")
    assert told.err.split() == ["request", told.document["request_id"]]


def test_what_several_could_be_meant_by_is_refused_with_all_of_them(world: World, terminal: Terminal, ask: Ask) -> None:
    ask("Lin", "need ask", HOSPITAL, "masks", "--quantity", 500)
    ids = {ask("Lin", "share plan")["plan"]["id"] for _ in range(2)}
    refused = terminal("share", "approve", "--as", "Mei", "--json")
    assert refused.code == 2
    assert set(refused.error["expected"]) == ids
    assert terminal("convoy", "approve", "--as", "Mei", "--json").error["code"] == "kernel.not-found"
    assert terminal("convoy", "show", next(iter(ids)), "--json").error["found"] == "SHARE"


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (
            ["freeze", "place", "--scope", "ort=廊坊仓", "--decided-by", "廊坊仓", "--reason", "x", "--chosen", "y"],
            "--scope",
        ),
        (["need", "ask", HOSPITAL, "masks", "--quantity", "5", "--due", "tomorrow"], "--due"),
        (["stock", "count", "廊坊仓", "--line", "masks=many"], "masks"),
        (["stock", "count", "廊坊仓", "--line", "masks"], "--line"),
        (["need", "renew", "nowhere"], "NEED"),
        (["share", "approve", "the-one"], "PLAN"),
        (["carrier", "vehicle", "京A1", "--kind", "飞艇"], "--kind"),
        (["login", "give", "Bao", "KING"], "DUTY"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    world: World, terminal: Terminal, words: list[str], where: str
) -> None:
    before = rows_everywhere()
    refused = terminal(*words, "--as", "Lin", "--json")
    assert (refused.code, refused.error["where"]) == (2, where), refused.error
    assert refused.error["expected"]
    assert rows_everywhere() == before
