"""`baogong parcel …`: what stands at a station, one parcel's way, rounds, carts' trips, what is received, ways of working."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import moment, party, party_if

parcel = typer.Typer(help="Parcels: the last 100 metres.", no_args_is_help=True)

Station = Annotated[str, typer.Argument(help="The station's name.")]


def register(app: typer.Typer) -> None:
    app.add_typer(parcel, name="parcel")


@reads(
    parcel,
    "list",
    rows("code category community_name address state holder_name attempts moved_at waybill"),
    example="baogong parcel list 酒仙桥内站 --state AT_STATION",
)
def list_(
    look: Look,
    station: Station,
    state: Annotated[str | None, typer.Option(help="EXPECTED, AT_STATION, WITH_COURIER, ON_SHELF …")] = None,
) -> Any:
    """A station's parcels, in the order they were written down."""
    from baogong.delivery.queries import parcels

    return parcels(station=party(station), states=[state.upper()] if state else None)


@reads(
    parcel,
    "board",
    sheet("by_state failed in_person", zones="road_zone_name parcels cold weight_g unplanned"),
    example="baogong parcel board 酒仙桥内站",
)
def board_(look: Look, station: Station) -> Any:
    """What stands there, by road zone."""
    from baogong.delivery.queries import board

    return board(party(station))


@reads(
    parcel,
    "find",
    sheet(
        "parcel.code parcel.state parcel.holder_name parcel.community_name parcel.address parcel.waybill",
        acts="at_device kind why mode from_name to_name by_name note",
    ),
    example="baogong parcel find SF1234567890",
)
def find(look: Look, scan: Annotated[str, typer.Argument(help="Its code, or another carrier's number.")]) -> Any:
    """One parcel, and every hand it went through."""
    from baogong.delivery.queries import acts_of
    from baogong.delivery.queries import parcel as named

    view = named(scan)
    return {"parcel": view, "acts": acts_of(view.id)}


@reads(
    parcel,
    "shift",
    rows("name courier_name leaves_at back_at parcels_count open_count weight_g state reason_en"),
    example="baogong parcel shift 酒仙桥内站 --since '2022-04-13 06:00'",
)
def shift(
    look: Look,
    station: Station,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="From when.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Until when.")] = None,
) -> Any:
    """The rounds given out from a station."""
    from baogong.delivery.queries import rounds
    from baogong.kernel.windows import Window

    window = Window(
        moment(since, look.now, "--since") if since else None, moment(until, look.now, "--until") if until else None
    )
    return rounds(station=party(station), window=window)


@writes(
    parcel,
    "expect",
    sheet("code waybill category community_name address station state id"),
    example="baogong parcel expect 高家园小区 5 --unit 2 --room 301 --waybill SF1234567890 --as fang",
)
def expect(
    desk: Desk,
    community: Annotated[str, typer.Argument(help="The community's name.")],
    building: Annotated[str, typer.Argument(help="The building's number, as written.")],
    unit: Annotated[str, typer.Option(help="Its unit.")] = "",
    room: Annotated[str, typer.Option(help="The room's number.")] = "",
    new_room: Annotated[bool, typer.Option("--new-room", help="It is none of the rooms that are listed.")] = False,
    waybill: Annotated[str, typer.Option(help="Another carrier's number.")] = "",
    category: Annotated[str, typer.Option(help="The code of its kind.")] = "parcel",
    station: Annotated[str | None, typer.Option(help="Where it comes in; else the first stop on its way.")] = None,
    sender: Annotated[str | None, typer.Option(help="Who sends it.")] = None,
) -> Any:
    """One parcel to expect; whole lists come in with `baogong import manifest`."""
    from baogong.delivery.queries import parcels
    from baogong.delivery.services.expecting import expect_one

    def expected() -> UUID:
        return expect_one(
            community=party(community),
            building=building,
            unit=unit,
            room=room,
            room_is_new=new_room,
            waybill=waybill,
            category=category,
            station=party_if(station),
            sender=party_if(sender),
            **desk.signed,
        )

    (view,) = parcels(ids=[desk.once_made(expected)])
    return view


@writes(
    parcel,
    "receive",
    sheet("parcels known unknown others"),
    example="baogong parcel receive 酒仙桥内站 SF1234567890 SF1234567891 --as bao",
)
def receive(
    desk: Desk, station: Station, scans: Annotated[list[str], typer.Argument(help="Codes or waybill numbers.")]
) -> Any:
    """Parcels have come: they enter the book, each promised to its household's community."""
    from baogong.delivery.services import stations

    place = party(station)
    return desk.once_told(
        lambda: stations.receive(
            station=place, scans=scans, actor=desk.actor, now=desk.now, request_id=desk.request_id
        ),
    )


@writes(
    parcel,
    "hand-out",
    sheet("parcels known unknown others"),
    example="baogong parcel hand-out 酒仙桥内站 SF1234567890 --proxy 王邻居 --last-four 123X --as bao",
)
def hand_out(
    desk: Desk,
    station: Station,
    scans: Annotated[list[str], typer.Argument(help="Codes or waybill numbers.")],
    mode: Annotated[str, typer.Option(help="WITNESSED (you see it taken), or CONTACTLESS.")] = "WITNESSED",
    proxy: Annotated[str, typer.Option(help="Who comes for another household.")] = "",
    last_four: Annotated[str, typer.Option(help="The last four of the proxy's own document.")] = "",
) -> Any:
    """Over the counter to who has come for them, where the household's people may move freely."""
    from baogong.delivery.services import counter

    place = party(station)
    return desk.once_told(
        lambda: counter.hand_out(
            station=place,
            scans=scans,
            mode=mode.upper(),
            proxy_name=proxy,
            proxy_last_four=last_four,
            actor=desk.actor,
            now=desk.now,
            request_id=desk.request_id,
        ),
    )


