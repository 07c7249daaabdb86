"""
Orders at a shop's page: placed by whoever has its address, without an account; given up before the cut-off.

An order holds its packs in the book, all or none, in the transaction that counts them against slot and day: a pack is
promised once, however many ask for the last one in the same second.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.engine import address as addresses
from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.promises import tell_forgotten
from baogong.journal.requests import content_of
from baogong.journal.services import record, recorded
from baogong.journal.services.outbox import forget_readers
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotFound, RequestIdReused
from baogong.kernel.ids import derived_id, new_code
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.orders.errors import StillOwed
from baogong.orders.models import DayPack, DaySlot, ShopDay, ShopOrder, ShopOrderLine
from baogong.orders.reading import Doors
from baogong.orders.services.shop_days import free_of, let_go
from baogong.orders.services.shop_texts import put_out_texts
from baogong.orders.services.shops import require_keeper
from baogong.orders.shop_errors import (
    AddressNotListed,
    BelowMinimum,
    NothingChosen,
    NotTheirOrder,
    OrderMoved,
    OrderUnusable,
    OutOfZone,
    PastCutOff,
    PhoneUnusable,
    ShopShut,
    SlotFull,
    SoldOut,
    TooManyPacks,
)
from baogong.orders.words import SHOPS
from baogong.people.queries.parties import party_names
from baogong.people.services import identity, limits
from baogong.people.services.links import make_link
from baogong.people.services.parties import register_party
from baogong.places.queries import register_rows

LINK = "shop-order"
LINK_RUNS = timedelta(days=14)
SECRET_DIGITS = 6
TRIES, TRIES_WINDOW_S = 5, 3600
MOBILE_DIGITS = 11
NAME_MAX, ADDRESS_MAX, LINES_MAX = 60, 120, 40
WHY_LATE_MAX = 120
TRAVELLING = (ShopOrderLine.State.PLACED, ShopOrderLine.State.PICKED, ShopOrderLine.State.UNDERWAY)


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many of one pack of the day; `instead`: what the orderer takes where it is short."""

    pack: UUID
    packs: int
    instead: UUID | None = None


