"""By private link: where is mine, bring it to the door, I have it; nobody sees or changes another's."""

from __future__ import annotations

from uuid import UUID

import pytest

from baogong.delivery.errors import NothingToShow, NotThisShelf, ParcelNotThere
from baogong.delivery.models import ParcelAct
from baogong.delivery.services import handovers, residents, stations
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger.states import State
from baogong.people.services import links
from baogong.people.services.links import LinkUnusable, LinkView, WrongCode
from tests.apps.delivery.world import HOUR, NOW, World

CODE = "4711"


def opened(world: World, subject: UUID) -> LinkView:
    token = residents.make_parcels_link(subject=subject, code=CODE, actor=world.lin, now=NOW)
    return links.open_link(token, residents.LINK, NOW)


def test_a_household_sees_its_own_parcels_and_no_others(world: World) -> None:
    codes = world.here(13)  # twelve doors: the first one gets two
    door = world.parcel(codes[0]).door
    assert door is not None
    found = residents.own_parcels(opened(world, door), NOW)
    assert [one.code for one in found] == [codes[12], codes[0]]
    assert all(one.can_ask_door and one.state == "AT_STATION" for one in found)
    with pytest.raises(NotYourPlace):
        residents.make_parcels_link(subject=door, code=CODE, actor=world.stranger, now=NOW)
    with pytest.raises(ParcelNotThere):
        residents.make_parcels_link(subject=new_id(), code=CODE, actor=world.lin, now=NOW)


def test_the_door_is_asked_for_with_the_code_only_and_then_no_shelf_takes_it(world: World) -> None:
    codes = world.here(2)
    own, other = (world.parcel(code) for code in codes)
    assert own.door is not None
    link = opened(world, own.door)
    with pytest.raises(WrongCode):
        residents.ask_for_door(link=link, parcels=[own.id], code="0000", now=NOW)
    with pytest.raises(ParcelNotThere):
        residents.ask_for_door(link=link, parcels=[own.id, other.id], code=CODE, now=NOW)
    assert not world.parcel(codes[0]).wants_door
    assert residents.ask_for_door(link=link, parcels=[own.id], code=CODE, now=NOW) == 1
    assert residents.ask_for_door(link=link, parcels=[own.id], code=CODE, now=NOW) == 0
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    with pytest.raises(NotThisShelf):
        handovers.put_on_shelf(
            parcel=own.id, shelf=world.shelf(world.east), actor=world.mei, now=NOW, request_id=new_id()
        )


def test_fetched_off_the_shelf_the_household_itself_confirms_with_the_label(world: World) -> None:
    (code,) = world.here(1)
    own = world.parcel(code)
    assert own.door is not None
    stations.load_round(round=world.give_round(world.mei, [code]), actor=world.bao, now=NOW, request_id=new_id())
    handovers.put_on_shelf(parcel=own.id, shelf=world.shelf(world.east), actor=world.mei, now=NOW, request_id=new_id())
    link = opened(world, own.door)
    (seen,) = residents.own_parcels(link, NOW)
    assert (seen.state, seen.shelf_name) == ("ON_SHELF", "1架")
    with pytest.raises(NothingToShow):
        residents.confirm(link=link, parcel=own.id, read="WRONG2", code=CODE, now=NOW, request_id=new_id())
    for _ in range(2):
        residents.confirm(link=link, parcel=own.id, read=code.lower(), code=CODE, now=NOW + HOUR, request_id=new_id())
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert ParcelAct.objects.filter(kind="CONFIRMED").count() == 1
    assert world.stands(world.east, State.HANDED_OVER) == 1


def test_a_link_that_ended_opens_nothing(world: World) -> None:
    (code,) = world.here(1)
    token = residents.make_parcels_link(subject=world.parcel(code).id, code=CODE, actor=world.lin, now=NOW)
    with pytest.raises(LinkUnusable):
        links.open_link(token, residents.LINK, NOW + 8 * 24 * HOUR)
