"""
The JSON form of a snapshot and of an allocation.

Reading checks every field before it refuses: one fault never hides the next, and an unknown key is a fault (a misspelt
`earmark` would otherwise open a lot to all).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from math import isfinite
from typing import Any

from baogong.engine.fairshare.checks import check_problem
from baogong.engine.fairshare.problem import (
    Allocation,
    Capacity,
    Limit,
    Lot,
    Met,
    Need,
    Problem,
    Requester,
    Size,
    UnusableProblem,
)
from baogong.engine.fairshare.reasons import reason_en, reason_zh
from baogong.engine.fairshare.wording import BY_ID, Names, Unit
from baogong.engine.faults import Fault

_KEYS = {
    "document": {"requesters", "lots", "needs", "reach", "cost", "arrives_on", "arrivals", "capacity"},
    "requesters": {"id", "weight", "floor", "cap", "earlier_met"},
    "lots": {"id", "item", "amount", "carton", "site", "earmark", "standard", "expires_on"},
    "needs": {"requester", "item", "amount", "standards"},
    "capacity": {"items", "limits"},
    "capacity.items": {"weight_g", "volume_cm3"},
    "capacity.limits": {"name", "site", "requesters", "weight_g", "volume_cm3"},
}


def read_problem(document: object) -> Problem:
    """
    A snapshot from decoded JSON (docs/algorithms/fairshare.md lists the keys).

    Raises UnusableProblem with every fault: those of form, or, where the form is right, those of meaning.
    """
    reader = _Reader()
    problem = reader.problem(document)
    if reader.faults:
        raise UnusableProblem(reader.faults)
    check_problem(problem)
    return problem


def as_document(allocation: Allocation, names: Names = BY_ID) -> dict[str, Any]:
    """The allocation as JSON: the contract of `baogong fairshare`, and a few keys more. Of `names`, reasons tell the units."""
    return {
        "shares": [asdict(share) for share in allocation.shares],
        "met": [_met(met, names.unit(met.item)) for met in allocation.met],
        "left": [asdict(left) for left in allocation.left],
        "worst_ratio": allocation.worst_ratio,
        "rules": {name: asdict(figures) for name, figures in allocation.rules.items()},
        "transport_fen": allocation.transport_fen,
        "loads": [asdict(load) for load in allocation.loads],
        "rule": asdict(allocation.rule),
        "engine": allocation.engine_version,
    }


def _met(met: Met, unit: Unit) -> dict[str, Any]:
    return {
        "requester": met.requester,
        "item": met.item,
        "need": met.need,
        "got": met.got,
        "exact": met.exact,
        "ratio": met.ratio,
        "exact_ratio": met.exact_ratio,
        "level": met.level,
        "first_come": met.first_come,
        "pro_rata": met.pro_rata,
        "reason_en": reason_en(met.facts, unit),
        "reason_zh": reason_zh(met.facts, unit),
    }


class _Reader:
    """Takes values out of untyped JSON; what does not fit becomes a fault and a harmless stand-in."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def problem(self, document: object) -> Problem:
        fields = self.fields("document", "the document", document, needed=("requesters", "lots", "needs"))
        return Problem(
            requesters=tuple(self.requester(place, entry) for place, entry in self.entries(fields, "requesters")),
            lots=tuple(self.lot(place, entry) for place, entry in self.entries(fields, "lots")),
            needs=tuple(self.need(place, entry) for place, entry in self.entries(fields, "needs")),
            reach=self.reach(fields),
            cost=self.cost(fields),
            arrives_on=self.day("arrives_on", fields.get("arrives_on")),
            arrivals=self.arrivals(fields),
            capacity=self.capacity(fields.get("capacity")),
        )

    def capacity(self, entry: object) -> Capacity | None:
        if entry is None:
            return None
        fields = self.fields("capacity", "capacity", entry, needed=("items", "limits"))
        items = fields.get("items", {})
        if not isinstance(items, dict):
            self.fault(
                "capacity.items", items, "an object of item and size", 'Write it as {"mask": {"weight_g": 4.5}}.'
            )
            items = {}
        return Capacity(
            sizes={item: self.size(f"capacity.items[{item}]", size) for item, size in items.items()},
            limits=tuple(self.limit(f"capacity.{place}", limit) for place, limit in self.entries(fields, "limits")),
        )

    def size(self, where: str, entry: object) -> Size:
        fields = self.fields("capacity.items", where, entry, needed=())
        return Size(
            self.number(f"{where}.weight_g", fields.get("weight_g", 0)),
            self.number(f"{where}.volume_cm3", fields.get("volume_cm3", 0)),
        )

    def limit(self, where: str, entry: object) -> Limit:
        fields = self.fields("capacity.limits", where, entry, needed=())
        weight, volume, site = (fields.get(key) for key in ("weight_g", "volume_cm3", "site"))
        return Limit(
            weight_g=None if weight is None else self.number(f"{where}.weight_g", weight),
            volume_cm3=None if volume is None else self.number(f"{where}.volume_cm3", volume),
            site=None if site is None else self.text(f"{where}.site", site),
            requesters=self.texts(f"{where}.requesters", fields.get("requesters")),
            name=self.text(f"{where}.name", fields["name"]) if fields.get("name") else "",
        )

    def requester(self, where: str, entry: object) -> Requester:
        fields = self.fields("requesters", where, entry, needed=("id",))
        return Requester(
            id=self.text(f"{where}.id", fields.get("id", "?")),
            weight=self.number(f"{where}.weight", fields.get("weight", 1)),
            floor=self.bounds(f"{where}.floor", fields.get("floor")),
            cap=self.bounds(f"{where}.cap", fields.get("cap")),
            earlier_met=self.number(f"{where}.earlier_met", fields.get("earlier_met", 0)),
        )

    def lot(self, where: str, entry: object) -> Lot:
        fields = self.fields("lots", where, entry, needed=("id", "item", "amount", "site"))
        standard = fields.get("standard")
        return Lot(
            id=self.text(f"{where}.id", fields.get("id", "?")),
            item=self.text(f"{where}.item", fields.get("item", "?")),
            amount=self.pieces(f"{where}.amount", fields.get("amount", 0)),
            site=self.text(f"{where}.site", fields.get("site", "?")),
            carton=self.pieces(f"{where}.carton", fields.get("carton") if fields.get("carton") is not None else 1),
            earmark=self.texts(f"{where}.earmark", fields.get("earmark")),
            standard="" if standard is None or standard == "" else self.text(f"{where}.standard", standard),
            expires_on=self.day(f"{where}.expires_on", fields.get("expires_on")),
        )

    def need(self, where: str, entry: object) -> Need:
        fields = self.fields("needs", where, entry, needed=("requester", "item", "amount"))
        return Need(
            requester=self.text(f"{where}.requester", fields.get("requester", "?")),
            item=self.text(f"{where}.item", fields.get("item", "?")),
            amount=self.pieces(f"{where}.amount", fields.get("amount", 0)),
            standards=self.texts(f"{where}.standards", fields.get("standards")),
        )

    def reach(self, fields: Mapping[str, object]) -> frozenset[tuple[str, str]] | None:
        if fields.get("reach") is None:
            return None
        rows = [self.row(where, row, 2, "[site, requester]") for where, row in self.entries(fields, "reach")]
        return frozenset((self.text(where, row[0]), self.text(where, row[1])) for where, row in rows)

    def cost(self, fields: Mapping[str, object]) -> dict[tuple[str, str], float] | None:
        if fields.get("cost") is None:
            return None
        rows = [
            self.row(where, row, 3, "[site, requester, fen per piece]") for where, row in self.entries(fields, "cost")
        ]
        return {(self.text(where, row[0]), self.text(where, row[1])): self.number(where, row[2]) for where, row in rows}

    def arrivals(self, fields: Mapping[str, object]) -> dict[tuple[str, str], date]:
        rows = [self.row(where, row, 3, "[site, requester, day]") for where, row in self.entries(fields, "arrivals")]
        days = [(self.text(where, row[0]), self.text(where, row[1]), self.day(where, row[2])) for where, row in rows]
        return {(site, requester): day for site, requester, day in days if day is not None}

    def fields(self, kind: str, where: str, value: object, *, needed: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            self.fault(where, value, "an object", f"Write {{{', '.join(needed)}, …}}.")
            return {}
        for key in needed:
            if value.get(key) is None:
                self.fault(f"{where}.{key}", "nothing", "a value", f"Add {key}.")
        for key in sorted(set(value) - _KEYS[kind]):
            self.fault(
                f"{where}.{key}", key, f"one of {', '.join(sorted(_KEYS[kind]))}", "Correct the key or leave it out."
            )
        return {key: found for key, found in value.items() if found is not None}

    def entries(self, fields: Mapping[str, object], key: str) -> list[tuple[str, object]]:
        value = fields.get(key, [])
        if not isinstance(value, list):
            self.fault(key, value, "a list", "Put it in [ ].")
            return []
        return [(f"{key}[{place}]", entry) for place, entry in enumerate(value)]

    def row(self, where: str, value: object, length: int, form: str) -> tuple[str, list[object]]:
        if isinstance(value, list) and len(value) == length:
            return where, value
        self.fault(where, value, form, f"Write {form}.")
        harmless: list[object] = ["?", "?", 0 if "fen" in form else None]
        return where, harmless[:length]

    def text(self, where: str, value: object) -> str:
        if isinstance(value, str) and value.strip():
            return value
        self.fault(where, value, "a text that is not empty", 'Write it in quotation marks, such as "site-1".')
        return "?"

    def texts(self, where: str, value: object) -> frozenset[str]:
        if value is None:
            return frozenset()
        if not isinstance(value, list):
            self.fault(where, value, "a list of texts", "Put it in [ ].")
            return frozenset()
        return frozenset(self.text(f"{where}[{place}]", entry) for place, entry in enumerate(value))

    def pieces(self, where: str, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        self.fault(where, value, "a whole number of pieces", "Write digits only, such as 1200.")
        return 1

    def number(self, where: str, value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return float(value)
        self.fault(where, value, "a number", "Write digits only, such as 1.5.")
        return 1.0

    def bounds(self, where: str, value: object) -> dict[str, int]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(where, value, "an object of item and pieces", 'Write it as {"mask": 100}.')
            return {}
        return {item: self.pieces(f"{where}[{item}]", pieces) for item, pieces in value.items()}

    def day(self, where: str, value: object) -> date | None:
        if value is None:
            return None
        try:
            return date.fromisoformat(self.text(where, value))
        except ValueError:
            if isinstance(value, str) and value.strip():
                self.fault(where, value, "a day such as 2020-02-29", "Write year-month-day.")
            return None

    def fault(self, where: str, found: object, expected: str, cure: str) -> None:
        self.faults.append(Fault(where, found, expected, cure))
