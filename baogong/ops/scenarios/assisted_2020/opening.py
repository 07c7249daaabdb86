"""8 and 9 February: registers, the area behind its checkpoint, the rule tried and opened, bikes and the van's pass, stock put out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from baogong.catalogue.services import add_item, seed_catalogue
from baogong.delivery import queries as delivery_
from baogong.delivery.services import stations
from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.ledger import queries as book
from baogong.ops.scenarios.assisted_2020 import breaks
from baogong.ops.scenarios.assisted_2020.cast import (
    AREA,
    AREA_SHELF_AT,
    AREA_STATION,
    AREA_TEAM,
    BOOKED,
    CITY,
    COMPOUNDS,
    FIELD,
    OFFICE_NAME,
    SERIALS,
    SHOP,
    SUB_DISTRICTS,
    TEAM,
    TOWN,
    TOWN_KEEPER,
    UNITS,
    at,
)
from baogong.ops.scenarios.last_mile.people import ask_for_temperature, new_and_negative
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.stage import Stage
from baogong.places import queries as places_
from baogong.places import services as places
from baogong.release import queries as release_
from baogong.release import services as release

RULE: dict[str, Any] = {
    "code": "jiangjin-2020",
    "title_zh": "江津口罩：网上和电话预约",
    "title_en": "Masks for Jiangjin, booked online and on the telephone",
    "city": CITY,
    "mode": "FIRST_COME",
    "units_per_claim_max": 5,
    "opens": "10:00",
    "within_h": 72,
    "handover": ["WITNESSED"],
    "visits_max": 2,
    "in_vain": "DESK",
    "pickup_days": 3,
    "proxies": True,
    "claims_per_clerk_max": 12,
    "eligibility": {
        "regions": list(SUB_DISTRICTS),
        "names": {code: {"zh": zh, "en": en} for code, (zh, en) in SUB_DISTRICTS.items()},
    },
    "quotas": [{"subject": "PERSON", "turn": "ROLLING", "days": 10, "claims_max": 1}],
    "reserves": [{"channel": "PHONE", "units": 120, "until": "20:30"}],
    "price": [
        {"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 100, "bearers": {"RESIDENT": 1}},
        {"part": "DELIVERY", "payee": "CARRIER", "per": "CLAIM", "fen": 800, "bearers": {"RESIDENT": 1, "CITY": 3}},
    ],
    "source": "重庆江津、福州、济南：媒体报道（R，数字缺失）",
    "invented": ["units_per_claim_max", "within_h", "price", "quotas", "claims_per_clerk_max", "reserves"],
}  # fmt: skip


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    item_of(stage)
    add_item(code="e-bike", name_zh="电动自行车", name_en="E-bike", unit="PIECE")
    stage.ids["area"] = places.add_sealed_area(name=AREA, sealed_at=at(8, "00:00"))
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    make_log_ins(stage, FIELD)


def item_of(stage: Stage) -> UUID:
    """One mask, packed by itself."""
    if "item" not in stage.ids:
        stage.ids["item"] = add_item(
            code="mask-packed", name_zh="独立包装口罩", name_en="Mask, packed singly", unit="PIECE"
        )
    return stage.ids["item"]


def open_compounds(stage: Stage) -> None:
    """The town's station serves what its people reach; the area's own station is served from the town."""
    lin, served = stage.actors["lin"], {row.community_name for row in delivery_.servings()}
    town, area = stage.party(TOWN), stage.party(AREA_STATION)
    for name, one in COMPOUNDS.items():
        if name in served:
            continue
        community = places.open_community(
            name=name,
            city=CITY,
            road_zone=f"{'白沙' if one.reach == 'AREA' else '城区'}片",
            lat=one.lat,
            lon=one.lon,
            is_new=True,
            actor=lin,
            now=stage.now,
        )
        is_far = one.reach == "AREA"
        stations.serve(
            community=community,
            station=area if is_far else town,
            outer=town if is_far else None,
            actor=lin,
            now=stage.now,
        )
    drop_in(stage, "buildings", "10-buildings.csv", by="wu")
    plan = places_.community_plan(stage.party(AREA_SHELF_AT), stage.now)
    stage.ids["shelf"] = places.set_shelf(
        community=stage.party(AREA_SHELF_AT),
        name="门岗货架",
        units=[unit.id for building in plan.buildings for unit in building.units],
        actor=lin,
        now=stage.now,
    )


def list_crews(stage: Stage) -> None:
    """In February 2020 a station asks for a temperature, and for nothing else yet."""
    for place, team in ((TOWN, TEAM), (AREA_STATION, AREA_TEAM)):
        drop_in(stage, "crew", team, by="wu", decide=new_and_negative)
        ask_for_temperature(stage, place, place)


def ready_the_van(stage: Stage) -> None:
    """A van of the distributor's, with the checkpoint's pass; the lender's bikes, each by its serial number."""
    drop_in(stage, "carriers", "45-carriers.csv", by="wu")
    (kind,) = freight_.kinds()
    stage.ids["van"] = freight.add_vehicle(
        kind=kind.id,
        plate="渝C·J0210",
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("van"),
    )
    freight.grant_pass(
        vehicle=stage.ids["van"],
        area=stage.ids["area"],
        valid_from_at=at(BOOKED, "00:00"),
        valid_until_at=at(20, "00:00"),
        granted_by=stage.party(OFFICE_NAME),
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("pass"),
    )
    drop_in(stage, "serials", SERIALS, by=TOWN_KEEPER)


def draft_and_open(stage: Stage) -> None:
    """Tried on a made-up city first, as every rule is."""
    lin, office = stage.actors["lin"], stage.party(OFFICE_NAME)
    known = {one.code: one for one in release_.releases(offices=[office])}
    if RULE["code"] in known:
        stage.ids["release"] = known[RULE["code"]].id
    else:
        stage.ids["release"] = release.draft_release(
            office=office,
            item=item_of(stage),
            rule=breaks.rule(stage, RULE),
            actor=lin,
            now=stage.now,
            request_id=stage.request_id("release"),
        )
    if release_.release(stage.ids["release"]).state == "DRAFT":
        release.try_out(release=stage.ids["release"], people=400, days=2, units=UNITS, actor=lin, now=stage.now)
        release.open_release(release=stage.ids["release"], actor=lin, now=stage.now)


def put_out(stage: Stage) -> None:
    shop, item = stage.party(SHOP), item_of(stage)
    if not book.find_lots(owners=[shop], items=[item]):
        drop_in(stage, "stock", "15-stock.csv", by="qing")
    stage.ids["tranche"] = release.put_out(
        release=stage.ids["release"],
        on=at(BOOKED, "00:00").date(),
        units=UNITS,
        lot=book.find_lots(owners=[shop], items=[item])[0].id,
        source=shop,
        shop=shop,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("tranche"),
    )
