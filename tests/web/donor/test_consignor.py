"""A consignor's own page: it asks with papers, reads the answer, speaks for what fails, and follows each line to its end."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from baogong.journal import queries as journal
from baogong.journal.clock import mark_drill
from baogong.journal.services.documents import sign
from baogong.kernel.ids import new_id
from baogong.people.queries.parties import parties
from baogong.people.services import links
from baogong.supply import queries as supply
from baogong.supply import services
from baogong.supply.services import Arrival, Finding, Judgement
from tests.apps.supply.purse import make_purses
from tests.apps.supply.test_carriage import MASKS, SUITS, accept, ask, by_link, carried, find_failing
from tests.apps.supply.world import World, make_house
from tests.books import Built
from tests.cast import NOW, PASSWORD
from tests.web.donor.test_giver import english, read

CODE = "2020"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(built: Built) -> World:
    return built(make_house)


def page_of(world: World, party: UUID, *, code: str | None = CODE) -> str:
    token = links.make_link(
        purpose="GIVER",
        subject=party,
        party=party,
        code=code,
        expires_at=NOW + timedelta(days=9),
        actor=world.cast.lin,
        now=NOW,
    )
    return f"/giver/{token}/"


def office(name: str) -> Client:
    client = Client()
    client.cookies["baogong_language"] = "en"
    assert client.post("/log-in/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def photo() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (9, 9), "blue").save(out, "JPEG")
    return SimpleUploadedFile("certificate.jpg", out.getvalue(), content_type="image/jpeg")


def asking(**changed: Any) -> dict[str, Any]:
    return {
        "act": "ask",
        "request_id": new_id(),
        "goods_1": "医用防护服",
        "quantity_1": "1600套，50套/箱",
        "receiver_1": "武汉大学中南医院",
        "goods_2": "N95口罩",
        "quantity_2": "4000只",
        "receiver_2": "北京协和",
        "words": "校友捐赠",
        "papers": "2020-0112",
        "photos": photo(),
        "code": CODE,
        **changed,
    }


def test_a_consignor_asks_on_its_page_and_the_office_answers_line_by_line(world: World) -> None:
    visitor, path = english(), page_of(world, world.alumni)
    assert visitor.get(path).headers["Location"] == f"{path}ask/"  # nothing is there to look at yet
    assert "1600套，50套/箱" in read(visitor, f"{path}ask/")
    assert visitor.post(f"{path}ask/", asking()).status_code == 302
    (view,) = supply.carriage_requests()
    assert (view.state, view.papers_count, len(view.lines)) == ("ASKED", 2, 2)
    shown = read(visitor, f"{path}ask/")
    assert "waits for an answer" in shown
    assert f'href="{path}"' not in shown  # that page would lead back here
    assert "2 papers sent along" in shown

    wu = office("Wu")
    listed = wu.get("/command/carriage/").content.decode()
    assert view.number in listed
    answering = wu.get(f"/command/carriage/{view.id}/").content.decode()
    assert "“北京协和” names nobody for certain" in answering
    (picture,) = re.findall(r"/command/needs/proof/[0-9a-f-]{36}/", answering)
    assert wu.get(picture).headers["Content-Type"] == "image/jpeg"
    given = {
        "request_id": new_id(),
        "act": "accept",
        "take_1": "1",
        "item_1": world.item("protective-suit"),
        "amount_1": 1600,
        "packed_1": 50,
        "receiver_1": "武汉大学中南医院",
        "standard_1": "GB 19082-2009",
        "take_2": "0",
        "why_2": "请写接收单位全称",
        "answer": "防护服可运",
    }
    assert wu.post(f"/command/carriage/{view.id}/", {**given, "why_2": ""}, follow=True).status_code == 200
    assert supply.carriage_request(view.id).state == "ASKED"
    answered = wu.post(f"/command/carriage/{view.id}/", given, follow=True).content.decode()
    assert "Taken as a consignment" in answered
    shown = read(visitor, f"{path}ask/")
    for words in ("请写接收单位全称", "防护服可运", "not carried", f'href="{path}"'):
        assert words in shown
    assert "carried for you: yours until the receiver signs" in read(visitor, path)
    assert view.number in wu.get("/command/carriage/").content.decode()
    assert "防护服可运" in wu.get(f"/command/carriage/{view.id}/").content.decode()


@pytest.mark.parametrize("code", ["1", ""])
def test_without_the_code_nothing_is_asked(world: World, code: str) -> None:
    visitor = english()
    assert visitor.post(f"{page_of(world, world.alumni)}ask/", asking(code=code)).status_code == 403
    assert visitor.post(f"{page_of(world, world.alumni, code=None)}ask/", asking()).status_code == 404
    assert supply.carriage_requests() == ()
    assert "This link only shows" in read(visitor, page_of(world, world.alumni, code=None))


def test_what_was_typed_stays_when_something_is_missing(world: World) -> None:
    visitor, path = english(), f"{page_of(world, world.alumni)}ask/"
    answer = visitor.post(path, asking(quantity_1="许多"))
    assert answer.status_code == 400
    assert "医用防护服" in answer.content.decode()
    assert visitor.post(path, asking(photos=SimpleUploadedFile("x.jpg", b"no picture"))).status_code == 400
    assert visitor.post(path, asking(act="nonsense")).status_code == 400
    assert supply.carriage_requests() == ()


def test_a_request_is_taken_back_only_on_its_own_page(world: World) -> None:
    request, visitor = ask(world, MASKS), english()
    given = {"act": "withdraw", "carriage": request, "code": CODE}
    other = visitor.post(f"{page_of(world, world.company)}ask/", {**given, "request_id": new_id()})
    assert other.status_code == 403
    assert supply.carriage_request(request).state == "ASKED"
    path = page_of(world, world.alumni)
    assert visitor.get(path).headers["Location"] == f"{path}ask/"
    assert visitor.post(f"{path}ask/", {**given, "request_id": new_id()}).status_code == 302
    assert "taken back" in read(visitor, f"{path}ask/")


def test_the_owners_word_on_its_page_and_two_signatures_send_failed_goods_to_community_use(world: World) -> None:
    gift, visitor, path = carried(world, "n95-mask", 4000), english(), page_of(world, world.alumni)
    wu = office("Wu")
    assert "found to fail its standard" in wu.get(f"/command/gifts/{gift}/").content.decode()
    fails = {"act": "fails", "no": 1, "why": "过滤效率 91%", "request_id": new_id()}
    assert "Set aside" in wu.post(f"/command/gifts/{gift}/", fails, follow=True).content.decode()
    shown = read(visitor, path)
    assert "Your word is asked below" in shown
    assert "过滤效率 91%" in shown
    word = {"act": "consent", "gift": gift, "no": 1, "agrees": "1", "words": "同意给社区", "code": CODE}
    assert visitor.post(path, {**word, "request_id": new_id()}).status_code == 302
    assert "waits for signatures" in read(visitor, path)
    (paper,) = journal.documents(kind="COMMUNITY_USE")
    for actor in (world.cast.lin, world.cast.mei):
        sign(document=paper.id, actor=actor, now=NOW)
    shown = read(visitor, path)
    assert "in force" in shown
    assert "Lin, Mei" in shown
    (stock,) = supply.relief_stock(sites=[world.cast.hub])
    assert stock.is_for_community


def test_what_the_owner_wants_back_is_given_back_by_the_office(world: World) -> None:
    gift, visitor, path = carried(world, amount=100), english(), page_of(world, world.alumni)
    find_failing(world, gift)
    no = {"act": "consent", "gift": gift, "no": 1, "agrees": "0", "words": "请退回", "code": CODE}
    assert visitor.post(path, {**no, "request_id": new_id()}).status_code == 302
    lin = office("Lin")
    assert "goes back to its owner" in lin.get(f"/command/gifts/{gift}/").content.decode()
    back = {"act": "back", "no": 1, "site": world.cast.hub, "taken_by": "陈", "request_id": new_id()}
    assert "Given back" in lin.post(f"/command/gifts/{gift}/", back, follow=True).content.decode()
    assert "back with its owner" in read(visitor, path)


def test_damage_is_told_with_its_report_and_the_page_stays_in_few_queries(world: World) -> None:
    visitor, path = english(), page_of(world, world.alumni)
    for _ in range(3):
        gift = accept(world, ask(world, SUITS), refused={})
        services.judge_gift(
            gift=gift, judgements=[Judgement(1, Finding.PASSES)], actor=world.cast.wu, now=NOW, request_id=new_id()
        )
        services.receive_gift(
            gift=gift,
            site=world.cast.hub,
            arrivals=[Arrival(1, 100, damaged=4, note="破箱")],
            actor=world.cast.bao,
            now=NOW,
            request_id=new_id(),
        )
    shown = read(visitor, path)
    assert shown.count("What is gone") == 3
    assert "破箱" in shown
    assert "GRN-0001" in shown
    chinese = Client(headers={"Accept-Language": "zh-hans"}).get(path).content.decode()
    assert "损失" in chinese


def test_the_office_makes_a_link_for_somebody_new(world: World) -> None:
    wu = office("Wu")
    made = wu.post("/command/carriage/", {"name": "浙江粉丝会", "code": CODE}, follow=True).content.decode()
    (link,) = re.findall(r"/giver/[\w-]+/", made)
    assert "浙江粉丝会" in read(english(), f"{link}ask/")
    assert "No link was made" in wu.post("/command/carriage/", {"code": CODE}, follow=True).content.decode()
    he = office("Mei")
    assert he.post("/command/carriage/", {"name": "x", "code": CODE}).status_code == 403


def test_who_is_invited_and_has_nothing_yet_lands_on_the_form(world: World) -> None:
    path = page_of(world, world.alumni)
    answer = english().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{path}ask/")
    assert "Nothing of yours is in the book yet" in read(english(), page_of(world, world.alumni, code=None))


def test_a_near_name_makes_a_new_party_only_where_the_office_says_so(world: World) -> None:
    wu = office("Wu")
    known = {party.id for party in parties()}

    def asked(**form: str) -> str:
        sent = {"code": CODE, **form}
        told = wu.post(
            "/command/carriage/", sent, headers={"referer": "http://testserver/command/carriage/"}, follow=True
        )
        return told.content.decode()

    refused = asked(name="武汉大学校友")
    assert "names nobody for certain. No link was made." in refused
    assert "Did you mean: 武汉大学校友会" in refused
    assert 'value="武汉大学校友"' in refused
    assert not re.findall(r"/giver/[\w-]+/", refused)
    assert {party.id for party in parties()} == known
    for name in ("武汉大学校友会", "校友会"):  # its name and an alias: the one that is registered in Beijing
        (link,) = re.findall(r"/giver/[\w-]+/", asked(name=name, is_new="1"))
        assert "武汉大学校友会" in read(english(), link + "ask/")
    assert {party.id for party in parties()} == known
    (link,) = re.findall(r"/giver/[\w-]+/", asked(name="武汉大学校友", is_new="1"))
    (new,) = [party for party in parties() if party.id not in known]
    assert (new.name, new.kind) == ("武汉大学校友", "ORGANISATION")
    assert "武汉大学校友" in read(english(), link + "ask/")


def test_a_request_to_carry_stands_on_the_board_until_somebody_answers(world: World) -> None:
    lin, chinese = office("Lin"), Client()
    assert chinese.post("/log-in/", {"username": "Lin", "password": PASSWORD}).status_code == 302
    assert "to carry goods" not in read(lin, "/command/")
    first = ask(world, now=NOW - timedelta(hours=30))
    page = read(lin, "/command/")
    assert "1 request to carry goods waits for an answer" in page
    assert "武汉大学校友会 has waited since" in page
    assert f'href="/command/carriage/{first}/"><span class="tag late">Asked to carry' in page
    second = ask(world, request_id=new_id())
    page = read(lin, "/command/")
    assert "2 requests to carry goods wait for an answer" in page
    assert 'href="/command/carriage/"><span class="tag late">Asked to carry' in page
    assert "2 份代运申请等待答复" in read(chinese, "/command/")
    for request in (first, second):
        services.refuse_carriage(request=request, why="no truck", actor=world.cast.lin, now=NOW, request_id=new_id())
    assert "to carry goods" not in read(lin, "/command/")


def test_who_gave_money_and_asks_for_carriage_goes_back_to_the_money(db: None) -> None:
    mark_drill(name="test", at=NOW)
    purses = make_purses()
    purses.give(purses.slice(100))
    ask(purses.world, consignor=purses.world.company, actor=by_link(purses.world.company))
    path = page_of(purses.world, purses.world.company)
    shown = read(english(), f"{path}ask/")
    assert f'href="{path}money/"' in shown
    assert f'href="{path}"' not in shown


def test_the_board_counts_every_request_and_names_the_one_that_has_waited_longest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baogong.supply.queries.carriage.SHOWN_MAX", 1)  # more than one list shows
    ask(world, now=NOW - timedelta(hours=30))
    ask(world, request_id=new_id())
    page = read(office("Lin"), "/command/")
    assert "2 requests to carry goods wait for an answer" in page
    assert 'href="/command/carriage/"><span class="tag late">Asked to carry' in page
