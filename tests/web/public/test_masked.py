"""What the public reads names no person and no number that reaches one, on whatever page it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from baogong.supply.services import Counted, Scope, freeze_stock
from baogong.supply.views import OptionConsidered
from tests.apps.supply.world import World
from tests.cast import NOW
from tests.web.public.test_account import anyone, hand, world  # noqa: F401

PAGES = ("/book/", "/book/why/", "/api/v1/public/delisted", "/api/v1/public/movements")


@pytest.mark.parametrize("page", PAGES)
def test_a_house_is_named_and_whom_to_ask_there_is_not(
    world: World,
    anyone: Client,
    hand: Callable[[UUID, int], Any],
    page: str,  # noqa: F811
) -> None:
    ward = register_party(kind="SITE", name="武汉市第六医院（张主任 13912345678）", city="武汉", now=NOW)
    hand(ward, 5)
    hand(world.cast.truck, 7)
    text = anyone.get(page).content.decode()
    assert "武汉市第六医院" in text
    for secret in ("13912345678", "张主任", "鄂A00007"):
        assert secret not in text


def test_who_decided_as_a_person_and_a_number_in_the_reason_stay_in_the_house(world: World, anyone: Client) -> None:  # noqa: F811
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
