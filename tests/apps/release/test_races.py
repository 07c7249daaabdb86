"""Two connections at one tranche, one person, one household: first shown to oversell with the guard off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from baogong.engine import release as engine
from baogong.journal import locks
from baogong.journal.services.imports import apply
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.people.models import PersonalDatum
from baogong.people.services.identity import is_ended
from baogong.release import admission, looking, services
from baogong.release.errors import ClaimMoved, PeopleStillNeeded
from baogong.release.facts import Answer, ClaimIn
from baogong.release.identity import purpose_of
from baogong.release.looking import NotOffered
from baogong.release.models import Claim, Tranche, Used
from baogong.release.services import claims, forgetting, releases
from tests.apps.release.test_lists import row
from tests.apps.release.test_winners import as_file, read
from tests.apps.release.world import DAY, NOW, TODAY, World, asked, bare, claim_all, figures, is_sound, tag
from tests.races import Meeting, race, without

GUARD_OF_QUOTAS = admission.TAKE_QUOTA[
    admission.TAKE_QUOTA.index("WHERE excluded.start_on") : admission.TAKE_QUOTA.index("RETURNING tag")
]
Drop = Callable[[str, str], None]


def meet_after_judging(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> Meeting:
    """Both have judged on what they read before either writes; who judges once more waits for nobody."""
    meeting, judge = Meeting(is_guarded=is_guarded), engine.admit

    def judged(*given: Any) -> Any:
        found = judge(*given)
        if not meeting.happened:
            meeting.wait()
        return found

    monkeypatch.setattr(admission, "judge", judged)
    return meeting


def both(*batches: Sequence[ClaimIn]) -> list[Answer]:
    """Each batch on a connection of its own; all answers."""
    told = race(*(partial(claim_all, batch) for batch in batches))
    assert all(isinstance(answers, tuple) for answers in told), told
    return [answer for answers in told for answer in answers]


def admitted(answers: Sequence[Answer]) -> int:
    return sum(answer.units for answer in answers if answer.is_admitted)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_the_last_units_of_a_tranche(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, drop: Drop, is_guarded: bool
) -> None:
    release = fresh_world.release()
    tranche, _other = fresh_world.put_out(release, 5), fresh_world.put_out(release, 100)
    if not is_guarded:
        without(monkeypatch, admission, "LOCK_TRANCHE", "FOR UPDATE OF tranche")
        drop("release_tranche", "tranche_never_oversold")
    meeting = meet_after_judging(monkeypatch, is_guarded=is_guarded)
    answers = both([asked(tranche, "zhang")], [asked(tranche, "li")])
    assert meeting.happened is not is_guarded
    assert admitted(answers) == (5 if is_guarded else 10)
    if is_guarded:
        assert {answer.code for answer in answers} == {"", "none-left"}
        assert is_sound(tranche)


@pytest.mark.parametrize("is_guarded", [False, True])
@pytest.mark.parametrize("subject", ["PERSON", "HOUSEHOLD"])
def test_one_right_in_two_tranches_at_once(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool, subject: str
) -> None:
    """No common lock: the row of the person or the household alone decides."""
    quotas = [{"subject": subject, "turn": "ROLLING", "days": 3, "claims_max": 1}]
    release = fresh_world.release(quotas=quotas)
    here, there = fresh_world.put_out(release, 50), fresh_world.put_out(release, 50)
    if not is_guarded:
        without(monkeypatch, admission, "TAKE_QUOTA", GUARD_OF_QUOTAS)
    meeting = meet_after_judging(monkeypatch, is_guarded=False)  # both have read that nothing is used yet
    people = ("zhang", "zhang") if subject == "PERSON" else ("zhang", "wang")
    batches = [
        [asked(tranche, name, household=tag("home"))] for tranche, name in zip((here, there), people, strict=True)
    ]
    answers = both(*batches)
    assert meeting.happened
    assert admitted(answers) == (5 if is_guarded else 10)
    if is_guarded:
        assert {answer.code for answer in answers} == {"", "quota-used"}
        assert Used.objects.get().claims == 1
        assert is_sound(here)
        assert is_sound(there)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_what_is_kept_for_the_telephone(fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    reserves = [{"channel": "PHONE", "units": 5, "until": "23:00"}]
    tranche = fresh_world.tranche(10, reserves=reserves)
    if not is_guarded:
        without(monkeypatch, admission, "LOCK_TRANCHE", "FOR UPDATE OF tranche")
    meeting = meet_after_judging(monkeypatch, is_guarded=is_guarded)
    answers = both([asked(tranche, "zhang")], [asked(tranche, "li")])
    assert meeting.happened is not is_guarded
    assert admitted(answers) == (5 if is_guarded else 10)
    (caller,) = claim_all([asked(tranche, "old", channel="PHONE")])
    assert caller.is_admitted is is_guarded


NOON = datetime(2020, 2, 5, 4, 0, tzinfo=UTC)


def at_the_cut_off(world: World) -> tuple[UUID, ClaimIn]:
    """Five are kept for callers until noon; zhang has the others, li stands by, and zhao behind."""
    kept = [{"channel": "PHONE", "units": 5, "until": "12:00"}]
    release = world.release(reserves=kept, standby_max=5, quotas=[])
    tranche, _other = world.put_out(release, 10), world.put_out(release, 100)
    first, standing = asked(tranche, "zhang"), asked(tranche, "li")
    assert [one.number for one in claim_all([first, standing, asked(tranche, "zhao")])] == [None, 1, 2]
    return tranche, standing


@pytest.mark.parametrize("is_guarded", [False, True])
def test_what_a_reserve_kept_between_the_job_of_the_minute_and_a_newcomer(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, drop: Drop, is_guarded: bool
) -> None:
    tranche, standing = at_the_cut_off(fresh_world)
    if not is_guarded:
        without(monkeypatch, admission, "LOCK_TRANCHE", "FOR UPDATE OF tranche")
        drop("release_tranche", "tranche_never_oversold")
    meeting = meet_after_judging(monkeypatch, is_guarded=is_guarded)
    moved_up, (newcomer,) = race(
        partial(services.pass_on_kept, now=NOON), partial(claim_all, [asked(tranche, "wang")], NOON)
    )
    assert meeting.happened is not is_guarded
    assert Claim.objects.get(id=standing.id).state == "ADMITTED"
    assert newcomer.state == "STANDBY"
    if not is_guarded:
        assert (moved_up, Tranche.objects.get(id=tranche).admitted) == (1, 15), (
            "each of the two has given li the same units"
        )
        return
    assert (Tranche.objects.get(id=tranche).admitted, Tranche.objects.get(id=tranche).standing) == (10, 2)
    assert is_sound(tranche)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_newcomer_who_is_quicker_than_the_job_of_the_minute(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    tranche, standing = at_the_cut_off(fresh_world)
    move_up, is_over = admission._Locked.move_up, threading.Event()

    def unless_claimed(locked: Any) -> tuple[UUID, ...]:
        return move_up(locked) if is_guarded or is_over.is_set() else ()

    def claim() -> tuple[Answer, ...]:
        try:
            return claim_all([asked(tranche, "wang")], NOON)
        finally:
            is_over.set()

    def job() -> int:
        assert is_over.wait(20)
        return services.pass_on_kept(now=NOON)

    monkeypatch.setattr(admission._Locked, "move_up", unless_claimed)
    (newcomer,), moved_up = race(claim, job)
    told = (Claim.objects.get(id=standing.id).state, newcomer.state, moved_up)
    assert told == (("ADMITTED", "STANDBY", 0) if is_guarded else ("STANDBY", "ADMITTED", 0))
    assert is_sound(tranche)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_run_out_and_accepted_in_the_same_moment(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    tranche = fresh_world.tranche(10, fulfilment="PICKUP")
    (answer,) = claim_all([asked(tranche, "zhang")])
    midnight = datetime(2020, 2, 5, 16, 0, tzinfo=UTC)
    meeting = Meeting(is_guarded=is_guarded)
    give_back, require_state, lock_rows = claims._give_back, claims._require_state, locks.lock_rows

    def unlocked(rows: QuerySet[Any], ids: Any) -> list[Any]:
        return list(rows.filter(pk__in=list(ids)).order_by("pk"))

    def met_give_back(*given: Any, **options: Any) -> None:
        meeting.wait()
        give_back(*given, **options)

    def met_require_state(*given: Any) -> None:
        require_state(*given)
        meeting.wait()

    monkeypatch.setattr(claims, "lock_rows", lock_rows if is_guarded else unlocked)
    monkeypatch.setattr(claims, "_give_back", met_give_back)
    monkeypatch.setattr(claims, "_require_state", met_require_state)
    before = midnight - timedelta(seconds=1)
    accepted, ran_out = race(
        partial(services.accept_claims, claims=[answer.id], actor=fresh_world.lin, now=before),
        partial(services.expire_unclaimed, now=midnight),
    )
    assert meeting.happened is not is_guarded
    if not is_guarded:
        assert (accepted, ran_out) == (1, 1), "the shop was told to pack what was given to the next"
        return
    state = Claim.objects.get(id=answer.id).state
    assert (isinstance(accepted, ClaimMoved), ran_out, state) in [(True, 1, "EXPIRED"), (False, 1, "EXPIRED")]
    assert is_sound(tranche)
    assert Tranche.objects.get(id=tranche).admitted == 0


def test_a_storm_of_the_same_claim_has_one_effect(fresh_world: World) -> None:
    """The same id on four connections, two of them for another tranche as well."""
    release = fresh_world.release()
    here, there = fresh_world.put_out(release, 50), fresh_world.put_out(release, 50)
    claim = asked(here, "zhang")
    other = asked(there, "zhang", id=claim.id)
    answers = both([claim], [claim], [other], [other])
    assert admitted([answer for answer in answers if not answer.was_seen]) == 5
    assert Claim.objects.count() == 1
    assert {answer.hold for answer in answers} - {None} == {Claim.objects.get().hold}
    assert sum(figures(here).values()) + sum(figures(there).values()) == 15
    assert is_sound(here)
    assert is_sound(there)


def test_many_people_at_once_get_exactly_what_there_is(fresh_world: World) -> None:
    tranche = fresh_world.tranche(55)
    batches = [[asked(tranche, f"person {at} {one}") for at in range(9)] for one in range(4)]
    answers = both(*batches)
    assert admitted(answers) == 55
    assert len([answer for answer in answers if answer.code == "none-left"]) == 25
    assert is_sound(tranche)


def _list(world: World, *serials: int) -> Callable[[], Any]:
    """The office's list of these people, previewed; applying it claims five units for each."""
    rows = [row(serial, 领取数量=5) for serial in serials]
    run = read(world, "claims", as_file(rows)).id
    return partial(apply, run=run, actor=world.wu, now=NOW)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_the_last_units_between_a_list_and_the_net(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, drop: Drop, is_guarded: bool
) -> None:
    release = fresh_world.release()
    tranche, _other = fresh_world.put_out(release, 5), fresh_world.put_out(release, 100, on=TODAY + DAY)
    by_list = _list(fresh_world, 1)
    if not is_guarded:
        without(monkeypatch, admission, "LOCK_TRANCHE", "FOR UPDATE OF tranche")
        drop("release_tranche", "tranche_never_oversold")
    meeting = meet_after_judging(monkeypatch, is_guarded=is_guarded)
    told = race(by_list, partial(claim_all, [asked(tranche, "zhang")]))
    assert not [one for one in told if isinstance(one, Exception)], told
    assert meeting.happened is not is_guarded
    rights = Claim.objects.filter(state="ADMITTED")
    assert sum(rights.values_list("units", flat=True)) == (5 if is_guarded else 10)
    if is_guarded:
        assert set(Claim.objects.values_list("code", flat=True)) == {"", "none-left"}
        assert is_sound(tranche)


