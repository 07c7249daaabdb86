"""A household's private link: where is mine, bring it to my door, I have it; nobody else's, and nothing without the code."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from baogong.delivery import queries as delivery
from baogong.delivery.models import ParcelAct
from baogong.delivery.services.handovers import put_on_shelf
from baogong.delivery.services.residents import LINK
from baogong.kernel.ids import new_id
from baogong.people.services import links
from tests.apps.delivery.world import HOUR, NOW
from tests.web.ground import Ground, load, make_ground
from tests.web.visits import read


@pytest.fixture
def ground(db: None) -> Ground:
    return make_ground()


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
    assert "cold: fetch it soon" in page


def test_in_person_means_to_be_there(ground: Ground, household: Client) -> None:
    page = read(household, link(ground, door=delivery.parcel(ground.medicine).door))
    assert "handed over in person" in page
    assert "about 04-13 09:05" in page


def test_door_service_is_asked_for_with_the_code_only(ground: Ground, household: Client) -> None:
    address = link(ground)
    wrong = household.post(address, {"act": "door", "code": "0000"})
    assert wrong.status_code == 403
    assert not delivery.parcel(ground.shelved[0]).wants_door
    assert household.post(address, {"act": "door", "code": "4711"}).status_code == 302
    assert [delivery.parcel(code).wants_door for code in ground.shelved] == [True, True, False]
    assert ParcelAct.objects.filter(kind="DOOR_ASKED").count() == 2
    assert "comes to your door" in read(household, address)


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

    def have(parcel: delivery.ParcelView, read_: str, code: str = "4711") -> int:
        form = {"act": "have", "parcel": str(parcel.id), "read": read_, "code": code, "request_id": str(new_id())}
        return household.post(address, form).status_code

    assert have(own, own.code, "0000") == 403
    assert have(own, ground.shelved[1]) == 422  # the other parcel's label
    assert have(other, other.code) == 404
    assert ground.state(own.code) == ground.state(other.code) == "ON_SHELF"
    assert have(own, own.code.lower()) == 302
    assert have(own, own.code) == 302
    assert (ground.state(own.code), ground.state(other.code)) == ("HANDED_OVER", "ON_SHELF")
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert ParcelAct.objects.filter(kind="CONFIRMED").count() == 1
