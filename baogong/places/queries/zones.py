"""
Which zone an address is in at a moment, and what that means.

Of the lines in force the most specific wins: unit over building over community over street. Among equals the later
notice (by publication, then by reading); within one notice a line with a state over one that only takes out, then the
one further down. A line is in force from its first moment until its last, where the notice says one. How long a state
usually lasts (the rule's days) never ends it: a sealed house is not opened because nobody wrote anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import JSONObject

from baogong.engine.sheets.names import fold
from baogong.kernel.errors import NotFound
from baogong.places.models import Building, Community, Unit, ZoneLine, ZoneNotice, ZoneRule
from baogong.places.models.zones import Service, Zone

USUAL_SERVICE = {Zone.SEALED: Service.DOOR, Zone.CONTROLLED: Service.SHELF, Zone.PRECAUTION: Service.FREE}
"""Where no rule says otherwise."""


def usual_service(zone: str) -> str:
    """How goods reach people in a zone that no rule speaks of."""
    return USUAL_SERVICE[Zone(zone)].value


@dataclass(frozen=True, slots=True)
class ZoneView:
    """
    The zone of a community, a building or a unit.

    state      SEALED, CONTROLLED, PRECAUTION; "": in no zone
    service    DOOR, SHELF, FREE: how goods reach people there
    line       of the notice that says so; None where none does; `start`, `end` its characters there
    until_at   as the notice says, else by the rule's usual days; the state stays beyond that until a notice says otherwise
    text_zh, text_en   what the rule in force says of the state
    """

    state: str
    service: str
    line: UUID | None = None
    notice: UUID | None = None
    notice_name: str = ""
    scope: int = 0
    start: int = 0
    end: int = 0
    from_at: datetime | None = None
    until_at: datetime | None = None
    text_zh: str = ""
    text_en: str = ""

    def is_overdue(self, at: datetime) -> bool:
        """Whether its usual days are over and no notice has said anything since."""
        return self.until_at is not None and self.until_at <= at


NO_ZONE = ZoneView("", Service.FREE.value)


@dataclass(frozen=True, slots=True)
class RuleView:
    """What a state means from a day on; `issuer` "" is the house's own."""

    id: UUID
    issuer: str
    zone: str
    from_at: datetime
    service: str
    days: int | None
    text_zh: str
    text_en: str
    source: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One address of a notice as it was kept."""

    id: UUID
    scope: int
    street: str
    community: UUID | None
    community_name: str
    building: UUID | None
    building_name: str
    unit: UUID | None
    unit_name: str
    state: str
    from_at: datetime
    until_at: datetime | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DoubtView:
    """What of a notice waits for a person, or was settled by one (`settled_as` says how)."""

    id: UUID
    start: int
    end: int
    why: str
    scope: int | None
    state: str
    street: str
    name: str
    community: UUID | None
    building: str
    unit: str
    names: tuple[dict[str, Any], ...]
    settled_at: datetime | None
    settled_by_name: str
    settled_as: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice in a list; `waiting_count`: doubts nobody settled."""

    id: UUID
    issuer: str
    title: str
    published_at: datetime
    from_at: datetime
    read_at: datetime
    read_by_name: str
    withdrawn_at: datetime | None
    lines_count: int
    waiting_count: int

    @property
    def name(self) -> str:
        return self.title or self.issuer


def zones_at(
    *,
    communities: Collection[UUID] | None = None,
    buildings: Collection[UUID] | None = None,
    at: datetime,
) -> dict[UUID, ZoneView]:
    """
    The zone of each of these communities, of all their buildings and units, and of each of these buildings and its
    units: by id, of whichever of the three. Three queries, one more where no building is known. What the register does not know is not in the answer.
    """
    units = Unit.objects.filter(building=OuterRef("pk"))
    rows = Building.objects.select_related("community").annotate(its_units=ArraySubquery(units.values("id")))
    asked = Q(community__in=communities or ()) | Q(pk__in=buildings or ())
    houses = list(rows.filter(asked))
    streets = {house.community_id: house.community.street for house in houses}
    whole = set(communities or ())
    if bare := whole - streets.keys():  # no building of theirs is known
        streets |= {row.pk: row.street for row in Community.objects.filter(pk__in=bare)}
    lines = _lines(streets, at)
    rules = _Rules(rules_of())
    answer: dict[UUID, ZoneView] = {}
    for community, street in streets.items():
        mine = [line for line in lines if line.community_id == community or _is_street(line, street)]
        if community in whole:
            answer[community] = rules.view(_winner(mine, None, None), at)
        for house in houses:
            if house.community_id == community:
                answer[house.pk] = rules.view(_winner(mine, house.pk, None), at)
                answer |= {unit: rules.view(_winner(mine, house.pk, unit), at) for unit in house.its_units}
    return answer


