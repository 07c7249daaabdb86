"""
What a shop offers on a day: opened, copied from the last one, stocked, capped, closed.

The goods stand in the book: what a merchant enters as stock comes from outside into the shop's account, as a lot of this
very day, and only orders take it from there. So a shop cannot promise a pack twice, whatever its page says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from baogong.engine.rounds.riders import packs_in_slot
from baogong.journal.locks import lock_row
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.orders.models import DayPack, DaySlot, Shop, ShopDay, ShopOrderLine, ShopPack
from baogong.orders.services.shops import require_keeper
from baogong.orders.shop_errors import CapTooLow, DayClosed, DayTwice, DayUnusable, NothingToCopy, StockPromised

PACKS_MAX, SLOTS_MAX, STOCK_MAX, RIDERS_MAX = 60, 12, 100_000, 500
DAY_AHEAD_MAX = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class PackIn:
    """One pack as the day offers it; `stock`: so many are there."""

    pack: UUID
    price_fen: int
    stock: int
    per_order_max: int = 5


@dataclass(frozen=True, slots=True)
class SlotIn:
    """A time orders are brought in; so many packs."""

    from_at: datetime
    until_at: datetime
    packs_max: int


@transaction.atomic
@recorded("orders.day.opened")
def open_day(
    *,
    shop: UUID,
    on: date,
    opens_at: datetime,
    cut_off_at: datetime,
    packs: Sequence[PackIn],
    slots: Sequence[SlotIn],
    riders: int,
    minimum_fen: int = 0,
    packs_max: int | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """Put a day's packs on the page, with their stock in the book. Raises NotYourPlace, DayTwice, DayUnusable, RequestIdReused."""
    row = lock_row(Shop.objects.all(), shop)
    require_keeper(actor, row.pk, row.office_id)
    asked = content_of(
        shop=shop, on=on, opens_at=opens_at, cut_off_at=cut_off_at, riders=riders, minimum_fen=minimum_fen, packs_max=packs_max,
        packs=[(one.pack, one.price_fen, one.stock, one.per_order_max) for one in packs],
        slots=[(one.from_at, one.until_at, one.packs_max) for one in slots],
    )  # fmt: skip
    made = made_before(ShopDay, request_id, asked)
    if made is not None:
        return made.id
    return _open(
        row, on=on, opens_at=opens_at, cut_off_at=cut_off_at, packs=packs, slots=slots, riders=riders,
        minimum_fen=minimum_fen, packs_max=packs_max, copied_from=None, content=asked, actor=actor, now=now,
        request_id=request_id,
    ).id  # fmt: skip


