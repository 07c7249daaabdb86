"""`baogong shop …`: small merchants' pages, what they sell, their days, and the orders of a day from the telephone to the bag."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.json_file import read_bytes
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import day, fen, moment, only, pairs, parts, party, whole

shop = typer.Typer(help="Shops of a neighbourhood and their orders.", no_args_is_help=True)

SHOP = sheet("name code trade about office_name approved_why is_open has_photo lat lon id")
PACK = rows("name sort holds weight_g is_cold id")
DAY = sheet(
    "on opens_at cut_off_at minimum_fen riders riders_bring promises beyond_riders packs_max packs_taken left closed_at id",
    packs="pack.name price_fen stock left ordered per_order_max id",
    slots="from_at until_at packs_max packs_taken left riders_bring",
)
ORDER = sheet(
    "code shop_name community_name state from_at until_at packs short to_pay_fen at id",
    lines="name packs got state instead takes_place_of price_fen id",
)
LESSON = sheet("title teacher where from_at until_at called_off_at put_down attended id")
LESSON_ID = "018f0000-0000-7000-8000-000000000001"
OFFERED = ("pack", "price", "stock", "most")
Shop = Annotated[str, typer.Argument(metavar="SHOP", help="The merchant's name.")]
Day = Annotated[str, typer.Argument(metavar="DAY", help="2022-04-20.")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="The order's code, as it is read out.")]
Lesson = Annotated[str, typer.Argument(metavar="LESSON", help="Its id, as `baogong shop lessons` shows it.")]
Point = Annotated[float | None, typer.Option(help="Where it lies: degrees, WGS84.")]
When = "WHEN"


class Trade(StrEnum):
    FRESH = "FRESH"
    READY_MEALS = "READY_MEALS"
    RESTAURANT = "RESTAURANT"
    GROCERY = "GROCERY"


class Sort(StrEnum):
    VEGETABLES = "VEGETABLES"
    MEAL = "MEAL"
    FROZEN_MEAL = "FROZEN_MEAL"
    KIT = "KIT"
    GOODS = "GOODS"


def register(app: typer.Typer) -> None:
    app.add_typer(shop, name="shop")


@reads(shop, "list", rows("name code trade office_name is_approved approved_why id"), example="baogong shop list")
def list_(
    look: Look,
    office: Annotated[str | None, typer.Option(help="Only this district's.")] = None,
    approved: Annotated[bool, typer.Option("--approved", help="Only those it recommends.")] = False,
) -> Any:
    """In the order of their names."""
    from baogong.orders.queries.shops import shops

    return shops(office=party(office) if office else None, approved=True if approved else None)


@reads(shop, "show", DAY, example="baogong shop show 陈记生鲜 2022-04-20")
def show(look: Look, merchant: Shop, on: Day) -> Any:
    """One day of a shop: what there is, what is ordered, what its riders can bring."""
    return _day(merchant, on)


@reads(shop, "days", rows("on packs_taken closed_at id"), example="baogong shop days 陈记生鲜")
def days(look: Look, merchant: Shop) -> Any:
    """The latest first."""
    from baogong.orders.queries.shops import days_of

    names = ("id", "on", "packs_taken", "closed_at")
    return [dict(zip(names, row, strict=True)) for row in days_of(party(merchant))]


@reads(shop, "packs", PACK, example="baogong shop packs 陈记生鲜")
def packs(look: Look, merchant: Shop) -> Any:
    """What it sells."""
    from baogong.orders.queries.shops import packs_of

    return packs_of(party(merchant))


@reads(
    shop,
    "orders",
    rows("code from_at community_name state packs short to_pay_fen"),
    example="baogong shop orders 陈记生鲜 2022-04-20",
)
def orders(look: Look, merchant: Shop, on: Day) -> Any:
    """Slot by slot, in the order they came. No word of a person."""
    from baogong.orders.queries.shop_orders import orders_of

    return orders_of(_day(merchant, on).id)


@reads(shop, "find", ORDER, example="baogong shop find 7KQ2M9XA")
def find(look: Look, code: Code) -> Any:
    """One order, line by line."""
    from baogong.orders.queries.shop_orders import order_of_code

    return order_of_code(code)


@reads(shop, "lost", rows("code shop_name community_name name packs lost_at id"), example="baogong shop lost")
def lost(look: Look) -> Any:
    """Lines whose goods were lost on the way, the longest waiting first."""
    from baogong.orders.queries.shop_orders import lost_lines

    return lost_lines(None)


@writes(
    shop,
    "open",
    SHOP,
    example="baogong shop open 陈记生鲜 --office 宝山区商务委 --trade FRESH --brings-to 华灵小区 --about 蔬菜、肉蛋 --as chen",
)
def open_(
    desk: Desk,
    merchant: Shop,
    office: Annotated[str, typer.Option(help="Its district's office.")],
    trade: Annotated[Trade, typer.Option(help="What it is.")],
    brings_to: Annotated[list[str], typer.Option(help="A community it brings to; again for each.")],
    about: Annotated[str, typer.Option(help="As its page says.")] = "",
    lat: Point = None,
    lon: Point = None,
) -> Any:
    """A merchant's page."""
    from baogong.orders.queries.shops import shop as view_of
    from baogong.orders.services.shops import open_shop

    def opened() -> UUID:
        found = party(merchant)
        open_shop(
            merchant=found, office=party(office), trade=trade, about=about, communities=[party(one) for one in brings_to],
            lat=lat, lon=lon, **desk.signed,
        )  # fmt: skip
        return found

    return view_of(desk.once_made(opened))


