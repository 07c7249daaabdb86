"""The lists of sites and of lanes: reading them, previewing them, writing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from baogong.engine.geo import gcj02_to_wgs84
from baogong.engine.sheets.amounts import COUNT_MAX
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, line_by_line
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, NameResolution, fold, fold_city
from baogong.engine.sheets.ports import party_book
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.rows import (
    Faults,
    check_length,
    choice_of,
    need_columns,
    need_text,
    number_of,
    sound_text,
    time_of,
)
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.places import queries, services
from baogong.places.models import Lane, Site

_Party = Site._meta.get_field("party").related_model  # noqa: SLF001
_NAME_MAX = longest(_Party, "name")
SITE_COLUMNS = (
    Column("site", "站点", "site", is_required=True, also=("名称", "name"), longest=_NAME_MAX, help_zh="全称", help_en="its full name"),
    Column("role", "角色", "role", is_required=True, help_zh="仓库、中转仓、配送站、提货点、接收点、指挥部", help_en="warehouse, hub, station, pickup, receiver, command"),
    Column("name_en", "英文名", "name_en", longest=longest(_Party, "name_en")),
    Column("city", "城市", "city", longest=longest(_Party, "city")),
    Column("address", "地址", "address", longest=longest(Site, "address")),
    Column("lat", "纬度", "lat", help_zh="度，十进制", help_en="decimal degrees"),
    Column("lon", "经度", "lon", help_zh="度，十进制", help_en="decimal degrees"),
    Column("system", "坐标系", "system", help_zh="WGS84 或 GCJ02（高德、腾讯）；空白为 WGS84", help_en="WGS84 or GCJ02 (Chinese map services); blank is WGS84"),
    Column("located", "坐标精确", "located", help_zh="是：坐标为门口；空白或否：仅为城镇中心", help_en="yes: the point is the door; blank or no: only the town"),
    Column("area", "封控区", "area", help_zh="已登记的封控区名称", help_en="the name of a sealed area already known"),
    Column("docks", "月台数", "docks"),
    Column("service_minutes", "装卸分钟", "service_minutes", help_zh="每车", help_en="for each truck"),
    Column("opens", "开门", "opens"),
    Column("closes", "关门", "closes"),
)  # fmt: skip
LANE_COLUMNS = (
    Column("origin", "起点", "origin", is_required=True, help_zh="站点名称", help_en="a site's name"),
    Column("target", "终点", "target", is_required=True, help_zh="站点名称", help_en="a site's name"),
    Column("mode", "方式", "mode", help_zh="公路、航空、铁路；空白为公路", help_en="road, air, rail; blank is road"),
    Column("km", "公里", "km", help_zh="空白则按直线 × 1.22 估算", help_en="blank: estimated as great circle × 1.22"),
    Column("hours", "小时", "hours", help_zh="公路可空白", help_en="may be blank by road"),
    Column("lead_hours", "提前小时", "lead_hours", help_zh="承运人要求的提前通知", help_en="notice the carrier wants"),
)  # fmt: skip
SAME_AGAIN_SCORE = 0.9
_BLANK = Decimal(-1)
_ROLE_KINDS = {"COMMAND": "ORGANISATION"}


def classify_sites(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    heads = match_headers(table, SITE_COLUMNS, profile, kind="sites")
    need_columns(table, SITE_COLUMNS, heads)
    index = party_book().name_index(kinds=("SITE", "ORGANISATION"))
    known = {str(view.id): view for view in queries.sites(most=1_000_000)}
    areas = {fold(area.name): area for area in queries.sealed_areas()}
    seen: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    return line_by_line(table, lambda row: _site_line(row, heads, index, known, areas, seen))


def _site_line(
    row: Row,
    heads: Headers,
    index: NameIndex,
    known: dict[str, queries.SiteView],
    areas: dict[str, queries.AreaView],
    seen: dict[tuple[str, str], tuple[str, dict[str, Any]]],
) -> LineOutcome:
    payload = _site_payload(row, heads, areas)
    where, text = row.where, f"{payload['name']} {payload['city']}".strip()
    key = (fold(payload["name"]), payload["city"])
    if earlier := seen.get(key):
        if earlier[1] == payload:
            return LineOutcome(where, Status.UNCHANGED, payload, text, found=f"the same as {earlier[0]}")
        raise BadCell(
            f"{payload['name']} stands in {earlier[0]} already, with other words beside it.",
            where=heads.cell(row, "site").where,
            found=payload["name"],
            expected=f"the same as {earlier[0]}, or another name",
            cure="Keep one of the two rows.",
        )
    seen[key] = (where, dict(payload))
    found = index.resolve(payload["name"], city=payload["city"])
    if found.entry:
        payload["party"] = found.entry.key
        view = known.get(found.entry.key)
        status = Status.UNCHANGED if view and _says_nothing_new(payload, view) else Status.MATCHED
        return LineOutcome(where, status, payload, text)
    close = tuple(given for given in found.candidates if given.score >= SAME_AGAIN_SCORE)
    if close:
        return _waiting(where, payload, text, replace(found, candidates=close), payload["name"], "party")
    return LineOutcome(where, Status.ADDED, payload, text)


def _site_payload(row: Row, heads: Headers, areas: dict[str, queries.AreaView]) -> dict[str, Any]:
    """What the row says of a site. Raises BadCell with every cell that cannot be read."""
    words = load_profile("default")
    cell = partial(heads.cell, row)
    faults = Faults()
    for column in SITE_COLUMNS:
        if column.longest:
            faults.of(partial(check_length, cell(column.key), column.longest))
    name = faults.of(partial(_site_name, cell("site")))
    role = faults.of(partial(choice_of, cell("role"), words["site_roles"]))
    texts = {key: faults.of(partial(sound_text, cell(key))) or "" for key in ("name_en", "city", "address")}
    lat, lon = faults.of(partial(_point, cell("lat"), cell("lon"))) or (None, None)
    system = faults.of(partial(choice_of, cell("system"), words["coordinate_systems"], default="WGS84"))
    if lat is not None and lon is not None and system == "GCJ02":
        lat, lon = gcj02_to_wgs84(lat, lon)
    located = faults.of(partial(choice_of, cell("located"), words["yes_no"], default=""))
    area = faults.of(partial(_area, cell("area"), areas))
    docks = faults.of(partial(number_of, cell("docks"), default=_BLANK, least=1, most=COUNT_MAX, is_whole=True))
    minutes = faults.of(partial(number_of, cell("service_minutes"), default=_BLANK, most=COUNT_MAX // 60))
    opens, closes = faults.of(partial(time_of, cell("opens"))), faults.of(partial(time_of, cell("closes")))
    faults.refuse()
    return {
        "party": None,
        "name": name,
        "role": role,
        "name_en": texts["name_en"],
        "city": fold_city(texts["city"]),
        "address": texts["address"],
        "lat": lat,
        "lon": lon,
        "is_located": (located == "YES" and lat is not None) if located else None,
        "area": area,
        "docks_count": int(docks) if docks is not None and docks != _BLANK else None,
        "service_s": round(minutes * 60) if minutes is not None and minutes != _BLANK else None,
        "opens_at": opens.isoformat() if opens else None,
        "closes_at": closes.isoformat() if closes else None,
    }


def _site_name(cell: Cell) -> str:
    name = need_text(cell, "the site's name")
    if not fold(name):
        raise BadCell(
            "This name has no letter or sign.",
            where=cell.where,
            found=name,
            expected="a name",
            cure="Write the site's name.",
        )
    check_length(cell, _NAME_MAX, fold(name))
    return name


def _area(cell: Cell, areas: dict[str, queries.AreaView]) -> str | None:
    """The sealed area's id, None where the cell is empty."""
    text = sound_text(cell)
    if not text:
        return None
    if fold(text) not in areas:
        raise BadCell(
            f"There is no sealed area “{text}”.",
            where=cell.where,
            found=text,
            expected=", ".join(area.name for area in areas.values()) or "a sealed area that is known",
            cure="Enter the sealed area with its date first.",
        )
    return str(areas[fold(text)].id)


