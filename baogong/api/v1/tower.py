"""The tower: what is late, runs out, is too much or at risk; alerts, taken and closed; how the watch is kept."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from baogong.api.v1.access import OFFICE, Caller, caller
from baogong.api.v1.fields import Words
from baogong.api.v1.requests import After, Key, Limit, Page, once, page_of
from baogong.kernel.actor import Duty
from baogong.tower import causes, queries, services
from baogong.tower.causes import Cause
from baogong.tower.queries import AlertView
from baogong.tower.words import Names, in_words, names_in

router = Router(tags=["tower"])
CLOSED_OF = timedelta(hours=24)


class TowerCauseOut(Schema):
    """`alert`: what was made of it; null where the next minute makes it."""

    kind: str
    is_grave: bool
    since: datetime
    subject: UUID | None
    item: UUID | None
    at: UUID | None
    said_zh: str
    said_en: str
    alert: UUID | None


class RunningOut(Schema):
    """`free` base units promised to nobody; `out_at` null: it is gone."""

    holder: UUID
    item: UUID
    free: int
    per_day: int
    out_at: datetime | None


class TowerBoardOut(Schema):
    late: list[TowerCauseOut]
    promises: list[TowerCauseOut]
    overloaded: list[TowerCauseOut]
    goods: list[RunningOut]
    alerts_open_count: int
    is_quiet: bool


class AlertOut(Schema):
    id: UUID
    kind: str
    is_grave: bool
    state: str
    said_zh: str
    said_en: str
    event: int | None
    subject: UUID | None
    item: UUID | None
    at: UUID | None
    since: datetime
    duty: Duty
    level: int
    escalates_at: datetime | None
    owner: UUID | None
    owner_name: str
    taken_at: datetime | None
    opened_at: datetime
    told_at: datetime | None
    closed_at: datetime | None
    closed_why: str
    stands: bool


class AlertPage(Page):
    items: list[AlertOut]


class AlertCloseIn(Schema):
    why: Words


class WatchIn(Schema):
    """Times of the house's own clock; both null: no quiet hours."""

    quiet_from: time | None = None
    quiet_until: time | None = None
    escalates_after_s: int = Field(1800, ge=60, le=86_400)
    grave_escalates_after_s: int = Field(600, ge=60, le=86_400)


class WatchOut(Schema):
    quiet_from: time | None
    quiet_until: time | None
    escalates_after_s: int
    grave_escalates_after_s: int
    is_quiet: bool
    has_phone: bool


class PhoneIn(Schema):
    """A mobile telephone's number: kept enciphered, read only when a text goes out."""

    phone: Words


@router.get("/board", response=TowerBoardOut, operation_id="tower_board")
def tower_board(request: HttpRequest) -> dict[str, Any]:
    """The screen as figures: everything as it stands now."""
    who = caller(request)
    who.require(*OFFICE)
    late = (*causes.late_trucks(who.now), *causes.late_rounds(who.now), *causes.late_papers(who.now))
    promises, overloaded = causes.promises(who.now), causes.overloaded(who.now)
    found = (*late, *promises, *overloaded)
    names, known = names_in([each.facts for each in found]), queries.alerts_by_cause([each.key for each in found])
    return {
        "late": [_cause(each, names, known) for each in late],
        "promises": [_cause(each, names, known) for each in promises],
        "overloaded": [_cause(each, names, known) for each in overloaded],
        "goods": [
            {
                "holder": each.holder,
                "item": each.item,
                "free": each.free,
                "per_day": each.per_day,
                "out_at": each.out_at,
            }
            for each in causes.running_out(who.now)
        ],
        "alerts_open_count": queries.alerts_open_count(),
        "is_quiet": queries.is_quiet(queries.watch_rule(), who.now),
    }