@writes(
    shop,
    "change",
    SHOP,
    example="baogong shop change 陈记生鲜 --about 今日有鲜牛奶 --lat 31.2712 --lon 121.4262 --as chen",
)
def change(
    desk: Desk,
    merchant: Shop,
    trade: Annotated[Trade | None, typer.Option(help="What it is.")] = None,
    about: Annotated[str | None, typer.Option(help="As its page says.")] = None,
    brings_to: Annotated[
        list[str] | None, typer.Option(help="A community it brings to, instead of those so far; again for each.")
    ] = None,
    lat: Point = None,
    lon: Point = None,
) -> Any:
    """What its page says from now on; what is not named stays. Orders made before stand."""
    from baogong.orders.queries.shops import communities_of
    from baogong.orders.services.shops import change_shop

    before = _shop(party(merchant))

    def changed() -> None:
        served = [party(one) for one in brings_to] if brings_to else [one for one, _name in communities_of(before.id)]
        is_there = lat is None and lon is None
        change_shop(
            shop=before.id, trade=trade or before.trade, about=before.about if about is None else about, communities=served,
            lat=before.lat if is_there else lat, lon=before.lon if is_there else lon, actor=desk.actor, now=desk.now,
        )  # fmt: skip

    desk.once(changed)
    return _shop(before.id)


@writes(
    shop,
    "photo",
    sheet("of bytes"),
    example="baogong shop photo 陈记生鲜 shop.jpg --pack 蔬菜包 --as chen",
)
def photo(
    desk: Desk,
    merchant: Shop,
    file: Annotated[Path, typer.Argument(help="A JPEG, PNG or WebP picture.")],
    name: Annotated[str | None, typer.Option("--pack", help="Of which pack; else of the shop.")] = None,
) -> Any:
    """What the shop or one of its packs looks like; where and when it was taken is not kept."""
    from baogong.journal.media import PHOTO_BYTES_MAX
    from baogong.orders.queries.shops import photo as kept
    from baogong.orders.services.shops import keep_photo

    about = party(merchant)
    of = about if name is None else _pack(about, name)
    taken = read_bytes(file, bytes_max=PHOTO_BYTES_MAX, so="Nothing was kept.", cure="Take it smaller.")
    desk.once(lambda: keep_photo(shop=about, of=of, photo=taken, actor=desk.actor, now=desk.now))
    return {"of": of, "bytes": len(kept(of, shop=about) or b"")}


