"""Where somebody who is free may help: only where they may go, only what nobody else has begun on, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.crew import queries as people
from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.models import ParcelAct
from baogong.delivery.queries import Unfinished
from baogong.delivery.services import stations, sync
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from tests.apps.delivery.test_rounds import given
from tests.apps.delivery.world import HOUR, NOW, World, act, make_fit
from tests.cast import log_in_as, person_of

UNTIL = NOW + 9 * HOUR
OWNED = {"one_courier_per": "building_category"}


def wanted(world: World, courier: Actor, **more: Any) -> tuple[Unfinished, ...]:
    asked: dict[str, Any] = {"until_at": UNTIL, "now": NOW, **more}
    return delivery.help_wanted(station=world.inner, courier=person_of(courier), **asked).lines


def helper(world: World, place: Any = None) -> Actor:
    """Fit like the others, on no round; `place`: assigned there alone."""
    sun = log_in_as("Sun", [], NOW)
    make_fit(world, sun)
    if place is not None:
        planned = people.plan(world.inner, window=Window(NOW, UNTIL), now=NOW)
        (row,) = [each for each in planned if each.person == person_of(sun)]
        crew.unassign(assignment=row.id, why="sent elsewhere", actor=world.lin, now=NOW)
        held = crew.apply_for_pass(persons=[person_of(sun)], place=place, actor=world.lin, now=NOW)
        crew.grant_pass(passes=list(held), from_at=NOW - HOUR, until_at=UNTIL, actor=world.lin, now=NOW)
        crew.assign(
            person=person_of(sun), work="DELIVER", start_at=NOW, end_at=UNTIL, place=place, actor=world.lin, now=NOW,
            request_id=new_id(),
        )  # fmt: skip
    return sun


def codes_of(lines: tuple[Unfinished, ...]) -> set[str]:
    return {each.parcel.code for line in lines for each in line.may_take}


def test_what_nobody_has_loaded_may_be_taken_and_what_somebody_carries_is_only_told(world: World) -> None:
    codes = world.here(4)
    first = world.give_round(world.mei, codes[:2])
    world.give_round(world.tao, codes[2:], "T0002")
    sun = helper(world)
    assert codes_of(wanted(world, sun)) == set(codes)
    stations.load_round(round=first, actor=world.bao, now=NOW, request_id=new_id())
    lines = wanted(world, sun)
    assert codes_of(lines) == set(codes[2:])
    assert {line.courier_name: line.waiting for line in lines if not line.may_take} == {"Mei": 2}
    assert codes_of(wanted(world, world.mei)) == set(codes[2:])  # the own round is no help
    assert wanted(world, sun, now=UNTIL, until_at=UNTIL + HOUR) == ()  # nobody is assigned any more


def test_what_was_tried_in_vain_and_goes_back_is_no_help(world: World) -> None:
    codes = world.here(2)
    mine = world.give_round(world.mei, codes)
    stations.load_round(round=mine, actor=world.bao, now=NOW, request_id=new_id())
    sun = helper(world)
    assert [line.waiting for line in wanted(world, sun)] == [2]
    sync.sync(device=world.device(world.mei), acts=[act("FAILED", codes[0])], now=NOW + HOUR)
    assert [line.waiting for line in wanted(world, sun)] == [1]


def test_who_is_assigned_at_one_community_hears_of_no_other(world: World) -> None:
    east, west = world.here(2), world.here(2, community=world.west)
    world.give_round(world.mei, east)
    world.give_round(world.tao, west, "T0002")
    sun = helper(world, world.west)
    lines = wanted(world, sun)
    assert {line.community_name for line in lines} == {"西院"}
    assert codes_of(lines) == set(west)


def test_who_lacks_what_a_community_asks_for_hears_nothing_of_it_and_of_others_until_the_proof_ends(
    world: World,
) -> None:
    east, west = world.here(2), world.here(2, community=world.west)
    world.give_round(world.mei, east)
    world.give_round(world.tao, west, "T0002")
    crew.set_entry_rule(
        place=world.east, from_at=NOW, needs_pass=True, needs_firm_listed=False, pcr_hours=None, antigen_hours=None,
        temperature_max_tenths=None, temperature_same_day=False, source="notice 7", actor=world.lin, now=NOW,
        request_id=new_id(),
    )  # fmt: skip
    sun = helper(world)
    assert codes_of(wanted(world, sun)) == set(west)
    held = crew.apply_for_pass(persons=[person_of(sun)], place=world.east, actor=world.lin, now=NOW)
    crew.grant_pass(passes=list(held), from_at=NOW - HOUR, until_at=NOW + 2 * HOUR, actor=world.lin, now=NOW)
    lines = wanted(world, sun)
    assert codes_of(lines) == {*east, *west}
    assert {line.until_at for line in lines if line.community_name == "东院"} == {NOW + 2 * HOUR}
    assert {line.until_at for line in lines if line.community_name == "西院"} == {UNTIL}


@pytest.mark.parametrize("helping", [False, True])
def test_a_building_and_kind_that_was_begun_on_stays_its_couriers_unless_others_may_help(
    world: World, helping: bool
) -> None:
    world.here(12)
    made = given(world, limits={**OWNED, "helping": helping})
    sun = helper(world)
    lines = wanted(world, sun)
    assert codes_of(lines)
    assert {line.is_whole for line in lines} == {not helping}
    assert all(len(line.may_take) == line.waiting for line in lines)
    row = next(each for each in delivery.rounds(plan=made, with_visits=True))
    begun = row.visits[0].parcels[0].parcel
    token = world.device(world.mei if row.courier_name == "Mei" else world.tao)
    sync.sync(device=token, acts=[act("TAKEN", begun.code, NOW)], now=NOW)
    after = wanted(world, sun)
    of_pair = [line for line in after if line.building == begun.building and line.category_zh == begun.category_zh]
    assert bool(of_pair) is helping
    assert begun.code not in codes_of(after)
    assert {line.building for line in after} >= {line.building for line in lines if line.building != begun.building}


def test_what_two_have_of_one_building_and_kind_is_nobodys_to_take_whole(world: World) -> None:
    codes = world.here(12)
    made = given(world, limits=OWNED)
    first, *_ = delivery.rounds(plan=made, with_visits=True)
    taken = first.visits[0].parcels[0].parcel
    sun = helper(world)
    assert taken.code in codes_of(wanted(world, sun))
    # A later call for the same building and kind, planned for the other courier.
    other = world.tao if first.courier_name == "Mei" else world.mei
    more = [code for code in world.here(12) if world.parcel(code).building == taken.building]
    world.give_round(other, more, "T0099")
    still = wanted(world, sun)
    assert taken.code not in codes_of(still)
    assert set(codes) - codes_of(still)


def test_what_a_helper_took_is_written_once_and_whoever_comes_second_is_told(world: World) -> None:
    (code, left) = world.here(2)
    world.give_round(world.mei, [code, left])
    mei, sun = world.device(world.mei), world.device(helper(world))
    taken, handed = act("TAKEN", code, NOW), act("HANDED_OVER", code, NOW + HOUR)
    assert [one.answer for one in sync.sync(device=sun, acts=[taken], now=NOW)] == ["LATE"]
    shift = Window(NOW, UNTIL)
    (mine,) = delivery.besides(sun.person, shift)
    assert (mine.parcel.code, mine.failed) == (code, "")
    assert delivery.besides(mei.person, shift) == ()
    (told,) = sync.sync(device=mei, acts=[act("TAKEN", code, NOW)], now=NOW + HOUR)
    assert (told.answer, told.by) == ("CONFLICT", "Sun")
    assert [one.answer for one in sync.sync(device=sun, acts=[handed], now=NOW + HOUR)] == ["TAKEN"]
    (told,) = sync.sync(device=mei, acts=[act("HANDED_OVER", code, NOW + HOUR)], now=NOW + 2 * HOUR)
    assert (told.answer, told.by) == ("CONFLICT", "Sun")
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert delivery.besides(sun.person, shift) == ()
    assert book.verify_book().ok
