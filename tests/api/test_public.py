"""What anyone may read: the whole public account, no person, and a proof for each line once its day is stamped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.api.v1 import access
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.needs.services import Asked, ask
from baogong.people.services.parties import register_party
from tests.api.conftest import Api
from tests.apps.supply.world import World
from tests.cast import NOW

Relief = Callable[[int], UUID]


@pytest.fixture
def anyone(world: World) -> Api:
    return Api(None)


def test_the_public_account_is_read_to_its_end_without_naming_a_person(
    world: World, anyone: Api, relief: Relief
) -> None:
    lot = relief(1_000)
    person = register_party(kind="PERSON", name="周某某", now=NOW)
    frozen = ledger.AccountRef(world.langfang, State.FROZEN)
    with transaction.atomic():
        ledger.post(
            lines=[
                ledger.post_line(frozen, ledger.AccountRef(to, State.HANDED_OVER), lot, 100)
                for to in (person, world.cast.hospital)
            ],
            actor=world.cast.lin,
            reason=Reason.HANDOVER,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    whole = anyone.get("/public/movements")["items"]
    assert [(row["kind"], row["amount"], row["target"]) for row in whole] == [
        ("frozen", 1_000, "廊坊仓"),
        ("signed", 100, ""),
        ("signed", 100, "武汉大学中南医院"),
    ]
    assert "周某某" not in str(whole)
    assert anyone.get("/public/movements", day="2020-01-23")["items"] == whole
    assert anyone.get("/public/movements", day="2020-01-22")["items"] == []
    assert anyone.get("/public/movements", kind="signed", receiver=str(world.cast.hospital))["items"] == whole[2:]
    refused = anyone.get("/public/movements", kind="stolen", status=400)["error"]
    assert "signed" in refused["expected"]
    pages: list[Any] = []
    following = "0"
    while following is not None:
        page = anyone.get("/public/movements", after=following, limit=1)
        pages += page["items"]
        following = page["next"]
    assert pages == whole


def test_a_line_can_be_proven_once_its_day_is_stamped(world: World, anyone: Api, relief: Relief) -> None:
    relief(1_000)
    (line,) = anyone.get("/public/movements")["items"]
    early = anyone.get(f"/public/movements/{line['id']}/proof", status=409)["error"]
    assert early["code"] == "ledger.not-yet-stamped"
    ledger.stamp_days(now=NOW, today_too=True)
    proof = anyone.get(f"/public/movements/{line['id']}/proof")
    (stamp,) = anyone.get("/public/stamps")["items"]
    assert proof["stamp"] == stamp == book.stamps()[0].as_dict()
    assert proof["movement"]["amount"] == 1_000


def test_needs_and_delisted_goods_are_told_without_notes_or_sources(world: World, anyone: Api, relief: Relief) -> None:
    relief(1_000)
    ask(
        need=Asked(world.cast.hospital, world.item("goggles"), quantity=50, note="call 周 13800000000", source="周"),
        is_verified=True,
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    (need,) = anyone.get("/public/needs")["items"]
    assert (need["receiver_name"], need["open"]) == ("武汉大学中南医院", 50)
    assert "周" not in str(need)
    (delisted,) = anyone.get("/public/delisted")["items"]
    assert (delisted["set_aside"], delisted["decisions"][0]["decided_by"]) == (1_000, "廊坊仓")


def test_the_public_reads_at_a_pace(world: World, anyone: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "OPEN_CALLS_MAX", 1)
    anyone.get("/public/stamps")
    assert anyone.get("/public/stamps", status=429)["error"]["code"] == "people.too-often"