@writes(
    shop,
    "pack",
    PACK,
    example="baogong shop pack 陈记生鲜 蔬菜包 --sort VEGETABLES --weight-g 5000 --holds 青菜、土豆、番茄 --as chen",
)
def pack(
    desk: Desk,
    merchant: Shop,
    name: Annotated[str, typer.Argument(help="As its page says.")],
    sort: Annotated[Sort, typer.Option(help="What it is.")],
    weight_g: Annotated[int, typer.Option(min=1, help="Of one.")],
    holds: Annotated[str, typer.Option(help="What is in it.")] = "",
    cold: Annotated[bool, typer.Option("--cold", help="It is kept cold.")] = False,
) -> Any:
    """Something the shop sells as one piece."""
    from baogong.orders.queries.shops import packs_of
    from baogong.orders.services.shops import add_pack

    about = party(merchant)
    desk.once_made(
        lambda: add_pack(shop=about, name=name, sort=sort, holds=holds, weight_g=weight_g, is_cold=cold, **desk.signed)
    )
    return {"items": packs_of(about)}


@writes(shop, "end-pack", PACK, example="baogong shop end-pack 陈记生鲜 蔬菜包 --as chen")
def end(desk: Desk, merchant: Shop, name: Annotated[str, typer.Argument(help="Which pack.")]) -> Any:
    """It is offered on no further day."""
    from baogong.orders.queries.shops import packs_of
    from baogong.orders.services.shops import end_pack

    about = party(merchant)
    desk.once(lambda: end_pack(pack=_pack(about, name), actor=desk.actor, now=desk.now))
    return {"items": packs_of(about)}


@writes(
    shop,
    "day",
    DAY,
    example="baogong shop day 陈记生鲜 2022-04-20 --offer pack=蔬菜包,price=45,stock=40 --cut-off '2022-04-20 11:00' "
    "--slot '2022-04-20 12:00=2022-04-20 14:00' --riders 2 --as chen",
)
def open_day(
    desk: Desk,
    merchant: Shop,
    on: Day,
    offer: Annotated[
        list[str], typer.Option(metavar="PARTS", help=f"{', '.join(OFFERED)} as NAME=VALUE with commas; price in yuan.")
    ],
    cut_off: Annotated[str, typer.Option(metavar=When, help="Until when orders are taken.")],
    slot: Annotated[
        list[str],
        typer.Option(metavar="FROM=UNTIL[=PACKS]", help="When orders are brought, and how many packs; again for each."),
    ],
    riders: Annotated[int, typer.Option(min=0, help="So many bring them.")],
    opens: Annotated[str, typer.Option(metavar=When, help="From when orders are taken.")] = "now",
    minimum: Annotated[str, typer.Option(help="An order is worth so much at least, in yuan.")] = "0",
    packs_max: Annotated[int | None, typer.Option(min=0, help="So many packs in all.")] = None,
) -> Any:
    """A day's packs on the page; a slot that names no packs takes as many as the riders can bring."""
    from baogong.orders.services import shop_days

    about, when = party(merchant), day(on, "DAY")

    def opened() -> UUID:
        return shop_days.open_day(
            shop=about, on=when, opens_at=moment(opens, desk.now, "--opens"), cut_off_at=moment(cut_off, desk.now, "--cut-off"),
            packs=[_offered(about, text) for text in offer], slots=[_slot(text, riders, desk.now) for text in slot],
            riders=riders, minimum_fen=fen(minimum, "--minimum"), packs_max=packs_max, **desk.signed,
        )  # fmt: skip

    desk.once_made(opened)
    return _day(merchant, on)


@writes(shop, "copy-day", DAY, example="baogong shop copy-day 陈记生鲜 2022-04-21 --as chen")
def copy_day(desk: Desk, merchant: Shop, to: Day) -> Any:
    """The last day once more, on another."""
    from baogong.orders.services import shop_days

    about, when = party(merchant), day(to, "DAY")
    desk.once_made(lambda: shop_days.copy_day(shop=about, to=when, **desk.signed))
    return _day(merchant, to)


