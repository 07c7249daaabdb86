"""What receivers ask for: written down, made countable, kept fresh, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.engine.sheets.standards import read_standards
from baogong.journal import queries as journal
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.clock import AHEAD_MAX
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.needs.errors import AmountUnclear, NeedClosed, NeedLooksDoubled
from baogong.needs.models import Check, Figure, Need
from baogong.needs.models.figures import Ground, Group
from baogong.needs.queries.figures import use_of
from baogong.needs.services.figures import Said, people_figures, quantity_of, write_figures
from baogong.needs.services.reach import require_at
from baogong.needs.services.ties import TIES, doubt_doubles
from baogong.people.queries.merges import houses, root_of
from baogong.places import queries as places
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.only_goods import refuse_money

FRESH_FOR = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One need as its receiver states it: a quantity, or people and days, or no upper limit.

    quantity         base units, above 0
    daily_use_milli  thousandths of the base unit per person and day; None: the catalogue's figure for the item
    standards        families accepted ("GB 19083"); empty: any
    urgency          1 (extreme) to 4 (minor)
    site             where it is delivered; None: the receiver's own place
    verified_how     a value of `Check.How`, where it comes verified
    """

    receiver: UUID
    item: UUID
    quantity: int | None = None
    people_count: int | None = None
    days_count: int | None = None
    daily_use_milli: int | None = None
    has_no_limit: bool = False
    site: UUID | None = None
    urgency: int = 3
    standards: tuple[str, ...] = ()
    use: str = "MEDICAL"
    verified_how: str = "RANG_BACK"
    source: str = ""
    proof: UUID | None = None
    note: str = ""
    asked_at: datetime | None = None
    due_at: datetime | None = None


@transaction.atomic
@recorded("needs.need.asked")
def ask(
    *,
    need: Asked,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    is_verified: bool = False,
    apart_from: Sequence[UUID] = (),
) -> UUID:
    """
    Write a need down; returns its id. It is fresh for 48 hours from when it was asked.

    is_verified   the actor rang back or saw the proof
    apart_from    open needs of the same receiver and item that the actor says are other needs

    Raises NeedLooksDoubled, AmountUnclear, MoneyAmongGoods, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    require_at(actor, need.receiver)
    content = content_of(need=repr(need), is_verified=is_verified)
    earlier = made_before(Need, request_id, content)
    if earlier is not None:
        return earlier.id
    refuse_money([need.item])
    need = replace(need, receiver=root_of(need.receiver))
    basis, asked, said = _amount_of(need)
    if not 1 <= need.urgency <= 4 or need.use not in Need.Use.values:
        raise UnusableInput(
            "Urgency is 1 (extreme) to 4 (minor), the use medical or community.",
            found=f"{need.urgency}, {need.use}",
            expected=f"1 to 4, {list(Need.Use.values)}",
        )
    doubles = [row for row in open_doubles(need.receiver, need.item, now) if row not in set(apart_from)]
    if doubles:
        raise NeedLooksDoubled(
            "This receiver already asks for this item. Nothing was written.",
            where=str(need.receiver),
            found=[str(row) for row in doubles],
            cure="Change the amount of the need that is there, or say that this is another one.",
        )
    if need.proof is not None and not any(paper.kind == "PROOF" for paper in journal.documents_by_id([need.proof])):
        raise UnusableInput(
            "There is no such proof in the book. Nothing was written.",
            where="proof",
            found=str(need.proof),
            expected="a proof that was kept before",
            cure="Ask without it, then add the proof to the need.",
        )
    if need.asked_at is not None and need.asked_at > now + AHEAD_MAX:
        raise UnusableInput(
            "Nothing can have been asked for on a day that has not come. Nothing was written.",
            where="asked_at",
            found=need.asked_at.isoformat(),
            expected=f"at the latest {(now + AHEAD_MAX).isoformat()}",
            cure="Check the year and the day.",
        )
    asked_at = min(need.asked_at or now, now)
    row = Need.objects.create(
        request_id=request_id,
        content=content,
        receiver_id=need.receiver,
        site_id=need.site or place_of(need.receiver),
        item_id=need.item,
        basis=basis,
        quantity=asked.quantity,
        people_count=asked.people_count,
        days_count=asked.days_count,
        daily_use_milli=asked.daily_use_milli,
        had_no_limit=basis == Need.Basis.NO_LIMIT,
        urgency=need.urgency,
        standards=families(need.standards),
        use=need.use,
        source=need.source[:240],
        proof=need.proof,
        note=need.note[:240],
        asked_at=asked_at,
        fresh_until=asked_at + FRESH_FOR,
        due_at=need.due_at,
        verified_by_id=actor.person_id if is_verified else None,
        verified_at=now if is_verified else None,
        verified_how=need.verified_how if is_verified else "",
        created_at=now,
    )
    write_figures(row, said, actor=actor, now=now)
    if is_verified:
        _checked_at_once(row, need.verified_how, actor, now)
    record(
        kind="needs.need.asked",
        actor=actor,
        now=now,
        subject=need.receiver,
        document=need.proof,
        data={"need": str(row.id), "item": str(need.item), "quantity": row.quantity},
    )
    return row.id


@transaction.atomic
@recorded("needs.need.counted")
def set_amount(
    *,
    need: UUID,
    actor: Actor,
    now: datetime,
    quantity: int | None = None,
    people_count: int | None = None,
    days_count: int | None = None,
    daily_use_milli: int | None = None,
    why: str = "",
    by_receiver: bool = False,
) -> None:
    """
    Make a need countable, or correct its amount: a cap, or people × days × daily use.

    by_receiver   the figures are the receiver's own word, not the house's estimate

    Raises AmountUnclear, NeedClosed, NotYourPlace.
    """
    row = open_need(need)
    require_at(actor, row.receiver_id)
    basis, asked, said = _amount_of(
        Asked(
            source=why,
            receiver=row.receiver_id,
            item=row.item_id,
            quantity=quantity,
            people_count=people_count,
            days_count=days_count,
            daily_use_milli=daily_use_milli,
        ),
        Ground.RECEIVER if by_receiver else Ground.ESTIMATE,
    )
    before = row.quantity
    row.basis, row.quantity = basis, asked.quantity
    row.people_count, row.days_count, row.daily_use_milli = asked.people_count, asked.days_count, asked.daily_use_milli
    row.save(update_fields=["basis", "quantity", "people_count", "days_count", "daily_use_milli"])
    write_figures(row, said, actor=actor, now=now)
    record(
        kind="needs.need.counted",
        actor=actor,
        now=now,
        subject=row.receiver_id,
        data={"need": str(need), "before": before, "after": row.quantity, "why": why},
    )


@transaction.atomic
@recorded("needs.need.cancelled")
def cancel(*, need: UUID, why: str, actor: Actor, now: datetime) -> None:
    """
    It is not needed any more, or was never real. What is promised stays promised until its allotment is undone. A
    double of it asks for itself from now on, and is rung before it takes part in a share.

    Raises NeedClosed, NotYourPlace.
    """
    lock_word(TIES)
    row = open_need(need)
    require_at(actor, row.receiver_id)
    if not why.strip():
        raise UnusableInput("Say why the need ends.", where=str(need))
    left = doubt_doubles(row, why=why, actor=actor, now=now)
    row.standing, row.closed_at, row.closed_why = Need.Standing.CANCELLED, now, why[:240]
    row.save(update_fields=["standing", "closed_at", "closed_why"])
    record(
        kind="needs.need.cancelled",
        actor=actor,
        now=now,
        subject=row.receiver_id,
        data={"need": str(need), "why": why, "doubles": left},
    )


def open_doubles(receiver: UUID, item: UUID, now: datetime) -> tuple[UUID, ...]:
    """Fresh needs of the same receiver, or of one merged with it, and of the same item."""
    rows = Need.objects.filter(
        receiver_id__in=houses().family([receiver]), item_id=item, standing=Need.Standing.REQUESTED, fresh_until__gt=now
    )
    return tuple(rows.order_by("asked_at", "id").values_list("id", flat=True))


def place_of(receiver: UUID) -> UUID | None:
    """A site is delivered to where it stands; a team or an organisation must say where it is."""
    return receiver if places.sites(ids=[receiver]) else None


def families(standards: Sequence[str]) -> list[str]:
    """ "YY0469-2011" → "YY 0469": a need accepts a standard in any of its editions."""
    found = {ref.family for text in standards for ref in read_standards(text)}
    return sorted(found | {text.strip() for text in standards if text.strip() and not read_standards(text)})


def open_need(need: UUID, *, is_closed_ok: bool = False) -> Need:
    """The need's row, locked. Raises NotFound, NeedClosed."""
    row = lock_row(Need.objects.all(), need)
    if row.standing == Need.Standing.CANCELLED and not is_closed_ok:
        raise NeedClosed(
            "This need was cancelled; nothing was changed.", where=str(need), cure="Write it down as a new need."
        )
    return row


