"""
The one place where parcels change hands: rows locked, promise carried on, act kept.

Callers have locked the parcels (`lock_parcels`) and checked that the step is the actor's. The promise travels with the
goods as freight's does: it ends where the parcel was and goes on, to the same community, where the parcel is.

Everybody locks in one order: a cart's trip, then parcels, then rounds, then calls to shelves, then the claims of rooms
below, then the book. A scan begins with a parcel and only then learns on which round it is, so parcels come before rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from baogong.delivery import sources
from baogong.delivery.errors import AlreadyHandedOver, NotHere, WithSomebodyElse
from baogong.delivery.models import Calling, Parcel, ParcelAct, Round, ShuttleParcel, VisitParcel
from baogong.journal.clock import house_moment
from baogong.journal.locks import lock_rows
from baogong.journal.services import EvidenceIn, HandedOver, hand_over_each
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import MovementView
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.queries.parties import party_names
from baogong.people.services.identity import sealer

Kind = ParcelAct.Kind
_KEEP = """
UPDATE delivery_parcel AS parcel
SET lot = said.lot, hold = said.hold, holder_id = said.holder, state = said.state, station_id = said.station,
    shelf_id = said.shelf, moved_at = said.moved_at, attempts_count = said.attempts,
    out_of_place_at = CASE WHEN said.state = 'ON_SHELF' THEN parcel.out_of_place_at END
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[],
            %s::int[]) AS said (id, lot, hold, holder, state, station, shelf, moved_at, attempts)
WHERE parcel.id = said.id
"""
_KEEP_CALLS = """
UPDATE delivery_parcel AS parcel SET calling_id = said.calling
FROM unnest(%s::uuid[], %s::uuid[]) AS said (id, calling) WHERE parcel.id = said.id
"""
_STATES = {
    Parcel.State.AT_STATION: State.AVAILABLE,
    Parcel.State.ON_CART: State.ABOARD,
    Parcel.State.WITH_COURIER: State.ABOARD,
    Parcel.State.ON_SHELF: State.SHELF,
}


def lock_parcels(parcels: Iterable[UUID]) -> dict[UUID, Parcel]:
    """
    Locked in one order until the transaction ends: of two hands at one parcel the second sees what the first did.

    By number, whatever order they were locked in.
    """
    rows = lock_rows(Parcel.objects.select_related("category"), set(parcels))
    return {row.id: row for row in sorted(rows, key=lambda row: row.number)}


def lock_parcel(parcel: UUID) -> Parcel | None:
    return lock_parcels([parcel]).get(parcel)


def lock_rounds(rounds: Iterable[UUID]) -> dict[UUID, Round]:
    """After their parcels. Of two who end the last two parcels of a round the second sees what the first ended."""
    return {row.id: row for row in lock_rows(Round.objects.all(), set(rounds))}


def promised_to(parcel: Parcel) -> AccountRef:
    """Where every promise of a parcel ends."""
    return AccountRef(parcel.community_id, State.HANDED_OVER)


def onward_id(request_id: UUID, parcel: UUID) -> UUID:
    return derived_id("delivery.onward", request_id, parcel)


def move(
    parcels: Sequence[Parcel],
    *,
    to: UUID,
    state: Parcel.State,
    kind: ParcelAct.Kind,
    reason: Reason,
    actor: Actor,
    at_device: datetime,
    now: datetime,
    request_id: UUID,
    document: UUID | None = None,
    note: str = "",
    shelf: UUID | None = None,
) -> None:
    """
    Locked parcels of any number of holders into one party's hands, in one batch of the book.

    Raises BatchRefused: where it does, somebody moved them past this module.
    """
    if not parcels:
        return
    target = AccountRef(to, _STATES[state])
    holds = {hold.id: hold for hold in book.holds([row.hold for row in parcels if row.hold])}
    sums: Counter[tuple[AccountRef, UUID]] = Counter()
    voids, onward = [], []
    for row in parcels:
        assert row.hold is not None
        hold = holds[row.hold]
        voids.append(ledger.void_line(hold))
        sums[hold.source, hold.lot] += row.amount
        next_hold = onward_id(request_id, row.id)
        onward.append(ledger.hold_line(target, promised_to(row), hold.lot, row.amount, id=next_hold, continues=hold.id))
    posts = [
        ledger.post_line(source, target, lot, amount)
        for (source, lot), amount in sorted(sums.items(), key=lambda one: (str(one[0][0].id), str(one[0][1])))
    ]
    ledger.post(
        lines=[*voids, *posts, *onward], actor=actor, reason=reason, document=document, request_id=request_id, now=now
    )
    acts = []
    for row in parcels:
        acts.append(act_of(row, kind, to=to, actor=actor, at_device=at_device, now=now, note=note, batch=request_id))
        row.hold, row.holder_id, row.state = onward_id(request_id, row.id), to, state
        row.shelf_id, row.moved_at = shelf, max(at_device, row.moved_at)
    keep(parcels, acts)


@dataclass(frozen=True, slots=True)
class Given:
    """One parcel into its household's hands: how, what shows it, when by the clock of whoever gave it."""

    parcel: Parcel
    mode: str
    evidence: Sequence[EvidenceIn]
    at_device: datetime
    note: str = ""


