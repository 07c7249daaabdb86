"""Who may log in, with which duties; how far an actor sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from baogong.kernel.actor import Actor, Duty
from baogong.people.models import DutyHeld, Link, User
from baogong.people.services.access import folded


@dataclass(frozen=True, slots=True)
class DutyView:
    """One duty; `at` None means everywhere."""

    duty: Duty
    at: UUID | None
    at_name: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoginView:
    id: UUID
    person: UUID
    name: str
    username: str
    language: str
    is_active: bool
    is_demo: bool
    duties: tuple[DutyView, ...]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A private link in a list. `openings` counts the refused ones too."""

    id: UUID
    purpose: str
    party: UUID | None
    party_name: str
    created_at: datetime
    expires_at: datetime
    is_open: bool
    openings: int


def reach(actor: Actor, *duties: Duty) -> frozenset[UUID] | None:
    """
    Where one of the duties holds: None for everywhere, else the party ids; empty for nowhere.

    Every list of a place's things starts here: `filter(site__in=…)` unless None.
    """
    places: set[UUID] = set()
    for duty in duties:
        if duty not in actor.reach:
            continue
        if not actor.reach[duty]:
            return None
        places |= actor.reach[duty]
    return frozenset(places)


def log_ins(*, now: datetime, limit: int = 500) -> tuple[LoginView, ...]:
    """Active and dismissed log-ins by name, with the duties that run now."""
    return _views(User.objects.order_by("party__sort_key", "id")[:limit], now)


def login(user_id: UUID, now: datetime) -> LoginView | None:
    views = _views(User.objects.filter(id=user_id), now)
    return views[0] if views else None


def login_named(username: str, now: datetime) -> LoginView | None:
    """The log-in of this name, dismissed or not; width, case and outer spaces do not matter."""
    views = _views(User.objects.filter(username=folded(username)), now)
    return views[0] if views else None


def who_has(duty: Duty, *, now: datetime, at: UUID | None = None) -> tuple[LoginView, ...]:
    """Active log-ins with the duty at the place, or everywhere."""
    holders = _running(now).filter(Q(at=None) | Q(at=at), duty=duty.value).values("user")
    return _views(User.objects.filter(id__in=holders, is_active=True).order_by("party__sort_key", "id"), now)


def links_to(subject: UUID, *, now: datetime, limit: int = 100) -> tuple[LinkRow, ...]:
    """Every private link to the subject, newest first; their tokens are nowhere kept."""
    rows = Link.objects.filter(subject=subject).select_related("party").annotate(openings=Count("uses"))
    return tuple(
        LinkRow(
            id=row.id,
            purpose=row.purpose,
            party=row.party_id,
            party_name=row.party.name if row.party else "",
            created_at=row.created_at,
            expires_at=row.expires_at,
            is_open=row.revoked_at is None and row.used_at is None and now < row.expires_at,
            openings=row.openings,
        )
        for row in rows.order_by("-created_at", "-id")[:limit]
    )


def _running(now: datetime) -> QuerySet[DutyHeld]:
    return DutyHeld.objects.filter(Q(until_at=None) | Q(until_at__gt=now), from_at__lte=now)


def _views(users: QuerySet[User], now: datetime) -> tuple[LoginView, ...]:
    found = list(users.select_related("party"))
    duties: dict[UUID, list[DutyView]] = {user.id: [] for user in found}
    held = _running(now).filter(user__in=duties).select_related("at").order_by("duty", "from_at", "id")
    for row in held:
        name = row.at.name if row.at else ""
        duties[row.user_id].append(DutyView(Duty(row.duty), row.at_id, name, row.from_at, row.until_at))
    return tuple(
        LoginView(
            id=user.id,
            person=user.party_id,
            name=user.party.name,
            username=user.username,
            language=user.language,
            is_active=user.is_active,
            is_demo=user.is_demo,
            duties=tuple(duties[user.id]),
        )
        for user in found
    )
