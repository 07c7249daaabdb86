"""Parcels, and every hand each went through."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from baogong.delivery.codes import tidy
from baogong.delivery.errors import ParcelNotThere
from baogong.delivery.models import Category, Parcel, ParcelAct, Visit, VisitParcel
from baogong.journal import queries as journal
from baogong.journal.queries import EvidenceView
from baogong.ledger import queries as book
from baogong.ledger.states import Reason
from baogong.people.services.identity import opener

PARCELS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class CategoryView:
    id: UUID
    code: str
    name_zh: str
    name_en: str
    is_cold: bool
    modes: tuple[str, ...]
    weight_g: int
    service_s: int | None


@dataclass(frozen=True, slots=True)
class ParcelView:
    """
    A parcel as those at work see it: an address, no name. `address` reads “5-2-301”; `room` as far as it is known.

    calling  when its household is called to the shelf, where it is
    """

    id: UUID
    code: str
    waybill: str
    source_room: str
    category: str
    category_zh: str
    category_en: str
    community: UUID
    community_name: str
    road_zone: UUID | None
    road_zone_name: str
    building: UUID | None
    building_name: str
    unit: UUID | None
    unit_name: str
    door: UUID | None
    room: str
    weight_g: int
    amount: int
    is_cold: bool
    modes: tuple[str, ...]
    wants_door: bool
    state: str
    holder: UUID | None
    holder_name: str
    station: UUID
    shelf: UUID | None
    shelf_name: str
    moved_at: datetime
    attempts: int
    disinfected_at: datetime | None
    due_from_at: datetime | None
    due_until_at: datetime | None
    calling_from_at: datetime | None
    calling_until_at: datetime | None
    document: UUID | None
    out_of_place_at: datetime | None  # it lies on a shelf where it may not lie, since then

    @property
    def address(self) -> str:
        return "-".join(part for part in (self.building_name, self.unit_name, self.room) if part)

    @property
    def is_in_person(self) -> bool:
        return "CONTACTLESS" not in self.modes


@dataclass(frozen=True, slots=True)
class ParcelActView:
    kind: str
    why: str
    mode: str
    from_name: str
    to_name: str
    at_device: datetime
    at: datetime
    by_name: str
    note: str


@dataclass(frozen=True, slots=True)
class CarriedView:
    """A parcel off another's round: `failed` as of a visit; the shelf it was planned for, or none: the door."""

    parcel: ParcelView
    failed: str
    shelf: UUID | None
    shelf_name: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a parcel is, in short: `planned_at` when its courier is to be there; `goes_to_door`: at its door, as planned."""

    parcel: ParcelView
    planned_at: datetime | None
    round_name: str
    goes_to_door: bool


def categories() -> tuple[CategoryView, ...]:
    return tuple(
        CategoryView(
            row.id, row.code, row.name_zh, row.name_en, row.is_cold, tuple(row.modes), row.weight_g, row.service_s
        )
        for row in Category.objects.order_by("code")
    )


def parcel_items() -> frozenset[UUID]:
    """Items that are counted as parcels only: somebody's already as they come in, never a stock."""
    return frozenset(Category.objects.exclude(item=None).values_list("item_id", flat=True))


def parcels(
    *,
    station: UUID | None = None,
    communities: Collection[UUID] | None = None,
    states: Collection[str] | None = None,
    doors: Collection[UUID] | None = None,
    shelf: UUID | None = None,
    ids: Collection[UUID] | None = None,
    codes: Collection[str] | None = None,
    document: UUID | None = None,
    building: UUID | None = None,
    unplanned: bool = False,
    wants_door: bool | None = None,
    limit: int = PARCELS_MAX,
) -> tuple[ParcelView, ...]:
    """
    By number, at most `limit`; None is any.

    unplanned   not on any round that is still to be gone
    wants_door  whose household has asked for its door, or has not
    """
    rows = Parcel.objects.all()
    for name, value in (
        ("station", station),
        ("shelf", shelf),
        ("document", document),
        ("building", building),
        ("wants_door", wants_door),
    ):
        if value is not None:
            rows = rows.filter(**{name: value})
    for name, values in (("community", communities), ("state", states), ("door", doors), ("id", ids), ("code", codes)):
        if values is not None:
            rows = rows.filter(**{f"{name}__in": list(values)})
    if unplanned:
        rows = rows.exclude(id__in=VisitParcel.objects.filter(ended_at=None).values("parcel"))
    return _views(rows.order_by("number")[:limit])


def to_label(
    station: UUID, *, road_zone: UUID | None = None, skip: int = 0, limit: int
) -> tuple[int, tuple[ParcelView, ...]]:
    """(How many stand at a station or are to come, at most `limit` of them behind the first `skip`), by number. Two queries."""
    rows = Parcel.objects.filter(station=station, state__in=(Parcel.State.EXPECTED, Parcel.State.AT_STATION))
    if road_zone is not None:
        rows = rows.filter(community__road_zone=road_zone)
    return rows.count(), _views(rows.order_by("number")[skip : skip + limit])


def parcel(scan: str) -> ParcelView:
    """By its code or another carrier's number, as scanned or typed. Raises ParcelNotThere."""
    text = tidy(scan)
    found = _views(Parcel.objects.filter(Q(code=text) | Q(waybill=text)).order_by("number")) if text else ()
    exact = [view for view in found if view.code == text] or list(found)
    if not exact:
        raise ParcelNotThere(
            f"“{text[:40]}” is no parcel of this house.",
            where=text[:40],
            expected="a code or a waybill number",
            cure="Scan again, or type the code below the bars.",
        )
    return exact[0]