def test_two_lists_for_the_last_units_give_out_what_there_is(fresh_world: World) -> None:
    tranche = fresh_world.put_out(fresh_world.release(), 15)
    told = race(_list(fresh_world, 1, 2), _list(fresh_world, 3, 4))
    assert not [one for one in told if isinstance(one, Exception)], told
    states = sorted(Claim.objects.values_list("state", "code"))
    assert states == [("ADMITTED", "")] * 3 + [("REFUSED", "none-left")]
    assert is_sound(tranche)


@pytest.mark.parametrize("is_looked_at", [False, True])
@pytest.mark.parametrize("why", ["sold-out", "not-open-yet", "not-offered"])
def test_a_resident_who_is_refused_waits_for_no_transaction_that_holds_the_tranche(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, why: str, is_looked_at: bool
) -> None:
    release = fresh_world.release()
    tranche = fresh_world.put_out(release, 5)
    if why == "sold-out":
        claim_all([asked(tranche, "quick")])
    elif why == "not-open-yet":
        Tranche.objects.filter(id=tranche).update(opens_at=NOW + timedelta(hours=1))
    else:
        services.close_release(release=release, actor=fresh_world.lin, now=NOW)
    if not is_looked_at:
        monkeypatch.setattr(looking, "answer_or_refuse", lambda *_given: None)
    holds, is_told = threading.Event(), threading.Event()

    def hold() -> bool:
        with transaction.atomic():
            Tranche.objects.select_for_update().get(id=tranche)
            holds.set()
            return is_told.wait(20 if is_looked_at else 1)

    def claim() -> object:
        holds.wait(20)
        try:
            return services.claim(
                claim_id=new_id(), tranche=tranche, units=5, channel="WEB", actor=None, now=NOW,
                contact=services.Contact("PASSPORT", "E7654321"),
            )  # fmt: skip
        finally:
            is_told.set()

    held_on, told = race(hold, claim)
    assert held_on is is_looked_at, "the resident was answered while the tranche was held"
    if is_looked_at:
        assert getattr(told, "code", "") == f"release.{why}"
        assert not Claim.objects.filter(person__isnull=False).exclude(state="ADMITTED").exists()


