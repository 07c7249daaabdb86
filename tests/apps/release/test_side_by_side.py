"""
Two cities and, in one of them, two modes in the same hour over one warehouse: three connections in the same second.

One city's releases share a quota, so a person has one right in both; the other city knows nothing of it. Every person is
typed by number, as on the house's own page, and everybody who races claims at the very same moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.engine import release as engine
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.services import desk
from baogong.people.services.parties import register_party
from baogong.release import admission, queries, services
from baogong.release.facts import Answer
from baogong.release.identity import person, purpose_of
from baogong.release.models import Claim, Release, Tranche, Used
from baogong.release.services import Contact
from tests.apps.release.test_draws import CLOSES, DRAWN, announced, beacon_of
from tests.apps.release.test_races import GUARD_OF_QUOTAS
from tests.apps.release.world import NOW, World, claim_one, is_sound
from tests.cast import PASSWORD, log_in_as
from tests.races import Meeting, race, without

SAME = "E7654321"  # who claims on every road in the same second
FIRST_COME, OTHER_MODE, OTHER_CITY = range(3)
Act = Callable[[], Any]


def beside(world: World, city: str) -> World:
    """Another city's office, that puts out of the same lot in the same warehouse."""
    office = register_party(kind="ORGANISATION", name=f"{city}市商务局", city=city, now=NOW)
    lin = log_in_as(f"Lin of {city}", [(Duty.COMMAND, office), (Duty.KEEPER, world.cast.warehouse)], NOW)
    wu = log_in_as(f"Wu of {city}", [(Duty.CLERK, office)], NOW)
    return World(world.cast, office, lin, wu, world.item, world.lot)


def typed(world: World, tranche: UUID, number: str, now: datetime, **more: Any) -> Answer:
    """A resident of this city, on the house's own page."""
    del world
    given: dict[str, Any] = {"claim_id": new_id(), "units": 5, "channel": "WEB", "actor": None, "now": now, **more}
    return services.claim(tranche=tranche, contact=Contact("PASSPORT", number, phone="13800001111"), **given)


