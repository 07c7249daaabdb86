"""Rounds as approved, as they stand, and as a courier's telephone holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from baogong.delivery.errors import RoundMoved
from baogong.delivery.models import Device, Parcel, ParcelAct, Round, RunOut, SyncedAct, SyncedPiece, Visit, VisitParcel
from baogong.delivery.queries.parcels import NAMED, CarriedView, ParcelView, failed_why, view_of, with_names
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window

ROUNDS_MAX = 2_000
JPEG = b"\xff\xd8\xff"
DAY = timedelta(hours=24)  # a telephone tells what was done for so long after its shift


@dataclass(frozen=True, slots=True)
class VisitParcelView:
    """`is_open`: still to be brought by this round; `failed`: why it goes back to the station, "" where it does not."""

    parcel: ParcelView
    is_open: bool
    taken_at: datetime | None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class VisitView:
    id: UUID
    position: int
    community: UUID
    community_name: str
    building: UUID | None
    building_name: str
    unit_name: str
    shelf: UUID | None
    shelf_name: str
    door: UUID | None
    door_note: str
    category: str
    mode: str
    arrive_at: datetime
    start_at: datetime
    end_at: datetime
    parcels: tuple[VisitParcelView, ...]

    @property
    def is_shelf(self) -> bool:
        return self.shelf is not None

    @property
    def place(self) -> tuple[object, ...]:
        """Where the courier stands: the shelf, or the door; the same for every kind of goods."""
        if self.shelf is not None:
            return (self.shelf,)
        return self.community, self.door or min((each.parcel.address for each in self.parcels), default="")


@dataclass(frozen=True, slots=True)
class PlaceStop:
    """Visits to one shelf or door that follow one another: the plan counts each kind of goods, the courier stops once."""

    first: VisitView
    parcels: tuple[VisitParcelView, ...]


def stops_of(visits: Sequence[VisitView]) -> tuple[PlaceStop, ...]:
    """A stop for each place in the order of the round; a place that is come back to later has another."""
    stops: list[PlaceStop] = []
    for visit in visits:
        if stops and visit.place == stops[-1].first.place:
            stops[-1] = PlaceStop(stops[-1].first, (*stops[-1].parcels, *visit.parcels))
        else:
            stops.append(PlaceStop(visit, visit.parcels))
    return tuple(stops)


@dataclass(frozen=True, slots=True)
class RoundView:
    """`parcels_count`, `open_count`: planned for it, and of those still to be brought. `visits` only where asked for."""

    id: UUID
    plan: UUID
    name: str
    station: UUID
    station_name: str
    courier: UUID
    courier_name: str
    leaves_at: datetime
    back_at: datetime
    weight_g: int
    walk_s: int
    work_s: int
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    reason_zh: str
    reason_en: str
    parcels_count: int
    open_count: int
    visits: tuple[VisitView, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncedView:
    """An act of a telephone that somebody should look at: what the courier says, and who it was planned for or who did it."""

    id: UUID
    kind: str
    answer: str
    courier_name: str
    parcel: str
    at_device: datetime
    at: datetime
    by: str
    told: dict[str, object]
    mode: str = ""
    note: str = ""
    shown: tuple[str, ...] = ()  # kinds of evidence that were kept with it, of what was not written
    photos: tuple[int, ...] = ()  # numbers of those of them that can be looked at, `kept_photo`
    may_accept: bool = False  # refused, and nothing that the list can see stands against it any more


@dataclass(frozen=True, slots=True)
class BagView:
    """Codes of parcels with somebody whose shift is over."""

    courier: UUID
    courier_name: str
    parcels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunOutView:
    """A courier whose shift or proof (`what`) ran out, with the codes of what is in hand from this station now."""

    courier: UUID
    courier_name: str
    what: str
    reason_zh: str
    reason_en: str
    from_at: datetime
    parcels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeviceRow:
    id: UUID
    person: UUID
    person_name: str
    from_at: datetime
    until_at: datetime
    heard_at: datetime | None
    free_at: datetime | None
    is_open: bool
    still_tells: bool  # it reads nothing any more, and what was done on it still comes in


@dataclass(frozen=True, slots=True)
class DeviceSheet:
    """All a telephone holds: this person's rounds of this shift, and no other's."""

    person_name: str
    station_name: str
    until_at: datetime
    rounds: tuple[RoundView, ...]
    whys: tuple[str, ...]


def rounds(
    *,
    station: UUID | None = None,
    courier: UUID | None = None,
    plan: UUID | None = None,
    window: Window | None = None,
    states: Collection[str] | None = None,
    ids: Collection[UUID] | None = None,
    with_visits: bool = False,
) -> tuple[RoundView, ...]:
    """By departure, then name; those that touch the window. At most three queries."""
    rows = Round.objects.all()
    for name, value in (("station", station), ("courier", courier), ("plan", plan)):
        if value is not None:
            rows = rows.filter(**{name: value})
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    if states is not None:
        rows = rows.filter(state__in=list(states))
    if window is not None and window.start_at is not None:
        rows = rows.filter(back_at__gt=window.start_at)
    if window is not None and window.end_at is not None:
        rows = rows.filter(leaves_at__lt=window.end_at)
    return _views(rows, with_visits=with_visits)


def round_view(round_id: UUID) -> RoundView:
    """With its visits. Raises NotFound."""
    found = rounds(ids=[round_id], with_visits=True)
    if not found:
        raise NotFound("There is no such round.", where=str(round_id), cure="Look at the rounds of the station again.")
    return found[0]


def device_sheet(device: UUID) -> DeviceSheet:
    """What this telephone may hold now. Raises RoundMoved where there is no such telephone."""
    row = Device.objects.select_related("person", "station").filter(pk=device).first()
    if row is None:
        raise RoundMoved("There is no such telephone.", where=str(device), cure="Ask the station to set it up.")
    own = rounds_of_shift(row.person_id, Window(row.from_at, row.until_at))
    return DeviceSheet(row.person.name, row.station.name, row.until_at, own, tuple(ParcelAct.Why.values))


def rounds_of_shift(person: UUID, shift: Window) -> tuple[RoundView, ...]:
    """All of somebody's rounds that touch the shift, with their visits; three queries."""
    states = (Round.State.PLANNED, Round.State.STARTED, Round.State.DONE)
    return rounds(courier=person, window=shift, states=states, with_visits=True)


