"""
Things that stay their lender's: taken in by serial number, lent until a day, set up, brought back, lost, sent home.

Each unit is a lot of one piece, so the book can say of one place only where it is: lending moves it to the borrower's
account in the state LENT, never to what is handed over, shared or used up. Sent again, a request changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue import queries as catalogue
from baogong.journal import queries as journal
from baogong.journal.locks import lock_rows, lock_word
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.queries.parties import party_names
from baogong.supply.models import LentUnit, Loan, LoanAct, LoanRequest
from baogong.supply.queries.loans import look_key, serial_key
from baogong.supply.requests import content_of, made_before

LENDERS = (Duty.KEEPER, Duty.COMMAND)
UNITS_MAX = 1_000
Act, Condition = LoanAct.Act, LoanAct.Condition


class SerialKnown(BaogongError):
    """A thing of this serial number is here already, or one whose number looks the same."""

    kind, code = Kind.CONFLICT, "supply.serial-known"


class UnitElsewhere(BaogongError):
    """The unit does not stand where this act begins: it is lent, lost, or was sent home."""

    kind, code = Kind.CONFLICT, "supply.unit-elsewhere"


class UnitNotThere(NotFound):
    code = "supply.unit-not-there"


@transaction.atomic
@recorded("supply.loan.taken-in")
def take_in(
    *,
    item: UUID,
    lender: UUID,
    serials: Sequence[str],
    site: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    is_sure: bool = False,
    note: str = "",
) -> UUID:
    """
    Things of a lender come to a site, to be lent from it; returns the document's id.

    is_sure   numbers that look like known ones (O and 0, I and 1) were read again and are others
    Raises SerialKnown, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*LENDERS, at=site)
    content = content_of(item=item, lender=lender, serials=list(serials), site=site, note=note)
    earlier = made_before(LoanRequest, request_id, content)
    if earlier is not None and earlier.document is not None:
        return earlier.document
    keys = [serial_key(serial) for serial in serials]
    pieces = {view.id for view in catalogue.items() if view.unit == "PIECE"}
    if (
        not 0 < len(keys) <= UNITS_MAX
        or len(set(keys)) != len(keys)
        or not all(0 < len(serial.strip()) <= 60 and key for serial, key in zip(serials, keys, strict=True))
        or item not in pieces
    ):
        raise UnusableInput(
            "Each thing has a serial number of its own, and is counted in pieces. Nothing was written.",
            where="serials",
            found=f"{len(keys)} numbers, {len(set(keys))} different",
            expected=f"1 to {UNITS_MAX} different serial numbers of an item counted in pieces",
            cure="Read the numbers off the things again.",
        )
    lock_word("loans: serial numbers")
    known = {unit.serial_key: unit for unit in LentUnit.objects.filter(serial_key__in=keys)}
    standing = _standing(known.values())
    here = [unit.serial for unit in known.values() if unit.lot in standing]
    alike = () if is_sure else _look_alike(serials, keys)
    if here or alike or any((unit.item_id, unit.lender_id) != (item, lender) for unit in known.values()):
        raise SerialKnown(
            f"Of these numbers {len(here) or len(known) or len(alike)} are known here, or look like known ones. "
            "Nothing was written.",
            where="serials",
            found=", ".join([*here, *alike, *(unit.serial for unit in known.values())][:10]),
            expected="numbers that no other thing bears",
            cure="Read them again; if they are others although they look alike, say so.",
        )
    document = _paper(
        "LOAN_IN", f"Taken in to be lent: {len(keys):,}", {"item": item, "lender": lender, "site": site, "serials": list(serials)},
        [lender, site], actor, now, request_id,
    )  # fmt: skip
    units = []
    for serial, key in zip(serials, keys, strict=True):
        unit = known.get(key)
        if unit is None:
            lot = ledger.open_lot(item=item, owner=lender, label=f"SN {serial.strip()}", now=now)
            unit = LentUnit.objects.create(
                serial=serial.strip(),
                serial_key=key,
                look_key=look_key(serial),
                item_id=item,
                lender_id=lender,
                lot=lot,
                site_id=site,
                taken_in_at=now,
                note=note[:240],
            )
        else:
            unit.site_id, unit.taken_in_at, unit.loan = site, now, None
            unit.save(update_fields=["site", "taken_in_at", "loan"])
        units.append(unit)
    _move(
        units,
        [(AccountRef(lender, State.OUTSIDE), AccountRef(site, State.TO_LEND))] * len(units),
        act=Act.TAKEN_IN,
        reason=Reason.LOAN,
        by_name=actor.name,
        document=document,
        actor=actor,
        now=now,
        request_id=request_id,
    )
    _keep_request(request_id, content, "TAKE_IN", document, now)
    _record("supply.loan.taken-in", actor, now, site, document, units)
    return document