def _point(lat_cell: Cell, lon_cell: Cell) -> tuple[float | None, float | None]:
    """Both coordinates or neither; [0, 0] is what programs write for "unknown"."""
    if not lat_cell.text and not lon_cell.text:
        return None, None
    for cell, other in ((lat_cell, lon_cell), (lon_cell, lat_cell)):
        if not cell.text:
            raise BadCell(
                f"Cell {cell.where} is empty beside {other.where}.",
                where=cell.where,
                found="",
                expected="both coordinates, or neither",
                cure="Fill in the other coordinate.",
            )
    lat, lon = degrees(lat_cell, 90), degrees(lon_cell, 180)
    return (None, None) if lat == 0 and lon == 0 else (lat, lon)


def degrees(cell: Cell, most: int) -> float:
    """Decimal degrees, from -most to most. Raises BadCell."""
    try:
        return float(number_of(cell, least=-most, most=most))
    except BadCell as error:
        if cell.flaw:
            raise
        raise BadCell(
            f"Cell {cell.where} is no place on the earth.",
            where=cell.where,
            found=cell.text,
            expected="latitude -90 to 90, longitude -180 to 180",
            cure="Check whether latitude and longitude are swapped.",
        ) from error


def _says_nothing_new(payload: dict[str, Any], view: queries.SiteView) -> bool:
    said = {
        "role": view.role,
        "name_en": view.name_en,
        "address": view.address,
        "lat": view.lat,
        "lon": view.lon,
        "is_located": view.is_located,
        "area": str(view.area) if view.area else None,
        "docks_count": view.docks_count,
        "service_s": view.service_s,
        "opens_at": view.opens_at.isoformat() if view.opens_at else None,
        "closes_at": view.closes_at.isoformat() if view.closes_at else None,
    }
    return all(payload[field] in (None, "", value) for field, value in said.items() if field != "name_en")


