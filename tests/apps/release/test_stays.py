"""Losers stay in: registered once, in every draw until they win or leave; the last change counts; nobody stands twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baogong.engine import draw as engine
from baogong.engine.draw import UnfitDraw
from baogong.journal.queries import events
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.people.services.identity import unseal
from baogong.people.services.limits import TooOften
from baogong.release import entrants, jobs, queries, services
from baogong.release.errors import ClerkCapReached, DrawNotThere, DrawUnusable, EntryRefused, PersonUnusable
from baogong.release.identity import person
from baogong.release.luck import lucks
from baogong.release.models import Claim, Device, Draw, DrawEntry, DrawStay, Release, Used
from baogong.release.services import EntrantIn, stays, taking_out
from tests.apps.release.test_draws import BEACON, CLOSES, DRAWN, NAMES, NONCE, announced, beacon_of, enter, run, source
from tests.apps.release.test_people import stored
from tests.apps.release.world import DAY, NOW, TODAY, World, is_sound
from tests.engine.draw.worlds import verify

STAYS: dict[str, Any] = {"mode": "DRAW", "quotas": [], "draw": {"stays_in": True}}
OTHER = bytes(range(16, 32))


def staying(world: World, **changed: Any) -> UUID:
    return world.release(**{**STAYS, **changed})


def next_draw(world: World, release: UUID, day: int, units: int = 15, **put: Any) -> UUID:
    """Announced on the day after the one before was drawn."""
    return announced(world, world.put_out(release, units, on=TODAY + day * DAY, **put), day * DAY)


def carry(day: int) -> int:
    return services.carry_losers(now=NOW + day * DAY)


def entry_in(draw: UUID, name: str, world: World) -> DrawEntry:
    return DrawEntry.objects.get(draw=draw, person=tag_of(world, name), left_at=None)


def tag_of(world: World, name: str) -> bytes:
    return person(world.office, document="PASSPORT", number=f"E{name}00000"[:12]).person


def first_day(
    world: World, names: Sequence[str] = NAMES, **changed: Any
) -> tuple[UUID, UUID, list[DrawEntry], list[DrawEntry]]:
    """The release, its first draw, and who won and who lost in it."""
    release = staying(world, **changed)
    draw = next_draw(world, release, 0)
    for name in names:
        enter(world, draw, name)
    run(world, draw)
    won = set(Claim.objects.filter(state="ADMITTED").values_list("id", flat=True))
    entries = list(DrawEntry.objects.filter(draw=draw).order_by("entered_at", "id"))
    return release, draw, [one for one in entries if one.id in won], [one for one in entries if one.id not in won]


def test_losers_stand_in_the_next_draw_once_and_winners_do_not(drill: World) -> None:
    release, first, won, lost = first_day(drill)
    assert (len(won), len(lost)) == (3, 6)
    second = next_draw(drill, release, 1)
    assert carry(1) == 6
    assert carry(1) == 0
    stand = DrawEntry.objects.filter(draw=second)
    assert {bytes(one.person or b"") for one in stand} == {bytes(one.person or b"") for one in lost}
    assert not {one.id for one in stand} & {one.id for one in lost}, "each draw gives random ids of its own"
    assert {one.came_from_id for one in stand} == {one.id for one in lost}
    assert {one.claimant_id for one in stand} == {one.claimant_id for one in lost}
    for one in won:
        stay = DrawStay.objects.get(entry=one.id)
        assert (stay.won_by, stay.sealed) == (one.id, "")
    view = queries.draw(second)
    assert (view.entries, view.carried, view.left) == (6, 6, 0)
    assert [one.data["people"] for one in events(kinds=["release.draw.carried"])] == [6]
    enter(drill, second, "new", DAY)
    answers = run(drill, second, DAY)
    assert len(answers) == 3
    view = queries.draw(second)
    assert (view.entries, view.carried) == (7, 6)
    assert queries.draw(first).carried == 0


def test_a_list_that_is_closed_before_anybody_carried_holds_everybody_all_the_same(drill: World) -> None:
    release, _first, _won, lost = first_day(drill)
    second = next_draw(drill, release, 1)
    with pytest.raises(UnfitDraw):
        services.close_draw(draw=second, actor=drill.lin, now=BEACON + DAY)  # too late: nothing was written either
    assert not DrawEntry.objects.filter(draw=second).exists()
    services.close_draw(draw=second, actor=drill.lin, now=CLOSES + DAY)
    assert queries.draw(second).entries == len(lost)
    leaves = bytes(Draw.objects.get(id=second).leaves or b"")
    assert all(one.id.bytes in leaves for one in DrawEntry.objects.filter(draw=second))


def test_a_carried_entry_is_shown_to_be_ones_own_with_the_number_of_the_first_receipt(
    drill: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release, _first, _won, _lost = first_day(drill, names=NAMES[:4])
    second = next_draw(drill, release, 1)
    for name in NAMES[4:8]:
        enter(drill, second, name, DAY, nonce=OTHER)
    carry(1)
    run(drill, second, DAY)
    (own,) = DrawEntry.objects.filter(draw=second, is_carried=True)
    told = json.loads(queries.receipt(own.id).text)
    assert (told["draw"], told["commitment"]) == (str(second), bytes(own.commitment).hex())
    proof: Any = entrants.draw_proof(second, own.id)
    root, files = queries.draw(second).root, queries.draw_bundle(second)
    published, known = engine.Published.read(files), verify.Papers(files, verify.Findings())
    known.hold()
    assert engine.check_proof(proof, published, root=root, nonce=NONCE) == []
    assert verify.check_proof(proof, known, root, NONCE.hex())[0] == []
    assert engine.check_proof(proof, published, nonce=OTHER)
    assert verify.check_proof(proof, known, None, OTHER.hex())[0]
    leaves = files.pop("leaves.bin")
    assert engine.check(files, engine.records_of(leaves)).problems == ()
    for name, content in (files | {"leaves.bin": leaves}).items():
        (tmp_path / name).write_bytes(content)
    assert verify.main([str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_what_is_kept_tells_nobody_the_entrants_number(drill: World) -> None:
    """The house could otherwise take an entry out and say that the entrant did."""
    first_day(drill)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(stay::text, '') FROM release_drawstay AS stay")
        (kept,) = cursor.fetchone()
    assert NONCE.hex() not in kept
    for stay in DrawStay.objects.filter(ended_at=None):
        told = unseal(stay.sealed)
        assert NONCE.hex() not in told
        assert json.loads(told)["key"] == engine.stay_key_of(NONCE).hex()


def test_whoever_has_registered_does_not_register_again(drill: World) -> None:
    release, first, won, lost = first_day(drill)
    second = next_draw(drill, release, 1)
    names = {
        bytes(one.person or b""): name
        for name in NAMES
        for one in (*won, *lost)
        if tag_of(drill, name) == bytes(one.person or b"")
    }
    loser, winner = names[bytes(lost[0].person or b"")], names[bytes(won[0].person or b"")]
    with pytest.raises(EntryRefused, match="stays-in"):
        enter(drill, second, loser, DAY)  # also before the worker has carried
    carry(1)
    with pytest.raises(EntryRefused, match="already-entered"):
        enter(drill, second, loser, DAY)
    listed = [
        EntrantIn(person(drill.office, document="PASSPORT", number=f"E{name}00000"[:12]))
        for name in (loser, winner, "new")
    ]
    told = services.enter_many(
        draw=second, entrants=listed, channel="IMPORT", actor=drill.wu, now=NOW + DAY, request_id=new_id()
    )
    assert [one.code for one in told] == ["already-entered", "", ""], "no pause, no quota: a winner may come anew"
    assert DrawStay.objects.filter(person=tag_of(drill, winner)).count() == 2
    assert DrawEntry.objects.filter(draw=first).count() == 9


def test_who_stands_in_a_list_that_is_not_drawn_yet_registers_for_no_other(drill: World) -> None:
    release = staying(drill)
    first = next_draw(drill, release, 0)
    enter(drill, first, "zhang")
    second = next_draw(drill, release, 1)
    with pytest.raises(EntryRefused, match="stays-in"):
        enter(drill, second, "zhang")
    assert services.carry_losers(now=NOW) == 0
    enter(drill, second, "li")
    run(drill, first)
    assert carry(1) == 0, "one winner, nobody lost"


def test_the_last_change_counts_and_the_order_of_changes_stays(drill: World) -> None:
    release = staying(drill)
    draw = next_draw(drill, release, 0)
    old = enter(drill, draw, "zhang", phone="13800002222")
    for wrong in (OTHER, bytes(reversed(NONCE))):
        with pytest.raises(DrawUnusable):
            enter(drill, draw, "zhang", nonce=OTHER, earlier_nonce=wrong)
    with pytest.raises(DrawUnusable):
        enter(drill, draw, "zhang", earlier_nonce=NONCE)  # a number is used once
    request = new_id()
    new = enter(
        drill, draw, "zhang", phone="13800003333", nonce=OTHER, earlier_nonce=NONCE, request_id=request,
        shift=timedelta(minutes=1),
    )  # fmt: skip
    again = enter(drill, draw, "zhang", phone="13800003333", nonce=OTHER, earlier_nonce=NONCE, request_id=request)
    assert again == new
    with pytest.raises(DrawUnusable):
        enter(drill, draw, "zhang", nonce=bytes(range(1, 17)), earlier_nonce=NONCE)  # the receipt of before the change
    with pytest.raises(DrawUnusable):
        services.leave_draw(entry=old.entry, nonce=NONCE, actor=None, now=NOW)
    before, after = (DrawEntry.objects.get(id=one.entry) for one in (old, new))
    assert (bytes(before.left_by or b""), after.came_from_id, after.left_at) == (NONCE, before.id, None)
    assert DrawStay.objects.get().entry == after.id
    view = queries.draw(draw)
    assert (view.entries, view.left) == (1, 0)
    services.leave_draw(entry=old.entry, nonce=OTHER, actor=None, now=NOW)
    assert queries.draw(draw).left == 1


def test_a_change_that_the_door_refuses_leaves_the_earlier_one(drill: World) -> None:
    quotas = [{"subject": "PHONE", "turn": "ROLLING", "days": 3, "claims_max": 1}]
    draw = next_draw(drill, staying(drill, quotas=quotas), 0)
    enter(drill, draw, "li", phone="13800002222")
    old = enter(drill, draw, "zhang", phone="13800003333")
    with pytest.raises(EntryRefused, match="quota-entered"):
        enter(drill, draw, "zhang", phone="13800002222", nonce=OTHER, earlier_nonce=NONCE)
    assert entry_in(draw, "zhang", drill).id == old.entry
    enter(drill, draw, "zhang", phone="13800003333", nonce=OTHER, earlier_nonce=NONCE)  # its own is not in its way
    assert DrawEntry.objects.filter(draw=draw, left_at=None).count() == 2


def test_a_changed_entry_is_carried_as_it_was_changed(drill: World) -> None:
    release = staying(drill)
    first = next_draw(drill, release, 0)
    for name in NAMES:
        old = enter(drill, first, name, phone="13800002222")
        enter(drill, first, name, phone="13800003333", nonce=OTHER, earlier_nonce=NONCE)
    assert old
    run(drill, first)
    second = next_draw(drill, release, 1)
    assert carry(1) == 6
    phone = person(drill.office, document="PASSPORT", number="E1234567", phone="13800003333").phone
    for one in DrawEntry.objects.filter(draw=second):
        assert bytes(one.phone or b"") == phone
        assert engine.is_opened_by(bytes(one.commitment), draw=second.bytes, entry=one.id.bytes, nonce=OTHER)


def test_a_carried_entry_is_changed_with_the_first_receipt(drill: World) -> None:
    release, _first, _won, lost = first_day(drill)
    second = next_draw(drill, release, 1)
    carry(1)
    name = next(name for name in NAMES if tag_of(drill, name) == bytes(lost[0].person or b""))
    carried = entry_in(second, name, drill)
    new = enter(drill, second, name, DAY, phone="13800003333", nonce=OTHER, earlier_nonce=NONCE)
    now = entry_in(second, name, drill)
    assert (now.id, now.came_from_id, now.is_carried) == (new.entry, carried.id, True)
    assert queries.draw(second).carried == 6


def test_who_leaves_is_carried_no_further_wherever_it_is_said(drill: World) -> None:
    """In the open list, in the closed one, and after the draw; with the receipt of any entry of the registration."""
    release = staying(drill)
    first = next_draw(drill, release, 0)
    receipts = {name: enter(drill, first, name) for name in NAMES}
    services.leave_draw(entry=receipts["00"].entry, nonce=NONCE, actor=None, now=NOW)
    services.close_draw(draw=first, actor=drill.lin, now=CLOSES)
    with pytest.raises(DrawUnusable):
        services.leave_draw(entry=receipts["01"].entry, nonce=OTHER, actor=None, now=CLOSES)
    for _twice in range(2):
        services.leave_draw(entry=receipts["01"].entry, nonce=NONCE, actor=None, now=CLOSES)
    services.draw_lots(draw=first, beacon=beacon_of(first), actor=drill.lin, now=DRAWN)
    assert queries.draw(first).entries == 8, "a closed list stays as it was published"
    lost = [name for name in NAMES[2:] if not Claim.objects.filter(id=receipts[name].entry, state="ADMITTED").exists()]
    services.leave_draw(entry=receipts[lost[0]].entry, nonce=NONCE, actor=drill.wu, now=DRAWN)
    second = next_draw(drill, release, 1)
    carry(1)
    stand = {bytes(one.person or b"") for one in DrawEntry.objects.filter(draw=second, left_at=None)}
    assert stand == {tag_of(drill, name) for name in lost[1:]}
    services.leave_draw(entry=receipts[lost[1]].entry, nonce=NONCE, actor=None, now=NOW + DAY)  # the old receipt
    left = DrawEntry.objects.get(draw=second, person=tag_of(drill, lost[1]))
    assert (bytes(left.left_by or b""), left.left_at) == (NONCE, NOW + DAY)
    assert carry(1) == 0
    assert (queries.draw(second).entries, queries.draw(second).left) == (len(lost) - 2, 1)
    enter(drill, second, lost[1], DAY)


def test_who_stands_by_is_carried_and_taken_out_again_once_moved_up(drill: World) -> None:
    release = staying(drill, standby_max=2)
    first = next_draw(drill, release, 0)
    for name in NAMES[:4]:
        enter(drill, first, name)
    answers = run(drill, first)
    second = next_draw(drill, release, 1)
    assert carry(1) == 1
    enter(drill, second, "new", DAY)
    services.cancel_claim(claim=answers[0].id, actor=drill.lin, now=NOW + DAY)
    assert Claim.objects.get(id=answers[3].id).state == "ADMITTED"
    services.close_draw(draw=second, actor=drill.lin, now=CLOSES + DAY)
    out = DrawEntry.objects.get(draw=second, is_carried=True)
    assert (out.left_for, out.left_by) == (answers[3].id, None)
    assert queries.draw(second).entries == 1
    assert entrants.own_entry(out.id, now=CLOSES + DAY).place == "LEFT"


def test_whom_a_list_entered_without_a_number_is_taken_out_at_a_desk(drill: World) -> None:
    """Nobody knows the number it made; with the document seen they get out, on record, and enter anew with their own."""
    release = staying(drill)
    draw = next_draw(drill, release, 0)
    listed = [EntrantIn(person(drill.office, document="PASSPORT", number=f"E{name}00000")) for name in ("12", "34")]
    one, other = services.enter_many(
        draw=draw, entrants=listed, channel="IMPORT", actor=drill.lin, now=NOW, request_id=new_id()
    )
    assert one.entry
    assert other.entry
    given: dict[str, Any] = {"number": "E1200000", "why": "the list has a wrong district", "now": NOW}
    for wrong in ({"number": "E3400000"}, {"why": " "}):
        with pytest.raises(DrawUnusable):
            services.take_out(entry=one.entry, actor=drill.wu, **given | wrong)
    with pytest.raises(NotYourPlace):
        services.take_out(entry=one.entry, actor=drill.cast.bao, **given)
    services.take_out(entry=one.entry, actor=drill.wu, **given)
    with pytest.raises(DrawNotThere):
        services.take_out(entry=one.entry, actor=drill.wu, **given)
    (told,) = events(kinds=["release.draw.taken-out"])
    assert (told.person, told.data["why"]) == (drill.wu.person_id, given["why"])
    view = queries.draw(draw)
    assert (view.entries, view.left, view.taken_out) == (1, 1, 1)
    own = entrants.own_entry(one.entry, now=NOW)
    assert (own.place, own.is_taken_out) == ("LEFT", True)
    assert DrawEntry.objects.get(id=one.entry).left_by is None, "nobody says that the entrant left"
    anew = enter(drill, draw, "12").entry
    services.close_draw(draw=draw, actor=drill.lin, now=CLOSES)
    services.take_out(entry=other.entry, number="E3400000", why="moved away", actor=drill.wu, now=CLOSES)
    assert queries.draw(draw).entries == 2, "a closed list stays as it was published"
    stay = entrants.own_entry(other.entry, now=CLOSES).stay
    assert stay is not None
    assert (stay.stays, stay.is_taken_out, stay.is_over) == (False, True, False)
    services.take_out(entry=anew, number="E1200000", why="the receipt is lost", actor=drill.wu, now=CLOSES)
    with pytest.raises(DrawNotThere, match="taken out at a desk"):
        services.leave_draw(entry=anew, nonce=NONCE, actor=None, now=CLOSES)


def test_numbers_are_not_tried_out_on_an_entry_and_each_wrong_one_stands_on_record(drill: World) -> None:
    draw = next_draw(drill, drill.release(mode="DRAW", quotas=[]), 0)
    mine, other = (enter(drill, draw, name).entry for name in ("12", "34"))
    given: dict[str, Any] = {"entry": mine, "why": "the receipt is lost", "actor": drill.wu, "now": NOW}
    wrong = [f"E9{at:05d}00" for at in range(taking_out.ENTRY_TRIES)]
    for number in wrong:
        with pytest.raises(DrawUnusable):
            services.take_out(number=number, **given)
    for number in ("E1200000", "E9900000", "no number"):
        with pytest.raises(TooOften):
            services.take_out(number=number, **given)
    told = events(kinds=["release.draw.not-taken-out"])
    assert sorted(one.data["found"] for one in told) == ["another-document"] * len(wrong) + ["too-often"]
    assert {(one.person, one.data["entry"]) for one in told} == {(drill.wu.person_id, str(mine))}
    assert not [number for number in wrong if number in stored()]
    assert queries.draw(draw).taken_out == 0
    services.take_out(number="E3400000", **given | {"entry": other})
    with pytest.raises(PersonUnusable):
        services.take_out(number="?", **given | {"entry": enter(drill, draw, "56").entry})
    assert "no-such-number" in {one.data["found"] for one in events(kinds=["release.draw.not-taken-out"])}


def test_one_clerk_does_not_try_a_number_out_on_every_entry(drill: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_out, "CLERK_TRIES", 3)
    draw = next_draw(drill, drill.release(mode="DRAW", quotas=[]), 0)
    entries = [enter(drill, draw, f"{at:02}").entry for at in range(4)]
    given: dict[str, Any] = {"number": "E0300000", "why": "whose is it", "now": NOW}
    for entry in entries[:3]:
        with pytest.raises(DrawUnusable):
            services.take_out(entry=entry, actor=drill.wu, **given)
    with pytest.raises(TooOften):
        services.take_out(entry=entries[3], actor=drill.wu, **given)
    services.take_out(entry=entries[3], actor=drill.lin, **given)
    assert queries.draw(draw).taken_out == 1


def test_who_was_taken_out_of_a_draw_in_which_nobody_stays_cannot_leave_it_too(drill: World) -> None:
    draw = next_draw(drill, drill.release(mode="DRAW", quotas=[]), 0)
    entry = enter(drill, draw, "12").entry
    services.take_out(entry=entry, number="E1200000", why="the receipt is lost", actor=drill.wu, now=NOW)
    with pytest.raises(DrawNotThere, match="taken out at a desk"):
        services.leave_draw(entry=entry, nonce=NONCE, actor=None, now=NOW)
    assert not events(kinds=["release.draw.left"])


def test_whom_the_door_refuses_to_carry_is_put_right_at_a_desk(drill: World) -> None:
    """The telephone's share is used: they stand in no list, and could not enter with another before."""
    release = staying(drill, quotas=[{"subject": "PHONE", "turn": "EVER", "claims_max": 1}])
    first = next_draw(drill, release, 0, units=5)
    enter(drill, first, "12", phone="13800002222")
    enter(drill, first, "34", phone="13800003333")
    run(drill, first)
    lost = DrawEntry.objects.get(rank=None)
    name = "12" if bytes(lost.person or b"") == tag_of(drill, "12") else "34"
    Used.objects.filter(subject="PHONE").update(tag=lost.phone)
    second = next_draw(drill, release, 1)
    assert carry(1) == 0
    with pytest.raises(EntryRefused, match="stays-in"):
        enter(drill, second, name, DAY, phone="13800004444")
    contact = services.Contact("PASSPORT", f"E{name}00000")
    assert entrants.registration_of(second, contact) == (lost.id, False)
    services.take_out(entry=lost.id, number=contact.number, why="a new telephone", actor=drill.wu, now=NOW + DAY)
    assert entrants.registration_of(second, contact) == (None, False)
    enter(drill, second, name, DAY, phone="13800004444", nonce=OTHER)
    assert lucks(Release.objects.get().scope, [tag_of(drill, name)])[tag_of(drill, name)].losses == 1


