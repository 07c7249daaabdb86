"""
What somebody has to see to: what the rooms say stands so now, and what events told.

Each room is asked by its own published reads; nothing is computed here but what is near, too much, or past its time. The
screen shows these rows as they are now; `services.alerts` gives each an owner and keeps it until it is gone. So all of
them are read, never a page's rows (`limit=None`): what a page leaves out would be taken for gone.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue import queries as catalogue
from baogong.crew import queries as crew
from baogong.delivery import queries as delivery
from baogong.freight import queries as freight
from baogong.freight.queries import NotMoving
from baogong.journal import queries as journal
from baogong.journal.queries import EventView
from baogong.ledger import queries as book
from baogong.places import queries as places
from baogong.release import queries as release
from baogong.tower.kinds import Kind

log = logging.getLogger(__name__)

MOVING = ("PLANNED", "LOADED", "DEPARTED", "ARRIVED")
# A promise is looked at while there is time to keep it: a truck takes half a day, a courier's round some hours.
GOODS_DUE_WITHIN = timedelta(hours=12)
PARCELS_DUE_WITHIN = timedelta(hours=4)
# How fast stock goes is reckoned from what went in three days, at least as if one day had passed; two days of it are near.
USE_OF, USE_OF_AT_LEAST, RUNS_OUT_WITHIN = timedelta(days=3), timedelta(days=1), timedelta(days=2)
RUNS_OUT_GRAVE = timedelta(hours=12)
# Labour Law of the PRC: eight hours a day (article 36); three more at most, for special reasons (article 41).
WORK_S, WORK_S_MOST = 8 * 3600, 11 * 3600
STANDS_FOR = timedelta(hours=12)
EVENTS_OF = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cause:
    """
    One thing to see to.

    key      the same for the same cause, however often it is looked at
    subject  what can change it: a waybill, a round, a document, a release, a station
    facts    figures, codes and ids that say it in words; never a name of a person
    opens    it raises an alert; else it only keeps the one that stands
    """

    key: str
    kind: Kind
    since: datetime
    is_grave: bool = False
    subject: UUID | None = None
    item: UUID | None = None
    at: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    event: int | None = None
    opens: bool = True


def late_trucks(now: datetime) -> tuple[Cause, ...]:
    """Trucks that are or will be late; one query."""
    return tuple(
        Cause(
            f"{Kind.TRUCK_LATE} {row.id}",
            Kind.TRUCK_LATE,
            since=min(now, row.planned_arrive_at if row.departed_at else row.planned_depart_at),
            is_grave=row.misses_due,
            subject=row.id,
            at=row.origin if row.departed_at is None else row.target,
            facts={
                "number": row.number,
                "plate": row.plate or row.truck,
                "from": str(row.origin),
                "to": str(row.target),
                "late_s": row.late_s,
                "state": row.state,
                "expected_at": row.expected_arrive_at.isoformat(),
                "due_at": row.due_at.isoformat() if row.due_at and row.misses_due else None,
            },
        )
        for row in freight.waybills(now=now, states=MOVING, limit=None)
        if row.is_late
    )


def late_rounds(now: datetime) -> tuple[Cause, ...]:
    """Couriers' rounds; one query."""
    return tuple(
        Cause(
            f"{Kind.ROUND_LATE} {row.id}",
            Kind.ROUND_LATE,
            since=row.since,
            subject=row.id,
            at=row.station,
            facts={
                "name": row.name,
                "courier": str(row.courier),
                "station": str(row.station),
                "has_left": row.has_left,
                "open": row.open_count,
            },
        )
        for row in delivery.late_rounds(now, limit=None)
    )


def late_tasks(now: datetime) -> tuple[Cause, ...]:
    """Tasks past their time; one query."""
    return tuple(
        Cause(
            f"{Kind.TASK_LATE} {task.id}",
            Kind.TASK_LATE,
            since=task.due_at,
            subject=task.id,
            facts={"title": task.title, "duty": task.duty.value, "owner": str(task.owner) if task.owner else None},
        )
        for task in journal.tasks(open_only=True, limit=None)
        if task.is_late(now)
    )


