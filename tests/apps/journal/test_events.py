from __future__ import annotations

from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from baogong.journal import APPEND_ONLY_TABLES, queries
from baogong.journal.models import Event
from baogong.journal.services import record, recorded
from baogong.journal.services.events import NotRecorded
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from tests.cast import NOW, Cast


def test_an_event_says_who_what_when_and_under_which_document(cast: Cast) -> None:
    seq = record(kind="supply.stock.frozen", actor=cast.lin, now=NOW, subject=cast.hub, data={"pieces": 4, "at": NOW})
    event = queries.events(subject=cast.hub)[0]
    assert (event.seq, event.kind, event.person, event.name, event.at) == (
        seq,
        "supply.stock.frozen",
        cast.lin.person_id,
        "Lin",
        NOW,
    )
    assert event.data == {"pieces": 4, "at": "2020-01-23T07:00:00Z"}
    assert event.written_at.year >= 2024  # the machine's own clock, whatever the drill says


@pytest.mark.usefixtures("db")
def test_a_reader_can_go_on_where_it_stopped() -> None:
    first = record(kind="a.b.c", actor=THE_HOUSE, now=NOW)
    later = [record(kind="a.b.c", actor=THE_HOUSE, now=NOW) for _ in range(3)]
    assert [event.seq for event in queries.events(after_seq=first)] == later


@pytest.mark.usefixtures("db")
def test_a_service_that_does_not_record_what_it_did_is_undone() -> None:
    @transaction.atomic
    @recorded("supply.stock.frozen")
    def freeze(how: str) -> None:
        record(kind=how, actor=THE_HOUSE, now=NOW)

    freeze("supply.stock.frozen")
    with pytest.raises(NotRecorded, match=r"freeze returned without recording supply\.stock\.frozen"):
        freeze("supply.stock.thawed")
    assert [event.kind for event in queries.events()] == ["supply.stock.frozen"]


@pytest.mark.usefixtures("db")
def test_a_repeated_request_may_leave_its_first_event_in_place() -> None:
    done: set[UUID] = set()

    @transaction.atomic
    @recorded("supply.stock.frozen")
    def freeze(*, request_id: UUID) -> None:
        if request_id not in done:
            record(kind="supply.stock.frozen", actor=THE_HOUSE, now=NOW)
        done.add(request_id)

    request_id = new_id()
    freeze(request_id=request_id)
    freeze(request_id=request_id)
    assert Event.objects.count() == 1
    done.add(other := new_id())
    with pytest.raises(NotRecorded):
        freeze(request_id=other)


@pytest.mark.usefixtures("db")
def test_an_inner_service_may_record_for_the_outer_one() -> None:
    @recorded("inner.thing.done")
    def inner() -> None:
        record(kind="inner.thing.done", actor=THE_HOUSE, now=NOW)

    @transaction.atomic
    @recorded("inner.thing.done")
    def outer() -> None:
        inner()

    outer()


@pytest.mark.usefixtures("fresh_book")
def test_recording_outside_a_transaction_is_refused() -> None:
    @recorded("a.b.c")
    def service() -> None: ...

    with pytest.raises(transaction.TransactionManagementError):
        record(kind="a.b.c", actor=THE_HOUSE, now=NOW)
    with pytest.raises(transaction.TransactionManagementError):
        service()


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_the_application_has_no_right_to_rewrite(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(%s, 'SELECT'), has_table_privilege(%s, 'INSERT'),"
            " has_table_privilege(%s, 'UPDATE'), has_table_privilege(%s, 'DELETE'), has_table_privilege(%s, 'TRUNCATE')",
            [table] * 5,
        )
        assert cursor.fetchone() == (True, True, False, False, False)


@pytest.mark.usefixtures("fresh_book")
@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_owner_is_refused_by_a_trigger(table: str, act: str, book_server: object) -> None:
    from baogong.config.database import point_django_at

    server, database = book_server, connection.settings_dict["NAME"]
    point_django_at(server, database, "owner")  # type: ignore[arg-type]
    column = {"journal_event": "seq", "journal_donerequest": "request_id"}.get(table, "id")
    statement = act.format(table).replace("id = id", f"{column} = {column}")
    with pytest.raises(DatabaseError, match="is refused"), connection.cursor() as cursor:
        cursor.execute(statement)
