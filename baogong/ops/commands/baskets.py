"""`baogong basket …`: group orders of a community, from the chain in the chat to each household's portion; their trucks."""

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
from baogong.ops.words import day, fen, item, moment, moment_if, pairs, parts, party, sure_id, whole

basket = typer.Typer(help="Baskets gathered in chat groups.", no_args_is_help=True)

SHOWN = sheet(
    "title state community_name office_name supplier_name organiser on closes_at licence driver plate truck_name ordered given "
    "is_beyond_tolerance document id",
    items="code name asked ordered loaded counted damaged given price_fen",
)
HOUSEHOLD = sheet(
    "building unit room name packs paid_fen refunded_fen owed_fen id", portions="code name asked given handed_at"
)
PAPER = sheet("number title state", signatures="name at")
MENU = ("code", "name", "item", "units", "price")
EXAMPLE_ID = "018f0000-0000-7000-8000-000000000001"
LINE_ID = "018f0000-0000-7000-8000-000000000002"
BasketId = Annotated[str, typer.Argument(metavar="BASKET", help="Its id, as `baogong basket list` shows it.")]
TruckId = Annotated[str, typer.Argument(metavar="TRUCK", help="Its id, as `baogong basket demand` shows it.")]
HouseholdId = Annotated[
    str, typer.Argument(metavar="HOUSEHOLD", help="Its id, as `baogong basket households` shows it.")
]


class What(StrEnum):
    """A list of a basket that goes into the group."""

    MENU = "menu"
    ORDERS = "orders"
    TOTAL = "total"
    ANSWERS = "answers"
    CUTS = "cuts"
    QUEUE = "queue"


def register(app: typer.Typer) -> None:
    app.add_typer(basket, name="basket")


@reads(
    basket,
    "list",
    rows("on community_name title state waiting households packs given truck_name id"),
    example="baogong basket list --on 2022-04-27",
)
def list_(
    look: Look,
    on: Annotated[str | None, typer.Option(metavar="DAY", help="Only those of this day.")] = None,
    office: Annotated[str | None, typer.Option(help="Only this committee's.")] = None,
) -> Any:
    """The newest day first."""
    from baogong.orders.queries import baskets

    found = baskets(offices=[party(office)] if office else None, on=day(on, "--on") if on else None)
    return [row.at(look.now) for row in found]


@reads(basket, "show", SHOWN, example=f"baogong basket show {EXAMPLE_ID}")
def show(look: Look, number: BasketId) -> Any:
    """Where it stands, and its packs line by line."""
    return _basket(sure_id(number, "basket"), look.now)


@reads(
    basket,
    "queue",
    rows("words where why suggestion name building unit room items id"),
    example=f"baogong basket queue {EXAMPLE_ID}",
)
def queue(look: Look, number: BasketId) -> Any:
    """What the reader was not sure of: each line with its words, the reason and a suggestion."""
    from baogong.orders.queries import lines_of

    return lines_of(sure_id(number, "basket"), states=["WAITING"])


@reads(
    basket,
    "households",
    rows("building unit room name packs paid_fen owed_fen is_handed id"),
    example=f"baogong basket households {EXAMPLE_ID}",
)
def households(look: Look, number: BasketId) -> Any:
    """Who gets what, in the order of their doors."""
    from baogong.orders.queries import households_of

    return households_of(sure_id(number, "basket"))


@reads(
    basket,
    "answers",
    rows("household.building household.unit household.room words missing items"),
    example=f"baogong basket answers {EXAMPLE_ID}",
)
def answers(look: Look, number: BasketId) -> Any:
    """Households that get less than they asked for, beside their own words."""
    from baogong.orders.queries import answers_of

    return answers_of(sure_id(number, "basket"), only_short=True)


