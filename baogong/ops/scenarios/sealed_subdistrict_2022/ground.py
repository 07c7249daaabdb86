"""9 April: who is there, what the zones are, where the stations stand; the carts that may go in."""

from __future__ import annotations

from datetime import time

from baogong.catalogue.services import seed_catalogue
from baogong.delivery import queries as delivery_
from baogong.delivery.services import parcels, stations
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.rows import time_of
from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.journal import queries as journal_
from baogong.journal import services as journal
from baogong.kernel.actor import Duty
from baogong.ops.scenarios.last_mile.ground import read_notice
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import (
    AREA,
    COMMUNITIES,
    FIELD,
    OFFICE_OF_EPIDEMICS,
    OUTER,
    STATIONS,
    STREET,
)
from baogong.ops.scenarios.stage import Stage, local
from baogong.places import queries as places_
from baogong.places import services as places

SEALED_AT = local("2022-04-09 12:00")
GATES = "11-gates.csv"
RULES = (
    ("SEALED", "DOOR", "足不出户，上门服务", "stay home, served at the door"),
    ("CONTROLLED", "DOOR", "足不出小区，禁止聚集，送到单元", "stay in the compound, brought to the unit"),
    ("PRECAUTION", "FREE", "少外出", "free with care"),
)


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    stage.ids["area"] = places.add_sealed_area(name=AREA, sealed_at=SEALED_AT)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    make_log_ins(stage, FIELD)
    if not any(kind.code == "express" for kind in delivery_.categories()):
        parcels.set_category(
            code="express",
            name_zh="快递",
            name_en="Express parcel",
            modes=["CONTACTLESS", "WITNESSED", "SIGNED"],
            weight_g=2_000,
            actor=stage.actors["lin"],
            now=stage.now,
        )


def list_communities(stage: Stage) -> None:
    """Buildings from the committees' list; where each compound lies, by hand on the map; gates as the guards say."""
    drop_in(stage, "buildings", "10-buildings.csv", by="wu")
    for name, (lat, lon) in COMMUNITIES.items():
        places.change_community(community=stage.party(name), lat=lat, lon=lon, actor=stage.actors["wu"], now=stage.now)
    for row in read_table(GATES, stage.data(GATES)).rows:
        community, gate, opens, closes, carts = row.cells[:5]
        lat, lon = COMMUNITIES[community.text]
        spans = [(time_of(opens), time_of(closes))]
        if spans[0][1] is None:  # 19点: rung up, 19:00 is meant
            spans = [(time_of(opens), time(19, 0))]
        start, end = spans[0]
        assert start is not None, row.where
        assert end is not None, row.where
        places.set_gate(
            community=stage.party(community.text),
            name=gate.text,
            lat=lat if gate.text == "东门" else lat - 0.0012,
            lon=lon + 0.0016 if gate.text == "东门" else lon,
            hours=[(start, end)],
            slot_minutes=15,
            carts_per_slot=int(carts.text),
            actor=stage.actors["wu"],
            now=stage.now,
        )
    breaks.zone_typed_wrong(stage)


def read_the_notice(stage: Stage) -> None:
    """The street's words: who is sealed or controlled is served at the door."""
    read_notice(
        stage,
        "12-zone-notice.txt",
        issuer=STREET,
        title="三区划分通告",
        published_at=local("2022-04-09 12:00"),
        rules_from=local("2022-04-09 00:00"),
        rules=RULES,
        source="街道通告，2022-04-09",
    )


def open_stations(stage: Stage) -> None:
    served_now = {row.community for row in delivery_.servings()}
    for station, (stands_in, served) in STATIONS.items():
        places.move_station(
            station=stage.party(station),
            community=stage.party(stands_in),
            from_at=stage.now,
            note="封控前就在",
            actor=stage.actors["lin"],
            now=stage.now,
        )
        for community in served:
            if stage.party(community) in served_now:
                continue
            stations.serve(
                community=stage.party(community),
                station=stage.party(station),
                outer=stage.party(OUTER),
                actor=stage.actors["lin"],
                now=stage.now,
            )


def ask_the_office(stage: Stage) -> None:
    """10 April: are volunteers wanted, and who gives passes?"""
    actor = stage.actors["lin"]
    task = journal.add_task(
        title="问疾控：里面的骑手能不能当志愿者，通行证谁发",
        duty=Duty.COMMAND,
        owner=actor.person_id,
        due_at=local("2022-04-10 18:00"),
        actor=actor,
        now=stage.now,
        request_id=stage.request_id("task", "ask"),
    )
    answer = "要志愿者；通行证由街道发，人员按名单报"
    journal.log_call(
        whom=OFFICE_OF_EPIDEMICS,
        about="志愿者与通行证",
        outcome=answer,
        task=task,
        actor=actor,
        now=stage.now,
        request_id=stage.request_id("call", "ask"),
    )
    if any(one.id == task for one in journal_.tasks(open_only=True)):
        journal.finish_task(task=task, outcome=answer, actor=actor, now=stage.now)


def open_the_outer_station(stage: Stage) -> None:
    """12 April: a place at the street's corner, and the carts inside, each with a pass."""
    site = places_.site(stage.party(OUTER))
    places.move_station(
        station=site.id,
        from_at=stage.now,
        lat=site.lat,
        lon=site.lon,
        note="街口临时站",
        actor=stage.actors["lin"],
        now=stage.now,
    )
    drop_in(stage, "carriers", "45-carriers.csv", by="wu")
    for kind in freight_.kinds():
        for number in range(kind.vehicles_count):
            plate = f"{'内三轮' if kind.is_inside else '京N·'}{number + 1:02}"
            vehicle = freight.add_vehicle(
                kind=kind.id,
                plate=plate,
                actor=stage.actors["wu"],
                now=stage.now,
                request_id=stage.request_id("vehicle", plate),
            )
            if kind.is_inside:
                freight.grant_pass(
                    vehicle=vehicle,
                    area=stage.ids["area"],
                    valid_from_at=local("2022-04-12 00:00"),
                    valid_until_at=local("2022-05-12 00:00"),
                    granted_by=stage.party(STREET),
                    actor=stage.actors["lin"],
                    now=stage.now,
                    request_id=stage.request_id("pass", plate),
                )
