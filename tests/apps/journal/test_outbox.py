from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.journal import queries
from baogong.journal.models import Outgoing
from baogong.journal.services import close_notice, outbox, put_out
from baogong.journal.services.outbox import PAGE, Message, NotDelivered, deliver_waiting, register_channel
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.ids import new_id
from tests.cast import NOW, Cast, person_of
from tests.races import race


@pytest.fixture
def letters() -> Iterator[list[Message]]:
    """A channel that keeps what it was given."""
    got: list[Message] = []
    register_channel("LETTER", got.append)
    yield got
    outbox._channels.pop("LETTER")


def put(key: str = "a", channel: str = "LETTER", to: UUID | None = None) -> UUID:
    with transaction.atomic():
        return put_out(
            to_party=to, channel=channel, template="late", payload={"truck": 3, "at": NOW}, dedupe_key=key, now=NOW
        )


@pytest.mark.usefixtures("db")
def test_a_message_goes_out_once(letters: list[Message]) -> None:
    message = put()
    assert deliver_waiting(now=NOW) == (1, 0)
    assert deliver_waiting(now=NOW + timedelta(days=1)) == (0, 0)
    assert [(one.id, one.template, one.payload["truck"]) for one in letters] == [(message, "late", 3)]


@pytest.mark.usefixtures("db")
def test_the_same_key_is_the_same_message(letters: list[Message]) -> None:
    assert put("a") == put("a") != put("b")
    deliver_waiting(now=NOW)
    assert put("a") == letters[0].id
    deliver_waiting(now=NOW)
    assert len(letters) == 2


def test_a_message_shows_on_its_readers_page_until_closed(cast: Cast) -> None:
    message = put(channel=PAGE, to=person_of(cast.lin))
    deliver_waiting(now=NOW)
    assert [notice.id for notice in queries.notices(person_of(cast.lin))] == [message]
    assert queries.notices(person_of(cast.mei)) == ()
    with pytest.raises(NotFound):
        close_notice(message=message, reader=person_of(cast.mei), now=NOW)
    close_notice(message=message, reader=person_of(cast.lin), now=NOW)
    assert queries.notices(person_of(cast.lin)) == ()


@pytest.mark.usefixtures("db")
def test_what_pages_show_is_there_at_once_however_many_others_wait(letters: list[Message]) -> None:
    with transaction.atomic():
        outbox.put_out_each(
            channel="LETTER", template="t", messages=[(None, {}, f"letter {at}") for at in range(3)], now=NOW
        )
        outbox.put_out_each(channel=PAGE, template="t", messages=[(None, {}, f"page {at}") for at in range(5)], now=NOW)
    assert deliver_waiting(now=NOW, most=1) == (6, 0)
    assert Outgoing.objects.filter(channel=PAGE, sent_at=NOW, attempts=1).count() == 5
    assert len(letters) == 1


