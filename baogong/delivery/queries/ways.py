"""Saved ways of working, and where two differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.delivery.models import WayOfWorking

WAYS_MAX = 500


@dataclass(frozen=True, slots=True)
class WayView:
    id: UUID
    name: str
    version: int
    note: str
    made_at: datetime
    made_by_name: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that two ways have differently; None where one has it not. `where`: "shelves.people_max"."""

    where: str
    a: Any
    b: Any


def ways(*, newest_only: bool = True) -> tuple[WayView, ...]:
    """By name, the newest version first."""
    found: list[WayView] = []
    for row in WayOfWorking.objects.order_by("name", "-version")[:WAYS_MAX]:
        if newest_only and found and found[-1].name == row.name:
            continue
        found.append(WayView(row.id, row.name, row.version, row.note, row.made_at, row.made_by_name, row.content))
    return tuple(found)


def differences(a: dict[str, Any], b: dict[str, Any]) -> tuple[Difference, ...]:
    """Between two contents, in the order of their parts; lists are compared by what names their entries."""
    return tuple(_between("", a, b))


def _between(where: str, a: Any, b: Any) -> list[Difference]:
    if isinstance(a, list) and isinstance(b, list):
        one, other = _by_name(a), _by_name(b)
        if one is not None and other is not None:
            a, b = one, other
    if isinstance(a, dict) and isinstance(b, dict):
        found = []
        for key in sorted(a.keys() | b.keys()):
            found += _between(f"{where}.{key}".lstrip("."), a.get(key), b.get(key))
        return found
    return [] if a == b else [Difference(where, a, b)]


def _by_name(rows: list[Any]) -> dict[str, Any] | None:
    """The entries by what names each of them; None where they have no names."""
    named = {}
    for row in rows:
        if not isinstance(row, dict):
            return None
        key = row.get("code") or row.get("name") or (row.get("work") and f"{row['work']} {row.get('from')}")
        if not key:
            return None
        named[str(key)] = row
    return named
