"""Two connections at one registration: each guard is first shown to be needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError

from baogong.journal import locks
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.release import clusters as sharing
from baogong.release import queries, services
from baogong.release.errors import DrawNotThere, DrawUnusable, EntryRefused
from baogong.release.identity import person
from baogong.release.models import Draw, DrawEntry, DrawStay
from baogong.release.services import EntrantIn, caps, clusters, door, entries, forgetting, stays
from tests.apps.release.test_draws import CLOSES, DRAWN, NONCE, enter, run
from tests.apps.release.test_races import Drop, _until_somebody_waits_for_a_lock
from tests.apps.release.test_stays import OTHER, next_draw, staying
from tests.apps.release.world import DAY, NOW, World, asked, claim_all, tag
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


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_clerk_types_who_stands_on_the_clerks_own_list(
    world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Both take the clerk's word before a registration; a list that takes it afterwards waits for who waits for it."""
    draw = next_draw(world, staying(world, claims_per_clerk_max=9), 0)
    has_word, is_written = threading.Event(), threading.Event()
    capped, end_won = caps.refusing_list_beyond_cap, stays.end_won

    def typed(release: UUID, now: Any, persons: Any = None) -> None:
        if len(persons) == 1:
            has_word.set()
            assert _until_somebody_waits_for_a_lock(20) if is_guarded else is_written.wait(20)
        end_won(release, now, persons)

    @contextmanager
    def late(*given: Any, **more: Any) -> Iterator[None]:
        yield
        is_written.set()
        with capped(*given, **more):
            pass

    monkeypatch.setattr(entries, "end_won", typed)
    if not is_guarded:
        monkeypatch.setattr(entries, "refusing_list_beyond_cap", late)

    def bring() -> Any:
        assert has_word.wait(20)
        listed = [EntrantIn(person(world.office, document="PASSPORT", number=f"E{name}00000")) for name in ("12", "34")]
        return services.enter_many(
            draw=draw, entrants=listed, channel="IMPORT", actor=world.wu, now=NOW, request_id=new_id()
        )

    told = race(partial(enter, world, draw, "12"), bring)
    if not is_guarded:
        assert [isinstance(one, Exception) for one in told].count(True) == 1, "one of them was chosen to give way"
        return
    assert [one.code for one in told[1]] == ["already-entered", ""]
    assert DrawEntry.objects.filter(draw=draw).count() == 2


@pytest.mark.parametrize("is_guarded", [False, True])
def test_who_leaves_while_the_city_forgets(world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    release = staying(world)
    entry = enter(world, next_draw(world, release, 0), "zhang").entry
    services.close_release(release=release, actor=world.lin, now=DRAWN)  # its list was not closed in time
    lock_rows, opens, is_leaving = locks.lock_rows, entries._opens, threading.Event()

    def unlocked(rows: Any, ids: Any) -> Any:
        return [] if rows.model is Draw else lock_rows(rows, ids)

    def waiting(*given: Any) -> bool:
        is_leaving.set()
        assert _until_somebody_waits_for_a_lock(20)
        return opens(*given)

    monkeypatch.setattr(entries, "_opens", waiting)
    if not is_guarded:
        monkeypatch.setattr(forgetting, "lock_rows", unlocked)

    def forget() -> int:
        assert is_leaving.wait(20)
        return services.forget_people(office=world.office, actor=THE_HOUSE, now=DRAWN)

    told = race(partial(services.leave_draw, entry=entry, nonce=NONCE, actor=None, now=NOW), forget)
    if not is_guarded:
        assert [isinstance(one, Exception) for one in told].count(True) == 1, "one of them was chosen to give way"
        return
    assert (told[0], isinstance(told[1], int)) == (None, True), told
    found = DrawEntry.objects.get(id=entry)
    assert (bytes(found.left_by or b""), found.person) == (NONCE, None)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_cluster_is_judged_while_its_release_is_closed(
    world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    tranche = world.tranche(100, quotas=[])
    claim_all([asked(tranche, f"{at}", 1, phone=tag("phone")) for at in range(4)])
    release = queries.tranche(tranche).release
    cluster_of, is_looking = sharing.cluster_of, threading.Event()

    def waiting(*given: Any) -> Any:
        is_looking.set()
        assert _until_somebody_waits_for_a_lock(20)
        return cluster_of(*given)

    monkeypatch.setattr(clusters, "cluster_of", waiting)
    if not is_guarded:
        monkeypatch.setattr(clusters, "lock_rows", lambda _rows, _ids: [])

    def close() -> None:
        assert is_looking.wait(20)
        services.close_release(release=release, actor=world.lin, now=NOW)

    judge = partial(
        services.judge_cluster, release=release, kind="PHONE", tag=tag("phone"), verdict="CANCELLED", why="one shop",
        actor=world.lin, now=NOW,
    )  # fmt: skip
    told = race(judge, close)
    if not is_guarded:
        assert [isinstance(one, Exception) for one in told].count(True) == 1, "one of them was chosen to give way"
        return
    assert told == [4, None]


def _replaced_without_looking(changed: DrawEntry, entry: DrawEntry, _who: Any, _nonce: bytes, earlier: bytes) -> None:
    DrawEntry.objects.filter(id=changed.id).update(left_at=entry.entered_at, left_by=earlier)
    entry.stay_id, entry.came_from = changed.stay_id, changed