def handed_out(station: UUID, *, since: datetime) -> tuple[ParcelView, ...]:
    """What went over this station's counter since then and is with its household: what may be taken back. Two queries."""
    acts = ParcelAct.objects.filter(
        kind=ParcelAct.Kind.HANDED_OVER, from_party=station, at__gte=since, turn=F("parcel__undone_count")
    )
    return parcels(ids=list(acts.values_list("parcel", flat=True)[:PARCELS_MAX]), states=[Parcel.State.HANDED_OVER])


def last_whys(ids: Collection[UUID]) -> dict[UUID, str]:
    """Parcel → why its last attempt was in vain (a `ParcelAct.Why`), for those of which one was. One query."""
    rows = ParcelAct.objects.filter(parcel__in=list(ids), kind=ParcelAct.Kind.FAILED).order_by("at_device", "at", "id")
    return dict(rows.values_list("parcel", "why"))


def acts_of(parcel_id: UUID) -> tuple[ParcelActView, ...]:
    """What happened to it, by the clock of whoever did it, the oldest first."""
    rows = ParcelAct.objects.filter(parcel=parcel_id).select_related("from_party", "to_party")
    opened = opener()
    return tuple(
        ParcelActView(
            row.kind,
            row.why,
            row.mode,
            row.from_party.name if row.from_party else "",
            row.to_party.name if row.to_party else "",
            row.at_device,
            row.at,
            row.by_name,
            opened(row.sealed) if row.sealed else row.note,
        )
        for row in rows.order_by("at_device", "at", "id")
    )


def shown_of(parcel_id: UUID) -> tuple[EvidenceView, ...]:
    """What shows that it was handed over, in the order it came; () where it was not. Three queries."""
    moved = _handed_over(parcel_id)
    return journal.evidence_of(moved) if moved else ()


def photo_shown(parcel_id: UUID, evidence: UUID) -> tuple[bytes, str]:
    """(bytes, media type) of a photo that shows its handover. Raises NotFound."""
    return journal.photo_of(evidence, movements=_handed_over(parcel_id))


def _handed_over(parcel_id: UUID) -> list[UUID]:
    """The movement into its household's hands."""
    rows = Parcel.objects.filter(pk=parcel_id, state=Parcel.State.HANDED_OVER, hold__isnull=False)
    holds = [hold for hold in rows.values_list("hold", flat=True) if hold is not None]
    return [each.id for each in book.movements(holds=holds, reasons=[Reason.HANDOVER])] if holds else []


def whereabouts(ids: Collection[UUID]) -> tuple[Whereabouts, ...]:
    """Where these are and when somebody comes with them; two queries."""
    planned = {
        row.parcel_id: row.visit
        for row in VisitParcel.objects.filter(parcel__in=list(ids), ended_at=None).select_related("visit__round")
    }
    return tuple(_whereabouts(view, planned.get(view.id)) for view in parcels(ids=ids))


def _whereabouts(view: ParcelView, visit: Visit | None) -> Whereabouts:
    if visit is None:
        return Whereabouts(view, None, "", goes_to_door=False)
    # A car's drop point is a visit without a unit.
    is_door = visit.shelf_id is None and visit.unit_id is not None
    return Whereabouts(view, visit.arrive_at, visit.round.name, goes_to_door=is_door)


def _views(rows: QuerySet[Parcel]) -> tuple[ParcelView, ...]:
    return tuple(view_of(row) for row in with_names(rows))


NAMED = (
    "category",
    "community__party",
    "community__road_zone",
    "building",
    "unit",
    "door",
    "holder",
    "shelf",
    "calling",
)


def with_names(rows: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Read with all that `view_of` asks of them."""
    return rows.select_related(*NAMED)


def failed_why(parcel: str) -> Coalesce:
    """For a query's rows: why the last attempt failed since the parcel was last taken; "" where none did. `parcel`: its field."""
    tried = ParcelAct.objects.filter(parcel=OuterRef(parcel), kind__in=(ParcelAct.Kind.TAKEN, ParcelAct.Kind.FAILED))
    return Coalesce(Subquery(tried.order_by("-at_device", "-at", "-id").values("why")[:1]), Value(""))


def view_of(row: Parcel) -> ParcelView:
    """Of a row read with what it names."""
    return ParcelView(
        id=row.id,
        code=row.code,
        waybill=row.waybill,
        source_room=row.room,
        category=row.category.code,
        category_zh=row.category.name_zh,
        category_en=row.category.name_en,
        community=row.community_id,
        community_name=row.community.party.name,
        road_zone=row.community.road_zone_id,
        road_zone_name=row.community.road_zone.name if row.community.road_zone else "",
        building=row.building_id,
        building_name=row.building.name if row.building else "",
        unit=row.unit_id,
        unit_name=row.unit.name if row.unit else "",
        door=row.door_id,
        room=row.door.room if row.door else row.room_text,
        weight_g=row.weight_g,
        amount=row.amount,
        is_cold=row.is_cold,
        modes=tuple(row.modes),
        wants_door=row.wants_door,
        state=row.state,
        holder=row.holder_id,
        holder_name=row.holder.name if row.holder else "",
        station=row.station_id,
        shelf=row.shelf_id,
        shelf_name=row.shelf.name if row.shelf else "",
        moved_at=row.moved_at,
        attempts=row.attempts_count,
        disinfected_at=row.disinfected_at,
        due_from_at=row.due_from_at,
        due_until_at=row.due_until_at,
        calling_from_at=row.calling.from_at if row.calling else None,
        calling_until_at=row.calling.until_at if row.calling else None,
        document=row.document,
        out_of_place_at=row.out_of_place_at,
    )
