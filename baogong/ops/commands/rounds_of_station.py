"""`baogong rounds …` on the book: what stands at a station, planned into rounds, approved, planned anew, given out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import NotFound, UnusableInput
from baogong.ops import plans as common
from baogong.ops.commands.rounds import rounds
from baogong.ops.output import say
from baogong.ops.tables import sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import moment, party

KIND = "ROUNDS"
SHOWN = sheet(
    "plan.state plan.made_by_name plan.made_at from_at until_at couriers_needed_count sizing_en problems plan.id",
    trips="name courier leaves_at back_at stops_count pieces weight_g walk_s reason_en",
    shifts="courier trips_count begins_at ends_at work_s",
    left="stop reason_en",
)

Station = Annotated[str, typer.Argument(help="The station's name.")]
Without = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Who is there and carries nothing; may be given again.")
]


@reads(rounds, "show", SHOWN, example="baogong rounds show")
def show(look: Look, plan: common.Newest = None) -> Any:
    """A station's plan: rounds and shifts, what nobody brings and why, how many couriers it takes."""
    return _shown(common.of_kind(KIND, plan))


@writes(
    rounds,
    "draft",
    SHOWN,
    example="baogong rounds draft 酒仙桥内站 --from '2022-04-13 08:00' --until '2022-04-13 12:00' --without 王强 --as lin",
)
def draft(
    desk: Desk,
    station: Station,
    since: Annotated[str, typer.Option("--from", metavar="WHEN", help="Nobody leaves before.")],
    until: Annotated[str, typer.Option(metavar="WHEN", help="Everybody is back by then.")],
    community: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only for it; may be given again. Without it all it serves."),
    ] = None,
    without: Without = None,
    grams: Annotated[int | None, typer.Option(min=1, max=2_000_000, help="What one carries on a trip.")] = None,
    pieces: Annotated[int | None, typer.Option(min=1, max=10_000, help="How many one carries on a trip.")] = None,
    one_courier: Annotated[
        bool, typer.Option("--one-courier", help="One courier for each building and kind of goods.")
    ] = False,
    balance: Annotated[
        float | None, typer.Option(min=0, max=1, help="How far working minutes may lie from their mean, as 0.15.")
    ] = None,
) -> Any:
    """
    Plan rounds for what stands at a station. Nobody carries anything until another person approves.

    What is left out is as the way of working says that the communities were opened from.
    """
    from baogong.delivery.services.rounds import plan_rounds

    limits: dict[str, Any] = {"one_courier_per": "building_category"} if one_courier else {}
    if balance is not None:
        limits["balance"] = balance

    def made() -> UUID:
        return plan_rounds(
            station=party(station),
            from_at=moment(since, desk.now, "--from"),
            until_at=moment(until, desk.now, "--until"),
            communities=[party(name) for name in community or ()],
            capacity_g=grams,
            capacity_pieces=pieces,
            limits=limits or None,
            without=_people(without),
            **desk.signed,
        )

    return _shown(desk.once_made(made))


@writes(rounds, "again", SHOWN, example="baogong rounds again --without 王强 --as lin")
def again(desk: Desk, plan: common.Which = None, without: Without = None) -> Any:
    """Plan anew what of a plan nobody has loaded, for what is true now: few rounds change. Another person approves it."""
    from baogong.delivery.services.rounds import plan_again

    return _shown(
        desk.once_made(
            lambda: plan_again(plan=common.of_kind(KIND, plan, "APPROVED"), without=_people(without), **desk.signed)
        )
    )


@writes(rounds, "approve", SHOWN, example="baogong rounds approve --as hu")
def approve(desk: Desk, plan: common.Which = None, alone: common.Alone = False) -> Any:
    """Couriers see their rounds, and households when to come down. Who made it leaves that to another person."""
    return _shown(common.approve(desk, KIND, plan, alone=alone))


@writes(rounds, "undo", SHOWN, example="baogong rounds undo --as hu")
def undo(desk: Desk, plan: common.Which = None) -> Any:
    """Take an approved plan back, until one of its rounds is loaded."""
    return _shown(common.undo(desk, KIND, plan))


@writes(
    rounds,
    "load",
    sheet("parcels unknown others"),
    example="baogong rounds load 酒仙桥内站 T0001 --left SF1234567890 --as bao",
)
def load(
    desk: Desk,
    station: Station,
    name: Annotated[str, typer.Argument(help="The round, as its sheet is headed, or its id.")],
    left: Annotated[
        list[str] | None, typer.Option(metavar="SCAN", help="What stays at the station; may be given again.")
    ] = None,
) -> Any:
    """A round's parcels into its courier's hands. Who lacks a pass or a test is given nothing."""
    from baogong.delivery.services.stations import load_round

    told = desk.once_told(lambda: load_round(round=_round(party(station), name), left=left or (), **desk.signed))
    if not told.parcels:
        say(f"Nothing of {name} was left to load.")
    return told


def _round(station: UUID, name: str) -> UUID:
    """The one of the name that may still be loaded. Raises NotFound, UnusableInput (names are a day's: there are several)."""
    from baogong.delivery.queries import rounds as rounds_

    found = [row for row in rounds_(station=station, states=("PLANNED", "STARTED")) if name in (row.name, str(row.id))]
    if not found:
        raise NotFound(
            f"No round {name} of this station waits to be loaded. Nothing was loaded.",
            where=name,
            cure="See what does: `baogong parcel shift STATION`.",
        )
    if len(found) > 1:
        raise UnusableInput(
            f"{len(found)} rounds of this station are called {name}. Nothing was loaded.",
            where=name,
            expected=[f"{row.id} {row.courier_name} {row.leaves_at:%m-%d %H:%M}" for row in found],
            cure="Name the one you mean by its id.",
        )
    return found[0].id


def _people(names: Sequence[str] | None) -> list[UUID]:
    return [party(name) for name in names or ()]


def _shown(plan: UUID) -> dict[str, Any]:
    from baogong.planning import queries

    view = queries.plan(plan)
    result, couriers = view.result["plan"], view.snapshot["couriers"]
    midnight = datetime.fromisoformat(view.snapshot["midnight"])

    def at(seconds: float) -> datetime:
        return midnight + timedelta(seconds=seconds)

    return {
        "plan": common.head_of(plan),
        "from_at": view.params["from_at"],
        "until_at": view.params["until_at"],
        "couriers_needed_count": len(view.result["sizing"]["couriers"]),
        "sizing_en": view.result["sizing"]["reason_en"],
        "sizing_zh": view.result["sizing"]["reason_zh"],
        "problems": view.result["problems"],
        "trips": [
            {
                "name": trip["id"],
                "courier": couriers[trip["courier"]]["name"],
                "leaves_at": at(trip["leaves_s"]),
                "back_at": at(trip["back_s"]),
                "stops_count": len(trip["visits"]),
                **{fact: trip[fact] for fact in ("pieces", "weight_g", "walk_s", "reason_zh", "reason_en")},
            }
            for trip in sorted(result["trips"], key=lambda trip: (trip["leaves_s"], trip["id"]))
        ],
        "shifts": [
            {
                "courier": couriers[shift["courier"]]["name"],
                "trips_count": len(shift["trips"]),
                "begins_at": at(shift["begins_s"]),
                "ends_at": at(shift["ends_s"]),
                "work_s": shift["work_s"],
            }
            for shift in result["shifts"]
            if shift["trips"]
        ],
        "left": [{name: one[name] for name in ("stop", "code", "reason_zh", "reason_en")} for one in result["left"]],
    }
