"""Alerts: one for each cause, an owner, the next duty where nobody takes it, none once it is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.journal import queries as journal
from baogong.journal import services as journal_
from baogong.journal.locks import lock_row, lock_rows
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.tower import causes, queries, services
from baogong.tower.kinds import Kind
from baogong.tower.models import Alert
from baogong.tower.services import alerts as module
from tests.cast import NOW, Cast, log_in_as
from tests.races import Meeting, race

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def late_task(cast: Cast, title: str = "问临时仓") -> UUID:
    """Due an hour ago."""
    return journal_.add_task(
        title=title, duty=Duty.COMMAND, due_at=NOW - HOUR, actor=cast.lin, now=NOW - 2 * HOUR, request_id=new_id()
    )


def end(cast: Cast, task: UUID) -> None:
    journal_.finish_task(task=task, outcome="有", actor=cast.lin, now=NOW)


def lose(cast: Cast) -> None:
    """An event that somebody has to look at."""
    with transaction.atomic():
        journal_.record(
            kind="freight.goods.lost", actor=cast.lin, now=NOW, subject=new_id(), data={"waybill": "WB-0001"}
        )


def the_alert(kind: str = "TASK_LATE") -> queries.AlertView:
    (found,) = [each for each in queries.alerts() if each.kind == kind]
    return found


def test_a_cause_has_one_alert_however_often_it_is_looked_at(cast: Cast) -> None:
    task = late_task(cast)
    assert services.recount(now=NOW) == services.Recount(opened=1, told=1)
    assert services.recount(now=NOW).is_quiet
    alert = the_alert()
    assert (alert.subject, alert.since, alert.duty, alert.state) == (task, NOW - HOUR, Duty.COMMAND, "OPEN")
    assert [event.kind for event in journal.events(subject=alert.id)] == ["tower.alert.opened"]


def test_what_is_gone_is_closed_by_the_house_and_what_comes_again_is_another(cast: Cast) -> None:
    task = late_task(cast)
    services.recount(now=NOW)
    end(cast, task)
    assert services.recount(now=NOW).closed == 1
    assert queries.alerts() == ()
    (closed,) = queries.alerts(is_open=False)
    assert (closed.closed_why, closed.closed_by, closed.stands) == (module.CAUSE_GONE, None, False)
    late_task(cast)
    assert services.recount(now=NOW).opened == 1
    assert Alert.objects.count() == 2


def test_an_event_makes_one_alert_that_only_a_person_closes(cast: Cast) -> None:
    lose(cast)
    assert services.recount(now=NOW).opened == 1
    assert services.recount(now=NOW + 30 * 24 * HOUR).closed == 0, "what happened is not undone by time"
    alert = the_alert("GOODS_LOST")
    assert alert.is_grave
    services.close_alert(alert=alert.id, why="司机找到了", actor=cast.lin, now=NOW)
    assert services.recount(now=NOW).is_quiet
    assert Alert.objects.count() == 1


def test_taken_it_has_an_owner_and_waits_for_nobody_else(cast: Cast) -> None:
    late_task(cast)
    services.recount(now=NOW)
    alert = the_alert()
    assert alert.escalates_at == NOW + timedelta(minutes=30)
    services.take_alert(alert=alert.id, actor=cast.lin, now=NOW)
    taken = the_alert()
    assert (taken.state, taken.owner, taken.escalates_at) == ("TAKEN", cast.lin.person_id, None)
    assert services.recount(now=NOW + HOUR).escalated == 0
    services.take_alert(alert=alert.id, actor=cast.mei, now=NOW + HOUR)
    assert the_alert().owner == cast.mei.person_id
    (first, second) = reversed(journal.events(kinds=["tower.alert.taken"]))
    assert (first.data["from"], second.data["from"]) == (None, str(cast.lin.person_id))


def test_nobody_takes_it_in_time_and_it_goes_along_its_chain_to_the_end(cast: Cast) -> None:
    late_task(cast)
    services.recount(now=NOW)
    assert services.recount(now=NOW + 29 * MINUTE).escalated == 0
    assert services.recount(now=NOW + 30 * MINUTE) == services.Recount(escalated=1, told=1)
    alert = the_alert()
    assert (alert.duty, alert.level, alert.escalates_at) == (Duty.APPROVER, 1, None)
    assert services.recount(now=NOW + 24 * HOUR).escalated == 0, "there is nobody behind the last"


def test_what_is_grave_waits_a_shorter_time(cast: Cast) -> None:
    lose(cast)
    services.recount(now=NOW)
    assert services.recount(now=NOW + 10 * MINUTE).escalated == 1


def test_closed_by_a_person_it_stays_closed_while_its_cause_stands(cast: Cast) -> None:
    task = late_task(cast)
    services.recount(now=NOW)
    services.close_alert(alert=the_alert().id, why="等明天", actor=cast.lin, now=NOW)
    assert services.recount(now=NOW + HOUR).is_quiet
    end(cast, task)
    services.recount(now=NOW + HOUR)
    assert Alert.objects.get().ended_at is not None
    with pytest.raises(services.AlertClosed):
        services.take_alert(alert=Alert.objects.get().id, actor=cast.lin, now=NOW)


@pytest.mark.parametrize("why", ["", "  ", "x" * 301])
def test_without_a_reason_it_stays_open(cast: Cast, why: str) -> None:
    late_task(cast)
    services.recount(now=NOW)
    with pytest.raises(UnusableInput, match="stays open"):
        services.close_alert(alert=the_alert().id, why=why, actor=cast.lin, now=NOW)
    assert the_alert().state == "OPEN"


def test_a_stranger_and_the_wrong_duty_are_refused_and_leave_no_trace(cast: Cast) -> None:
    late_task(cast)
    services.recount(now=NOW)
    alert, events = the_alert(), len(journal.events())
    for actor in (cast.stranger, cast.bao, cast.tao, cast.wu):
        with pytest.raises(NotYourPlace):
            services.take_alert(alert=alert.id, actor=actor, now=NOW)
        with pytest.raises(NotYourPlace):
            services.close_alert(alert=alert.id, why="x", actor=actor, now=NOW)
    for actor in (cast.stranger, cast.mei):
        with pytest.raises(NotYourPlace):
            set_quiet(actor, time(22), time(6))
    assert the_alert() == alert
    assert len(journal.events()) == events
    with pytest.raises(NotFound):
        services.take_alert(alert=new_id(), actor=cast.lin, now=NOW)


def test_who_has_a_duty_at_a_place_sees_what_is_of_it_and_who_has_none_nothing(cast: Cast) -> None:
    late_task(cast)
    services.recount(now=NOW)
    of_the_hub = Alert.objects.create(
        cause="ROUND_LATE x", kind="ROUND_LATE", is_grave=False, at_id=cast.hub, since=NOW, facts={}, duty="KEEPER",
        opened_at=NOW,
    )  # fmt: skip
    everywhere = log_in_as("Everywhere", [(Duty.KEEPER, None)])
    assert len(queries.alerts(seen_by=cast.lin)) == len(queries.alerts(seen_by=cast.wu)) == 2
    assert [each.id for each in queries.alerts(seen_by=cast.bao)] == [of_the_hub.id]
    assert [each.id for each in queries.alerts(seen_by=everywhere)] == [of_the_hub.id]
    assert queries.alerts(seen_by=cast.stranger) == queries.alerts(seen_by=cast.tao) == ()


def set_quiet(actor: Actor, quiet_from: time | None, quiet_until: time | None, **after: int) -> None:
    services.set_watch_rule(
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        escalates_after_s=after.get("after_s", 1800),
        grave_escalates_after_s=after.get("grave_after_s", 600),
        actor=actor,
        now=NOW,
    )


def test_in_quiet_hours_only_what_is_grave_is_told_and_the_rest_when_they_end(cast: Cast) -> None:
    set_quiet(cast.lin, time(14), time(16))  # NOW is 15:00 by the house's clock
    late_task(cast)
    lose(cast)
    assert services.recount(now=NOW) == services.Recount(opened=2, told=1)
    assert the_alert("GOODS_LOST").told_at == NOW
    task = the_alert()
    assert (task.told_at, task.escalates_at) == (None, None)
    assert services.recount(now=NOW + 59 * MINUTE).told == 1, "the grave one, passed on; the other waits"
    assert services.recount(now=NOW + HOUR).told == 1
    assert the_alert().escalates_at == NOW + HOUR + timedelta(minutes=30), "its time begins when its duty hears of it"


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "at", "is_quiet"),
    [
        (time(22), time(6), time(23), True),
        (time(22), time(6), time(5, 59), True),
        (time(22), time(6), time(6), False),
        (time(22), time(6), time(22), True),
        (time(12), time(14), time(13), True),
        (time(12), time(14), time(14), False),
        (None, None, time(3), False),
    ],
)
def test_quiet_hours_may_go_over_midnight(
    quiet_from: time | None, quiet_until: time | None, at: time, is_quiet: bool
) -> None:
    from django.utils import timezone

    local = timezone.localtime(NOW).replace(hour=at.hour, minute=at.minute)
    rule = queries.WatchView(quiet_from, quiet_until, 1800, 600)
    assert queries.is_quiet(rule, local) is is_quiet


def test_quiet_hours_that_are_none_are_refused(cast: Cast) -> None:
    for quiet_from, quiet_until in ((time(6), time(6)), (time(6), None), (None, time(6))):
        with pytest.raises(services.QuietAlways):
            set_quiet(cast.lin, quiet_from, quiet_until)
    for after in ({"after_s": 59}, {"grave_after_s": 86_401}):
        with pytest.raises(UnusableInput, match="between a minute and a day"):
            set_quiet(cast.lin, None, None, **after)
    set_quiet(cast.lin, time(22), time(6), after_s=3600)
    assert queries.watch_rule().escalates_after_s == 3600


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["late", "end", "lose", "take", "close", "recount", "wait"]), max_size=14))
def test_whatever_happens_each_cause_that_stands_has_one_alert(cast: Cast, acts: list[str]) -> None:
    """After a recount: one alert for each late task and each loss, open ones only of what stands, a second recount idle."""
    with transaction.atomic():
        tasks: list[UUID] = []
        now, losses = NOW, 0
        for act in acts:
            open_ = queries.alerts()
            if act == "late":
                tasks.append(late_task(cast, f"任务 {len(tasks)}"))
            elif act == "end" and tasks:
                end(cast, tasks.pop())
            elif act == "lose":
                lose(cast)
                losses += 1
            elif act == "take" and open_:
                services.take_alert(alert=open_[0].id, actor=cast.lin, now=now)
            elif act == "close" and open_:
                services.close_alert(alert=open_[-1].id, why="看过了", actor=cast.lin, now=now)
            elif act == "wait":
                now += HOUR
            else:
                services.recount(now=now)
        services.recount(now=now)
        standing = Alert.objects.filter(ended_at=None)
        assert sorted(str(row.subject) for row in standing.filter(kind="TASK_LATE")) == sorted(map(str, tasks))
        assert standing.filter(kind="GOODS_LOST").count() == losses == Alert.objects.filter(kind="GOODS_LOST").count()
        assert all(row.state == "CLOSED" for row in Alert.objects.exclude(ended_at=None))
        assert services.recount(now=now).is_quiet
        transaction.set_rollback(True)


def meet_before_opening(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> Meeting:
    """Two recounts that have each looked at what is known meet before they write."""
    meeting, open_ = Meeting(is_guarded=is_guarded), module._open

    def opened(*given: Any) -> Any:
        meeting.wait()
        return open_(*given)

    monkeypatch.setattr(module, "_open", opened)
    return meeting


def recount() -> services.Recount:
    return services.recount(now=NOW)


def test_two_recounts_at_once_make_one_alert(fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    late_task(fresh_cast)
    meeting = meet_before_opening(monkeypatch, is_guarded=True)
    answers = race(recount, recount)
    assert sorted(each.opened for each in answers) == [0, 1]
    assert not meeting.happened, "the second waited until the first was done"
    assert Alert.objects.count() == 1
    assert len(journal.events(kinds=["tower.alert.opened"])) == 1


def test_without_the_lock_the_table_itself_refuses_the_second(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_task(fresh_cast)
    monkeypatch.setattr(module, "lock_word", lambda _word: None)
    meeting = meet_before_opening(monkeypatch, is_guarded=False)
    race(recount, recount)
    assert meeting.happened
    assert Alert.objects.count() == 1


def test_without_lock_and_constraint_two_recounts_make_two(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, book_server: Any, fresh_book: str
) -> None:
    """What the two guards are for: this is what happens without them."""
    late_task(fresh_cast)
    with book_server.connect(fresh_book, "owner") as owner:
        owner.execute("DROP INDEX alert_once_for_its_cause")
    monkeypatch.setattr(module, "lock_word", lambda _word: None)
    meeting = meet_before_opening(monkeypatch, is_guarded=False)
    race(recount, recount)
    assert meeting.happened
    assert Alert.objects.count() == 2


def test_two_who_take_it_at_once_follow_one_another(fresh_cast: Cast) -> None:
    late_task(fresh_cast)
    recount()
    alert = the_alert()

    def take(actor: Actor) -> Callable[[], None]:
        return lambda: services.take_alert(alert=alert.id, actor=actor, now=NOW)

    assert race(take(fresh_cast.lin), take(fresh_cast.mei)) == [None, None]
    first, second = reversed(journal.events(kinds=["tower.alert.taken"]))
    assert (first.data["from"], second.data["from"]) == (None, str(first.person))
    assert the_alert().owner == second.person


def test_what_cannot_be_counted_stops_nothing_else_and_is_not_gone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses one read: its alert stays though its cause is gone, others open and close, and it is said."""
    task = late_task(cast)
    recount()
    assert (queries.watch_rule().uncounted, queries.watch_rule().whole_at) == ((), NOW)
    end(cast, task)
    lose(cast)
    with monkeypatch.context() as broken:
        broken.setitem(causes.STANDING, Kind.TASK_LATE, lambda _now: tuple(Alert.objects.raw("SELECT nothing")))
        found = services.recount(now=NOW + MINUTE)
    assert (found.opened, found.closed) == (1, 0)
    assert sorted(each.kind for each in queries.alerts()) == ["GOODS_LOST", "TASK_LATE"]
    assert (queries.watch_rule().uncounted, queries.watch_rule().whole_at) == (("TASK_LATE",), NOW)
    assert services.recount(now=NOW + 2 * MINUTE).closed == 1
    assert (queries.watch_rule().uncounted, queries.watch_rule().whole_at) == ((), NOW + 2 * MINUTE)