def rules_of(issuer: str | None = None) -> tuple[RuleView, ...]:
    """Rules in the order of issuer, day and zone; all of them, or one issuer's."""
    rows = ZoneRule.objects.all() if issuer is None else ZoneRule.objects.filter(issuer=issuer)
    return tuple(
        RuleView(
            row.pk,
            row.issuer,
            row.zone,
            row.from_at,
            row.service,
            row.days,
            row.text_zh,
            row.text_en,
            row.source,
        )
        for row in rows.order_by("issuer", "from_at", "zone")
    )


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice that puts a community, or a part of it, into a zone: its words whole."""

    issuer: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What each zone means for a community at a moment, and the notices in force about it, the earliest first."""

    rules: tuple[RuleView, ...] = ()
    notices: tuple[NoticeText, ...] = ()


NO_WORDING = Wording()


def wording_columns(at: datetime) -> dict[str, Any]:
    """For a query of communities: what `wording_from` reads in its rows."""
    lines = ZoneLine.objects.filter(Q(until_at=None) | Q(until_at__gt=at), notice=OuterRef("pk"), from_at__lte=at)
    streets = lines.filter(scope=ZoneLine.Scope.STREET)
    notices = (
        ZoneNotice.objects.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at))
        .annotate(
            is_about=Exists(lines.filter(community=OuterRef(OuterRef("pk")))),
            its_streets=ArraySubquery(streets.values("street")),
        )
        .filter(Q(is_about=True) | Exists(streets))
        .order_by("published_at", "read_at", "id")
    )
    rules = ZoneRule.objects.filter(from_at__lte=at).order_by("from_at")
    facts = {name: name for name in ("id", "issuer", "title", "text", "is_about", "its_streets")}
    rule_facts = {name: name for name in ("issuer", "zone", "service", "days", "text_zh", "text_en", "source")}
    return {
        "its_notices": ArraySubquery(notices.values(row=JSONObject(**facts))),
        "its_rules": ArraySubquery(rules.values(row=JSONObject(**rule_facts, id="id", from_at="from_at"))),
    }


def wording_from(row: Any) -> Wording:
    """Of a community with `wording_columns`. The rules are those of the last notice's issuer that has any, else the house's."""
    notices = [
        each
        for each in row.its_notices
        if each["is_about"] or any(row.street and fold(street) == fold(row.street) for street in each["its_streets"])
    ]
    begun = {(rule["issuer"], rule["zone"]): rule for rule in row.its_rules}  # the last that has begun
    issuers = [*(each["issuer"] for each in reversed(notices)), ""]
    rules = [next((begun[of, zone] for of in issuers if (of, zone) in begun), None) for zone in Zone.values]
    return Wording(
        tuple(
            RuleView(
                UUID(rule["id"]),
                rule["issuer"],
                rule["zone"],
                datetime.fromisoformat(rule["from_at"]),
                rule["service"],
                rule["days"],
                rule["text_zh"],
                rule["text_en"],
                rule["source"],
            )
            for rule in rules
            if rule is not None
        ),
        tuple(NoticeText(each["issuer"], each["title"], each["text"]) for each in notices),
    )


def own_rules(at: datetime) -> dict[str, RuleView]:
    """The house's own rules in force, by zone; one query."""
    rules = _Rules(rules_of(""))
    found = {zone: rules.in_force("", zone, at) for zone in Zone.values}
    return {zone: rule for zone, rule in found.items() if rule is not None}


def _lines(communities: Collection[UUID], at: datetime) -> list[ZoneLine]:
    in_force = Q(from_at__lte=at) & (Q(until_at=None) | Q(until_at__gt=at))
    stands = Q(notice__withdrawn_at=None) | Q(notice__withdrawn_at__gt=at)
    about = Q(community__in=communities) | Q(scope=ZoneLine.Scope.STREET)
    return list(ZoneLine.objects.filter(in_force & stands & about).select_related("notice"))


def _is_street(line: ZoneLine, street: str) -> bool:
    return line.scope == ZoneLine.Scope.STREET and bool(street) and fold(line.street) == fold(street)


def _winner(lines: Iterable[ZoneLine], building: UUID | None, unit: UUID | None) -> ZoneLine | None:
    about = [
        line
        for line in lines
        if line.scope <= ZoneLine.Scope.COMMUNITY
        or (line.scope == ZoneLine.Scope.BUILDING and building is not None and line.building_id == building)
        or (line.scope == ZoneLine.Scope.UNIT and unit is not None and line.unit_id == unit)
    ]
    return max(about, key=_rank) if about else None


def _rank(line: ZoneLine) -> tuple[Any, ...]:
    notice = line.notice
    return line.scope, notice.published_at, notice.read_at, notice.pk, line.state is not None, line.start, line.pk


