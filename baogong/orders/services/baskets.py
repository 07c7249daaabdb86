"""A basket's way up to the supplier: drafted, reported, opened by the committee's signature, closed, ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from baogong.catalogue import queries as catalogue
from baogong.journal.locks import lock_row
from baogong.journal.queries.documents import DocumentView
from baogong.journal.queries.documents import document as document_of
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import draw_up, record, recorded, when_in_force
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id, new_id
from baogong.orders.errors import (
    BasketUnusable,
    DayTooFar,
    DeadlinePassed,
    LessThanNothing,
    LinesWait,
    NotReported,
    OrganiserElsewhere,
    TooFewPacks,
)
from baogong.orders.models import Basket, BasketHousehold, BasketItem, ChainLine, Portion
from baogong.orders.reading import Doors, door_order, place_typed
from baogong.orders.services.steps import DESK, State, done_before, lock_basket, require_step, write_act
from baogong.orders.sums import asked_by_door, within
from baogong.places.queries import register_rows
from baogong.supply import services as supply

ITEMS_MAX = 40
REPORT = "BASKET"
DAY_AHEAD_MAX = timedelta(days=21)
"""As long as the organiser's link runs; a day further off is a month or a year mistyped."""


@dataclass(frozen=True, slots=True)
class ItemIn:
    """A line of the menu; `units_per_pack`: base units of the catalogue's item in what people order one of."""

    code: str
    name: str
    item: UUID
    units_per_pack: int = 1
    price_fen: int = 0


