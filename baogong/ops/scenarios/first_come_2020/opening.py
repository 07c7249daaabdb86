"""3 to 5 February: registers, the rule drafted, tried and opened; the goods come in, are disinfected and put out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from baogong.catalogue.services import add_item, seed_catalogue
from baogong.delivery import queries as delivery_
from baogong.delivery.services import stations
from baogong.ledger import queries as book
from baogong.ops.scenarios.first_come_2020 import breaks
from baogong.ops.scenarios.first_come_2020.cast import (
    CITY,
    COMMUNITIES,
    FACTORY,
    FIELD,
    OFFICE_NAME,
    OPENED,
    SHOP,
    SHOPKEEPER,
    STATION,
    TEAM,
    at,
)
from baogong.ops.scenarios.last_mile import people
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.stage import Stage
from baogong.places import services as places
from baogong.release import queries as release_
from baogong.release import services as release
from baogong.release.policies import policies

CODE = "guangan-2020"
DISINFECTED_WITH = "75% 酒精喷洒"
PRICE: tuple[dict[str, Any], ...] = (
    {"part": "GOODS", "payee": "FACTORY", "per": "UNIT", "fen": 150, "bearers": {"RESIDENT": 1}},
    {"part": "DELIVERY", "payee": "CARRIER", "per": "UNIT", "fen": 70, "bearers": {"RESIDENT": 5, "CITY": 2}},
    {"part": "COMMISSION", "payee": "PLATFORM", "basis_points": 333, "bearers": {"CITY": 1, "PLATFORM": 2}},
)


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    make_log_ins(stage, FIELD)


def open_communities(stage: Stage) -> None:
    """The compounds of the urban districts, with their buildings from the committees' list; one station serves them."""
    lin, station = stage.actors["lin"], stage.party(STATION)
    served = {row.community_name for row in delivery_.servings(station=station)}
    for name, (lat, lon) in COMMUNITIES.items():
        if name in served:
            continue
        community = places.open_community(
            name=name, city=CITY, road_zone="城区", lat=lat, lon=lon, is_new=True, actor=lin, now=stage.now
        )
        stations.serve(community=community, station=station, actor=lin, now=stage.now)
    drop_in(stage, "buildings", "10-buildings.csv", by="wu")


def list_couriers(stage: Stage) -> None:
    drop_in(stage, "crew", TEAM, by="wu", decide=people.new_and_negative)


def draft_and_open(stage: Stage) -> None:
    """What the city announced, with the parts of its price; tried on a made-up city first, as every rule is."""
    lin, office = stage.actors["lin"], stage.party(OFFICE_NAME)
    item = _item(stage)
    known = {one.code: one for one in release_.releases(offices=[office])}
    if CODE in known:
        stage.ids["release"] = known[CODE].id
    else:
        said = {
            **policies()[CODE].body,
            "price": list(PRICE),
            "handover": ["CONTACTLESS"],
            "warn_h": 4,
        }
        rule = breaks.rule(stage, said)
        stage.ids["release"] = release.draft_release(
            office=office, item=item, rule=rule, actor=lin, now=stage.now, request_id=stage.request_id("release")
        )
    if release_.release(stage.ids["release"]).state == "DRAFT":
        release.try_out(release=stage.ids["release"], people=2_000, days=3, units=500, actor=lin, now=stage.now)
        release.open_release(release=stage.ids["release"], actor=lin, now=stage.now)


def _item(stage: Stage) -> UUID:
    """One mask, packed by itself on arrival."""
    if "item" not in stage.ids:
        stage.ids["item"] = add_item(
            code="mask-packed", name_zh="独立包装口罩", name_en="Mask, packed singly", unit="PIECE"
        )
    return stage.ids["item"]


def take_goods_in(stage: Stage) -> None:
    """The factory's masks come to the shop, are counted, disinfected, and put out for 18:00."""
    lot = _stock(stage)
    stage.ids["tranche"] = release.put_out(
        release=stage.ids["release"],
        on=at(OPENED, "00:00").date(),
        units=breaks.put_out(stage),
        lot=lot,
        source=stage.party(SHOP),
        shop=stage.party(SHOP),
        factory=stage.party(FACTORY),
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("tranche"),
    )
    release.take_in(
        tranche=stage.ids["tranche"],
        units=breaks.disinfected(stage, breaks.put_out(stage)),
        means=DISINFECTED_WITH,
        actor=stage.actors[SHOPKEEPER],
        now=stage.now,
        request_id=stage.request_id("goods in"),
    )


def _stock(stage: Stage) -> UUID:
    """The delivery as it was counted at the shop's door."""
    shop, item = stage.party(SHOP), _item(stage)
    if not book.find_lots(owners=[shop], items=[item]):
        drop_in(stage, "stock", "15-stock.csv", by=SHOPKEEPER)
    return book.find_lots(owners=[shop], items=[item])[0].id
