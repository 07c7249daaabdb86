from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from baogong.journal import queries
from baogong.journal.models import Counter, Document
from baogong.journal.services import cancel, documents, draw_up, refuse, sign, when_in_force
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from tests.cast import NOW, Cast, log_in_as, rows_in_book
from tests.races import Meeting, meet_at_the_row, race


def draw(actor: Actor, **options: Any) -> UUID:
    facts: dict[str, Any] = {"kind": "FREEZE", "title": "N95", "body": {"pieces": 13000}, "now": NOW}
    with transaction.atomic():
        return draw_up(**{**facts, "actor": actor, "request_id": new_id(), **options})


def two(actor: Actor, **options: Any) -> UUID:
    return draw(actor, kind="REVIEW", signatures_required=2, **options)


def test_one_signature_is_given_by_drawing_up(cast: Cast) -> None:
    view = queries.document(draw(cast.lin, subjects=[cast.hub, cast.hub]))
    assert (view.number, view.state, view.is_in_force) == ("FZ-0001", "SIGNED", True)
    assert [signed.person for signed in view.signatures] == [cast.lin.person_id]
    assert view.subjects == (cast.hub,)
    assert queries.documents(subject=cast.hub) == (view,)


def test_numbers_run_on_in_each_kind_of_its_own(cast: Cast) -> None:
    numbers = [queries.document(draw(cast.lin, kind=kind)).number for kind in ("GRN", "WAYBILL", "GRN", "PASS")]
    assert numbers == ["GRN-0001", "WB-0001", "GRN-0002", "PS-0001"]


def test_a_document_undone_gives_its_number_back(cast: Cast) -> None:
    with transaction.atomic():
        draw(cast.lin)
        transaction.set_rollback(True)
    assert queries.document(draw(cast.lin)).number == "FZ-0001"