@writes(shop, "stock", DAY, example="baogong shop stock 陈记生鲜 2022-04-20 蔬菜包 --by 20 --why 又送来一车 --as chen")
def stock(
    desk: Desk,
    merchant: Shop,
    on: Day,
    name: Annotated[str, typer.Argument(help="Which pack.")],
    by: Annotated[int, typer.Option(help="More above nought, fewer below it.")],
    why: Annotated[str, typer.Option(help="Why.")],
) -> Any:
    """More came, or some are not there after all."""
    from baogong.orders.services import shop_days

    offered = {one.pack.name: one.id for one in _day(merchant, on).packs}
    about = _of(offered, name)
    desk.once(lambda: shop_days.change_stock(day_pack=about, by=by, why=why, **desk.signed))
    return _day(merchant, on)


@writes(shop, "cap", DAY, example="baogong shop cap 陈记生鲜 2022-04-20 96 --as chen")
def cap(
    desk: Desk,
    merchant: Shop,
    on: Day,
    packs_max: Annotated[
        int | None, typer.Argument(help="So many packs; without it as many as the slots allow.")
    ] = None,
) -> Any:
    """No more packs than the riders can bring."""
    from baogong.orders.services import shop_days

    about = _day(merchant, on).id
    desk.once(lambda: shop_days.cap_day(day=about, packs_max=packs_max, actor=desk.actor, now=desk.now))
    return _day(merchant, on)


@writes(shop, "riders", DAY, example="baogong shop riders 陈记生鲜 2022-04-20 1 --as chen")
def riders(desk: Desk, merchant: Shop, on: Day, count: Annotated[int, typer.Argument(min=0, help="So many.")]) -> Any:
    """So many bring it after all."""
    from baogong.orders.services import shop_days

    about = _day(merchant, on).id
    desk.once(lambda: shop_days.change_riders(day=about, riders=count, actor=desk.actor, now=desk.now))
    return _day(merchant, on)


@writes(shop, "close", DAY, example="baogong shop close 陈记生鲜 2022-04-20 --as chen")
def close(desk: Desk, merchant: Shop, on: Day) -> Any:
    """No further order; what nobody ordered is the merchant's to sell elsewhere."""
    from baogong.orders.services import shop_days

    about = _day(merchant, on).id
    desk.once(lambda: shop_days.close_day(day=about, **desk.signed))
    return _day(merchant, on)


@writes(
    shop,
    "order",
    ORDER,
    example="baogong shop order 陈记生鲜 2022-04-20 华灵小区 1号楼1单元101 --name 王 --phone 13900001234 --slot 12:00 "
    "--packs 蔬菜包=2 --instead 蔬菜包=肉蛋包 --as chen",
)
def order(
    desk: Desk,
    merchant: Shop,
    on: Day,
    community: Annotated[str, typer.Argument(help="The community's name.")],
    address: Annotated[str, typer.Argument(help="Building, unit and room.")],
    name: Annotated[str, typer.Option(help="Who ordered.")],
    phone: Annotated[str, typer.Option(help="Their telephone.")],
    slot: Annotated[str, typer.Option(metavar="HH:MM", help="The slot that begins then.")],
    packs: Annotated[list[str], typer.Option(metavar="PACK=COUNT", help="What.")],
    instead: Annotated[
        list[str] | None, typer.Option(metavar="PACK=PACK", help="What is taken where it is short.")
    ] = None,
    sure: Annotated[bool, typer.Option("--sure", help="The door is right although the register has it not.")] = False,
) -> Any:
    """Typed for a caller by the merchant or the district's clerk. All packs or none."""
    from django.utils import timezone

    from baogong.orders.queries.shop_orders import order as view_of
    from baogong.orders.services.shop_orders import Orderer, Wanted, place_order
    from baogong.orders.services.shops import require_keeper

    view = _day(merchant, on)

    def placed() -> UUID:
        require_keeper(desk.actor, view.shop, _shop(view.shop).office)
        offered = {one.pack.name: one.id for one in view.packs}
        starts = {f"{timezone.localtime(one.from_at):%H:%M}": one.id for one in view.slots}
        agreed = {what: _of(offered, other) for what, other in pairs(instead or (), "--instead")}
        wanted = [
            Wanted(_of(offered, what), whole(count, "--packs", 1), agreed.get(what))
            for what, count in pairs(packs, "--packs")
        ]
        place_order(
            order=desk.request_id, day=view.id, slot=_of(starts, slot, "slot"), community=party(community), wanted=wanted,
            orderer=Orderer(name, phone, address), is_sure=sure, actor=desk.actor, now=desk.now,
        )  # fmt: skip
        return desk.request_id

    return view_of(desk.once_made(placed))