def typed(tranche: UUID, number: str, units: int = 5, **changed: Any) -> Answer:
    """A resident's claim, as the house's own page makes it."""
    given: dict[str, Any] = {"claim_id": new_id(), "channel": "WEB", "actor": None, "now": NOW}
    contact = services.Contact("PASSPORT", number, phone="13800001111")
    return services.claim(tranche=tranche, units=units, contact=contact, **given | changed)


def meet_after_looking(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Both residents have seen that there is enough before either locks the tranche."""
    meeting, look = Meeting(is_guarded=False), looking.answer_or_refuse

    def looked(*given: Any) -> Any:
        found = look(*given)
        meeting.wait()
        return found

    monkeypatch.setattr(looking, "answer_or_refuse", looked)
    return meeting


@pytest.mark.parametrize("is_guarded", [False, True])
@pytest.mark.parametrize("units", [5, 8])
def test_a_resident_whom_another_outruns_between_the_look_and_the_lock_is_told_sold_out_and_leaves_no_row(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool, units: int
) -> None:
    tranche = fresh_world.put_out(fresh_world.release(), units)
    ids = [new_id(), new_id()]
    if not is_guarded:
        keeping = partial(admission.admit, keeps_shortage=True)
        monkeypatch.setattr(admission, "admit", lambda *given, **_options: keeping(*given))
    meeting = meet_after_looking(monkeypatch)
    told = race(*(partial(typed, tranche, f"E000000{at}", claim_id=id) for at, id in enumerate(ids)))
    assert meeting.happened
    if not is_guarded:
        assert sorted(Claim.objects.values_list("state", "code")) == [("ADMITTED", ""), ("REFUSED", "none-left")]
        return
    (late,) = [at for at, one in enumerate(told) if isinstance(one, looking.SoldOut)]
    assert told[1 - late].is_admitted, told
    assert told[late].found == units - 5, "what is left for a smaller claim is told"
    assert list(Claim.objects.values_list("id", "state")) == [(ids[1 - late], "ADMITTED")]
    assert PersonalDatum.objects.filter(what="DOCUMENT").count() == 1, "nothing of who got nothing is kept"
    assert is_sound(tranche)
    monkeypatch.undo()
    services.cancel_claim(claim=ids[1 - late], actor=fresh_world.lin, now=NOW)
    assert typed(tranche, f"E000000{late}", claim_id=ids[late]).is_admitted, "the id is as good as before"
    assert is_sound(tranche)


def test_what_a_clerk_types_for_the_last_units_is_kept_also_where_a_resident_was_quicker(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tranche = fresh_world.put_out(fresh_world.release(), 5)
    meeting = meet_after_looking(monkeypatch)
    is_over = threading.Event()

    def by_the_clerk() -> Answer:
        meeting.wait()
        assert is_over.wait(20)
        return typed(tranche, "E0000001", channel="CLERK", actor=fresh_world.wu)

    def by_the_resident() -> Answer:
        try:
            return typed(tranche, "E0000002")
        finally:
            is_over.set()

    clerk, resident = race(by_the_clerk, by_the_resident)
    assert meeting.happened
    assert (resident.state, clerk.state, clerk.code) == ("ADMITTED", "REFUSED", "none-left")
    assert Claim.objects.filter(channel="CLERK", state="REFUSED", code="none-left").count() == 1


def test_an_opening_minute_judged_for_a_resident_who_comes_too_late_stays_judged(fresh_world: World) -> None:
    tranche = fresh_world.put_out(fresh_world.release(shuffle_s=60, opens="10:00"), 5)
    assert {typed(tranche, f"E000000{at}").state for at in range(3)} == {"WAITING"}
    with pytest.raises(looking.SoldOut):
        typed(tranche, "E0000009", now=NOW + timedelta(seconds=61))
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["ADMITTED", "REFUSED", "REFUSED"]
    assert Tranche.objects.get(id=tranche).opened_at == NOW + timedelta(seconds=61)
    assert is_sound(tranche)


def _until_somebody_waits_for_a_lock(patience_s: float) -> bool:
    given_up_s = time.monotonic() + patience_s
    while time.monotonic() < given_up_s:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # in a transaction the first look would be kept
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone() == (True,):
                return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_claim_that_waited_while_its_release_was_closed_gets_nothing(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    release = fresh_world.release()
    tranche = fresh_world.put_out(release, 10)
    if not is_guarded:
        without(monkeypatch, admission, "LOCK_TRANCHE", "FOR SHARE OF release")
    is_closed = threading.Event()

    def close() -> bool:
        with transaction.atomic():
            services.close_release(release=release, actor=fresh_world.lin, now=NOW)
            is_closed.set()
            return _until_somebody_waits_for_a_lock(20)

    def claim() -> tuple[Answer, ...]:
        assert is_closed.wait(20)
        return claim_all([asked(tranche, "zhang")])

    waited, told = race(close, claim)
    assert waited is True
    if not is_guarded:
        assert told[0].is_admitted, "the state was read before the wait"
        return
    assert isinstance(told, NotOffered)
    assert not Claim.objects.exists()
    assert is_sound(tranche)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_who_is_admitted_while_the_release_closes_is_still_owed_and_leaves_no_tag_once_it_is_over(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    release = fresh_world.release()
    tranche = fresh_world.put_out(release, 10)
    if not is_guarded:
        without(monkeypatch, admission, "LOCK_TRANCHE", "FOR SHARE OF release")
        for module in (releases, forgetting):
            monkeypatch.setattr(module, "lock_rows", lambda _rows, _ids: [])
    is_judged, is_over = threading.Event(), threading.Event()

    def claim() -> bool:
        with transaction.atomic():
            admission.admit(bare(), [asked(tranche, "zhang")], NOW)
            is_judged.set()
            if not is_guarded:
                return is_over.wait(20)
            return _until_somebody_waits_for_a_lock(20)

    def close_and_forget() -> None:
        assert is_judged.wait(20)
        services.close_release(release=release, actor=fresh_world.lin, now=NOW)
        with suppress(PeopleStillNeeded):
            services.forget_people(office=fresh_world.office, actor=THE_HOUSE, now=NOW)
        is_over.set()

    purpose = purpose_of(fresh_world.office)
    assert race(claim, close_and_forget) == [True, None]
    assert is_ended(purpose) is not is_guarded, "unguarded it was forgotten although it was owed"
    services.cancel_claim(claim=Claim.objects.get(state="ADMITTED").id, actor=fresh_world.lin, now=NOW)
    if is_guarded:
        services.forget_people(office=fresh_world.office, actor=THE_HOUSE, now=NOW)
    assert Claim.objects.filter(person__isnull=False).count() == (0 if is_guarded else 1)


def test_writers_of_two_tranches_of_one_release_do_not_wait_for_each_other(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = fresh_world.release()
    here, there = fresh_world.put_out(release, 10), fresh_world.put_out(release, 10)
    meeting = meet_after_judging(monkeypatch, is_guarded=False)
    assert admitted(both([asked(here, "zhang")], [asked(there, "li")])) == 10
    assert meeting.happened


def test_claims_and_the_closing_of_their_release_never_wait_for_each_other_in_a_ring(fresh_world: World) -> None:
    release = fresh_world.release(standby_max=5)
    tranches = [fresh_world.put_out(release, 10) for _ in range(3)]

    def storm(name: str) -> int:
        for number in range(60):
            try:
                claim_all([asked(tranche, f"{name} {number}", 1) for tranche in tranches])
            except NotOffered:
                return number
        return 60

    def close() -> None:
        services.close_release(release=release, actor=fresh_world.lin, now=NOW)

    *told, closed = race(partial(storm, "a"), partial(storm, "b"), close)
    assert closed is None, closed
    assert all(isinstance(one, int) for one in told), told
    assert not Claim.objects.filter(state="STANDBY").exists()
    assert all(is_sound(tranche) for tranche in tranches)