def late_signatures(now: datetime) -> tuple[Cause, ...]:
    """Second signatures past their time; one query."""
    return tuple(
        Cause(
            f"{Kind.SIGNATURE_LATE} {paper.id}",
            Kind.SIGNATURE_LATE,
            since=paper.second_due_at or now,
            subject=paper.id,
            facts={"number": paper.number, "title": paper.title},
        )
        for paper in journal.signatures_overdue(now, limit=None)
    )


def late_papers(now: datetime) -> tuple[Cause, ...]:
    """Tasks and second signatures past their time; two queries."""
    return (*late_tasks(now), *late_signatures(now))


def claims_at_risk(now: datetime) -> tuple[Cause, ...]:
    """Claims whose promised hours run out, by release."""
    return tuple(
        Cause(
            f"{Kind.CLAIMS_AT_RISK} {row.release}",
            Kind.CLAIMS_AT_RISK,
            since=min(now, row.first_due_at),
            is_grave=row.late_count > 0,
            subject=row.release,
            at=row.office,
            facts={
                "title_zh": row.title_zh,
                "title_en": row.title_en,
                "count": row.count,
                "late": row.late_count,
                "due_at": row.first_due_at.isoformat(),
            },
        )
        for row in release.promises_at_risk(now, limit=None)
    )


def parcels_at_risk(now: datetime) -> tuple[Cause, ...]:
    """Parcels whose promised hours run out, by station."""
    return tuple(
        Cause(
            f"{Kind.PARCELS_AT_RISK} {row.station}",
            Kind.PARCELS_AT_RISK,
            since=min(now, row.first_due_at),
            is_grave=row.late_count > 0,
            subject=row.station,
            at=row.station,
            facts={
                "station": str(row.station),
                "count": row.count,
                "late": row.late_count,
                "due_at": row.first_due_at.isoformat(),
            },
        )
        for row in delivery.parcels_due(now + PARCELS_DUE_WITHIN, now=now, limit=None)
    )


def promises(now: datetime) -> tuple[Cause, ...]:
    """Claims, parcels and promised goods whose time runs out."""
    return (*claims_at_risk(now), *parcels_at_risk(now), *goods_at_risk(now))


