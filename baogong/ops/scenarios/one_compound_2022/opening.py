"""14 April: the way another place was served is opened here, with this compound's own buildings; at the end it is kept."""

from __future__ import annotations

from baogong.catalogue.services import seed_catalogue
from baogong.delivery import queries as delivery_
from baogong.delivery.services.ways import open_from, save_way_of_working
from baogong.ops.scenarios.last_mile.ways import bring_model, kept, show_differences
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.one_compound_2022 import breaks
from baogong.ops.scenarios.one_compound_2022.cast import CITY, COMPOUND, EAST_GATE, FIELD, OWN_WAY, POINT, STATION
from baogong.ops.scenarios.one_compound_2022.rounds import CART_G, CART_PIECES, LIMITS
from baogong.ops.scenarios.stage import Stage
from baogong.places import services as places


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    make_log_ins(stage, FIELD)


def open_from_the_model(stage: Stage) -> None:
    """The document of the first place is kept, the compound opened from it, its buildings listed."""
    lin, station = stage.actors["lin"], stage.party(STATION)
    way = bring_model(stage, "北京来的文件").id
    if not delivery_.servings(station=station):
        open_from(
            way=way,
            name=COMPOUND,
            buildings=(),
            station=station,
            city=CITY,
            lat=POINT[0],
            lon=POINT[1],
            is_new=True,  # 浦江花园站 and 浦江花园居委会 are near names
            actor=lin,
            now=stage.now,
        )
    lat, lon = EAST_GATE
    places.set_gate(community=stage.party(COMPOUND), name="东门", lat=lat, lon=lon, actor=lin, now=stage.now)
    breaks.changes_the_gate(stage)
    drop_in(stage, "buildings", "10-buildings.csv", by="wu", misread=breaks.list_of_buildings(stage))


def keep_our_own(stage: Stage) -> None:
    """How the compound was served, kept too, and shown beside the model."""
    if kept(OWN_WAY) is None:
        save_way_of_working(
            name=OWN_WAY,
            community=stage.party(COMPOUND),
            rounds={"capacity_g": CART_G, "capacity_pieces": CART_PIECES, "limits": LIMITS},
            note="一栋楼一类件一个人，送完的帮别的楼",
            actor=stage.actors["lin"],
            now=stage.now,
        )
    show_differences(stage, OWN_WAY)