def besides(person: UUID, shift: Window) -> tuple[CarriedView, ...]:
    """What somebody holds though it is on none of their rounds of the shift: taken over from another. One query."""
    planned = VisitParcel.objects.filter(
        ended_at=None,
        visit__round__courier=person,
        visit__round__back_at__gt=shift.start_at,
        visit__round__leaves_at__lt=shift.end_at,
    )
    shelf = VisitParcel.objects.filter(parcel=OuterRef("pk"), ended_at=None)
    rows = Parcel.objects.filter(holder=person, state=Parcel.State.WITH_COURIER).exclude(
        id__in=planned.values("parcel")
    )
    rows = with_names(rows).annotate(
        failed=failed_why("pk"),
        for_shelf=Subquery(shelf.values("visit__shelf")[:1]),
        for_shelf_name=Subquery(shelf.values("visit__shelf__name")[:1]),
    )
    return tuple(
        CarriedView(view_of(row), row.failed, row.for_shelf, row.for_shelf_name or "")
        for row in rows.order_by("community", "building__sort_key", "building", "for_shelf", "number")[:ROUNDS_MAX]
    )


def devices(station: UUID, *, now: datetime, since: datetime | None = None) -> tuple[DeviceRow, ...]:
    """The station's telephones, by shift and name."""
    rows = Device.objects.filter(station=station).select_related("person")
    if since is not None:
        rows = rows.filter(until_at__gte=since)
    return tuple(
        DeviceRow(
            row.id,
            row.person_id,
            row.person.name,
            row.from_at,
            row.until_at,
            row.heard_at,
            row.free_at,
            row.retired_at is None and row.revoked_at is None and now < row.until_at,
            row.revoked_at is None and not (row.retired_at is None and now < row.until_at) and now < row.until_at + DAY,
        )
        for row in rows.order_by("from_at", "person__sort_key", "id")[:ROUNDS_MAX]
    )


def left_in_bags(station: UUID, *, now: datetime) -> tuple[BagView, ...]:
    """What couriers still hold though neither a telephone nor a round of theirs runs any more; by name. One query."""
    holder = OuterRef("holder")
    telephones = Device.objects.filter(person=holder, retired_at=None, revoked_at=None, until_at__gt=now)
    under_way = Round.objects.filter(
        courier=holder, state__in=(Round.State.PLANNED, Round.State.STARTED), back_at__gt=now
    )
    rows = Parcel.objects.filter(
        ~Exists(telephones), ~Exists(under_way), station=station, state=Parcel.State.WITH_COURIER
    )
    bags: defaultdict[tuple[str, UUID], list[str]] = defaultdict(list)
    for holder_id, name, code in rows.order_by("holder__sort_key", "holder", "number").values_list(
        "holder", "holder__name", "code"
    ):
        bags[name, holder_id].append(code)
    return tuple(BagView(person, name, tuple(codes)) for (name, person), codes in bags.items())


_LACKS = {
    "PASS": ("没有有效的通行证", "no valid pass"),
    "TEST": ("没有有效的检测", "no valid test"),
    "TEMPERATURE": ("体温还没有量，或没有通过", "no temperature that lets them work"),
}


def run_outs(station: UUID) -> tuple[RunOutView, ...]:
    """What was told of this station's couriers and is not over; the oldest first. One query."""
    held = Parcel.objects.filter(
        holder=OuterRef("person"), station=OuterRef("station"), state=Parcel.State.WITH_COURIER
    ).order_by("number")
    rows = RunOut.objects.filter(station=station, ended_at=None).select_related("person")
    rows = rows.annotate(codes=ArraySubquery(held.values("code"))).order_by("from_at", "person__sort_key", "what", "id")
    return tuple(
        RunOutView(
            row.person_id,
            row.person.name,
            row.what,
            "、".join(_LACKS[kind][0] for kind in row.lacks),
            ", ".join(_LACKS[kind][1] for kind in row.lacks),
            row.from_at,
            tuple(row.codes),
        )
        for row in rows
        if row.codes
    )


