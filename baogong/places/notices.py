"""
What a zone notice means for the register: addresses the reader found → communities, buildings, units.

Only an equal name, alias or address is taken. Everything else waits for a person, with what it may mean; one question
for each address, however often the notice names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from re import findall
from typing import Any
from uuid import UUID

from django.utils import timezone
from rapidfuzz import fuzz, process

from baogong.engine.sheets.house_numbers import house_key
from baogong.engine.sheets.names import fold
from baogong.engine.sheets.ports import party_book
from baogong.engine.zones import Entry, Reading, Scope, State, read_notice
from baogong.kernel.windows import midnight
from baogong.places.models import Building, Community, Unit
from baogong.places.services.zones import DoubtGiven, LineGiven

LIKELY_MIN, CANDIDATES_MAX = 72, 6
NAME_UNKNOWN, NAME_OF_SEVERAL, STREET_UNKNOWN = "name-unknown", "name-of-several", "street-unknown"
EVERYWHERE, BUILDING_UNKNOWN, UNIT_UNKNOWN = "everywhere", "building-unknown", "unit-unknown"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a notice puts into which zone, and what waits for a person; `unknown`: all that wait, asked once or not."""

    reading: Reading
    lines: tuple[LineGiven, ...]
    doubts: tuple[DoubtGiven, ...]
    unknown: tuple[DoubtGiven, ...]