def test_who_has_won_is_not_taken_out(drill: World) -> None:
    _release, _first, won, _lost = first_day(drill)
    name = next(name for name in NAMES if tag_of(drill, name) == bytes(won[0].person or b""))
    with pytest.raises(DrawNotThere, match="has won"):
        services.take_out(entry=won[0].id, number=f"E{name}00000", why="not wanted", actor=drill.wu, now=DRAWN)


def test_a_void_draw_loses_nobody(drill: World) -> None:
    release = staying(drill)
    first = next_draw(drill, release, 0)
    for name in NAMES:
        enter(drill, first, name)
    second = next_draw(drill, release, 1)
    assert services.carry_losers(now=BEACON - timedelta(minutes=10)) == 0
    assert services.carry_losers(now=BEACON) == 9
    assert queries.draw(second).entries == 9


def test_whom_the_door_refuses_stays_registered_and_is_asked_again(drill: World) -> None:
    rule = {"eligibility": {"lists": ["insured"]}}
    release = staying(drill, **rule)
    people = [tag_of(drill, name) for name in NAMES]
    services.put_on_list(office=drill.office, name="insured", persons=people, actor=drill.lin, now=NOW)
    first = next_draw(drill, release, 0)
    for name in NAMES:
        enter(drill, first, name)
    run(drill, first)
    (gone, *_others) = DrawEntry.objects.filter(draw=first, rank=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM release_listed WHERE tag = %s", [bytes(gone.person or b"")])
    second = next_draw(drill, release, 1)
    assert carry(1) == 5
    own = entrants.own_entry(gone.id, now=NOW + DAY)
    assert own.stay is not None
    assert (own.stay.draw, own.stay.refusal) == (None, "not-listed")
    services.put_on_list(office=drill.office, name="insured", persons=people, actor=drill.lin, now=NOW + DAY)
    assert carry(1) == 1
    assert queries.draw(second).entries == 6


def test_what_only_the_document_told_is_asked_of_who_is_carried(drill: World) -> None:
    """The district of the document and the age are no columns; without them everybody would be refused."""
    rule = {"eligibility": {"regions": ["1101"], "region_of": "DOCUMENT", "age_min": 18}}
    release = staying(drill, **rule)
    first = next_draw(drill, release, 0, units=5)
    numbers = ("11010519491231002X", "110101199003074477")
    for at, number in enumerate(numbers):
        services.enter_draw(
            draw=first, nonce=NONCE, channel="CLERK", contact=services.Contact("RESIDENT_ID", number),
            actor=drill.wu, now=NOW, request_id=new_id(),
        )  # fmt: skip
        assert at < 2
    run(drill, first)
    next_draw(drill, release, 1)
    assert carry(1) == 1
    assert DrawEntry.objects.get(is_carried=True).born_decade is not None


def test_the_quotas_of_one_telephone_hold_among_who_is_carried_and_who_comes(drill: World) -> None:
    quotas = [{"subject": "PHONE", "turn": "ROLLING", "days": 1, "claims_max": 3}]
    release = staying(drill, quotas=quotas)
    first = next_draw(drill, release, 0, units=5)
    for name in NAMES[:3]:
        enter(drill, first, name, phone="13800002222")
    run(drill, first)
    second = next_draw(drill, release, 2)
    enter(drill, second, "new", DAY, phone="13800002222")
    enter(drill, second, "other", DAY, phone="13800002222")
    assert services.carry_losers(now=NOW + DAY) == 1
    assert queries.draw(second).entries == 3
    assert DrawStay.objects.filter(ended_at=None).count() == 4


def test_losers_go_on_to_their_own_district_and_to_the_first_list_that_is_open(drill: World) -> None:
    release = staying(drill)
    first = next_draw(drill, release, 0, units=5, region="511602")
    for name in NAMES[:2]:
        enter(drill, first, name, region="511602")
    run(drill, first)
    elsewhere = next_draw(drill, release, 1, units=5, region="511603")
    here = next_draw(drill, release, 1, units=5, region="511602")
    later = next_draw(drill, release, 2, units=5, region="511602")
    assert carry(1) == 1
    assert [queries.draw(one).entries for one in (elsewhere, here, later)] == [0, 1, 0]


def test_a_list_is_not_closed_between_anothers_close_and_its_beacon(drill: World) -> None:
    release = staying(drill)
    next_draw(drill, release, 0)
    tranche = drill.put_out(release, 5, on=TODAY + DAY)
    half = timedelta(minutes=30)
    for closes, beacon in (
        (CLOSES + half, BEACON + half),
        (CLOSES - half, BEACON - half),
        (CLOSES - half, BEACON + half),
    ):
        with pytest.raises(DrawUnusable, match="stays in"):
            announced(drill, tranche, closes_at=closes, source=source(beacon))
    announced(drill, tranche, closes_at=BEACON + half, source=source(BEACON + 3 * half))


def test_a_tranche_without_the_rule_carries_nobody(drill: World) -> None:
    release = drill.release(mode="DRAW", quotas=[])
    first = next_draw(drill, release, 0)
    for name in NAMES:
        enter(drill, first, name)
    run(drill, first)
    next_draw(drill, release, 1)
    assert carry(1) == 0
    assert not DrawStay.objects.exists()


def test_a_clerks_cap_and_clusters_count_who_was_carried_as_who_came(drill: World) -> None:
    release = staying(drill, claims_per_clerk_max=9)
    first = next_draw(drill, release, 0)
    for name in NAMES:
        enter(drill, first, name)
    (one, *_rest) = DrawEntry.objects.filter(draw=first)
    run(drill, first)
    Device.objects.bulk_create(
        Device(id=entry, release_id=release, tag=b"device".ljust(32))
        for entry in DrawEntry.objects.values_list("id", flat=True)
    )
    second = next_draw(drill, release, 1)
    carry(1)
    enter(drill, second, "new", DAY)
    assert DrawEntry.objects.filter(draw=second, taken_by=None).count() == 6
    assert Device.objects.filter(id__in=DrawEntry.objects.filter(draw=second).values("id")).count() == 6
    assert one


def test_forgetting_the_people_empties_their_registrations(drill: World) -> None:
    release, _first, _won, lost = first_day(drill)
    for claim in Claim.objects.filter(state="ADMITTED"):
        services.cancel_claim(claim=claim.id, actor=drill.lin, now=DRAWN)
    services.close_release(release=release, actor=drill.lin, now=DRAWN)
    services.forget_people(office=drill.office, actor=THE_HOUSE, now=DRAWN + DAY)
    assert set(DrawStay.objects.values_list("person", "sealed")) == {(None, "")}
    assert set(DrawStay.objects.values_list("ended_at", flat=True)) == {DRAWN, DRAWN + DAY}
    stay = own_stay(lost[0].id)
    assert (stay.stays, stay.is_over, stay.has_won) == (False, True, False)


def own_stay(entry: UUID) -> entrants.Staying:
    found = entrants.own_entry(entry, now=DRAWN + DAY).stay
    assert found is not None
    return found


def test_nobody_stays_in_once_the_release_is_closed(drill: World) -> None:
    release, _first, won, lost = first_day(drill)
    services.leave_draw(entry=lost[0].id, nonce=NONCE, actor=None, now=DRAWN)
    assert own_stay(lost[1].id).stays
    services.close_release(release=release, actor=drill.lin, now=DRAWN)
    told = [own_stay(one.id) for one in (lost[1], lost[0], won[0])]
    assert [(one.stays, one.is_over) for one in told] == [(False, True), (False, False), (False, False)]


def test_registration_is_shut_at_the_hours_that_the_rule_says(drill: World) -> None:
    """From 22:00 to 24:00 nobody is taken in and nothing is changed, on each day that the list is open."""
    release = staying(drill, opens="00:00", closes="22:00")
    later = 3 * DAY
    draw = announced(drill, drill.put_out(release, 15, on=TODAY + 4 * DAY), later, now=NOW)
    ten = NOW + timedelta(hours=12)  # 22:00 in Xiamen
    old = enter(drill, draw, "zhang", now=ten - timedelta(seconds=1))
    for day in range(3):
        for at in (ten + day * DAY, ten + timedelta(hours=2, seconds=-1) + day * DAY):
            with pytest.raises(DrawNotThere, match="time of the day") as told:
                enter(drill, draw, "li", now=at)
            assert "00:00+08:00" in str(told.value.expected)
            with pytest.raises(DrawNotThere):
                enter(drill, draw, "zhang", now=at, nonce=OTHER, earlier_nonce=NONCE)
            with pytest.raises(DrawNotThere):
                services.enter_many(
                    draw=draw, entrants=[], channel="IMPORT", actor=drill.wu, now=at, request_id=new_id()
                )
    enter(drill, draw, "li", now=ten + timedelta(hours=2))
    services.leave_draw(entry=old.entry, nonce=NONCE, actor=None, now=ten + DAY)  # who wants out, may at any hour


def test_a_list_sent_again_in_hours_that_are_shut_gives_the_same_entries(drill: World) -> None:
    release = staying(drill, opens="00:00", closes="22:00")
    draw = announced(drill, drill.put_out(release, 15, on=TODAY + 4 * DAY), 3 * DAY, now=NOW)
    listed = [EntrantIn(person(drill.office, document="PASSPORT", number=f"E{name}00000")) for name in ("12", "34")]
    given: dict[str, Any] = {"draw": draw, "channel": "IMPORT", "actor": drill.wu, "request_id": new_id()}
    told = services.enter_many(entrants=listed[:1], now=NOW, **given)
    again = services.enter_many(entrants=listed, now=NOW + timedelta(hours=12), **given)
    assert again[:1] == told
    assert (again[1].entry, again[1].code) == (None, "closed")
    with pytest.raises(DrawNotThere):
        services.enter_many(entrants=listed[1:], now=NOW + timedelta(hours=12), **given)


def test_a_change_that_a_clerk_types_is_no_entry_more(drill: World) -> None:
    """At the cap a clerk still puts right what somebody said, and a change uses up nobody's place."""
    draw = next_draw(drill, staying(drill, claims_per_clerk_max=2), 0)
    enter(drill, draw, "12")
    enter(drill, draw, "12", nonce=OTHER, earlier_nonce=NONCE)
    enter(drill, draw, "34")
    with pytest.raises(ClerkCapReached):
        enter(drill, draw, "56")
    with pytest.raises(ClerkCapReached):
        enter(drill, draw, "56", nonce=OTHER, earlier_nonce=NONCE)  # a number that opens nothing changes nothing
    enter(drill, draw, "34", nonce=OTHER, earlier_nonce=NONCE)
    assert DrawEntry.objects.filter(draw=draw, left_at=None).count() == 2


def test_who_has_won_has_nothing_to_leave(drill: World) -> None:
    _release, _first, won, _lost = first_day(drill)
    before = len(events(kinds=["release.draw.left"]))
    with pytest.raises(DrawNotThere, match="has won"):
        services.leave_draw(entry=won[0].id, nonce=NONCE, actor=None, now=DRAWN)
    assert len(events(kinds=["release.draw.left"])) == before
    assert DrawStay.objects.get(entry=won[0].id).ended_by is None


def test_a_long_list_asks_no_more_than_a_short_one(drill: World) -> None:
    draw = next_draw(drill, staying(drill), 0)
    asked = []
    for count, begin in ((2, 10), (2, 20), (40, 30)):
        listed = [
            EntrantIn(person(drill.office, document="PASSPORT", number=f"E{begin + at}00000")) for at in range(count)
        ]
        with CaptureQueriesContext(connection) as queried:
            told = services.enter_many(
                draw=draw, entrants=listed, channel="IMPORT", actor=drill.wu, now=NOW, request_id=new_id()
            )
        assert all(one.entry for one in told)
        asked.append(len(queried))
    assert asked[1] == asked[2]


def test_the_worker_carries_by_the_books_clock(drill: World) -> None:
    from baogong.journal.clock import set_clock

    release, *_rest = first_day(drill)
    second = next_draw(drill, release, 1)
    set_clock(NOW + DAY)
    for _twice in range(2):
        jobs.carry()
    assert queries.draw(second).entries == 6


def test_a_worker_that_dies_between_goes_on_where_it_was(drill: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release, _first, _won, _lost = first_day(drill)
    second = next_draw(drill, release, 1)
    monkeypatch.setattr(stays, "BATCH", 2)
    keep, calls = stays._keep_devices, []

    def dying(follows: dict[UUID, UUID]) -> None:
        calls.append(follows)
        if len(calls) == 2:
            raise RuntimeError("killed")
        keep(follows)

    monkeypatch.setattr(stays, "_keep_devices", dying)
    with pytest.raises(RuntimeError):
        carry(1)
    assert queries.draw(second).carried == 2, "what was whole stays, what was half is undone"
    assert carry(1) == 4
    assert carry(1) == 0
    assert len(set(DrawEntry.objects.filter(draw=second).values_list("person", flat=True))) == 6


def test_stays_do_not_break_the_book(drill: World) -> None:
    release, first, _won, _lost = first_day(drill)
    tranche = Draw.objects.get(id=first).tranche_id
    assert is_sound(tranche)
    second = next_draw(drill, release, 1)
    carry(1)
    run(drill, second, DAY)
    assert is_sound(Draw.objects.get(id=second).tranche_id)