@transaction.atomic
@recorded("orders.day.opened")
def copy_day(*, shop: UUID, to: date, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    The last day once more, on another: the same packs, prices, stock, slots and cut-off, moved by whole days.

    Packs that have ended are left out. It takes orders from this moment. Raises NotYourPlace, NothingToCopy, DayTwice, DayUnusable.
    """
    row = lock_row(Shop.objects.all(), shop)
    require_keeper(actor, row.pk, row.office_id)
    asked = content_of(shop=shop, to=to)
    made = made_before(ShopDay, request_id, asked)
    if made is not None:
        return made.id
    last = last_before(shop, to)
    if last is None:
        raise NothingToCopy(
            "This shop has offered nothing yet before that day; nothing was opened.",
            where="to", found=str(to), expected="a day after one that was offered", cure="Open the first day by hand.",
        )  # fmt: skip
    packs, slots, cut_off_at = as_last(last, to)
    return _open(
        row, on=to, opens_at=min(now, cut_off_at - timedelta(minutes=1)), cut_off_at=cut_off_at,
        packs=packs, slots=slots, riders=last.riders, minimum_fen=last.minimum_fen, packs_max=last.packs_max,
        copied_from=last, content=asked, actor=actor, now=now, request_id=request_id,
    ).id  # fmt: skip


def last_before(shop: UUID, to: date) -> ShopDay | None:
    """The day another is made from."""
    return ShopDay.objects.filter(shop=shop, on__lt=to).order_by("-on").first()


def as_last(last: ShopDay, to: date) -> tuple[list[PackIn], list[SlotIn], datetime]:
    """What another day offers that is made from this one: packs still sold, slots, the cut-off."""
    by = timedelta(days=(to - last.on).days)
    rows = list(last.packs.select_related("pack").order_by("pack__made_at", "id"))
    stocked = stocked_at_first([one.lot_id for one in rows])
    packs = [
        PackIn(one.pack_id, one.price_fen, stocked[one.lot_id], one.per_order_max)
        for one in rows
        if one.pack.ended_at is None
    ]
    slots = [SlotIn(one.from_at + by, one.until_at + by, one.packs_max) for one in last.slots.order_by("from_at")]
    return packs, slots, last.cut_off_at + by


def stocked_at_first(lots: Sequence[UUID]) -> dict[UUID, int]:
    """Lot → packs that came in when the day opened: what its merchant had planned for."""
    first: dict[UUID, int] = {}
    for move in book.movements(lots=list(lots), reasons=[Reason.COUNT], limit=10_000):
        if move.source.state is State.OUTSIDE:
            first.setdefault(move.lot, move.amount)
    return {lot: first.get(lot, 0) for lot in lots}


@transaction.atomic
@recorded("orders.stock.changed")
def change_stock(*, day_pack: UUID, by: int, why: str, actor: Actor, now: datetime, request_id: UUID) -> int:
    """
    More packs came, or some are not there after all; returns what is free then.

    by  above zero: more; below: fewer, and never one that is ordered. On a closed day more comes only in place of what was
        lost on the way, or as what unpicked orders take instead: nobody can order the rest
    The same request again changes nothing. Raises NotYourPlace, DayUnusable, DayClosed, StockPromised.
    """
    _lock_day_of(day_pack)
    row = lock_row(DayPack.objects.select_related("day__shop"), day_pack)
    shop = row.day.shop
    require_keeper(actor, shop.pk, shop.office_id)
    if not 0 < abs(by) <= STOCK_MAX or not why.strip():
        raise DayUnusable(
            "A change of stock is a number other than nought, and says why; nothing was changed.",
            where="by", found=by, expected=f"-{STOCK_MAX} to {STOCK_MAX}, not 0", cure="Write both.",
        )  # fmt: skip
    try:
        with transaction.atomic():
            ledger.post(
                lines=[_stock_line(shop.pk, row.lot_id, by)],
                actor=actor, reason=Reason.COUNT, document=None, request_id=derived_id("orders.stock", request_id), now=now,
            )  # fmt: skip
    except ledger.BatchRefused as refusal:
        free = free_of([row.lot_id], shop.pk)[row.lot_id]
        raise StockPromised(
            f"{free} are free; {-by} were to be taken out. What is ordered stays. Nothing was changed.",
            where="by", found=-by, expected=free, cure="Take out at most what is free, or tell those who ordered when picking.",
        ) from refusal  # fmt: skip
    if by > 0 and row.day.closed_at is not None:
        _refuse_beyond_needed(row, by)
    record(
        kind="orders.stock.changed", actor=actor, now=now, subject=shop.pk,
        data={"day_pack": str(row.id), "by": by, "why": why.strip()[:120]},
    )  # fmt: skip
    return free_of([row.lot_id], shop.pk)[row.lot_id]


@transaction.atomic
@recorded("orders.day.capped")
def cap_day(*, day: UUID, packs_max: int | None, actor: Actor, now: datetime) -> None:
    """
    No more than so many packs of all sorts on this day; None: as many as the slots allow.

    Cut off, no slot takes more than the riders bring in it, nor less than is ordered. Raises NotYourPlace, CapTooLow.
    """
    row = lock_row(ShopDay.objects.select_related("shop"), day)
    require_keeper(actor, row.shop.pk, row.shop.office_id)
    if packs_max is not None and packs_max < row.packs_taken:
        raise CapTooLow(
            f"{row.packs_taken} packs are ordered already; the day cannot be cut off at {packs_max}. Nothing was changed.",
            where="packs_max", found=packs_max, expected=f"at least {row.packs_taken}",
            cure="Cut it off at what is ordered, and find one more rider.",
        )  # fmt: skip
    row.packs_max = packs_max
    row.save(update_fields=["packs_max"])
    if packs_max is not None:
        _fit_slots(row, row.riders)
    record(
        kind="orders.day.capped",
        actor=actor,
        now=now,
        subject=row.shop_id,
        data={"day": str(day), "packs_max": packs_max},
    )


@transaction.atomic
@recorded("orders.riders.changed")
def change_riders(*, day: UUID, riders: int, actor: Actor, now: datetime) -> None:
    """
    So many bring it after all; orders stand, and the page says what they can bring.

    A slot takes no more than they bring in it; one that took just what the riders before could bring takes what these can.
    Raises NotYourPlace, DayUnusable.
    """
    row = lock_row(ShopDay.objects.select_related("shop"), day)
    require_keeper(actor, row.shop.pk, row.shop.office_id)
    if not 0 <= riders <= RIDERS_MAX:
        raise DayUnusable(
            "So many riders cannot be; nothing was changed.",
            where="riders", found=riders, expected=f"0 to {RIDERS_MAX}", cure="Correct the number.",
        )  # fmt: skip
    before, row.riders = row.riders, riders
    row.save(update_fields=["riders"])
    _fit_slots(row, before)
    record(
        kind="orders.riders.changed",
        actor=actor,
        now=now,
        subject=row.shop_id,
        data={"day": str(day), "riders": riders},
    )


def bring_in(slot: DaySlot, riders: int) -> int:
    """Packs so many riders can hand over in a slot."""
    return packs_in_slot(riders, int((slot.until_at - slot.from_at).total_seconds()))


def _fit_slots(day: ShopDay, riders_before: int) -> None:
    """Each slot of a locked day to what its riders bring; what is ordered stands."""
    for slot in day.slots.all():
        bring = bring_in(slot, day.riders)
        follows = slot.packs_max == bring_in(slot, riders_before)
        most = max(slot.packs_taken, bring if follows else min(slot.packs_max, bring))
        if most != slot.packs_max:
            slot.packs_max = most
            slot.save(update_fields=["packs_max"])


@transaction.atomic
@recorded("orders.day.closed")
def close_day(*, day: UUID, actor: Actor, now: datetime, request_id: UUID) -> int:
    """
    Take no further order. What nobody ordered leaves the book again: it is the merchant's to sell elsewhere; how many packs.

    Orders stand, and with them what they take instead where it is short: that stays until they are picked. Closed again, it
    stays closed, and what has become free since leaves too. Raises NotYourPlace.
    """
    row = lock_row(ShopDay.objects.select_related("shop"), day)
    require_keeper(actor, row.shop.pk, row.shop.office_id)
    if row.closed_at is None:
        row.closed_at = now
        row.save(update_fields=["closed_at"])
    left = let_go(row, derived_id("orders.close", request_id, now.isoformat()), actor=actor, now=now)
    record(
        kind="orders.day.closed",
        actor=actor,
        now=now,
        subject=row.shop_id,
        data={"day": str(day), "left": left},
    )
    return left


def let_go(day: ShopDay, own: UUID, *, actor: Actor, now: datetime) -> int:
    """
    Of a closed and locked day: what is free and no standing order may need leaves the book; how many packs.

    own  the posting's id
    """
    needed = _needed(day)
    free = free_of(list(day.packs.values_list("lot", flat=True)), day.shop_id)
    left = {lot: count - needed[lot] for lot, count in free.items() if count > needed[lot]}
    if left:
        ledger.post(
            lines=[_stock_line(day.shop_id, lot, -count) for lot, count in sorted(left.items())],
            actor=actor, reason=Reason.COUNT, document=None, request_id=own, now=now,
        )  # fmt: skip
    return sum(left.values())


def _needed(day: ShopDay) -> Counter[UUID]:
    """Lot → packs that standing orders may still take: instead of what is short, or in place of what was lost on the way."""
    needed: Counter[UUID] = Counter()
    lines = ShopOrderLine.objects.filter(order__day=day, order__cancelled_at=None)
    unpicked = lines.filter(order__picked_at=None, state=ShopOrderLine.State.PLACED, instead__isnull=False)
    for lot, packs in unpicked.values_list("instead__lot", "packs"):
        needed[lot] += packs
    for lot, got, packs in lines.filter(state=ShopOrderLine.State.LOST).values_list("pack__lot", "got", "packs"):
        needed[lot] += packs if got is None else got
    return needed


def _lock_day_of(day_pack: UUID) -> None:
    """As everybody who changes a day does, so that it is not closed meanwhile; a pack of no day is refused by whoever reads it."""
    day = DayPack.objects.filter(id=day_pack).values_list("day", flat=True).first()
    if day is not None:
        lock_row(ShopDay.objects.all(), day)


def _refuse_beyond_needed(row: DayPack, by: int) -> None:
    """After it was put in, so that the same request again is refused as little as it was the first time."""
    needed, free = _needed(row.day)[row.lot_id], free_of([row.lot_id], row.day.shop_id)[row.lot_id]
    if free > needed:
        wanted = max(0, needed - (free - by))
        raise DayClosed(
            f"This day is closed: nobody can order what comes now. Its orders may need {wanted} more of this pack, for what was "
            f"lost or is short; {by} were to be put in. Nothing was changed.",
            where="by", found=by, expected=wanted, cure="Offer it on another day.",
        )  # fmt: skip


def free_of(lots: Sequence[UUID], shop: UUID) -> dict[UUID, int]:
    """Lot → packs that stand in the shop and are promised to nobody."""
    free = dict.fromkeys(lots, 0)
    for one in book.balances(lots=list(lots), holders=[shop], states=[State.AVAILABLE]):
        free[one.lot.id] += one.posted - one.held
    return free


def _open(
    shop: Shop, *, on: date, opens_at: datetime, cut_off_at: datetime, packs: Sequence[PackIn], slots: Sequence[SlotIn],
    riders: int, minimum_fen: int, packs_max: int | None, copied_from: ShopDay | None, content: UUID, actor: Actor,
    now: datetime, request_id: UUID,
) -> ShopDay:  # fmt: skip
    if ShopDay.objects.filter(shop=shop, on=on).exists():
        raise DayTwice(
            f"This shop offers something on {on} already; nothing was opened.",
            where="on", found=str(on), expected="a day without an offer", cure="Change the stock of that day.",
        )  # fmt: skip
    known = {one.id: one for one in ShopPack.objects.filter(shop=shop, ended_at=None)}
    _refuse_unusable(known, on=on, opens_at=opens_at, cut_off_at=cut_off_at, packs=packs, slots=slots, riders=riders,
                     packs_max=packs_max, now=now)  # fmt: skip
    day = ShopDay.objects.create(
        id=new_id(), shop=shop, on=on, opens_at=opens_at, cut_off_at=cut_off_at, minimum_fen=minimum_fen, riders=riders,
        packs_max=packs_max, copied_from=copied_from, made_at=now, request_id=request_id, content=content,
    )  # fmt: skip
    lots = {
        one.pack: ledger.open_lot(
            item=known[one.pack].item_id,
            owner=shop.pk,
            expires_on=None,
            label=f"{known[one.pack].name} {on:%Y-%m-%d}",
            now=now,
        )
        for one in packs
    }
    DayPack.objects.bulk_create(
        DayPack(id=new_id(), day=day, pack=known[one.pack], lot_id=lots[one.pack], price_fen=one.price_fen, per_order_max=one.per_order_max)
        for one in packs
    )  # fmt: skip
    DaySlot.objects.bulk_create(
        DaySlot(id=new_id(), day=day, from_at=one.from_at, until_at=one.until_at, packs_max=one.packs_max)
        for one in slots
    )
    lines = [_stock_line(shop.pk, lots[one.pack], one.stock) for one in packs if one.stock]
    if lines:
        ledger.post(
            lines=lines,
            actor=actor,
            reason=Reason.COUNT,
            document=None,
            request_id=derived_id("orders.day", request_id),
            now=now,
        )
    record(
        kind="orders.day.opened", actor=actor, now=now, subject=shop.pk,
        data={"day": str(day.id), "on": str(on), "packs": sum(one.stock for one in packs)},
    )  # fmt: skip
    return day


def _stock_line(shop: UUID, lot: UUID, by: int) -> ledger.BookLine:
    outside, here = AccountRef(shop, State.OUTSIDE), AccountRef(shop, State.AVAILABLE)
    return ledger.post_line(outside, here, lot, by) if by > 0 else ledger.post_line(here, outside, lot, -by)


def _refuse_unusable(
    known: dict[UUID, ShopPack], *, on: date, opens_at: datetime, cut_off_at: datetime, packs: Sequence[PackIn],
    slots: Sequence[SlotIn], riders: int, packs_max: int | None, now: datetime,
) -> None:  # fmt: skip
    problems = []
    if not 0 < len(packs) <= PACKS_MAX or len({one.pack for one in packs}) != len(packs):
        problems.append(f"packs: 1 to {PACKS_MAX}, each once")
    if any(one.pack not in known for one in packs):
        problems.append("packs: of this shop, and still sold")
    if any(not 0 <= one.stock <= STOCK_MAX or one.price_fen < 0 or not 0 < one.per_order_max <= 99 for one in packs):
        problems.append(f"stock: 0 to {STOCK_MAX}; price: from 0; to one household: 1 to 99")
    if not opens_at < cut_off_at or cut_off_at <= now or cut_off_at > now + DAY_AHEAD_MAX:
        problems.append("cut_off: after the opening, in the days to come")
    if not 0 < len(slots) <= SLOTS_MAX or any(one.until_at <= one.from_at or one.packs_max < 0 for one in slots):
        problems.append(f"slots: 1 to {SLOTS_MAX}, each ending after it begins")
    ends_on = timezone.localdate(max((one.until_at for one in slots), default=cut_off_at))
    if not timezone.localdate(cut_off_at) <= on <= ends_on:
        problems.append("on: from the day of the cut-off to the day of the last slot")
    if any(one.from_at < cut_off_at for one in slots):
        problems.append("slots: from the cut-off on")
    in_order = sorted(slots, key=lambda one: one.from_at)
    if any(later.from_at < earlier.until_at for earlier, later in pairwise(in_order)):
        problems.append("slots: one after the other")
    if not 0 <= riders <= RIDERS_MAX:
        problems.append(f"riders: 0 to {RIDERS_MAX}")
    if packs_max is not None and packs_max < 0:
        problems.append("packs_max: from 0")
    if problems:
        raise DayUnusable(
            f"The day cannot be opened so; nothing was written. Needed are {'; '.join(problems)}.",
            where=problems[0].split(":")[0], found=str(on), expected="; ".join(problems), cure="Correct what is named.",
        )  # fmt: skip