@transaction.atomic
@recorded("supply.loan.lent")
def lend(
    *,
    units: Collection[UUID],
    borrower: UUID,
    site: UUID,
    due_at: datetime,
    purpose: str,
    by_name: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Hand units out to a person or party until a day; returns the loan's id.

    by_name   the hands that took them
    One thing cannot be lent twice: its row is locked, and the book has it at one place only.
    Raises UnitElsewhere, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*LENDERS, at=site)
    content = content_of(
        units=sorted(map(str, units)), borrower=borrower, site=site, due_at=due_at, purpose=purpose, by_name=by_name
    )
    earlier = made_before(Loan, request_id, content)
    if earlier is not None:
        return earlier.id
    if due_at <= now or not purpose.strip() or not by_name.strip() or not party_names([borrower]):
        raise UnusableInput(
            "A loan has a borrower, a purpose, hands that take it, and a day to come back. Nothing was lent.",
            where="loan",
            found=f"{due_at:%Y-%m-%d %H:%M}; {purpose}; {by_name}",
            expected="a day to come, and words for the others",
            cure="Fill in what is missing.",
        )
    rows = _lock(units)
    _refuse_elsewhere(rows, {(site, State.TO_LEND)})
    lenders = {row.lender_id for row in rows}
    if len(lenders) != 1:
        raise UnusableInput(
            "One loan is of one lender's things. Nothing was lent.",
            where="loan",
            found=f"{len(lenders)} lenders",
            expected="one lender",
            cure="Lend each lender's things by a loan of their own.",
        )
    lender = lenders.pop()
    document = _paper(
        "LOAN",
        f"Lent: {len(rows):,}, {purpose}",
        {
            "lender": lender,
            "borrower": borrower,
            "site": site,
            "serials": [row.serial for row in rows],
            "due_at": due_at,
            "purpose": purpose,
            "by": by_name,
        },
        [borrower, lender, site],
        actor,
        now,
        request_id,
    )
    loan = Loan.objects.create(
        request_id=request_id,
        content=content,
        number=journal.document(document).number,
        lender_id=lender,
        borrower_id=borrower,
        site_id=site,
        purpose=purpose.strip()[:240],
        units_count=len(rows),
        document=document,
        lent_at=now,
        due_at=due_at,
    )
    for row in rows:
        row.loan, row.set_up_at = loan, None
        row.save(update_fields=["loan", "set_up_at"])
    _move(
        rows,
        [(AccountRef(site, State.TO_LEND), AccountRef(borrower, State.LENT))] * len(rows),
        act=Act.LENT,
        reason=Reason.LOAN,
        by_name=by_name,
        document=document,
        actor=actor,
        now=now,
        request_id=request_id,
    )
    _record("supply.loan.lent", actor, now, borrower, document, rows)
    return loan.id