@dataclass(frozen=True, slots=True)
class Orderer:
    """Who orders, as it was typed: sealed where it is kept, and repeated by nothing. `address`: within the community."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


def register() -> None:
    """Called when the room starts."""
    identity.own_purposes(room=SHOPS, named="shops [0-9a-f]{32}")


def purpose_of(office: UUID) -> str:
    """What the personal data of those who order are kept for; its key ends with it."""
    return f"shops {office.hex}"


@transaction.atomic
def place_order(
    *,
    order: UUID,
    day: UUID,
    slot: UUID,
    community: UUID,
    wanted: Sequence[Wanted],
    orderer: Orderer,
    is_sure: bool = False,
    actor: Actor = THE_HOUSE,
    now: datetime,
) -> str:
    """
    Order by the shop's open page; returns the code to read out. All packs or none.

    order  the orderer's own id: sent again it is the same order
    is_sure  the door is right although the community's register has it not
    actor  the house for whoever has the address; a merchant or clerk who types for a caller
    Raises ShopShut, NothingChosen, PhoneUnusable, OrderUnusable, OutOfZone, AddressNotListed, TooManyPacks, BelowMinimum, SlotFull, SoldOut,
    RequestIdReused, NotFound.
    """
    is_listed, door = _door_of(community, orderer.address, now)  # before others wait for the day
    row = lock_row(ShopDay.objects.select_related("shop"), day)
    phone = _phone_of(orderer.phone)
    purpose = purpose_of(row.shop.office_id)
    tag = identity.tag(what="SHOP PHONE", purpose=purpose, value=phone)
    asked = content_of(
        day=day, slot=slot, community=community, phone=tag.hex(),
        wanted=sorted((str(one.pack), one.packs, str(one.instead or "")) for one in wanted),
    )  # fmt: skip
    before = ShopOrder.objects.filter(id=order).first()
    if before is not None:
        if before.content != asked:
            raise RequestIdReused(
                "This form was sent before with another order; that one stands, nothing was ordered now.",
                where="order", cure="Open the shop’s page anew.",
            )  # fmt: skip
        return before.code
    return _place(
        row,
        tag,
        phone,
        asked,
        order=order,
        slot=slot,
        community=community,
        wanted=wanted,
        orderer=orderer,
        is_listed=is_sure or is_listed,
        door=door,
        actor=actor,
        now=now,
    )


@recorded("orders.order.placed")
def _place(
    row: ShopDay,
    tag: bytes,
    phone: str,
    asked: UUID,
    *,
    order: UUID,
    slot: UUID,
    community: UUID,
    wanted: Sequence[Wanted],
    orderer: Orderer,
    is_listed: bool,
    door: str,
    actor: Actor,
    now: datetime,
) -> str:
    """On a locked day, and new."""
    purpose = purpose_of(row.shop.office_id)
    _refuse_shut(row, now)
    packs = {one.id: one for one in row.packs.select_related("pack")}
    at = DaySlot.objects.filter(id=slot, day=row).first()
    _refuse_unusable(row, packs, wanted, orderer, at)
    assert at is not None
    if not row.shop.communities.filter(pk=community).exists():
        raise OutOfZone(
            "This shop does not bring to that community; nothing was ordered.",
            where="community", found=str(community), expected="one of the communities on its page",
            cure="Look at the district’s list for a shop that does.",
        )  # fmt: skip
    if not is_listed:
        raise AddressNotListed(
            "The community's register has no such door. Nothing was ordered yet.",
            where="address", expected="building, unit and room as the register has them",
            cure="Read them once more; where they are right, say so and order again.",
        )  # fmt: skip
    count = sum(one.packs for one in wanted)
    total_fen = sum(packs[one.pack].price_fen * one.packs for one in wanted)
    if total_fen < row.minimum_fen:
        raise BelowMinimum(
            f"The order is worth {total_fen / 100:.2f} yuan; this shop brings from {row.minimum_fen / 100:.2f}. Nothing was ordered.",
            where="packs", found=total_fen, expected=row.minimum_fen, cure="Add a pack, or order together with a neighbour.",
        )  # fmt: skip
    person = _person_of(purpose, tag, f"{community}{door}", now)
    _refuse_beyond_household(row, packs, wanted, person)
    _take_place(row, at, count)
    lines = [
        ShopOrderLine(
            id=derived_id("orders.line", order, one.pack), order_id=order, pack=packs[one.pack], instead_id=one.instead,
            packs=one.packs, price_fen=packs[one.pack].price_fen, hold=derived_id("orders.hold", order, one.pack),
            due_at=at.until_at, moved_at=now,
        )
        for one in wanted
    ]  # fmt: skip
    _hold(row, lines, person, actor=actor, order=order, now=now)
    _keep_contact(person, row, community, orderer, phone, now)
    made = ShopOrder.objects.create(
        id=order, day=row, slot=at, code=_new_code(), community_id=community, orderer_id=person, phone=tag,
        last_four=identity.tag_of_last_four(what="SHOP PHONE", purpose=purpose, value=phone), packs=count,
        total_fen=total_fen, at=now, content=asked,
    )  # fmt: skip
    ShopOrderLine.objects.bulk_create(lines)
    record(
        kind="orders.order.placed", actor=actor, now=now, subject=order,
        data={"shop": str(row.shop_id), "day": str(row.id), "packs": count, "fen": total_fen},
    )  # fmt: skip
    return made.code


@transaction.atomic
def link_to(*, order: UUID, now: datetime) -> str:
    """The token of a private page of the order, to look at; to change something there its secret is told. Raises NotFound."""
    if not ShopOrder.objects.filter(id=order).exists():
        raise NotFound("There is no such order.", where=str(order), cure="Look it up by its code.")
    return make_link(purpose=LINK, subject=order, party=None, expires_at=now + LINK_RUNS, actor=THE_HOUSE, now=now)


def secret_of(order: UUID) -> str:
    """
    The digits that give the order up: told to the browser it was made in, and to nobody else; "" once people are forgotten.

    Kept nowhere: reckoned anew from the order's id under the house's key. A code stands on the bag and a neighbour knows the
    telephone, so neither gives an order up.
    """
    row = ShopOrder.objects.filter(id=order).select_related("day__shop").first()
    if row is None or row.last_four is None:
        return ""
    mark = identity.tag(what="SHOP ORDER", purpose=purpose_of(row.day.shop.office_id), value=order.hex)
    return f"{int.from_bytes(mark) % 10**SECRET_DIGITS:0{SECRET_DIGITS}d}"


def check_secret(*, order: UUID, told: str, paced_at: datetime) -> None:
    """Not in a transaction: a wrong one counts whatever comes of it. Raises NotTheirOrder, limits.TooOften."""
    _try("shop-order-secret", order, paced_at)
    secret = secret_of(order)
    if not secret or not hmac.compare_digest(_digits(told).encode(), secret.encode()):
        raise NotTheirOrder(
            "This is not the order’s cancel code. Nothing was changed.",
            where="cancel_code", expected=f"{SECRET_DIGITS} digits",
            cure="Read it off the page the order was made on, or ring the shop. After five tries this is shut for an hour.",
        )  # fmt: skip
    limits.give_back(what="shop-order-secret", who=str(order))


def check_caller(*, order: UUID, last_four: str, paced_at: datetime) -> None:
    """
    Somebody rings the shop about an order and has no secret any more: they tell the last four of the telephone.

    Not in a transaction. Raises NotTheirOrder, limits.TooOften.
    """
    _try("shop-order-caller", order, paced_at)
    if not _ends_in(ShopOrder.objects.filter(id=order).select_related("day__shop").first(), last_four):
        raise NotTheirOrder(
            "The telephone this order was made with does not end in these four digits. Nothing was changed.",
            where="phone_last_four", expected="4 digits",
            cure="Ask for the last four digits of the telephone it was ordered with. After five tries this is shut for an hour.",
        )  # fmt: skip
    limits.give_back(what="shop-order-caller", who=str(order))


def _try(what: str, order: UUID, paced_at: datetime) -> None:
    """By the order, not by its link: whoever finds the order anew must not find new tries."""
    limits.take(what=what, who=str(order), most=TRIES, window_s=TRIES_WINDOW_S, now=paced_at)


def order_of_code(code: str, last_four: str) -> UUID | None:
    """The order of this code, if its telephone ends so: to look at. The caller paces who asks."""
    row = _of_code(code)
    return row.id if row is not None and _ends_in(row, last_four) else None


def order_of_secret(code: str, secret: str, *, paced_at: datetime) -> UUID | None:
    """The order of this code, if this is its secret. Not in a transaction. Raises limits.TooOften."""
    row = _of_code(code)
    if row is None:
        return None
    try:
        check_secret(order=row.id, told=secret, paced_at=paced_at)
    except NotTheirOrder:
        return None
    return row.id


def is_secret(told: str) -> bool:
    """Whether it has the form of an order's secret."""
    return len(_digits(told)) == SECRET_DIGITS