@transaction.atomic
@recorded("orders.basket.drafted")
def draft_basket(
    *,
    office: UUID,
    community: UUID,
    supplier: UUID,
    title: str,
    organiser: str,
    building: str,
    unit: str = "",
    room: str = "",
    on: date,
    closes_at: datetime,
    items: Sequence[ItemIn],
    packs_min: int = 0,
    household_max: int = 0,
    tolerance_permille: int = 0,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Begin a basket of a community for one day. Returns its id.

    organiser  by the name the group knows; building, unit, room: where they live, a door of this community
    Raises NotYourPlace, OrganiserElsewhere, DayTooFar, BasketUnusable, RequestIdReused.
    """
    actor.require(*DESK, at=office)
    place = place_typed(building, unit, room)
    content = content_of(
        office=office, community=community, supplier=supplier, title=title, organiser=organiser, place=place, on=on,
        closes_at=closes_at, items=[repr(one) for one in items], packs_min=packs_min, household_max=household_max,
        tolerance=tolerance_permille,
    )  # fmt: skip
    made = made_before(Basket, request_id, content)
    if made is not None:
        return made.id
    _check_menu(title, organiser, items, tolerance_permille, closes_at, now)
    if on < timezone.localdate(closes_at):
        raise BasketUnusable(
            "A basket is delivered on the day its orders close, or later. Nothing was written.",
            where="on", found=str(on), expected=f"{timezone.localdate(closes_at)} or later",
            cure="Correct the day of delivery or the deadline.",
        )  # fmt: skip
    if on > timezone.localdate(now) + DAY_AHEAD_MAX:
        raise DayTooFar(
            f"A basket is drafted at most {DAY_AHEAD_MAX.days} days before it is delivered. Nothing was written.",
            where="on", found=str(on), expected=str(timezone.localdate(now) + DAY_AHEAD_MAX),
            cure="Correct the day of delivery, or draft it later.",
        )  # fmt: skip
    doors = Doors(register_rows(community, now))
    if not place[0] or not doors.knows(*place):
        raise OrganiserElsewhere(
            "Whoever organises a basket lives in the community, and its register has no such door. Nothing was written.",
            where="room",
            found="-".join(part for part in place if part),
            expected="a door of the community's register",
            cure="Write the organiser's own door; somebody from elsewhere asks a neighbour who lives here.",
        )
    row = Basket.objects.create(
        office_id=office,
        community_id=community,
        supplier_id=supplier,
        title=title.strip(),
        organiser=organiser.strip(),
        building=place[0],
        unit=place[1] or doors.unit_of(place[0], place[2]) or "",
        room=place[2],
        on=on,
        closes_at=closes_at,
        packs_min=packs_min,
        household_max=household_max,
        tolerance_permille=tolerance_permille,
        made_at=now,
        request_id=request_id,
        content=content,
    )
    BasketItem.objects.bulk_create(
        BasketItem(
            basket=row,
            code=one.code.strip().upper(),
            name=one.name.strip(),
            item_id=one.item,
            units_per_pack=one.units_per_pack,
            price_fen=one.price_fen,
        )
        for one in items
    )
    record(
        kind="orders.basket.drafted",
        actor=actor,
        now=now,
        subject=row.id,
        data={"office": str(office), "community": str(community), "items": len(items)},
    )
    return row.id


def _check_menu(
    title: str, organiser: str, items: Sequence[ItemIn], tolerance: int, closes_at: datetime, now: datetime
) -> None:
    codes, names = [one.code.strip().upper() for one in items], [one.name.strip() for one in items]
    known = {view.id for view in catalogue.items()} - catalogue.money_items()
    wrong = ""
    if not title.strip() or not organiser.strip():
        wrong = "title, organiser"
    elif not 0 < len(items) <= ITEMS_MAX or len(set(codes)) != len(codes) or len(set(names)) != len(names):
        wrong = "items"
    elif not all(codes) or not all(len(name) > 1 and not set(name) & set("｜、×（）\n") for name in names):
        wrong = "name"
    elif any(one.item not in known or one.units_per_pack < 1 or one.price_fen < 0 for one in items):
        wrong = "item"
    elif not 0 <= tolerance <= 1000:
        wrong = "tolerance"
    elif closes_at <= now:
        wrong = "closes_at"
    if wrong:
        raise BasketUnusable(
            "A basket has a title, an organiser, a deadline to come, and a menu of which each line has its own code and "
            "its own name. Nothing was written.",
            where=wrong,
            found=", ".join(f"{one.code} {one.name}" for one in items)[:200],
            expected=f"1 to {ITEMS_MAX} lines; names of two characters and more without ｜ 、 × （ ）",
            cure="Correct the field and send the form again.",
        )


@transaction.atomic
@recorded("orders.basket.reported")
def report_basket(
    *, basket: UUID, licence: str, driver: str, plate: str, actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """
    Report goods, licence and driver to the committee; once a second person has signed it the basket is open. Returns the document.

    What the committee refused is reported again, corrected.
    Raises NotYourPlace, BasketMoved, NotReported (one of the three is missing), DeadlinePassed, RequestIdReused.
    """
    row = lock_basket(basket, actor)
    content = content_of(kind="report", basket=basket, licence=licence, driver=driver, plate=plate)
    done = done_before(request_id, content)
    if done is not None:
        assert done.document is not None
        return done.document
    if row.state != State.REPORTED or not was_refused(row.document):
        require_step(row, State.DRAFT)
    if now >= row.closes_at:
        raise DeadlinePassed(
            "Its deadline has passed: nobody could order any more once the committee has signed. Nothing was written.",
            where="closes_at", found=now.isoformat(timespec="minutes"), expected=row.closes_at.isoformat(timespec="minutes"),
            cure="Call it off, and draft a basket with a later deadline.",
        )  # fmt: skip
    told = {"licence": licence.strip(), "driver": driver.strip(), "plate": plate.strip()}
    if missing := [field for field, text in told.items() if not text]:
        raise NotReported(
            "The committee is told the goods, the supplier's licence and the driver with the plate before a basket opens. "
            "Nothing was written.",
            where=missing[0],
            expected="licence, driver, plate",
            cure="Ask the supplier for what is missing.",
        )
    document = draw_up(
        kind=REPORT,
        title=row.title,
        body={
            "basket": str(row.id),
            "community": str(row.community_id),
            "supplier": str(row.supplier_id),
            "goods": [f"{one.code} {one.name}" for one in row.items.order_by("code", "id")],
            **told,
        },
        subjects=[row.id, row.community_id, row.supplier_id],
        signatures_required=2,
        at=row.office_id,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    row.licence, row.driver, row.plate, row.document = told["licence"], told["driver"], told["plate"], document
    row.save(update_fields=["licence", "driver", "plate", "document"])
    write_act(
        row, "reported", actor=actor, now=now, request_id=request_id, content=content, document=document,
        to=State.REPORTED,
    )  # fmt: skip
    return document


def was_refused(document: UUID | None) -> bool:
    """Whether the committee said no to a report, or whoever drew it up took it back."""
    return document is not None and document_of(document).state in ("REFUSED", "CANCELLED")


def register() -> None:
    """The committee's signature opens a basket."""
    when_in_force(REPORT, _open)


def _open(document: DocumentView, actor: Actor, now: datetime) -> None:
    row = lock_row(Basket.objects.all(), UUID(document.body["basket"]))
    if row.state == State.REPORTED:
        own = derived_id("orders.opened", row.id)
        write_act(row, "opened", actor=actor, now=now, request_id=own, content=own, document=document.id, to=State.OPEN)


@transaction.atomic
@recorded("orders.basket.closed")
def close_basket(*, basket: UUID, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    Nothing is pasted any more; what waits can still be settled. At its deadline it takes no orders anyway.

    Raises NotYourPlace, BasketMoved, RequestIdReused.
    """
    row = lock_basket(basket, actor)
    content = content_of(kind="close", basket=basket)
    if done_before(request_id, content) is None:
        require_step(row, State.OPEN)
        write_act(row, "closed", actor=actor, now=now, request_id=request_id, content=content, to=State.CLOSED)


@transaction.atomic
@recorded("orders.basket.ordered")
def order_basket(*, basket: UUID, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Sum the lines by household and item, and buy them: supply's purchase, which those who ordered pay. Returns its document.

    The supplier's promise of the goods stands in the book; they are its own until they are in a household's hands.

    More than a household may have is not ordered; the household is told so.
    Raises NotYourPlace, BasketMoved, LinesWait, LessThanNothing, TooFewPacks, RequestIdReused.
    """
    row = lock_basket(basket, actor)
    content = content_of(kind="order", basket=basket)
    done = done_before(request_id, content)
    if done is not None:
        assert done.document is not None
        return done.document
    if row.step(now) != State.CLOSED:  # its deadline closes it, or a person before that
        require_step(row, State.CLOSED)
    lines = ChainLine.objects.filter(paste__basket=row)
    if waiting := lines.filter(state=ChainLine.State.WAITING).count():
        raise LinesWait(
            f"{waiting} lines of the chain wait for a person. Nothing was ordered.",
            where=str(row.id), found=waiting, expected=0, cure="Settle them: count, withdraw or leave out.",
        )  # fmt: skip
    households, portions = _sums(
        row, list(lines.filter(state=ChainLine.State.COUNTED).order_by("paste__number", "number"))
    )
    packs = sum(one.ordered for one in portions)
    if packs < max(row.packs_min, 1):
        raise TooFewPacks(
            f"{packs} packs are ordered; the supplier sends from {max(row.packs_min, 1)}. Nothing was ordered.",
            where=str(row.id),
            found=packs,
            expected=f"≥ {max(row.packs_min, 1)}",
            cure="Call the basket off, or open one together with a neighbouring community.",
        )
    BasketHousehold.objects.bulk_create(households)
    Portion.objects.bulk_create(portions)
    document = _buy(row, portions, actor, now, request_id)
    write_act(
        row, "ordered", actor=actor, now=now, request_id=request_id, content=content, document=document,
        to=State.ORDERED, packs=packs, households=len(households),
    )  # fmt: skip
    return document


def _sums(row: Basket, lines: Sequence[ChainLine]) -> tuple[list[BasketHousehold], list[Portion]]:
    items = {item.code: item for item in row.items.all()}
    asked, names = asked_by_door(lines)
    households, portions = [], []
    for door, by_code in asked.items():
        if below := [code for code, packs in by_code.items() if packs < 0]:
            raise LessThanNothing(
                f"{'-'.join(part for part in door if part)} takes back more of {below[0]} than it ordered. Nothing was ordered.",
                where="-".join(part for part in door if part),
                found=by_code[below[0]],
                expected="≥ 0",
                cure="Ask the household what it wants, and correct its line.",
            )
        household = BasketHousehold(
            id=new_id(),  # it outlives the door, and must not tell it
            basket=row,
            building=door[0],
            unit=door[1],
            room=door[2],
            sort_key=door_order(*door),
            name=names[door],
        )
        households.append(household)
        for code, packs in sorted(by_code.items()):
            if packs:
                ordered = within(packs, row.household_max)
                portions.append(
                    Portion(
                        id=derived_id("orders.portion", household.id, code),
                        household=household,
                        item=items[code],
                        asked=packs,
                        ordered=ordered,
                        loaded=ordered,
                    )
                )
    return households, portions


def _buy(row: Basket, portions: Sequence[Portion], actor: Actor, now: datetime, request_id: UUID) -> UUID:
    packs: Counter[UUID] = Counter()
    for one in portions:
        packs[one.item_id] += one.ordered
    items = [item for item in row.items.order_by("code", "id") if packs[item.id]]
    made = supply.order_gathered(
        supplier=row.supplier_id,
        buyer=row.office_id,
        holder=row.community_id,
        lines=[
            supply.Gathered(
                item.item_id,
                packs[item.id] * item.units_per_pack,
                packs[item.id] * item.price_fen,
                f"{row.title} {item.name} {str(row.id)[-12:]}",
            )
            for item in items
        ],
        note=row.title,
        actor=actor,
        now=now,
        request_id=request_id,
    )
    row.purchase = made.purchase
    row.save(update_fields=["purchase"])
    for item, lot, hold in zip(items, made.lots, made.holds, strict=True):
        item.lot_id, item.hold = lot, hold
        item.save(update_fields=["lot", "hold"])
    return made.document


@transaction.atomic
@recorded("orders.basket.called-off")
def call_off_basket(*, basket: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    Nothing comes of it: the supplier's promise is given up. What a household paid is owed back.

    Raises NotYourPlace, BasketMoved (goods have come), BasketUnusable (no reason), RequestIdReused.
    """
    row = lock_basket(basket, actor)
    content = content_of(kind="call off", basket=basket, why=why)
    if done_before(request_id, content) is not None:
        return
    require_step(row, State.DRAFT, State.REPORTED, State.OPEN, State.CLOSED, State.ORDERED)
    if row.arrivals.exists():
        require_step(row, State.OPEN)
    if not why.strip():
        raise BasketUnusable(
            "A basket is called off for a reason. Nothing was changed.",
            where="why", expected="some words", cure="Say what the households are told.",
        )  # fmt: skip
    document = draw_up(
        kind="BASKET_OFF",
        title=row.title,
        body={"basket": str(row.id), "why": why.strip()},
        subjects=[row.id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    supply.call_off_gathered(
        buyer=row.office_id, off={one.hold: None for one in row.items.all() if one.hold}, why=why.strip(),
        document=document, actor=actor, now=now, request_id=request_id,
    )  # fmt: skip
    Portion.objects.filter(household__basket=row).update(given=0)
    write_act(
        row, "called-off", actor=actor, now=now, request_id=request_id, content=content, document=document,
        to=State.CALLED_OFF,
    )  # fmt: skip
