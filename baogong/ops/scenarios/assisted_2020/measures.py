"""What must hold, each read from the book and from what the rooms keep as facts, never from a plan's output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.journal.queries import evidence_of
from baogong.ledger import queries as book
from baogong.ledger.states import Reason
from baogong.ops.scenarios.assisted_2020.booking import callers
from baogong.ops.scenarios.assisted_2020.cast import (
    AREA_STATION,
    AREA_TEAM,
    CALLERS_PER_CLERK,
    COMPOUNDS,
    FIRST,
    TOWN,
    at,
    call_of,
    of_reach,
)
from baogong.ops.scenarios.last_mile.people import names_in
from baogong.ops.scenarios.stage import Stage
from baogong.release import offers
from baogong.release import queries as release_
from baogong.release.offers import ClaimView
from baogong.supply import queries as supply_

ALL = 1_000_000
GOT = ("ADMITTED", "ACCEPTED", "UNDERWAY", "HANDED_OVER", "LOST")


# Booked online and on the telephone


def _claims(stage: Stage) -> tuple[ClaimView, ...]:
    """Everybody who was ever admitted."""
    rows = [one.id for one in release_.rights(stage.ids["release"])]
    return tuple(view for at_ in range(0, len(rows), 500) for view in offers.claims(rows[at_ : at_ + 500]))


def _called(stage: Stage) -> list[ClaimView]:
    lines = {call_of(stage, line) for line in range(len(callers(stage)))}
    return [one for one in _claims(stage) if one.id in lines and one.state in GOT]


def callers_served(stage: Stage) -> int:
    """Callers to whom something was promised and not given up."""
    return len(_called(stage))


def callers_not_in_the_report(stage: Stage) -> int:
    """Served on the telephone, and in no clerk's line of the office's report."""
    told = offers.by_clerk(release=stage.ids["release"])
    return len(_called(stage)) - sum(one.admitted for one in told if one.channel == "PHONE")


def typed_over_cap(stage: Stage) -> int:
    """People a clerk typed beyond what the announced rule lets one clerk type."""
    told = Counter[UUID]()
    for one in offers.by_clerk(release=stage.ids["release"]):
        told[one.clerk] += one.claims - one.refused
    return sum(max(0, count - CALLERS_PER_CLERK) for count in told.values())


def units_over_stock(stage: Stage) -> int:
    """Promised out of the offer and not given up again, above what the release put out."""
    views = release_.tranches(stage.ids["release"])
    put_out = sum(one.units for one in views)
    holder = release_.release(stage.ids["release"]).holder
    made = [
        move.id
        for move in book.movements(holders=[holder], limit=ALL)
        if move.tense == "HELD" and move.source.holder == holder and move.at < at(FIRST, "00:00")
    ]
    return max(0, sum(fate.amount - fate.given_up for fate in book.hold_fates(made).values()) - put_out)


def sub_districts_online(stage: Stage) -> int:
    """Sub-districts from which somebody booked online and got something."""
    rows = release_.rights(stage.ids["release"])
    return len({one.region for one in rows if one.channel == "WEB" and one.state in GOT})


def delivery_fen_an_order(stage: Stage) -> int:
    """What residents pay for delivery of an order that was handed over; the market asks 800."""
    settled = release_.settlement(stage.ids["release"])
    fen = sum(one.fen for one in settled if (one.part, one.bearer) == ("DELIVERY", "RESIDENT"))
    return round(fen / max(1, sum(one.state == "HANDED_OVER" for one in _claims(stage))))


# In person


def not_in_person(_stage: Stage) -> int:
    return sum(hand.mode == "CONTACTLESS" for hand in delivery_.hands(["HANDED_OVER"]))


def on_a_shelf(_stage: Stage) -> int:
    return len(delivery_.hands(["ON_SHELF"]))


def out_and_not_visited_again(_stage: Stage) -> int:
    """Parcels whose household was out once, and to which no courier came a second time."""
    tried = Counter(hand.parcel for hand in delivery_.hands(["FAILED"]))
    given = {hand.parcel for hand in delivery_.hands(["HANDED_OVER"])}
    return sum(times < 2 and parcel not in given for parcel, times in tried.items())


def _at_the_desk(stage: Stage) -> dict[UUID, list[tuple[str, str, str]]]:
    """Movement that handed over at the desk → what was shown: kind, text, who signed. Couriers see, and take no signature."""
    holder = release_.release(stage.ids["release"]).holder
    moves = [
        move.id
        for move in book.movements(holders=[holder], reasons=[Reason.HANDOVER], limit=ALL)
        if move.tense == "POSTED" and move.source.holder == holder
    ]
    shown: dict[UUID, list[tuple[str, str, str]]] = {move: [] for move in moves}
    for one in evidence_of(moves):
        for move in one.movements:
            shown[move].append((one.kind, one.text, one.by_name))
    return shown


def proxies(stage: Stage) -> int:
    """Fetched by somebody else, with the code and a document of their own."""
    return sum(_is_by_proxy(shown) for shown in _at_the_desk(stage).values())


def fetched_by_a_stranger(stage: Stage) -> int:
    """Signed for by somebody else, no document of theirs being written down."""
    return sum(
        not _is_by_proxy(shown) and ("SIGNATURE", "", "CLAIMANT") not in shown for shown in _at_the_desk(stage).values()
    )


def _is_by_proxy(shown: list[tuple[str, str, str]]) -> bool:
    return any(kind == "CODE" for kind, _text, _by in shown) and any(
        kind == "NOTE" and text.startswith("代取") for kind, text, _by in shown
    )


# Beyond range


def least_at_a_drop(stage: Stage) -> int:
    """Orders of the smallest stop that couriers' cars made."""
    rows = delivery_.rounds(station=stage.party(TOWN), states=["STARTED", "DONE"], with_visits=True)
    by_car = {stage.party(name) for name in of_reach("CAR")}
    return min((len(visit.parcels) for one in rows for visit in one.visits if visit.community in by_car), default=0)


