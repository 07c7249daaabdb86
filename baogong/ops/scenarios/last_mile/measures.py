"""What is read of the book and of what the rooms keep as facts, alike in these stories; never from a plan's output."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from baogong.catalogue.queries import items
from baogong.crew import queries as crew_
from baogong.crew.queries import PlanView, ShiftView
from baogong.delivery import queries as delivery_
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import State
from baogong.ops.scenarios.stage import LOCAL, Stage

ALL = 1_000_000


def unfit(stage: Stage, at_work: Iterable[tuple[UUID, datetime]], place: str) -> Counter[UUID]:
    """
    Person → at how many of these moments they lacked a pass of the place, a test or a temperature, by all that is known
    today of the proofs of then.
    """
    moments: defaultdict[datetime, list[UUID]] = defaultdict(list)
    for person, moment in at_work:
        moments[moment.replace(second=0, microsecond=0)].append(person)  # proofs end on whole minutes
    found: Counter[UUID] = Counter()
    for moment, persons in moments.items():
        window = Window(moment, moment + timedelta(hours=1))
        judged = crew_.fitness(set(persons), place=stage.party(place), window=window, now=stage.now)
        found.update(person for person in persons if not judged[person].is_fit)
    return found


def assignments(stage: Stage, places: Iterable[str], whole: Window) -> list[PlanView]:
    return [row for name in places for row in crew_.plan(stage.party(name), window=whole, now=stage.now)]


def shifts(stage: Stage, places: Iterable[str]) -> list[ShiftView]:
    """Those that count."""
    found = crew_.shifts(places=[stage.party(name) for name in places], limit=ALL)
    return [shift for shift in found if not shift.is_void]


def at_work(stage: Stage, stations: Iterable[str]) -> dict[int, set[UUID]]:
    """Day of the month → who was signed on at these stations."""
    by_day: defaultdict[int, set[UUID]] = defaultdict(set)
    for shift in shifts(stage, stations):
        by_day[shift.start_at.astimezone(LOCAL).day].add(shift.person)
    return by_day


def moves() -> list[MovementView]:
    """Posted movements of parcels."""
    parcels = [item.id for item in items() if item.code.startswith("parcel-")]
    return [move for move in book.movements(items=parcels, limit=ALL) if move.tense == "POSTED"]


def not_handed_over_once() -> int:
    """Parcels taken in that were not handed over exactly once, and do not stand at a station."""
    times = Counter(hand.parcel for hand in delivery_.hands(["HANDED_OVER"]))
    received = {hand.parcel for hand in delivery_.hands(["RECEIVED"])}
    standing = {one.id for one in delivery_.parcels(states=["AT_STATION"], limit=ALL)}
    return sum(times[parcel] != 1 for parcel in received - standing) + sum(times[parcel] > 0 for parcel in standing)


def pieces_handed_over() -> int:
    return sum(
        move.amount * ((move.target.state is State.HANDED_OVER) - (move.source.state is State.HANDED_OVER))
        for move in moves()
    )


def pieces_unaccounted_for(stage: Stage, stations: Collection[str]) -> int:
    """Taken in from senders, and neither in a household's hands nor in a station's stock."""
    came = sum(
        move.amount * ((move.source.state is State.OUTSIDE) - (move.target.state is State.OUTSIDE)) for move in moves()
    )
    holders = [stage.party(name) for name in stations]
    kinds = [item.id for item in items() if item.code.startswith("parcel-")]
    stock = sum(view.posted for view in book.balances(holders=holders, states=[State.AVAILABLE], items=kinds))
    return abs(came - stock - pieces_handed_over())


def last_finish(stage: Stage, stations: Iterable[str], day: Window) -> datetime | None:
    """When the last courier of these stations put down a parcel, came back with one or was free again, by telephones."""
    hands = delivery_.hands(["ON_SHELF", "HANDED_OVER", "RETURNED"], since=day.start_at, until=day.end_at)
    ends = [hand.at_device for hand in hands if hand.from_party != hand.community]  # not what households fetch
    assert day.start_at is not None
    assert day.end_at is not None
    for station in stations:
        for phone in delivery_.devices(stage.party(station), now=stage.now, since=day.start_at):
            if phone.free_at is not None and day.start_at <= phone.free_at < day.end_at:
                ends.append(phone.free_at)
    return max(ends, default=None)
