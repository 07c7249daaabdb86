"""The shop accepts and takes in, the office places addresses and sees what runs out, the desk takes a mistake back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from baogong.delivery import queries as delivery
from baogong.journal.clock import set_clock
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.people.models import PersonalRead
from baogong.places.queries import community_plan
from baogong.places.services import BuildingGiven, UnitGiven, add_buildings, open_community
from baogong.release import services
from baogong.release.codes import entry_number, pickup_code
from baogong.release.models import Claim
from baogong.release.services import Contact, deliveries
from tests.apps.release.world import NOW, World, is_sound
from tests.cast import log_in_as
from tests.web.release.visitors import NUMBER, OTHER, code_on, press, register, resident
from tests.web.visits import form_of, read, send, visit


def claimed(world: World, tranche: UUID, number: str, address: str) -> UUID:
    return services.claim(
        claim_id=new_id(), tranche=tranche, units=5, channel="CLERK",
        contact=Contact("RESIDENT_ID", number, name="林", phone="13800001111", address=address), actor=world.wu, now=NOW,
    ).id  # fmt: skip


def test_from_the_shop_to_a_parcel_by_an_address_that_waits(world: World) -> None:
    lin = log_in_as("Lin of the house", [(Duty.COMMAND, None)], NOW)
    community = open_community(name="阳光花园", city="广安", lat=30.4, lon=106.6, actor=lin, now=NOW)
    add_buildings(
        community=community, buildings=[BuildingGiven("1号楼", lat=30.4, lon=106.6, units=(UnitGiven("1"),))],
        actor=lin, now=NOW,
    )  # fmt: skip
    assert community_plan(community, NOW).buildings
    from baogong.delivery.services import stations
    from baogong.people.services.parties import register_party
    from baogong.places.services import add_site

    station = register_party(kind="SITE", name="广安站", city="广安", now=NOW)
    add_site(party=station, role="STATION", lat=30.4, lon=106.6, is_located=True)
    stations.serve(community=community, station=station, actor=lin, now=NOW)
    tranche = world.tranche(20, within_h=24, opens="09:00")
    claim = claimed(world, tranche, NUMBER, "广安市某处")
    shop = visit("wu of 广安")
    assert "to accept" in read(shop, "/release/shop/")
    here = f"/release/shop/{tranche}/"
    assert "Each claimant gets a text" in read(shop, here)
    send(shop, here, {"act": "accept"})
    page = read(shop, here)
    assert "its address is with the office" in page
    send(shop, here, {**form_of(page), "act": "take-in", "units": "15", "means": "alcohol"})
    assert "15 of 20" in read(shop, here)

    office, brought = visit("wu of 广安"), "/release/brought/"
    assert "1 accepted order is to be brought." in read(office, brought)
    send(office, brought, {"act": "make", "office": str(world.office)})
    page = read(office, brought)
    assert "The community is in doubt" in page
    assert "广安市某处" not in page
    (waiting,) = delivery.placings([world.office])
    reads = PersonalRead.objects.count()
    set_clock(NOW + timedelta(minutes=1))
    shown = send(office, brought, {"act": "show", "placing": str(waiting.id)}, status=200)
    assert "广安市某处" in shown
    assert PersonalRead.objects.count() == reads + 1
    where = {"placing": str(waiting.id), "community": str(community), "building": "1", "unit": "1", "room": "101"}
    send(office, brought, {"act": "put", **where})
    code, state = delivery.states_of_promises("release", [claim])[claim]
    assert state == "EXPECTED"
    assert code in read(shop, here)

    set_clock(NOW + timedelta(hours=21))
    services.watch_promises(now=NOW + timedelta(hours=21))
    page = read(office, brought)
    assert "Promises that run out</h2>" not in page
    assert code in page
    assert entry_number(claim) in page


def test_the_claimant_sees_what_was_told(world: World) -> None:
    tranche = world.tranche(20, within_h=24)
    client = resident()
    register(client, tranche)
    claim, _page = press(client, tranche)
    services.accept_claims(claims=[claim], actor=world.wu, now=NOW)
    assert "The shop has accepted your order." in read(client, f"/offers/mine/{claim}/")


def test_a_handover_pressed_by_mistake_is_taken_back_at_the_desk(world: World) -> None:
    tranche = world.tranche(20, fulfilment="PICKUP")
    claim = claimed(world, tranche, OTHER, "")
    desk = visit("wu of 广安")
    send(desk, "/release/pickup/", {"code": pickup_code(claim), "last_four": OTHER[-4:]})
    here = f"/release/pickup/{claim}/"
    page = read(desk, here)
    assert code_on(page) == entry_number(claim)
    send(desk, here, {**form_of(page), "taker": "self"})
    page = read(desk, here)
    send(desk, here, {**form_of(page), "act": "undo", "why": "wrong person"})
    assert Claim.objects.get(id=claim).state == "ACCEPTED"
    assert is_sound(tranche)
    assert "taker" in read(desk, here)


def test_what_was_lost_on_the_way_stands_before_the_office(world: World) -> None:
    tranche = world.tranche(20, within_h=24)
    claims = [claimed(world, tranche, number, "广安市某处") for number in (NUMBER, OTHER)]
    office, here = visit("wu of 广安"), "/release/brought/"
    assert "Lost on the way" not in read(office, here)
    services.accept_claims(claims=claims, actor=world.wu, now=NOW)
    with transaction.atomic():
        deliveries.leave_shop(claims, NOW)
        deliveries.go_missing(claims, actor=world.wu, now=NOW)
    page = read(office, here)
    assert "Lost on the way (2)" in page
    assert entry_number(claims[0]) in page
    assert "10 of its stock are left" in page
    assert "give back what was paid" in send(office, here, {"act": "end", "claim": str(claims[0])})
    assert Claim.objects.get(id=claims[0]).state == "CANCELLED"
    assert "Lost on the way (1)" in read(office, here)


def test_an_address_that_is_nowhere_can_be_ended_and_waits_no_more(world: World) -> None:
    tranche = world.tranche(20, within_h=24)
    claim = claimed(world, tranche, NUMBER, "广安市某处")
    services.accept_claims(claims=[claim], actor=world.wu, now=NOW)
    office, here = visit("wu of 广安"), "/release/brought/"
    send(office, here, {"act": "make", "office": str(world.office)})
    assert f'name="claim" value="{claim}"' in read(office, here)
    assert "The turn is the person’s again" in send(office, here, {"act": "end", "claim": str(claim)})
    assert Claim.objects.get(id=claim).state == "CANCELLED"
    assert "The community is in doubt" not in read(office, here)
    assert is_sound(tranche)


@pytest.mark.parametrize(
    ("language", "promised", "late"), [("en", "Promised by", "It is late."), ("zh-hans", "承诺送达", "已经晚了。")]
)
def test_the_claimant_sees_until_when_it_is_promised_and_that_it_is_late(
    world: World, language: str, promised: str, late: str
) -> None:
    tranche = world.tranche(20, within_h=24)
    client = resident(language)
    register(client, tranche)
    claim, page = press(client, tranche)
    assert Claim.objects.get(id=claim).due_at == NOW + timedelta(hours=24)
    assert promised in page
    assert late not in page
    set_clock(NOW + timedelta(hours=25))
    assert late in read(client, f"/offers/mine/{claim}/")
