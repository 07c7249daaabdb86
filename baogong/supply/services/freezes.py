"""
Setting stock aside for relief, and giving part of it back.

A freeze takes what is free at the moment it is drawn up. What a paid order holds is not free and still ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply.arithmetic import take_in_order
from baogong.supply.errors import LiftExceedsFreeze, NothingToFreeze, OptionsIncomplete
from baogong.supply.models import Freeze, FreezeLine, FreezeScope, Lift
from baogong.supply.queries.board import retail_balances
from baogong.supply.requests import content_of, made_before
from baogong.supply.views import OptionConsidered


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What a freeze reaches; None means any.

    amount   at most this many base units of what the scope reaches, what expires last kept for the shop; None: all
    """

    site: UUID | None = None
    item: UUID | None = None
    owner: UUID | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Lifting:
    """So much of one lot at one site goes back to the shop."""

    site: UUID
    lot: UUID
    amount: int


@transaction.atomic
@recorded("supply.stock.frozen")
def freeze_stock(
    *,
    scopes: Sequence[Scope],
    decided_by: UUID,
    basis: str,
    reason: str,
    options: Sequence[OptionConsidered],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    start_at: datetime | None = None,
    end_at: datetime | None = None,
) -> UUID:
    """
    Set the free retail stock within the scopes aside for relief; returns the freeze's id.

    decided_by   the owner (basis OWN_DECISION) or the authority (AUTHORITY_ORDER)
    options      what was considered: exactly one chosen, and for each declined one who declined it and why
    start_at     from when the items are off sale; None: now

    Raises NothingToFreeze, OptionsIncomplete, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    if not scopes:
        raise UnusableInput("A freeze needs a scope.", expected="a site, an item or an owner")
    for scope in scopes:
        actor.require(Duty.COMMAND, at=scope.site)
    content = content_of(
        scopes=[asdict(scope) for scope in scopes],
        decided_by=decided_by,
        basis=basis,
        reason=reason,
        options=[asdict(option) for option in options],
        start_at=start_at,
        end_at=end_at,
    )
    earlier = made_before(Freeze, request_id, content)
    if earlier is not None:
        return earlier.id
    _check_words(basis, reason, options)
    taken = _taken(scopes)
    if not taken:
        raise NothingToFreeze(
            "No free retail stock lies within this freeze; nothing was changed.",
            cure="Import the stock sheets of these sites first, or look at what is frozen or promised already.",
        )
    document = draw_up(
        kind="FREEZE",
        title=reason[:120],
        body={
            "basis": basis,
            "decided_by": str(decided_by),
            "reason": reason,
            "options": [asdict(option) for option in options],
            "scopes": [{name: str(value) for name, value in asdict(scope).items() if value} for scope in scopes],
            "lines": [
                {"site": str(site), "lot": str(lot), "amount": amount} for (site, lot), (_, amount) in taken.items()
            ],
        },
        subjects=sorted({site for site, _ in taken}),
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    freeze = Freeze.objects.create(
        request_id=request_id,
        content=content,
        number=journal.document(document).number,
        basis=basis,
        decided_by_id=decided_by,
        reason=reason,
        options=[asdict(option) for option in options],
        start_at=start_at or now,
        end_at=end_at,
        document=document,
        created_at=now,
    )
    FreezeScope.objects.bulk_create(
        [FreezeScope(freeze=freeze, site_id=scope.site, item_id=scope.item, owner_id=scope.owner) for scope in scopes]
    )
    FreezeLine.objects.bulk_create(
        [
            FreezeLine(freeze=freeze, site_id=site, item_id=item, lot=lot, amount=amount)
            for (site, lot), (item, amount) in taken.items()
        ]
    )
    ledger.post(
        lines=[
            ledger.post_line(AccountRef(site, State.AVAILABLE), AccountRef(site, State.FROZEN), lot, amount)
            for (site, lot), (_, amount) in taken.items()
        ],
        actor=actor,
        reason=Reason.FREEZE,
        document=document,
        request_id=derived_id(request_id, "freeze"),
        now=now,
    )
    record(
        kind="supply.stock.frozen",
        actor=actor,
        now=now,
        subject=decided_by,
        document=document,
        data={
            "freeze": str(freeze.id),
            "amount": sum(amount for _, amount in taken.values()),
            "sites": sorted({str(site) for site, _ in taken}),
        },
    )
    return freeze.id


@transaction.atomic
@recorded("supply.freeze.lifted")
def lift_freeze(
    *,
    freeze: UUID,
    reason: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    lines: Sequence[Lifting] | None = None,
) -> UUID:
    """
    Give frozen stock back to the shops: the named amounts, or (None) all that is still here and promised to nobody.

    Returns the lift's id. Raises LiftExceedsFreeze, NotFound, NotYourPlace, ledger's BatchRefused where goods
    are promised or gone.
    """
    row = lock_row(Freeze.objects.all(), freeze)
    asked = None if lines is None else [asdict(line) for line in lines]
    content = content_of(freeze=freeze, reason=reason, lines=asked)
    frozen = {(line.site_id, line.lot): line for line in row.lines.all()}
    for site, _ in frozen if lines is None else [(line.site, line.lot) for line in lines]:
        actor.require(Duty.COMMAND, at=site)
    earlier = made_before(Lift, request_id, content)
    if earlier is not None:
        return earlier.id
    amounts = _still_free(frozen) if lines is None else _asked_back(frozen, lines)
    if not amounts:
        raise LiftExceedsFreeze(
            "Nothing of this freeze is left here unpromised; nothing was changed.",
            where=str(freeze),
            cure="Undo a share first if goods must go back to the shop.",
        )
    document = draw_up(
        kind="FREEZE_LIFT",
        title=reason[:120],
        body={
            "freeze": str(freeze),
            "reason": reason,
            "lines": [{"site": str(site), "lot": str(lot), "amount": n} for (site, lot), n in amounts.items()],
        },
        subjects=sorted({site for site, _ in amounts}),
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    for key, amount in amounts.items():
        frozen[key].lifted += amount
    FreezeLine.objects.bulk_update([frozen[key] for key in amounts], ["lifted"])
    lift = Lift.objects.create(
        request_id=request_id, content=content, freeze=row, document=document, reason=reason, at=now
    )
    ledger.post(
        lines=[
            ledger.post_line(AccountRef(site, State.FROZEN), AccountRef(site, State.AVAILABLE), lot, amount)
            for (site, lot), amount in amounts.items()
        ],
        actor=actor,
        reason=Reason.LIFT,
        document=document,
        request_id=derived_id(request_id, "lift"),
        now=now,
    )
    record(
        kind="supply.freeze.lifted",
        actor=actor,
        now=now,
        subject=row.decided_by_id,
        document=document,
        data={"freeze": str(freeze), "amount": sum(amounts.values())},
    )
    return lift.id


def _check_words(basis: str, reason: str, options: Sequence[OptionConsidered]) -> None:
    if basis not in Freeze.Basis.values or not reason.strip():
        raise UnusableInput(
            "A freeze states its basis and its reason.", found=basis, expected=f"{Freeze.Basis.values} and a reason"
        )
    if sum(option.is_chosen for option in options) != 1:
        raise OptionsIncomplete(
            "Of the options considered exactly one is the chosen one.",
            found=sum(option.is_chosen for option in options),
            expected=1,
            cure="List what was considered, and mark what was chosen.",
        )
    for option in options:
        if not option.is_chosen and not (option.declined_by.strip() and option.why.strip()):
            raise OptionsIncomplete(
                f"It is not on record who declined “{option.text}” and why.",
                where=option.text,
                cure="Name who declined it and the reason given.",
            )


def _taken(scopes: Sequence[Scope]) -> dict[tuple[UUID, UUID], tuple[UUID, int]]:
    """(site, lot) → (item, amount). A lot within two scopes is taken once."""
    taken: dict[tuple[UUID, UUID], tuple[UUID, int]] = {}
    for scope in scopes:
        standing = [
            view
            for view in retail_balances(
                sites=None if scope.site is None else [scope.site], items=None if scope.item is None else [scope.item]
            )
            if scope.owner is None or view.lot.owner == scope.owner
        ]
        # A lot's holder already taken from in an earlier scope has that much less to give.
        free = [
            (view, view.free - taken.get((view.holder, view.lot.id), (view.lot.item, 0))[1])
            for view in sorted(
                standing,
                key=lambda view: (view.lot.expires_on is None, view.lot.expires_on, view.holder, view.lot.id),
            )
        ]
        for view, amount in take_in_order(free, scope.amount).taken:
            key = (view.holder, view.lot.id)
            taken[key] = (view.lot.item, taken.get(key, (view.lot.item, 0))[1] + amount)
    return taken


def _still_free(frozen: dict[tuple[UUID, UUID], FreezeLine]) -> dict[tuple[UUID, UUID], int]:
    from_book = _free_in_book(frozen)
    return {
        key: min(line.amount - line.lifted, from_book.get(key, 0))
        for key, line in frozen.items()
        if min(line.amount - line.lifted, from_book.get(key, 0)) > 0
    }


def _free_in_book(keys: dict[tuple[UUID, UUID], FreezeLine]) -> dict[tuple[UUID, UUID], int]:
    """(site, lot) → frozen and promised to nobody, as the book has it."""
    views = book.balances(
        holders=sorted({site for site, _ in keys}), states=[State.FROZEN], lots=sorted({lot for _, lot in keys})
    )
    return {(view.holder, view.lot.id): view.free for view in views}


def _asked_back(frozen: dict[tuple[UUID, UUID], FreezeLine], lines: Sequence[Lifting]) -> dict[tuple[UUID, UUID], int]:
    amounts: dict[tuple[UUID, UUID], int] = {}
    for line in lines:
        key = (line.site, line.lot)
        amounts[key] = amounts.get(key, 0) + line.amount
    for key, amount in amounts.items():
        left = frozen[key].amount - frozen[key].lifted if key in frozen else 0
        if amount <= 0 or amount > left:
            raise LiftExceedsFreeze(
                f"{amount} cannot be lifted: {left} of this lot are under this freeze here. Nothing was changed.",
                where=f"{key[0]} {key[1]}",
                found=amount,
                expected=f"1 to {left}",
                cure="Lift at most what this freeze set aside.",
            )
    return amounts
