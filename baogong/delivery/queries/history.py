"""What happened to parcels over some days, in bulk: every hand, every ride."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from baogong.delivery.models import ParcelAct, Serving, ShuttleParcel
from baogong.journal.locks import when_settled
from baogong.kernel.windows import Window

HANDS_MAX = 1_000_000
ACTS = "parcels' acts"  # the word whoever writes acts holds, in share mode, by the table's own trigger


@dataclass(frozen=True, slots=True)
class Hand:
    """One act: of which parcel, of which community, by whom; `at_device` as they say, `at` when the book heard of it."""

    parcel: UUID
    waybill: str
    community: UUID
    kind: str
    mode: str
    by: UUID | None
    from_party: UUID | None
    to_party: UUID | None
    at_device: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Ride:
    """
    A parcel that was loaded on a trip; `road_zone` is the trip's, `parcel_zone` its community's as the register has it.

    served_by  the station that served its community when it was loaded; None: none did
    """

    parcel: UUID
    shuttle: UUID
    cart: UUID
    target: UUID
    road_zone: UUID | None
    parcel_zone: UUID | None
    served_by: UUID | None
    loaded_at: datetime
    unloaded_at: datetime | None


def hands(kinds: Collection[str], *, since: datetime | None = None, until: datetime | None = None) -> tuple[Hand, ...]:
    """Acts of these kinds in `[since, until)` by the clock of whoever did them, in that order. One query."""
    rows = ParcelAct.objects.filter(kind__in=list(kinds))
    if since is not None:
        rows = rows.filter(at_device__gte=since)
    if until is not None:
        rows = rows.filter(at_device__lt=until)
    fields = (
        "parcel_id", "parcel__waybill", "parcel__community_id", "kind", "mode", "by_id", "from_party_id", "to_party_id",
        "at_device", "at",
    )  # fmt: skip
    return tuple(Hand(*row) for row in rows.order_by("at_device", "id").values_list(*fields)[:HANDS_MAX])


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it is listed; `seq` in the order they were written down."""

    seq: int
    waybill: str
    community: UUID | None
    at_device: datetime


def settled_act() -> int:
    """The last act written down, when all before it are committed and every later one will have a higher number. Raises Busy."""
    with when_settled(ACTS):
        found = ParcelAct.objects.aggregate(last=Max("seq"))
    return found["last"] or 0


def act_counts(kinds: Collection[str], window: Window, *, upto_seq: int) -> tuple[tuple[str, UUID | None, int], ...]:
    """(kind, community, how many) of the acts of the window by their doers' clocks, up to this one. One query."""
    rows = _acts(kinds, window, upto_seq).values_list("kind", "parcel__community_id")
    return tuple(rows.annotate(count=Count("id")).order_by("kind", "parcel__community_id"))


def acts_between(
    kind: str,
    window: Window,
    *,
    upto_seq: int,
    after_seq: int = 0,
    communities: Collection[UUID] | None = None,
    is_rest: bool = False,
    limit: int,
) -> tuple[Act, ...]:
    """
    The same acts one by one, by their doers' clocks and then as they were written down. Two queries at most.

    after_seq    those that come after this act
    communities  of these only; with `is_rest` of all but these
    """
    rows = _acts([kind], window, upto_seq)
    if after_seq:
        last = ParcelAct.objects.filter(seq=after_seq).values_list("at_device", flat=True).first()
        if last is None:
            return ()
        rows = rows.filter(Q(at_device__gt=last) | Q(at_device=last, seq__gt=after_seq), at_device__gte=last)
    if communities is not None:
        among = Q(parcel__community__in=list(communities))
        rows = rows.exclude(among) if is_rest else rows.filter(among)
    fields = ("seq", "parcel__waybill", "parcel__community_id", "at_device")
    return tuple(Act(*row) for row in rows.order_by("at_device", "seq").values_list(*fields)[:limit])


def _acts(kinds: Collection[str], window: Window, upto_seq: int) -> QuerySet[ParcelAct]:
    rows = ParcelAct.objects.filter(kind__in=list(kinds), seq__lte=upto_seq)
    if window.start_at is not None:
        rows = rows.filter(at_device__gte=window.start_at)
    if window.end_at is not None:
        rows = rows.filter(at_device__lt=window.end_at)
    return rows


def rides() -> tuple[Ride, ...]:
    """Every parcel that was loaded on a cart, by trip and parcel. One query."""
    serving = Serving.objects.filter(
        Q(until_at=None) | Q(until_at__gt=OuterRef("loaded_at")),
        community=OuterRef("parcel__community"), from_at__lte=OuterRef("loaded_at"),
    )  # fmt: skip
    rows = ShuttleParcel.objects.filter(loaded_at__isnull=False).annotate(
        served_by=Subquery(serving.order_by("-from_at").values("station")[:1])
    )
    fields = (
        "parcel_id", "shuttle_id", "shuttle__cart_id", "shuttle__target_id", "shuttle__road_zone_id",
        "parcel__community__road_zone_id", "served_by", "loaded_at", "unloaded_at",
    )  # fmt: skip
    return tuple(Ride(*row) for row in rows.order_by("shuttle", "parcel").values_list(*fields)[:HANDS_MAX])
