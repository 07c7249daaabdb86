"""A giver's page: what was given, where it is, who signed; for whoever has the address and nobody else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baogong.journal.services import EvidenceIn, draw_up, hand_over
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.people.services import links
from baogong.supply.services import (
    Arrival,
    Finding,
    Judgement,
    Offered,
    judge_gift,
    offer_gift,
    receive_gift,
)
from baogong.web import names
from tests.apps.supply.world import World, make_house
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import QUERIES_MAX


@pytest.fixture
def world(built: Built) -> World:
    return built(make_house)


def given(world: World, donor: UUID, code: str, amount: int, *, damaged: int = 0) -> UUID:
    """A gift that came to the hub; its lot."""
    act: dict[str, Any] = {"actor": world.cast.wu, "now": NOW}
    gift = offer_gift(
        terms="GIFT",
        donor=donor,
        lines=[Offered(world.item(code), amount, pieces_per_carton=50, receiver=world.cast.hospital)],
        request_id=new_id(),
        **act,
    )
    judge_gift(gift=gift, judgements=[Judgement(1, Finding.PASSES)], request_id=new_id(), **act)
    receive_gift(
        gift=gift,
        site=world.cast.hub,
        arrivals=[Arrival(1, amount, damaged)],
        actor=world.cast.bao,
        now=NOW,
        request_id=new_id(),
    )
    (lot,) = {view.lot.id for view in book.balances(holders=[world.cast.hub], items=[world.item(code)])}
    return lot


def sign_for(world: World, lot: UUID, amount: int, by: str) -> None:
    """The hospital signs for so many."""
    with transaction.atomic():
        paper = draw_up(
            kind="GRN", title="x", body={}, actor=world.cast.bao, now=NOW, request_id=new_id(), signatures_required=1
        )
        hand_over(
            lines=[
                ledger.post_line(
                    ledger.AccountRef(world.cast.hub, State.AVAILABLE),
                    ledger.AccountRef(world.cast.hospital, State.HANDED_OVER),
                    lot,
                    amount,
                )
            ],
            evidence=[EvidenceIn("SIGNATURE", by_name=by), EvidenceIn("SIGNATURE", by_name=by)],
            actor=world.cast.bao,
            document=paper,
            reason=Reason.HANDOVER,
            request_id=new_id(),
            now=NOW,
        )


def link_for(party: UUID, **changed: Any) -> str:
    asked: dict[str, Any] = {
        "purpose": "GIVER",
        "subject": party,
        "party": party,
        "expires_at": NOW + timedelta(days=9),
        "actor": THE_HOUSE,
        "now": NOW,
    }
    return links.make_link(**asked | changed)


def english() -> Client:
    return Client(headers={"Accept-Language": "en"})


def read(client: Client, path: str) -> str:
    """The page's text, in few queries whatever was given."""
    names.english_names()  # read twice a minute, by whichever page asks first
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200
    own = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(own) <= QUERIES_MAX, "\n".join(own)
    return " ".join(answer.content.decode().split())


def is_private(headers: Any) -> bool:
    return (
        headers["Cache-Control"] == "no-store"
        and headers["Referrer-Policy"] == "same-origin"
        and "noindex" in headers["X-Robots-Tag"]
    )


def test_a_giver_follows_each_gift_to_the_signature(world: World) -> None:
    lot = given(world, world.alumni, "protective-suit", 1_600, damaged=4)
    sign_for(world, lot, 1_000, "周")
    path = f"/giver/{link_for(world.alumni)}/"
    client = english()
    assert is_private(client.get(path).headers)
    page = read(client, path)
    assert "0<small> / 1</small>" in page
    assert "1,000 <small>pieces</small></div>signed for" in page
    assert "596 <small>pieces</small></div>in stock" in page
    assert "4 <small>pieces</small></div>lost or spoiled" in page
    assert page.count("signature · 周") == 1
    sign_for(world, lot, 596, "李")
    assert "1<small> / 1</small>" in read(client, path)


def test_a_giver_sees_nothing_of_anybody_elses(world: World) -> None:
    given(world, world.alumni, "protective-suit", 1_600)
    for code in ("goggles", "gloves", "n95-mask"):
        given(world, world.company, code, 77)
    page = read(english(), f"/giver/{link_for(world.company)}/")
    assert "77" in page
    assert "1,600" not in page
    assert "武汉大学校友会" not in page


def test_the_card_is_a_picture_without_the_private_address(world: World) -> None:
    lot = given(world, world.alumni, "protective-suit", 1_600)
    sign_for(world, lot, 1_600, "周")
    token = link_for(world.alumni)
    answer = english().get(f"/giver/{token}/card.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert is_private(answer.headers)
    text = answer.content.decode()
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert token not in text
    assert "武汉大学校友会" in text
    assert "1 / 1" in text


def test_the_card_is_all_chinese_for_a_chinese_reader(world: World) -> None:
    given(world, world.alumni, "protective-suit", 1_600)
    chinese = Client(headers={"Accept-Language": "zh-hans"}).get(f"/giver/{link_for(world.alumni)}/card.svg")
    shown = " ".join(ElementTree.fromstring(chinese.content.decode()).itertext())
    assert set(re.findall("[A-Za-z]+", shown)) <= {"Baogong"}


def test_a_giver_with_nothing_in_the_book_is_told_so(world: World) -> None:
    assert "Nothing of yours is in the book yet." in read(english(), f"/giver/{link_for(world.alumni)}/")


def test_the_page_speaks_the_language_asked_for_and_needs_no_cookie_to_be_read(world: World) -> None:
    path = f"/giver/{link_for(world.alumni)}/"
    client = english()
    changed = client.get(f"{path}?language=zh-hans")
    assert (changed.status_code, changed.headers["Location"]) == (302, path)
    assert is_private(changed.headers)
    assert "账本里还没有您的物资" in client.get(path).content.decode()


ENDINGS: dict[str, Callable[[World], str]] = {
    "wrong": lambda world: link_for(world.alumni) + "x",
    "expired": lambda world: link_for(world.alumni, now=NOW - timedelta(days=9), expires_at=NOW),
    "revoked": lambda world: _revoked(world),
    "for something else": lambda world: link_for(world.alumni, purpose="API"),
}


def _revoked(world: World) -> str:
    token = link_for(world.alumni)
    links.revoke_for(world.alumni, purpose="GIVER", actor=THE_HOUSE, now=NOW)
    return token


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_link_that_has_ended_opens_nothing_and_tells_nothing(world: World, ending: str) -> None:
    given(world, world.alumni, "protective-suit", 1_600)
    token = ENDINGS[ending](world)
    for path in (f"/giver/{token}/", f"/giver/{token}/card.svg"):
        answer = english().get(path)
        assert answer.status_code == 404
        assert is_private(answer.headers)
        assert "This link has ended" in answer.content.decode()
        assert "校友会" not in answer.content.decode()


def test_a_broken_page_leaves_no_private_address_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = link_for(world.alumni)
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("django.request"), "propagate", True)

    def broken(*_: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("baogong.web.donor.views.supply.giver_page", broken)
    answer = Client(raise_request_exception=False).get(f"/giver/{token}/")
    assert answer.status_code == 500
    assert "a defect" in caplog.text
    assert token not in caplog.text
    assert token not in answer.content.decode()