@reads(basket, "cuts", rows("place name item asked gets whys"), example=f"baogong basket cuts {EXAMPLE_ID}")
def cuts(look: Look, number: BasketId) -> Any:
    """Of what a household gets fewer than it asked for, and why; before it is ordered, what the maximum will cut."""
    from baogong.orders.queries import basket as view_of
    from baogong.orders.queries import cuts_of

    return cuts_of(view_of(sure_id(number, "basket")))


@reads(
    basket,
    "lost",
    rows("title community_name building unit room name packs id"),
    example="baogong basket lost --office 滨江居委会",
)
def lost(look: Look, office: Annotated[str | None, typer.Option(help="Only this committee's.")] = None) -> Any:
    """Portions whose packs were lost on the way to their door."""
    from baogong.orders.queries import lost_portions

    return lost_portions([party(office)] if office else None)


@reads(basket, "chat", sheet("text"), example=f"baogong basket chat {EXAMPLE_ID} total")
def chat(look: Look, number: BasketId, what: Annotated[What, typer.Argument(help="Which list.")]) -> Any:
    """A list as a message for the group, which `baogong chain read` reads back exactly."""
    from baogong.orders.queries import basket as view_of
    from baogong.orders.queries import chat_of

    return {"text": chat_of(view_of(sure_id(number, "basket")).at(look.now), what)}


@reads(
    basket,
    "demand",
    sheet(
        "on",
        by_office="name baskets households total packs",
        by_supplier="name baskets households total packs",
        trucks="name plate supplier_name packs_max packs loaded over baskets loaded_at id",
    ),
    example="baogong basket demand 2022-04-27",
)
def demand(look: Look, on: Annotated[str, typer.Argument(metavar="DAY", help="2022-04-27.")]) -> Any:
    """A day's baskets summed by committee, supplier and truck."""
    from baogong.orders.queries import demand_on

    return demand_on(day(on, "DAY"))


@writes(
    basket,
    "draft",
    SHOWN,
    example="baogong basket draft 滨江苑 --office 滨江居委会 --supplier 朝阳菜篮子公司 --title 菜篮子 --organiser 云朵 --door 1--101 "
    "--on 2022-04-27 --closes '2022-04-26 18:00' --line code=A,name=蔬菜套餐,item=蔬菜包,price=60 --as wu",
)
def draft(
    desk: Desk,
    community: Annotated[str, typer.Argument(help="The community's name.")],
    office: Annotated[str, typer.Option(help="Its residents' committee.")],
    supplier: Annotated[str, typer.Option(help="Who delivers.")],
    title: Annotated[str, typer.Option(help="As the group calls it.")],
    organiser: Annotated[str, typer.Option(help="By the name the group knows.")],
    door: Annotated[
        str, typer.Option(metavar="BUILDING-UNIT-ROOM", help="Where the organiser lives: 1--101 without a unit.")
    ],
    on: Annotated[str, typer.Option(metavar="DAY", help="Of delivery.")],
    closes: Annotated[str, typer.Option(metavar="WHEN", help="Until when orders are taken.")],
    line: Annotated[
        list[str], typer.Option(metavar="PARTS", help=f"{', '.join(MENU)} as NAME=VALUE with commas; price in yuan.")
    ],
    packs_min: Annotated[int, typer.Option(min=0, help="Fewer in all are not ordered.")] = 0,
    household_max: Annotated[int, typer.Option(min=0, help="Packs of one item for one household.")] = 0,
    tolerance: Annotated[int, typer.Option(min=0, max=100, help="Per cent short that are usual.")] = 0,
) -> Any:
    """Begin a basket of a community for one day."""
    from baogong.orders.services import draft_basket

    def drafted() -> UUID:
        building, unit, room = _door(door)
        return draft_basket(
            office=party(office), community=party(community), supplier=party(supplier), title=title, organiser=organiser,
            building=building, unit=unit, room=room, on=day(on, "--on"), closes_at=moment(closes, desk.now, "--closes"),
            items=[_menu_line(text) for text in line], packs_min=packs_min, household_max=household_max,
            tolerance_permille=10 * tolerance, **desk.signed,
        )  # fmt: skip

    return _basket(desk.once_made(drafted), desk.now)


