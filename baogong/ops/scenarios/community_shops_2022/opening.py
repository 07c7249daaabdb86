"""19 April: registers and the four pages; 20 April: the day's stock, and the tap that keeps the riders from being oversold."""

from __future__ import annotations

from baogong.catalogue.services import seed_catalogue
from baogong.delivery import queries as delivery_
from baogong.delivery.services import stations
from baogong.engine.rounds.riders import packs_in_slot
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.rows import number_of
from baogong.engine.sheets.tables import Cell
from baogong.ops.scenarios.community_shops_2022 import breaks
from baogong.ops.scenarios.community_shops_2022.cast import (
    CITY,
    COMMUNITIES,
    CUT_OFF,
    FIELD,
    OFFICE_NAME,
    OPENS,
    PACKS,
    RIDERS,
    SHOPS,
    SLOTS,
    STATION,
    at,
    day_of,
)
from baogong.ops.scenarios.last_mile.people import ask_for_temperature, new_and_negative
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.stage import Stage
from baogong.orders.queries import shops as shops_
from baogong.orders.services import shop_days, shops
from baogong.orders.services.shop_days import PackIn, SlotIn
from baogong.places import services as places
from baogong.supply.imports.kits import weight_in

HOPED_FOR = 30


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    make_log_ins(stage, FIELD)


def open_communities(stage: Stage) -> None:
    lin, served = stage.actors["lin"], {row.community_name for row in delivery_.servings()}
    for name, (lat, lon) in COMMUNITIES.items():
        if name not in served:
            community = places.open_community(
                name=name, city=CITY, road_zone="大华片", lat=lat, lon=lon, is_new=True, actor=lin, now=stage.now
            )
            stations.serve(community=community, station=stage.party(STATION), actor=lin, now=stage.now)
    drop_in(stage, "buildings", "10-buildings.csv", by="wu")
    drop_in(stage, "crew", RIDERS, by="wu", decide=new_and_negative)
    ask_for_temperature(stage, STATION)


def _sheet(stage: Stage) -> list[dict[str, Cell]]:
    """The packs' sheet, each line by its heads."""
    table = read_table(PACKS, stage.data(PACKS))
    heads = [cell.text for cell in table.columns]
    return [dict(zip(heads, row.cells, strict=False)) for row in table.rows]


def open_pages(stage: Stage) -> None:
    """Each merchant by themselves; the street recommends them the same afternoon."""
    known = {one.name for one in shops_.shops()}
    for name, one in SHOPS.items():
        keeper = stage.actors[one.keeper]
        if name not in known:
            shops.open_shop(
                merchant=stage.party(name),
                office=stage.party(OFFICE_NAME),
                trade=one.trade,
                communities=[stage.party(each) for each in COMMUNITIES],
                lat=one.lat,
                lon=one.lon,
                actor=keeper,
                now=stage.now,
                request_id=stage.request_id("shop", name),
            )
        for line in _sheet(stage):
            if line["商户"].text == name:
                shops.add_pack(
                    shop=stage.party(name),
                    name=line["品名"].text,
                    sort=line["种类"].text,
                    holds=line["内容"].text,
                    weight_g=weight_in(line["重量"], "g"),
                    is_cold="冷藏" in line and line["冷藏"].text == "冷",
                    actor=keeper,
                    now=stage.now,
                    request_id=stage.request_id("pack", name, line["品名"].text),
                )
        shops.say_approved(
            shop=stage.party(name),
            is_approved=True,
            why="执照、进货单已核",
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("approved", name),
        )


def open_the_day(stage: Stage) -> None:
    """Stock as the packs' sheet says; the slots take more than the shop's own riders could bring, as merchants hope."""
    for name, one in SHOPS.items():
        packs = {each.name: each.id for each in shops_.packs_of(stage.party(name))}
        slots = [(at(start), at(end)) for start, end in SLOTS]
        bring = [packs_in_slot(one.riders, int((end - start).total_seconds())) for start, end in slots]
        shop_days.open_day(
            shop=stage.party(name),
            on=at(OPENS).date(),
            opens_at=at(OPENS),
            cut_off_at=at(CUT_OFF),
            packs=[
                PackIn(
                    packs[line["品名"].text],
                    round(number_of(line["单价"]) * 100),
                    int(number_of(line["库存"])),
                    int(number_of(line["每单限"])),
                )
                for line in _sheet(stage)
                if line["商户"].text == name
            ],
            slots=[SlotIn(start, end, most + HOPED_FOR) for (start, end), most in zip(slots, bring, strict=True)],
            riders=one.riders,
            actor=stage.actors[one.keeper],
            now=stage.now,
            request_id=stage.request_id("day", name),
        )


def cut_off_at_the_riders(stage: Stage) -> None:
    """The page asks; one tap, before the first order."""
    for name, one in SHOPS.items():
        view = shops_.day(day_of(stage, name))
        if view.cap_to_ask is None or breaks.cap_ignored(stage, name):
            continue
        stage.say(f"      {name}: {view.promises} may be ordered, {one.riders} riders bring {view.riders_bring}")
        shop_days.cap_day(day=view.id, packs_max=view.cap_to_ask, actor=stage.actors[one.keeper], now=stage.now)