@writes(shop, "cancel", ORDER, example="baogong shop cancel 7KQ2M9XA --last-four 1234 --as chen")
def cancel(
    desk: Desk,
    code: Code,
    last_four: Annotated[str, typer.Option(help="Of the telephone it was ordered with, as whoever rings tells them.")],
) -> Any:
    """Given up by telephone, before the cut-off; its packs are free again."""
    from baogong.kernel.clock import SystemClock
    from baogong.orders.queries.shop_orders import order_of_code
    from baogong.orders.services.shop_orders import cancel_order, check_caller
    from baogong.orders.services.shops import require_keeper

    found = order_of_code(code)
    require_keeper(desk.actor, found.shop, _shop(found.shop).office)
    check_caller(order=found.id, last_four=last_four, paced_at=SystemClock().now())

    def cancelled() -> None:
        cancel_order(order=found.id, actor=desk.actor, now=desk.now)

    desk.once(cancelled)
    return order_of_code(code)


@writes(shop, "pick", ORDER, example="baogong shop pick 7KQ2M9XA --got 蔬菜包=1 --as chen")
def pick(
    desk: Desk,
    code: Code,
    got: Annotated[list[str] | None, typer.Option(metavar="PACK=COUNT", help="Only so many were there.")] = None,
) -> Any:
    """Packed; what is short is replaced as its orderer agreed."""
    from baogong.orders.queries.shop_orders import order_of_code
    from baogong.orders.services.shop_picking import pick_order

    found = order_of_code(code)
    lines = {one.name: one.id for one in found.lines}

    def picked() -> None:
        there = {_of(lines, what): whole(count, "--got") for what, count in pairs(got or (), "--got")}
        pick_order(order=found.id, got=there, **desk.signed)

    desk.once(picked)
    return order_of_code(code)


@reads(
    shop,
    "late",
    rows("order.code order.community_name order.from_at order.until_at order.packs has_passed"),
    example="baogong shop late 陈记生鲜 2022-04-20",
)
def late(look: Look, merchant: Shop, on: Day) -> Any:
    """Orders that miss their time and whose orderers were not told so."""
    from baogong.orders.queries.shop_orders import late_orders, orders_of

    view = _day(merchant, on)
    return late_orders(view, orders_of(view.id), look.now)


@writes(
    shop,
    "tell-late",
    rows("code state until_at told_until_at told_why"),
    example="baogong shop tell-late 陈记生鲜 2022-04-20 7KQ2M9XA --by '2022-04-20 16:00' --why 骑手不够 --as chen",
)
def tell_late(
    desk: Desk,
    merchant: Shop,
    on: Day,
    codes: Annotated[list[str], typer.Argument(metavar="CODE", help="Orders, as `baogong shop late` shows them.")],
    by: Annotated[str, typer.Option(metavar=When, help="By when it comes after all.")],
    why: Annotated[str, typer.Option(help="They read it on their order's page.")],
) -> Any:
    """Who ordered reads why it is late, and by when it comes."""
    from baogong.orders.queries.shop_orders import order_of_code
    from baogong.orders.services.shop_orders import tell_orders_late

    view = _day(merchant, on)
    found = [order_of_code(code).id for code in codes]
    desk.once(
        lambda: tell_orders_late(
            day=view.id, orders=found, until_at=moment(by, desk.now, "--by"), why=why, actor=desk.actor, now=desk.now
        )
    )
    return {"items": [order_of_code(code) for code in codes]}


@writes(shop, "hand-over", ORDER, example="baogong shop hand-over 7KQ2M9XA --signed-by 王 --as chen")
def hand_over(
    desk: Desk, code: Code, signed_by: Annotated[str, typer.Option(help="Who took it at the counter.")]
) -> Any:
    """At the shop's own counter or by its own hand; what travels as a parcel is handed over by its courier."""
    from baogong.journal.services import EvidenceIn
    from baogong.orders.queries.shop_orders import order_of_code
    from baogong.orders.services.shop_picking import hand_over_order

    found = order_of_code(code)
    evidence = [EvidenceIn("SIGNATURE", by_name=signed_by), EvidenceIn("CODE", text=found.code)]
    desk.once(lambda: hand_over_order(order=found.id, evidence=evidence, **desk.signed))
    return order_of_code(code)