def _checked_at_once(row: Need, how: str, actor: Actor, now: datetime) -> None:
    request = derived_id("checked at once", row.request_id)
    Check.objects.create(
        request_id=request,
        content=content_of(need=row.id, outcome="VERIFIED", how=how),
        need=row,
        outcome=Check.Outcome.VERIFIED,
        how=how,
        proof=row.proof,
        at=now,
        by_id=actor.person_id,
        by_name=actor.name,
    )


def _amount_of(need: Asked, ground: str = Ground.RECEIVER) -> tuple[str, Asked, list[Said]]:
    """(basis, the need with its quantity and daily use filled in, the figures it rests on)."""
    by_people = need.people_count is not None or need.days_count is not None
    ways = [need.quantity is not None, by_people, need.has_no_limit]
    if sum(ways) != 1:
        raise AmountUnclear(
            "A need states a quantity, or people and days, or that it has no upper limit: exactly one of them.",
            found=f"quantity {need.quantity}, people {need.people_count}, days {need.days_count}, "
            f"no limit {need.has_no_limit}",
            expected="one of the three",
            cure="Ask the receiver for how many people and for how many days.",
        )
    if need.has_no_limit:
        return Need.Basis.NO_LIMIT, need, []
    if need.quantity is not None:
        if need.quantity <= 0:
            raise AmountUnclear("A need is for at least one.", found=need.quantity, expected="≥ 1")
        return Need.Basis.QUANTITY, need, [Said(Figure.What.AMOUNT, need.quantity, ground, need.source)]
    use = None if need.daily_use_milli else use_of(need.item, Group.CLINICIAN)
    daily = need.daily_use_milli or (-(-use.amount_milli // use.per_days) if use else None)
    if any(figure is None or figure <= 0 for figure in (need.people_count, need.days_count, daily)):
        raise AmountUnclear(
            "People, days and daily use are all needed to count.",
            found=f"people {need.people_count}, days {need.days_count}, daily use {daily}",
            expected="three figures above 0",
            cure="Fill in what is missing; the catalogue has no daily use for every item.",
        )
    assert need.people_count is not None
    assert need.days_count is not None
    assert daily is not None
    said = people_figures(
        people=need.people_count,
        days=need.days_count,
        daily_milli=daily,
        use=use,
        ground=ground,
        source=need.source,
    )
    return Need.Basis.PEOPLE, replace(need, quantity=quantity_of(said), daily_use_milli=daily), said
