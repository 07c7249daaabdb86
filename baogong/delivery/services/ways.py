"""
Ways of working: how a community is served, kept under a name and opened elsewhere.

The content is one JSON document: stations by role, road zones, kinds of parcels with their handovers, duties with how
many per hundred buildings, calls to shelves, gates, what a zone means, the form of notices, what a round carries. No address is in
it: of a notice only its form is kept, with blanks for places, buildings, days and every figure. A document kept before zones
and notices belonged to it has neither, and is read all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from baogong.crew import queries as crew
from baogong.crew import services as crew_services
from baogong.delivery.errors import WayKindsDiffer, WayNotThere, WayUnusable
from baogong.delivery.models import Category, Handover, Parcel, WayOfWorking
from baogong.delivery.queries.parcels import categories
from baogong.delivery.queries.stations import ServingView, servings
from baogong.delivery.queries.ways import kinds_that_differ, notices_of, zone_of, zones_that_differ
from baogong.delivery.services import stations
from baogong.delivery.services.parcels import are_categories_as_seeded, set_category
from baogong.delivery.snapshots import CAPACITY_G, CAPACITY_PIECES, KIND, PIECE_S
from baogong.engine.zones.form import form_of, form_of_title
from baogong.journal.clock import house_midnight
from baogong.journal.locks import lock_word
from baogong.journal.mapping import content_hash, plain
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.windows import Window
from baogong.places import queries as places
from baogong.places import services as place_services
from baogong.places.queries import CommunityView
from baogong.places.services import BuildingGiven
from baogong.planning import queries as plans

FORM = 1
SHELVES_PER = ("building", "unit", "none")
KINDS_FROM = ("WAY", "HOUSE")
ZONES, SERVICES = ("SEALED", "CONTROLLED", "PRECAUTION"), ("DOOR", "SHELF", "FREE")
PLANS_READ = 300
_RULES = (Duty.COMMAND,)


def content_of(
    community: UUID, now: datetime, *, rounds: Mapping[str, Any] | None = None, plan: CommunityView | None = None
) -> dict[str, Any]:
    """
    How a running community is served now.

    rounds  what its rounds are planned with, where it is not as in the plan approved last: capacity_g, capacity_pieces,
            piece_s, limits
    plan    the community's own with its wording, where it was read already
    """
    plan = plan or places.community_plan(community, now, with_doors=False, with_wording=True)
    team = servings(beside=community)
    serving = next((one for one in team if one.community == community), None)
    station = serving.station if serving else None
    served = _buildings_of(team) if station else len(plan.buildings)
    start = house_midnight(now)
    rules, notices = plan.wording.rules, plan.wording.notices
    wanted = crew.wanted([station] if station else [community], Window(start, start + timedelta(days=1)))
    said: dict[str, Any] = plain(
        {
            "form": FORM,
            "stations": {
                "inner": serving.station_name if serving else "",
                "outer": serving.outer_name if serving else "",
                "is_outside_too": bool(serving and serving.outer),
            },
            "road_zone": plan.road_zone_name,
            "gates": [
                {
                    "name": gate.name,
                    "slot_minutes": gate.slot_minutes,
                    "carts_per_slot": gate.carts_per_slot,
                    "hours": [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in gate.hours],
                }
                for gate in plan.gates
            ],
            "shelves": _shelves_of(plan),
            "zones": [zone_of(rule) for rule in rules],
            "notices": [
                {
                    "name": name,
                    "title": form_of_title(row.title, [plan.name]),
                    "text": form_of(row.text, [plan.name]),
                }
                for name, row in zip(_names(notices, plan.name), notices, strict=True)
            ],
            "categories": [
                {
                    "code": row.code,
                    "name_zh": row.name_zh,
                    "name_en": row.name_en,
                    "is_cold": row.is_cold,
                    "modes": list(row.modes),
                    "weight_g": row.weight_g,
                    "service_s": row.service_s,
                }
                for row in categories()
            ],
            "duties": [
                {
                    "work": row.work,
                    "from": f"{timezone.localtime(row.start_at):%H:%M}",
                    "until": f"{timezone.localtime(row.end_at):%H:%M}",
                    "people_count": row.people_count,
                    "per_100_buildings": round(row.people_count * 100 / max(1, served), 1),
                }
                for row in wanted
            ],
            "rounds": {
                "capacity_g": CAPACITY_G,
                "capacity_pieces": CAPACITY_PIECES,
                "piece_s": PIECE_S,
                "limits": {},
                **_approved_last(station),
                **(rounds or {}),
            },
        }
    )
    return said


def _names(notices: Sequence[places.NoticeText], community: str) -> list[str]:
    """Each notice's title, or whoever issued it; a second one of the same name is numbered."""
    seen: Counter[str] = Counter()
    names = []
    for row in notices:
        name = form_of_title(row.title, [community]) or row.issuer or "通告"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return names