@writes(
    shop,
    "bring-again",
    sheet("id parcel"),
    example="baogong shop bring-again 018f0000-0000-7000-8000-000000000001 --as wu",
)
def bring_again(
    desk: Desk, line: Annotated[str, typer.Argument(metavar="LINE", help="Its id, as `baogong shop lost` shows it.")]
) -> Any:
    """Other packs of the same day in place of lost ones; the same parcel is expected once more."""
    from baogong.delivery.services.placing import bring_again as again
    from baogong.delivery.sources import ORDERS
    from baogong.ops.words import sure_id
    from baogong.orders.queries.shop_orders import shop_of_line
    from baogong.orders.services.shops import require_keeper

    about = sure_id(line, "line")
    require_keeper(desk.actor, *shop_of_line(about))
    said: dict[str, Any] = {"claim": about, "room": ORDERS, **desk.signed}
    desk.once(lambda: again(**said))
    return {"id": about, "parcel": again(**said)}  # the service itself tells what it did


@writes(shop, "word", SHOP, example="baogong shop word 陈记生鲜 --approved --why 看过执照 --as wu")
def word(
    desk: Desk,
    merchant: Shop,
    approved: Annotated[bool, typer.Option("--approved/--no-more", help="Whether the district recommends it.")],
    why: Annotated[str, typer.Option(help="As the public list says.")],
) -> Any:
    """The district's word on a shop."""
    from baogong.orders.services.shops import say_approved

    about = party(merchant)
    desk.once(lambda: say_approved(shop=about, is_approved=approved, why=why, **desk.signed))
    return _shop(about)


@writes(shop, "forget", rows("name code office_name id"), example="baogong shop forget 宝山区商务委 --as admin")
def forget(desk: Desk, office: Annotated[str, typer.Argument(help="The district's office.")]) -> Any:
    """Telephones, names and addresses of all who ordered in the district are erased; its shops stay."""
    from baogong.orders.queries.shops import shops
    from baogong.orders.services.shop_orders import forget_orderers

    about = party(office)
    desk.once(lambda: forget_orderers(office=about, actor=desk.actor, now=desk.now))
    return {"items": shops(office=about)}


@reads(
    shop,
    "lessons",
    rows("title teacher where from_at until_at called_off_at put_down attended id"),
    example="baogong shop lessons 宝山区商务委",
)
def lessons(look: Look, office: Annotated[str, typer.Argument(help="The district's office.")]) -> Any:
    """Live lessons for merchants, the next first; those of the last fortnight too."""
    from baogong.orders.queries.lessons import lessons as lessons_of

    return lessons_of(party(office), look.now)


@writes(
    shop,
    "announce-lesson",
    LESSON,
    example="baogong shop announce-lesson 宝山区商务委 开店第一课 --teacher 林老师 --where 直播间8 "
    "--from '2022-04-21 19:00' --until '2022-04-21 20:00' --as wu",
)
def announce(
    desk: Desk,
    office: Annotated[str, typer.Argument(help="The district's office.")],
    title: Annotated[str, typer.Argument(help="What is taught.")],
    teacher: Annotated[str, typer.Option(help="By whom.")],
    where: Annotated[str, typer.Option(help="The address of the broadcast, or the room.")],
    from_: Annotated[str, typer.Option("--from", metavar=When, help="When it begins.")],
    until: Annotated[str, typer.Option(metavar=When, help="When it ends.")],
) -> Any:
    """A lesson stands in the calendar of every shop of the district."""
    from baogong.orders.services.lessons import announce_lesson

    about = party(office)
    made = desk.once_made(
        lambda: announce_lesson(
            office=about, title=title, teacher=teacher, where=where, from_at=moment(from_, desk.now, "--from"),
            until_at=moment(until, desk.now, "--until"), **desk.signed,
        )
    )  # fmt: skip
    return _lesson(made, desk.now)