def to_look_at(station: UUID, *, limit: int = 200) -> tuple[SyncedView, ...]:
    """
    Late, conflicting and refused acts, and what was done without every proof, that no keeper has looked at yet; the oldest
    first. One query.
    """
    silent = (SyncedAct.Answer.TAKEN, SyncedAct.Answer.KNOWN)
    answers = [each for each in SyncedAct.Answer if each not in silent]
    pieces = SyncedPiece.objects.filter(act=OuterRef("pk")).order_by("number").values("kind")
    rows = SyncedAct.objects.filter(answer__in=answers, seen_at=None, device__station=station)
    photos = pieces.filter(kind="PHOTO", payload__isnull=False).values("number")
    rows = rows.select_related("device__person", "parcel").annotate(
        shown=ArraySubquery(pieces), photos=ArraySubquery(photos)
    )
    return tuple(
        SyncedView(
            row.id,
            row.kind,
            row.answer,
            row.device.person.name,
            row.parcel.code if row.parcel else str(row.told.get("parcel", "")),
            row.at_device,
            row.at,
            str(row.told.get("by", "")),
            row.told,
            str(row.given.get("mode", "")),
            str(row.given.get("note", "")),
            tuple(row.shown),
            tuple(row.photos),
            _may_accept(row),
        )
        for row in rows.order_by("at", "id")[:limit]
    )


def kept_photo(act: UUID, number: int, *, station: UUID) -> bytes:
    """
    A photo, JPEG, that a telephone of the station showed with an act that is not written yet.

    Raises NotFound, for what could not be read as a picture too.
    """
    rows = SyncedPiece.objects.filter(act=act, act__device__station=station, number=number, kind="PHOTO")
    payload = rows.values_list("payload", flat=True).first()
    if payload is None or not bytes(payload).startswith(JPEG):
        raise NotFound(
            "There is no such picture.", where=str(act), cure="Look at the station’s board: the act may be accepted."
        )
    return bytes(payload)


def _may_accept(row: SyncedAct) -> bool:
    parcel, refused = row.parcel, (SyncedAct.Answer.REFUSED, SyncedAct.Answer.CONFLICT)
    if row.answer not in refused or parcel is None or "id" not in row.given:
        return False
    if parcel.state == Parcel.State.WITH_COURIER:
        return parcel.holder_id == row.device.person_id
    is_here = parcel.state in (Parcel.State.AT_STATION, Parcel.State.ON_SHELF)
    return is_here and parcel.station_id == row.device.station_id


def _views(rows: QuerySet[Round], *, with_visits: bool) -> tuple[RoundView, ...]:
    carried = "visits__parcels"
    counted = rows.annotate(
        all_count=Count(carried), open_count=Count(carried, filter=Q(visits__parcels__ended_at=None))
    )
    found = list(counted.select_related("station", "courier").order_by("leaves_at", "name", "id")[:ROUNDS_MAX])
    visits = _visits([row.id for row in found]) if with_visits else {}
    return tuple(
        RoundView(
            row.id,
            row.plan,
            row.name,
            row.station_id,
            row.station.name,
            row.courier_id,
            row.courier.name,
            row.leaves_at,
            row.back_at,
            row.weight_g,
            row.walk_s,
            row.work_s,
            row.state,
            row.started_at,
            row.ended_at,
            row.reason_zh,
            row.reason_en,
            row.all_count,
            row.open_count,
            tuple(visits.get(row.id, ())),
        )
        for row in found
    )


def _visits(rounds_: Collection[UUID]) -> dict[UUID, list[VisitView]]:
    carried: defaultdict[UUID, list[VisitParcelView]] = defaultdict(list)
    linked = VisitParcel.objects.filter(visit__round__in=rounds_).annotate(failed=failed_why("parcel"))
    for link in linked.select_related(*(f"parcel__{name}" for name in NAMED)).order_by("parcel__number"):
        view, is_open = view_of(link.parcel), link.ended_at is None
        is_back = view.state == Parcel.State.WITH_COURIER or (view.state == Parcel.State.AT_STATION and not is_open)
        failed = link.failed if is_back else ""
        carried[link.visit_id].append(VisitParcelView(view, is_open, link.taken_at, failed))
    found: defaultdict[UUID, list[VisitView]] = defaultdict(list)
    rows = Visit.objects.filter(round__in=rounds_).select_related(
        "community__party", "building", "unit", "shelf", "door", "category"
    )
    for row in rows.order_by("round", "position"):
        found[row.round_id].append(
            VisitView(
                row.id,
                row.position,
                row.community_id,
                row.community.party.name,
                row.building_id,
                row.building.name if row.building else "",
                row.unit.name if row.unit else "",
                row.shelf_id,
                row.shelf.name if row.shelf else "",
                row.door_id,
                row.door.note if row.door else "",
                row.category.code if row.category else "",
                row.mode,
                row.arrive_at,
                row.start_at,
                row.end_at,
                tuple(carried[row.id]),
            )
        )
    return found