def _approved_last(station: UUID | None) -> dict[str, Any]:
    """What the station's rounds were planned with the last time they were given out; {} where they never were."""
    for head in plans.plans(KIND, "APPROVED", limit=PLANS_READ) if station else ():
        if head.params["station"] == str(station):
            return {key: head.params[key] for key in ("capacity_g", "capacity_pieces", "piece_s", "limits")}
    return {}


def _shelves_of(plan: CommunityView) -> dict[str, Any]:
    """The usual shelf: for each building or each unit, and what it is called and takes."""
    if not plan.shelves:
        return {"per": "none", "people_max": 5, "window_minutes": 10, "parcels_max": None}
    units = sum(len(building.units) for building in plan.buildings)
    per = "unit" if len(plan.shelves) >= units > len(plan.buildings) else "building"
    caps = Counter((s.people_max, s.window_minutes, s.parcels_max) for s in plan.shelves).most_common(1)[0][0]
    return {"per": per, "people_max": caps[0], "window_minutes": caps[1], "parcels_max": caps[2]}


@transaction.atomic
@recorded("delivery.way.saved")
def save_way_of_working(
    *,
    name: str,
    community: UUID | None = None,
    content: Mapping[str, Any] | None = None,
    rounds: Mapping[str, Any] | None = None,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    Keep a community's way of working, or one written by hand, as the next version under its name.

    What says the same as the newest version is that version. Raises NotYourPlace, WayUnusable.
    """
    actor.require(*_RULES)
    name = " ".join(name.split())
    said = plain(dict(content)) if content is not None else content_of(_need(community), now, rounds=rounds)
    faults = _faults(said)
    if not name or faults:
        raise WayUnusable(
            f"This way of working cannot be used: {'; '.join(faults) or 'it has no name'}. Nothing was kept.",
            where="name" if not name else "content",
            found=faults or name,
            expected="a name, and the parts that `content_of` gives",
            cure="Correct the parts that are named.",
        )
    if "notices" in said:  # one written by hand, too, keeps no facts
        said["notices"] = plain(list(notices_of(said)))
    lock_word(f"delivery.way {name}")
    newest = WayOfWorking.objects.filter(name=name).order_by("-version").first()
    digest = content_hash(said)
    if newest is None or bytes(newest.content_hash) != digest:
        version = (WayOfWorking.objects.filter(name=name).aggregate(top=Max("version"))["top"] or 0) + 1
        newest = WayOfWorking.objects.create(
            name=name[:60],
            version=version,
            content=said,
            content_hash=digest,
            note=note[:240],
            made_at=now,
            made_by_id=actor.person_id,
            made_by_name=actor.name,
        )
    record(
        kind="delivery.way.saved",
        actor=actor,
        now=now,
        subject=newest.id,
        data={"name": name, "version": newest.version},
    )
    return newest.id


def _need(community: UUID | None) -> UUID:
    if community is None:
        raise WayUnusable(
            "A way of working is a community's, or written by hand. Nothing was kept.",
            where="community",
            expected="a community or a content",
            cure="Name the community.",
        )
    return community


def _faults(said: Mapping[str, Any]) -> list[str]:
    faults = [
        f"{part} is missing" for part in ("form", "stations", "gates", "shelves", "categories", "duties", "rounds")
        if part not in said
    ]  # fmt: skip
    if faults:
        return faults
    if said["form"] != FORM:
        faults.append(f"form is {said['form']}, this house reads {FORM}")
    if said["shelves"].get("per") not in SHELVES_PER:
        faults.append(f"shelves.per is {said['shelves'].get('per')}, not one of {', '.join(SHELVES_PER)}")
    for one in said["categories"]:
        if not one.get("code") or not set(one.get("modes", ())) or set(one["modes"]) - set(Handover.values):
            faults.append(f"category {one.get('code', '?')} has no handover that is known")
    for one in said.get("zones", ()):
        if (
            one.get("code") not in ZONES
            or one.get("service") not in SERVICES
            or not (one.get("text_zh") and one.get("text_en"))
        ):
            faults.append(f"zone {one.get('code', '?')} has no service that is known, or no words")
    for one in said.get("notices", ()):
        if not one.get("name") or not one.get("text"):
            faults.append("a notice has no name or no text")
    for one in said["duties"]:
        try:
            if time.fromisoformat(one["from"]) == time.fromisoformat(one["until"]):
                faults.append(f"{one['work']} takes no time")
        except (KeyError, ValueError):
            faults.append("a duty has no work or no hours")
    return faults


@transaction.atomic
@recorded("delivery.way.opened")
def open_from(
    *,
    way: UUID,
    name: str,
    buildings: Sequence[BuildingGiven],
    station: UUID,
    outer: UUID | None = None,
    city: str = "",
    street: str = "",
    lat: float | None = None,
    lon: float | None = None,
    road_zone: str = "",
    is_new: bool = False,
    kinds: str | None = None,
    day: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    A new community from a saved way and its building list: gates, shelves, kinds of parcels, what zones mean, who serves it,
    whom it needs. Of its notices nothing is read here: a way has their form only.

    station, outer   the new one's own; the saved names are only shown
    kinds            what holds from now on where the way has a kind of parcel, or what a zone means, otherwise than this house:
                     the WAY's words, for all communities, or the HOUSE's, which leaves all as it is; None: the way's, where
                     that changes nothing for anybody (nobody has touched the kinds and no parcel is known; no zone has a rule,
                     no community is served and no notice is read); else it is refused until somebody says so
    day              a moment of the first day it needs people; None: today
    Said again it changes what differs and makes nothing twice. Returns the community.
    Raises NotYourPlace, WayNotThere, WayKindsDiffer, UnusableInput, places.CommunityUnusable, places.CommunityInDoubt.
    """
    actor.require(*_RULES)
    kept = way_named(way)
    content = kept.content
    kinds = _whose_kinds(content, kinds, now)
    community = place_services.open_community(
        name=name, city=city, street=street, lat=lat, lon=lon, road_zone=road_zone or name, is_new=is_new, actor=actor, now=now
    )  # fmt: skip
    place_services.add_buildings(community=community, buildings=list(buildings), actor=actor, now=now)
    for gate in content["gates"]:
        place_services.set_gate(
            community=community,
            name=gate["name"],
            hours=[(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in gate["hours"]],
            slot_minutes=gate["slot_minutes"],
            carts_per_slot=gate["carts_per_slot"],
            actor=actor,
            now=now,
        )
    plan = places.community_plan(community, now, with_doors=False)
    _set_shelves(plan, content["shelves"], actor, now)
    known = {row.code for row in Category.objects.all()}
    for one in content["categories"]:
        if kinds == "WAY" or one["code"] not in known:
            set_category(**one, actor=actor, now=now)
    differing = {one.where.split(".")[0] for one in zones_that_differ(content, now)} if kinds == "WAY" else set()
    for one in content.get("zones", ()):
        if one["code"] in differing:
            said = {key: one[key] for key in ("service", "days", "text_zh", "text_en")}
            place_services.set_zone_rule(
                zone=one["code"], from_at=now, source=f"{kept.name} {kept.version}", actor=actor, now=now, **said
            )
    stations.serve(community=community, station=station, outer=outer, actor=actor, now=now)
    _want(content["duties"], station, day or now, actor, now)
    record(
        kind="delivery.way.opened",
        actor=actor,
        now=now,
        subject=community,
        data={"way": str(way), "buildings": len(plan.buildings)},
    )
    return community


def _whose_kinds(content: Mapping[str, Any], kinds: str | None, now: datetime) -> str:
    """WAY or HOUSE. Raises WayKindsDiffer, UnusableInput."""
    if kinds is not None and kinds not in KINDS_FROM:
        raise UnusableInput(
            f"“{kinds}” does not say whose kinds of parcels hold. Nothing was opened.",
            where="kinds",
            found=kinds,
            expected=list(KINDS_FROM),
            cure="Say WAY or HOUSE.",
        )
    differing, zones = kinds_that_differ(content), zones_that_differ(content, now)
    if kinds is not None or not (differing or zones):
        return kinds or "HOUSE"
    if (not differing or _kinds_are_new()) and (not zones or _zones_are_new(content, now)):
        return "WAY"
    parts = [f"{one.where}: {one.a} / {one.b}" for one in (*differing, *zones)]
    raise WayKindsDiffer(
        f"This house has {len(parts)} parts of kinds of parcels or zone rules otherwise than the saved way: "
        f"{'; '.join(parts[:5])}. Nothing was opened.",
        where="kinds",
        found=parts,
        expected=list(KINDS_FROM),
        cure="Say which hold from now on: the way’s, for all communities, or this house’s.",
    )


def _kinds_are_new() -> bool:
    """Whether no parcel is, and nobody has said what, one of these kinds."""
    return are_categories_as_seeded() and not Parcel.objects.exists()


def _zones_are_new(content: Mapping[str, Any], now: datetime) -> bool:
    """Whether nobody has said, and nobody is served by, what these zones mean."""
    is_ruled = places.own_rules(now).keys() & {one["code"] for one in content["zones"]}
    return not (is_ruled or servings() or places.notices(most=1))


def _set_shelves(plan: CommunityView, said: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    caps = {name: said[name] for name in ("people_max", "window_minutes", "parcels_max")}
    for building in plan.buildings:
        if said["per"] == "building":
            place_services.set_shelf(
                community=plan.id, name=f"{building.name}架", units=[unit.id for unit in building.units], actor=actor,
                now=now, **caps,
            )  # fmt: skip
        elif said["per"] == "unit":
            for unit in building.units:
                place_services.set_shelf(
                    community=plan.id, name=f"{building.name}-{unit.name or '1'}架", units=[unit.id], actor=actor, now=now,
                    **caps,
                )  # fmt: skip


def _buildings_served(station: UUID) -> int:
    """Of all communities together: a station's people are one team."""
    return _buildings_of(servings(station=station))


def _buildings_of(served: Sequence[ServingView]) -> int:
    return sum(one.buildings_count for one in served)


def _want(duties: Sequence[Mapping[str, Any]], station: UUID, day: datetime, actor: Actor, now: datetime) -> None:
    """As many as the saved station wanted, in proportion to the buildings this one serves by now; at least one."""
    midnight, served = house_midnight(day), _buildings_served(station)
    for one in duties:
        start, end = time.fromisoformat(one["from"]), time.fromisoformat(one["until"])
        start_at = midnight + timedelta(hours=start.hour, minutes=start.minute)
        end_at = midnight + timedelta(hours=end.hour, minutes=end.minute)
        if end_at <= start_at:
            end_at += timedelta(days=1)
        count = max(1, -(-int(one["per_100_buildings"] * 10) * served // 1000))
        crew_services.want(
            place=station, work=one["work"], start_at=start_at, end_at=end_at, people_count=count, actor=actor, now=now
        )


def way_named(way: UUID) -> WayOfWorking:
    """Raises WayNotThere."""
    row = WayOfWorking.objects.filter(pk=way).first()
    if row is None:
        raise WayNotThere(
            "There is no such way of working.", where=str(way), cure="Choose one from the list of saved ways."
        )
    return row
