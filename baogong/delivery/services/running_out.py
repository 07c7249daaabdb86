"""Goods in hand when the courier's shift runs out or a proof lapses: told to the keeper, once each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.delivery import crewing
from baogong.delivery.models import Device, Parcel, Round, RunOut
from baogong.journal.locks import lock_word
from baogong.journal.services import record_each
from baogong.kernel.actor import THE_HOUSE

SHOWN_MAX = 200  # codes in one event
BREAK_MAX = timedelta(hours=2)  # between two rounds of one shift (estimate)
What = RunOut.What
_Key = tuple[UUID, UUID, str]  # person, station, what


@transaction.atomic
def tell_run_outs(*, now: datetime) -> int:
    """
    An event for each courier whose shift or proof has run out with goods in hand and of whom none was told yet; what is over
    ends, so that it is told anew when it happens again. Returns how many were told.

    A shift runs out when neither a telephone nor a round of the courier's runs any more, and none begins within BREAK_MAX:
    tomorrow's round is another shift.
    """
    lock_word("delivery run-outs")
    codes: defaultdict[tuple[UUID, UUID], list[str]] = defaultdict(list)
    places: defaultdict[UUID, set[tuple[UUID, UUID]]] = defaultdict(set)
    held = Parcel.objects.filter(state=Parcel.State.WITH_COURIER, holder__isnull=False).order_by("number")
    for person, station, community, code in held.values_list("holder", "station", "community", "code"):
        codes[person, station].append(code)
        places[person].add((station, community))
    found: dict[_Key, tuple[datetime, list[str]]] = {}
    if codes:
        over = _over_since(set(places), now)
        wanting = crewing.wanting_of({person: sorted(its) for person, its in places.items()}, now)
        for person, station in codes:
            if person in over:
                found[person, station, What.SHIFT] = (over[person], [])
            if person in wanting:
                found[person, station, What.PROOF] = (now, list(wanting[person]))
    known = {(row.person_id, row.station_id, row.what): row.id for row in RunOut.objects.filter(ended_at=None)}
    RunOut.objects.filter(id__in=[row for key, row in known.items() if key not in found]).update(ended_at=now)
    fresh = [key for key in found if key not in known]
    RunOut.objects.bulk_create(
        RunOut(person_id=person, station_id=station, what=what, from_at=at, lacks=lacks, told_at=now)
        for (person, station, what), (at, lacks) in ((key, found[key]) for key in fresh)
    )
    record_each(
        kind="delivery.courier.ran-out",
        actor=THE_HOUSE,
        now=now,
        facts=[
            (
                person,
                {
                    "what": str(what),
                    "station": str(station),
                    "from_at": found[person, station, what][0],
                    "lacks": found[person, station, what][1],
                    "in_hand": codes[person, station][:SHOWN_MAX],
                },
            )
            for person, station, what in fresh
        ],
    )
    return len(fresh)


def _over_since(persons: Collection[UUID], now: datetime) -> dict[UUID, datetime]:
    """Of those who had a telephone or a round, and none of either runs any more: since when. Two queries."""
    ends: defaultdict[UUID, list[datetime]] = defaultdict(list)
    for person, *moments in Device.objects.filter(person__in=persons, from_at__lte=now + BREAK_MAX).values_list(
        "person", "until_at", "retired_at", "revoked_at"
    ):
        ends[person].append(min(moment for moment in moments if moment is not None))
    walks = Round.objects.filter(
        courier__in=persons, state__in=(Round.State.PLANNED, Round.State.STARTED), leaves_at__lte=now + BREAK_MAX
    )
    for person, back_at in walks.values_list("courier", "back_at"):
        ends[person].append(back_at)
    return {person: max(its) for person, its in ends.items() if max(its) <= now}