@writes(
    basket,
    "report",
    PAPER,
    example=f"baogong basket report {EXAMPLE_ID} --licence SP-1 --driver 赵师傅 --plate 沪A12345 --as wu",
)
def report(
    desk: Desk,
    number: BasketId,
    licence: Annotated[str, typer.Option(help="The supplier's.")],
    driver: Annotated[str, typer.Option(help="Who brings it.")],
    plate: Annotated[str, typer.Option(help="In what.")],
) -> Any:
    """Goods, licence and driver to the committee; it opens when a second person has signed the document."""
    from baogong.journal.queries import document
    from baogong.orders.services import report_basket

    about = sure_id(number, "basket")
    made = desk.once_made(
        lambda: report_basket(basket=about, licence=licence, driver=driver, plate=plate, **desk.signed)
    )
    return document(made)


@writes(
    basket,
    "paste",
    sheet("number group characters counts unaccounted id"),
    example=f"baogong basket paste {EXAMPLE_ID} chain.txt --group 一群 --as wu",
)
def paste(
    desk: Desk,
    number: BasketId,
    file: Annotated[Path, typer.Argument(help="The chain as text, or with --profile the exported table.")],
    group: Annotated[str, typer.Option(help="Which chat group; its newer chain takes the earlier one's place.")] = "",
    profile: Annotated[str | None, typer.Option(help="kuaituantuan or qunjielong.")] = None,
) -> Any:
    """Read a chain, or the orders another program exported, into the basket."""
    from baogong.engine.sheets.delimited import decode
    from baogong.engine.sheets.limits import Limits
    from baogong.orders.queries import pastes_of
    from baogong.orders.services import paste_chain, paste_table

    about = sure_id(number, "basket")
    cure = "Paste the chains of fewer groups."
    data = read_bytes(file, bytes_max=Limits().file_bytes, so="Nothing was pasted.", cure=cure)

    def pasted() -> UUID:
        said: dict[str, Any] = {"basket": about, "group": group, "file_name": file.name, **desk.signed}
        if profile is not None:
            return paste_table(data=data, profile=profile, **said)
        return paste_chain(text=decode(file.name, data), **said)

    made = desk.once_made(pasted)
    (view,) = [one for one in pastes_of(about) if one.id == made]
    return {
        "id": view.id, "number": view.number, "group": view.group, "characters": len(view.text), "counts": view.counts,
        "unaccounted": view.unaccounted, "is_late": view.is_late,
    }  # fmt: skip


@writes(
    basket,
    "settle",
    SHOWN,
    example=f"baogong basket settle {EXAMPLE_ID} {LINE_ID} --what COUNT --door 1-1-101 --packs A=2 --as wu",
)
def settle(
    desk: Desk,
    number: BasketId,
    lines: Annotated[list[str], typer.Argument(metavar="LINE", help="Ids, as `baogong basket queue` shows them.")],
    what: Annotated[str, typer.Option(help="COUNT, WITHDRAW or LEAVE_OUT.")],
    door: Annotated[str | None, typer.Option(metavar="BUILDING-UNIT-ROOM", help="Another door than was read.")] = None,
    packs: Annotated[list[str] | None, typer.Option(metavar="CODE=PACKS", help="Other packs than were read.")] = None,
    reason: Annotated[str, typer.Option(help="Needed for LEAVE_OUT.")] = "",
    sure: Annotated[bool, typer.Option("--sure", help="The door is right although the register has it not.")] = False,
    name: Annotated[
        str | None, typer.Option(help="By which the household is called, where it was read wrongly.")
    ] = None,
) -> Any:
    """A person's word on lines that wait."""
    from baogong.orders.services import Decision, settle_lines

    about = sure_id(number, "basket")

    def settled() -> None:
        building, unit, room = _door(door) if door is not None else (None, "", "")
        items = None if packs is None else tuple((code, _signed(text)) for code, text in pairs(packs, "--packs"))
        decision = Decision(what.upper(), building, unit, room, items, reason, sure, name)
        settle_lines(
            basket=about, lines=[sure_id(one, "line") for one in lines], decision=decision, actor=desk.actor, now=desk.now
        )  # fmt: skip

    desk.once(settled)
    return _basket(about, desk.now)