@transaction.atomic
@recorded("supply.loan.set-up")
def set_up(*, units: Collection[UUID], by_name: str, place: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """An engineer made them ready at the borrower's. Raises UnitElsewhere, UnusableInput, NotYourPlace."""
    rows = _lock_at(units, actor)
    content = content_of(units=sorted(map(str, units)), by_name=by_name, place=place)
    if made_before(LoanRequest, request_id, content) is not None:
        return
    if not by_name.strip() or not place.strip():
        raise UnusableInput(
            "Say who set them up, and where. Nothing was changed.",
            where="set up",
            expected="a name and a place",
            cure="Fill in what is missing.",
        )
    _refuse_elsewhere(rows, {(row.loan.borrower_id, State.LENT) for row in rows if row.loan})
    for row in rows:
        row.set_up_at = now
        row.save(update_fields=["set_up_at"])
    _acts(rows, Act.SET_UP, by_name=by_name, place=place, now=now, request_id=request_id)
    _keep_request(request_id, content, "SET_UP", None, now)
    _record("supply.loan.set-up", actor, now, rows[0].loan.borrower_id if rows[0].loan else None, None, rows)


@transaction.atomic
@recorded("supply.loan.extended")
def extend(
    *, units: Collection[UUID], due_at: datetime, why: str, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """They may stay longer. Raises UnitElsewhere, UnusableInput, NotYourPlace."""
    rows = _lock_at(units, actor)
    content = content_of(units=sorted(map(str, units)), due_at=due_at, why=why)
    if made_before(LoanRequest, request_id, content) is not None:
        return
    if due_at <= now or not why.strip():
        raise UnusableInput(
            "Say until when, and why. Nothing was changed.",
            where="due",
            found=f"{due_at:%Y-%m-%d %H:%M}",
            expected="a day to come, and a reason",
            cure="Choose a later day.",
        )
    _refuse_elsewhere(rows, {(row.loan.borrower_id, State.LENT) for row in rows if row.loan})
    _acts(rows, Act.EXTENDED, by_name=actor.name, due_at=due_at, note=why, now=now, request_id=request_id)
    _keep_request(request_id, content, "EXTEND", None, now)
    _record("supply.loan.extended", actor, now, rows[0].loan.borrower_id if rows[0].loan else None, None, rows)


@transaction.atomic
@recorded("supply.loan.returned")
def take_back(
    *,
    units: Collection[UUID],
    condition: str,
    by_name: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    missing: str = "",
    note: str = "",
) -> UUID:
    """
    They came back to where they went out from; returns the document's id.

    condition   GOOD, WORN, or BROKEN: what is broken is lent no more and waits to be sent home
    missing     parts that did not come back
    Raises UnitElsewhere, UnusableInput, NotYourPlace, RequestIdReused.
    """
    rows = _lock_at(units, actor)
    borrowers = _borrowers(rows)
    target = State.SPOILED if condition == Condition.BROKEN else State.TO_LEND
    refusal = UnusableInput(
        "Say who brought them back, and in which state they are. Nothing was changed.",
        where="condition",
        found=condition,
        expected=", ".join(Condition.values),
        cure="Look at the things, and choose.",
    )
    return _end(
        _BACK,
        rows,
        content_of(units=sorted(map(str, units)), condition=condition, missing=missing, by_name=by_name),
        None if condition in Condition.values and by_name.strip() else refusal,
        # What was reported lost and is found again comes back in the same way.
        {(who, state) for who in borrowers for state in (State.LENT, State.LOST)},
        lambda row, _holder: AccountRef(row.site_id, target),
        {"condition": condition, "missing": missing, "by": by_name, "note": note},
        [rows[0].site_id, *borrowers],
        by_name=by_name,
        condition=condition,
        missing=missing,
        note=note,
        actor=actor,
        now=now,
        request_id=request_id,
    )


@transaction.atomic
@recorded("supply.loan.lost")
def report_lost(*, units: Collection[UUID], why: str, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    The borrower does not have them any more; returns the loss report's id. What is found again comes back as usual.

    Raises UnitElsewhere, UnusableInput, NotYourPlace, RequestIdReused.
    """
    rows = _lock_at(units, actor)
    borrowers = _borrowers(rows)
    refusal = UnusableInput(
        "Say how they were lost. Nothing was changed.", where="why", expected="some words", cure="Ask the borrower."
    )
    return _end(
        _LOST,
        rows,
        content_of(units=sorted(map(str, units)), why=why),
        None if why.strip() else refusal,
        {(borrower, State.LENT) for borrower in borrowers},
        lambda _row, holder: AccountRef(holder, State.LOST),
        {"why": why},
        [rows[0].lender_id, *borrowers],
        by_name=actor.name,
        note=why,
        actor=actor,
        now=now,
        request_id=request_id,
    )


@transaction.atomic
@recorded("supply.loan.sent-home")
def send_home(*, units: Collection[UUID], by_name: str, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """Back to their lender, broken ones too; returns the document's id. Raises UnitElsewhere, NotYourPlace."""
    rows = _lock_at(units, actor)
    refusal = UnusableInput(
        "Say who takes them home. Nothing was changed.", where="by", expected="a name", cure="Write the name."
    )
    return _end(
        _HOME,
        rows,
        content_of(units=sorted(map(str, units)), by_name=by_name),
        None if by_name.strip() else refusal,
        {(row.site_id, state) for row in rows for state in (State.TO_LEND, State.SPOILED)},
        lambda row, _holder: AccountRef(row.lender_id, State.OUTSIDE),
        {"by": by_name},
        [*(row.lender_id for row in rows), *(row.site_id for row in rows)],
        by_name=by_name,
        actor=actor,
        now=now,
        request_id=request_id,
    )


@dataclass(frozen=True, slots=True)
class _Ending:
    """How units leave where a loan put them; the first subject of its paper is its event's."""

    request: str
    act: str
    reason: Reason
    event: str
    paper: str
    title: str


_BACK = _Ending("TAKE_BACK", Act.RETURNED, Reason.RETURN, "supply.loan.returned", "LOAN_BACK", "Came back from loan")
_LOST = _Ending("LOST", Act.LOST, Reason.LOSS, "supply.loan.lost", "LOSS_REPORT", "Lost on loan")
_HOME = _Ending(
    "SEND_HOME", Act.SENT_HOME, Reason.RETURN, "supply.loan.sent-home", "LOAN_HOME", "Sent back to the lender"
)


def _end(
    ending: _Ending,
    rows: Sequence[LentUnit],
    content: UUID,
    refusal: UnusableInput | None,
    allowed: Collection[tuple[UUID, State]],
    goal: Callable[[LentUnit, UUID], AccountRef],
    body: dict[str, object],
    subjects: Sequence[UUID],
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    **said: Any,
) -> UUID:
    """
    The frame of taking back, losing and sending home; returns the document's id, again for the same request.

    allowed  where the units may stand before: (holder, state)
    goal     (unit, who holds it now) → where it goes
    said     what each unit's act says: by_name, condition, missing, note
    """
    earlier = made_before(LoanRequest, request_id, content)
    if earlier is not None and earlier.document is not None:
        return earlier.document
    if refusal is not None:
        raise refusal
    found = _refuse_elsewhere(rows, allowed)
    lines = [{"item": str(row.item_id), "amount": 1, "note": row.serial} for row in rows]
    body = {"serials": [row.serial for row in rows], "lines": lines, **body}
    subjects = list(dict.fromkeys(subjects))
    document = _paper(ending.paper, f"{ending.title}: {len(rows):,}", body, subjects, actor, now, request_id)
    ways = [(AccountRef(*found[row.lot]), goal(row, found[row.lot][0])) for row in rows]
    signed: dict[str, Any] = {"actor": actor, "now": now, "request_id": request_id, "document": document}
    _move(rows, ways, act=ending.act, reason=ending.reason, **said, **signed)
    _keep_request(request_id, content, ending.request, document, now)
    _record(ending.event, actor, now, subjects[0], document, rows)
    return document


def _lock(units: Collection[UUID]) -> list[LentUnit]:
    wanted = set(units)
    rows = lock_rows(LentUnit.objects.select_related("loan"), sorted(wanted)) if wanted else []
    if not rows or len(rows) != len(wanted) or len(rows) > UNITS_MAX:
        raise UnitNotThere(
            f"{len(rows)} of {len(wanted)} things are known here. Nothing was changed.",
            where="units",
            found=len(rows),
            expected=len(wanted),
            cure="Choose them from the list of things to lend.",
        )
    return rows


def _lock_at(units: Collection[UUID], actor: Actor) -> list[LentUnit]:
    """The units, locked, whose sites the actor keeps. Raises UnitNotThere, NotYourPlace."""
    rows = _lock(units)
    for site in dict.fromkeys(row.site_id for row in rows):
        actor.require(*LENDERS, at=site)
    return rows


def _borrowers(rows: Sequence[LentUnit]) -> list[UUID]:
    """Whose hands each is in; a unit never lent stands at its own site, where no loan can be found."""
    return [row.loan.borrower_id if row.loan else row.site_id for row in rows]


def _standing(rows: Collection[LentUnit]) -> dict[UUID, tuple[UUID, State]]:
    """lot → where the book has it; nothing for what is outside."""
    return {lot: (holder, state) for lot, holder, state, _, _ in book.standings([row.lot for row in rows])}


def _refuse_elsewhere(
    rows: Sequence[LentUnit], allowed: Collection[tuple[UUID, State]]
) -> dict[UUID, tuple[UUID, State]]:
    standing = _standing(rows)
    elsewhere = [row for row in rows if standing.get(row.lot) not in allowed]
    if elsewhere:
        place = standing.get(elsewhere[0].lot)
        name = party_names([place[0]])[place[0]][0] if place else ""
        raise UnitElsewhere(
            f"{len(elsewhere)} of {len(rows)} things are not where this begins: {elsewhere[0].serial} is "
            f"{place[1].value if place else 'with its lender'} {name}. Nothing was changed.",
            where=elsewhere[0].serial,
            found=f"{place[1].value if place else State.OUTSIDE.value} {name}".strip(),
            expected=", ".join(sorted({state.value for _, state in allowed})),
            cure="Look at the list again; take back what is lent before it is lent to another.",
        )
    return standing


def _look_alike(serials: Sequence[str], keys: Sequence[str]) -> tuple[str, ...]:
    """Known numbers that look like one of these and are not."""
    looks = {look_key(serial) for serial in serials}
    own = len(looks) != len(keys)
    found = LentUnit.objects.filter(look_key__in=looks).exclude(serial_key__in=keys).values_list("serial", flat=True)
    return (*found, *(serials if own else ()))


def _move(
    rows: Sequence[LentUnit],
    ways: Sequence[tuple[AccountRef, AccountRef]],
    *,
    act: str,
    reason: Reason,
    by_name: str,
    document: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    condition: str = "",
    missing: str = "",
    note: str = "",
) -> None:
    lines = [
        ledger.post_line(source, target, row.lot, 1, id=derived_id(request_id, row.id))
        for row, (source, target) in zip(rows, ways, strict=True)
    ]
    ledger.post(
        lines=lines,
        actor=actor,
        reason=reason,
        document=document,
        request_id=derived_id(request_id, "post"),
        now=now,
    )
    _acts(
        rows,
        act,
        by_name=by_name,
        condition=condition,
        missing=missing,
        note=note,
        document=document,
        movements=[line.id for line in lines],
        now=now,
        request_id=request_id,
    )


def _acts(
    rows: Sequence[LentUnit],
    act: str,
    *,
    by_name: str,
    now: datetime,
    request_id: UUID,
    place: str = "",
    condition: str = "",
    missing: str = "",
    note: str = "",
    due_at: datetime | None = None,
    document: UUID | None = None,
    movements: Sequence[UUID] = (),
) -> None:
    LoanAct.objects.bulk_create(
        [
            LoanAct(
                unit=row,
                loan=row.loan,
                act=act,
                at=now,
                by_name=by_name.strip()[:200],
                place=place.strip()[:200],
                condition=condition,
                missing=missing[:200],
                note=note[:240],
                due_at=due_at,
                document=document,
                movement=movement,
                request_id=request_id,
            )
            for row, movement in zip_longest(rows, movements)
        ]
    )


def _paper(
    kind: str,
    title: str,
    body: dict[str, object],
    subjects: Sequence[UUID],
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    return draw_up(
        kind=kind,
        title=title[:120],
        body=body,
        subjects=list(subjects),
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )


def _keep_request(request_id: UUID, content: UUID, what: str, document: UUID | None, now: datetime) -> None:
    LoanRequest.objects.create(request_id=request_id, content=content, what=what, document=document, at=now)


def _record(
    kind: str, actor: Actor, now: datetime, subject: UUID | None, document: UUID | None, rows: Sequence[LentUnit]
) -> None:
    record(
        kind=kind,
        actor=actor,
        now=now,
        subject=subject,
        document=document,
        data={"units": [str(row.id) for row in rows[:50]], "count": len(rows)},
    )