@writes(
    parcel,
    "hand-out-undo",
    sheet("parcels known unknown others"),
    example="baogong parcel hand-out-undo 酒仙桥内站 SF1234567890 --words 拿错了一件 --as bao",
)
def hand_out_undo(
    desk: Desk,
    station: Station,
    scans: Annotated[list[str], typer.Argument(help="Codes or waybill numbers.")],
    words: Annotated[str, typer.Option(help="What happened.")],
) -> Any:
    """Handed over the counter by mistake, within ten minutes: at the station again, promised as before."""
    from baogong.delivery.services import counter

    return _ended(desk, counter.take_back, station, scans, words)


@reads(
    parcel,
    "sealed",
    rows("code category community_name address shelf_name moved_at"),
    example="baogong parcel sealed 酒仙桥内站",
)
def sealed(look: Look, station: Station) -> Any:
    """What lies on shelves of houses that are sealed since: nobody may come down for it."""
    from baogong.delivery.queries import sealed_on_shelves

    return sealed_on_shelves(look.now, station=party(station))


@writes(
    parcel,
    "bring-up",
    sheet("parcels known unknown others"),
    example="baogong parcel bring-up 酒仙桥内站 SF1234567890 --as bao",
)
def bring_up(
    desk: Desk, station: Station, scans: Annotated[list[str], typer.Argument(help="Codes or waybill numbers.")]
) -> Any:
    """From shelves of sealed houses up to the doors, by the next rounds."""
    from baogong.delivery.services import sealing

    place = party(station)
    return desk.once_told(
        lambda: sealing.bring_up(
            station=place, scans=scans, actor=desk.actor, now=desk.now, request_id=desk.request_id
        ),
    )


@writes(
    parcel,
    "lost",
    sheet("parcels known unknown others"),
    example="baogong parcel lost 酒仙桥内站 SF1234567890 --words 车上没有 --as bao",
)
def lost(
    desk: Desk,
    station: Station,
    scans: Annotated[list[str], typer.Argument(help="Codes or waybill numbers.")],
    words: Annotated[str, typer.Option(help="What happened, and who has seen them last.")],
) -> Any:
    """Nobody finds them any more: written off under a loss report, at the charge of whoever had them."""
    from baogong.delivery.services import endings

    return _ended(desk, endings.report_lost, station, scans, words)


@writes(
    parcel,
    "found",
    sheet("parcels known unknown others"),
    example="baogong parcel found 酒仙桥内站 SF1234567890 --words 在三轮座下 --as bao",
)
def found(
    desk: Desk,
    station: Station,
    scans: Annotated[list[str], typer.Argument(help="Codes or waybill numbers.")],
    words: Annotated[str, typer.Option(help="Where they were, and who found them.")],
) -> Any:
    """Reported lost and there after all: at the station again, promised as before; the report stays, corrected."""
    from baogong.delivery.services import endings

    return _ended(desk, endings.find_again, station, scans, words)


def _ended(desk: Desk, service: Callable[..., Any], station: str, scans: list[str], words: str) -> Any:
    place = party(station)
    return desk.once_told(
        lambda: service(
            station=place, scans=scans, words=words, actor=desk.actor, now=desk.now, request_id=desk.request_id
        ),
    )


@writes(
    parcel,
    "trips",
    sheet(
        "digest",
        trips="cart_name road_zone_name target_name gate_name leaves_at arrives_at pieces weight_g reason_en",
        left="parcel reason_en",
        written="name cart_name road_zone_name target_name gate_name leaves_at arrives_at",
    ),
    example="baogong parcel trips 酒仙桥外站 --cart '三轮 1=200000/40' --from '2022-04-13 08:00' --until '2022-04-13 17:00' "
    "--as fang",
)
def trips_(
    desk: Desk,
    station: Station,
    cart: Annotated[list[str], typer.Option(metavar="NAME=GRAMS/PIECES", help="What it carries; may be given again.")],
    since: Annotated[str, typer.Option("--from", metavar="WHEN", help="Carts are there from then on.")],
    until: Annotated[str, typer.Option(metavar="WHEN", help="The last cart is back by then.")],
    accept: Annotated[
        str, typer.Option(metavar="DIGEST", help="Write the trips that were shown with this digest.")
    ] = "",
) -> Any:
    """Carts' trips for what stands there, one road zone each. Without --accept they are only shown."""
    from baogong.delivery.queries import shuttles
    from baogong.delivery.services import trips

    asked: dict[str, Any] = {
        "origin": party(station),
        "carts": [_cart(each) for each in cart],
        "from_at": moment(since, desk.now, "--from"),
        "until_at": moment(until, desk.now, "--until"),
        "actor": desk.actor,
        "now": desk.now,
    }
    if not accept:
        shown = trips.propose_trips(**asked)
        return {"digest": shown.digest, "trips": shown.trips, "left": shown.left, "written": ()}

    def accepted() -> tuple[UUID, ...]:
        return trips.accept_trips(**asked, digest=accept, request_id=desk.request_id)

    desk.once(accepted)
    return {"digest": accept, "trips": (), "left": (), "written": shuttles(ids=accepted())}


def _cart(text: str) -> Any:
    from baogong.delivery.services.trips import CartGiven

    name, _, carries = text.rpartition("=")
    weight, _, pieces = carries.partition("/")
    if not name or not weight.isdecimal() or not pieces.isdecimal():
        raise UnusableInput(
            f"“{text}” does not say which cart carries how much. Nothing was planned.",
            where="--cart",
            found=text,
            expected="NAME=GRAMS/PIECES",
            cure="Write for example '三轮 1=200000/40'.",
        )
    return CartGiven(party(name), int(weight), int(pieces))
