"""The desk for documents: kept enciphered, found by the last four with a reason, paced, every act on record."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, NotYourPlace
from baogong.people.models import Party, PersonalDatum, PersonalRead
from baogong.people.queries import desk as reading
from baogong.people.services import desk, identity, limits
from baogong.people.services.access import make_login
from tests.apps.people_access.unguarded import look_then_count
from tests.cast import NOW, Cast, log_in_as, rows_in_book
from tests.races import Meeting, race

NUMBER = "11010519491231002X"  # the standard's own example
FEBRUARY = "口罩预约二月"


def keeper() -> Actor:
    """A keeper of the whole house; the desk reads persons of every place."""
    kay = Party.objects.get(kind="PERSON", name="Kay")
    return Actor(person_id=kay.pk, name=kay.name, reach={Duty.KEEPER: frozenset()})


@pytest.fixture(autouse=True)
def _kay(request: pytest.FixtureRequest) -> None:
    for name in {"cast", "fresh_cast"} & set(request.fixturenames):
        request.getfixturevalue(name)
        log_in_as("Kay", [(Duty.KEEPER, None)])


def keep(cast: Cast, **changed: Any) -> UUID:
    facts = {"name": "张伟", "number": NUMBER, "is_resident_card": True, "purpose": FEBRUARY}
    return desk.register_document(**{**facts, "actor": cast.wu, "now": NOW, **changed})


def look(cast: Cast, last_four: str = "002X", *, at: datetime = NOW, **changed: Any) -> tuple[desk.FoundDocument, ...]:
    facts = {"purpose": FEBRUARY, "why": "at the counter, compares the card", "actor": keeper(), "now": NOW}
    return desk.look_up(last_four=last_four, paced_at=at, **{**facts, **changed})


def show(cast: Cast, datum: UUID, *, at: datetime = NOW, **changed: Any) -> str:
    facts = {"why": "the counter asks", "actor": keeper(), "now": NOW}
    return desk.show_document(datum=datum, paced_at=at, **{**facts, **changed})


def acts() -> list[tuple[str, int | None]]:
    return list(PersonalRead.objects.order_by("id").values_list("act", "found_count"))


def test_a_document_is_found_by_its_last_four_and_shown_for_a_reason(cast: Cast) -> None:
    datum = keep(cast)
    keep(cast, name="李娜", number="440524188001010014")
    (found,) = look(cast, " ００２ｘ ")
    assert (found.datum, found.name) == (datum, "张伟")
    assert show(cast, datum) == NUMBER
    assert look(cast, "9999") == ()
    assert acts() == [("KEEP", None), ("KEEP", None), ("LOOK_UP", 1), ("REVEAL", None), ("LOOK_UP", 0)]
    assert {read.reader_name for read in reading.reads()} == {"Kay", "Wu"}
    assert reading.reads()[0].purpose == FEBRUARY


def test_no_table_holds_a_digit_of_it(cast: Cast) -> None:
    keep(cast)
    look(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%%002X%%' OR row::text LIKE %s",
                [f"%{NUMBER}%"],
            )
            assert cursor.fetchone() == (0,), table


def test_the_same_again_changes_nothing_and_another_number_has_to_be_called_a_correction(cast: Cast) -> None:
    datum = keep(cast)
    before = rows_in_book()
    assert keep(cast, number="110105 19491231 002x") == datum
    assert rows_in_book() == before
    with pytest.raises(desk.OtherDocumentKept):
        keep(cast, number="440524188001010014")
    assert rows_in_book() == before
    assert keep(cast, number="440524188001010014", replaces=True) == datum
    assert (look(cast), len(look(cast, "0014"))) == ((), 1)


def test_one_document_is_kept_for_one_person_only(cast: Cast) -> None:
    keep(cast)
    before = rows_in_book()
    with pytest.raises(desk.DocumentOfAnother):
        keep(cast, name="李娜")
    assert {name for name, count in rows_in_book().items() if count != before[name]} <= {"people_party"}
    keep(cast, name="李娜", purpose="another purpose")


def test_two_people_of_one_name_have_to_be_told_apart(cast: Cast) -> None:
    for username in ("wei1", "wei2"):
        make_login(name="张伟", username=username, password="kettle-orchard-nine", duties=[], now=NOW)
    with pytest.raises(desk.NameOfSeveral):
        keep(cast)
    assert keep(cast, name="张伟（3号楼201）")


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "110105194912310021"},
        {"number": "11010519491231002"},
        {"number": "1234", "is_resident_card": False},
        {"number": "", "is_resident_card": False},
        {"purpose": " "},
        {"purpose": "x" * 41},
    ],
)
def test_what_is_no_document_is_refused_without_repeating_it(cast: Cast, wrong: dict[str, Any]) -> None:
    before = rows_in_book()
    with pytest.raises((desk.NotADocument, desk.PurposeMissing)) as refusal:
        keep(cast, **wrong)
    if wrong.get("number"):
        assert wrong["number"] not in str(refusal.value.as_dict())
    assert rows_in_book() == before


@pytest.mark.parametrize("wrong", [{"last_four": "12"}, {"last_four": "12345"}, {"why": " "}, {"why": "x" * 201}])
def test_a_look_without_a_reason_or_without_four_characters_is_none(cast: Cast, wrong: dict[str, Any]) -> None:
    keep(cast)
    before = rows_in_book()
    with pytest.raises((desk.NotTheLastFour, desk.ReasonMissing)):
        look(cast, **{"last_four": "002X", **wrong})
    assert rows_in_book() == before


def test_looks_are_paced_by_person_and_the_shut_door_leaves_one_row(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOOK_UPS_MAX", 3)
    monkeypatch.setattr(desk, "REVEALS_MAX", 1)
    datum = keep(cast)
    for _guess in range(3):
        look(cast, "0000")
    for _knock in range(4):
        with pytest.raises(limits.TooOften):
            look(cast)
    assert len(look(cast, actor=cast.wu)) == 1  # somebody else's window
    assert len(look(cast, at=NOW + timedelta(seconds=desk.WINDOW_S))) == 1
    assert show(cast, datum) == NUMBER
    with pytest.raises(limits.TooOften):
        show(cast, datum)
    assert [act for act, _found in acts()].count("TOO_OFTEN") == 2


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_at_once_cannot_share_the_last_look(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    monkeypatch.setattr(desk, "LOOK_UPS_MAX", 2)
    keep(fresh_cast)
    if not is_guarded:
        look_then_count(monkeypatch, racers=4)
    answers = race(*[lambda: look(fresh_cast)] * 4)
    assert sum(isinstance(answer, tuple) for answer in answers) == (2 if is_guarded else 4)


@pytest.mark.parametrize("guarded", [False, True])
def test_one_document_brought_for_two_people_in_the_same_second_is_kept_for_one(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    meeting, keep_datum = Meeting(is_guarded=guarded), identity.keep_datum

    def keep_after_meeting(**facts: Any) -> UUID:
        meeting.wait()
        return keep_datum(**facts)

    monkeypatch.setattr(identity, "keep_datum", keep_after_meeting)
    if not guarded:
        monkeypatch.setattr(identity, "lock_purpose", lambda **_facts: None)
    race(lambda: keep(fresh_cast), lambda: keep(fresh_cast, name="李娜"))
    assert meeting.happened is not guarded
    assert PersonalDatum.objects.exclude(tag=None).count() == (1 if guarded else 2)


def test_an_erased_document_is_found_no_more_and_who_erased_it_stays(cast: Cast) -> None:
    datum = keep(cast)
    identity.erase(datum=datum, actor=cast.wu, now=NOW)
    assert look(cast) == ()
    with pytest.raises(identity.Erased):
        show(cast, datum)
    assert [act for act, _found in acts()] == ["KEEP", "ERASE", "LOOK_UP"]
    assert keep(cast) == datum


def test_a_purpose_that_ends_takes_all_its_documents_along(cast: Cast) -> None:
    keep(cast)
    keep(cast, name="李娜", number="440524188001010014")
    admin = log_in_as("Ann", [(Duty.ADMIN, None)])
    assert [(each.name, each.count) for each in reading.purposes()] == [(FEBRUARY, 2)]
    assert identity.erase_purpose(purpose=FEBRUARY, actor=admin, now=NOW) == 2
    (ended,) = reading.purposes()
    assert (ended.count, ended.erased_at) == (0, NOW)
    assert look(cast) == ()
    with pytest.raises(identity.Erased):
        keep(cast)
    assert ("END_PURPOSE", 2) in acts()


def test_stranger_auditor_and_driver_are_refused_and_leave_no_trace(cast: Cast) -> None:
    datum = keep(cast)
    auditor = log_in_as("Zhou", [(Duty.AUDITOR, None)])
    before = rows_in_book()
    for actor in (cast.stranger, auditor, cast.tao):
        for act in (
            lambda actor=actor: keep(cast, actor=actor, name="李娜", number="440524188001010014"),
            lambda actor=actor: look(cast, actor=actor),
            lambda actor=actor: show(cast, datum, actor=actor),
        ):
            with pytest.raises(NotYourPlace):
                act()
    with pytest.raises(NotYourPlace):  # a keeper compares, and registers nothing
        keep(cast, actor=cast.bao, name="李娜")
    assert rows_in_book() == before


def test_nothing_of_it_reaches_a_log_or_an_error(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    datum = keep(cast)
    look(cast)
    show(cast, datum)
    said = [repr(reading.reads()), repr(reading.purposes()), repr(look(cast))]
    for attempt in (
        lambda: keep(cast, number=NUMBER + "1"),
        lambda: keep(cast, name="李娜"),
        lambda: look(cast, "002X5"),
    ):
        with pytest.raises(BaogongError) as caught:
            attempt()
        said += [str(caught.value.as_dict()), repr(caught.value.__cause__)]
    said += [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [text for text in said if NUMBER in text or "002X" in text]


@given(digits=st.text("0123456789", min_size=17, max_size=17), position=st.integers(0, 16), other=st.integers(1, 9))
def test_a_mistyped_digit_never_passes_for_a_resident_number(digits: str, position: int, other: int) -> None:
    (good,) = [digits + check for check in "0123456789X" if desk.is_resident_number(digits + check)]
    wrong = str((int(good[position]) + other) % 10)
    assert not desk.is_resident_number(good[:position] + wrong + good[position + 1 :])
