"""
The plain list of buildings that opens a community: ranges, units by count or by name, households, shelf, gate, road zone.

    小区,楼号,单元,户数          1-12号楼 → twelve buildings · 每栋2个单元 → units 1 and 2 of each · 1、3单元 → those two
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.engine.sheets.house_numbers import STEMS, building_name, chinese_number, house_key, plain, unit_name
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, line_by_line
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, ResolutionStatus, fold, fold_city
from baogong.engine.sheets.ports import party_book
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.rows import Faults, check_lengths, choice_of, need_columns, need_text, number_of, sound_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.places import queries
from baogong.places.imports.sites import degrees
from baogong.places.models import Building, Community, Gate, RoadZone, Shelf, Site, Unit
from baogong.places.queries import CommunityView
from baogong.places.services import communities as services
from baogong.places.services.communities import LOCAL, NEAR_NAME, BuildingGiven, UnitGiven
from baogong.places.services.sites import add_site
from baogong.places.services.stations import move_station

_Party = Site._meta.get_field("party").related_model  # noqa: SLF001
RANGE_MAX, UNITS_MAX = 300, 60
COLUMNS = (
    Column("community", "小区", "community", is_required=True, also=("社区", "院落", "楼盘", "小区名称"), longest=longest(_Party, "name"), help_zh="全称", help_en="its full name"),
    Column("building", "楼号", "building", is_required=True, also=("楼栋", "楼", "栋", "幢", "号楼", "楼栋号", "楼幢", "栋号"), help_zh="5号楼；或一段：1-12号楼", help_en="5; or a range: 1-12"),
    Column("unit", "单元", "unit", also=("单元数", "单元号", "units", "门"), help_zh="1、2单元；或个数：2个单元", help_en="1, 2; or how many: 2 units"),
    Column("households", "户数", "households", also=("住户数", "户"), help_zh="该行合计；或每单元12户", help_en="of the row in all; or 12 per unit"),
    Column("floors", "层数", "floors", also=("楼层", "楼层数")),
    Column("lift", "电梯", "lift", also=("有无电梯",), help_zh="有、无", help_en="yes, no"),
    Column("shelf", "货架", "shelf", also=("取货点位", "货架名称"), longest=longest(Shelf, "name")),
    Column("people_max", "货架人数上限", "people_max", also=("人数上限",), help_zh="同一时段最多几人", help_en="people called to it at a time"),
    Column("gate", "大门", "gate", also=("出入口", "门口"), longest=longest(Gate, "name")),
    Column("gate_hours", "开放时间", "gate_hours", also=("开门时间", "大门时间"), help_zh="06:00-09:00、16:00-19:00", help_en="06:00-09:00, 16:00-19:00"),
    Column("road_zone", "路区", "road_zone", longest=longest(RoadZone, "name")),
    Column("city", "城市", "city", longest=longest(_Party, "city")),
    Column("street", "路名", "street", also=("街道", "所在道路"), longest=longest(Community, "street"), help_zh="管控通告里的路名", help_en="as zone notices name it"),
    Column("address", "地址", "address", longest=longest(Community, "address")),
    Column("lat", "纬度", "lat", help_zh="楼的坐标，WGS84", help_en="of the building, WGS84"),
    Column("lon", "经度", "lon", help_zh="楼的坐标，WGS84", help_en="of the building, WGS84"),
)  # fmt: skip
_COUNT = re.compile(
    r"(?:每栋|每幢|每楼|各|共|均为?)?(\d{1,2}|[一二两三四五六七八九十])个(?:单元|门|门洞)?|(?:EACH)?(\d{1,2})UNITS(?:EACH)?"
)
_PER_UNIT = re.compile(r"每(?:个)?单元(\d{1,4})户?|(\d{1,4})PERUNIT")
_NUMERAL = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_PER_FLOOR = re.compile(rf"(?:每(?:个)?层|{_NUMERAL}梯)({_NUMERAL})户?|(\d{{1,3}})PERFLOOR")
_SPAN = re.compile(r"(\d{1,2})[:：.](\d{2})[-–—~至](\d{1,2})[:：.](\d{2})")
_PART_OF_DAY = "(早上|上午|早|凌晨|中午|下午|傍晚|晚上|晚)?"
_HOUR = (
    rf"{_PART_OF_DAY}(\d{{1,2}}|[一二两三四五六七八九十]{{1,3}})(?:[:：.](\d{{2}})|[点时](?:(半)|(\d{{1,2}})分?|整)?)"
)
_SPOKEN = re.compile(rf"{_HOUR.removesuffix(')') + ')?'}(?:-|–|—|~|至|到){_HOUR}")
_UNREAD_HOURS = re.compile(r"\d\s*[点时:：]|[一二两三四五六七八九十]\s*点|\d\s*(?:-|–|—|~|至|到)\s*\d")
_HOUSEHOLDS_SAID = re.compile(
    r"每(?:个)?单元\s*\d{1,4}\s*户?|\d{1,4}\s*per\s*unit|(?:每[栋幢楼]|[共各])?\s*\d{1,5}\s*(?:户|households?)",
    re.IGNORECASE,
)
_PER_FLOOR_SAID = re.compile(
    rf"(?:每(?:个)?层|{_NUMERAL}\s*梯)\s*{_NUMERAL}\s*户?|\d{{1,3}}\s*per\s*floor", re.IGNORECASE
)
_FLOORS_SAID = re.compile(
    rf"(?:每(?:个)?(?:单元|[栋幢楼])|各|共|均为?|高)?\s*({_NUMERAL})\s*层(?:楼(?!号)|高)?|(\d{{1,3}})\s*(?:floors|storeys)",
    re.IGNORECASE,
)
_LONE_COUNT = re.compile(r"([2-9]|\d{2}|[二两三四五六七八九十])\s*单元")
_UNITS_SAID = re.compile(
    r"(?:每[栋幢楼]|各|共|均为?)?\s*(?:\d{1,2}|[一二两三四五六七八九十])\s*个\s*(?:单元|门洞|门)|\d{1,2}\s*units(?:\s*each)?"
    r"|\d{1,2}(?:\s*[-、,，至到~]\s*\d{1,2})*\s*单元",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:号楼|楼号|号院|号|栋|幢|座|楼|单元|#)?")
_NO_BUILDING = re.compile(r"单元|\d户|HOUSEHOLD|UNITS?$|\d梯|个门")
_SPLIT = re.compile(r"[、,，;；/和及]+")
_RANGE = re.compile(r"(.*?)(\d{1,4})(?:号楼|栋|幢|座|号|单元|#)?(?:-|~|至|到)(\d{1,4})(.*)")


def classify_buildings(
    table: Table, profile: str | None, now: datetime, *, community: str = "", city: str = ""
) -> tuple[LineOutcome, ...]:
    """
    One outcome for each row.

    community, city  for a list that has no such column: the one that is being opened
    """
    columns = COLUMNS if not community else (Column("community", "小区", "community"), *COLUMNS[1:])
    heads = match_headers(table, columns, profile, kind="buildings")
    need_columns(table, columns, heads)
    index = party_book().name_index(kinds=("SITE", "ORGANISATION"))
    dashed = _dash_names(table, heads)
    standing: dict[str, CommunityView] = {}
    seen: dict[tuple[str, str, str], str] = {}

    def read(row: Row) -> LineOutcome:
        payload, notes = _payload(row, heads, community, city, dashed)
        return _outcome(row, heads, payload, notes, index, standing, seen, now)

    return line_by_line(table, read)


def _payload(row: Row, heads: Headers, community: str, city: str, dashed: bool) -> tuple[dict[str, Any], list[str]]:
    cell, faults, notes = partial(heads.cell, row), Faults(), []
    check_lengths(row, COLUMNS, heads)
    name = heads.text(row, "community") or community
    if not name:
        need_text(cell("community"), "the community's name")
    buildings = faults.of(lambda: _buildings(cell("building"), dashed)) or []
    units = faults.of(lambda: _units(cell("unit"))) or [""]
    floors = faults.of(lambda: _whole(cell("floors"), 200))
    households = faults.of(lambda: _households(cell("households"), max(len(buildings), 1), len(units), floors))
    people = faults.of(lambda: _whole(cell("people_max"), 1000))
    lift = faults.of(lambda: choice_of(cell("lift"), load_profile("default")["yes_no"], default=""))
    hours = faults.of(lambda: _hours(cell("gate_hours"))) or []
    lat = faults.of(lambda: degrees(cell("lat"), 90) if cell("lat").text else None)
    lon = faults.of(lambda: degrees(cell("lon"), 180) if cell("lon").text else None)
    faults.refuse()
    counts, is_divided = households or ([None] * len(units), False)
    if len(buildings) > 1:
        notes.append(f"buildings {buildings[0]} to {buildings[-1]}: {len(buildings)}")
    if len(units) > 1:
        notes.append(f"units {'、'.join(units)} of each")
    if is_divided:
        notes.append("households divided equally between the units")
    texts = {key: sound_text(cell(key)) for key in ("city", "street", "address", "road_zone", "shelf", "gate")}
    is_one = len(buildings) == 1 and lat is not None and lon is not None
    return {
        "community": None,
        "name": name,
        **texts,
        "city": fold_city(texts["city"] or city),
        "buildings": buildings,
        "units": [[unit, count] for unit, count in zip(units, counts, strict=True)],
        "floors": floors,
        "has_lift": {"YES": True, "NO": False}.get(lift or ""),
        "people_max": people,
        "hours": hours,
        "lat": lat if is_one else None,
        "lon": lon if is_one else None,
    }, notes


def _outcome(
    row: Row,
    heads: Headers,
    payload: dict[str, Any],
    notes: list[str],
    index: NameIndex,
    standing: dict[str, CommunityView],
    seen: dict[tuple[str, str, str], str],
    now: datetime,
) -> LineOutcome:
    shown = payload["buildings"][0] + (f"–{payload['buildings'][-1]}" if len(payload["buildings"]) > 1 else "")
    text = f"{payload['name']} {shown}"
    for building in payload["buildings"]:
        for unit, _ in payload["units"]:
            place = (fold(payload["name"]), house_key(building), unit)
            if place in seen:
                raise BadCell(
                    f"Building {building} stands in {seen[place]} already.",
                    where=heads.cell(row, "building").where,
                    found=f"{building} {unit}".strip(),
                    expected="each building once, or each of its units",
                    cure="Keep one of the two rows.",
                )
            seen[place] = row.where
    found = index.resolve(payload["name"], city=payload["city"])
    told = tuple(notes)
    if found.entry is None:
        near = tuple(each for each in found.candidates if each.score >= NEAR_NAME)
        if near and found.status is ResolutionStatus.LIKELY:
            candidates = tuple(
                Candidate(each.entry.key, f"{each.entry.name} {each.entry.city}".strip(), each.score, each.why)
                for each in near
            )
            return LineOutcome(
                row.where,
                Status.WAITING,
                payload,
                text,
                near[0].score,
                payload["name"],
                candidates=candidates,
                asks="community",
                notes=told,
            )
        return LineOutcome(row.where, Status.ADDED, payload, text, notes=told)
    key = payload["community"] = found.entry.key
    if key not in standing:
        known = queries.communities(ids=[UUID(key)])
        if not known:
            return LineOutcome(row.where, Status.ADDED, payload, text, notes=told)
        standing[key] = queries.community_plan(UUID(key), now, with_doors=False)
    status = _status(payload, standing[key])
    return LineOutcome(row.where, status, payload, text, notes=told)


def _status(payload: dict[str, Any], plan: CommunityView) -> Status:
    """ADDED where a building is new; UNCHANGED where nothing is said that the book does not say."""
    houses = {key: house for house in plan.buildings for key in (house_key(house.name), *house.also)}
    mine = [houses.get(house_key(name)) for name in payload["buildings"]]
    if any(house is None for house in mine):
        return Status.ADDED
    shelves = {unit: shelf for shelf in plan.shelves for unit in shelf.units}
    gates = {gate.name: gate for gate in plan.gates}
    for house in mine:
        assert house is not None
        units = {unit.name.casefold(): unit for unit in house.units}
        for name, count in payload["units"]:
            unit = units.get(name.casefold())
            if unit is None or (count is not None and unit.households_count != count):
                return Status.MATCHED
            shelf = shelves.get(unit.id)
            if payload["shelf"] and (shelf is None or shelf.name != payload["shelf"]):
                return Status.MATCHED
            if payload["people_max"] and shelf is not None and shelf.people_max != payload["people_max"]:
                return Status.MATCHED
        said = (
            (payload["floors"], house.floors_count),
            (payload["has_lift"], house.has_lift),
            (payload["lat"], house.lat),
            (payload["lon"], house.lon),
        )
        if any(new is not None and new != old for new, old in said):
            return Status.MATCHED
    about = (("street", plan.street), ("address", plan.address), ("road_zone", plan.road_zone_name))
    if any(payload[key] and payload[key] != value for key, value in about):
        return Status.MATCHED
    if payload["gate"]:
        gate = gates.get(payload["gate"])
        hours = [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in gate.hours] if gate else None
        if gate is None or (payload["hours"] and hours != sorted(payload["hours"])):
            return Status.MATCHED
    return Status.UNCHANGED


def apply_buildings(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Open the communities that are new, then list their buildings, gates and shelves."""
    wanted: dict[tuple[str | None, str, str], list[dict[str, Any]]] = {}
    for line in lines:
        if line.status.is_sound:
            given = line.payload
            wanted.setdefault((given["community"], fold(given["name"]), given["city"]), []).append(given)
    for (key, _, _), rows in wanted.items():
        community = UUID(key) if key else None
        if community is None or not queries.communities(ids=[community]):
            community = services.open_community(
                name=rows[0]["name"], party=community, city=rows[0]["city"], is_new=True, actor=actor, now=now
            )
        write_rows(community, rows, actor=actor, now=now)