def goods_at_risk(now: datetime) -> tuple[Cause, ...]:
    """One for each place and receiver: a truck is found for all of it or for none."""
    due: dict[tuple[UUID, UUID], list[NotMoving]] = defaultdict(list)
    for each in freight.not_moving(now=now, limit=None):
        if each.due_at is not None and each.due_at <= now + GOODS_DUE_WITHIN:
            due[each.site, each.receiver].append(each)
    found = []
    for (site, receiver), rows in due.items():
        first = min(row.due_at for row in rows if row.due_at is not None)
        found.append(
            Cause(
                f"{Kind.GOODS_AT_RISK} {site} {receiver}",
                Kind.GOODS_AT_RISK,
                since=min(now, first),
                is_grave=first <= now,
                subject=receiver,
                at=site,
                facts={
                    "from": str(site),
                    "to": str(receiver),
                    "count": len(rows),
                    "due_at": first.isoformat(),
                },
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Running:
    """
    Goods of one place that go.

    stands   what stands there; `free`: and is promised to nobody
    last_at  when some of it went last
    out_at   when the last of what is free goes at this pace; None: nothing is free any more
    """

    holder: UUID
    item: UUID
    stands: int
    free: int
    used: int
    of_s: int
    last_at: datetime
    out_at: datetime | None

    @property
    def per_day(self) -> int:
        return round(self.used * 86_400 / self.of_s)


def running_out(now: datetime) -> tuple[Running, ...]:
    """What goes at all, the first to be gone first. What only passes is no stock: at a hub, or in a parcel. Four queries."""
    hubs = {site.id for site in places.sites(role="HUB", most=None)}
    no_stock = catalogue.money_items() | delivery.parcel_items()
    rows = book.stock_in_use(since=now - USE_OF, until=now, without=no_stock, limit=None)
    found = []
    for row in rows:
        if row.holder in hubs or row.used <= 0:
            continue
        of_s = int(max(now - row.first_at, USE_OF_AT_LEAST).total_seconds())
        out_at = now + timedelta(seconds=of_s * row.free / row.used) if row.free > 0 else None
        found.append(
            Running(row.holder, row.item, max(row.stands, 0), max(row.free, 0), row.used, of_s, row.last_at, out_at)
        )
    return tuple(sorted(found, key=lambda each: (each.out_at or now, str(each.holder), str(each.item))))


def run_outs(now: datetime) -> tuple[Cause, ...]:
    """
    Of `running_out` what is near, and what nothing is free of any more.

    What is gone keeps the alert that was raised as it came near, until some comes in or nobody has taken any for days. It
    raises none of its own: what left a place all at once was sent away by somebody who knew.
    """
    found = []
    for each in running_out(now):
        if each.out_at is not None and each.out_at - now > RUNS_OUT_WITHIN:
            continue
        is_gone = each.out_at is None
        facts = {"place": str(each.holder), "item": str(each.item), "free": each.free, "per_day": each.per_day}
        if each.out_at is None:
            facts |= {"gone_at": each.last_at.isoformat(), "stands": each.stands}
        else:
            facts |= {"out_at": each.out_at.isoformat()}
        found.append(
            Cause(
                f"{Kind.RUNS_OUT} {each.holder} {each.item}",
                Kind.RUNS_OUT,
                since=each.last_at if is_gone else now,
                is_grave=each.out_at is None or each.out_at - now <= RUNS_OUT_GRAVE,
                subject=each.holder,
                item=each.item,
                at=each.holder,
                facts=facts,
                opens=not is_gone,
            )
        )
    return tuple(found)


def overloaded_couriers(now: datetime) -> tuple[Cause, ...]:
    """Couriers beyond a day's work; at most two queries."""
    return tuple(
        Cause(
            f"{Kind.COURIER_OVERLOADED} {row.courier} {row.station}",
            Kind.COURIER_OVERLOADED,
            since=min(now, row.leaves_at),
            is_grave=row.work_s > WORK_S_MOST,
            subject=row.station,
            at=row.station,
            facts={
                "courier": str(row.courier),
                "station": str(row.station),
                "work_s": row.work_s,
                "parcels": row.parcels_count,
            },
        )
        for row in delivery.courier_loads(now, least_s=WORK_S, limit=None)
    )


def overloaded_stations(now: datetime) -> tuple[Cause, ...]:
    """Stations at which more stands than goes; two queries."""
    return tuple(
        Cause(
            f"{Kind.STATION_OVERLOADED} {row.station}",
            Kind.STATION_OVERLOADED,
            since=row.since + STANDS_FOR,
            subject=row.station,
            at=row.station,
            facts={"station": str(row.station), "unplanned": row.unplanned, "planned": row.planned},
        )
        for row in delivery.station_loads(now, limit=None)
        if row.since is not None and row.since + STANDS_FOR <= now and row.unplanned > row.planned
    )


def overloaded(now: datetime) -> tuple[Cause, ...]:
    """Couriers beyond a day's work, stations at which more stands than goes; at most four queries."""
    return (*overloaded_couriers(now), *overloaded_stations(now))


def told(now: datetime) -> tuple[Cause, ...]:
    """
    Of the last week's events those that somebody has to look at, the newest first; one query.

    A week is read again each time, not what came since the last: an event's number is given before it is committed, and
    one with a smaller number may come to be seen later.
    """
    found = journal.events(kinds=sorted(_OF_EVENT), since=now - EVENTS_OF, limit=None)
    return tuple(cause for event in found if (cause := _OF_EVENT[event.kind](event)) is not None)


def missing_people(now: datetime) -> tuple[Cause, ...]:
    """
    Places whose last roll calls left somebody unaccounted for; grave where one of them went in and never came out.

    It is gone when each was answered for in a later roll call, or passed the gate; not because it was long ago. At most two
    queries.
    """
    return tuple(
        Cause(
            f"{Kind.PEOPLE_MISSING} {row.place}",
            Kind.PEOPLE_MISSING,
            since=row.since,
            is_grave=row.inside_count > 0,
            subject=row.roll_call,
            at=row.place,
            facts={
                "place": str(row.place),
                "count": row.count,
                "inside": row.inside_count,
                "called_at": row.since.isoformat(),
            },
        )
        for row in crew.missing(now)
    )


def _of_event(kind: Kind, *, is_grave: bool, **facts: str) -> Callable[[EventView], Cause | None]:
    """`facts`: what of the event's data tells it."""

    def cause(event: EventView) -> Cause | None:
        return Cause(
            f"event {event.seq}",
            kind,
            since=event.at,
            is_grave=is_grave,
            subject=event.document if kind is Kind.GOODS_LOST else event.subject,
            facts={name: event.data.get(key) for name, key in facts.items()},
            event=event.seq,
        )

    return cause


def _lost_parcels(event: EventView) -> Cause:
    facts = {"station": str(event.subject), "count": event.data.get("parcels")}
    return Cause(
        f"event {event.seq}", Kind.PARCELS_LOST, event.at, True, event.document, None, event.subject, facts, event.seq
    )


def _refused(event: EventView) -> Cause | None:
    """A refusal of what was not in force yet undoes nothing."""
    if not event.data.get("was_in_force"):
        return None
    facts = {"number": event.data.get("number")}
    return Cause(
        f"event {event.seq}", Kind.REFUSED_IN_FORCE, event.at, True, event.document, None, None, facts, event.seq
    )


def _ran_out(event: EventView) -> Cause:
    station = UUID(str(event.data["station"]))
    facts = {"courier": str(event.subject), "station": str(station)}
    return Cause(f"event {event.seq}", Kind.COURIER_OUT, event.at, False, station, None, station, facts, event.seq)


_OF_EVENT: Mapping[str, Callable[[EventView], Cause | None]] = {
    "freight.seal.crossed-without-pass": _of_event(Kind.SEAL_CROSSED, is_grave=True, number="waybill", plate="plate"),
    "freight.goods.lost": _of_event(Kind.GOODS_LOST, is_grave=True, number="waybill"),
    "freight.goods.damaged": _of_event(Kind.GOODS_LOST, is_grave=False, number="waybill"),
    "delivery.parcels.lost": _lost_parcels,
    "delivery.courier.ran-out": _ran_out,
    "journal.document.refused": _refused,
}


# What the rooms say stands so, each kind by a read of its own.
STANDING: dict[Kind, Callable[[datetime], tuple[Cause, ...]]] = {
    Kind.TRUCK_LATE: late_trucks,
    Kind.ROUND_LATE: late_rounds,
    Kind.TASK_LATE: late_tasks,
    Kind.SIGNATURE_LATE: late_signatures,
    Kind.CLAIMS_AT_RISK: claims_at_risk,
    Kind.PARCELS_AT_RISK: parcels_at_risk,
    Kind.GOODS_AT_RISK: goods_at_risk,
    Kind.RUNS_OUT: run_outs,
    Kind.COURIER_OVERLOADED: overloaded_couriers,
    Kind.STATION_OVERLOADED: overloaded_stations,
    Kind.PEOPLE_MISSING: missing_people,
}
TOLD = tuple(kind for kind in Kind if kind not in STANDING)


def standing(now: datetime) -> tuple[Cause, ...]:
    """Everything that the rooms say stands so now, by its key."""
    found = [cause for read in STANDING.values() for cause in read(now)]
    return tuple(sorted(found, key=lambda cause: cause.key))


def counted(now: datetime) -> tuple[dict[str, Cause], tuple[Kind, ...]]:
    """
    Everything that stands and was told, by its key; and the kinds that could not be counted.

    A read that fails takes none of the others with it: what it would have said is not known, and not gone.
    """
    reads = [*(((kind,), read) for kind, read in STANDING.items()), (TOLD, told)]
    found: list[Cause] = []
    uncounted: list[Kind] = []
    for kinds, read in reads:
        try:
            with transaction.atomic():  # what the database refused undoes this read alone
                found += read(now)
        except Exception:
            log.exception("alerts not counted: %s", ", ".join(kinds))
            uncounted += kinds
    return {cause.key: cause for cause in sorted(found, key=lambda cause: cause.key)}, tuple(uncounted)
