"""Saved ways of working, and where two differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.delivery.models import Category, WayOfWorking
from baogong.delivery.queries.stations import servings
from baogong.delivery.snapshots import CAPACITY_G, CAPACITY_PIECES, PIECE_S
from baogong.engine.zones.form import form_of, form_of_title
from baogong.journal import queries as journal
from baogong.places import queries as places

WAYS_MAX = 500
EARLIER_PLACE = "{community}"  # stood for the community's name in what was kept earlier
KIND_PARTS = ("name_zh", "name_en", "is_cold", "modes", "weight_g", "service_s")


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


def kinds_that_differ(content: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Where a kind of parcel that both know is another thing here (`a`) than in a way (`b`): "fresh.modes"."""
    here = {row.code: row for row in Category.objects.filter(code__in=[one["code"] for one in content["categories"]])}
    found: list[Difference] = []
    for one in content["categories"]:
        row = here.get(one["code"])
        if row is not None:
            own = {key: getattr(row, key) for key in KIND_PARTS}
            found += _between(one["code"], own, {key: one.get(key, own[key]) for key in KIND_PARTS})
    return tuple(found)


def zones_that_differ(content: Mapping[str, Any], now: datetime) -> tuple[Difference, ...]:
    """
    Where a zone means another thing by this house (`a`) than by a way (`b`): "SEALED.service". Where the house has no rule of
    its own: what holds without one (a service, no days, no words).
    """
    own, found = places.own_rules(now), list[Difference]()
    for one in content.get("zones", ()):
        rule = own.get(one["code"])
        found += _between(one["code"], zone_of(rule) if rule else _without_rule(one["code"]), dict(one))
    return tuple(found)


def _without_rule(zone: str) -> dict[str, Any]:
    return {"code": zone, "service": places.usual_service(zone), "days": None, "text_zh": "", "text_en": ""}


def zone_of(rule: places.RuleView) -> dict[str, Any]:
    """A zone rule as a way keeps it."""
    return {
        "code": rule.zone, "service": rule.service, "days": rule.days, "text_zh": rule.text_zh, "text_en": rule.text_en,
    }  # fmt: skip


def notices_of(content: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """The form of a way's notices, blanks for their facts: {"name", "title", "text"}."""
    return tuple(
        {
            "name": one["name"],
            "title": form_of_title(one.get("title", "")),
            "text": form_of(one["text"], [EARLIER_PLACE]),
        }
        for one in content.get("notices", ())
    )


def usual_rounds(station: UUID, communities: Collection[UUID] = ()) -> dict[str, Any]:
    """
    What rounds from a station are planned with where nobody says otherwise: {"capacity_g", "capacity_pieces", "piece_s",
    "limits"} of the way that one of these communities (none named: of all it serves) was opened from last; "way" its id,
    None where they were opened from none.
    """
    usual: dict[str, Any] = {
        "capacity_g": CAPACITY_G, "capacity_pieces": CAPACITY_PIECES, "piece_s": PIECE_S, "limits": {}, "way": None,
    }  # fmt: skip
    wanted = {str(one) for one in communities or [served.community for served in servings(station=station)]}
    for event in journal.events(kinds=["delivery.way.opened"], limit=WAYS_MAX):
        if str(event.subject) in wanted:
            way = WayOfWorking.objects.filter(pk=event.data["way"]).first()
            said = way.content.get("rounds", {}) if way is not None else {}
            return usual | {key: said[key] for key in usual if key in said} | {"way": way.id if way else None}
    return usual


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
