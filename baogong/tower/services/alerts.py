"""
Alerts: opened, refreshed, passed on and closed as their causes come and go; taken and closed by persons.

`recount` looks at everything anew and writes the difference. However often it runs, and in however many processes, one
cause has one alert: whoever recounts waits for the one before (`lock_word`), and the table itself refuses a second. Whoever
takes or closes an alert meanwhile goes first or after: what is written follows what its locked row says (`_lock`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.journal.locks import lock_row, lock_rows, lock_word
from baogong.journal.mapping import plain
from baogong.journal.services import record, recorded
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.tower import causes
from baogong.tower.causes import Cause
from baogong.tower.kinds import chain_of
from baogong.tower.models import Alert, WatchRule
from baogong.tower.queries.watch import WatchView, is_quiet, watch_rule
from baogong.tower.services.texts import put_out_alert

RECOUNT = "tower recount"
WHY_MAX = 300
CAUSE_GONE = "the cause is gone"

State = Alert.State


class AlertClosed(BaogongError):
    """There is nothing to see to any more."""

    kind, code = Kind.CONFLICT, "tower.alert-closed"


@dataclass(frozen=True, slots=True)
class Recount:
    """How many alerts one recount opened, made graver, passed on, closed; how many it told their duty of."""

    opened: int = 0
    graver: int = 0
    escalated: int = 0
    closed: int = 0
    told: int = 0

    @property
    def is_quiet(self) -> bool:
        return not any((self.opened, self.graver, self.escalated, self.closed, self.told))


def recount(*, now: datetime) -> Recount:
    """
    Look at everything anew: one alert for each cause that stands, none for what is gone.

    What a person closed while its cause stands stays closed until that cause is gone and comes again. What an event told
    is closed by persons alone. What could not be counted is left as it stands, and told on the screen. Raises Busy, having changed nothing, where somebody holds an alert for too long.
    """
    with transaction.atomic():
        lock_word(RECOUNT)  # before anything is read: the second sees what the first wrote
        rule = watch_rule()
        found, uncounted = causes.counted(now)
        rows = _lock(found)  # after the rooms were asked: people wait for the writing alone
        known = {row.cause: row for row in rows if row.cause in found}
        opened = _open([cause for key, cause in found.items() if cause.opens and key not in known], now)
        graver = _refresh(known, found, now)
        closed = _end_what_is_gone(
            [row for row in rows if row.event is None and row.cause not in found and row.kind not in uncounted], now
        )
        escalated = _escalate(rows, rule, now)
        told = _tell([*rows, *opened], rule, now)
        kept: dict[str, Any] = {"uncounted": [kind.value for kind in uncounted]} | (
            {} if uncounted else {"whole_at": now}
        )
        WatchRule.objects.update_or_create(id=1, defaults=kept)
    return Recount(len(opened), graver, escalated, closed, told)


@transaction.atomic
@recorded("tower.alert.taken")
def take_alert(*, alert: UUID, actor: Actor, now: datetime) -> None:
    """The actor sees to it from now on, also where another did. Raises NotYourPlace, AlertClosed, NotFound."""
    row = lock_row(Alert.objects.all(), alert)
    _require(row, actor)
    _refuse_closed(row)
    before = row.owner_id
    row.state, row.owner_id, row.taken_at, row.escalates_at = State.TAKEN, actor.person_id, now, None
    row.save(update_fields=["state", "owner", "taken_at", "escalates_at"])
    _record("taken", row, actor, now, **{"from": before})


@transaction.atomic
@recorded("tower.alert.closed")
def close_alert(*, alert: UUID, why: str, actor: Actor, now: datetime) -> None:
    """
    Nothing more is to be done about it, for the reason given. Raises NotYourPlace, AlertClosed, NotFound, UnusableInput.

    It changes nothing of what it was about: a cause that stands is only not told again until it is gone and comes anew.
    """
    row = lock_row(Alert.objects.all(), alert)
    _require(row, actor)
    _refuse_closed(row)
    words = why.strip()
    if not words or len(words) > WHY_MAX:
        raise UnusableInput(
            "An alert is closed with a reason, and this is none. It stays open.",
            where="why",
            found=len(words),
            expected=f"a sentence of at most {WHY_MAX} characters",
            cure="Say what was done about it.",
        )
    row.state, row.closed_at, row.closed_by_id, row.closed_why = State.CLOSED, now, actor.person_id, words
    row.escalates_at = None
    row.save(update_fields=["state", "closed_at", "closed_by", "closed_why", "escalates_at"])
    _record("closed", row, actor, now, why=words)


def _require(row: Alert, actor: Actor) -> None:
    actor.require(*chain_of(row.kind), at=row.at_id)


def _refuse_closed(row: Alert) -> None:
    if row.state == State.CLOSED:
        raise AlertClosed(
            "This alert is closed; nothing was changed.",
            where=str(row.id),
            found=row.closed_why,
            cure="Open the list again and look at what is open.",
        )


def _lock(found: Mapping[str, Cause]) -> list[Alert]:
    """Every alert that a recount may change, as it is now, and nobody else changes until it is done."""
    stands = Q(cause__in=found) | Q(event=None) | ~Q(state=State.CLOSED)
    return lock_rows(Alert.objects.all(), Alert.objects.filter(stands, ended_at=None).values_list("id", flat=True))


def _open(causes_: Sequence[Cause], now: datetime) -> list[Alert]:
    rows = [
        Alert(
            cause=cause.key,
            kind=cause.kind.value,
            is_grave=cause.is_grave,
            event=cause.event,
            subject=cause.subject,
            item_id=cause.item,
            at_id=cause.at,
            since=cause.since,
            facts=plain(dict(cause.facts)),
            duty=chain_of(cause.kind)[0].value,
            opened_at=now,
        )
        for cause in causes_
    ]
    Alert.objects.bulk_create(rows, ignore_conflicts=True)
    kept = set(Alert.objects.filter(id__in=[row.id for row in rows]).values_list("id", flat=True))
    opened = [row for row in rows if row.id in kept]
    for row in opened:
        _record("opened", row, THE_HOUSE, now, event=row.event)
    return opened


def _refresh(known: Mapping[str, Alert], found: Mapping[str, Cause], now: datetime) -> int:
    """Figures follow what stands; what has become grave is told to its duty anew. How many have."""
    changed, graver = [], []
    for key, row in known.items():
        cause = found[key]
        facts = plain(dict(cause.facts))
        if (row.facts, row.is_grave) == (facts, cause.is_grave):
            continue
        if cause.is_grave and not row.is_grave and row.state != State.CLOSED:
            graver.append(row)
            row.told_at = None
        row.facts, row.is_grave = facts, cause.is_grave
        changed.append(row)
    Alert.objects.bulk_update(changed, ["facts", "is_grave", "told_at"], batch_size=500)
    for row in graver:
        _record("graver", row, THE_HOUSE, now)
    return len(graver)


def _end_what_is_gone(gone: Sequence[Alert], now: datetime) -> int:
    open_ = [row for row in gone if row.state != State.CLOSED]
    for row in gone:
        row.ended_at, row.escalates_at = now, None
        if row.state != State.CLOSED:
            row.state, row.closed_at, row.closed_why = State.CLOSED, now, CAUSE_GONE
        elif row.closed_at is not None:
            row.ended_at = max(now, row.closed_at)  # a drill's clock stands still
    fields = ["state", "closed_at", "closed_why", "ended_at", "escalates_at"]
    Alert.objects.bulk_update(gone, fields, batch_size=500)
    for row in open_:
        _record("closed", row, THE_HOUSE, now, why=CAUSE_GONE)
    return len(open_)


def _escalate(rows: Sequence[Alert], rule: WatchView, now: datetime) -> int:
    """What nobody took in time goes to the next duty of its chain; in quiet hours only what is grave does."""
    only_grave, passed_on = is_quiet(rule, now), []
    for row in rows:
        if row.state != State.OPEN or row.escalates_at is None or row.escalates_at > now:
            continue
        if only_grave and not row.is_grave:
            continue
        chain = chain_of(row.kind)
        row.level = min(row.level + 1, len(chain) - 1)
        row.duty, row.told_at, row.escalates_at = chain[row.level].value, None, None
        passed_on.append(row)
    Alert.objects.bulk_update(passed_on, ["level", "duty", "told_at", "escalates_at"], batch_size=500)
    for row in passed_on:
        _record("escalated", row, THE_HOUSE, now, duty=row.duty)
    return len(passed_on)


def _tell(rows: Sequence[Alert], rule: WatchView, now: datetime) -> int:
    """
    The duty hears of what it was not told of yet, by text where the house has a gateway; from then the time runs until it
    goes to the next. In quiet hours only what is grave; the rest when they are over.
    """
    only_grave = is_quiet(rule, now)
    untold = [
        row for row in rows if row.state != State.CLOSED and row.told_at is None and (row.is_grave or not only_grave)
    ]
    untold.sort(key=lambda row: (not row.is_grave, row.since, row.id))
    for row in untold:
        put_out_alert(row, now)
        row.told_at = now
        if row.state == State.OPEN and row.level + 1 < len(chain_of(row.kind)):
            after_s = rule.grave_escalates_after_s if row.is_grave else rule.escalates_after_s
            row.escalates_at = now + timedelta(seconds=after_s)
    Alert.objects.bulk_update(untold, ["told_at", "escalates_at"], batch_size=500)
    return len(untold)


def _record(what: str, row: Alert, actor: Actor, now: datetime, **data: Any) -> None:
    record(
        kind=f"tower.alert.{what}",
        actor=actor,
        now=now,
        subject=row.id,
        data={"kind": row.kind, "grave": row.is_grave, **data},
    )
