"""20 April: who is there, what the notice says, the way of working brought from another city and opened here."""

from __future__ import annotations

from baogong.catalogue.services import seed_catalogue
from baogong.delivery import queries as delivery_
from baogong.delivery.services.ways import open_from
from baogong.ops.scenarios.last_mile.ground import read_notice
from baogong.ops.scenarios.last_mile.ways import bring_model
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.shelves_2022 import breaks
from baogong.ops.scenarios.shelves_2022.cast import COMMUNITIES, FIELD, STATION, STREET
from baogong.ops.scenarios.stage import Stage, local
from baogong.places import services as places

RULES = (
    ("SEALED", "DOOR", "足不出户，上门服务", "stay home, served at the door"),
    ("CONTROLLED", "SHELF", "人不出小区，错峰取物", "stay in the compound, fetch when called"),
    ("PRECAUTION", "FREE", "减少聚集", "fewer gatherings"),
)


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    make_log_ins(stage, FIELD)


def list_communities(stage: Stage) -> None:
    """Buildings with a shelf at each unit, and the doors that left a telephone, from the committees' lists."""
    drop_in(stage, "buildings", "10-buildings.csv", by="wu")
    drop_in(stage, "doors", "13-doors.csv", by="wu")
    breaks.one_building_more(stage)


def open_like_the_model(stage: Stage) -> None:
    """Each community is served as that one was: gates, kinds of parcels, handovers; by this city's own station."""
    model = bring_model(stage, "北京酒仙桥，2022年4月")
    served = {row.community_name for row in delivery_.servings()}
    for name, (lat, lon) in COMMUNITIES.items():
        if name not in served:
            open_from(
                way=model.id,
                name=name,
                buildings=(),
                station=stage.party(STATION),
                city="济南",
                lat=lat,
                lon=lon,
                actor=stage.actors["lin"],
                now=stage.now,
            )
        for number, gate in enumerate(model.content["gates"]):  # where they are, by hand on the map
            places.set_gate(
                community=stage.party(name),
                name=gate["name"],
                lat=lat - 0.0012 * number,
                lon=lon + 0.0016 * number,
                actor=stage.actors["wu"],
                now=stage.now,
            )


def read_the_notice(stage: Stage) -> None:
    """The street's words: one building is sealed and served at the door; the others fetch when they are called."""
    read_notice(
        stage,
        "12-zone-notice.txt",
        issuer=STREET,
        title="封控区、管控区通告",
        published_at=local("2022-04-20 12:00"),
        rules_from=local("2022-04-20 00:00"),
        rules=RULES,
        source="街道通告，2022-04-20",
    )
