"""Who acts, and the names the story calls things by."""

from __future__ import annotations

from uuid import UUID

from baogong.crew import queries as crew_
from baogong.kernel.actor import Duty
from baogong.ops.scenarios.last_mile.people import names_in
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.stage import Stage

STREET, OFFICE_OF_EPIDEMICS = "酒仙桥街道", "朝阳区疾控中心"
OUTER, FIRST, SECOND = "酒仙桥外站", "酒仙桥内一站", "酒仙桥内二站"
AREA = "酒仙桥封控区"
INSIDE_FIRM, OUTSIDE_FIRM, CARTS = "酒仙桥一站快递", "城配一部", "内三轮车队"
# community → latitude, longitude (invented; the buildings have none and are laid out in their order)
COMMUNITIES = {
    "红霞北里": (39.9722, 116.4862),
    "红霞南里": (39.9696, 116.4866),
    "电子城西里": (39.9716, 116.4896),
    "花溪里": (39.9692, 116.4922),
    "驼房东里": (39.9772, 116.4986),
    "枣园西里": (39.9794, 116.4952),
    "北窑里": (39.9752, 116.5022),
    "万红里": (39.9784, 116.5034),
}
# inner station → the community in which it stands, the communities its couriers serve
STATIONS = {
    FIRST: ("电子城西里", ("红霞北里", "红霞南里", "电子城西里", "花溪里")),
    SECOND: ("驼房东里", ("驼房东里", "枣园西里", "北窑里", "万红里")),
}
KEEPERS = {STREET: "gao", OUTER: "fang", FIRST: "bao", SECOND: "yu"}
FIELD: Cast = {
    "gao": ("街道口 高", ((Duty.KEEPER, (STREET,)),)),
    "fang": ("外站 方", ((Duty.KEEPER, (OUTER,)),)),
    "bao": ("内一站 鲍", ((Duty.KEEPER, (FIRST,)),)),
    "yu": ("内二站 于", ((Duty.KEEPER, (SECOND,)),)),
}
INSIDE_LIST, SIGN_UPS = "20-couriers-inside.csv", "22-sign-ups.csv"
DAYS = (13, 14, 15)
TRIKE_G, TRIKE_PIECES = 150_000, 80
TEST_RUNS_OUT = 6  # this one of the couriers inside, on the second day


def crew(stage: Stage) -> list[UUID]:
    """All who have a pass for the street: the couriers sealed in, then volunteers, in the order of their lists."""
    passed = {held.person for held in crew_.passes(place=stage.party(STREET), state="GRANTED")}
    names = [*names_in(stage, INSIDE_LIST), *names_in(stage, SIGN_UPS)]
    return [person for person in map(stage.party, names) if person in passed]


def station_of(community: str) -> str:
    """Whose couriers serve it."""
    return next(station for station, (_, served) in STATIONS.items() if community in served)


def group_of(number: int) -> str:
    """The community for which this one of the crew does duties."""
    return list(COMMUNITIES)[number % len(COMMUNITIES)]