class _Rules:
    def __init__(self, rules: Iterable[RuleView]) -> None:
        self._by: dict[tuple[str, str], list[RuleView]] = {}
        for rule in rules:
            self._by.setdefault((rule.issuer, rule.zone), []).append(rule)

    def view(self, line: ZoneLine | None, at: datetime) -> ZoneView:
        if line is None:
            return NO_ZONE
        rule = self.in_force(line.notice.issuer, line.state, at) if line.state else None
        until_at = line.until_at
        if until_at is None and rule is not None and rule.days is not None:
            until_at = line.from_at + timedelta(days=rule.days)
        service = NO_ZONE.service if not line.state else usual_service(line.state)
        return ZoneView(
            line.state or "",
            rule.service if rule else service,
            line.pk,
            line.notice_id,
            str(line.notice),
            line.scope,
            line.start,
            line.end,
            line.from_at,
            until_at,
            rule.text_zh if rule else "",
            rule.text_en if rule else "",
        )

    def in_force(self, issuer: str, zone: str, at: datetime) -> RuleView | None:
        """The issuer's last rule that has begun; the house's own where it has none."""
        for whose in dict.fromkeys((issuer, "")):
            begun = [rule for rule in self._by.get((whose, zone), ()) if rule.from_at <= at]
            if begun:
                return max(begun, key=lambda rule: rule.from_at)
        return None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One notice: its text, what it was read as, and what waits."""

    head: NoticeView
    text: str
    lines: tuple[LineView, ...]
    doubts: tuple[DoubtView, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A community, or some buildings of it (`parts`), whose zone differs by a notice: without it, and with it."""

    name: str
    community: UUID
    before: str
    after: str
    parts: tuple[str, ...] = ()


NOTICES_MAX = 500


def notices(*, most: int = NOTICES_MAX) -> tuple[NoticeView, ...]:
    """The last read first; one query."""
    return tuple(_notice(row) for row in _notices().order_by("-read_at", "-id")[:most])


def notice(notice_id: UUID) -> NoticePage:
    """Three queries. Raises NotFound."""
    row = _notices().filter(pk=notice_id).first()
    if row is None:
        raise NotFound(f"There is no notice {notice_id}.", where=str(notice_id), cure="Open the list of notices again.")
    lines = row.lines.select_related("community__party", "building", "unit").order_by("start", "end", "id")
    return NoticePage(
        _notice(row),
        row.text,
        tuple(
            LineView(
                line.pk,
                line.scope,
                line.street,
                line.community_id,
                line.community.party.name if line.community else "",
                line.building_id,
                line.building.name if line.building else "",
                line.unit_id,
                line.unit.name if line.unit else "",
                line.state or "",
                line.from_at,
                line.until_at,
                line.start,
                line.end,
            )
            for line in lines
        ),
        tuple(
            DoubtView(
                doubt.pk,
                doubt.start,
                doubt.end,
                doubt.why,
                doubt.scope,
                doubt.state or "",
                doubt.street,
                doubt.name,
                doubt.community_id,
                doubt.building,
                doubt.unit,
                tuple(doubt.names),
                doubt.settled_at,
                doubt.settled_by_name,
                doubt.settled_as,
            )
            for doubt in row.doubts.order_by("start", "end", "id")
        ),
    )


def changes_by(page: NoticePage) -> tuple[Change, ...]:
    """Whose zone a notice changes, by community and building, from the moment all its lines hold. Three queries."""
    streets = {fold(line.street) for line in page.lines if line.scope == ZoneLine.Scope.STREET and line.street}
    named = {line.community for line in page.lines if line.community}
    rows = Community.objects.select_related("party").order_by("party__sort_key", "party_id")
    about = {row.pk: row for row in rows if row.pk in named or (row.street and fold(row.street) in streets)}
    begins = max([page.head.from_at, *(line.from_at for line in page.lines)])
    lines = _lines(about, begins)
    houses: dict[UUID, list[tuple[UUID, str]]] = {}
    listed = Building.objects.filter(community__in=about).order_by("sort_key", "id")
    for house, community, name in listed.values_list("id", "community", "name"):
        houses.setdefault(community, []).append((house, name))

    def states(mine: list[ZoneLine], house: UUID | None) -> tuple[str, str]:
        """Without this notice, and with it."""
        others = [line for line in mine if line.notice_id != page.head.id]
        before, after = _winner(others, house, None), _winner(mine, house, None)
        return (before and before.state) or "", (after and after.state) or ""

    found = []
    for community, row in about.items():
        mine = [line for line in lines if line.community_id == community or _is_street(line, row.street)]
        whole = states(mine, None)
        if whole[0] != whole[1]:
            found.append(Change(row.party.name, community, *whole))
        parts: dict[tuple[str, str], list[str]] = {}
        for house, name in houses.get(community, ()):
            own = states(mine, house)
            if own[0] != own[1] and own != whole:
                parts.setdefault(own, []).append(name)
        found += [Change(row.party.name, community, *own, tuple(names)) for own, names in parts.items()]
    return tuple(found)


def _notices() -> Any:
    return ZoneNotice.objects.annotate(
        lines_count=Count("lines", distinct=True),
        waiting_count=Count("doubts", distinct=True, filter=Q(doubts__settled_at=None)),
    )


def _notice(row: Any) -> NoticeView:
    return NoticeView(
        row.pk,
        row.issuer,
        row.title,
        row.published_at,
        row.from_at,
        row.read_at,
        row.read_by_name,
        row.withdrawn_at,
        row.lines_count,
        row.waiting_count,
    )
