"""Things that are lent: where each is, what is overdue, whose hands each passed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from baogong.kernel.errors import NotFound
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.queries.parties import party_names
from baogong.supply.models import LentUnit, Loan, LoanAct

UNITS_MAX = 5_000
_ALIKE = str.maketrans("OISBZ", "01582")


class UnitNotKnown(NotFound):
    code = "supply.unit-not-known"


def serial_key(text: str) -> str:
    """The number without spaces, dashes and case."""
    return re.sub(r"[\s\-_/.]", "", text).upper()


def look_key(text: str) -> str:
    """The same with letters and digits that look alike made one."""
    return serial_key(text).translate(_ALIKE)


@dataclass(frozen=True, slots=True)
class UnitView:
    """
    One thing with a serial number, where the book has it.

    state   of the account it stands in: TO_LEND, LENT, LOST, SPOILED; OUTSIDE once it was sent home
    due_at  of the loan it is out under, its extensions counted; None where it is not lent
    """

    id: UUID
    serial: str
    item: UUID
    item_zh: str
    item_en: str
    lender: UUID
    lender_name: str
    site: UUID
    site_name: str
    state: str
    holder: UUID | None
    holder_name: str
    loan: UUID | None
    loan_number: str
    due_at: datetime | None
    set_up_at: datetime | None
    lot: UUID

    def is_overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class LoanHead:
    """
    A loan in a list, with what became of its things so far.

    set_up, back, lost   of its `units_count` things
    late                 of those that came back, after the day they were due, extensions counted
    complaints           (serial number, broken or not, what was missing) of those that did not come back in order
    """

    id: UUID
    number: str
    document: UUID
    borrower_name: str
    purpose: str
    units_count: int
    lent_at: datetime
    due_at: datetime
    set_up: int
    back: int
    late: int
    lost: int
    complaints: tuple[tuple[str, bool, str], ...]

    @property
    def out(self) -> int:
        return self.units_count - self.back - self.lost


@dataclass(frozen=True, slots=True)
class LoanActView:
    act: str
    at: datetime
    by_name: str
    place: str
    condition: str
    missing: str
    note: str
    due_at: datetime | None
    loan_number: str
    document: UUID | None


def units(
    *, site: UUID | None = None, states: Collection[str] | None = None, borrower: UUID | None = None
) -> tuple[UnitView, ...]:
    """By serial number; three queries for any number of them."""
    rows = LentUnit.objects.all()
    if site is not None:
        rows = rows.filter(site=site)
    if borrower is not None:
        rows = rows.filter(loan__borrower=borrower)
    found = _views(rows)
    if states is not None:
        found = tuple(view for view in found if view.state in states)
    return tuple(view for view in found if borrower is None or view.holder == borrower)


def units_alike(serials: Collection[str]) -> tuple[UnitView, ...]:
    """Known things whose numbers are these, or look like them; sent home or not."""
    looks = {look_key(serial) for serial in serials}
    return _views(LentUnit.objects.filter(look_key__in=looks))


def overdue(now: datetime, *, site: UUID | None = None) -> tuple[UnitView, ...]:
    """What should have come back by now, the longest overdue first."""
    late = [view for view in units(site=site, states=[State.LENT]) if view.is_overdue(now)]
    return tuple(sorted(late, key=lambda view: (view.due_at or now, view.serial)))


def unit(unit_id: UUID) -> UnitView:
    """Raises UnitNotKnown."""
    found = _views(LentUnit.objects.filter(pk=unit_id))
    if not found:
        raise UnitNotKnown("There is no such thing to lend.", where=str(unit_id), cure="Choose one from the list.")
    return found[0]


def loans(*, limit: int = 200) -> tuple[LoanHead, ...]:
    """The newest first; two queries."""
    rows = list(Loan.objects.select_related("borrower").order_by("-lent_at", "-id")[:limit])
    acts: dict[UUID | None, list[LoanAct]] = defaultdict(list)
    for act in LoanAct.objects.filter(loan__in=rows).select_related("unit").order_by("at", "id"):
        acts[act.loan_id].append(act)
    return tuple(_head(row, acts[row.pk]) for row in rows)


def _head(row: Loan, acts: Sequence[LoanAct]) -> LoanHead:
    due: dict[UUID, datetime] = {}
    last: dict[UUID, LoanAct] = {}  # what was lost and is found again came back
    set_up = set()
    for act in acts:
        if act.act == LoanAct.Act.EXTENDED and act.due_at is not None:
            due[act.unit_id] = act.due_at
        elif act.act == LoanAct.Act.SET_UP:
            set_up.add(act.unit_id)
        elif act.act in (LoanAct.Act.RETURNED, LoanAct.Act.LOST):
            last[act.unit_id] = act
    back = [act for act in last.values() if act.act == LoanAct.Act.RETURNED]
    return LoanHead(
        id=row.pk,
        number=row.number,
        document=row.document,
        borrower_name=row.borrower.name,
        purpose=row.purpose,
        units_count=row.units_count,
        lent_at=row.lent_at,
        due_at=row.due_at,
        set_up=len(set_up),
        back=len(back),
        late=sum(act.at > due.get(act.unit_id, row.due_at) for act in back),
        lost=len(last) - len(back),
        complaints=tuple(
            (act.unit.serial, act.condition == LoanAct.Condition.BROKEN, act.missing)
            for act in back
            if act.condition == LoanAct.Condition.BROKEN or act.missing
        ),
    )


def units_of(serials: Collection[str]) -> tuple[UUID, ...]:
    """The things of these numbers, however they are spaced; in the numbers' order. Raises UnitNotKnown."""
    keys = {serial_key(serial): serial for serial in serials}
    found = dict(LentUnit.objects.filter(serial_key__in=keys).values_list("serial_key", "id"))
    if strange := [serial for key, serial in keys.items() if key not in found]:
        raise UnitNotKnown(
            f"{len(strange)} of these numbers are not known here: {', '.join(strange[:10])}. Nothing was changed.",
            where=strange[0],
            found=strange[:10],
            cure="Read the number again, or take the thing in first.",
        )
    return tuple(found[key] for key in keys)