def give(given: Sequence[Given], *, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    Locked parcels into their households' hands: the one handover of each. Nothing else in this room hands over.

    Raises what the room says of which a promise has ended: what somebody gave up is nobody's to have.
    """
    sources.refuse_ended(one.parcel for one in given)
    holds = {hold.id: hold for hold in book.holds([one.parcel.hold for one in given if one.parcel.hold])}
    handed, acts = [], []
    purposes = sources.purposes_of(one.parcel for one in given)
    for one in given:
        row = one.parcel
        assert row.hold is not None
        shown = [replace(piece, purpose=purposes.get(row.id, "")) for piece in one.evidence]
        handed.append(HandedOver([ledger.post_hold_line(holds[row.hold])], shown))
        acts.append(
            act_of(
                row,
                Kind.HANDED_OVER,
                to=row.community_id,
                actor=actor,
                at_device=one.at_device,
                now=now,
                mode=one.mode,
                note=one.note,
                batch=request_id,
                turn=row.undone_count,
            )
        )
        row.holder_id, row.state, row.shelf_id = row.community_id, Parcel.State.HANDED_OVER, None
        row.moved_at = max(one.at_device, row.moved_at)
    hand_over_each(handed=handed, actor=actor, document=None, reason=Reason.HANDOVER, request_id=request_id, now=now)
    parcels = [one.parcel for one in given]
    keep(parcels, acts)
    sources.arrive(parcels, now)
    end_visits([row.id for row in parcels], now)


def take_again(
    given: dict[UUID, MovementView],
    parcels: Sequence[Parcel],
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    note: str,
) -> None:
    """
    Locked parcels that were handed over by mistake stand where they were given from, and are promised as before.

    given  parcel → the movement into its household's hands; it stays, and another one that names it takes it back
    """
    sources.refuse_ended(parcels)
    lines, acts = [], []
    for row in parcels:
        moved, again = given[row.id], onward_id(request_id, row.id)
        lines.append(ledger.correct_line(moved, id=derived_id("delivery.undone", request_id, row.id)))
        lines.append(
            ledger.hold_line(moved.source, moved.target, moved.lot, moved.amount, id=again, continues=row.hold)
        )
        here = moved.source.holder
        acts.append(act_of(row, Kind.UNDONE, to=here, actor=actor, at_device=now, now=now, note=note, batch=request_id))
        row.hold, row.holder_id, row.state, row.moved_at = again, here, Parcel.State.AT_STATION, now
    ledger.post(lines=lines, actor=actor, reason=Reason.UNDO, document=None, request_id=request_id, now=now)
    keep(parcels, acts)
    Parcel.objects.filter(id__in=[row.id for row in parcels]).update(undone_count=F("undone_count") + 1)
    sources.go_on(parcels, now)


def leave(
    parcels: Sequence[Parcel],
    *,
    to: dict[UUID, AccountRef],
    state: Parcel.State,
    kind: ParcelAct.Kind,
    reason: Reason,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    document: UUID | None = None,
    note: str = "",
) -> None:
    """
    Locked parcels that no household gets any more: their promises end, and nothing goes on.

    to  parcel → where its goods stand from now on; that party is its last holder
    """
    holds = {hold.id: hold for hold in book.holds([row.hold for row in parcels if row.hold])}
    sums: Counter[tuple[AccountRef, AccountRef, UUID]] = Counter()
    voids = []
    for row in parcels:
        assert row.hold is not None
        hold = holds[row.hold]
        voids.append(ledger.void_line(hold))
        sums[hold.source, to[row.id], hold.lot] += row.amount
    posts = [
        ledger.post_line(source, target, lot, amount)
        for (source, target, lot), amount in sorted(sums.items(), key=lambda one: [str(part) for part in one[0]])
    ]
    ledger.post(lines=[*voids, *posts], actor=actor, reason=reason, document=document, request_id=request_id, now=now)
    acts = []
    for row in parcels:
        last = to[row.id].holder
        acts.append(act_of(row, kind, to=last, actor=actor, at_device=now, now=now, note=note, batch=request_id))
        row.holder_id, row.state, row.shelf_id, row.moved_at = last, state, None, now
    keep(parcels, acts)
    ids = [row.id for row in parcels]
    Parcel.objects.filter(id__in=ids).exclude(calling=None).update(calling=None)
    ShuttleParcel.objects.filter(parcel__in=ids, unloaded_at=None, loaded_at__isnull=False).update(unloaded_at=now)
    end_visits(ids, now)


def come_again(
    parcels: Sequence[Parcel],
    stood: dict[UUID, AccountRef],
    station: UUID,
    *,
    actor: Actor,
    document: UUID,
    now: datetime,
    request_id: UUID,
    note: str,
) -> None:
    """
    Locked parcels that were written off stand at a station again; the promise that ended then goes on from there.

    stood  parcel → where its goods stand in the book
    """
    here = AccountRef(station, State.AVAILABLE)
    sums: Counter[tuple[AccountRef, UUID]] = Counter()
    onward = []
    for row in parcels:
        assert row.lot is not None
        if stood[row.id] != here:
            sums[stood[row.id], row.lot] += row.amount
        next_hold = onward_id(request_id, row.id)
        onward.append(ledger.hold_line(here, promised_to(row), row.lot, row.amount, id=next_hold, continues=row.hold))
    posts = [
        ledger.post_line(source, here, lot, amount)
        for (source, lot), amount in sorted(sums.items(), key=lambda one: [str(part) for part in one[0]])
    ]
    ledger.post(
        lines=[*posts, *onward], actor=actor, reason=Reason.UNLOAD, document=document, request_id=request_id, now=now
    )
    acts = []
    for row in parcels:
        acts.append(
            act_of(row, Kind.FOUND, to=station, actor=actor, at_device=now, now=now, note=note, batch=request_id)
        )
        row.hold, row.holder_id, row.state = onward_id(request_id, row.id), station, Parcel.State.AT_STATION
        row.station_id, row.shelf_id, row.moved_at = station, None, now
    keep(parcels, acts)


def act_of(
    row: Parcel,
    kind: ParcelAct.Kind,
    *,
    to: UUID | None,
    actor: Actor,
    at_device: datetime,
    now: datetime,
    why: str = "",
    mode: str = "",
    note: str = "",
    batch: UUID | None = None,
    turn: int = 0,
) -> ParcelAct:
    """The row that says so; not written yet."""
    return ParcelAct(
        id=new_id(),
        parcel=row,
        kind=kind,
        why=why,
        mode=mode,
        from_party_id=row.holder_id,
        to_party_id=to,
        at_device=at_device,
        at=now,
        by_id=actor.person_id,
        by_name=actor.name,
        note=note[:240],
        batch=batch,
        turn=turn,
    )


def keep(parcels: Sequence[Parcel], acts: Sequence[ParcelAct]) -> None:
    """What the rows say now, in one statement however many there are, and the acts that made them so."""
    columns = (
        [row.id for row in parcels],
        [row.lot for row in parcels],
        [row.hold for row in parcels],
        [row.holder_id for row in parcels],
        [row.state for row in parcels],
        [row.station_id for row in parcels],
        [row.shelf_id for row in parcels],
        [row.moved_at for row in parcels],
        [row.attempts_count for row in parcels],
    )
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, columns)
    write(acts)


def write(acts: Sequence[ParcelAct]) -> None:
    """
    The acts, as they stay. What somebody noted may name a neighbour: of people who are kept for a purpose it is sealed under
    its key, and goes with it.
    """
    noted = [act for act in acts if act.note]
    purposes = sources.purposes_of(act.parcel for act in noted)
    seal = cache(sealer)
    for act in noted:
        if purpose := purposes.get(act.parcel_id):
            act.sealed, act.note = seal(purpose=purpose, now=act.at)(act.note), ""
    ParcelAct.objects.bulk_create(acts, batch_size=2000)


def keep_calls(parcels: Collection[UUID], called: Sequence[tuple[UUID, UUID]]) -> None:
    """(parcel, call) for those whose household is called to a shelf; the others of these parcels are called nowhere."""
    Parcel.objects.filter(id__in=list(parcels)).exclude(calling=None).update(calling=None)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_CALLS, [[parcel for parcel, _ in called], [calling for _, calling in called]])


def end_idle_calls(calls: Collection[UUID], now: datetime) -> None:
    """Of these, those for which nobody comes down any more: for nothing at all, or, not made yet, for nothing that is on its way."""
    coming = Parcel.objects.filter(calling__in=calls, state__in=[*_STATES]).values("calling")
    idle = Calling.objects.filter(Q(parcels=None) | Q(called_at=None), id__in=list(calls), cancelled_at=None)
    Calling.objects.filter(id__in=list(idle.exclude(id__in=coming).values_list("id", flat=True))).update(
        cancelled_at=now
    )


def call_off(parcels: Sequence[Parcel], now: datetime) -> None:
    """Locked parcels for which nobody is called down to a shelf any more; a call that is for nothing else ends."""
    calls = {row.calling_id for row in parcels if row.calling_id is not None}
    if not calls:
        return
    Parcel.objects.filter(id__in=[row.id for row in parcels]).update(calling=None)
    lock_rows(Calling.objects.all(), calls)
    Calling.objects.filter(id__in=calls, parcels=None, cancelled_at=None).update(cancelled_at=now)


def done_before(request_id: UUID) -> list[Parcel]:
    """The parcels that this very request has moved before; none: it is new."""
    return list(
        Parcel.objects.filter(id__in=ParcelAct.objects.filter(batch=request_id).values("parcel")).order_by("number")
    )


def mark_taken(parcels: Collection[UUID], now: datetime) -> None:
    """What was planned for a visit is with its courier now; the round is under way, and who waits for it is told."""
    planned = VisitParcel.objects.filter(parcel__in=parcels, ended_at=None, taken_at=None)
    rounds = lock_rounds(planned.values_list("visit__round", flat=True))
    comes = {
        link.parcel_id: {
            "round": str(link.visit.round_id),
            "from_at": link.visit.arrive_at,
            "shelf": str(link.visit.shelf_id or ""),
        }
        for link in planned.filter(parcel__room__in=list(sources.CARRIED)).select_related("visit")
    }
    planned.update(taken_at=now)
    sources.come_down(comes, now)
    Round.objects.filter(id__in=rounds, state=Round.State.PLANNED).update(state=Round.State.STARTED, started_at=now)


def end_visits(parcels: Collection[UUID], now: datetime, *, courier: UUID | None = None) -> None:
    """These are planned for nobody any more (or not for this courier); a round all of whose parcels ended is done."""
    planned = VisitParcel.objects.filter(parcel__in=parcels, ended_at=None)
    if courier is not None:
        planned = planned.filter(visit__round__courier=courier)
    rounds = set(lock_rounds(planned.values_list("visit__round", flat=True)))
    planned.update(ended_at=now)
    still = set(
        VisitParcel.objects.filter(visit__round__in=rounds, ended_at=None).values_list("visit__round", flat=True)
    )
    Round.objects.filter(Q(state=Round.State.STARTED) | Q(state=Round.State.PLANNED), id__in=rounds - still).update(
        state=Round.State.DONE, ended_at=now
    )


def handed_over(row: Parcel) -> ParcelAct:
    """The handover that stands, of a parcel that is HANDED_OVER."""
    return ParcelAct.objects.get(parcel=row, kind=Kind.HANDED_OVER, turn=row.undone_count)


def refuse_handed_over(row: Parcel) -> None:
    """Raises AlreadyHandedOver, naming who did it and when."""
    if row.state != Parcel.State.HANDED_OVER:
        return
    act = handed_over(row)
    raise AlreadyHandedOver(
        f"Parcel {row.code} was handed over by {act.by_name} at {house_moment(act.at_device)}. That stands; nothing was "
        "changed.",
        where=row.code,
        found=act.by_name,
        expected="a parcel that nobody has handed over",
        cure="Ask whoever handed it over, or report what you hold to the station.",
        by=act.by_name,
        at=act.at_device.isoformat(),
    )


def refuse_elsewhere(row: Parcel, *, at: UUID | None = None, states: Collection[str]) -> None:
    """Raises AlreadyHandedOver, WithSomebodyElse or NotHere unless the parcel is in one of the states, in these hands."""
    refuse_handed_over(row)
    if row.state in states and (at is None or row.holder_id == at):
        return
    has_it = party_names([row.holder_id])[row.holder_id][0] if row.holder_id else ""
    if row.state == Parcel.State.WITH_COURIER:
        raise WithSomebodyElse(
            f"Parcel {row.code} is with {has_it} since {house_moment(row.moved_at)}. Nothing was changed.",
            where=row.code,
            found=has_it,
            expected="the parcel in the hands of whoever acts",
            cure="Let that courier bring it back to the station first.",
            by=has_it,
            at=row.moved_at.isoformat(),
        )
    raise NotHere(
        f"Parcel {row.code} is “{row.get_state_display()}”{f' ({has_it})' if has_it else ''}. Nothing was changed.",
        where=row.code,
        found=row.state,
        expected=[str(state) for state in states],
        cure="Look the parcel up: a step before this one is missing, or it was done already.",
    )
