"""What must hold, each read from the book and from what the rooms keep as facts, never from a plan's output."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.ledger import queries as book
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.first_come_2020 import breaks
from baogong.ops.scenarios.first_come_2020.cast import RURAL
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.release import queries as release_
from baogong.release.queries import RightView
from baogong.release.services.texts import texts_of

ALL = 1_000_000
GOODS_FEN, DELIVERY_FEN, RESIDENT_FEN, COMMISSION_BP = 150, 70, 200, 333
TOLD = {"accepted", "underway", "come-down"}


# The rush


def requests(stage: Stage) -> int:
    return sum(release_.claims_by_channel(stage.ids["release"]).values())


def channels(stage: Stage) -> str:
    """Through which channels somebody got something."""
    return " ".join(sorted({one.channel for one in _rights(stage)}))


def units_over_stock(stage: Stage) -> int:
    """Promised by the book out of what was put out, and not given up again, above what was put out by the release."""
    holder, lot = breaks.offered(stage)
    moves = book.movements(lots=[lot], limit=ALL)
    put_out = sum(
        move.amount * ((move.target.state is State.OFFERED) - (move.source.state is State.OFFERED))
        for move in moves
        if move.tense == "POSTED" and move.reason is Reason.RELEASE and State.OUTSIDE is not move.source.state
    )
    made = [
        move.id
        for move in moves
        if move.tense == "HELD" and (move.source.holder, move.source.state) == (holder, State.OFFERED)
    ]
    fates = book.hold_fates(made).values()
    return max(0, sum(fate.amount - fate.given_up for fate in fates) - put_out)


def units_promised(stage: Stage) -> int:
    """By the holds of everybody who was ever admitted."""
    holds = [one.hold for one in _rights(stage) if one.hold is not None]
    return sum(hold.amount for hold in book.holds(holds))


def persons_served_twice(stage: Stage) -> int:
    return release_.served_twice(stage.ids["release"])


def rural_orders(stage: Stage) -> int:
    return sum(one.region == RURAL for one in _rights(stage))


# From the shop to the door


def _rights(stage: Stage) -> tuple[RightView, ...]:
    return release_.rights(stage.ids["release"])


def _handed(stage: Stage) -> dict[UUID, datetime]:
    """Claim → when its parcel was handed over, by the courier's telephone; what its hold did is in the book."""
    rights = _rights(stage)
    parcels = delivery_.parcels_of_promises("release", [one.id for one in rights])
    moments = {hand.parcel: hand.at_device for hand in delivery_.hands(["HANDED_OVER"])}
    fates = book.hold_fates([one.hold for one in rights if one.hold is not None])
    return {
        one.id: moments[parcels[one.id]]
        for one in rights
        if one.hold is not None
        and fates[one.hold].arrived == one.units
        and one.id in parcels
        and parcels[one.id] in moments
    }


def orders_not_accepted(stage: Stage) -> int:
    return sum(one.state == "ADMITTED" for one in _rights(stage))


def orders_not_told(stage: Stage) -> int:
    """Handed over, and not told of each step on the way."""
    return sum(not {text.what for text in texts_of(claim)} >= TOLD for claim in _handed(stage))


def late_without_an_alert(stage: Stage) -> int:
    """Not in their claimants' hands when the promise ended, and nobody was told before."""
    handed = _handed(stage)
    return sum(
        handed.get(one.id, one.due_at) >= one.due_at
        and (one.alert_at is None or one.alert_at >= one.due_at)
        and one.state != "CANCELLED"
        for one in _rights(stage)
        if one.due_at is not None
    )


def alerts(stage: Stage) -> int:
    return sum(one.alert_at is not None for one in _rights(stage))


def units_handed_over(stage: Stage) -> int:
    """Into households' hands, by the movements of the lot."""
    _holder, lot = breaks.offered(stage)
    return sum(
        move.amount
        for move in book.movements(lots=[lot], reasons=[Reason.HANDOVER], limit=ALL)
        if move.target.state is State.HANDED_OVER and move.tense == "POSTED"
    )


def not_contactless(_stage: Stage) -> int:
    return sum(hand.mode != "CONTACTLESS" for hand in delivery_.hands(["HANDED_OVER"]))


def units_not_disinfected(stage: Stage) -> int:
    """Handed over beyond what was disinfected when it came."""
    return max(0, units_handed_over(stage) - release_.goods_in(stage.ids["release"]))


def fen_not_adding_up(stage: Stage) -> int:
    """What is owed by resident, city and platform against what the book's handovers come to by the announced price."""
    settled = release_.settlement(stage.ids["release"])
    orders = [move.amount for move in _handovers(stage)]
    goods, delivery = GOODS_FEN * sum(orders), DELIVERY_FEN * sum(orders)
    commission = sum(GOODS_FEN * units * COMMISSION_BP // 10_000 for units in orders)
    paid = {part: sum(one.fen for one in settled if one.part == part) for part in ("GOODS", "DELIVERY", "COMMISSION")}
    resident = sum(one.fen for one in settled if one.bearer == "RESIDENT")
    return (
        abs(paid["GOODS"] - goods)
        + abs(paid["DELIVERY"] - delivery)
        + abs(paid["COMMISSION"] - commission)
        + abs(resident - RESIDENT_FEN * sum(orders))
    )


def _handovers(stage: Stage) -> list[book.MovementView]:
    _holder, lot = breaks.offered(stage)
    moves = book.movements(lots=[lot], reasons=[Reason.HANDOVER], limit=ALL)
    return [move for move in moves if move.tense == "POSTED"]


def _last_in_time(stage: Stage) -> str:
    """The last handover that kept its promise."""
    handed, due = _handed(stage), {one.id: one.due_at for one in _rights(stage)}
    kept = [moment for claim, moment in handed.items() if moment < (due[claim] or moment)]
    return f"{max(kept).astimezone(LOCAL):%m-%d %H:%M}" if kept else ""


MEASURES: dict[str, Callable[[Stage], int | str | bool | None]] = {
    measure.__name__: measure
    for measure in (
        requests, channels, units_over_stock, units_promised, persons_served_twice, rural_orders, orders_not_accepted,
        orders_not_told, late_without_an_alert, alerts, units_handed_over, not_contactless, units_not_disinfected,
        fen_not_adding_up,
    )
}  # fmt: skip
FACTS: dict[str, Callable[[Stage], int | str]] = {
    "requests": requests,
    "orders": lambda stage: len(_rights(stage)),
    "last_in_time": _last_in_time,
    "resident_fen": lambda stage: sum(
        one.fen for one in release_.settlement(stage.ids["release"]) if one.bearer == "RESIDENT"
    ),
    "city_fen": lambda stage: sum(one.fen for one in release_.settlement(stage.ids["release"]) if one.bearer == "CITY"),
    "platform_fen": lambda stage: sum(
        one.fen for one in release_.settlement(stage.ids["release"]) if one.bearer == "PLATFORM"
    ),
}
