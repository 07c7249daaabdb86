"""Writes of zones: what a state means from a day on; which addresses a notice puts into it; its withdrawal."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib import resources
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from baogong.engine.sheets.limits import longest
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.kernel.windows import midnight
from baogong.places.models import Building, Community, Unit, ZoneDoubt, ZoneLine, ZoneNotice, ZoneRule
from baogong.places.models.zones import Service, Zone
from baogong.places.recording import record

READERS = (Duty.COMMAND, Duty.CLERK)
TEXT_MAX = 400_000
NOTHING = "NOTHING"  # settled: these words mean nothing of this register


class NoticeUnusable(UnusableInput):
    """A notice has a text, and an end."""

    code = "places.notice-unusable"


class StateMissing(UnusableInput):
    """An address that nothing read has no state until a person gives it one."""

    code = "places.state-missing"


class RuleUnusable(UnusableInput):
    code = "places.rule-unusable"


class RuleDiffers(BaogongError):
    """The issuer has another rule for that state from that very day."""

    kind, code = Kind.CONFLICT, "places.rule-differs"


class NoticeWithdrawn(BaogongError):
    """The notice does not hold any more."""

    kind, code = Kind.CONFLICT, "places.notice-withdrawn"


class DoubtSettled(BaogongError):
    """Somebody settled this doubt otherwise."""

    kind, code = Kind.CONFLICT, "places.doubt-settled"


@dataclass(frozen=True, slots=True)
class LineGiven:
    """
    One address and its state, by the characters it was read from.

    community None: the whole street (`street`); `building`, `unit`: only that of it. state None: taken out.
    is_rest  “all others”, as a person said of this community: whatever else a notice says of it comes before
    """

    start: int
    end: int
    state: str | None
    street: str = ""
    community: UUID | None = None
    building: UUID | None = None
    unit: UUID | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    is_rest: bool = False

    @property
    def scope(self) -> ZoneLine.Scope:
        if self.unit is not None:
            return ZoneLine.Scope.UNIT
        if self.building is not None:
            return ZoneLine.Scope.BUILDING
        is_of_others = self.community is None or self.is_rest
        return ZoneLine.Scope.STREET if is_of_others else ZoneLine.Scope.COMMUNITY


@dataclass(frozen=True, slots=True)
class DoubtGiven:
    """What waits for a person; see `models.ZoneDoubt`."""

    start: int
    end: int
    why: str
    scope: int | None = None
    state: str | None = None
    street: str = ""
    name: str = ""
    community: UUID | None = None
    building: str = ""
    unit: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None
    names: tuple[dict[str, object], ...] = ()


@transaction.atomic
def set_zone_rule(
    *,
    zone: str,
    from_at: datetime,
    service: str,
    text_zh: str,
    text_en: str,
    days: int | None = None,
    issuer: str = "",
    source: str = "",
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    What a state means from a moment on; returns the rule's id. Rules stay: a later one of the issuer takes its place.

    days    how long the state usually lasts; None: until lifted
    issuer  "" for the house's own, which holds for every issuer that has none
    Raises NoticeUnusable, RuleDiffers, NotYourPlace.
    """
    actor.require(Duty.COMMAND)
    facts = {
        "service": service,
        "days": days,
        "text_zh": text_zh.strip(),
        "text_en": text_en.strip(),
        "source": source.strip(),
    }
    if zone not in Zone.values or service not in Service.values or (days is not None and not 1 <= days <= 366):
        raise RuleUnusable(
            "A rule is for one of the states and names one of the services; nothing was written.",
            where="state",
            found=f"{zone}, {service}, {days}",
            expected=", ".join((*Zone.values, *Service.values)),
            cure="Choose from the list.",
        )
    for field, text in (("text_zh", text_zh), ("text_en", text_en), ("source", source), ("issuer", issuer)):
        if len(text.strip()) > longest(ZoneRule, field) or (field.startswith("text") and not text.strip()):
            raise RuleUnusable(
                "A rule says in both languages what the state means; nothing was written.",
                where=field,
                found=len(text.strip()),
                expected=longest(ZoneRule, field),
                cure="Write it in one or two sentences.",
            )
    issuer = issuer.strip()
    row, is_new = ZoneRule.objects.get_or_create(
        issuer=issuer,
        zone=zone,
        from_at=from_at,
        defaults=facts | {"id": derived_id("zone-rule", issuer, zone, from_at.isoformat())},
    )
    if any(getattr(row, field) != value for field, value in facts.items()):
        raise RuleDiffers(
            "From that moment another rule of this issuer holds; nothing was changed.",
            where="from_at",
            found=f"{zone} {from_at:%Y-%m-%d %H:%M} UTC",
            expected="another moment",
            cure="Let the new rule begin later.",
        )
    if is_new:
        data = {"zone": zone, "issuer": issuer, "service": service, "from_at": from_at.isoformat()}
        record(kind="places.zone-rule.set", actor=actor, now=now, data=data)
    return row.pk


