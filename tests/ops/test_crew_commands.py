"""The crew at the terminal: called, listed, passed, mustered, answered for."""

from __future__ import annotations

import pytest

from baogong.crew import queries
from baogong.journal.clock import mark_drill
from baogong.kernel.ids import new_id
from tests.apps.crew.inside import HOUR, Inside, make_inside
from tests.books import Built
from tests.cast import NOW
from tests.ops.conftest import Ask, Terminal

PLACE = "酒仙桥街道"


@pytest.fixture
def inside(built: Built) -> Inside:
    return built(make_inside_in_drill)


def make_inside_in_drill() -> Inside:
    mark_drill(name="crew", at=NOW)
    return make_inside()


def test_from_the_call_to_the_roll(inside: Inside, ask: Ask, terminal: Terminal) -> None:
    key = new_id()
    asked = ["crew call", PLACE, "志愿者", "--work", "DELIVER", "--people", 3, "--closes", "+1h", "--muster", "+6h", "--where", "南门"]  # fmt: skip
    call = ask("Lin", *asked, request_id=key)
    assert ask("Lin", *asked, request_id=key)["id"] == call["id"]
    assert [each["title"] for each in ask("", "crew calls --place 酒仙桥街道")["items"]] == ["志愿者"]
    for name in ("赵一", "钱二", "孙三"):
        inside.sign_up(queries.calls(now=NOW)[0].id, name)
    declined = ask("Lin", "crew decline 志愿者 孙三 --why 名额已满")["items"]
    assert [(each["name"], each["state"]) for each in declined][2] == ("孙三", "DECLINED")
    listed = ask("Lin", "crew enlist 志愿者")["items"]
    assert [each["state"] for each in listed] == ["LISTED", "LISTED", "DECLINED"]
    assert {each["state"] for each in ask("Lin", "crew pass 志愿者")["items"]} == {"APPLIED"}
    granted = ask("Lin", "crew pass 志愿者 --from now --until +48h")["items"]
    assert {each["state"] for each in granted} == {"GRANTED"}
    half = terminal("crew", "pass", "志愿者", "--from", "now", "--as", "Lin", "--json")
    assert (half.code, half.error["where"]) == (2, "--from, --until, --refused")
    (mustered, *_rest) = ask("", "crew muster 志愿者")["items"]
    assert (mustered["name"], mustered["pass_state"]) == ("赵一", "GRANTED")
    assert any("PCR" in each for each in mustered["missing"])
    code = next(each["code"] for each in granted if each["name"] == "钱二")
    assert ask("Lin", f"crew revoke {PLACE} {code} --why 名单更正")["items"][0]["state"] == "REVOKED"
    withdrawn = ask("Lin", "crew withdraw 志愿者 钱二 --why 发烧")["items"]
    assert [each["state"] for each in withdrawn] == ["LISTED", "WITHDRAWN", "DECLINED"]
    assert ask("Lin", "crew close 志愿者")["is_open"] is False
    unknown = terminal("crew", "muster", "没有这个", "--json")
    assert (unknown.code, unknown.error["code"]) == (2, "kernel.not-found")


def test_nobody_is_left_out_of_the_roll(inside: Inside, ask: Ask, terminal: Terminal) -> None:
    for name in ("赵一", "钱二"):
        inside.assign(inside.ready(name, at=NOW), start_at=NOW, end_at=NOW + 6 * HOUR)
    assert [each["name"] for each in ask("", f"crew board {PLACE}")["items"]] == ["赵一", "钱二"]
    short = terminal("crew", "roll", PLACE, "--present", "赵一", "--as", "Gao", "--json")
    assert (short.code, short.error["code"]) == (2, "crew.unaccounted")
    rolled = ask("Gao", f"crew roll {PLACE} --absent 钱二 --rest PRESENT")
    assert rolled["counts"] == {"PRESENT": 1, "ABSENT": 1}
