"""The public account: day by day, by goods, with a proof for each line, and never a person's name."""

from __future__ import annotations

import csv
import io
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from baogong.freight import services as freight_
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.needs.services import Asked, ask
from baogong.people.queries.parties import without_contacts, without_numbers
from baogong.people.services.parties import register_party
from baogong.supply.services import Counted, Lifting, Refunded, Scope, freeze_stock, lift_freeze
from baogong.supply.views import OptionConsidered
from baogong.tower import queries as tower
from baogong.tower.queries import AccountAsked, AccountPage
from baogong.tower.queries.account import public_names
from tests.access.books import road
from tests.apps.supply.purse import METER, make_purses
from tests.apps.supply.world import World, make_house
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import make_story, read

Hand = Callable[..., None]


@pytest.fixture
def world(built: Built) -> World:
    return built(make_house)


@pytest.fixture
def anyone() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def relief(world: World) -> UUID:
    """1,000 surgical masks in Langfang, frozen; 100 of them given back. Their lot."""
    item = world.item("surgical-mask")
    world.count(Counted(item=item, amount=1_000))
    freeze = freeze_stock(
        scopes=[Scope(site=world.langfang, item=item)],
        decided_by=world.langfang,
        basis="OWN_DECISION",
        reason="for relief",
        options=[OptionConsidered("send all", is_chosen=True)],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    lot = world.lot_of("surgical-mask")
    lift_freeze(
        freeze=freeze,
        reason="enough",
        lines=[Lifting(world.langfang, lot, 100)],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    return lot


@pytest.fixture
def hand(world: World, relief: UUID) -> Hand:
    def give(to: UUID, amount: int, now: Any = NOW) -> None:
        with transaction.atomic():
            ledger.post(
                lines=[
                    ledger.post_line(
                        ledger.AccountRef(world.langfang, State.FROZEN),
                        ledger.AccountRef(to, State.HANDED_OVER),
                        relief,
                        amount,
                    )
                ],
                actor=world.cast.lin,
                reason=Reason.HANDOVER,
                document=None,
                request_id=new_id(),
                now=now,
            )

    return give


def test_a_day_is_told_by_goods_and_line_by_line(world: World, anyone: Client, hand: Hand) -> None:
    hand(world.cast.hospital, 300)
    page = read(anyone, "/book/")
    shown = page.split('class="list stack sums')[1].split("</table>")[0]
    assert 'Surgical mask <span class="soft small">pieces</span>' in shown
    assert re.findall(r'<td class="num" data-label="[^"]+">([^<]+)</td>', shown) == ["1,000", "100", "300"]
    told = page.split("</details>")[1]  # behind the form that searches
    assert told.count("given back to the shop") == 3  # the head of its column, its cell on a phone, and the line
    assert "武汉大学中南医院" in page


def test_a_book_of_real_acts_is_told_in_full_each_line_with_its_proof(db: None, anyone: Client) -> None:
    """Gifts, orders, what was paid and came; shares with their rule; loads, arrivals, signatures. Each by a real act."""
    story = make_story()
    story.arrive_at_hospital()
    freight_.hand_over(
        waybill=story.second.id,
        signed_by="周护士长",
        actor=story.world.tao,
        now=story.second.planned_arrive_at,
        request_id=new_id(),
    )
    lines = tower.account(AccountAsked()).lines
    assert {line.kind for line in lines} >= {"shared", "shipped", "arrived", "signed"}
    with transaction.atomic():
        ledger.stamp_days(now=story.second.planned_arrive_at, today_too=True)
    check = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "verify_proof.py"))["check_proof"]
    for line in lines:
        proof = json.loads(anyone.get(f"/book/proof/{line.id}.json").content)
        assert check(proof) == [], line
        assert proof["movement"]["amount"] == line.amount
        proof["movement"]["amount"] += 1
        assert check(proof)
    # Day by day and kind by kind the account is the same account, on the page and in the table.
    days = tower.account_days()
    told = [
        row
        for day in reversed(days)
        for row in list(csv.reader(io.StringIO(table_of(anyone, f"/book/day/{day}.csv"))))[1:]
    ]
    assert [row[9] for row in told] == [str(line.id) for line in lines]
    by_kind = [
        row[9]
        for kind in tower.KINDS
        for row in list(csv.reader(io.StringIO(table_of(anyone, f"/book/lines.csv?what={kind}"))))[1:]
    ]
    assert sorted(by_kind) == sorted(row[9] for row in told)
    for text in (*(cell for row in told for cell in row), *(read(anyone, f"/book/?day={day}") for day in days)):
        for private in ("周护士长", "鄂A00001", "Tao", "Fang"):
            assert private not in text