def area_orders_without_the_van(stage: Stage) -> int:
    """The area's orders handed over that no cart unloaded at the area's station."""
    area, far = stage.party(AREA_STATION), {stage.party(name) for name in of_reach("AREA")}
    came = {ride.parcel for ride in delivery_.rides() if ride.target == area and ride.unloaded_at is not None}
    return sum(hand.parcel not in came for hand in delivery_.hands(["HANDED_OVER"]) if hand.community in far)


def riders_without_a_bike(stage: Stage) -> int:
    """Who rode rounds in the area with none of the lender's bikes lent to them, by serial number."""
    rode = {one.courier_name for one in delivery_.rounds(station=stage.party(AREA_STATION), states=["STARTED", "DONE"])}
    return len(rode - {one.borrower_name for one in supply_.loans() if one.units_count})


def bikes_not_back(_stage: Stage) -> int:
    return sum(one.out for one in supply_.loans())


def orders_unaccounted(stage: Stage) -> int:
    """Orders that the shop took on, were not given up, and are in nobody's hands by the book."""
    rights = [one for one in release_.rights(stage.ids["release"]) if one.state in GOT and one.hold is not None]
    fates = book.hold_fates([one.hold for one in rights if one.hold is not None])
    return sum(one.hold is not None and fates[one.hold].arrived != one.units for one in rights)


def _second_visits(_stage: Stage) -> int:
    """Orders seen taken on a courier's second visit."""
    tried = {hand.parcel for hand in delivery_.hands(["FAILED"])}
    return sum(hand.parcel in tried for hand in delivery_.hands(["HANDED_OVER"]))


MEASURES: dict[str, Callable[[Stage], int | str | bool | None]] = {
    measure.__name__: measure
    for measure in (
        callers_served, callers_not_in_the_report, typed_over_cap, units_over_stock, sub_districts_online,
        delivery_fen_an_order, not_in_person, on_a_shelf, out_and_not_visited_again, proxies, fetched_by_a_stranger,
        least_at_a_drop, area_orders_without_the_van, riders_without_a_bike, bikes_not_back, orders_unaccounted,
    )
}  # fmt: skip
FACTS: dict[str, Callable[[Stage], int | str]] = {
    "orders": lambda stage: len(release_.rights(stage.ids["release"])),
    "second_visits": _second_visits,
    "compounds": lambda _stage: len(COMPOUNDS),
    "riders": lambda stage: len(names_in(stage, AREA_TEAM)),
}