def unit_acts(unit_id: UUID) -> tuple[LoanActView, ...]:
    """Every hand it passed, the first first."""
    rows = LoanAct.objects.filter(unit=unit_id).select_related("loan").order_by("at", "id")
    return tuple(
        LoanActView(
            act=row.act,
            at=row.at,
            by_name=row.by_name,
            place=row.place,
            condition=row.condition,
            missing=row.missing,
            note=row.note,
            due_at=row.due_at,
            loan_number=row.loan.number if row.loan else "",
            document=row.document,
        )
        for row in rows
    )


def _views(rows: QuerySet[LentUnit]) -> tuple[UnitView, ...]:
    later = LoanAct.objects.filter(unit=OuterRef("pk"), loan=OuterRef("loan"), act=LoanAct.Act.EXTENDED)
    found = list(
        rows.select_related("item", "lender", "site__party", "loan")
        .annotate(extended_to=Subquery(later.order_by("-at", "-id").values("due_at")[:1]))
        .order_by("serial_key")[:UNITS_MAX]
    )
    standing = {lot: (holder, state) for lot, holder, state, _, _ in book.standings([row.lot for row in found])}
    holders = {holder for holder, _ in standing.values()}
    names = party_names(holders) if holders else {}
    views = []
    for row in found:
        holder, state = standing.get(row.lot, (None, State.OUTSIDE))
        loan = row.loan if state in (State.LENT, State.LOST) else None
        due_at = (row.extended_to or loan.due_at) if loan and state == State.LENT else None
        views.append(
            UnitView(
                id=row.id,
                serial=row.serial,
                item=row.item_id,
                item_zh=row.item.name_zh,
                item_en=row.item.name_en,
                lender=row.lender_id,
                lender_name=row.lender.name,
                site=row.site_id,
                site_name=row.site.party.name,
                state=state.value,
                holder=holder,
                holder_name=names[holder][0] if holder else "",
                loan=loan.id if loan else None,
                loan_number=loan.number if loan else "",
                due_at=due_at,
                set_up_at=row.set_up_at if loan else None,
                lot=row.lot,
            )
        )
    return tuple(views)
