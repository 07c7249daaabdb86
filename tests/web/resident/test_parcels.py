"""A household's private link: where is mine, bring it to my door, I have it; nobody else's, and nothing without the code."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from baogong.delivery import queries as delivery
from baogong.delivery.models import ParcelAct
from baogong.delivery.services.handovers import put_on_shelf
from baogong.delivery.services.residents import HOUSEHOLD, LINK
from baogong.journal.models import Evidence
from baogong.kernel.ids import new_id
from baogong.people.services import links
from tests.apps.delivery.world import HOUR, NOW
from tests.books import Built
from tests.web.ground import Ground, load, make_ground
from tests.web.visits import read


@pytest.fixture
def ground(built: Built) -> Ground:
    return built(make_ground)


def link(ground: Ground, code: str | None = "4711", door: UUID | None = None) -> str:
    token = links.make_link(
        purpose=LINK,
        subject=door or delivery.parcel(ground.shelved[0]).door,
        party=ground.world.east,
        code=code,
        expires_at=NOW + timedelta(days=3),
        actor=ground.world.lin,
        now=NOW,
    )
    return f"/receiver/parcels/{token}/"


@pytest.fixture
def household() -> Client:
    client = Client()
    client.cookies["baogong_language"] = "en"
    return client


def test_a_household_sees_its_own_parcels_and_when_to_fetch_them(ground: Ground, household: Client) -> None:
    page = read(household, link(ground))
    assert all(code in page for code in ground.shelved[:2])
    assert not any(code in page for code in (ground.shelved[2], ground.medicine, *ground.taos))
    assert "Your time to fetch it: 04-13 10:00–10:10" in page
    assert "cold: fetch it soon" not in page  # a courier brings it; there is nothing to fetch yet


def test_in_person_means_to_be_there(ground: Ground, household: Client) -> None:
    page = read(household, link(ground, door=delivery.parcel(ground.medicine).door))
    assert "handed over in person" in page
    assert "about 04-13 09:05" in page


def test_who_is_brought_it_to_the_door_anyway_need_not_ask(ground: Ground, household: Client) -> None:
    to_door = read(household, link(ground, door=delivery.parcel(ground.door).door))
    assert "comes to your door" in to_door
    assert "I cannot come down" not in to_door
    to_shelf = read(household, link(ground))
    assert "comes to your door" not in to_shelf
    assert "I cannot come down" in to_shelf


def test_door_service_is_asked_for_with_the_code_only(ground: Ground, household: Client) -> None:
    address = link(ground)
    wrong = household.post(address, {"act": "door", "code": "0000"})
    assert wrong.status_code == 403
    assert not delivery.parcel(ground.shelved[0]).wants_door
    assert household.post(address, {"act": "door", "code": "4711"}).status_code == 302
    assert [delivery.parcel(code).wants_door for code in ground.shelved] == [True, True, False]
    assert ParcelAct.objects.filter(kind="DOOR_ASKED").count() == 2
    assert "comes to your door" in read(household, address)


def test_what_lies_on_a_shelf_and_is_asked_for_at_the_door_is_told_in_one_way(
    ground: Ground, household: Client
) -> None:
    load(ground, ground.mei)
    for code in ground.shelved[:2]:
        parcel = delivery.parcel(code).id
        put_on_shelf(parcel=parcel, shelf=ground.shelf, actor=ground.world.mei, now=NOW + HOUR, request_id=new_id())
    address = link(ground)
    page = read(household, address)
    assert "Fetch it at shelf" in page
    assert "cold: fetch it soon" in page
    assert household.post(address, {"act": "door", "code": "4711"}).status_code == 302
    page = read(household, address)
    assert "brought up to your door from there. You need not come down." in page
    assert "Fetch it at" not in page
    assert "cold: fetch it soon" not in page


def test_a_link_without_a_code_only_shows(ground: Ground, household: Client) -> None:
    address = link(ground, code=None)
    page = read(household, address)
    assert "This link only shows" in page
    assert household.post(address, {"act": "door", "code": "4711"}).status_code in (403, 404)
    assert not delivery.parcel(ground.shelved[0]).wants_door


def test_i_have_it_is_said_of_ones_own_parcel_once(ground: Ground, household: Client) -> None:
    load(ground, ground.mei)
    for code in ground.shelved:
        put_on_shelf(
            parcel=delivery.parcel(code).id,
            shelf=ground.shelf,
            actor=ground.world.mei,
            now=NOW + HOUR,
            request_id=new_id(),
        )
    address = link(ground)
    page = read(household, address)
    assert "Fetch it at shelf" in page
    own, other = delivery.parcel(ground.shelved[0]), delivery.parcel(ground.shelved[2])

    assert 'name="read"' not in page  # no code is asked for that stands on the same card

    def have(parcel: delivery.ParcelView, code: str = "4711") -> int:
        form = {"act": "have", "parcel": str(parcel.id), "code": code, "request_id": str(new_id())}
        return household.post(address, form).status_code

    assert have(own, "0000") == 403
    assert have(other) == 404
    assert ground.state(own.code) == ground.state(other.code) == "ON_SHELF"
    assert have(own) == 302
    assert have(own) == 302
    (shown,) = Evidence.objects.all()
    assert (shown.kind, shown.by_name, shown.text) == ("WITNESS", HOUSEHOLD.name, "")
    assert (ground.state(own.code), ground.state(other.code)) == ("HANDED_OVER", "ON_SHELF")
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert ParcelAct.objects.filter(kind="CONFIRMED").count() == 1