def _digits(told: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", told) if sign.isdecimal() and sign.isascii())


def _of_code(code: str) -> ShopOrder | None:
    tidied = "".join(sign for sign in code.upper() if sign.isalnum())[:12]
    return ShopOrder.objects.filter(code=tidied).select_related("day__shop").first()


def _ends_in(row: ShopOrder | None, last_four: str) -> bool:
    if row is None or row.last_four is None or len(_digits(last_four)) != 4:
        return False
    purpose = purpose_of(row.day.shop.office_id)
    mark = identity.tag_of_last_four(what="SHOP PHONE", purpose=purpose, value=_digits(last_four))
    return hmac.compare_digest(bytes(row.last_four), mark)


@transaction.atomic
def cancel_order(*, order: UUID, actor: Actor = THE_HOUSE, now: datetime) -> None:
    """
    Give an order up before the cut-off: its packs are free again, at once. Given up again it stays so.

    The caller has seen that it is the orderer's: `check_secret`, or `check_caller` where the shop does it for somebody who
    rings. Raises PastCutOff, OrderMoved, NotFound.
    """
    row = lock_order(order)
    if row.cancelled_at is not None:
        return
    if now >= row.day.cut_off_at:
        raise PastCutOff(
            f"Orders of this day could be given up until {row.day.cut_off_at.isoformat(timespec='minutes')}; yours is being "
            "picked. Nothing was changed.",
            where=row.code,
            found=now.isoformat(timespec="minutes"),
            expected=row.day.cut_off_at.isoformat(timespec="minutes"),
            cure="Ring the shop, or refuse it at the door.",
        )
    void_order(row, actor=actor, now=now)


@recorded("orders.order.cancelled")
def void_order(row: ShopOrder, *, actor: Actor, now: datetime) -> None:
    """A locked order none of which is picked ends: holds void, slot and day are free of it. Raises OrderMoved."""
    lines = list(row.lines.order_by("id"))
    moved = [one for one in lines if one.state != ShopOrderLine.State.PLACED]
    if moved:
        raise OrderMoved(
            f"Order {row.code} is being picked or on its way; nothing was changed.",
            where=row.code, found=moved[0].state, expected=ShopOrderLine.State.PLACED.value, cure="Open the list again.",
        )  # fmt: skip
    ledger.post(
        lines=[ledger.void_line(hold) for hold in book.holds([one.hold for one in lines])],
        actor=actor, reason=Reason.UNDO, document=None, request_id=derived_id("orders.cancel", row.id), now=now,
    )  # fmt: skip
    ShopOrderLine.objects.filter(order=row).update(state=ShopOrderLine.State.CANCELLED, moved_at=now)
    ShopOrder.objects.filter(id=row.id).update(cancelled_at=now)
    slot = DaySlot.objects.get(id=row.slot_id)
    slot.packs_taken, row.day.packs_taken = slot.packs_taken - row.packs, row.day.packs_taken - row.packs
    slot.save(update_fields=["packs_taken"])
    row.day.save(update_fields=["packs_taken"])
    if row.day.closed_at is not None:  # nobody can order them any more
        let_go(row.day, derived_id("orders.cancel.left", row.id), actor=actor, now=now)
    record(kind="orders.order.cancelled", actor=actor, now=now, subject=row.id, data={"code": row.code})


@transaction.atomic
@recorded("orders.lines.told-late")
def tell_late(*, lines: Collection[UUID], until_at: datetime, why: str = "", actor: Actor, now: datetime) -> int:
    """
    These lines miss their slot: their orderers read on the order's own page why, and by when they come after all. How many are new.

    why  "": too few riders
    Told again of the same moment and reason changes nothing. Raises NotYourPlace (a shop's keeper or its district's office), OrderUnusable.
    """
    if until_at <= now:
        raise OrderUnusable(
            "A late order is told a time to come; nothing was told.",
            where="until_at", found=until_at.isoformat(timespec="minutes"), expected=f"after {now.isoformat(timespec='minutes')}",
            cure="Tell the end of the slot it goes out in now.",
        )  # fmt: skip
    why = why.strip()
    if len(why) > WHY_LATE_MAX:
        raise OrderUnusable(
            f"The reason has {len(why)} characters; nothing was told.",
            where="why", found=len(why), expected=f"at most {WHY_LATE_MAX} characters", cure="Say it shorter.",
        )  # fmt: skip
    rows = lock_rows(ShopOrderLine.objects.select_related("order__day__shop"), set(lines))
    for shop, office in {(row.order.day.shop_id, row.order.day.shop.office_id) for row in rows}:
        require_keeper(actor, shop, office)
    fresh = [row for row in rows if row.state in TRAVELLING and (row.told_until_at, row.told_why) != (until_at, why)]
    ShopOrderLine.objects.filter(id__in=[row.id for row in fresh]).update(told_until_at=until_at, told_why=why)
    once = f"{until_at.isoformat()} {derived_id('orders.late', why).hex[:8] if why else ''}".strip()
    put_out_texts([row.order for row in fresh], "late", now, once=once, until_at=until_at.isoformat(), why=why)
    record(
        kind="orders.lines.told-late", actor=actor, now=now,
        data={"lines": [str(row.id) for row in fresh][:200], "count": len(fresh), "until_at": until_at, "why": why},
    )  # fmt: skip
    return len(fresh)


def tell_orders_late(
    *, day: UUID, orders: Collection[UUID], until_at: datetime, why: str, actor: Actor, now: datetime
) -> int:
    """`tell_late` of what of these orders of a day still travels. How many lines are new. Raises as it does."""
    found = set(ShopOrder.objects.filter(day=day, id__in=orders, cancelled_at=None).values_list("id", flat=True))
    strange = [str(one) for one in orders if one not in found]
    if strange or not found or not why.strip():
        raise OrderUnusable(
            "Choose orders of this day that were not given up, and say why they are late. Nothing was told.",
            where="orders" if strange or not found else "why", found=strange[0] if strange else None,
            expected="orders of this day that were not given up, and a reason", cure="Open the day anew.",
        )  # fmt: skip
    lines = ShopOrderLine.objects.filter(order__in=found, state__in=TRAVELLING).values_list("id", flat=True)
    return tell_late(lines=list(lines), until_at=until_at, why=why, actor=actor, now=now)


@transaction.atomic
@recorded("orders.people.forgotten")
def forget_orderers(*, office: UUID, actor: Actor, now: datetime) -> int:
    """
    The purpose has ended: telephones, names and addresses of all who ordered in this district go, and every mark of them.

    Returns how many values were kept. Raises NotYourPlace (ADMIN everywhere), StillOwed (an order's slot is to come, or it is
    on its way).
    """
    actor.require(Duty.ADMIN)
    lines = ShopOrderLine.objects.filter(order__day__shop__office=office)
    to_come = lines.filter(
        Q(state__in=(ShopOrderLine.State.PLACED, ShopOrderLine.State.PICKED), due_at__gt=now)
        | Q(state=ShopOrderLine.State.UNDERWAY)
    )  # fmt: skip
    if waiting := to_come.count():
        raise StillOwed(
            "Orders of this district's shops are still to be brought to their people. Nothing was erased.",
            where="office", found=waiting, expected=0, cure="Wait until the last slot is over and its bags are handed over.",
        )  # fmt: skip
    forget_readers(parties=ShopOrder.objects.filter(day__shop__office=office).values_list("orderer", flat=True))
    count = identity.erase_purpose(purpose=purpose_of(office), actor=actor, now=now, room=SHOPS)
    ShopOrder.objects.filter(day__shop__office=office).update(phone=None, last_four=None)
    tell_forgotten(SHOPS, office, lines.values_list("id", flat=True).iterator(), now)
    record(kind="orders.people.forgotten", actor=actor, now=now, subject=office, data={"values": count})
    return count


def lock_order(order: UUID) -> ShopOrder:
    """The day first, as everybody does; then its order. Raises NotFound."""
    day = ShopOrder.objects.filter(id=order).values_list("day", flat=True).first()
    if day is None:
        raise NotFound("There is no such order; nothing was changed.", where=str(order), cure="Look it up by its code.")
    held = lock_row(ShopDay.objects.select_related("shop"), day)
    row = lock_row(ShopOrder.objects.all(), order)
    row.day = held
    return row


def _refuse_shut(day: ShopDay, now: datetime) -> None:
    if day.closed_at is None and day.shop.ended_at is None and day.opens_at <= now < day.cut_off_at:
        return
    raise ShopShut(
        f"This shop takes orders for {day.on} from {day.opens_at.isoformat(timespec='minutes')} to "
        f"{day.cut_off_at.isoformat(timespec='minutes')}, unless it closes before. Nothing was ordered.",
        where="day", found=now.isoformat(timespec="minutes"), expected=day.cut_off_at.isoformat(timespec="minutes"),
        cure="Look at the shop’s next day, or at another shop.",
    )  # fmt: skip


def _refuse_unusable(
    day: ShopDay, packs: dict[UUID, DayPack], wanted: Sequence[Wanted], orderer: Orderer, slot: DaySlot | None
) -> None:
    if not wanted:
        raise NothingChosen(
            "Nothing was chosen, and nothing was ordered.", found=0, expected=1, cure="Choose at least one pack."
        )
    problems = []
    if (
        len(wanted) > LINES_MAX
        or len({one.pack for one in wanted}) != len(wanted)
        or any(one.packs < 1 for one in wanted)
    ):
        problems.append(f"packs: at most {LINES_MAX} sorts, each named once, and one or more of it")
    if any(one.pack not in packs or (one.instead is not None and one.instead not in packs) for one in wanted):
        problems.append("packs: of this day’s page")
    if any(one.instead == one.pack for one in wanted):
        problems.append("instead: another pack")
    if slot is None:
        problems.append("slot: of this day")
    if not 0 < len(orderer.name.strip()) <= NAME_MAX:
        problems.append(f"name: 1 to {NAME_MAX} characters")
    if not 0 < len(orderer.address.strip()) <= ADDRESS_MAX:
        problems.append(f"address: building, unit and room, at most {ADDRESS_MAX} characters")
    if problems:
        raise OrderUnusable(
            f"This cannot be ordered so; nothing was taken. Needed are {'; '.join(problems)}.",
            where=problems[0].split(":")[0], expected="; ".join(problems), cure="Correct what is named.",
        )  # fmt: skip
    for one in wanted:
        most = packs[one.pack].per_order_max
        if one.packs > most:
            raise TooManyPacks(
                f"A household may have {most} of {packs[one.pack].pack.name}; {one.packs} were asked for. Nothing was ordered.",
                where="packs", found=one.packs, expected=most, cure="Ask for fewer.",
            )  # fmt: skip


def _door_of(community: UUID, address: str, now: datetime) -> tuple[bool, str]:
    """
    Whether the community's register has this door, and the door as one household's: however it is written it is the same.

    Where there is no register, any may be.
    """
    typed = address.strip()[:ADDRESS_MAX]
    rows = register_rows(community, now)
    if not rows:
        return True, typed
    doors = Doors(rows)
    read = addresses.read(typed, doors.address)
    building, unit, room = read.place
    if not building or not doors.knows(building, unit, room):
        return False, typed
    if not room:
        return True, typed
    return True, "-".join((building, unit or doors.unit_of(building, room) or "", room))


def _refuse_beyond_household(day: ShopDay, packs: dict[UUID, DayPack], wanted: Sequence[Wanted], person: UUID) -> None:
    """What a telephone at a door has standing on a locked day counts with what it asks for. Raises TooManyPacks."""
    standing: Counter[UUID] = Counter()
    lines = ShopOrderLine.objects.filter(
        order__day=day, order__orderer=person, order__cancelled_at=None, instead_of=None
    )
    for pack, count in lines.values_list("pack", "packs"):
        standing[pack] += count
    for one in wanted:
        most = packs[one.pack].per_order_max
        if standing[one.pack] and standing[one.pack] + one.packs > most:
            raise TooManyPacks(
                f"This household has {standing[one.pack]} of {packs[one.pack].pack.name} ordered already and may have {most} on "
                f"this day; {one.packs} more were asked for. Nothing was ordered.",
                where="packs", found=standing[one.pack] + one.packs, expected=most, cure="Ask for fewer.",
            )  # fmt: skip


def _phone_of(typed: str) -> str:
    """Its digits. A number of China that begins with 1 is a mobile one; a digit too few or too many reaches nobody."""
    text = unicodedata.normalize("NFKC", typed).strip()
    digits = identity.phone_digits(text) or _digits(text)
    if text.startswith("+"):
        digits = digits.removeprefix("86")
    if digits.startswith("1") and len(digits) != MOBILE_DIGITS:
        raise PhoneUnusable(
            f"A mobile number has {MOBILE_DIGITS} digits; this one has {len(digits)}. Nothing was ordered.",
            where="phone", found=len(digits), expected=MOBILE_DIGITS,
            cure="Type it once more, digit by digit; a landline with its area code.",
        )  # fmt: skip
    phone = identity.phone_digits(typed)
    if not phone:
        raise OrderUnusable(
            "This is not a telephone number; nothing was ordered.",
            where="phone", expected="7 to 15 digits", cure="Read it once more, digit by digit.",
        )  # fmt: skip
    return phone


def _take_place(day: ShopDay, slot: DaySlot, count: int) -> None:
    """Of the riders' time; the day is locked, and with it its slots. Raises SlotFull."""
    left = slot.packs_max - slot.packs_taken
    left_of_day = count if day.packs_max is None else day.packs_max - day.packs_taken
    if count > min(left, left_of_day):
        others = [
            one for one in DaySlot.objects.filter(day=day).order_by("from_at")
            if min(one.packs_max - one.packs_taken, left_of_day) >= count
        ]  # fmt: skip
        raise SlotFull(
            f"The riders can bring {max(0, min(left, left_of_day))} more packs then; {count} were asked for. Nothing was ordered.",
            where="slot", found=count, expected=max(0, min(left, left_of_day)),
            cure="Choose another time." if others else "Order fewer, or at another shop of the district’s list.",
            other_slots=[str(one.id) for one in others],
        )  # fmt: skip
    slot.packs_taken, day.packs_taken = slot.packs_taken + count, day.packs_taken + count
    slot.save(update_fields=["packs_taken"])
    day.save(update_fields=["packs_taken"])


def _hold(
    day: ShopDay, lines: Sequence[ShopOrderLine], person: UUID, *, actor: Actor, order: UUID, now: datetime
) -> None:
    """In one batch, all or none. Raises SoldOut, which says how many of which are left."""
    here, theirs = AccountRef(day.shop_id, State.AVAILABLE), AccountRef(person, State.HANDED_OVER)
    try:
        with transaction.atomic():
            ledger.post(
                lines=[ledger.hold_line(here, theirs, one.pack.lot_id, one.packs, id=one.hold) for one in lines],
                actor=actor, reason=Reason.SALE, document=None, request_id=derived_id("orders.place", order), now=now,
            )  # fmt: skip
    except ledger.BatchRefused as refusal:
        free = free_of([one.pack.lot_id for one in lines], day.shop_id)
        short = [one for one in lines if free[one.pack.lot_id] < one.packs]
        if not short:
            raise
        told = "; ".join(f"{one.pack.pack.name}: {free[one.pack.lot_id]}" for one in short)
        raise SoldOut(
            f"Of these fewer are left than you asked for ({told}). Nothing of your order was taken.",
            where="packs", found=short[0].packs, expected=free[short[0].pack.lot_id],
            cure="Ask for fewer, or choose another pack.", told=told,
            left={str(one.pack_id): free[one.pack.lot_id] for one in short},
        ) from refusal  # fmt: skip


def _person_of(purpose: str, tag: bytes, address: str, now: datetime) -> UUID:
    """The same telephone at the same door is the same household; the name says nothing of it."""
    door = identity.tag(what="SHOP ADDRESS", purpose=purpose, value=address)
    own = derived_id("orders.orderer", purpose, tag.hex(), door.hex())
    return register_party(kind="PERSON", name=f"订户 {own.hex[:16]}", now=now, request_id=own)


def _keep_contact(person: UUID, day: ShopDay, community: UUID, orderer: Orderer, phone: str, now: datetime) -> None:
    name_of = party_names([community])[community][0]
    address = f"{name_of}{orderer.address.strip()}"
    for what, value in (("PHONE", phone), ("NAME", orderer.name.strip()), ("ADDRESS", address)):
        identity.keep_datum(party=person, what=what, value=value, purpose=purpose_of(day.shop.office_id), now=now)


def _new_code() -> str:
    while True:
        code = new_code(8)
        if not ShopOrder.objects.filter(code=code).exists():
            return code
