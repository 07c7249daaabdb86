"""What came: who brought it, how much was counted, that it was sprayed; and what each household gets of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.engine.portions import share_out as shared
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import add_task, draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason
from baogong.ledger.states import State as At
from baogong.orders.errors import BasketUnusable, NotSprayed, OtherDriver
from baogong.orders.models import Arrival, ArrivalLine, Basket, BasketItem, Portion
from baogong.orders.services.steps import HANDS, State, done_before, lock_basket, require_step, write_act
from baogong.supply import services as supply

ASKED_WITHIN = timedelta(days=1)  # while the households still wait for an answer
NOT_BROUGHT = "未送到 · not brought"


@dataclass(frozen=True, slots=True)
class Counted:
    """Packs of an item of the menu; `damaged` of these are no good."""

    code: str
    packs: int
    damaged: int = 0


@transaction.atomic
@recorded("orders.basket.arrived")
def check_in(
    *,
    basket: UUID,
    driver: str,
    plate: str,
    signed_in_at: datetime,
    counted: Sequence[Counted],
    sprayed_at: datetime | None = None,
    why_other: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    A vehicle has come, is signed in, its goods counted and sprayed; several may come for one basket. Returns the document.

    why_other  another driver or plate than reported comes in for a reason
    Raises NotYourPlace, BasketMoved, OtherDriver, BasketUnusable, RequestIdReused.
    """
    row = lock_basket(basket, actor, HANDS)
    content = content_of(
        basket=basket, driver=driver, plate=plate, signed_in_at=signed_in_at, counted=[repr(one) for one in counted],
        sprayed_at=sprayed_at, why_other=why_other,
    )  # fmt: skip
    made = made_before(Arrival, request_id, content)
    if made is not None:
        return made.document
    require_step(row, State.ORDERED)
    if (driver.strip(), _plate(plate)) != (row.driver, _plate(row.plate)) and not why_other.strip():
        raise OtherDriver(
            f"{row.driver} with {row.plate} was reported to the committee. Nothing was written.",
            where="driver",
            found=f"{driver} {plate}",
            expected=f"{row.driver} {row.plate}",
            cure="Ask the supplier and the committee; if this one may come in, say why.",
        )
    items = {item.code: item for item in row.items.filter(hold__isnull=False).order_by("code", "id")}
    codes = [one.code for one in counted]
    if (
        not codes
        or set(codes) - items.keys()
        or len(set(codes)) != len(codes)
        or any(not 0 <= one.damaged <= one.packs for one in counted)
        or signed_in_at > now
        or (sprayed_at is not None and not signed_in_at <= sprayed_at <= now)
    ):
        raise BasketUnusable(
            "Count packs of what was ordered, each once, the damaged among them; nothing comes or is sprayed in days to "
            "come. Nothing was written.",
            where="counted",
            found=", ".join(f"{one.code} {one.packs} ({one.damaged})" for one in counted)[:200],
            expected=", ".join(items),
            cure="Count again and correct the line.",
        )
    document = draw_up(
        kind="BASKET_ARRIVAL",
        title=row.title,
        body={
            "basket": str(row.id), "driver": driver.strip(), "plate": plate.strip(), "why_other": why_other.strip(),
            "signed_in_at": signed_in_at.isoformat(), "sprayed_at": sprayed_at.isoformat() if sprayed_at else "",
            "counted": {one.code: [one.packs, one.damaged] for one in counted},
        },
        subjects=[row.id, row.supplier_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )  # fmt: skip
    arrival = Arrival.objects.create(
        basket=row,
        driver=driver.strip(),
        plate=plate.strip(),
        why_other=why_other.strip()[:200],
        signed_in_at=signed_in_at,
        sprayed_at=sprayed_at,
        counted_by_id=actor.person_id,
        document=document,
        request_id=request_id,
        content=content,
    )
    ArrivalLine.objects.bulk_create(
        ArrivalLine(arrival=arrival, item=items[one.code], counted=one.packs, damaged=one.damaged) for one in counted
    )
    _take_in(row, items, counted, document, actor, now, request_id)
    record(
        kind="orders.basket.arrived",
        actor=actor,
        now=now,
        subject=row.id,
        document=document,
        data={"office": str(row.office_id), "packs": sum(one.packs for one in counted)},
    )
    return document


def _plate(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())


def _take_in(
    row: Basket, items: Mapping[str, BasketItem], counted: Sequence[Counted], document: UUID, actor: Actor,
    now: datetime, request_id: UUID,
) -> None:  # fmt: skip
    """What came of the supplier's promise is taken in against it; more than promised came besides; what is no good is spoiled."""
    outside, here = AccountRef(row.supplier_id, At.OUTSIDE), AccountRef(row.community_id, At.AVAILABLE)
    units = {items[one.code].hold: one.packs * items[one.code].units_per_pack for one in counted}
    taken = supply.take_in_gathered(
        buyer=row.office_id, came={hold: amount for hold, amount in units.items() if hold}, document=document,
        actor=actor, now=now, request_id=request_id,
    )  # fmt: skip
    more: list[BookLine] = []
    spoilt: list[BookLine] = []
    for one in counted:
        item = items[one.code]
        assert item.hold is not None
        assert item.lot_id is not None
        besides = units[item.hold] - taken[item.hold]
        if besides:
            more.append(ledger.post_line(outside, here, item.lot_id, besides))
        if one.damaged:
            bad = AccountRef(row.community_id, At.SPOILED)
            spoilt.append(ledger.post_line(here, bad, item.lot_id, one.damaged * item.units_per_pack))
    for reason, lines in ((Reason.PURCHASE, more), (Reason.DAMAGE, spoilt)):
        if lines:
            ledger.post(
                lines=lines,
                actor=actor,
                reason=reason,
                document=document,
                request_id=derived_id(request_id, reason.value),
                now=now,
            )


@transaction.atomic
@recorded("orders.basket.sprayed")
def note_spraying(
    *, basket: UUID, arrival: UUID, sprayed_at: datetime, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """
    What was checked in before it was sprayed is sprayed now: when, and by whom it is written down.

    The act names the arrival's document. Raises NotYourPlace, BasketMoved, NotFound, BasketUnusable (not after it came, or
    written down before), RequestIdReused.
    """
    row = lock_basket(basket, actor, HANDS)
    content = content_of(kind="sprayed", basket=basket, arrival=arrival, sprayed_at=sprayed_at)
    if done_before(request_id, content) is not None:
        return
    require_step(row, State.ORDERED)
    its = row.arrivals.filter(id=arrival).first()
    if its is None:
        raise NotFound(
            "This basket has no such arrival; nothing was written.",
            where=str(arrival),
            cure="Open the page of arrivals anew.",
        )
    if its.sprayed_at is not None:
        raise BasketUnusable(
            "These goods have their time of spraying already; nothing was changed.",
            where="sprayed_at", found=its.sprayed_at.isoformat(timespec="minutes"), expected="goods not sprayed yet",
            cure="Share them out.",
        )  # fmt: skip
    if not its.signed_in_at <= sprayed_at <= now:
        raise BasketUnusable(
            "Goods are sprayed after they came, and not in days to come. Nothing was written.",
            where="sprayed_at", found=sprayed_at.isoformat(timespec="minutes"),
            expected=f"{its.signed_in_at.isoformat(timespec='minutes')} to {now.isoformat(timespec='minutes')}",
            cure="Correct the time.",
        )  # fmt: skip
    its.sprayed_at = sprayed_at
    its.save(update_fields=["sprayed_at"])
    write_act(
        row, "sprayed", actor=actor, now=now, request_id=request_id, content=content, document=its.document,
        plate=its.plate, sprayed_at=sprayed_at.isoformat(),
    )  # fmt: skip


@transaction.atomic
@recorded("orders.basket.shared")
def share_out(*, basket: UUID, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Divide what came among the households, in whole packs; each portion is promised in the book. Returns the document.

    Too few: everybody one, then everybody a second; a draw decides the last round (`engine.portions`). What the supplier
    did not bring is given up. Where more is missing than the basket's tolerance, a task asks why.
    Raises NotYourPlace, BasketMoved, NotSprayed, RequestIdReused.
    """
    row = lock_basket(basket, actor, HANDS)
    content = content_of(kind="share", basket=basket)
    done = done_before(request_id, content)
    if done is not None:
        assert done.document is not None
        return done.document
    require_step(row, State.ORDERED)
    arrivals = list(row.arrivals.all())
    if not arrivals or any(one.sprayed_at is None for one in arrivals):
        raise NotSprayed(
            "Nothing has come yet, or something that came was not sprayed. Nothing was shared out.",
            where=str(row.id),
            found=f"{len(arrivals)} arrivals, {sum(one.sprayed_at is None for one in arrivals)} not sprayed",
            expected="at least one arrival, all of them sprayed",
            cure="Check the vehicle in; on the basket's page of arrivals write down when its goods were sprayed.",
        )
    items = list(row.items.filter(hold__isnull=False).order_by("code", "id"))
    usable: Counter[UUID] = Counter()
    for line in ArrivalLine.objects.filter(arrival__basket=row):
        usable[line.item_id] += line.counted - line.damaged
    portions = list(Portion.objects.filter(household__basket=row).order_by("household__sort_key", "id"))
    by_item: defaultdict[UUID, list[Portion]] = defaultdict(list)
    for portion in portions:
        by_item[portion.item_id].append(portion)
    for item in items:
        its = by_item[item.id]
        given = shared(
            usable[item.id], [one.loaded for one in its], [str(one.household_id) for one in its], seed=str(item.id)
        )
        for portion, packs in zip(its, given, strict=True):
            portion.given, portion.hold = packs, portion.id if packs else None
    ordered, given_packs = sum(one.ordered for one in portions), sum(one.given or 0 for one in portions)
    short_permille = (ordered - given_packs) * 1000 // ordered
    is_beyond = short_permille > row.tolerance_permille
    document = draw_up(
        kind="BASKET_SHARES",
        title=row.title,
        body={
            "basket": str(row.id),
            "rule": "whole packs in rounds, the last by a draw",
            "packs": {
                item.code: [
                    sum(one.loaded for one in by_item[item.id]),
                    sum(one.given or 0 for one in by_item[item.id]),
                ]
                for item in items
            },
            "short_permille": short_permille,
            "is_beyond_tolerance": is_beyond,
        },
        subjects=[row.id, row.supplier_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    _promise(row, items, by_item, document, actor, now, request_id)
    Portion.objects.bulk_update(portions, ["given", "hold"])
    write_act(
        row, "shared", actor=actor, now=now, request_id=request_id, content=content, document=document,
        to=State.SHARED if given_packs else State.DONE, packs=given_packs, short=ordered - given_packs,
        is_beyond_tolerance=is_beyond,
    )  # fmt: skip
    if is_beyond:
        _ask_the_supplier(row, ordered - given_packs, ordered, actor, now, request_id)
    return document


def _ask_the_supplier(row: Basket, short: int, ordered: int, actor: Actor, now: datetime, request_id: UUID) -> None:
    """More is missing than is usual: the committee has it to look into; command sees it too."""
    add_task(
        title=f"“{row.title}”少了 {short} 份（共订 {ordered} 份），超出约定，请问供应商 · “{row.title}” came {short} of {ordered} packs "
        "short, more than was agreed: ask the supplier",
        duty=Duty.CLERK,
        place=row.office_id,
        due_at=now + ASKED_WITHIN,
        subject=row.id,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "task"),
    )


def _promise(
    row: Basket, items: Sequence[BasketItem], by_item: Mapping[UUID, Sequence[Portion]], document: UUID, actor: Actor,
    now: datetime, request_id: UUID,
) -> None:  # fmt: skip
    here, handed = AccountRef(row.community_id, At.AVAILABLE), AccountRef(row.community_id, At.HANDED_OVER)
    supply.call_off_gathered(
        buyer=row.office_id, off={item.hold: None for item in items if item.hold}, why=NOT_BROUGHT, document=document,
        actor=actor, now=now, request_id=request_id,
    )  # fmt: skip
    lines: list[BookLine] = []
    for item in items:
        assert item.lot_id is not None
        lines += [
            ledger.hold_line(here, handed, item.lot_id, one.given * item.units_per_pack, id=one.id)
            for one in by_item[item.id]
            if one.given
        ]
    if lines:
        ledger.post(
            lines=lines,
            actor=actor,
            reason=Reason.ALLOT,
            document=document,
            request_id=derived_id(request_id, "portions"),
            now=now,
        )
