from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from baogong.journal import locks
from baogong.journal.models import Counter, Task
from baogong.journal.services import take_task
from baogong.kernel.errors import NotFound
from tests.apps.journal.test_working_group import add
from tests.cast import NOW, Cast
from tests.races import Meeting, race


def test_a_row_is_locked_before_it_is_written(cast: Cast) -> None:
    task = add(cast)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        take_task(task=task, actor=cast.lin, now=NOW)
    statements = [query["sql"] for query in asked]
    locked = next(number for number, text in enumerate(statements) if "FOR UPDATE" in text)
    written = next(number for number, text in enumerate(statements) if text.startswith("UPDATE"))
    assert locked < written


@pytest.mark.usefixtures("fresh_book")
def test_locking_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        locks.lock_rows(Task.objects.all(), [])


@pytest.mark.usefixtures("db")
def test_rows_come_sorted_and_a_missing_one_is_named() -> None:
    Counter.objects.bulk_create([Counter(kind="B"), Counter(kind="A")])
    assert [row.kind for row in locks.lock_rows(Counter.objects.all(), ["B", "A", "C"])] == ["A", "B"]
    with pytest.raises(NotFound, match="no such entry"):
        locks.lock_row(Counter.objects.all(), "C")


@pytest.mark.usefixtures("db")
def test_the_wait_is_bounded_for_the_lock_alone() -> None:
    Counter.objects.create(kind="A")
    locks.lock_row(Counter.objects.all(), "A")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_who_waits_too_long_is_told_that_somebody_else_is_at_it(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LOCK_WAIT_MS", 100)
    Counter.objects.create(kind="A")
    has_it, may_go = threading.Event(), threading.Event()

    @transaction.atomic
    def hold() -> None:
        locks.lock_row(Counter.objects.all(), "A")
        has_it.set()
        may_go.wait(20)

    @transaction.atomic
    def wait() -> None:
        try:
            has_it.wait(20)
            locks.lock_row(Counter.objects.all(), "A")
        finally:
            may_go.set()

    answers = race(hold, wait)
    assert isinstance(answers[1], locks.Busy)
    assert answers[0] is None


@pytest.mark.parametrize("by", ["rows", "words"])
def test_of_two_who_wait_for_each_other_one_is_told_and_the_other_goes_on(fresh_book: str, by: str) -> None:
    Counter.objects.bulk_create([Counter(kind="A"), Counter(kind="B")])
    meeting = Meeting(is_guarded=False)

    def lock(kind: str) -> None:
        if by == "rows":
            locks.lock_row(Counter.objects.all(), kind)
        else:
            locks.lock_word(kind)

    @transaction.atomic
    def take(first: str, second: str) -> None:
        lock(first)
        meeting.wait()
        lock(second)

    answers = race(partial(take, "A", "B"), partial(take, "B", "A"))
    assert meeting.happened
    assert answers.count(None) == 1
    (told,) = [one for one in answers if one is not None]
    assert isinstance(told, locks.Busy)
    assert told.__cause__ is not None
    assert getattr(told.__cause__.__cause__, "sqlstate", "") == "40P01"