def write_rows(community: UUID, rows: Sequence[dict[str, Any]], *, actor: Actor, now: datetime) -> None:
    """What the rows of one community say, in a few statements."""

    def last(key: str) -> str | None:
        return next((row[key] for row in reversed(rows) if row[key]), None)

    services.change_community(
        community=community,
        street=last("street"),
        address=last("address"),
        road_zone=last("road_zone"),
        actor=actor,
        now=now,
    )
    services.add_buildings(community=community, buildings=buildings_in(rows), actor=actor, now=now)
    for gate in dict.fromkeys(row["gate"] for row in rows if row["gate"]):
        spans = next((row["hours"] for row in rows if row["gate"] == gate and row["hours"]), None)
        hours = (
            None if spans is None else [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans]
        )
        services.set_gate(community=community, name=gate, hours=hours, actor=actor, now=now)
    _set_shelves(community, rows, actor, now)


def buildings_in(rows: Sequence[dict[str, Any]]) -> list[BuildingGiven]:
    """The buildings that rows of a list name, with their units; `rows` are payloads of `classify_buildings`."""
    return [
        BuildingGiven(
            name,
            lat=row["lat"],
            lon=row["lon"],
            floors_count=row["floors"],
            has_lift=row["has_lift"],
            units=tuple(UnitGiven(unit, count) for unit, count in row["units"]),
        )
        for row in rows
        for name in row["buildings"]
    ]


