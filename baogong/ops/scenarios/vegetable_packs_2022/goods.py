"""11 to 13 April: money, what growers give and sell, the kit, two packing runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.catalogue.services import seed_catalogue
from baogong.engine.sheets.kinds import LineOutcome
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.cast import (
    CLOSED,
    FARM,
    FIELD,
    FOUNDATION,
    SONGNAN,
    STORE,
    form_the_group,
)
from baogong.places.services import add_sealed_area
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.pack_views import KitView

# invented all, as the story's README says
# name → (supplier, item, grams, yuan a kilogram × 10, best before)
ORDERS = {
    "cabbage": ("里山蔬菜合作社", "cabbage", 6_200_000, 26, date(2022, 4, 30)),
    "potato": ("会泽土豆合作社", "potato", 6_100_000, 32, date(2022, 6, 30)),
}
FOR_SONGNAN, FOR_ALL = 1_200, 2_800
# run → tallies as the lines count, hour by hour
TALLIES = {"songnan": ((14, 400), (17, 400), (20, 400)), "all": ((15, 700), (18, 700), (21, 700), (23, 700))}
# run → what went into no pack: item, grams, cause
WASTE = {
    "songnan": (("cabbage", 45_000, "TRIMMING"),),
    "all": (("cabbage", 105_000, "TRIMMING"), ("potato", 60_000, "ROTTEN"), ("onion", 20_000, "ROTTEN")),
}


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    stage.ids["area"] = add_sealed_area(name=CLOSED, sealed_at=local("2022-04-01 03:00"))
    drop_in(stage, "parties", "01-parties.csv", by="wu")
    drop_in(stage, "parties", "02-volunteers.csv", by="wu", decide=_it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=_it_is_new)
    make_log_ins(stage, FIELD)
    form_the_group(stage)


def _it_is_new(_line: LineOutcome) -> dict[str, Any]:
    return {"new": True}


def _drop_it(_line: LineOutcome) -> dict[str, Any]:
    return {"drop": True}


def hear_of_money(stage: Stage) -> None:
    drop_in(stage, "funds", "10-money.csv", by="wu")
    for gift in reversed(supply_.money_gifts()):
        supply.receive_money(
            gift=gift.id,
            reference=f"到账 {gift.number}",
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("money", gift.number),
        )


def find_vegetables(stage: Stage) -> None:
    """Growers' and givers' list; what nobody gives is ordered."""
    drop_in(stage, "gifts", breaks.growers(stage, "20-growers.csv"), by="wu", decide=_drop_it)
    for name in ORDERS:
        if not breaks.entered_as_a_gift(stage, name):
            order(stage, name)


def order(stage: Stage, name: str) -> None:
    supplier, code, grams, deci_yuan, _expiry = ORDERS[name]
    stage.ids[f"order {name}"] = supply.commit_purchase(
        supplier=stage.party(supplier),
        buyer=stage.party(FOUNDATION),
        lines=[supply.PurchaseLine(item=item(code).id, amount=grams, price_fen=grams * deci_yuan // 100)],
        note=f"采购{item(code).name_zh}",
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("order", name),
    )


def take_in(stage: Stage) -> None:
    """Given and bought, everything is signed for where it lies."""
    receive_gifts(stage, "12")
    for name, (_supplier, _code, grams, _yuan, expiry) in ORDERS.items():
        if f"order {name}" in stage.ids:
            supply.receive_purchase(
                purchase=stage.ids[f"order {name}"],
                site=stage.party(FARM),
                deliveries=[supply.Delivered(1, grams, expires_on=expiry)],
                actor=stage.actors["duan"],
                now=stage.now,
                request_id=stage.request_id("receive", name),
            )


def receive_gifts(stage: Stage, day: str) -> None:
    keepers = {stage.party(FARM): "duan", stage.party(STORE): "qian"}
    for gift in sorted(supply_.gifts(), key=lambda gift: gift.number):
        if gift.offered_at > stage.now or breaks.counted_instead(stage, gift):
            continue
        if gift.state == "OFFERED":
            supply.judge_gift(
                gift=gift.id,
                judgements=[supply.Judgement(no=line.no, finding=supply.Finding.PASSES) for line in gift.lines],
                actor=stage.actors["lin"],
                now=stage.now,
                request_id=stage.request_id("judge", day, gift.number),
            )
        by_site: dict[UUID, list[supply.Arrival]] = {}
        for line in gift.lines:
            if not line.arrived and line.site is not None:
                by_site.setdefault(line.site, []).append(supply.Arrival(no=line.no, arrived=line.offered))
        for site, arrivals in by_site.items():
            supply.receive_gift(
                gift=gift.id,
                site=site,
                arrivals=arrivals,
                actor=stage.actors[keepers[site]],
                now=stage.now,
                request_id=stage.request_id("gift", day, gift.number, site),
            )


def pay_the_growers(stage: Stage) -> None:
    for name, (_supplier, _code, grams, deci_yuan, _expiry) in ORDERS.items():
        if f"order {name}" not in stage.ids:
            continue
        bill = supply.record_invoice(
            purchase=stage.ids[f"order {name}"],
            reference=f"收据 {name}",
            lines=[supply.Billed(1, grams * deci_yuan // 100)],
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("bill", name),
        )
        supply.pay_invoice(
            invoice=bill,
            reference=f"转账 {name}",
            actor=stage.actors["zhao"],
            now=stage.now,
            request_id=stage.request_id("pay", name),
        )


def the_kit() -> KitView:
    (kit,) = (kit for kit in supply_.kits() if kit.name_zh == "蔬菜包5公斤")
    return kit


def open_runs(stage: Stage) -> None:
    """1,200 packs are promised to Songnan town by name; the others are for whoever needs them."""
    drop_in(stage, "kits", "30-kit.csv", by="wu")
    songnan = () if breaks.open_to_all(stage) else tuple(stage.party(name) for name in SONGNAN)
    _open_run(stage, "songnan", FOR_SONGNAN, songnan)
    _open_run(stage, "all", FOR_ALL, ())


def _open_run(stage: Stage, name: str, packs: int, receivers: Sequence[UUID]) -> None:
    stage.ids[f"run {name}"] = supply.open_run(
        kit=the_kit().id,
        site=stage.party(FARM),
        packs=packs,
        receivers=receivers,
        line_name="一号线" if name == "songnan" else "二号线",
        due_at=local("2022-04-13 12:00"),
        actor=stage.actors["duan"],
        now=stage.now,
        request_id=stage.request_id("run", name),
    )


def pack(stage: Stage) -> None:
    """Counted as they come off the lines, one tally written twice and taken back; what is cut off or rotten is written off."""
    hours = sorted((hour, name, number) for name, told in TALLIES.items() for number, (hour, _) in enumerate(told))
    for hour, name, number in hours:
        stage.move_to(local(f"2022-04-12 {hour}:00"))
        if breaks.last_tally_forgotten(stage, name, number):
            continue
        _tally(stage, name, TALLIES[name][number][1], number)
        if (name, number) == ("all", 1):
            twice = _tally(stage, name, TALLIES[name][number][1], "twice")
            supply.undo_tally(
                tally=twice,
                why="二号线同一批数了两遍",
                actor=stage.actors["duan"],
                now=stage.now,
                request_id=stage.request_id("tally", "undo"),
            )


def _tally(stage: Stage, name: str, packs: int, number: object) -> UUID:
    return supply.tally_packs(
        run=stage.ids[f"run {name}"],
        packs=packs,
        actor=stage.actors["duan"],
        now=stage.now,
        request_id=stage.request_id("tally", name, number),
    )


def weigh_some_and_close(stage: Stage) -> None:
    """Forty packs on the scale speak for all; then what went into no pack, and the runs are over."""
    drop_in(stage, "weights", "33-weights.csv", by="duan", misread=partial(breaks.weights, stage))
    breaks.before_closing(stage)
    for name, wastes in WASTE.items():
        supply.record_waste(
            run=stage.ids[f"run {name}"],
            wastes=[supply.Waste(item(code).id, grams, cause) for code, grams, cause in wastes],
            note="择菜、挑拣",
            actor=stage.actors["duan"],
            now=stage.now,
            request_id=stage.request_id("waste", name),
        )
        supply.close_run(
            run=stage.ids[f"run {name}"],
            note="余菜留给装包的志愿者食堂",
            actor=stage.actors["duan"],
            now=stage.now,
            request_id=stage.request_id("close", name),
        )
