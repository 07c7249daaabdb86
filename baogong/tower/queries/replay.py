"""
The book played again: what stood where at each of at most 300 moments, what was on its way, and what the story told.

Nothing of it is kept: it is read from the movements, the waybills, carts and rounds, as often as the book has grown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection

from baogong.catalogue import queries as catalogue
from baogong.delivery import queries as delivery
from baogong.freight import queries as freight
from baogong.journal import queries as journal
from baogong.journal.clock import house_midnight
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.queries import Change
from baogong.ledger.states import State
from baogong.places import queries as places
from baogong.tower.queries.account import NOBODY, PeriodTurnsBack, PublicName, public_names

# With the first, 300 moments: an even pace through quiet hours, more where much is written, and where a step begins.
EVEN_MAX, BUSY_MAX, STEPS_MAX = 98, 140, 60
FRAMES_MAX = 2 + EVEN_MAX + BUSY_MAX + STEPS_MAX
PLACES_MAX, TRIPS_MAX, LINES_EACH = 60, 600, 3
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_WIDTHS = tuple(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720)) + tuple(
    days * DAY for days in (1, 2, 7, 14, 28, 91, 364, 1820, 36400)
)

# Units of different goods are added up only where they are of one kind: counted things, weights in g, money in fen.
KINDS_OF_AMOUNT = ("COUNT", "WEIGHT", "MONEY")
_KIND_OF_UNIT = {"G": 1, "FEN": 2}
GROUPS = ("stands", "aboard", "handed_over", "ended", "lost")
_GROUP_OF = {
    **dict.fromkeys((State.AVAILABLE, State.FROZEN, State.OFFERED, State.SHELF, State.TO_LEND, State.LENT), 0),
    State.ABOARD: 1,
    State.HANDED_OVER: 2,
    **dict.fromkeys((State.SOLD, State.USED, State.RETURNED), 3),
    **dict.fromkeys((State.LOST, State.SPOILED), 4),
}


_FIGURES = ("at", "movements_count", "held_count", "posted_count", "came", "made", "held", "kept", "late", "step")
_WRITTEN = (
    "at", "reason", "tense", "amount", "more", "movement", "document", "source_state", "target_state", "is_within",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReplayPlace:
    """`role` WAREHOUSE, HUB, STATION, COMMUNITY …; "" stands for everywhere else: on the road, with people, at no known point."""

    id: UUID | None
    zh: str
    en: str
    role: str
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class ReplayTrip:
    """
    On its way between two places, by their indices.

    kind       TRUCK, CART, or COURIER: there and back
    subject    the waybill, the cart's trip, the round
    amount     base units on a truck, parcels else
    is_over    False: it was not there yet; `there_at` is when it is expected
    """

    kind: str
    source: int
    target: int
    left_at: datetime
    there_at: datetime
    is_over: bool
    amount: int
    name: str
    subject: UUID


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """
    The greatest line of one of the largest batches since the frame before; `more`: how many others it had.

    is_within  it stayed where it was: only what can be said of it changed, from one state to the other
    """

    at: datetime
    reason: str
    tense: str
    amount: int
    item: UUID
    source: PublicName
    target: PublicName
    more: int
    movement: UUID
    document: UUID | None
    source_state: str
    target_state: str
    is_within: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """
    The book at one moment; lists have one figure for each of KINDS_OF_AMOUNT, counts are from the beginning on.

    came       what has come in from outside, less what went back
    made       what repacking and buying made more of, less what went into it
    held       promised at this moment
    kept, late promises with a moment that were met by it, and that were not
    step       the last step of the story that had begun; 0: none
    changes    (place, kind, group, net change) since the frame before; in the first since the book began
    """

    at: datetime
    movements_count: int
    held_count: int
    posted_count: int
    came: tuple[int, ...]
    made: tuple[int, ...]
    held: tuple[int, ...]
    kept: int
    late: int
    step: int
    changes: tuple[tuple[int, int, int, int], ...]
    lines: tuple[ReplayLine, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """`places` end with everywhere else; `mark` is another whenever the book has grown."""

    mark: str
    places: tuple[ReplayPlace, ...]
    frames: tuple[Frame, ...]
    trips: tuple[ReplayTrip, ...]
    steps: tuple[journal.DrillStepView, ...]
    items: dict[UUID, tuple[str, str, str]]

    def totals(self) -> Iterator[tuple[tuple[int, ...], ...]]:
        """Of each frame, for each kind, what stands in each group, wherever it is."""
        sums = [[0] * len(GROUPS) for _kind in KINDS_OF_AMOUNT]
        for frame in self.frames:
            for _place, kind, group, amount in frame.changes:
                sums[kind][group] += amount
            yield tuple(tuple(row) for row in sums)

    def as_document(self) -> dict[str, Any]:
        """Plain lists and texts, small enough for a telephone: who and what is named stands in lists of its own."""
        names = list(
            dict.fromkeys(name for frame in self.frames for line in frame.lines for name in (line.source, line.target))
        )
        number_of = {name: number for number, name in enumerate(names)}
        items = list(self.items)
        return {
            "mark": self.mark,
            "kinds": list(KINDS_OF_AMOUNT),
            "groups": list(GROUPS),
            "places": [asdict(place) for place in self.places],
            "names": [{"kind": name.kind, "zh": name.zh, "en": name.en} for name in names],
            "items": [dict(zip(("zh", "en", "unit"), self.items[item], strict=True)) for item in items],
            "trips": [asdict(trip) for trip in self.trips],
            "steps": [asdict(step) for step in self.steps],
            "frames": [
                {
                    **{field: getattr(frame, field) for field in _FIGURES},
                    "changes": frame.changes,
                    "lines": [
                        {
                            **{field: getattr(line, field) for field in _WRITTEN},
                            "item": items.index(line.item),
                            "source": number_of[line.source],
                            "target": number_of[line.target],
                        }
                        for line in frame.lines
                    ],
                }
                for frame in self.frames
            ],
        }


def window_between(start_at: datetime | None, end_at: datetime | None) -> Window:
    """Open where nothing is said. Raises PeriodTurnsBack."""
    if start_at is not None and end_at is not None and end_at <= start_at:
        raise PeriodTurnsBack(
            "The period ends before it begins. Nothing was read.",
            where="until_at",
            found=f"{start_at:%Y-%m-%d %H:%M} to {end_at:%Y-%m-%d %H:%M}",
            expected=f"after {start_at:%Y-%m-%d %H:%M}",
            cure="Choose a moment after the first.",
        )
    return Window(start_at, end_at)


def replay(window: Window | None = None) -> Replay | None:
    """Of the whole book or of a window; None where nothing was written. Kept in memory until the book grows."""
    mark = replay_mark()
    return _replay(str(connection.settings_dict["NAME"]), mark, window or Window())


def replay_mark() -> str:
    """Another whenever the journal, the book or the story has grown; three queries."""
    told = journal.drill_steps()
    return f"{journal.newest_mark()}.{book.newest_seq()}.{len(told)}.{told[-1].at.timestamp() if told else 0:.0f}"


def moments_of(
    minutes: Sequence[tuple[datetime, int]], *, steps: Sequence[datetime] = (), start_at: datetime | None = None
) -> tuple[datetime, ...]:
    """
    At most 300 moments from before the first of all these to the last, or from `start_at` on.

    minutes  each minute's last moment at which something was written, and how much
    steps    moments at which a step began; the first 60 are taken, and the last
    Of the others some lie evenly in time, the rest are the ends of the busiest stretches.
    """
    first, last = start_at or min([minutes[0][0] - MINUTE, *steps[:1]]), max([minutes[-1][0], *steps[-1:]])
    midnight = house_midnight(first)
    even = next(width for width in _WIDTHS if (last - first) / width <= EVEN_MAX)
    ticks = [midnight + number * even for number in range(int((last - midnight) / even) + 1)]
    ends: dict[int, datetime] = {}
    for width in _WIDTHS:
        ends = {int((at - midnight) / width): at for at, _count in minutes}
        if len(ends) <= BUSY_MAX:
            break
    between = [at for at in steps if first < at < last][: STEPS_MAX - 1]
    return tuple(sorted({first, *(tick for tick in ticks if first < tick < last), *ends.values(), *between, last}))


@lru_cache(maxsize=4)
def _replay(_database: str, mark: str, window: Window) -> Replay | None:
    minutes = book.busy_minutes(start_at=window.start_at, end_at=window.end_at)
    if not minutes:
        return None
    told = tuple(step for step in journal.drill_steps() if window.end_at is None or step.at < window.end_at)
    moments = moments_of(minutes, steps=[step.at for step in told], start_at=window.start_at)
    goods = {item.id: item for item in catalogue.items()}
    kinds = {id: _KIND_OF_UNIT.get(item.unit, 0) for id, item in goods.items()}
    shown = _places()
    index = {place.id: number for number, place in enumerate(shown) if place.id is not None}
    lines = _lines(moments)
    return Replay(
        mark=mark,
        places=shown,
        frames=_frames(
            moments, book.changes_by(moments, holders=list(index), kinds=kinds), len(index), told, lines, kinds
        ),
        trips=_trips(moments[-1], index),
        steps=told,
        items={
            line.item: (goods[line.item].name_zh, goods[line.item].name_en, goods[line.item].unit)
            for several in lines.values()
            for line in several
        },
    )


def _places() -> tuple[ReplayPlace, ...]:
    """Those with a point at which most was written, and everywhere else."""
    found: dict[UUID, ReplayPlace] = {}
    for site in places.sites():
        if site.lat is not None and site.lon is not None:
            found[site.id] = ReplayPlace(site.id, site.name, site.name_en, site.role, site.lat, site.lon)
    for row in places.communities():
        if row.lat is not None and row.lon is not None:
            found[row.id] = ReplayPlace(row.id, row.name, row.name_en, "COMMUNITY", row.lat, row.lon)
    most = book.busiest(found, limit=PLACES_MAX)
    return (*(found[id] for id in most), ReplayPlace(None, "", "", ""))


def _frames(
    moments: Sequence[datetime],
    changes: Sequence[Change],
    elsewhere: int,
    steps: Sequence[journal.DrillStepView],
    lines: dict[int, tuple[ReplayLine, ...]],
    kinds: dict[UUID, int],
) -> tuple[Frame, ...]:
    inside: list[Counter[tuple[int, int, int]]] = [Counter() for _moment in moments]
    came, made, held, written = ([[0, 0, 0] for _moment in moments] for _each in range(4))
    for change in changes:
        if change.state is State.OUTSIDE:
            came[change.moment][change.kind] -= change.amount
        elif change.state is State.CONVERSION:
            made[change.moment][change.kind] -= change.amount
        else:
            place = elsewhere if change.place is None else change.place
            inside[change.moment][place, change.kind, _GROUP_OF[change.state]] += change.amount
    for row in book.written_by(moments, kinds=kinds):
        held[row.moment][row.kind] += row.held
        for number, count in enumerate((row.count, row.held_count, row.posted_count)):
            written[row.moment][number] += count
    kept_late = [[0, 0] for _moment in moments]
    for moment, kept, late in (*delivery.promises_by(moments), *_promises_of_trucks(moments)):
        kept_late[moment][0] += kept
        kept_late[moment][1] += late
    sums = [
        [
            tuple(row)
            for row in accumulate(rows, lambda before, each: [a + b for a, b in zip(before, each, strict=True)])
        ]
        for rows in (came, made, held, written, kept_late)
    ]
    return tuple(
        Frame(
            at=at,
            movements_count=written_[0],
            held_count=written_[1],
            posted_count=written_[2],
            came=came_,
            made=made_,
            held=held_,
            kept=promises[0],
            late=promises[1],
            step=sum(step.at <= at for step in steps),
            changes=tuple(
                (place, kind, group, amount)
                for (place, kind, group), amount in sorted(inside[moment].items())
                if amount
            ),
            lines=lines.get(moment, ()),
        )
        for moment, (at, came_, made_, held_, written_, promises) in enumerate(zip(moments, *sums, strict=True))
    )


def _promises_of_trucks(moments: Sequence[datetime]) -> Iterator[tuple[int, int, int]]:
    for due_at, met_at in freight.promises_met():
        is_kept = met_at is not None and met_at <= due_at
        settled_at = met_at if is_kept and met_at is not None else due_at
        moment = next((number for number, at in enumerate(moments) if settled_at <= at), None)
        if moment is not None:
            yield moment, int(is_kept), int(not is_kept)


def _trips(until: datetime, index: dict[UUID, int]) -> tuple[ReplayTrip, ...]:
    """Between places that are shown, in order of departure; the largest where there are too many."""
    found = [
        ReplayTrip(kind, index[source], index[target], left_at, there_at, is_over, amount, name, subject)
        for kind, source, target, left_at, there_at, is_over, amount, name, subject in (
            *(
                ("TRUCK", one.origin, one.target, one.left_at, one.there_at, one.is_there, one.amount, one.number, one.waybill)
                for one in freight.truck_trips(until, limit=TRIPS_MAX)
            ),
            *(
                ("CART", one.origin, one.target, one.left_at, one.there_at, one.is_there, one.parcels_count, one.name, one.trip)
                for one in delivery.cart_trips(until, limit=TRIPS_MAX)
            ),
            *(
                ("COURIER", one.station, one.community, one.left_at, one.back_at, one.is_back, one.parcels_count, one.name, one.round)
                for one in delivery.walks(until, limit=TRIPS_MAX)
            ),
        )
        if source in index and target in index
    ]  # fmt: skip
    most = sorted(found, key=lambda trip: (trip.kind == "COURIER", -trip.amount, trip.subject))[:TRIPS_MAX]
    return tuple(sorted(most, key=lambda trip: (trip.left_at, trip.subject, trip.target)))


def _lines(moments: Sequence[datetime]) -> dict[int, tuple[ReplayLine, ...]]:
    batches = book.great_batches(moments, most=LINES_EACH)
    names = public_names({batch.source for batch in batches} | {batch.target for batch in batches})
    found: dict[int, list[ReplayLine]] = {}
    for batch in batches:
        line = ReplayLine(
            at=batch.at,
            reason=batch.reason.value,
            tense=batch.tense.value,
            amount=batch.amount,
            item=batch.item,
            source=names.get(batch.source, NOBODY),
            target=names.get(batch.target, NOBODY),
            more=batch.count - 1,
            movement=batch.movement,
            document=batch.document,
            source_state=batch.source_state,
            target_state=batch.target_state,
            is_within=batch.source == batch.target,
        )
        found.setdefault(batch.moment, []).append(line)
    return {moment: tuple(several) for moment, several in found.items()}
