"""Two connections at one registration: each guard is first shown to be needed."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError

from baogong.journal.clock import mark_drill
from baogong.release import services
from baogong.release.errors import DrawNotThere, DrawUnusable, EntryRefused
from baogong.release.models import Draw, DrawEntry, DrawStay
from baogong.release.services import door, entries, stays
from tests.apps.release.test_draws import CLOSES, NONCE, enter, run
from tests.apps.release.test_races import Drop, _until_somebody_waits_for_a_lock
from tests.apps.release.test_stays import OTHER, next_draw, staying
from tests.apps.release.world import DAY, NOW, World
from tests.races import Meeting, race, without


@pytest.fixture
def world(fresh_world: World) -> World:
    mark_drill(name="drill", at=NOW)
    return fresh_world


def lost_one(world: World) -> tuple[UUID, DrawEntry]:
    """A release of which one draw is drawn, and the one who lost in it; the next draw is announced and open."""
    release = staying(world)
    first = next_draw(world, release, 0, units=5)
    for name in ("zhang", "li"):
        enter(world, first, name)
    run(world, first)
    return next_draw(world, release, 1, units=5), DrawEntry.objects.get(draw=first, rank=None)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_change_while_the_list_is_closed(world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    """Either the change is in the published list, or it is refused and what was said before stands."""
    draw = next_draw(world, staying(world), 0)
    old = enter(world, draw, "zhang")
    if not is_guarded:
        without(monkeypatch, door, "LOCK_TO_ENTER", "FOR SHARE")
    is_judged, is_closed = threading.Event(), threading.Event()
    refusal_of = door.Door.refusal_of

    def judged(*given: Any) -> Any:
        is_judged.set()
        if is_guarded:
            assert _until_somebody_waits_for_a_lock(20)
        else:
            assert is_closed.wait(20)
        return refusal_of(*given)

    monkeypatch.setattr(door.Door, "refusal_of", judged)

    def close() -> str:
        assert is_judged.wait(20)
        root = services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
        is_closed.set()
        return root

    changed, root = race(partial(enter, world, draw, "zhang", nonce=OTHER, earlier_nonce=NONCE), close)
    assert isinstance(root, str), root
    leaves = bytes(Draw.objects.get(id=draw).leaves or b"")
    if not is_guarded:
        assert old.entry.bytes in leaves, "the receipt of the change is of an entry that no list holds"
        assert changed.entry.bytes not in leaves
        return
    assert [one.entry.bytes in leaves for one in (old, changed)] == [False, True]


def test_a_change_after_the_close_is_refused_and_the_earlier_one_stands(world: World) -> None:
    draw = next_draw(world, staying(world), 0)
    old = enter(world, draw, "zhang")
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    with pytest.raises(DrawNotThere):
        enter(world, draw, "zhang", nonce=OTHER, earlier_nonce=NONCE)
    assert old.entry.bytes in bytes(Draw.objects.get(id=draw).leaves or b"")


@pytest.mark.parametrize("is_guarded", [False, True])
def test_who_leaves_while_being_carried_stands_in_no_list(
    world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    second, lost = lost_one(world)
    if not is_guarded:
        without(monkeypatch, stays, "FIND_LOSERS", "FOR UPDATE OF stay")
    is_found, has_left = threading.Event(), threading.Event()
    carried = stays._carried

    def pausing(*given: Any) -> DrawEntry:
        is_found.set()
        if is_guarded:
            assert _until_somebody_waits_for_a_lock(20)
        else:
            assert has_left.wait(20)
        return carried(*given)

    monkeypatch.setattr(stays, "_carried", pausing)

    def leave() -> None:
        assert is_found.wait(20)
        services.leave_draw(entry=lost.id, nonce=NONCE, actor=None, now=NOW + DAY)
        has_left.set()

    count, left = race(partial(services.carry_losers, now=NOW + DAY), leave)
    assert (count, left) == (1, None)
    stay = DrawStay.objects.get(entries=lost)
    assert bytes(stay.ended_by or b"") == NONCE
    standing = DrawEntry.objects.filter(draw=second, left_at=None).count()
    assert standing == (0 if is_guarded else 1)
    if is_guarded:
        assert bytes(DrawEntry.objects.get(draw=second).left_by or b"") == NONCE


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_workers_carry_everybody_once(world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    second, _lost = lost_one(world)
    if not is_guarded:
        without(monkeypatch, stays, "FIND_LOSERS", "FOR UPDATE OF stay")
    meeting, carried = Meeting(is_guarded=is_guarded), stays._carried

    def met(*given: Any) -> DrawEntry:
        meeting.wait()
        return carried(*given)

    monkeypatch.setattr(stays, "_carried", met)
    told = race(*[partial(services.carry_losers, now=NOW + DAY)] * 2)
    assert meeting.happened is not is_guarded
    assert DrawEntry.objects.filter(draw=second).count() == 1
    if not is_guarded:
        assert [isinstance(one, IntegrityError) for one in told].count(True) == 1, "the key alone: one of them dies"
        return
    assert sorted(told) == [0, 1]


@pytest.mark.parametrize("is_guarded", [False, True])
def test_one_person_registers_for_two_days_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, drop: Drop, is_guarded: bool
) -> None:
    """Two lists are open; no common lock: the registration's own key decides."""
    release = staying(world)
    first, second = next_draw(world, release, 0), next_draw(world, release, 1)
    if not is_guarded:
        drop("release_drawstay", "draw_registered_once")
    meeting = Meeting(is_guarded=False)
    refusal_of = door.Door.refusal_of

    def judged(*given: Any) -> Any:
        found = refusal_of(*given)
        meeting.wait()
        return found

    monkeypatch.setattr(door.Door, "refusal_of", judged)
    told = race(partial(enter, world, first, "zhang"), partial(enter, world, second, "zhang"))
    assert meeting.happened
    assert DrawEntry.objects.count() == (1 if is_guarded else 2)
    if is_guarded:
        assert [isinstance(one, EntryRefused) for one in told].count(True) == 1
        assert DrawStay.objects.get().entry == DrawEntry.objects.get().id


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_changes_at_once_leave_one_entry(
    world: World, monkeypatch: pytest.MonkeyPatch, drop: Drop, is_guarded: bool
) -> None:
    draw = next_draw(world, staying(world), 0)
    enter(world, draw, "zhang")
    if not is_guarded:
        drop("release_drawentry", "draw_entered_once")
        drop("release_drawentry", "release_drawentry_came_from_id_key")
        monkeypatch.setattr(entries, "_replace", _replaced_without_looking)
    meeting = Meeting(is_guarded=False)
    standing = entries._standing

    def met(*given: Any) -> Any:
        found = standing(*given)
        meeting.wait()
        return found

    monkeypatch.setattr(entries, "_standing", met)
    told = race(*(
        partial(enter, world, draw, "zhang", nonce=nonce, earlier_nonce=NONCE, phone=phone)
        for nonce, phone in ((OTHER, "13800002222"), (bytes(range(1, 17)), "13800003333"))
    ))  # fmt: skip
    assert meeting.happened
    assert DrawEntry.objects.filter(draw=draw, left_at=None).count() == (1 if is_guarded else 2)
    if is_guarded:
        (refused,) = [one for one in told if isinstance(one, Exception)]
        assert isinstance(refused, DrawUnusable), refused


def _replaced_without_looking(changed: DrawEntry, entry: DrawEntry, _who: Any, _nonce: bytes, earlier: bytes) -> None:
    DrawEntry.objects.filter(id=changed.id).update(left_at=entry.entered_at, left_by=earlier)
    entry.stay_id, entry.came_from = changed.stay_id, changed