@router.get("/alerts", response=AlertPage, operation_id="alert_list")
def alert_list(
    request: HttpRequest,
    is_open: Annotated[bool, Query(description="False: those closed in the last day.")] = True,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """In the order they were opened. The office sees all, a keeper what is of the own places."""
    who = caller(request)
    who.require_somewhere(*OFFICE, Duty.KEEPER)
    since = None if is_open else who.now - CLOSED_OF
    found = queries.alerts(is_open=is_open, seen_by=who.actor, since=since)
    page = page_of(found, after=after, limit=limit)
    return {**page, "items": _told(page["items"])}


@router.get("/alerts/{alert}", response=AlertOut, operation_id="alert_show")
def alert_show(request: HttpRequest, alert: UUID) -> dict[str, Any]:
    who = caller(request)
    found = queries.alert(alert)
    found.require_sight(who.actor)
    return _told([found])[0]


@router.post("/alerts/{alert}/take", response=AlertOut, operation_id="alert_take")
def alert_take(request: HttpRequest, alert: UUID, key: Key) -> dict[str, Any]:
    """The caller sees to it from now on, also where another did."""
    who = caller(request)
    once(request, key, lambda: services.take_alert(alert=alert, actor=who.actor, now=who.now))
    return _told([queries.alert(alert)])[0]


@router.post("/alerts/{alert}/close", response=AlertOut, operation_id="alert_close")
def alert_close(request: HttpRequest, alert: UUID, key: Key, given: AlertCloseIn) -> dict[str, Any]:
    """Nothing more is to be done about it. While its cause stands it is not told again."""
    who = caller(request)
    once(request, key, lambda: services.close_alert(alert=alert, why=given.why, actor=who.actor, now=who.now), given)
    return _told([queries.alert(alert)])[0]


@router.get("/watch", response=WatchOut, operation_id="watch_show")
def watch_show(request: HttpRequest) -> dict[str, Any]:
    """Quiet hours, and how long an alert waits for somebody before it goes to the next duty."""
    who = caller(request)
    who.require_somewhere(*OFFICE, Duty.KEEPER)
    return _watch(who)


@router.post("/watch", response=WatchOut, operation_id="watch_set")
def watch_set(request: HttpRequest, key: Key, given: WatchIn) -> dict[str, Any]:
    """In quiet hours only the gravest is sent; the rest when they are over."""
    who = caller(request)
    once(request, key, lambda: services.set_watch_rule(**given.dict(), actor=who.actor, now=who.now), given)
    return _watch(who)


@router.post("/phone", response=WatchOut, operation_id="watch_phone_keep")
def watch_phone_keep(request: HttpRequest, key: Key, given: PhoneIn) -> dict[str, Any]:
    """Alerts of the caller's duties are texted there, where the house has a gateway."""
    who = caller(request)
    once(request, key, lambda: services.keep_own_phone(phone=given.phone, actor=who.actor, now=who.now), given)
    return _watch(who)


@router.post("/phone/forget", response=WatchOut, operation_id="watch_phone_forget")
def watch_phone_forget(request: HttpRequest, key: Key) -> dict[str, Any]:
    """Nobody texts the caller of alerts any more."""
    who = caller(request)
    once(request, key, lambda: services.forget_own_phone(actor=who.actor, now=who.now))
    return _watch(who)


def _watch(who: Caller) -> dict[str, Any]:
    rule = queries.watch_rule()
    return {
        "quiet_from": rule.quiet_from,
        "quiet_until": rule.quiet_until,
        "escalates_after_s": rule.escalates_after_s,
        "grave_escalates_after_s": rule.grave_escalates_after_s,
        "is_quiet": queries.is_quiet(rule, who.now),
        "has_phone": services.has_own_phone(who.actor),
    }


def _cause(cause: Cause, names: Names, known: dict[str, AlertView]) -> dict[str, Any]:
    alert = known.get(cause.key)
    return {
        "kind": cause.kind.value,
        "is_grave": cause.is_grave,
        "since": alert.since if alert else cause.since,
        "subject": cause.subject,
        "item": cause.item,
        "at": cause.at,
        "said_zh": in_words(cause.kind, cause.facts, names, is_chinese=True),
        "said_en": in_words(cause.kind, cause.facts, names, is_chinese=False),
        "alert": alert.id if alert else None,
    }


def _told(found: list[AlertView]) -> list[dict[str, Any]]:
    names = names_in([each.facts for each in found])
    return [
        {
            **{name: getattr(each, name) for name in AlertOut.model_fields if hasattr(each, name)},
            "said_zh": in_words(each.kind, each.facts, names, is_chinese=True),
            "said_en": in_words(each.kind, each.facts, names, is_chinese=False),
        }
        for each in found
    ]