def meet_once_each(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """All three have judged their first on what they read before any of them writes; later ones do not wait."""
    meeting, judge, had = Meeting(3, is_guarded=False), engine.admit, threading.local()

    def judged(*given: Any) -> Any:
        found = judge(*given)
        if not getattr(had, "met", False):
            had.met = True
            meeting.wait()
        return found

    monkeypatch.setattr(admission, "judge", judged)
    return meeting


def by_appointment(world: World, tranche: UUID, now: datetime) -> Act:
    late = Tranche.objects.get(id=tranche).slots.latest("from_at").id
    return lambda: [typed(world, tranche, number, now, slot=late) for number in (SAME, "E0000003")]


def by_draw(world: World, tranche: UUID, now: datetime) -> Act:
    """Three have entered for three rights: each of them is drawn."""
    draw = announced(world, tranche)
    for number in (SAME, "E0000003", "E0000004"):
        services.enter_draw(
            draw=draw, contact=Contact("PASSPORT", number), nonce=bytes(range(16)), channel="WEB", actor=None, now=NOW,
            request_id=new_id(),
        )  # fmt: skip
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    return partial(services.draw_lots, draw=draw, beacon=beacon_of(draw), actor=world.lin, now=now)


MODES: dict[str, tuple[dict[str, Any], Callable[[World, UUID, datetime], Act]]] = {
    "APPOINTMENT": ({"slots": ["14:00", "15:00"]}, by_appointment),
    "DRAW": ({}, by_draw),
}
PICKUP: dict[str, Any] = {"fulfilment": "PICKUP", "pickup_days": 1}


@pytest.mark.parametrize("is_guarded", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_two_modes_of_one_city_and_another_city_in_the_same_second(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, mode: str, is_guarded: bool
) -> None:
    here = fresh_world
    mark_drill(name="two cities", at=NOW)
    there, free = beside(here, "厦门"), here.free()
    changed, prepare = MODES[mode]
    first = here.release()
    tranches = [
        here.put_out(first, 15),
        here.put_out(here.sharing(first, mode=mode, **PICKUP, **changed), 20),
        there.put_out(there.release(), 25),
    ]
    assert here.free() == there.free() == free - 60, "one warehouse, three tranches of it"
    other_mode = prepare(here, tranches[OTHER_MODE], DRAWN)
    if not is_guarded:
        without(monkeypatch, admission, "TAKE_QUOTA", GUARD_OF_QUOTAS)
    meeting = meet_once_each(monkeypatch)
    told = race(
        lambda: [typed(here, tranches[FIRST_COME], number, DRAWN) for number in (SAME, "E0000001", "E0000002")],
        other_mode,
        lambda: [typed(there, tranches[OTHER_CITY], number, DRAWN) for number in (SAME, "E0000001", "E0000003")],
    )
    assert not [one for one in told if isinstance(one, Exception)], told
    assert meeting.happened, "all three had judged before any of them wrote"

    same = {place.office: person(place.office, document="PASSPORT", number=SAME).person for place in (here, there)}
    rights = Claim.objects.filter(state="ADMITTED")
    of_same = {office: rights.filter(person=tag).count() for office, tag in same.items()}
    assert of_same == {here.office: 1 if is_guarded else 2, there.office: 1}
    if not is_guarded:
        return
    (refused,) = Claim.objects.filter(person=same[here.office]).exclude(state="ADMITTED")
    assert (refused.state, refused.code) == ("REFUSED", "quota-used")
    assert refused.tranche_id in tranches[:OTHER_CITY]
    got = [rights.filter(tranche=tranche).count() for tranche in tranches]
    in_other_mode = 1 if mode == "APPOINTMENT" else 2
    assert got[OTHER_CITY] == 3, "whoever was served in the one city is served in the other"
    assert got[FIRST_COME] + got[OTHER_MODE] == 2 + in_other_mode + 1
    assert {one.units for one in rights} == {5}
    assert Used.objects.filter(scope=Release.objects.get(id=first).scope).count() == got[FIRST_COME] + got[OTHER_MODE]
    assert all(is_sound(tranche) for tranche in tranches)
    assert book.verify_book().ok
    assert here.free() == free - 60, "nobody took what was another's"


@pytest.mark.parametrize("has_own_scope", [False, True])
def test_not_even_the_same_tag_counts_in_another_city(world: World, has_own_scope: bool) -> None:
    """Tags of two cities differ; were they the same, the scope alone would keep the cities apart."""
    there, first = beside(world, "厦门"), world.release()
    other = there.release()
    if not has_own_scope:
        Release.objects.filter(id=other).update(scope=Release.objects.get(id=first).scope)
    assert claim_one(world.put_out(first, 5), "zhang").is_admitted
    assert claim_one(there.put_out(other, 5), "zhang").is_admitted is has_own_scope


def test_neither_city_sees_the_others_people_or_releases(world: World, client: Client) -> None:
    there = beside(world, "厦门")
    releases = {place.office: place.release() for place in (world, there)}
    tranches = {place.office: place.put_out(releases[place.office], 5) for place in (world, there)}
    claims = {place.office: typed(place, tranches[place.office], SAME, NOW).id for place in (world, there)}
    tags = [bytes(tag) for tag in Claim.objects.values_list("person", flat=True) if tag is not None]
    assert len(set(tags)) == 2, "one number, two cities, two tags"
    assert len(set(Claim.objects.values_list("claimant", flat=True))) == 2, "and two claimants"
    for place, other in ((world, there), (there, world)):
        assert [one.id for one in queries.releases(offices=[place.office])] == [releases[place.office]]
        for act in (
            partial(services.cancel_claim, claim=claims[other.office], actor=place.wu, now=NOW),
            partial(services.accept_claims, claims=[claims[other.office]], actor=place.wu, now=NOW),
            partial(typed, other, tranches[other.office], "E0000009", NOW, channel="CLERK", actor=place.wu),
            partial(
                desk.look_up, last_four=SAME[-4:], purpose=purpose_of(other.office), why="at the counter",
                actor=place.wu, now=NOW, paced_at=NOW, at=other.office,
            ),
        ):  # fmt: skip
            with pytest.raises(NotYourPlace):
                act()
        looked = desk.look_up(
            last_four=SAME[-4:], purpose=purpose_of(place.office), why="at the counter", actor=place.wu, now=NOW,
            paced_at=NOW, at=place.office,
        )  # fmt: skip
        assert len(looked) == 1, "one's own people are found"
    for place, other in ((world, there), (there, world)):
        name = {world.office: "wu of 广安", there.office: "wu of 厦门"}[place.office]
        client.cookies["baogong_language"] = "en"
        assert client.post("/log-in/", {"username": name, "password": PASSWORD}).status_code == 302
        own, foreign = (f"/release/desk/{tranches[one.office]}/" for one in (place, other))
        assert client.get(own).status_code == 200
        assert client.get(foreign).status_code in (403, 404)
        assert client.get(f"/release/desk/claims/{claims[place.office]}/").status_code == 200
        assert client.get(f"/release/desk/claims/{claims[other.office]}/").status_code in (403, 404)
