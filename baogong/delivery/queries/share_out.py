"""How many of the couriers work in which community, by what stands at the stations for it and how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.delivery.models import Parcel, VisitParcel
from baogong.delivery.queries.stations import servings
from baogong.delivery.snapshots import CAPACITY_PIECES, to_bring
from baogong.engine.geo import great_circle_m
from baogong.engine.rounds import Beat, Limits, share_out
from baogong.places import queries as places
from baogong.places.queries import CommunityView

PARCEL_S = 90  # a parcel at its door or shelf, with the walk from the one before (estimate)
USUAL = Limits()
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CourierShare:
    """
    work_s  expected, of each of these couriers; of nobody, of one alone
    way_m   from the station through the nearest gate to the middle of the buildings
    """

    community: UUID
    community_name: str
    station: UUID
    station_name: str
    parcels_count: int
    way_m: int
    couriers_count: int
    work_s: int
    reason_zh: str
    reason_en: str


def courier_shares(
    *,
    stations: Collection[UUID],
    couriers_count: int | None,
    now: datetime,
    parcel_s: int = PARCEL_S,
    load_s: int = USUAL.load_s,
    walk_m_per_min: float = USUAL.walk_m_per_min,
    capacity_pieces: int = CAPACITY_PIECES,
) -> tuple[CourierShare, ...]:
    """
    By name of the community: all that these stations serve, by what stands at their station and is on no round. Couriers
    are alike and may be sent to any of them.

    couriers_count  None: as many as communities
    Raises UnusableShareOut.
    """
    served = [row for row in servings() if row.station in stations]
    planned = VisitParcel.objects.filter(ended_at=None).values("parcel")
    counts: Counter[UUID] = Counter()
    for station in {row.station for row in served}:
        counts.update(
            Parcel.objects.filter(to_bring(station)).exclude(id__in=planned).values_list("community", flat=True)
        )
    plans = {plan.id: plan for plan in places.community_plans([row.community for row in served], now, with_doors=False)}
    stands = {stand.station: (stand.lat, stand.lon) for stand in places.stations_at(now)}
    way_m = {row.community: _way_m(plans[row.community], stands.get(row.station)) for row in served}
    shares = share_out(
        [
            Beat(
                row.community_name,
                counts[row.community] * parcel_s,
                counts[row.community],
                load_s + round(2 * way_m[row.community] * 60 / walk_m_per_min),
            )
            for row in served
        ],
        len(served) if couriers_count is None else couriers_count,
        capacity_pieces=capacity_pieces,
    )
    found = [
        CourierShare(
            row.community,
            row.community_name,
            row.station,
            row.station_name,
            counts[row.community],
            round(way_m[row.community]),
            share.couriers_count,
            share.each_s,
            share.reason_zh,
            share.reason_en,
        )
        for row, share in zip(served, shares, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.station_name, one.community_name, one.community)))


def _way_m(plan: CommunityView, start: tuple[float | None, float | None] | None) -> float:
    """Straight; 0 where nobody knows where the station or the community lies."""
    if start is None or start[0] is None or start[1] is None or plan.lat is None or plan.lon is None:
        return 0.0
    spots = [(one.lat, one.lon) for one in plan.buildings] or [(plan.lat, plan.lon)]
    begins: Point = (start[0], start[1])
    middle: Point = (sum(lat for lat, _ in spots) / len(spots), sum(lon for _, lon in spots) / len(spots))
    gates = [(gate.lat, gate.lon) for gate in plan.gates if gate.lat is not None and gate.lon is not None]
    through = [great_circle_m(*begins, *gate) + great_circle_m(*gate, *middle) for gate in gates]
    return min(through, default=great_circle_m(*begins, *middle))