def _waiting(
    where: str, payload: dict[str, Any], text: str, found: NameResolution, asked: str, asks: str
) -> LineOutcome:
    candidates = tuple(
        Candidate(given.entry.key, f"{given.entry.name} {given.entry.city}".strip(), given.score, given.why)
        for given in found.candidates
    )
    return LineOutcome(
        where,
        Status.WAITING,
        payload,
        text,
        sure=candidates[0].score,
        found=asked,
        candidates=candidates,
        asks=asks,
    )


def apply_sites(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Register the parties that are new, then say where they are."""
    SITES.require(actor)
    known = {view.id for view in queries.sites(most=1_000_000)}
    for line in lines:
        if not line.status.is_sound:
            continue
        given = line.payload
        if given["party"] is None:
            kind = _ROLE_KINDS.get(given["role"], "SITE")
            party = party_book().register(
                kind=kind, name=given["name"], name_en=given["name_en"], city=given["city"], aliases=(), now=now
            )
        else:
            party = UUID(given["party"])
            party_book().add_alias(party=party, text=given["name"], now=now)
        fields: dict[str, Any] = {
            "address": given["address"] or None,
            "lat": given["lat"],
            "lon": given["lon"],
            "is_located": given["is_located"],
            "docks_count": given["docks_count"],
            "service_s": given["service_s"],
            "opens_at": time.fromisoformat(given["opens_at"]) if given["opens_at"] else None,
            "closes_at": time.fromisoformat(given["closes_at"]) if given["closes_at"] else None,
        }
        if party not in known:
            services.add_site(party=party, role=given["role"])
            known.add(party)
        services.change_site(site=party, role=given["role"], **fields)
        if given["area"]:
            services.seal(area=UUID(given["area"]), site=party)


def classify_lanes(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    heads = match_headers(table, LANE_COLUMNS, profile, kind="lanes")
    need_columns(table, LANE_COLUMNS, heads)
    views = {str(view.id): view for view in queries.sites(most=1_000_000)}
    entries = [entry for entry in party_book().name_index().entries if entry.key in views]
    index = NameIndex(entries)
    known = {(str(lane.origin), str(lane.target), lane.mode): lane for lane in queries.lanes()}
    seen: dict[tuple[str, str, str], str] = {}
    return line_by_line(table, lambda row: _lane_line(row, heads, index, views, known, seen))


def _lane_line(
    row: Row,
    heads: Headers,
    index: NameIndex,
    views: dict[str, queries.SiteView],
    known: dict[tuple[str, str, str], queries.LaneView],
    seen: dict[tuple[str, str, str], str],
) -> LineOutcome:
    mode = choice_of(heads.cell(row, "mode"), load_profile("default")["lane_modes"], default=Lane.Mode.ROAD.value)
    km, hours = heads.text(row, "km"), heads.text(row, "hours")
    payload: dict[str, Any] = {
        "origin": None,
        "target": None,
        "mode": mode,
        "distance_m": round(number_of(heads.cell(row, "km"), most=COUNT_MAX // 1000) * 1000) if km else None,
        "duration_s": round(number_of(heads.cell(row, "hours"), most=COUNT_MAX // 3600) * 3600) if hours else None,
        "lead_time_s": round(
            number_of(heads.cell(row, "lead_hours"), default=Decimal(0), most=COUNT_MAX // 3600) * 3600
        ),
    }
    text = f"{heads.text(row, 'origin')} → {heads.text(row, 'target')} {mode}"
    for end in ("origin", "target"):
        cell = heads.cell(row, end)
        name = need_text(cell, "the name of a site")
        found = index.resolve(name)
        if found.entry:
            payload[end] = found.entry.key
            continue
        near = ", ".join(given.entry.name for given in found.candidates)
        raise BadCell(
            f"“{name}” is no site's name.",
            where=cell.where,
            found=name,
            expected=near or "the name or an alias of a site",
            cure="Write the site's name in full, or enter the site or the alias first.",
        )
    if payload["origin"] == payload["target"]:
        cell = heads.cell(row, "target")
        raise BadCell(
            "This lane ends where it begins.",
            where=cell.where,
            found=cell.text,
            expected="another site",
            cure="Correct one of the two ends.",
        )
    _check_length(row, heads, payload, views)
    key = (payload["origin"], payload["target"], mode)
    if key in seen:
        raise BadCell(
            f"This lane stands in {seen[key]} already.",
            where=heads.cell(row, "origin").where,
            found=text,
            expected="each lane once",
            cure="Keep one of the two rows.",
        )
    seen[key] = row.where
    lane = known.get(key)
    if lane is None:
        return LineOutcome(row.where, Status.ADDED, payload, text)
    is_same = lane.lead_time_s == payload["lead_time_s"] and all(
        payload[field] in (None, getattr(lane, field)) for field in ("distance_m", "duration_s")
    )
    return LineOutcome(row.where, Status.UNCHANGED if is_same else Status.MATCHED, payload, text)


def _check_length(row: Row, heads: Headers, payload: dict[str, Any], views: dict[str, queries.SiteView]) -> None:
    lacking = [views[payload[end]].name for end in ("origin", "target") if views[payload[end]].lat is None]
    if payload["distance_m"] is None and lacking:
        cell = heads.cell(row, "km")
        raise BadCell(
            f"The length of this lane cannot be estimated: {', '.join(lacking)} has no point.",
            where=cell.where,
            found="",
            expected="kilometres",
            cure="Write the length, or the point of the site.",
        )
    if payload["duration_s"] is None and payload["mode"] != Lane.Mode.ROAD:
        cell = heads.cell(row, "hours")
        raise BadCell(
            "Only by road can the time be estimated.",
            where=cell.where,
            found="",
            expected="hours",
            cure="Write how long it takes.",
        )


def apply_lanes(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Add the new lanes; change the known ones where the list says something else."""
    LANES.require(actor)
    known = {(lane.origin, lane.target, lane.mode): lane for lane in queries.lanes()}
    for line in lines:
        if not line.status.is_sound:
            continue
        given = line.payload
        key = (UUID(given["origin"]), UUID(given["target"]), given["mode"])
        lane = known.get(key)
        distance_m, duration_s = given["distance_m"], given["duration_s"]
        if lane is not None:  # what the list leaves blank stays as it is
            distance_m = lane.distance_m if distance_m is None else distance_m
            duration_s = lane.duration_s if duration_s is None else duration_s
        services.add_lane(
            origin=key[0],
            target=key[1],
            mode=key[2],
            distance_m=distance_m,
            duration_s=duration_s,
            lead_time_s=given["lead_time_s"],
        )


SITES = ImportKind("sites", "站点", "Sites", SITE_COLUMNS, classify_sites, apply_sites)
LANES = ImportKind("lanes", "线路", "Lanes", LANE_COLUMNS, classify_lanes, apply_lanes)