@dataclass
class Register:
    """The communities as notices may write them, folded once."""

    names: dict[UUID, str] = field(default_factory=dict)
    keys: dict[str, set[UUID]] = field(default_factory=dict)
    streets: dict[str, str] = field(default_factory=dict)  # folded → as written
    houses: dict[UUID, dict[str, UUID]] = field(default_factory=dict)
    house_names: dict[UUID, str] = field(default_factory=dict)
    units: dict[UUID, dict[str, UUID]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Register:
        """Five queries, whatever is in it."""
        register = cls()
        rows = {row.pk: row for row in Community.objects.select_related("party")}
        aliases = {
            entry.key: entry.aliases for entry in party_book().name_index(kinds=("SITE", "ORGANISATION")).entries
        }
        for row in rows.values():
            register._know(row.pk, row.party.name, aliases.get(str(row.pk), ()), row.street, row.address)
        for building in Building.objects.filter(community__in=rows).only("id", "community_id", "name", "also"):
            register.house_names[building.pk] = building.name
            mine = register.houses.setdefault(building.community_id, {})
            mine |= dict.fromkeys((*building.also, house_key(building.name)), building.pk)
        for unit, house, name in Unit.objects.filter(building__in=register.house_names).values_list(
            "id", "building", "name"
        ):
            register.units.setdefault(house, {})[name.casefold()] = unit
        return register

    def _know(self, community: UUID, name: str, aliases: Iterable[str], street: str, address: str) -> None:
        self.names[community] = name
        texts = [name, *aliases]
        for text in texts:
            self.keys.setdefault(fold(text), set()).add(community)
        for text in (*texts, address, f"{street}{address}" if street else ""):
            for entry in read_notice(text, state=State.SEALED).entries:
                if entry.street and entry.name and len(text) < 200:
                    self.keys.setdefault(fold(entry.address), set()).add(community)
                    self.streets.setdefault(fold(entry.street), entry.street) if not street else None
        if street:
            self.streets[fold(street)] = street

    def likely(self, address: str) -> list[tuple[UUID, float]]:
        """Communities a written address may mean, best first: letters agree, and every number in it."""
        key = fold(address)
        found: dict[UUID, float] = {}
        for known, score, _ in process.extract(key, list(self.keys), scorer=fuzz.ratio, limit=50, score_cutoff=40):
            if findall(r"\d+", known) != findall(r"\d+", key):
                continue
            held = 90.0 if min(len(known), len(key)) >= 2 and (known in key or key in known) else score
            if held >= LIKELY_MIN:
                for community in self.keys[known]:
                    found[community] = max(found.get(community, 0.0), held)
        return sorted(found.items(), key=lambda each: (-each[1], self.names[each[0]], str(each[0])))[:CANDIDATES_MAX]


def resolve_notice(
    text: str,
    *,
    published_on: date,
    state: str | None = None,
    register: Register | None = None,
    settled: Mapping[str, UUID] | None = None,
) -> Resolved:
    """
    Read a notice and look its addresses up.

    state    of what stands before the first heading; None: that is left to a person
    settled  folded address → community, as persons said
    """
    reading = read_notice(text, day=published_on, state=State(state) if state else None)
    register = register or Register.load()
    lines: list[LineGiven] = []
    unknown: list[DoubtGiven] = []
    doubts: dict[tuple[Any, ...], DoubtGiven] = {}
    for entry in reading.entries:
        found = _resolved(entry, register, settled or {})
        if isinstance(found, LineGiven):
            lines.append(found)
        else:
            unknown.append(found)
            key: tuple[Any, ...] = (found.why, fold(f"{found.street}{found.name}"), found.building, found.unit)
            if found.why in (EVERYWHERE, STREET_UNKNOWN):
                key = (*key, found.start)
            doubts.setdefault(key, found)
    unread = [
        DoubtGiven(piece.start, piece.end, piece.reason, name=text[piece.start : piece.end].strip())
        for piece in reading.unread
    ]
    return Resolved(
        reading,
        _without_excepted(text, lines),
        tuple(sorted((*doubts.values(), *unread), key=lambda doubt: (doubt.start, doubt.end))),
        (*unknown, *unread),
    )


def _without_excepted(text: str, lines: list[LineGiven]) -> tuple[LineGiven, ...]:
    """1-29号（7号除外）: what an exception takes out of its own line of the text is not said at all."""

    def target(line: LineGiven) -> tuple[object, ...]:
        return line.community, line.building, line.unit, line.street, text.count("\n", 0, line.start)

    taken_out = {target(line) for line in lines if line.state is None}
    return tuple(line for line in lines if line.state is None or target(line) not in taken_out)


def address_key(doubt: Any) -> str:
    """What `settled` is asked by."""
    return fold(f"{doubt.street}{doubt.name}")


def _resolved(entry: Entry, register: Register, settled: Mapping[str, UUID]) -> LineGiven | DoubtGiven:
    facts: dict[str, Any] = {
        "start": entry.start,
        "end": entry.end,
        "state": entry.state.value if entry.state else None,
        "from_at": _midnight(entry.from_day),
        "until_at": _midnight(entry.until_day and entry.until_day + timedelta(days=1)),
    }

    def doubt(why: str, names: Iterable[tuple[object, str, float]] = (), **more: Any) -> DoubtGiven:
        said = {"street": entry.street, "name": entry.name, "building": entry.building, "unit": entry.unit} | more
        candidates = tuple(
            {"key": str(key), "text": text, "score": round(score / 100, 2)} for key, text, score in names
        )
        return DoubtGiven(**facts, why=why, scope=int(entry.scope), names=candidates, **said)

    if entry.scope == Scope.STREET:
        key = fold(entry.street)
        if key in register.streets:
            return LineGiven(**facts, street=register.streets[key])
        if not entry.street:
            return doubt(EVERYWHERE, [(street, street, 50.0) for street in sorted(register.streets.values())])
        near = process.extract(key, list(register.streets), scorer=fuzz.ratio, limit=3, score_cutoff=60)
        return doubt(
            STREET_UNKNOWN, [(register.streets[each], register.streets[each], score) for each, score, _ in near]
        )
    building = entry.building
    community = settled.get(fold(entry.address))
    if community is None and building.endswith(("组", "宅", "队")):
        whole = register.keys.get(fold(entry.address + building), set())
        if len(whole) == 1:
            return LineGiven(**facts, community=next(iter(whole)))
    if community is None:
        known = register.keys.get(fold(entry.address), set())
        if len(known) > 1:
            names = [(each, register.names[each], 95.0) for each in sorted(known, key=str)]
            return doubt(NAME_OF_SEVERAL, names, building="", unit="")
        if not known:
            likely = [(each, register.names[each], score) for each, score in register.likely(entry.address)]
            return doubt(NAME_UNKNOWN, likely, building="", unit="")
        community = next(iter(known))
    if entry.scope == Scope.COMMUNITY:
        return LineGiven(**facts, community=community)
    return _within(entry, register, community, facts, doubt)


def _within(
    entry: Entry, register: Register, community: UUID, facts: dict[str, Any], doubt: Any
) -> LineGiven | DoubtGiven:
    """A building or a unit of a community that is known."""
    houses = register.houses.get(community, {})
    house = houses.get(house_key(entry.building)) if entry.building else None
    if house is None and entry.building.endswith(("组", "宅", "队")):
        house = houses.get(house_key(entry.building[:-1]))
    if house is None and not entry.building and len(set(houses.values())) == 1:
        house = next(iter(houses.values()))
    if house is None:
        near = sorted(
            {(each, register.house_names[each]) for each in houses.values()},
            key=lambda each: (-fuzz.ratio(each[1], entry.building), each[1]),
        )
        likely = [(each, name, fuzz.ratio(name, entry.building)) for each, name in near[:CANDIDATES_MAX]]
        return doubt(BUILDING_UNKNOWN, [each for each in likely if each[2] >= 50], community=community)  # type: ignore[no-any-return]
    if entry.scope == Scope.BUILDING:
        return LineGiven(**facts, community=community, building=house)
    units = register.units.get(house, {})
    unit = units.get(entry.unit.casefold())
    if unit is None:
        names = [(each, name or "—", 50.0) for name, each in sorted(units.items())[:CANDIDATES_MAX]]
        return doubt(UNIT_UNKNOWN, names, community=community)  # type: ignore[no-any-return]
    return LineGiven(**facts, community=community, building=house, unit=unit)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else midnight(day, timezone.get_default_timezone())