def act_while_it_is_recounted(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], None], now: datetime, *, is_guarded: bool
) -> None:
    """
    A person holds the alert's row as the recount comes to it, and writes before it does.

    Not `is_guarded`: the recount reads the rows without locking them, and meets the person who has not written yet.
    """
    meeting, is_held = Meeting(is_guarded=is_guarded), threading.Event()

    def hold(rows: QuerySet[Alert], row_id: UUID) -> Alert:
        row = lock_row(rows, row_id)
        is_held.set()
        meeting.wait()
        return row

    def read(rows: QuerySet[Alert], ids: Any) -> list[Alert]:
        found = lock_rows(rows, ids) if is_guarded else list(rows.filter(pk__in=list(ids)).order_by("pk"))
        meeting.wait()
        return found

    def recount_then() -> services.Recount:
        assert is_held.wait(20)
        return services.recount(now=now)

    monkeypatch.setattr(module, "lock_row", hold)
    monkeypatch.setattr(module, "lock_rows", read)
    acted, recounted = race(act, recount_then)
    assert acted is None
    assert isinstance(recounted, services.Recount), recounted
    assert meeting.happened is not is_guarded


@pytest.mark.parametrize("is_guarded", [True, False])
def test_taken_while_it_would_be_passed_on_it_stays_with_who_took_it(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Without the lock the next duty is told of what somebody sees to, and the time runs on."""
    cast, later = fresh_cast, NOW + HOUR
    late_task(cast)
    recount()
    alert = Alert.objects.get()

    def take() -> None:
        services.take_alert(alert=alert.id, actor=cast.lin, now=later)

    act_while_it_is_recounted(monkeypatch, take, later, is_guarded=is_guarded)
    alert.refresh_from_db()
    assert (alert.state, alert.owner_id) == ("TAKEN", cast.lin.person_id)
    passed_on = len(journal.events(kinds=["tower.alert.escalated"]))
    if is_guarded:
        assert (alert.level, alert.duty, alert.escalates_at, passed_on) == (0, Duty.COMMAND, None, 0)
    else:
        assert (alert.level, passed_on) == (1, 1)
        assert alert.duty != Duty.COMMAND


@pytest.mark.parametrize("is_guarded", [True, False])
def test_closed_by_a_person_as_its_cause_goes_it_keeps_their_reason(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Without the lock the house writes its own over it, and it is closed twice."""
    cast, later = fresh_cast, NOW + MINUTE
    task = late_task(cast)
    recount()
    alert = Alert.objects.get()
    end(cast, task)

    def close() -> None:
        services.close_alert(alert=alert.id, why="已打电话", actor=cast.lin, now=later)

    act_while_it_is_recounted(monkeypatch, close, later, is_guarded=is_guarded)
    alert.refresh_from_db()
    closed = journal.events(kinds=["tower.alert.closed"])
    assert (alert.state, alert.ended_at) == ("CLOSED", later)
    if is_guarded:
        assert (alert.closed_why, alert.closed_by_id, len(closed)) == ("已打电话", cast.lin.person_id, 1)
    else:
        assert (alert.closed_why, len(closed)) == (module.CAUSE_GONE, 2)


def test_killed_midway_nothing_of_a_recount_is_left(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(*_given: Any) -> None:
        raise Killed

    late_task(cast)
    events = len(journal.events())
    monkeypatch.setattr(module, "put_out_alert", die)
    with pytest.raises(Killed):
        recount()
    assert not Alert.objects.exists()
    assert len(journal.events()) == events
    monkeypatch.undo()
    assert recount().opened == 1


def test_no_alert_vanishes(cast: Cast) -> None:
    late_task(cast)
    recount()
    from django.db import ProgrammingError

    with pytest.raises(ProgrammingError), transaction.atomic():
        Alert.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(cause=Alert.objects.get().cause, kind="TASK_LATE", is_grave=False, since=NOW, facts={}, duty="COMMAND", opened_at=NOW)  # fmt: skip
