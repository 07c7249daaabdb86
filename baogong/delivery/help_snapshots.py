"""
What help is planned from: the plan before it, as far as that is still to be done.

What was loaded stays as it was planned. Of the rest, what nobody is to bring any more (in its household's hands, in another
courier's, sent back, lost, given up) is left out. Households that were told a time are not told another for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.delivery.mapping import plan_from_json, plan_to_json, problem_of
from baogong.delivery.models import Calling, Parcel, Round
from baogong.delivery.snapshots import free_from, parcels_to_plan, seconds, told
from baogong.engine.rounds import leave_out
from baogong.kernel.windows import Window
from baogong.planning.queries import PlanView

_HERE = (Parcel.State.AT_STATION, Parcel.State.WITH_COURIER, Parcel.State.ON_SHELF)


def take_help_snapshot(
    params: Mapping[str, Any], before: PlanView, line: Sequence[UUID], now: datetime
) -> dict[str, Any]:
    """
    The snapshot of the plan `before`, and with it: `earlier`, its plan of what is still to be done; `helps_at_s`; `loaded`,
    names of its trips that were begun; `gone`, stops that nothing is brought to; `gone_count`, how many parcels were left
    out; `to_call`, parcels whose households are called by this plan, the calls of the others stand.

    line  `before` and those it took the place of
    """
    kept = before.snapshot
    midnight = datetime.fromisoformat(kept["midnight"])
    loaded, ended = _begun(line)
    trip_of = {visit["stop"]: trip["id"] for trip in before.result["plan"]["trips"] for visit in trip["visits"]}
    ahead = {name: stop for name, stop in kept["stops"].items() if trip_of.get(name) not in loaded}
    still = _still(params, before, [parcel for stop in ahead.values() for parcel in stop["parcels"]])
    brought = {
        name: []
        if trip_of.get(name) in ended
        else [one for one in stop["parcels"] if one in still and not (stop["shelf"] and still[one].shelf_id)]
        for name, stop in ahead.items()
    }
    stops = {name: {**stop, "parcels": brought.get(name, stop["parcels"])} for name, stop in kept["stops"].items()}
    document = {
        **kept["document"],
        "stops": [
            {**stop, "weight_g": sum(still[one].weight_g for one in its), "pieces": len(its)}
            if (its := brought.get(stop["id"])) is not None
            else stop
            for stop in kept["document"]["stops"]
        ],
    }
    was = problem_of({**kept, "document": document})
    over = {name for name, its in brought.items() if not its}
    rest, earlier = leave_out(was, plan_from_json(before.result["plan"]), over, frozenset(loaded))
    parcels = {one for stop in stops.values() for one in stop["parcels"]}
    to_call = _to_call([one for name, its in brought.items() if stops[name]["shelf"] for one in its])
    return {
        **kept,
        "document": document,
        "stops": stops,
        "gone": sorted({*kept.get("gone", ()), *(stop.id for stop in was.stops)} - {stop.id for stop in rest.stops}),
        "gone_count": len(kept["households"]) - len(parcels),
        "households": {one: household for one, household in kept["households"].items() if one in parcels},
        "earlier": plan_to_json(earlier),
        "helps_at_s": seconds(datetime.fromisoformat(params["helps_at"]), midnight),
        "loaded": sorted(loaded),
        "sizing": before.result["sizing"],
        "to_call": sorted(to_call),
        "called": told(to_call, midnight),
        "shelves": _open(kept["shelves"], to_call, max(now, datetime.fromisoformat(params["from_at"])), midnight),
    }


def _begun(line: Sequence[UUID]) -> tuple[set[str], set[str]]:
    """Names of rounds that somebody loaded something of; and of those that ended without it, all of them being elsewhere."""
    rows = Round.objects.filter(plan__in=line).exclude(state__in=(Round.State.REPLACED, Round.State.CANCELLED))
    loaded, ended = set[str](), set[str]()
    for name, state, started_at in rows.values_list("name", "state", "started_at"):
        if started_at is not None:
            loaded.add(name)
        elif state == Round.State.DONE:
            ended.add(name)
    return loaded, ended


def _still(params: Mapping[str, Any], before: PlanView, parcels: Collection[str]) -> dict[str, Parcel]:
    """Those that are still to be brought, by no other plan."""
    window = Window(datetime.fromisoformat(params["from_at"]), datetime.fromisoformat(params["until_at"]))
    communities = [UUID(one) for one in before.snapshot["communities"]]
    rows = parcels_to_plan(
        UUID(params["station"]), communities, window, before.id, among=[UUID(one) for one in parcels]
    )
    return {str(row.id): row for row in rows}


def _to_call(parcels: Collection[str]) -> set[str]:
    """These, and what their households are called down for with them by a call that nobody has made yet."""
    pending = Calling.objects.filter(parcels__in=list(parcels), called_at=None, cancelled_at=None).values("id")
    shared = Parcel.objects.filter(calling__in=pending, state__in=_HERE).values_list("id", flat=True)
    return {*parcels, *(str(one) for one in shared)}


def _open(
    shelves: Mapping[str, Mapping[str, Any]], to_call: Collection[str], since: datetime, midnight: datetime
) -> dict[str, dict[str, Any]]:
    """Each shelf from when it is free of calls that stand, and from now on."""
    free = free_from([UUID(one) for one in shelves], [UUID(one) for one in to_call], since)
    return {
        one: {**shelf, "opens": [min(seconds(free.get(UUID(one), since), midnight), closes_s - 1), closes_s]}
        for one, shelf in shelves.items()
        for closes_s in [shelf["opens"][1]]
    }
