"""
The JSON form of a snapshot and of a plan (docs/algorithms/rounds.md lists the keys).

Reading checks every field before it refuses: one fault never hides the next, and an unknown key is a fault (a misspelt
`window` would otherwise be none).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from math import cos, isfinite, radians
from typing import Any

from baogong.engine.faults import Fault
from baogong.engine.geo import EARTH_RADIUS_M
from baogong.engine.rounds.plan import Plan
from baogong.engine.rounds.problem import (
    DAY_S,
    Community,
    Courier,
    Gate,
    Handover,
    Limits,
    Pair,
    Problem,
    Span,
    Station,
    Stop,
    UnusableProblem,
)

_PLACE = {"x_m", "y_m", "lat", "lon"}
_KEYS = {
    "document": {"stations", "gates", "communities", "stops", "couriers", "limits"},
    "stations": {"id"} | _PLACE,
    "gates": {"id", "community", "opens"} | _PLACE,
    "communities": {"id", "zone", "paths"},
    "stops": {field.name for field in fields(Stop)} | _PLACE,
    "couriers": {field.name for field in fields(Courier)},
    "limits": {field.name for field in fields(Limits)},
    "limits.service_s": {str(handover) for handover in Handover},
}
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")


def check_limits(given: object) -> None:
    """Limits before anything is planned within them. Raises UnusableProblem with every fault of form, each with its place."""
    reader = _Reader()
    reader.limits(given)
    if reader.faults:
        raise UnusableProblem(reader.faults)


def read_problem(document: object) -> Problem:
    """A snapshot from decoded JSON. Raises UnusableProblem with every fault: those of form, or else those of meaning."""
    reader = _Reader()
    given = reader.fields("document", "the document", document, needed=("stations", "stops", "couriers"))
    reader.look_round(given)
    stations = tuple(reader.station(where, entry) for where, entry in reader.entries("stations", given.get("stations")))
    communities = reader.communities(given)
    stops = tuple(reader.stop(where, entry) for where, entry in reader.entries("stops", given.get("stops")))
    couriers = tuple(reader.courier(where, entry) for where, entry in reader.entries("couriers", given.get("couriers")))
    limits = reader.limits(given.get("limits"))
    if reader.faults:
        raise UnusableProblem(reader.faults)
    return Problem(stations, stops, couriers, communities, limits)


def as_document(problem: Problem, plan: Plan, problems: list[str]) -> dict[str, Any]:
    """The plan as JSON: the contract of `baogong rounds plan`. `problems`: what the checker found."""
    document = {
        "trips": [asdict(trip) for trip in plan.trips],
        "shifts": [asdict(shift) for shift in plan.shifts],
        "left": [asdict(left) for left in plan.left],
        "cost": asdict(plan.cost),
        "balance": asdict(plan.balance),
        "checked": not problems,
        "problems": problems,
        "rule": asdict(plan.rule),
        "engine": plan.engine_version,
    }
    if problem.limits.one_courier_per is not None:
        document["pairs"] = _pairs(problem, plan)
        document["helped"] = [asdict(help_) for help_ in plan.helped]
    return document


def _pairs(problem: Problem, plan: Plan) -> list[dict[str, object]]:
    """Each building and category with its courier, and with those who helped."""
    stops = {stop.id: stop for stop in problem.stops}
    helped = {help_.stop for help_ in plan.helped}
    couriers: dict[Pair, list[str]] = {}
    for trip in plan.trips:
        for visit in trip.visits:
            pair = problem.pair_of(stops[visit.stop])
            if pair is not None:
                known = couriers.setdefault(pair, [])
                known.insert(len(known) if visit.stop in helped else 0, trip.courier)
    return [
        {"community": pair[0], "building": pair[1], "category": pair[2], "couriers": list(dict.fromkeys(known))}
        for pair, known in sorted(couriers.items())
    ]


class _Reader:
    """Takes values out of untyped JSON; what does not fit becomes a fault and a harmless stand-in."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.middle: tuple[float, float] | None = None

    def look_round(self, given: Mapping[str, object]) -> None:
        """Find the middle of the map, which degrees are turned into metres around."""
        places = [
            (entry["lat"], entry["lon"])
            for key in ("stations", "gates", "stops")
            if isinstance(given.get(key), list)
            for entry in given[key]  # type: ignore[attr-defined]
            if isinstance(entry, dict) and _is_number(entry.get("lat")) and _is_number(entry.get("lon"))
        ]
        if places:
            self.middle = (sum(lat for lat, _ in places) / len(places), sum(lon for _, lon in places) / len(places))

    def place(self, where: str, entry: Mapping[str, object]) -> tuple[float, float]:
        """Metres east and north. Degrees are projected flat around the middle: good to a millimetre in a city block."""
        has_degrees = "lat" in entry or "lon" in entry
        if has_degrees and ("x_m" in entry or "y_m" in entry):
            self.fault(where, "lat, lon, x_m, y_m", "either lat and lon or x_m and y_m", "Leave two of them out.")
            return 0.0, 0.0
        if not has_degrees:
            if self.middle is not None:
                self.fault(where, "x_m, y_m", "lat and lon, as elsewhere in this document", "Use one kind of place.")
            return self.number(f"{where}.x_m", entry.get("x_m")), self.number(f"{where}.y_m", entry.get("y_m"))
        lat, lon = self.number(f"{where}.lat", entry.get("lat")), self.number(f"{where}.lon", entry.get("lon"))
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            self.fault(where, [lat, lon], "latitude −90 to 90, longitude −180 to 180", "Latitude comes first.")
        mid_lat, mid_lon = self.middle or (lat, lon)
        scale = EARTH_RADIUS_M * radians(1)
        return (lon - mid_lon) * scale * cos(radians(mid_lat)), (lat - mid_lat) * scale

    def station(self, where: str, entry: object) -> Station:
        given = self.fields("stations", where, entry, needed=("id",))
        return Station(self.text(f"{where}.id", given.get("id")), *self.place(where, given))

    def communities(self, document: Mapping[str, object]) -> tuple[Community, ...]:
        """Those that gates or entries of their own name, in that order."""
        gates: dict[str, list[Gate]] = {}
        for where, entry in self.entries("gates", document.get("gates")):
            given = self.fields("gates", where, entry, needed=("id", "community"))
            opens = tuple(
                self.span(f"{where}.opens[{n}]", span)
                for n, span in enumerate(self.list_of(f"{where}.opens", given.get("opens")))
            )
            gate = Gate(self.text(f"{where}.id", given.get("id")), *self.place(where, given), tuple(sorted(opens)))
            gates.setdefault(self.text(f"{where}.community", given.get("community")), []).append(gate)
        told: dict[str, Community] = {}
        for where, entry in self.entries("communities", document.get("communities")):
            given = self.fields("communities", where, entry, needed=("id",))
            name = self.text(f"{where}.id", given.get("id"))
            if name in told:
                self.fault(f"{where}.id", name, "an id that occurs once", "Join the two entries.")
            zone = "" if given.get("zone") in (None, "") else self.text(f"{where}.zone", given["zone"])
            told[name] = Community(
                name, tuple(gates.get(name, ())), zone, self.paths(f"{where}.paths", given.get("paths"))
            )
        return tuple(told.get(name) or Community(name, tuple(gates[name])) for name in dict.fromkeys([*gates, *told]))

    def paths(self, where: str, value: object) -> tuple[tuple[tuple[float, float], ...], ...]:
        lines = []
        for n, line in enumerate(self.list_of(where, value)):
            corners = []
            for k, corner in enumerate(self.list_of(f"{where}[{n}]", line)):
                given: object = corner
                if isinstance(corner, list) and len(corner) == 2:
                    keys = ("x_m", "y_m") if self.middle is None else ("lat", "lon")
                    given = dict(zip(keys, corner, strict=True))
                if isinstance(given, dict):
                    corners.append(self.place(f"{where}[{n}][{k}]", given))
                else:
                    self.fault(f"{where}[{n}][{k}]", corner, "[x_m, y_m] or [lat, lon]", "Write two numbers.")
            if corners:
                lines.append(tuple(corners))
        return tuple(lines)

    def stop(self, where: str, entry: object) -> Stop:
        given = self.fields("stops", where, entry, needed=("id",))
        handover = given.get("handover", Handover.CONTACTLESS)
        if handover not in set(Handover):
            self.fault(f"{where}.handover", handover, f"one of {', '.join(Handover)}", "Use one of these codes.")
            handover = Handover.CONTACTLESS
        return Stop(
            self.text(f"{where}.id", given.get("id")),
            *self.place(where, given),
            community=self.name(f"{where}.community", given.get("community")),
            building=str(given.get("building", "")),
            unit=str(given.get("unit", "")),
            station=self.name(f"{where}.station", given.get("station")),
            weight_g=self.whole(f"{where}.weight_g", given.get("weight_g", 0)),
            pieces=self.whole(f"{where}.pieces", given.get("pieces", 1)),
            category=str(given.get("category", "")),
            cold=self.truth(f"{where}.cold", given.get("cold", False)),
            handover=Handover(str(handover)),
            service_s=self.maybe_whole(f"{where}.service_s", given.get("service_s")),
            window=None if given.get("window") is None else self.span(f"{where}.window", given["window"]),
        )

    def courier(self, where: str, entry: object) -> Courier:
        needed = ("id", "station", "capacity_g", "capacity_pieces", "shift")
        given = self.fields("couriers", where, entry, needed=needed)
        entered = given.get("communities")
        return Courier(
            self.text(f"{where}.id", given.get("id")),
            self.text(f"{where}.station", given.get("station")),
            self.whole(f"{where}.capacity_g", given.get("capacity_g", 1)),
            self.whole(f"{where}.capacity_pieces", given.get("capacity_pieces", 1)),
            self.span(f"{where}.shift", given.get("shift", [0, DAY_S])),
            None
            if entered is None
            else frozenset(
                self.text(f"{where}.communities[{n}]", name)
                for n, name in enumerate(self.list_of(f"{where}.communities", entered))
            ),
        )

    def limits(self, entry: object) -> Limits:
        given = dict(self.fields("limits", "limits", {} if entry is None else entry, needed=()))
        own = Limits()
        for key in ("walk_m_per_min", "street_factor"):
            given[key] = self.number(f"limits.{key}", given.get(key, getattr(own, key)))
        for key in ("load_s", "trip_price_s"):
            given[key] = self.whole(f"limits.{key}", given.get(key, getattr(own, key)))
        for key in ("trip_s_max", "trip_stops_max", "cold_within_s"):
            given[key] = self.maybe_whole(f"limits.{key}", given.get(key))
        for key in ("cold_first", "helping"):
            given[key] = self.truth(f"limits.{key}", given.get(key, getattr(own, key)))
        if "balance" in given:
            given["balance"] = self.number("limits.balance", given["balance"])
        given["one_courier_per"] = self.name("limits.one_courier_per", given.get("one_courier_per"))
        told = self.fields("limits.service_s", "limits.service_s", given.get("service_s", {}), needed=())
        given["service_s"] = own.service_s | {
            Handover(key): self.whole(f"limits.service_s.{key}", value)
            for key, value in told.items()
            if key in set(Handover)
        }
        return Limits(**{key: value for key, value in given.items() if key in _KEYS["limits"]})  # type: ignore[arg-type]

    def fields(self, kind: str, where: str, value: object, *, needed: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            self.fault(where, value, "an object", f"Write {{{', '.join(needed)}, …}}.")
            return {}
        for key in needed:
            if value.get(key) is None:
                self.fault(f"{where}.{key}", "nothing", "a value", f"Add {key}.")
        for key in sorted(set(value) - _KEYS[kind]):
            allowed = ", ".join(sorted(_KEYS[kind]))
            self.fault(f"{where}.{key}", key, f"one of {allowed}", "Correct the key or leave it out.")
        return {key: found for key, found in value.items() if found is not None}

    def entries(self, key: str, value: object) -> list[tuple[str, object]]:
        return [(f"{key}[{n}]", entry) for n, entry in enumerate(self.list_of(key, value))]

    def list_of(self, where: str, value: object) -> list[object]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(where, value, "a list", "Put it in [ ].")
            return []
        return value

    def text(self, where: str, value: object) -> str:
        if isinstance(value, str) and value.strip():
            return value
        if value is not None:  # what is missing is told already
            self.fault(where, value, "a text that is not empty", 'Write it in quotation marks, such as "S1".')
        return "?"

    def name(self, where: str, value: object) -> str | None:
        return None if value is None else self.text(where, value)

    def truth(self, where: str, value: object) -> bool:
        if not isinstance(value, bool):
            self.fault(where, value, "true or false", "Write true or false, without quotation marks.")
        return value is True

    def whole(self, where: str, value: object) -> int:
        if _is_number(value) and float(value) == int(value):  # type: ignore[arg-type, call-overload]
            return int(value)  # type: ignore[call-overload, no-any-return]
        self.fault(where, value, "a whole number", "Write digits only, such as 1200.")
        return 1

    def maybe_whole(self, where: str, value: object) -> int | None:
        return None if value is None else self.whole(where, value)

    def number(self, where: str, value: object) -> float:
        if _is_number(value):
            return float(value)  # type: ignore[arg-type]
        self.fault(where, "nothing" if value is None else value, "a number", "Write digits only, such as 1.5.")
        return 1.0

    def span(self, where: str, value: object) -> Span:
        if isinstance(value, list) and len(value) == 2:
            return self.moment(f"{where}[0]", value[0]), self.moment(f"{where}[1]", value[1])
        self.fault(where, value, "a beginning and an end", 'Write ["08:00", "12:00"] or seconds since midnight.')
        return 0, DAY_S

    def moment(self, where: str, value: object) -> int:
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if found:
            return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
        if isinstance(value, str):
            self.fault(where, value, "hours and minutes such as 08:30", "Write 08:30, or seconds since midnight.")
            return 0
        return self.whole(where, value)

    def fault(self, where: str, found: object, expected: str, cure: str) -> None:
        self.faults.append(Fault(where, found, expected, cure))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
