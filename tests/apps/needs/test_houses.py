"""One hospital registered twice: merged by a person, undone by a person, nothing of the book rewritten."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.engine.sheets import wuhan2020
from baogong.engine.sheets.houses import Likeness
from baogong.journal import queries as journal
from baogong.journal.services import imports
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs import queries
from baogong.needs import services as needs
from baogong.needs.errors import EarmarkBroken, NeedLooksDoubled, StillHolds
from baogong.needs.models import Ringing
from baogong.needs.queries.houses import likely_houses
from baogong.needs.services import calls
from baogong.people.models import Party
from baogong.people.queries.merges import houses, merges
from baogong.people.queries.parties import ResolutionStatus, parties, resolve
from baogong.people.services import merges as merging_of_parties
from baogong.people.services.merges import MergedAlready, MergeUndone, NotOneHouse, SaidToBeApart
from baogong.people.services.parties import never_alias, register_party
from baogong.places import queries as places
from baogong.places.services import add_site
from baogong.supply.services import Offered
from tests.apps.needs.test_allotments import frozen_masks, hand_over, promise
from tests.apps.needs.test_real_files import LINES
from tests.apps.needs.test_requests import asking
from tests.apps.supply.test_gifts import judge, offer, receive
from tests.apps.supply.world import World, make_world
from tests.cast import NOW, log_in_as, person_of
from tests.races import Meeting, race


def spelled(name: str = "中南医院", city: str = "武汉", kind: str = "SITE") -> UUID:
    return register_party(kind=kind, name=name, city=city, now=NOW)


def merging(world: World, kept: UUID, merged: UUID, **facts: Any) -> UUID:
    given = {"why": "电话核实是一家", "actor": world.cast.wu, "now": NOW, "request_id": new_id()}
    return needs.merge_houses(kept=kept, merged=merged, **{**given, **facts})


def parting(world: World, merge: UUID) -> None:
    needs.undo_merge(merge=merge, why="是两家", actor=world.cast.wu, now=NOW)


def picture(world: World) -> Any:
    """Everything that a merge changes for a reader."""
    return (
        queries.needs_board(NOW),
        queries.served(),
        parties(),
        {name: resolve(name, city="武汉").party for name in ("中南医院", "武汉大学中南医院")},
        {view.hold: view.receiver for view in queries.allotments()},
        [(view.holder, view.state, view.posted, view.held) for view in book.balances()],
    )


def test_the_kept_one_speaks_for_the_merged_in_names_needs_and_promises(world: World) -> None:
    hospital, again = world.cast.hospital, spelled()
    need = asking(world, receiver=again)
    merge = merging(world, hospital, again)
    view = queries.need(need)
    assert (view.receiver, view.receiver_name, view.asked_as) == (hospital, "武汉大学中南医院", "中南医院")
    found = resolve("中南医院", city="武汉")
    assert (found.status, found.party and found.party.id) == (ResolutionStatus.EXACT, hospital)
    assert again not in {party.id for party in parties()}
    assert register_party(kind="SITE", name="中南医院", city="武汉", now=NOW) == hospital
    with pytest.raises(NeedLooksDoubled):
        asking(world, receiver=again)
    with pytest.raises(NeedLooksDoubled):
        asking(world, receiver=hospital)
    promise(world, frozen_masks(world, 100), 100, receiver=again, need=need)
    (allotment,) = queries.allotments(need_id=need)
    assert allotment.receiver == hospital
    (paper,) = journal.documents(kind="MERGE")
    assert {hospital, again} <= set(paper.subjects)
    assert merges(in_force=True)[0].id == merge


def test_undoing_a_merge_restores_exactly_what_was(world: World) -> None:
    hospital, again = world.cast.hospital, spelled()
    asking(world)
    asking(world, receiver=again)
    before = picture(world)
    merge = merging(world, hospital, again)
    assert picture(world) != before
    parting(world, merge)
    assert picture(world) == before
    with pytest.raises(MergeUndone):
        parting(world, merge)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5))
def test_whatever_is_merged_undoing_all_of_it_restores_every_root(world: World, couples: list[tuple[int, int]]) -> None:
    names = [spelled(f"第{number}临时医疗点") for number in range(4)]
    before = {party: houses().root(party) for party in names}
    made = []
    for kept, merged in couples:
        with suppress(MergedAlready, UnusableInput):  # merged already, or with itself
            made.append(merging(world, names[kept], names[merged]))
    known = houses()
    assert all(known.root(known.root(party)) == known.root(party) for party in names)
    for merge in made[::-1]:
        parting(world, merge)
    assert {party: houses().root(party) for party in names} == before


def test_what_the_merged_one_signed_for_stays_its_own_in_the_book_and_met_for_the_need(world: World) -> None:
    again = spelled()
    add_site(party=again, role="RECEIVER")
    need = asking(world, receiver=again, quantity=100)
    promise(world, frozen_masks(world, 100), 100, receiver=again, need=need)
    (allotment,) = queries.allotments(need_id=need)
    with pytest.raises(StillHolds) as refusal:
        merging(world, world.cast.hospital, again)
    assert refusal.value.data["promises_count"] == 1
    hand_over(world, allotment.hold)
    merging(world, world.cast.hospital, again)
    assert queries.need(need).met == 100
    assert world.standing(State.HANDED_OVER, holder=again) == 100
    assert world.standing(State.HANDED_OVER) == 0


def test_a_party_with_goods_that_can_move_is_kept_not_merged_away(world: World) -> None:
    frozen_masks(world, 50)
    with pytest.raises(StillHolds):
        merging(world, world.cast.hub, world.langfang)
    merging(world, world.langfang, world.cast.hub)


def test_a_team_a_person_and_an_office_in_a_sites_place_are_refused(world: World) -> None:
    team = spelled("北京协和医院援鄂医疗队", "", "TEAM")
    office = spelled("中南医院设备科", kind="ORGANISATION")
    for kept, merged in (
        (world.union, team),
        (person_of(world.cast.wu), office),
        (office, world.cast.hospital),
    ):
        with pytest.raises(NotOneHouse):
            merging(world, kept, merged)
    merging(world, world.cast.hospital, office)


def test_what_is_kept_apart_by_a_person_or_by_a_name_is_never_merged(world: World) -> None:
    peking = spelled("北京协和医院", "北京")
    never_alias(party=world.union, text="北京协和", now=NOW)
    with pytest.raises(SaidToBeApart):
        merging(world, world.union, peking)
    again = spelled()
    said = needs.keep_apart(one=again, other=world.cast.hospital, why="社区医院", actor=world.cast.wu, now=NOW)
    with pytest.raises(SaidToBeApart):
        merging(world, world.cast.hospital, again)
    assert all(
        {couple.one.party.id, couple.other.party.id} != {again, world.cast.hospital} for couple in likely_houses()
    )
    needs.take_apart_back(apart=said, actor=world.cast.wu, now=NOW)
    merging(world, world.cast.hospital, again)
    with pytest.raises(MergedAlready):
        needs.keep_apart(one=again, other=world.cast.hospital, why="x", actor=world.cast.wu, now=NOW)


def test_an_earmark_for_the_merged_name_is_an_earmark_for_the_house(world: World) -> None:
    again = spelled()
    suits = Offered(world.item("protective-suit"), 1600, "GB 19082-2009", pieces_per_carton=50, receiver=again)
    gift = offer(world, suits)
    judge(world, gift)
    receive(world, gift)
    need = asking(world, "protective-suit", quantity=200)
    lot = world.lot_of("protective-suit", holder=world.cast.hub)
    with pytest.raises(EarmarkBroken):
        promise(world, lot, 50, site=world.cast.hub, need=need)
    merging(world, world.cast.hospital, again)
    promise(world, lot, 50, site=world.cast.hub, need=need)
    assert queries.need(need).committed == 50


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_clerks_who_merge_crosswise_in_the_same_second_leave_one_merge(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Without the lock on both parties each speaks for the other, and nobody for either."""
    world = make_world()
    one, other = spelled("东湖第一临时医院"), spelled("东湖一临时医院")
    meeting, look = Meeting(is_guarded=is_guarded), merging_of_parties._refuse_merged

    def look_and_wait(kept: UUID, merged: UUID) -> None:
        look(kept, merged)
        meeting.wait()

    monkeypatch.setattr(merging_of_parties, "_refuse_merged", look_and_wait)
    if not is_guarded:
        monkeypatch.setattr(
            merging_of_parties, "lock_two", lambda *two: {row.pk: row for row in Party.objects.filter(pk__in=two)}
        )
    answers = race(lambda: merging(world, one, other), lambda: merging(world, other, one))
    assert meeting.happened is not is_guarded
    assert sum(isinstance(answer, MergedAlready) for answer in answers) == (1 if is_guarded else 0)
    assert len(merges(in_force=True)) == (1 if is_guarded else 2)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_clerks_ring_two_receivers(fresh_book: str, monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    """The guard is that one statement looks and takes; a look and then a taking give both clerks one receiver."""
    world = make_world()
    ning = log_in_as("Ning", [(Duty.CLERK, None)])
    asking(world)
    meeting = Meeting(is_guarded=False)

    def look_then_take(*, receiver: UUID, actor: Actor, now: datetime) -> bool:
        taken = Ringing.objects.filter(receiver=receiver, until_at__gt=now).exclude(by=actor.person_id).exists()
        meeting.wait()
        facts = {"by_id": actor.person_id, "until_at": now + calls.CALL_FOR, "unreached_count": 0}
        if not taken:
            Ringing.objects.update_or_create(receiver_id=receiver, defaults=facts)
        return not taken

    if not is_guarded:
        monkeypatch.setattr(calls, "take_call", look_then_take)
    answers = race(lambda: needs.next_call(actor=world.cast.wu, now=NOW), lambda: needs.next_call(actor=ning, now=NOW))
    if not is_guarded:
        assert answers == [world.cast.hospital] * 2
        return
    assert sorted(answer is not None for answer in answers) == [False, True]
    later = NOW + timedelta(minutes=11)
    assert needs.next_call(actor=ning, now=later) == world.cast.hospital


SAME_HOUSES = {
    frozenset(couple)
    for couple in (
        ("华中科技大学同济医学院附属协和医院", "武汉协和医院"),
        ("华中科技大学同济医学院附属同济医院", "武汉同济医院"),
        ("武汉市汉口医院", "武汉汉口医院"),
        ("武汉市武昌医院", "武昌医院"),
        ("湖北省中西医结合医院（新华医院)", "湖北省中西医结合医院"),
        ("黄冈市黄州区康泰精神病医院", "康泰精神病医院"),
    )
}
"""Couples of the six files that are one house, by their addresses and their own pages."""
UNKNOWN = {
    frozenset(couple) for couple in (("武汉市第四医院", "武汉市第四人民医院"), ("湖北省蕲春县医院", "蕲春县人民医院"))
}
"""Whether these are one, only a telephone call tells."""
PARTS = {"武汉协和医院肿瘤中心", "武汉大学人民医院东院"}


def test_the_merges_suggested_in_the_six_city_files(real_data: Path, world: World) -> None:
    """Of the houses in 1,138 lines: how many couples are suggested, right, left to a call, wrong, and missed."""
    for city in LINES:
        file = real_data / "wuhan2020" / "hospital" / f"{city}.json"
        for wish in wuhan2020.read(file.read_bytes(), file.name):
            party = register_party(kind=wish.receiver_kind, name=wish.hospital, city=wish.city, now=NOW)
            if wish.receiver_kind == "SITE" and not places.sites(ids=[party]):
                add_site(party=party, role="RECEIVER", address=wish.address)
    tally: Counter[str] = Counter()
    met = set()
    for couple in likely_houses():
        names = frozenset((couple.one.party.name, couple.other.party.name))
        if couple.likeness is Likeness.PART:
            tally["part right" if couple.other.party.name in PARTS else "part wrong"] += 1
        elif names in SAME_HOUSES:
            tally["right"] += 1
            met.add(names)
        else:
            tally["unknown" if names in UNKNOWN else "wrong"] += 1
    tally["missed"] = len(SAME_HOUSES - met)
    assert dict(tally) == {"right": 6, "unknown": 2, "part right": 3, "missed": 0}


def test_a_list_read_after_a_merge_gives_the_kept_house_its_wishes(world: World) -> None:
    merging(world, world.union, spelled("武汉协和医院"))
    rows = "接收单位,城市,货物,数量\n武汉协和医院,武汉,医用外科口罩,3000\n".encode()
    run = imports.preview(kind="needs", file_name="需求.csv", data=rows, profile=None, actor=world.cast.wu, now=NOW)
    imports.apply(run=run.id, actor=world.cast.wu, now=NOW)
    (view,) = queries.open_needs()
    assert (view.receiver, view.asked_as, view.quantity) == (world.union, "", 3000)