def test_a_share_is_told_with_the_rule_it_was_made_by(db: None, anyone: Client) -> None:
    things = road().things
    shared = [line for line in tower.account(AccountAsked(kinds=frozenset({"shared"}))).lines if line.plan]
    assert {line.plan for line in shared} == {things["share"]}
    assert {str((line.rule or {})["version"]) for line in shared} == {"leximin-1"}
    rows = list(csv.reader(io.StringIO(table_of(anyone, "/book/lines.csv?what=shared"))))
    at = rows[0].index("Rule of the share")
    assert {row[at] for row in rows[1:]} >= {"leximin-1"}
    assert f"/book/shares/{things['share']}/" in read(anyone, "/book/")


def test_no_natural_person_is_ever_named(world: World, anyone: Client, hand: Hand) -> None:
    hand(register_party(kind="PERSON", name="周某某", now=NOW), 5)
    hand(world.cast.truck, 5)
    page, table = read(anyone, "/book/"), table_of(anyone, "/book/day/2020-01-23.csv")
    for text in (page, table):
        assert "周某某" not in text
        assert "鄂A00007" not in text
        assert "a person" in text
        assert "a truck" in text


def whole(answer: Any) -> str:
    """A streamed table, read to its end."""
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def table_of(client: Client, address: str) -> str:
    return whole(client.get(address))