@writes(basket, "close", SHOWN, example=f"baogong basket close {EXAMPLE_ID} --as wu")
def close(desk: Desk, number: BasketId) -> Any:
    """Nothing is pasted any more; what waits can still be settled."""
    from baogong.orders.services import close_basket

    return _done(desk, number, close_basket)


@writes(basket, "order", SHOWN, example=f"baogong basket order {EXAMPLE_ID} --as wu")
def order(desk: Desk, number: BasketId) -> Any:
    """Sum the lines by household and item: the supplier's promise stands in the book."""
    from baogong.orders.services import order_basket

    return _done(desk, number, order_basket)


@writes(basket, "call-off", SHOWN, example=f"baogong basket call-off {EXAMPLE_ID} --why 供应商停产 --as wu")
def call_off(
    desk: Desk, number: BasketId, why: Annotated[str, typer.Option(help="As the households are told.")]
) -> Any:
    """Nothing comes of it; what was paid is owed back."""
    from baogong.orders.services import call_off_basket

    return _done(desk, number, call_off_basket, why=why)


@writes(
    basket,
    "arrive",
    SHOWN,
    example=f"baogong basket arrive {EXAMPLE_ID} --driver 赵师傅 --plate 沪A12345 --packs A=120 --damaged A=2 "
    "--signed-in '2022-04-27 08:10' --sprayed '2022-04-27 08:20' --as bao",
)
def arrive(
    desk: Desk,
    number: BasketId,
    driver: Annotated[str, typer.Option(help="Who came.")],
    plate: Annotated[str, typer.Option(help="In what.")],
    packs: Annotated[list[str], typer.Option(metavar="CODE=PACKS", help="Counted, the damaged among them.")],
    signed_in: Annotated[str, typer.Option(metavar="WHEN", help="At the gate.")] = "now",
    damaged: Annotated[list[str] | None, typer.Option(metavar="CODE=PACKS", help="Of these, no good.")] = None,
    sprayed: Annotated[str | None, typer.Option(metavar="WHEN", help="When its goods were disinfected.")] = None,
    why_other: Annotated[str, typer.Option(help="Why another driver or plate than reported came in.")] = "",
) -> Any:
    """A vehicle signed in, its goods counted and sprayed."""
    from baogong.orders.services import Counted, check_in

    about = sure_id(number, "basket")

    def came() -> UUID:
        spoilt = {code: whole(text, "--damaged") for code, text in pairs(damaged or (), "--damaged")}
        counted = [
            Counted(code, whole(text, "--packs"), spoilt.pop(code, 0)) for code, text in pairs(packs, "--packs")
        ] + [Counted(code, 0, count) for code, count in spoilt.items()]  # damaged of what nobody counted: refused
        return check_in(
            basket=about, driver=driver, plate=plate, signed_in_at=moment(signed_in, desk.now, "--signed-in"),
            sprayed_at=moment_if(sprayed, desk.now, "--sprayed"), counted=counted, why_other=why_other, **desk.signed,
        )  # fmt: skip

    desk.once_made(came)
    return _basket(about, desk.now)


@reads(
    basket,
    "arrivals",
    rows("plate driver signed_in_at packs counted_by sprayed_at sprayed_by id"),
    example=f"baogong basket arrivals {EXAMPLE_ID}",
)
def arrivals(look: Look, number: BasketId) -> Any:
    """The vehicles that came for it, and when their goods were sprayed."""
    from baogong.orders.queries import arrivals_of

    return arrivals_of(sure_id(number, "basket"))