@writes(shop, "attend", LESSON, example=f"baogong shop attend {LESSON_ID} 陈记生鲜 大华面点 --as wu")
def attend(
    desk: Desk,
    lesson: Lesson,
    merchants: Annotated[list[str], typer.Argument(metavar="SHOP", help="Who was there; the others were not.")],
) -> Any:
    """Attendance of a lesson that has begun; taken again, the later list counts."""
    from baogong.ops.words import sure_id
    from baogong.orders.services.lessons import take_attendance

    about, there = sure_id(lesson, "lesson"), [party(name) for name in merchants]
    desk.once(lambda: take_attendance(lesson=about, shops=there, actor=desk.actor, now=desk.now))
    return _lesson(about, desk.now)


@writes(shop, "come", LESSON, example=f"baogong shop come {LESSON_ID} 陈记生鲜 --as chen")
def come(
    desk: Desk,
    lesson: Lesson,
    merchant: Shop,
    no: Annotated[bool, typer.Option("--not", help="It cannot come.")] = False,
) -> Any:
    """The shop's name is put down for a lesson to come, or taken off again."""
    from baogong.ops.words import sure_id
    from baogong.orders.services.lessons import put_down

    about, its = sure_id(lesson, "lesson"), party(merchant)
    desk.once(lambda: put_down(lesson=about, shop=its, comes=not no, actor=desk.actor, now=desk.now))
    return _lesson(about, desk.now)


@writes(shop, "call-off-lesson", LESSON, example=f"baogong shop call-off-lesson {LESSON_ID} --as wu")
def call_off(desk: Desk, lesson: Lesson) -> Any:
    """It does not take place; calendars that read it say so."""
    from baogong.ops.words import sure_id
    from baogong.orders.services.lessons import call_off_lesson

    about = sure_id(lesson, "lesson")
    desk.once(lambda: call_off_lesson(lesson=about, actor=desk.actor, now=desk.now))
    return _lesson(about, desk.now)


def _lesson(about: UUID, now: datetime) -> Any:
    from baogong.orders.queries.lessons import lessons, office_of

    office = office_of(about)
    return next((one for one in lessons(office, now) if one.id == about), None) if office else None


def _shop(about: UUID) -> Any:
    from baogong.orders.queries.shops import shop as view_of

    return view_of(about)


def _day(merchant: str, on: str) -> Any:
    from baogong.orders.queries.shops import day_on

    return day_on(party(merchant), day(on, "DAY"))


def _pack(about: UUID, name: str) -> UUID:
    from baogong.orders.queries.shops import packs_of

    return _of({one.name: one.id for one in packs_of(about)}, name)


def _of(known: dict[str, UUID], name: str, what: str = "pack") -> UUID:
    """By what people call it. Raises NotFound."""
    return only({each: found for each, found in known.items() if each == name.strip()}, what, name)


def _offered(about: UUID, text: str) -> Any:
    from baogong.orders.services.shop_days import PackIn

    said = parts(text, OFFERED, "--offer", needed=("pack", "price", "stock"))
    return PackIn(
        _pack(about, said["pack"]), fen(said["price"], "--offer"), whole(said["stock"], "--offer"),
        whole(said.get("most", "5"), "--offer", 1),
    )  # fmt: skip


def _slot(text: str, riders: int, now: datetime) -> Any:
    from baogong.engine.rounds.riders import packs_in_slot
    from baogong.orders.services.shop_days import SlotIn

    ((first, rest),) = pairs([text], "--slot")
    last, _sign, packs = rest.partition("=")
    start, end = moment(first, now, "--slot"), moment(last, now, "--slot")
    if end <= start:
        raise UnusableInput(
            f"“{text}” ends before it begins. Nothing was done.",
            where="--slot",
            found=text,
            expected="FROM=UNTIL or FROM=UNTIL=PACKS",
        )
    bring = packs_in_slot(riders, int((end - start).total_seconds()))
    return SlotIn(start, end, whole(packs, "--slot") if packs else bring)