def test_a_table_is_sent_while_it_is_read_by_so_many_lines_at_a_time(
    world: World, anyone: Client, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for amount in range(1, 8):
        hand(world.cast.hospital, amount)
    read_at_a_time: list[int] = []
    real = tower.account

    def few(asked: AccountAsked) -> AccountPage:
        page = real(asked, limit=3)
        read_at_a_time.append(len(page.lines))
        return page

    monkeypatch.setattr(tower, "account", few)
    answer: Any = anyone.get("/book/lines.csv?what=signed")
    assert answer.streaming
    parts = iter(answer.streaming_content)
    head = next(parts).decode("utf-8-sig")
    assert read_at_a_time == []  # the book is read while the table leaves
    assert head.startswith("Time,What happened")
    first = next(parts).decode()
    assert len(read_at_a_time) == 1
    rest = b"".join(parts).decode()
    rows = list(csv.reader(io.StringIO(first + rest)))
    assert [row[3] for row in rows] == ["1", "2", "3", "4", "5", "6", "7"]
    assert {row[1] for row in rows} == {"signed for"}  # in the visitor's language, though the request is over
    assert max(read_at_a_time) <= 3


def test_tables_are_paced_by_address(world: World, anyone: Client, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand(world.cast.hospital, 7)
    monkeypatch.setattr("baogong.web.public.account.TABLES_MAX", 2)
    statuses = [anyone.get("/book/lines.csv", REMOTE_ADDR="10.0.0.1").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = anyone.get("/book/day/2020-01-23.csv", REMOTE_ADDR="10.0.0.1")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "was asked 2 times already" in refused.content.decode()
    assert anyone.get("/book/lines.csv", REMOTE_ADDR="10.0.0.2").status_code == 200


def test_a_day_that_no_calendar_of_the_house_has_is_refused(world: World, anyone: Client) -> None:
    for bad in (
        "day=9999-12-31",
        "day=0001-01-01",
        "from=2020-01-01&to=9999-12-31",
        "after=" + "9" * 30,
        "day=1999-12-31",
    ):
        answer = anyone.get(f"/book/?{bad}")
        assert answer.status_code == 400, bad
    assert "2000 to 2099" in anyone.get("/book/?day=9999-12-31").content.decode()


def test_one_goes_from_day_to_day(world: World, anyone: Client, hand: Hand) -> None:
    from datetime import timedelta

    hand(world.cast.hospital, 7, NOW + timedelta(days=2))
    newest = read(anyone, "/book/")
    assert '<a href="?day=2020-01-23">← 2020-01-23</a>' in newest
    older = read(anyone, "/book/?day=2020-01-23")
    assert '<a href="?day=2020-01-25">2020-01-25 →</a>' in older
    assert "Nothing is told of this day." in read(anyone, "/book/?day=2020-01-24")
    assert "is no day" in read(anyone, "/book/?day=tomorrow", status=400)


def test_an_empty_book_says_so(db: None, anyone: Client) -> None:
    assert "The book is empty so far." in read(anyone, "/book/")


def test_the_day_is_saved_whole_as_a_table_that_no_program_runs(
    world: World, anyone: Client, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baogong.web.public.account.LINES_SHOWN", 2)
    hand(register_party(kind="ORGANISATION", name="=cmd|calc", now=NOW), 5)
    hand(world.cast.hospital, 6)
    answer = anyone.get("/book/day/2020-01-23.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="baogong-2020-01-23.csv"'
    head, *rows = csv.reader(io.StringIO(whole(answer)))
    assert head == [
        "Time", "What happened", "Goods", "Amount", "Giver", "From", "To", "For what", "Rule of the share", "Movement",
    ]  # fmt: skip
    assert [row[3] for row in rows] == ["1000", "100", "5", "6"]
    assert rows[2][6] == "'=cmd|calc"
    page = read(anyone, "/book/?day=2020-01-23")
    assert re.search(r'class="tag watch wraps">\s*of the lines shown here', page)  # a long tag, on a phone
    following = page.split("&amp;after=")[1].split('"')[0]
    assert "武汉大学中南医院" in read(anyone, f"/book/?day=2020-01-23&after={following}")
    assert anyone.get("/book/day/yesterday.csv").status_code == 400


def test_a_line_is_proven_once_its_day_is_stamped(world: World, anyone: Client, hand: Hand, tmp_path: Path) -> None:
    hand(world.cast.hospital, 300)
    line = book.movements(reasons=[Reason.HANDOVER])[0]
    path = f"/book/proof/{line.id}/"
    assert "not stamped yet" in read(anyone, path)
    assert anyone.get(f"/book/proof/{line.id}.json").status_code == 409
    ledger.stamp_days(now=NOW, today_too=True)
    assert "verify_proof.py" in read(anyone, path)
    file = tmp_path / "proof.json"
    file.write_bytes(anyone.get(f"/book/proof/{line.id}.json").content)
    assert json.loads(file.read_text())["movement"]["amount"] == 300
    tool = Path(__file__).parents[3] / "tools" / "verify_proof.py"
    checked = subprocess.run([sys.executable, str(tool), str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert anyone.get(f"/book/proof/{new_id()}/").status_code == 404


def test_why_a_good_cannot_be_bought_and_where_it_went(world: World, anyone: Client, hand: Hand) -> None:
    assert "Surgical mask" in read(anyone, "/book/why/")
    hand(world.cast.hospital, 300)
    page = read(anyone, "/book/why/")
    assert "廊坊仓" in page
    assert "武汉大学中南医院: 300" in page


def test_verified_needs_are_told_without_contacts(world: World, anyone: Client) -> None:
    for code, is_verified in (("goggles", True), ("gloves", False)):
        ask(
            need=Asked(world.cast.hospital, world.item(code), quantity=50, note="13800000000", source="周"),
            is_verified=is_verified,
            actor=world.cast.lin,
            now=NOW,
            request_id=new_id(),
        )
    page = read(anyone, "/book/needs/")
    assert "Goggles" in page
    assert "loves" not in page
    assert "13800000000" not in page
    assert "周" not in page


def test_a_hundred_lines_take_no_more_queries_than_one(world: World, anyone: Client, hand: Hand) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for more in (1, 60):
        for _ in range(more):
            hand(world.cast.hospital, 1)
        with CaptureQueriesContext(connection) as queries:
            anyone.get("/book/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_account_is_searched_by_what_whom_and_when(world: World, anyone: Client, hand: Hand) -> None:
    hand(world.cast.hospital, 300)
    only = read(anyone, f"/book/?what=signed&receiver={world.cast.hospital}")
    assert only.count('<td data-label="Time">') == 1
    assert "No line fits this search." in read(anyone, f"/book/?what=lost&receiver={world.cast.hospital}")
    assert "No line fits this search." in read(anyone, f"/book/?item={world.item('goggles')}")
    table = table_of(anyone, f"/book/lines.csv?what=signed&receiver={world.cast.hospital}")
    assert [row[1:4] for row in csv.reader(io.StringIO(table))][1:] == [["signed for", "Surgical mask", "300"]]
    for bad in ("what=stolen", "item=mask", "from=2020-01-25&to=2020-01-24"):
        assert anyone.get(f"/book/?{bad}").status_code == 400


def test_a_shops_recount_is_no_public_matter_and_a_repaired_signature_is(
    world: World, anyone: Client, hand: Hand
) -> None:
    world.count(Counted(item=world.item("goggles"), amount=50))
    world.count(Counted(item=world.item("goggles"), amount=40))
    assert "Goggles" not in read(anyone, "/book/").split("<tbody>")[1]
    hand(world.cast.hospital, 300)
    signed = book.movements(reasons=[Reason.HANDOVER])[0]
    with transaction.atomic():
        ledger.post(
            lines=[ledger.correct_line(signed, 20)],
            actor=world.cast.lin,
            reason=Reason.CORRECTION,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    page = read(anyone, "/book/")
    assert "corrected" in page


def test_every_public_page_keeps_to_the_sites_own_scripts(world: World, anyone: Client, hand: Hand) -> None:
    paths = ("/book/", "/book/why/", "/book/needs/", "/book/check/", "/book/stamps/", "/log-in/", "/trust/")
    for path in paths:
        answer = anyone.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        text = answer.content.decode()
        for inline in ("<script>", "javascript:", " onclick=", " style=", "<style"):
            assert inline not in text, (path, inline)


def test_what_an_order_cost_is_told_once_and_what_came_back_as_a_correction(db: None) -> None:
    purses = make_purses()
    purses.give(purses.slice(100))
    order = purses.order(purses.line(METER, 10, 10))
    came = purses.receive(order, 10)
    purses.pay(purses.bill(order, 10))
    assert [(line.kind, line.amount) for line in tower.account(AccountAsked()).lines] == [
        ("given", 10_000),
        ("ordered", 1_000),
        ("paid", 1_000),
        ("bought", 10),
    ]
    purses.refund(order, Refunded(1, 300, came, 3))
    assert [(line.kind, line.amount) for line in tower.account(AccountAsked()).lines][4:] == [
        ("returned", 3),
        ("corrected", 300),
    ]


def test_no_number_that_reaches_a_person_is_told_wherever_it_was_written(world: World) -> None:
    assert without_numbers("请转李护士 138 0000 1234，身份证11010119900307123X") == "请转李护士 …，身份证…"
    assert without_numbers("2020-02-29 前用完，限 20000 元以内") == "2020-02-29 前用完，限 20000 元以内"
    ward = register_party(kind="SITE", name="光谷方舱 13800001234", city="武汉", now=NOW)
    assert public_names([ward])[ward].zh == "光谷方舱 …"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("武汉市第六医院（张主任 13912345678）", "武汉市第六医院"),
        ("武汉市第六医院 联系人：李护士长 027-85726114", "武汉市第六医院"),
        ("武汉市第六医院，联系人王芳", "武汉市第六医院"),
        ("武汉市第六医院 张三 139 1234 5678", "武汉市第六医院 …"),
        ("江夏区第一人民医院（协和江南医院）张医生 13912345678", "江夏区第一人民医院（协和江南医院） …"),
        ("Wuhan Union Hospital (Dr. Wang, 13912345678)", "Wuhan Union Hospital"),
        ("Wuhan Union, contact: Li Wei", "Wuhan Union"),
        ("武汉协和医院（西院）", "武汉协和医院（西院）"),
        ("武汉护士学校", "武汉护士学校"),
        ("北京电话公司医院", "北京电话公司医院"),
        ("中国人民解放军161医院", "中国人民解放军161医院"),
        ("13912345678", "…"),
    ],
)
def test_who_is_to_be_asked_for_at_a_house_is_not_told_and_the_house_keeps_its_name(written: str, told: str) -> None:
    assert without_contacts(written) == told


MASKED = ("/book/", "/book/why/", "/api/v1/public/delisted", "/api/v1/public/movements")


@pytest.mark.parametrize("page", MASKED)
def test_a_house_is_named_and_whom_to_ask_there_is_not(
    world: World,
    anyone: Client,
    hand: Hand,
    page: str,
) -> None:
    ward = register_party(kind="SITE", name="武汉市第六医院（张主任 13912345678）", city="武汉", now=NOW)
    hand(ward, 5)
    hand(world.cast.truck, 7)
    answer = anyone.get(page)
    text = json.dumps(answer.json(), ensure_ascii=False) if page.startswith("/api/") else answer.content.decode()
    assert "武汉市第六医院" in text
    for secret in ("13912345678", "张主任", "鄂A00007"):
        assert secret not in text


def test_who_decided_as_a_person_and_a_number_in_the_reason_stay_in_the_house(world: World, anyone: Client) -> None:
    item = world.item("goggles")
    who = register_party(kind="PERSON", name="赵某某", city="武汉", now=NOW)
    world.count(Counted(item=item, amount=100))
    freeze_stock(
        scopes=[Scope(site=world.langfang, item=item)],
        decided_by=who,
        basis="OWN_DECISION",
        reason="支援湖北，电话 13912345678",
        options=[OptionConsidered("send all", is_chosen=True)],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    text = anyone.get("/book/why/").content.decode()
    assert "支援湖北" in text
    assert "赵某某" not in text
    assert "13912345678" not in text