@writes(
    basket, "sprayed", SHOWN, example=f"baogong basket sprayed {EXAMPLE_ID} {LINE_ID} --at '2022-04-27 08:40' --as bao"
)
def sprayed(
    desk: Desk,
    number: BasketId,
    arrival: Annotated[str, typer.Argument(metavar="ARRIVAL", help="Its id, as `baogong basket arrivals` shows it.")],
    at: Annotated[str, typer.Option(metavar="WHEN", help="When its goods were disinfected.")] = "now",
) -> Any:
    """What was checked in before it was sprayed: when it was. Only then it can be shared out."""
    from baogong.orders.services import note_spraying

    when = moment(at, desk.now, "--at")
    return _done(desk, number, note_spraying, arrival=sure_id(arrival, "arrival"), sprayed_at=when)


@writes(basket, "share", SHOWN, example=f"baogong basket share {EXAMPLE_ID} --as bao")
def share(desk: Desk, number: BasketId) -> Any:
    """Divide what came in whole packs; each portion is promised in the book."""
    from baogong.orders.services import share_out

    return _done(desk, number, share_out)


@writes(
    basket,
    "hand-over",
    SHOWN,
    example=f"baogong basket hand-over {EXAMPLE_ID} {LINE_ID} --witness 楼组长 --as bao",
)
def hand_over(
    desk: Desk,
    number: BasketId,
    chosen: Annotated[
        list[str], typer.Argument(metavar="HOUSEHOLD", help="Ids, as `baogong basket households` shows them.")
    ],
    witness: Annotated[str, typer.Option(help="Who saw it.")],
) -> Any:
    """These households have their portions."""
    from baogong.journal.services import EvidenceIn
    from baogong.orders import services

    evidence = [EvidenceIn("WITNESS", by_name=witness)]
    whose = [sure_id(one, "household") for one in chosen]
    return _done(desk, number, services.hand_over, households=whose, evidence=evidence)


@writes(basket, "bring-again", sheet("id parcel"), example=f"baogong basket bring-again {LINE_ID} --as bao")
def bring_again(
    desk: Desk, portion: Annotated[str, typer.Argument(metavar="PORTION", help="Its id, as `basket lost` shows it.")]
) -> Any:
    """Packs nobody was promised in place of lost ones; the same parcel is expected once more."""
    from baogong.delivery.services.placing import bring_again as again
    from baogong.delivery.sources import BASKETS
    from baogong.orders.queries import office_of_portion
    from baogong.orders.services.steps import HANDS

    about = sure_id(portion, "portion")
    desk.actor.require(*HANDS, at=office_of_portion(about))
    said: dict[str, Any] = {"claim": about, "room": BASKETS, **desk.signed}
    desk.once(lambda: again(**said))
    return {"id": about, "parcel": again(**said)}  # the service itself tells what it did


@writes(basket, "paid", HOUSEHOLD, example=f"baogong basket paid {EXAMPLE_ID} 85 --as bao")
def paid(desk: Desk, household: HouseholdId, yuan: Annotated[str, typer.Argument(help="So much, in yuan.")]) -> Any:
    """A household has paid its organiser: noted, not held."""
    from baogong.orders.services import note_payment

    return _noted(desk, household, yuan, note_payment)


@writes(basket, "refund", HOUSEHOLD, example=f"baogong basket refund {EXAMPLE_ID} 25 --as bao")
def refund(desk: Desk, household: HouseholdId, yuan: Annotated[str, typer.Argument(help="So much, in yuan.")]) -> Any:
    """The organiser has paid so much back, at most what is owed."""
    from baogong.orders.services import note_refund

    return _noted(desk, household, yuan, note_refund)