@pytest.mark.parametrize("guarded", [False, True])
def test_numbers_have_no_gap_and_no_twin_when_drawn_at_once(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    lin = fresh_cast.lin
    draw(lin)
    if not guarded:
        meeting = Meeting(is_guarded=False)

        def look(kind: str) -> Counter:
            counter = Counter.objects.get(kind=kind)
            meeting.wait()
            return counter

        monkeypatch.setattr(documents, "lock_numbers", look)
    answers = race(lambda: draw(lin), lambda: draw(lin))
    refused = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert len(refused) == (0 if guarded else 1)  # without the lock both drew number 2
    numbers = sorted(Document.objects.values_list("number", flat=True))
    assert numbers == [f"FZ-{number:04d}" for number in range(1, len(numbers) + 1)]
    assert len(numbers) == (3 if guarded else 2)


def test_the_same_request_is_the_same_document(cast: Cast) -> None:
    request_id = new_id()
    assert draw(cast.lin, request_id=request_id) == draw(cast.lin, request_id=request_id)
    assert Document.objects.count() == 1
    with pytest.raises(RequestIdReused):
        draw(cast.lin, request_id=request_id, title="gloves")
    assert queries.document(draw(cast.lin)).number == "FZ-0002"


@pytest.mark.parametrize("guarded", [False, True])
def test_the_same_request_at_the_same_moment_is_one_document(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the counter's lock all look for it before one has drawn it up: the others get an error for an answer."""
    draw(fresh_cast.lin)
    request_id, lock = new_id(), documents.lock_numbers
    meeting = Meeting(4, is_guarded=guarded)

    def look(kind: str) -> Counter:
        counter = lock(kind) if guarded else Counter.objects.get(kind=kind)
        save = counter.save

        def save_after_meeting(**facts: Any) -> None:
            meeting.wait()
            save(**facts)

        monkeypatch.setattr(counter, "save", save_after_meeting)
        return counter

    monkeypatch.setattr(documents, "lock_numbers", look)
    answers = race(*[lambda: draw(fresh_cast.lin, request_id=request_id)] * 4)
    assert meeting.happened is not guarded
    refused = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert len(refused) == (0 if guarded else 3)
    assert len({answer for answer in answers if isinstance(answer, UUID)}) == 1
    assert Document.objects.filter(request_id=request_id).count() == 1


def test_two_signatures_are_two_persons(cast: Cast) -> None:
    document = two(cast.lin)
    assert queries.document(document).state == "WAITING"
    with pytest.raises(documents.SameHandTwice):
        sign(document=document, actor=cast.lin, now=NOW)
    assert queries.document(document).state == "WAITING"
    sign(document=document, actor=cast.mei, now=NOW)
    view = queries.document(document)
    assert view.state == "SIGNED"
    assert [signed.name for signed in view.signatures] == ["Lin", "Mei"]
    with pytest.raises(documents.NotToBeSigned):
        sign(document=document, actor=cast.mei, now=NOW)


@pytest.mark.parametrize("guarded", [False, True])
def test_two_hands_at_once_cannot_both_be_the_second(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    document = two(fresh_cast.lin)
    other = log_in_as("Ann", [(Duty.APPROVER, None)])
    meeting = meet_at_the_row(monkeypatch, documents, Document, is_guarded=guarded)
    answers = race(
        lambda: sign(document=document, actor=fresh_cast.mei, now=NOW),
        lambda: sign(document=document, actor=other, now=NOW),
    )
    assert meeting.happened is not guarded
    refused = [type(answer) for answer in answers if answer is not None]
    assert refused == ([documents.NotToBeSigned] if guarded else [])
    assert len(queries.document(document).signatures) == (2 if guarded else 3)


def test_nobody_signs_for_their_own_gain(cast: Cast) -> None:
    with pytest.raises(documents.SignedForOneself):
        two(cast.lin, beneficiary=cast.lin.person_id)
    document = two(cast.lin, beneficiary=cast.mei.person_id)
    with pytest.raises(documents.SignedForOneself):
        sign(document=document, actor=cast.mei, now=NOW)
    local = log_in_as("Zhou", [(Duty.APPROVER, None), (Duty.KEEPER, cast.hospital)])
    for_hospital = two(cast.lin, beneficiary=cast.hospital)
    with pytest.raises(documents.SignedForOneself):
        sign(document=for_hospital, actor=local, now=NOW)
    assert {queries.document(each).state for each in (document, for_hospital)} == {"WAITING"}


def test_nobody_signs_alone_for_their_own_gain_either(cast: Cast) -> None:
    local = log_in_as("Zhou", [(Duty.COMMAND, None), (Duty.CLERK, cast.hospital)])
    for actor, beneficiary in ((cast.lin, cast.lin.person_id), (local, cast.hospital)):
        with pytest.raises(documents.SignedForOneself):
            draw(actor, beneficiary=beneficiary)
        document = draw(cast.lin, beneficiary=beneficiary, sign=False)
        with pytest.raises(documents.SignedForOneself):
            sign(document=document, actor=actor, now=NOW)
        assert queries.document(document).state == "WAITING"
    assert queries.document(draw(cast.lin, beneficiary=cast.hospital)).state == "SIGNED"


def test_the_house_is_no_second_person(cast: Cast) -> None:
    with pytest.raises(documents.NoPersonSigns):
        sign(document=two(cast.lin), actor=THE_HOUSE, now=NOW)


def test_alone_on_duty_acts_at_once_and_owes_a_second_signature(cast: Cast) -> None:
    document = two(cast.lin, alone=True)
    view = queries.document(document)
    assert (view.state, view.is_in_force, view.was_alone) == ("ALONE", True, True)
    due = NOW + timedelta(hours=12)
    assert view.second_due_at == due
    assert queries.signatures_overdue(due - timedelta(seconds=1)) == ()
    assert [one.id for one in queries.signatures_overdue(due)] == [document]
    with pytest.raises(documents.SameHandTwice):
        sign(document=document, actor=cast.lin, now=NOW)
    sign(document=document, actor=cast.mei, now=due + timedelta(hours=1))
    assert queries.signatures_overdue(due + timedelta(days=1)) == ()
    signed = queries.events(kinds=["journal.document.signed"])[0]
    assert signed.data["late"] is True


def test_alone_makes_no_sense_for_one_signature(cast: Cast) -> None:
    with pytest.raises(UnusableInput):
        draw(cast.lin, alone=True)


def test_what_a_document_brings_about_happens_once(cast: Cast) -> None:
    done: list[str] = []
    when_in_force("REVIEW", lambda view, actor, now: done.append(view.number))
    try:
        document = two(cast.lin)
        assert done == []
        sign(document=document, actor=cast.mei, now=NOW)
        assert done == ["REVIEW-0001"]
        alone = two(cast.lin, alone=True)
        assert done == ["REVIEW-0001", "REVIEW-0002"]
        sign(document=alone, actor=cast.mei, now=NOW)
        assert done == ["REVIEW-0001", "REVIEW-0002"]
    finally:
        documents._when_in_force.pop("REVIEW")


def test_a_refused_or_cancelled_document_is_never_signed(cast: Cast) -> None:
    refused, cancelled = two(cast.lin), two(cast.lin)
    refuse(document=refused, actor=cast.mei, now=NOW, why="the fund is tight")
    cancel(document=cancelled, actor=cast.lin, now=NOW, why="typed twice")
    for document, state in ((refused, "REFUSED"), (cancelled, "CANCELLED")):
        assert queries.document(document).state == state
        with pytest.raises(documents.NotToBeSigned):
            sign(document=document, actor=cast.mei, now=NOW)
    with pytest.raises(documents.NotToBeSigned):
        cancel(document=draw(cast.lin), actor=cast.lin, now=NOW, why="in force already")


def test_what_was_done_alone_and_then_refused_is_handed_to_the_next_shift(cast: Cast) -> None:
    document = two(cast.lin, alone=True)
    refuse(document=document, actor=cast.mei, now=NOW, why="wrong fund")
    change = queries.shift_change(NOW - timedelta(hours=8), NOW + timedelta(seconds=1))
    assert [one.id for one in change.refused_in_force] == [document]


def test_a_receivers_signature_is_left_to_the_receiver(cast: Cast) -> None:
    document = draw(cast.tao, kind="GRN", sign=False, signers=[Duty.KEEPER], at=cast.hub)
    assert queries.document(document).signatures == ()
    with pytest.raises(NotYourPlace):
        sign(document=document, actor=cast.lin, now=NOW)
    keeper_elsewhere = log_in_as("Zhou", [(Duty.KEEPER, cast.warehouse)])
    with pytest.raises(NotYourPlace):
        sign(document=document, actor=keeper_elsewhere, now=NOW)
    assert [one.id for one in queries.pending_signatures(cast.bao)] == [document]
    assert queries.pending_signatures(keeper_elsewhere) == ()
    sign(document=document, actor=cast.bao, now=NOW)
    assert queries.document(document).state == "SIGNED"


def test_pending_shows_only_what_one_may_sign(cast: Cast) -> None:
    mine, for_mei = two(cast.lin), two(cast.lin, beneficiary=cast.mei.person_id)
    assert [one.id for one in queries.pending_signatures(cast.mei)] == [mine]
    assert queries.pending_signatures(cast.lin) == ()
    assert queries.pending_signatures(cast.stranger) == ()
    ann = log_in_as("Ann", [(Duty.COMMAND, None)])
    assert {one.id for one in queries.pending_signatures(ann)} == {mine, for_mei}


def test_stranger_signs_nothing_and_leaves_no_trace(cast: Cast) -> None:
    document = two(cast.lin)
    before = rows_in_book()
    for act in (
        lambda: draw(cast.stranger),
        lambda: sign(document=document, actor=cast.stranger, now=NOW),
        lambda: refuse(document=document, actor=cast.stranger, now=NOW, why="x"),
        lambda: cancel(document=document, actor=cast.stranger, now=NOW, why="x"),
    ):
        with pytest.raises(NotYourPlace):
            act()
    with pytest.raises(NotYourPlace):
        draw(log_in_as("Zhou", [(Duty.AUDITOR, None)]))
    assert {table: count for table, count in rows_in_book().items() if not table.startswith("people_")} == {
        table: count for table, count in before.items() if not table.startswith("people_")
    }
    assert queries.document(document).state == "WAITING"


@pytest.mark.usefixtures("fresh_book")
def test_drawing_up_needs_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        documents.lock_numbers("FREEZE")