@transaction.atomic
def load_zone_rules(*, actor: Actor, now: datetime) -> int:
    """Shanghai's three versions of spring 2022, from `places/data/zone_rules.toml`; returns how many are new."""
    text = resources.files("baogong.places").joinpath("data/zone_rules.toml").read_text("utf-8")
    before = ZoneRule.objects.count()
    for version in tomllib.loads(text)["versions"]:
        from_at = midnight(version["from"], timezone.get_default_timezone())
        for zone in Zone.values:
            rule = version[zone.lower()]
            set_zone_rule(
                zone=zone,
                from_at=from_at,
                service=rule["service"],
                days=rule.get("days"),
                text_zh=rule["text_zh"],
                text_en=rule["text_en"],
                issuer=version["issuer"],
                source=version["source"],
                actor=actor,
                now=now,
            )
    return ZoneRule.objects.count() - before


@transaction.atomic
def keep_notice(
    *,
    text: str,
    lines: Sequence[LineGiven],
    doubts: Sequence[DoubtGiven] = (),
    issuer: str = "",
    title: str = "",
    published_at: datetime,
    from_at: datetime,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    A notice as it was read: its text whole, each line with the characters it stands in. Returns its id; the same text of
    the same issuer from the same moment is one notice. Raises NoticeUnusable, NotYourPlace.
    """
    actor.require(*READERS)
    too_long = next(
        (f for f, t in (("issuer", issuer), ("title", title)) if len(t.strip()) > longest(ZoneNotice, f)), ""
    )
    if not text.strip() or len(text) > TEXT_MAX or too_long:
        raise NoticeUnusable(
            f"A notice has a text of at most {TEXT_MAX:,} characters; nothing was kept.",
            where=too_long or "text",
            found=len(text),
            expected=longest(ZoneNotice, too_long) if too_long else TEXT_MAX,
            cure="Paste the notice itself; divide one that is longer.",
        )
    digest = sha256(text.encode()).digest()
    issuer = issuer.strip()
    notice, is_new = ZoneNotice.objects.get_or_create(
        issuer=issuer,
        text_hash=digest,
        from_at=from_at,
        defaults={
            "id": derived_id("zone-notice", issuer, digest.hex(), from_at.isoformat()),
            "title": title.strip(),
            "text": text,
            "published_at": published_at,
            "read_at": now,
            "read_by_id": actor.person_id,
            "read_by_name": actor.name,
        },
    )
    if not is_new:
        return notice.pk
    add_lines(notice, lines)
    add_doubts(notice, doubts)
    data = {"lines": len(lines), "doubts": len(doubts), "from_at": from_at.isoformat()}
    record(kind="places.zone-notice.read", actor=actor, now=now, data=data | {"notice": str(notice.pk)})
    return notice.pk


def _rows(notice: ZoneNotice, lines: Sequence[LineGiven], seed: str = "") -> list[ZoneLine]:
    """Rows of these lines. Raises NotFound where a building or unit is not of its community."""
    communities = {line.community for line in lines if line.community}
    known = set(Community.objects.filter(pk__in=communities).values_list("pk", flat=True))
    houses = dict(Building.objects.filter(community__in=known).values_list("id", "community"))
    units = dict(Unit.objects.filter(building__community__in=known).values_list("id", "building"))
    rows = []
    for number, line in enumerate(lines):
        is_known = (
            (line.community is None and line.building is None and line.unit is None and line.street.strip())
            or (line.community in known and line.building is None and line.unit is None)
            or (line.building is not None and houses.get(line.building) == line.community and line.unit is None)
            or (line.unit is not None and units.get(line.unit) == line.building and line.building in houses)
        )
        if not is_known:
            raise NotFound(
                "A line of this notice names nothing of the register; nothing was kept.",
                where=f"{line.start}–{line.end}",
                found=str(line.unit or line.building or line.community or ""),
                cure="Read the notice again.",
            )
        rows.append(
            ZoneLine(
                id=derived_id("zone-line", notice.pk, seed, number),
                notice=notice,
                scope=line.scope,
                street=line.street.strip()[: longest(ZoneLine, "street")],
                community_id=line.community,
                building_id=line.building,
                unit_id=line.unit,
                state=line.state,
                from_at=line.from_at or notice.from_at,
                until_at=line.until_at,
                start=line.start,
                end=line.end,
            )
        )
    return rows


def add_lines(notice: ZoneNotice, lines: Sequence[LineGiven], seed: str = "") -> None:
    """Raises NotFound where a building or unit is not of its community."""
    ZoneLine.objects.bulk_create(_rows(notice, lines, seed), batch_size=1000)


def add_doubts(notice: ZoneNotice, doubts: Sequence[DoubtGiven], seed: str = "") -> None:
    ZoneDoubt.objects.bulk_create(
        (
            ZoneDoubt(
                id=derived_id("zone-doubt", notice.pk, seed, number),
                notice=notice,
                start=doubt.start,
                end=doubt.end,
                why=doubt.why,
                scope=doubt.scope,
                state=doubt.state,
                street=doubt.street[: longest(ZoneDoubt, "street")],
                name=doubt.name[: longest(ZoneDoubt, "name")],
                community_id=doubt.community,
                building=doubt.building[: longest(ZoneDoubt, "building")],
                unit=doubt.unit[: longest(ZoneDoubt, "unit")],
                from_at=doubt.from_at or notice.from_at,
                until_at=doubt.until_at,
                names=list(doubt.names),
            )
            for number, doubt in enumerate(doubts)
        ),
        batch_size=1000,
    )


def open_doubt(
    doubt: UUID, community: UUID | None, building: UUID | None, unit: UUID | None, street: str, actor: Actor
) -> ZoneDoubt | None:
    """The doubt, locked; None where it was settled with this very answer. Raises NotFound, DoubtSettled, NoticeWithdrawn."""
    actor.require(*READERS)
    row = ZoneDoubt.objects.select_for_update(of=("self",)).filter(pk=doubt).select_related("notice").first()
    if row is None:
        raise NotFound(f"There is no doubt {doubt}.", where=str(doubt), cure="Open the notice again.")
    if row.settled_at is not None:
        if row.settled_as != _answer(community, building, unit, street):
            raise DoubtSettled(
                f"{row.settled_by_name} has settled this already; nothing was changed.",
                where=str(doubt),
                found=row.settled_as,
                cure="Look at the notice again; a later notice can say otherwise.",
            )
        return None
    if row.notice.withdrawn_at is not None:
        raise NoticeWithdrawn(
            "This notice is withdrawn; nothing was changed.", where=str(doubt), cure="Read the notice that holds now."
        )
    return row


def close_doubt(
    row: ZoneDoubt,
    community: UUID | None,
    building: UUID | None,
    unit: UUID | None,
    street: str,
    state: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Raises StateMissing where characters that nothing read got an address and no state."""
    answer = _answer(community, building, unit, street)
    if answer != NOTHING and row.scope is None and state not in Zone.values:
        raise StateMissing(
            "These characters were read as no address, so they have no state; nothing was changed.",
            where="state",
            found=str(state),
            expected=", ".join(Zone.values),
            cure="Choose the state that the notice gives this address.",
        )
    row.settled_at, row.settled_by_name, row.settled_as = now, actor.name, answer
    row.save(update_fields=["settled_at", "settled_by_name", "settled_as"])
    record(
        kind="places.zone-doubt.settled",
        actor=actor,
        now=now,
        subject=community,
        data={"doubt": str(row.pk), "notice": str(row.notice_id), "as": answer},
    )


def _answer(community: UUID | None, building: UUID | None, unit: UUID | None, street: str) -> str:
    return str(unit or building or community or street.strip() or NOTHING)[: longest(ZoneDoubt, "settled_as")]


@transaction.atomic
def withdraw_notice(*, notice: UUID, at: datetime | None = None, actor: Actor, now: datetime) -> None:
    """
    From `at` (now) on the notice says nothing any more; what it said until then stays. Again: nothing changes.

    Raises NotFound, NotYourPlace.
    """
    actor.require(*READERS)
    row = ZoneNotice.objects.select_for_update(of=("self",)).filter(pk=notice).first()
    if row is None:
        raise NotFound(f"There is no notice {notice}.", where=str(notice), cure="Open the list of notices again.")
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at = at or now
    row.save(update_fields=["withdrawn_at"])
    record(kind="places.zone-notice.withdrawn", actor=actor, now=now, data={"notice": str(notice)})