@writes(
    basket,
    "truck",
    rows("name plate supplier_name packs_max packs loaded over id"),
    example="baogong basket truck 朝阳菜篮子公司 一号车 --on 2022-04-27 --packs-max 700 --plate 沪A12345 --as lin",
)
def truck(
    desk: Desk,
    supplier: Annotated[str, typer.Argument(help="Whose it is.")],
    name: Annotated[str, typer.Argument(help="What it is called that day.")],
    on: Annotated[str, typer.Option(metavar="DAY", help="The day.")],
    packs_max: Annotated[int, typer.Option(min=1, help="So many packs go onto it.")],
    plate: Annotated[str, typer.Option(help="Its plate.")] = "",
) -> Any:
    """A vehicle of a supplier on one day."""
    from baogong.orders.queries import demand_on
    from baogong.orders.services import add_truck

    when = day(on, "--on")
    desk.once_made(
        lambda: add_truck(supplier=party(supplier), on=when, name=name, packs_max=packs_max, plate=plate, **desk.signed)
    )
    return {"items": demand_on(when).trucks}


@writes(basket, "put-on-truck", SHOWN, example=f"baogong basket put-on-truck {EXAMPLE_ID} {LINE_ID} --as lin")
def put_on(desk: Desk, number: BasketId, truck: TruckId) -> Any:
    """This truck brings the basket."""
    from baogong.orders.services import put_on_truck

    about, cart = sure_id(number, "basket"), sure_id(truck, "truck")
    desk.once(lambda: put_on_truck(basket=about, truck=cart, actor=desk.actor, now=desk.now))
    return _basket(about, desk.now)


@writes(basket, "load-truck", PAPER, example=f"baogong basket load-truck {LINE_ID} --as lin")
def load(desk: Desk, truck: TruckId) -> Any:
    """Say what goes onto it; where it is too small, a share of each household's packs."""
    from baogong.journal.queries import document
    from baogong.orders.services import load_truck

    cart = sure_id(truck, "truck")
    return document(desk.once_made(lambda: load_truck(truck=cart, **desk.signed)))


@writes(basket, "forget", SHOWN, example=f"baogong basket forget {EXAMPLE_ID} --as wu")
def forget(desk: Desk, number: BasketId) -> Any:
    """A finished basket's chats, and names and doors of its people, are erased."""
    from baogong.orders.services import forget_basket

    about = sure_id(number, "basket")
    desk.once(lambda: forget_basket(basket=about, actor=desk.actor, now=desk.now))
    return _basket(about, desk.now)


def _done(desk: Desk, number: str, service: Any, **asked: Any) -> Any:
    about = sure_id(number, "basket")
    desk.once(lambda: service(basket=about, **asked, **desk.signed))
    return _basket(about, desk.now)


def _noted(desk: Desk, household: str, yuan: str, note: Any) -> Any:
    from baogong.orders.queries import household as view_of

    about = sure_id(household, "household")
    desk.once(lambda: note(household=about, fen=fen(yuan, "YUAN"), **desk.signed))
    return view_of(about)


def _basket(about: UUID, now: datetime) -> Any:
    from baogong.orders.queries import basket as view_of

    return view_of(about).at(now)


def _menu_line(text: str) -> Any:
    from baogong.orders.services import ItemIn

    said = parts(text, MENU, "--line", needed=("code", "name", "item"))
    return ItemIn(
        said["code"], said["name"], item(said["item"]), whole(said.get("units", "1"), "--line", 1),
        fen(said.get("price", "0"), "--line"),
    )  # fmt: skip


def _door(text: str) -> tuple[str, str, str]:
    """1-2-301 or 1--301; a building alone is a house."""
    found = [part.strip() for part in text.split("-")]
    if not found[0] or len(found) > 3:
        raise UnusableInput(
            f"“{text}” is no door. Nothing was done.",
            where="--door",
            found=text,
            expected="1-2-301, 1--301 without a unit, 88 of a house",
            cure="Write building, unit and room with - between them.",
        )
    building, unit, room = (*found, "", "")[:3]
    return building, unit, room


def _signed(text: str) -> int:
    """Packs, below nothing for what is taken back."""
    return -whole(text[1:], "--packs") if text.startswith("-") else whole(text, "--packs")