@transaction.atomic
def open_from_list(
    lines: Sequence[LineOutcome],
    *,
    name: str,
    facts: dict[str, Any],
    point: tuple[float | None, float | None] = (None, None),
    gates: Sequence[tuple[str, Sequence[tuple[time, time]]]] = (),
    station: str = "",
    is_new: bool = False,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    A community from its plain list, whole or not at all; returns its id.

    lines    as `classify_buildings` gave them; a refused one refuses the whole
    facts    name_en, city, street, address, road_zone
    gates    name and hours of each
    station  the name of one that stands inside from now on; a new one is registered
    Raises what the services raise, and BadCell for the first refused line.
    """
    if bad := next((line for line in lines if line.status is Status.REFUSED), None):
        raise BadCell(bad.text, where=bad.where, found=bad.found, expected=bad.expected, cure=bad.cure)
    community = services.open_community(
        name=name, lat=point[0], lon=point[1], is_new=is_new, actor=actor, now=now, **facts
    )
    write_rows(community, [line.payload for line in lines], actor=actor, now=now)
    for gate, hours in gates:
        services.set_gate(community=community, name=gate, hours=hours, actor=actor, now=now)
    if station.strip():
        found = party_book().name_index(kinds=("SITE",)).resolve(station, city=facts.get("city", ""))
        party = (
            UUID(found.entry.key)
            if found.entry
            else party_book().register(
                kind="SITE", name=station.strip(), name_en="", city=facts.get("city", ""), aliases=(), now=now
            )
        )
        if not queries.sites(ids=[party]):
            add_site(party=party, role=Site.Role.STATION.value)
        move_station(station=party, community=community, from_at=now, actor=actor, now=now)
    return community


def typed_table(text: str) -> Table:
    """
    A list of buildings as it is typed or pasted, each cell by the line it stands in (“line 3”, empty lines count).

    Without a header each line is taken apart: 1-12号楼 2个单元 每单元6层 每层4户 → four cells. A header typed with blanks
    between its words has its columns at the blanks; a table with a header keeps its columns.
    Raises UnreadableFile.
    """
    lines = [(f"line {number}", line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not _is_headed(lines[0][1]):
        heads = tuple(Cell(head, "line 1") for head in ("楼号", "单元", "层数", "户数"))
        said = [(where, part) for where, line in lines for part in _sentences(line)]
        rows = [(where, _taken_apart(line)) for where, line in said]
        counted = Counter(cells[0] for _where, cells in rows)
        return Table(
            "pasted.txt",
            heads,
            tuple(
                Row(where, tuple(Cell(text, where) for text in _counted(cells, counted[cells[0]] == 1)))
                for where, cells in rows
            ),
            form="typed",
        )
    if len(re.split(r"\s+", lines[0][1])) > 1 and not re.search(r"[\t,;]", text):
        text = "\n".join("\t".join(line.split()) for line in text.splitlines())
    table = read_table("pasted.txt", text.encode())
    return replace(
        table,
        columns=tuple(replace(cell, where=_line_of(cell.where)) for cell in table.columns),
        rows=tuple(
            Row(_line_of(row.where), tuple(replace(cell, where=_line_of(cell.where)) for cell in row.cells))
            for row in table.rows
        ),
    )


def _line_of(where: str) -> str:
    """A7 → line 7."""
    return f"line {where.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"


def _is_headed(line: str) -> bool:
    words = {
        word.casefold() for column in COLUMNS for word in (column.key, column.title_zh, column.title_en, *column.also)
    }
    return any(head.casefold() in words for head in re.split(r"[\t,，;；]|\s+", line))


def _sentences(line: str) -> list[str]:
    """A line that describes several buildings one after the other, apart; any other line is itself."""
    parts = [part.strip() for part in re.split("[;；。]", line) if part.strip()]
    return parts if len(parts) > 1 and all(_UNITS_SAID.search(part) for part in parts) else [line]


def _taken_apart(line: str) -> tuple[str, str, str, str]:
    """Buildings, units, floors and households of a line without columns."""
    rest, found = line, []
    for pattern in (_PER_FLOOR_SAID, _FLOORS_SAID, _HOUSEHOLDS_SAID, _UNITS_SAID):
        found.append([each.group().strip() for each in pattern.finditer(rest)])
        rest = pattern.sub(" ", rest)
    per_floor, floors, households, units = found
    if max(len(floors), len(units), len(per_floor) + len(households)) > 1:
        # Said twice: the whole line is one cell, which is refused in words.
        return line.replace("\t", " "), "", "", ""
    rest = re.sub(r"\s*([-–—~至到])\s*", r"\1", rest).strip(" \t,，;；、:：。.")
    number = next((_FLOORS_SAID.fullmatch(each) for each in floors), None)
    return (
        re.sub(r"[\s,，;；]+", "、", rest),
        "".join(units),
        str(_number(number[1] or number[2])) if number else "",
        "".join(per_floor + households),
    )


def _counted(cells: tuple[str, str, str, str], is_alone: bool) -> tuple[str, str, str, str]:
    """7号楼 2单元 18层 in the only line of building 7 describes all of it: two units. In one of several it is unit 2."""
    buildings, units, floors, households = cells
    found = _LONE_COUNT.fullmatch(units)
    if not (found and is_alone and floors):
        return cells
    return buildings, f"{found[1]}个单元", floors, households


def hours_in(text: str) -> tuple[str, list[list[str]]]:
    """
    南门 06:00-09:00、16:00-19:00 → the gate's name and its spans; no span: open always. Raises BadCell.

    Hours may be written as they are spoken: 北门 7点到9点、下午4点半到6点.
    """
    text = _SPOKEN.sub(_spoken, re.sub(r"\s*(-|–|—|~|至|到)\s*", r"\1", text))
    found = _SPAN.search(text)
    name = (text[: found.start()] if found else text).strip(" :：,，、")
    if _UNREAD_HOURS.search(name):
        raise _bad(Cell(text, name[:20]), "南门 06:00-09:00 16:00-19:00", "Write hours and minutes.")
    return name, _hours(Cell(text[found.start() :], name)) if found else []


def _spoken(found: re.Match[str]) -> str:
    """7点到9点 → 07:00-09:00; 下午 counts for the end too."""
    first, last = found.groups()[:5], found.groups()[5:]
    part = first[0] or ""

    def minutes(said: tuple[str | None, ...], part: str) -> int:
        hour = said[1] or "0"
        at = int(hour) if hour.isdigit() else chinese_number(hour)
        if at < 12 and part in ("下午", "傍晚", "晚上", "晚"):
            at += 12
        return at * 60 + (30 if said[3] else int(said[2] or said[4] or 0))

    start, end = minutes(first, part), minutes(last, last[0] or part)
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def _set_shelves(community: UUID, rows: Sequence[dict[str, Any]], actor: Actor, now: datetime) -> None:
    names = list(dict.fromkeys(row["shelf"] for row in rows if row["shelf"]))
    if not names:
        return
    plan = queries.community_plan(community, now, with_doors=False)
    houses = {key: house for house in plan.buildings for key in (house_key(house.name), *house.also)}
    on = {shelf.name: set(shelf.units) for shelf in plan.shelves}
    for shelf in names:
        units = set(on.get(shelf, ()))
        for row in rows:
            if row["shelf"] == shelf:
                wanted = {unit.casefold() for unit, _ in row["units"]}
                for name in row["buildings"]:
                    house = houses[house_key(name)]
                    units |= {unit.id for unit in house.units if unit.name.casefold() in wanted or wanted == {""}}
        people = next((row["people_max"] for row in rows if row["shelf"] == shelf and row["people_max"]), None)
        services.set_shelf(community=community, name=shelf, units=units, people_max=people, actor=actor, now=now)


def _dash_names(table: Table, heads: Headers) -> bool:
    """Whether 12-1 is a building's name in this list: a second number that is not larger, or ranges that overlap."""
    ranges = []
    for row in table.rows:
        for part in _SPLIT.split(plain(heads.text(row, "building"))):
            found = _RANGE.fullmatch(part)
            if found:
                first, last = int(found[2]), int(found[3])
                if last <= first:
                    return True
                ranges.append((heads.text(row, "community"), found[1], first, last))
    ordered = sorted(set(ranges))
    return any(one[:2] == two[:2] and two[2] <= one[3] for one, two in pairwise(ordered))


def _buildings(cell: Cell, dashed: bool) -> list[str]:
    text = need_text(cell, "a building's number, or a range: 1-12")
    if plain(text).endswith("?"):
        raise _bad(
            cell, "a building that is surely there", "Ask there; then leave the question mark out, or the whole line."
        )
    names: list[str] = []
    for part in filter(None, _SPLIT.split(plain(text))):
        if _NO_BUILDING.search(part):
            raise _bad(
                cell,
                "a building's number, or a range: 1-12",
                "Write its units and its households behind it, each in a column of its own: 单元, 户数.",
            )
        names += _several(part, cell, RANGE_MAX) if not dashed else [part]
    found = list(dict.fromkeys(building_name(name) for name in names))
    too_long = longest(Building, "name")
    if not found or any(len(name) > too_long or not fold(name) for name in found):
        raise _bad(cell, f"buildings' numbers of at most {too_long} characters", "Write each number as people use it.")
    return found


def houses_named(text: str) -> list[str]:
    """The buildings that one part of a list names, 1-12号楼 all twelve. Raises BadCell."""
    return _buildings(Cell(text, "buildings"), dashed=False)


def _several(part: str, cell: Cell, most: int) -> list[str]:
    """1-12号楼 → 1 … 12; A1-A6 → A1 … A6; anything that is no range is itself."""
    if not (found := _RANGE.fullmatch(part)):
        if again := re.fullmatch(rf"([A-Z{STEMS}]+)(\d+)-\1(\d+)(.*)", part):
            return [f"{again[1]}{number}" for number in _numbers(int(again[2]), int(again[3]), cell, most)]
        return [part]
    if not _TAIL.fullmatch(found[4]):
        raise _bad(
            cell, "a range and nothing behind it: 1-12", "Write what stands behind the range in a column of its own."
        )
    return [f"{found[1]}{number}" for number in _numbers(int(found[2]), int(found[3]), cell, most)]


def _numbers(first: int, last: int, cell: Cell, most: int) -> Iterable[int]:
    if not 0 <= last - first < most:
        raise _bad(
            cell,
            f"a range of at most {most}, from the smaller to the larger number",
            "Write the range the other way round, or divide it.",
        )
    return range(first, last + 1)


def _units(cell: Cell) -> list[str]:
    text = plain(sound_text(cell))
    if not text:
        return [""]
    if head := _COUNT.fullmatch(text):
        written = head[1] or head[2]
        count = _number(written)
        if not 1 <= count <= UNITS_MAX:
            raise _bad(cell, f"1 to {UNITS_MAX} units", "Check how many units there are.")
        return [str(number) for number in range(1, count + 1)]
    names: list[str] = []
    for part in filter(None, _SPLIT.split(text)):
        names += _several(re.sub("单元$", "", part), cell, UNITS_MAX)
    found = list(dict.fromkeys(unit_name(name) for name in names))
    if any(len(name) > longest(Unit, "name") for name in found):
        raise _bad(
            cell, f"units' names of at most {longest(Unit, 'name')} characters", "Write each unit as people use it."
        )
    return found


def _households(cell: Cell, buildings: int, units: int, floors: int | None) -> tuple[list[int | None], bool] | None:
    """
    Of each unit of one building; None where the cell is empty. A sum is divided equally, where that comes out even; so
    many a floor (每层4户, 一梯两户) count on every floor.
    """
    text = plain(sound_text(cell))
    if not text:
        return None
    if each := _PER_FLOOR.fullmatch(text):
        if floors is None:
            raise _bad(
                cell, "how many floors there are too: 每单元6层", "Write the floors, or the households of each unit."
            )
        return [_number(each[1] or each[2]) * floors] * units, False
    if per := _PER_UNIT.fullmatch(text):
        return [int(per[1] or per[2])] * units, False
    number = int(
        number_of(Cell(re.sub("^共|户$", "", cell.text), cell.where, cell.flaw), least=0, most=100_000, is_whole=True)
    )
    share, rest = divmod(number, buildings * units)
    if rest:
        raise _bad(
            cell,
            f"a number for each unit, or one that {buildings * units} units share evenly",
            "Write a row for each building, or for each of its units.",
        )
    return [share] * units, buildings * units > 1


def _number(text: str) -> int:
    return int(text) if text.isdigit() else chinese_number(text)


def _whole(cell: Cell, most: int) -> int | None:
    if not sound_text(cell):
        return None
    return int(
        number_of(Cell(re.sub("[层人楼]$", "", cell.text), cell.where, cell.flaw), least=1, most=most, is_whole=True)
    )


def _hours(cell: Cell) -> list[list[str]]:
    text = sound_text(cell)
    if not text:
        return []
    spans = []
    for found in _SPAN.finditer(text):
        start, end = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
        if start >= end or end > (23, 59) or start[1] > 59 or end[1] > 59:
            raise _bad(cell, "06:00-09:00, 16:00-19:00", "Write each span once; one over midnight as two.")
        spans.append([f"{start[0]:02}:{start[1]:02}", f"{end[0]:02}:{end[1]:02}"])
    if not spans or re.sub(r"[\s、,，;；和及]", "", _SPAN.sub("", text)):
        raise _bad(cell, "06:00-09:00, 16:00-19:00", "Write hours and minutes.")
    return sorted(spans)


def _bad(cell: Cell, expected: str, cure: str) -> BadCell:
    return BadCell(
        f"Cell {cell.where} says “{cell.text}”.", where=cell.where, found=cell.text, expected=expected, cure=cure
    )


BUILDINGS = ImportKind(
    "buildings", "小区楼栋", "Buildings", COLUMNS, classify_buildings, apply_buildings, duties=LOCAL, place="community"
)