@pytest.mark.usefixtures("db")
def test_many_messages_leave_room_for_one_that_comes_later(
    letters: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    with transaction.atomic():
        many = [(None, {"n": at}, f"many {at}") for at in range(10)]
        for some in (many[:4], many[4:]):  # swept up in two turns, they stand in one line
            outbox.put_out_each(channel="LETTER", template="many", messages=some, now=NOW, apart_s=60)
    soon = NOW + timedelta(seconds=1)
    with transaction.atomic():
        outbox.put_out_each(channel="LETTER", template="one", messages=[(None, {}, "one")], now=soon)
    assert deliver_waiting(now=soon) == (4, 0)
    assert [one.template for one in letters] == ["many", "many", "many", "one"]
    assert deliver_waiting(now=NOW + timedelta(minutes=6)) == (6, 0)
    assert deliver_waiting(now=NOW + timedelta(minutes=7)) == (1, 0), "and all of them go out"


@pytest.mark.usefixtures("db")
def test_a_way_out_nobody_built_is_refused() -> None:
    with pytest.raises(UnusableInput, match="SMS"):
        put(channel="SMS")
    assert not Outgoing.objects.exists()


@pytest.mark.usefixtures("db")
def test_a_message_of_an_act_undone_never_was(letters: list[Message]) -> None:
    with transaction.atomic():
        put()
        transaction.set_rollback(True)
    assert deliver_waiting(now=NOW) == (0, 0)
    assert letters == []


@pytest.mark.usefixtures("db")
def test_a_far_end_that_fails_is_tried_again_ever_more_rarely(letters: list[Message]) -> None:
    tries: list[Any] = []

    def fail(message: Message) -> None:
        tries.append(message.id)
        raise NotDelivered("the gateway said: unknown subscriber 13800138000")

    register_channel("LETTER", fail)
    message, at, waits = put(), NOW, []
    for _ in range(9):
        assert deliver_waiting(now=at) == (0, 1)
        assert deliver_waiting(now=at) == (0, 0)  # not before its time
        next_at = Outgoing.objects.get().next_at
        waits.append(int((next_at - at).total_seconds()))
        at = next_at
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert set(tries) == {message}
    assert queries.messages_stuck() == ((message, "LETTER", 9, "NotDelivered"),)
    register_channel("LETTER", letters.append)
    assert deliver_waiting(now=at) == (1, 0)
    assert queries.messages_stuck() == ()


@pytest.mark.usefixtures("db")
def test_one_message_that_fails_does_not_hold_up_the_next(letters: list[Message]) -> None:
    def fail_first(message: Message) -> None:
        if message.payload.get("truck") == 3 and not letters:
            letters.append(message)
            connection.cursor().execute("SELECT 1/0")

    register_channel("LETTER", fail_first)
    put("a")
    put("b")
    assert deliver_waiting(now=NOW) == (1, 1)
    assert Outgoing.objects.get(dedupe_key="a").last_error == "DataError"


@pytest.mark.usefixtures("db")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(answers=st.lists(st.booleans(), max_size=12))
def test_whatever_the_far_end_does_each_message_is_taken_exactly_once(answers: list[bool]) -> None:
    left, taken = list(answers), []

    def moody(message: Message) -> None:
        if left and not left.pop():
            raise NotDelivered("not now")
        taken.append(message.id)

    register_channel("MOODY", moody)
    try:
        base = str(new_id())
        ids = {put(f"{base}{number}", channel="MOODY") for number in range(4)}
        at = NOW
        while Outgoing.objects.filter(id__in=ids, sent_at=None).exists():
            deliver_waiting(now=at)
            at += timedelta(hours=1)
        assert sorted(taken) == sorted(ids)
    finally:
        outbox._channels.pop("MOODY")


def test_two_workers_send_no_message_twice(fresh_book: str, letters: list[Message]) -> None:
    ids = [put(str(number)) for number in range(40)]
    answers = race(*[lambda: deliver_waiting(now=NOW)] * 3)
    assert sum(sent for sent, _ in answers) == 40
    assert sorted(one.id for one in letters) == sorted(ids)


def test_without_its_lock_two_workers_would_send_one_message_twice(
    fresh_book: str, letters: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.models import QuerySet

    from tests.races import Meeting

    meeting = Meeting(is_guarded=False)

    def slow(message: Message) -> None:
        meeting.wait()
        letters.append(message)

    register_channel("LETTER", slow)
    put()
    with monkeypatch.context() as unguarded:
        unguarded.setattr(QuerySet, "select_for_update", lambda self, **options: self)
        race(*[lambda: deliver_waiting(now=NOW)] * 2)
    assert len(letters) == 2


def test_a_worker_killed_between_sending_and_marking_sends_once_more_under_the_same_id(
    fresh_book: str, tmp_path: Path
) -> None:
    """At least once: the far end tells the second by the message's id."""
    far_end = tmp_path / "received"

    def send(message: Message) -> None:
        with far_end.open("a") as file:
            file.write(f"{message.id}\n")
            file.flush()
            os.fsync(file.fileno())
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    parent = os.getpid()
    register_channel("LETTER", send)
    try:
        message = put()
        connection.close()
        child = os.fork()
        if child == 0:
            try:
                sys.stderr.write(f"sent, put off: {deliver_waiting(now=NOW)}\n")
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)  # not reached: the channel kills the worker; whatever else happens, no test goes on in here
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert Outgoing.objects.get().sent_at is None
        assert deliver_waiting(now=NOW) == (1, 0)
        assert deliver_waiting(now=NOW) == (0, 0)
    finally:
        outbox._channels.pop("LETTER")
    assert far_end.read_text().split() == [str(message)] * 2


def test_writing_a_message_asks_a_worker_for_a_delivery(fresh_book: str, letters: list[Message]) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    put("a")
    put("b")
    waiting = ProcrastinateJob.objects.filter(task_name="journal.deliver_outbox", status="todo")
    assert waiting.count() == 1


@pytest.mark.usefixtures("db")
def test_the_job_delivers_by_the_books_own_clock(letters: list[Message]) -> None:
    from baogong.journal.clock import mark_drill
    from baogong.journal.jobs import deliver_outbox

    mark_drill(name="rehearsal", at=NOW - timedelta(minutes=1))
    put()
    deliver_outbox()
    assert letters == []
    mark_drill(name="rehearsal", at=NOW)
    deliver_outbox()
    assert len(letters) == 1
