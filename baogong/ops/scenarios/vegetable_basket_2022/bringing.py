"""27 April: five trucks, one of them too small; movable stations; arrival, shares, each household answered and served."""

from __future__ import annotations

from datetime import timedelta

from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_basket_2022 import breaks
from baogong.ops.scenarios.vegetable_basket_2022.cast import (
    DAY,
    DRIVER,
    STATIONS,
    SUPPLIER,
    basket_of,
    communities,
    plate_of,
    rows,
)
from baogong.orders import queries, services
from baogong.orders.services import Counted
from baogong.places.services import move_station


def load_trucks(stage: Stage) -> None:
    for row in rows(stage, "45-trucks.csv"):
        truck = services.add_truck(
            supplier=stage.party(SUPPLIER),
            on=DAY,
            name=row["车"],
            plate=row["车牌"],
            packs_max=breaks.capacity(stage, row),
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("truck", row["车"]),
        )
        for community in row["小区"].split("、"):
            services.put_on_truck(
                basket=basket_of(stage, community), truck=truck, actor=stage.actors["wu"], now=stage.now
            )
        services.load_truck(
            truck=truck, actor=stage.actors["wu"], now=stage.now, request_id=stage.request_id("load", row["车"])
        )


def schedule_stations(stage: Stage) -> None:
    """Two movable stations go from community to community, twenty minutes each."""
    for turn, community in enumerate(communities(stage)):
        move_station(
            station=stage.party(STATIONS[turn % 2]),
            community=stage.party(community),
            from_at=local("2022-04-27 08:00") + timedelta(minutes=20 * (turn // 2)),
            actor=stage.actors["lin"],
            now=stage.now,
        )


def check_in(stage: Stage) -> None:
    short = {(row["小区"], row["品"]): (int(row["少到"]), int(row["损坏"])) for row in rows(stage, "50-arrivals.csv")}
    for community in communities(stage):
        view = queries.basket(basket_of(stage, community))
        counted = []
        for item in view.items:
            missing, damaged = short.get((community, item.code), (0, 0))
            if item.ordered:
                counted.append(Counted(item.code, item.loaded - missing, damaged))
        services.check_in(
            basket=view.id,
            driver=DRIVER,
            plate=plate_of(stage, community),
            signed_in_at=stage.now - timedelta(minutes=20),
            sprayed_at=stage.now - timedelta(minutes=5),
            counted=counted,
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("arrival", community),
        )


def share_out(stage: Stage) -> None:
    for community in communities(stage):
        services.share_out(
            basket=basket_of(stage, community),
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("share", community),
        )
    breaks.after_the_shares(stage)


def hand_over(stage: Stage) -> None:
    """Building by building; each household is witnessed by its floor's own volunteer."""
    for community in communities(stage):
        basket = basket_of(stage, community)
        households = queries.households_of(basket)
        for building in dict.fromkeys(one.building for one in households):
            mine = [one.id for one in households if one.building == building]
            services.hand_over(
                basket=basket,
                households=breaks.forgotten(stage, mine),
                evidence=[EvidenceIn("WITNESS", by_name=f"{building}号楼志愿者")],
                actor=stage.actors["wu"],
                now=stage.now,
                request_id=stage.request_id("hand over", community, building),
            )


def pay_back(stage: Stage) -> None:
    for community in communities(stage):
        for household in queries.households_of(basket_of(stage, community)):
            if household.owed_fen and not breaks.keeps_the_money(stage):
                services.note_refund(
                    household=household.id,
                    fen=household.owed_fen,
                    actor=stage.actors["wu"],
                    now=stage.now,
                    request_id=stage.request_id("refund", household.id),
                )


__all__ = [
    "check_in", "hand_over", "load_trucks", "pay_back", "schedule_stations", "share_out",
]  # fmt: skip
