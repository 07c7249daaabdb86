"""Households for whom a plan of rounds had no window left: their parcels lie on a shelf, and somebody has to see to them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from baogong.delivery.queries.parcels import parcels
from baogong.planning.queries import PlanView


@dataclass(frozen=True, slots=True)
class UncalledView:
    """`codes` of its parcels; why, and what may be done."""

    shelf_name: str
    community_name: str
    address: str
    codes: tuple[str, ...]
    reason_zh: str
    reason_en: str


def uncalled(view: PlanView) -> tuple[UncalledView, ...]:
    """In the order of the plan's shelves. None, or one query."""
    shelf_of: dict[str, str] = {}
    left: list[dict[str, str]] = []
    for part in view.result["notices"]:
        shelf_of |= {one["id"]: one["shelf"] for one in part["problem"]["households"]}
        left += part["notices"]["left"]
    if not left:
        return ()
    carried: defaultdict[str, list[UUID]] = defaultdict(list)
    for stop in view.snapshot["stops"].values():
        for parcel in stop["parcels"] if stop["shelf"] is not None else ():
            carried[f"{stop['shelf']} {view.snapshot['households'][parcel]}"].append(UUID(parcel))
    of = {row.id: row for row in parcels(ids=[parcel for one in left for parcel in carried[one["household"]]])}
    found = []
    for one in left:
        shelf, theirs = shelf_of[one["household"]], [of[parcel] for parcel in carried[one["household"]] if parcel in of]
        name = view.snapshot["shelves"][shelf]["name"]
        first = theirs[0] if theirs else None
        found.append(
            UncalledView(
                name,
                first.community_name if first else "",
                first.address if first else "",
                tuple(row.code for row in theirs),
                one["reason_zh"].replace(shelf, f"货架 {name} "),
                one["reason_en"].replace(shelf, f"shelf {name}"),
            )
        )
    return tuple(found)
