"""Every command that asks who acts, for the wrong duty, the right one at the wrong place, and the right one everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from baogong.delivery.codes import code_of
from baogong.journal.clock import house_day
from baogong.kernel.actor import Actor
from tests.access.books import city, house, neighbourhood, quarter, road, street
from tests.access.rows import (
    ADMIN,
    ALL,
    APPROVER,
    AUDITOR,
    CARRIER,
    CLERK,
    COMMAND,
    DECIDERS,
    DRIVER,
    KEEPER,
    OFFICE,
    REGISTRARS,
    Book,
    Elsewhere,
    Row,
    complaints_about,
)
from tests.apps.freight.world import NOW as ROAD_NOW
from tests.apps.release.world import rule as city_rule
from tests.ops.conftest import Terminal, whole
from tests.ops.test_every_command import leaves, options

OPEN, NOTHING = Elsewhere.OPEN, Elsewhere.NOTHING
AT_A_SITE = HANDS = (KEEPER, CLERK, COMMAND)
FLEET = (COMMAND, CLERK, CARRIER)
DRIVERS = (DRIVER, CARRIER, COMMAND)
TOWN, HOSPITAL, PLATE = "武汉市疫情防控指挥部", "武汉大学中南医院", "鄂A00001"
ROAD_DAY = house_day(ROAD_NOW)
WORD = "a word to the working group from anywhere"
UNSEEN = (403, 404)  # a line that is not shown to one is not found
LEFT_TO = {
    "document list": "what waits for one's own signature: tests/ops/test_story.py",
    "task list": "one's own, and those free for one of one's duties: tests/ops/test_story.py",
    "waybill settle": "there has to be a surplus before anybody is asked: tests/apps/freight/test_custody.py",
}

# {names} are the book's things.
COMMANDS: dict[str, Row] = {
    "carrier add 东行物流": Row(REGISTRARS),
    "carrier offer 东行物流 新厢车 --vehicles 1 --tonnes 1 --cubic-metres 5 --fixed 1 --per-km 1": Row(
        FLEET, "haulier"
    ),
    "carrier vehicle 京A99999 --kind 9.6米厢车": Row(FLEET, "haulier"),
    f"carrier pass {PLATE} --area 武汉 --from now --until +3d --granted-by {TOWN}": Row([COMMAND]),
    f"carrier revoke {PLATE} --why x": Row([COMMAND]),
    f"carrier meet 北京协和医院援鄂医疗队 {HOSPITAL}": Row(REGISTRARS),
    "convoy plan --until +5d --hub 仙桃中转仓": Row([COMMAND]),
    "convoy replan {convoy}": Row([COMMAND]),
    f"bulletin draw {ROAD_DAY} --for superiors": Row((COMMAND, APPROVER, CLERK)),
    "bulletin words {bulletin} --zh 平稳 --en calm": Row((COMMAND, APPROVER, CLERK)),
    "bulletin publish {bulletin}": Row(DECIDERS),
    "rehearse night --until +9d --runs 1 --workers 1": Row(DECIDERS),
    "convoy approve {replan}": Row(DECIDERS),
    "convoy undo {convoy}": Row(DECIDERS),
    "convoy ask {convoy} --code 4711": Row([COMMAND]),
    "convoy link 东行物流": Row([COMMAND]),
    "convoy answer accept --carrier 东行物流": Row([CARRIER], "haulier"),
    "document sign PA-0001": Row(DECIDERS),
    "document refuse PA-0001 --why x": Row(DECIDERS),
    "freeze place --scope site=廊坊仓 --decided-by 廊坊仓 --reason x --chosen y": Row([COMMAND], "langfang"),
    "freeze lift FZ-0001 --reason x": Row([COMMAND], "langfang"),
    "gift offer 北京协和医院援鄂医疗队 --line item=masks,amount=5": Row(REGISTRARS),
    "gift judge {gift} --passes 1": Row(REGISTRARS),
    "gift consent {gift} 1 --agrees --words x": Row(REGISTRARS, "team"),
    "gift receive {gift} 仙桃中转仓 --arrived 1=5": Row((KEEPER, COMMAND), "hub"),
    "gift correct {gift} 1 --amount 5 --words x": Row(REGISTRARS),
    "group join Mei --duty x": Row((ADMIN, COMMAND)),
    "group leave Mei": Row((ADMIN, COMMAND)),
    "group watch Mei --until +8h": Row((ADMIN, COMMAND)),
    "group shift": Row(OFFICE),
    "import sites {file}": Row(REGISTRARS),
    "item add 新物资": Row(REGISTRARS),
    "login add newone --name x --duty CLERK": Row([ADMIN]),
    "login give stranger CLERK": Row([ADMIN]),
    "login end stranger CLERK": Row([ADMIN]),
    "login password stranger": Row([ADMIN]),
    "login dismiss stranger": Row([ADMIN]),
    f"need ask {HOSPITAL} gloves --quantity 5": Row(REGISTRARS, "hospital"),
    "need count {need} --quantity 800 --why x": Row(REGISTRARS, "hospital"),
    "need renew {need}": Row(REGISTRARS, "hospital"),
    "need verify {need} --how x": Row(REGISTRARS, "hospital"),
    "need doubt {need} WRONG --why x": Row(REGISTRARS, "hospital"),
    "need cancel {need} --why x": Row(REGISTRARS, "hospital"),
    "order cancel {order} --why x": Row(AT_A_SITE, "langfang"),
    "order ship 廊坊仓": Row((KEEPER, COMMAND), "langfang"),
    "party add 新单位 --kind ORGANISATION": Row(REGISTRARS),
    f"party alias {HOSPITAL} 中南": Row(REGISTRARS),
    "place open 新小区 {houses} --city 武汉": Row(REGISTRARS),
    "place zones {list} --issuer 武汉市": Row(REGISTRARS),
    "plan check {later_share}": Row((COMMAND, APPROVER, CLERK)),
    "plan withdraw {later_share} --why x": Row(REGISTRARS),
    "plan reject {later_share} --why x": Row(DECIDERS),
    "plan again {later_share}": Row(REGISTRARS),
    "share plan --item masks": Row(REGISTRARS),
    "share approve {later_share}": Row(DECIDERS),
    "share undo {share}": Row(DECIDERS),
    f"share allot {TOWN} masks 5 --from 鄂州仓 --reason x": Row([COMMAND], "ezhou"),
    "share unallot {allotment} --why x": Row([COMMAND], "promised_at"),
    "site add 新站 --role hub --city 仙桃": Row(REGISTRARS),
    "site lane 鄂州仓 廊坊仓 --km 5 --hours 1": Row(REGISTRARS),
    "site seal 武汉 廊坊仓 --from now": Row([COMMAND]),
    "site lift 武汉 --at now": Row([COMMAND]),
    "site close 廊坊仓 仙桃中转仓 --reason x --until +1h": Row(REGISTRARS),
    "stock count 廊坊仓 --line gloves=40": Row(AT_A_SITE, "langfang"),
    "stock doubt x --figure a|1|1 --figure b|2|2 --holds 1 --why y": Row(DECIDERS),
    "task add x --duty COMMAND --due +6h": Row(
        [duty for duty in ALL if duty is not AUDITOR], elsewhere=OPEN, why_open=WORD
    ),
    "task call x --about y --outcome z": Row(
        [duty for duty in ALL if duty is not AUDITOR], elsewhere=OPEN, why_open=WORD
    ),
    "task take {task}": Row(REGISTRARS),
    "tower recount": Row((COMMAND, APPROVER, CLERK)),
    "tower take {alert}": Row((KEEPER, COMMAND, APPROVER), "hub"),
    "tower close {alert} --why x": Row((KEEPER, COMMAND, APPROVER), "hub"),
    "tower quiet --from 22:00 --until 06:00": Row([COMMAND]),
    "task give {task} Mei": Row(REGISTRARS),
    "task end {task} --outcome x": Row(REGISTRARS),
    "waiting decide {waiting} --candidate 1": Row(AT_A_SITE, "langfang", refused=UNSEEN),
    "waiting place {waiting} --role WAREHOUSE --name 汉口北仓": Row(REGISTRARS, refused=UNSEEN),
    "waiting list": Row((*AT_A_SITE, AUDITOR), "langfang", NOTHING),
    "waybill name {number} {vehicle}": Row((COMMAND, CARRIER), "carrier"),
    "waybill load {number}": Row([KEEPER], "origin"),
    "waybill early {number} --reason x": Row([COMMAND]),
    "waybill depart {number}": Row([DRIVER], "carrier"),
    "waybill delay {number} +5h --why x": Row(DRIVERS, "carrier"),
    "waybill arrive {number}": Row([DRIVER], "carrier"),
    "waybill not-arrived {number} --reason x": Row((KEEPER, COMMAND), "target"),
    "waybill receive {number}": Row([KEEPER], "target"),
    "waybill hand-over {number} --signed-by x": Row([DRIVER], "carrier"),
    "waybill lost {number} --line 1=1 --where x --words y": Row(DRIVERS, "carrier"),
    "waybill cancel {number} --reason x": Row([COMMAND]),
}

PACKS: dict[str, Row] = {
    "kit write 菜包 --makes vegetable-pack --line item=potato,amount=3000": Row(REGISTRARS),
    "kit rule vegetable-pack-5kg --group PERSON --per 2": Row([COMMAND]),
    "kit ask 幸福里社区 --urgency 2": Row(REGISTRARS, "community"),
    "kit agree {potatoes} 仙桃中转仓 --pack vegetable-pack --by 武汉大学校友会 --words x": Row(REGISTRARS),
    f"purchase order {{supplier}} --buyer {{buyer}} --line item=surgical-mask,amount=1,price=1,for={HOSPITAL}": Row(
        [COMMAND], "buyer"
    ),
    "pack start vegetable-pack-5kg 仙桃中转仓 1": Row((KEEPER, COMMAND), "hub"),
    "pack tally {run_number} 1": Row((KEEPER, COMMAND), "hub"),
    "pack waste {run_number} --line potato=5 --cause ROTTEN": Row((KEEPER, COMMAND), "hub"),
    "pack close {run_number}": Row((KEEPER, COMMAND), "hub"),
    "pack undo {run_number} --why x": Row([COMMAND], "hub"),
    "weigh packs vegetable-pack-5kg 仙桃中转仓 5200 --stands-for 4000 --by x": Row((KEEPER, COMMAND), "hub"),
    "weigh truck 仙桃中转仓 沪B1 --gross-g 33000000 --tare-g 12000000 --stated-g 21000000 --by x": Row(
        (KEEPER, COMMAND), "hub"
    ),
    "weigh hold-against vegetable-pack-5kg 4000 {truck_number}": Row((KEEPER, COMMAND), "hub"),
    "loan take-in PC-009 --item computer --lender 东行商城 --site 仙桃中转仓": Row((KEEPER, COMMAND), "hub"),
    "loan lend PC-001 --to 武汉大学中南医院 --site 仙桃中转仓 --due +7d --purpose x --by y": Row(
        (KEEPER, COMMAND), "hub"
    ),
    "loan set-up PC-001 --place x --by y": Row((KEEPER, COMMAND), "hub"),
    "loan extend PC-001 --due +7d --why x": Row((KEEPER, COMMAND), "hub"),
    "loan take-back PC-001 --condition GOOD --by y": Row((KEEPER, COMMAND), "hub"),
    "loan lost PC-001 --why x": Row((KEEPER, COMMAND), "hub"),
    "loan send-home PC-001 --by y": Row((KEEPER, COMMAND), "hub"),
    "crew on 王志愿 仙桃中转仓 --work x": Row((KEEPER, CLERK, COMMAND), "hub"),
    "crew call 仙桃中转仓 x --work DELIVER --people 3 --closes +1h --muster +2h --where y": Row(REGISTRARS, "hub"),
    "crew close {call}": Row(REGISTRARS, "hub"),
    "crew enlist {call} 孙志愿": Row(REGISTRARS, "hub"),
    "crew decline {call} 孙志愿 --why x": Row(REGISTRARS, "hub"),
    "crew withdraw {call} 孙志愿": Row(REGISTRARS, "hub"),
    "crew pass {call}": Row(REGISTRARS, "hub"),
    "crew revoke 仙桃中转仓 {pass_code} --why x": Row(REGISTRARS, "hub"),
    "crew roll 仙桃中转仓 --rest PRESENT": Row(AT_A_SITE, "hub"),
    "crew off {shift}": Row((KEEPER, CLERK, COMMAND), "hub"),
    "crew correct {shift} --never --why x": Row((KEEPER, CLERK, COMMAND), "hub"),
}


def asking() -> set[str]:
    """The commands that take --as."""
    return {" ".join(path) for path, command in leaves(whole()) if "--as" in options(command)}


STREET: dict[str, Row] = {
    "parcel expect {east} 1 --station 酒仙桥内站 --waybill SF1": Row(AT_A_SITE, "inner"),
    f"parcel receive 酒仙桥内站 {code_of(5)}": Row((KEEPER, COMMAND), "inner"),
    f"parcel hand-out 酒仙桥内站 {code_of(0)}": Row((KEEPER, COMMAND), "inner"),
    f"parcel hand-out-undo 酒仙桥内站 {code_of(0)} --words x": Row((KEEPER, COMMAND), "inner"),
    f"parcel bring-up 酒仙桥内站 {code_of(0)}": Row((KEEPER, COMMAND), "inner"),
    f"parcel lost 酒仙桥内站 {code_of(0)} --words x": Row((KEEPER, COMMAND), "inner"),
    f"parcel found 酒仙桥内站 {code_of(0)} --words x": Row((KEEPER, COMMAND), "inner"),
    "parcel trips 酒仙桥外站 --cart {cart}=200000/40 --from 2022-04-13T08:00 --until 2022-04-13T17:00": Row(
        (KEEPER, COMMAND), "outer"
    ),
    "rounds draft 酒仙桥内站 --from {from_at} --until {until_at}": Row((*REGISTRARS, KEEPER), "inner"),
    "rounds again {rounds_plan}": Row((*REGISTRARS, KEEPER), "inner"),
    "rounds approve {rounds_plan}": Row(DECIDERS),
    "rounds undo {rounds_plan}": Row(DECIDERS),
    "rounds load 酒仙桥内站 {given_round}": Row((KEEPER, COMMAND), "inner"),
}


CITY: dict[str, Row] = {
    "release draft {office} {item} {rule}": Row([COMMAND], "office"),
    "release try {draft} --people 60 --days 2 --units 10": Row([COMMAND], "office"),
    "release open {draft}": Row([COMMAND], "office"),
    "release close {release}": Row([COMMAND], "office"),
    "release put-out {release} 2020-02-05 5 --lot {lot} --source {office}": Row([COMMAND], "office"),
    "release costs {release} --carrier {office}": Row([COMMAND], "office"),
    "release announce-draw {drawn_tranche} --closes-at +2h --beacon-at +3h": Row([COMMAND], "office"),
    "release close-draw {draw}": Row([COMMAND], "office"),
    "release declare-missing {closed_draw}": Row([COMMAND], "office"),
    "release draw {closed_draw} {round}": Row(ALL, elsewhere=OPEN, why_open="the announced round proves itself"),
    "release bring-again {lost}": Row([COMMAND, CLERK], "office", served=404),  # no parcel was made of it
    "release leave-draw {entry} 01010101010101010101010101010101": Row([COMMAND, CLERK], "office"),
    "release take-out {entry} --why x": Row([COMMAND, CLERK], "office"),
    "release more {closed_draw} 5 --source {office}": Row([COMMAND], "office"),
    "release forget {office}": Row([ADMIN]),
}


DESK = (COMMAND, CLERK)
NEIGHBOURHOOD: dict[str, Row] = {
    "basket draft 滨江苑 --office 滨江居委会 --supplier 朝阳菜篮子公司 --title x --organiser y --door 1--101 --on 2022-04-28 "
    "--closes 2022-04-27T18:00 --line code=A,name=青菜,item=vegetables": Row(DESK, "committee"),
    "basket report {basket} --licence x --driver y --plate z": Row(DESK, "committee"),
    "basket paste {basket} {chain}": Row(DESK, "committee"),
    "basket settle {basket} {line} --what WITHDRAW": Row(DESK, "committee"),
    "basket close {basket}": Row(DESK, "committee"),
    "basket order {basket}": Row(DESK, "committee"),
    "basket call-off {basket} --why x": Row(DESK, "committee"),
    "basket arrive {basket} --driver x --plate y --packs A=1": Row(HANDS, "committee"),
    "basket sprayed {basket} {basket}": Row(HANDS, "committee", served=404),  # nothing came unsprayed
    "basket share {basket}": Row(HANDS, "committee"),
    "basket hand-over {basket} {household} --witness x": Row(HANDS, "committee"),
    "basket paid {household} 5": Row(HANDS, "committee"),
    "basket bring-again {portion}": Row(HANDS, "committee", served=404),  # no parcel was made of it
    "basket refund {household} 5": Row(HANDS, "committee"),
    "basket truck 朝阳菜篮子公司 二号车 --on 2022-04-28 --packs-max 9": Row(DESK),
    "basket put-on-truck {basket} {truck}": Row(DESK, "committee"),
    "basket load-truck {truck}": Row(DESK),
    "basket forget {basket}": Row(DESK, "committee"),
}
QUARTER: dict[str, Row] = {
    "shop open 新店 --office 宝山区商务委 --trade FRESH --brings-to 华灵小区": Row(HANDS, "newcomer"),
    "shop pack 陈记生鲜 新包 --sort GOODS --weight-g 500": Row(HANDS, "shop"),
    "shop end-pack 陈记生鲜 蔬菜包": Row(HANDS, "shop"),
    "shop day 陈记生鲜 2022-04-21 --offer pack=蔬菜包,price=5,stock=5 --cut-off +1d --slot +25h=+27h --riders 1": Row(
        HANDS, "shop"
    ),
    "shop copy-day 陈记生鲜 2022-04-21": Row(HANDS, "shop"),
    "shop stock 陈记生鲜 2022-04-20 蔬菜包 --by 1 --why x": Row(HANDS, "shop"),
    "shop cap 陈记生鲜 2022-04-20 3": Row(HANDS, "shop"),
    "shop riders 陈记生鲜 2022-04-20 3": Row(HANDS, "shop"),
    "shop close 陈记生鲜 2022-04-20": Row(HANDS, "shop"),
    "shop order 陈记生鲜 2022-04-20 华灵小区 1号楼1单元102 --name x --phone 13900001234 --slot 11:00 --packs 蔬菜包=1": Row(
        HANDS, "shop"
    ),
    "shop cancel {code} --last-four 0000": Row(HANDS, "shop"),
    "shop pick {code}": Row(HANDS, "shop"),
    "shop hand-over {code} --signed-by x": Row(HANDS, "shop"),
    "shop bring-again {line}": Row(HANDS, "shop", served=404),  # no parcel was made of it
    "shop tell-late 陈记生鲜 2022-04-20 {code} --by +9h --why x": Row(HANDS, "shop"),
    "shop announce-lesson 宝山区商务委 开店第二课 --teacher x --where y --from +1h --until +2h": Row(DESK, "office"),
    "shop change 陈记生鲜 --about x": Row(HANDS, "shop"),
    "shop photo 陈记生鲜 {chain}": Row(HANDS, "shop", served=400),  # some words are no picture
    "shop come {lesson} 陈记生鲜": Row(HANDS, "shop"),
    "shop call-off-lesson {lesson}": Row(DESK, "office"),
    "shop attend {lesson} 陈记生鲜": Row(DESK, "office"),  # it has not begun
    "shop forget 宝山区商务委": Row([ADMIN]),
    "shop word 陈记生鲜 --approved --why x": Row(DESK, "office"),
}


def test_no_command_is_forgotten() -> None:
    """A new command that asks who acts: say in the table whose it is and at which place."""
    known = asking()
    table = {**COMMANDS, **PACKS, **STREET, **CITY, **NEIGHBOURHOOD, **QUARTER}
    named = {name for name in known if any(f"{words} ".startswith(f"{name} ") for words in table)}
    assert known - named == set(LEFT_TO)
    assert {words for words in table if not any(f"{words} ".startswith(f"{name} ") for name in known)} == set()


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("make", "table"),
    [
        (road, COMMANDS),
        (house, PACKS),
        (street, STREET),
        (city, CITY),
        (neighbourhood, NEIGHBOURHOOD),
        (quarter, QUARTER),
    ],
    ids=["the road", "the house", "the street", "the city", "the neighbourhood", "the quarter"],
)
def test_a_command_serves_its_duty_at_its_place_and_nobody_else(
    db: None,
    settings: Any,
    terminal: Terminal,
    tmp_path: Path,
    make: Callable[[], Book],
    table: Mapping[str, Row],
    is_whole: bool,
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    book, file = make(), tmp_path / "sites.csv"
    book.is_whole = is_whole
    file.write_text("站点,角色,城市\n新仓,仓库,廊坊\n")
    book.things["file"] = file
    for name, text in (
        ("houses", "楼号,户数\n1-3号楼,每单元12户\n"),
        ("list", "封控区\n幸福里社区1号楼\n"),
        ("chain", "#接龙\n1. 李 1-101 A1\n"),
    ):
        book.things[name] = tmp_path / f"{name}.csv"
        book.things[name].write_text(text)
    for name, told in (("rule", city_rule(code="another")), ("round", {"round": 1, "signature": "ab" * 48})):
        book.things[name] = tmp_path / f"{name}.json"
        book.things[name].write_text(json.dumps(told))
    complaints = []
    for words, row in table.items():

        def come(actor: Actor, *, words: str = words) -> tuple[int, bool, str]:
            return given(words, actor, book, terminal)

        complaints += [f"{words}: {each}" for each in complaints_about(row, book, come)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("command", ["import sites {file}", "waiting list", "group shift"])
def test_the_house_acts_by_itself_only_until_it_has_an_administrator(
    db: None, settings: Any, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    from baogong.kernel.actor import Duty
    from tests.access.rows import digests
    from tests.cast import log_in_as

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.delenv("BAOGONG_AS", raising=False)
    file = tmp_path / "sites.csv"
    file.write_text("站点,角色,城市\n新仓,仓库,廊坊\n")
    words = [word.format(file=file) for word in command.split()]
    assert terminal(*words, "--json").code == 0
    log_in_as("Ada", [(Duty.ADMIN, None)])
    before = digests()
    refused = terminal(*words, "--json")
    assert (refused.code, refused.error["code"], refused.error["where"]) == (2, "ops.nobody-acts", "--as")
    if command.startswith("import"):
        assert terminal(*words, "--dry-run", "--json").error["code"] == "ops.nobody-acts"
    assert digests() == before


def given(words: str, actor: Actor, book: Book, terminal: Terminal) -> tuple[int, bool, str]:
    """(as a page would answer, whether there is anything in the answer, what was said)."""
    typed = [word.format(**book.things) for word in words.split()]
    answer = terminal(*typed, "--as", actor.name, "--json", stdin="kettle-orchard-nine\n")
    document = json.loads(answer.out)
    code = document.get("error", {}).get("code", "")
    status = {"": 200, "kernel.not-your-place": 403, "kernel.not-found": 404}.get(code, 409)
    if code in ("usage", "internal"):
        status = 500
    return status, bool(document.get("items")), answer.out[:300]
