"""
What couriers' telephones tell, whenever they reach the house again.

Each act has an id of the telephone's own making and the time it was done; told twice it is one act. Each is judged on its
own, in its own transaction, so one that is refused keeps no other back; only plain handovers in a row, none of which is
refused, are written in one. The order of arrival does not matter: an act
that implies an earlier one (handed over, so taken before) makes up for it, and one older than what the book knows
already is kept as history and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.delivery import crewing
from baogong.delivery.codes import tidy
from baogong.delivery.errors import (
    AlreadyHandedOver,
    NotFit,
    NotHere,
    ParcelNotThere,
    ParcelUnusable,
    WithSomebodyElse,
)
from baogong.delivery.models import Calling, Device, Parcel, ParcelAct, SyncedAct, VisitParcel
from baogong.delivery.services import custody, devices, handovers
from baogong.delivery.services.custody import Given
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.stations import KEEPERS
from baogong.journal.locks import lock_word
from baogong.journal.mapping import content_hash
from baogong.journal.services import EvidenceIn, record, record_each, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger.states import Reason
from baogong.people.queries.parties import party_names

ACTS_MAX = 1_000
TOGETHER_MAX = 50  # one that is refused is the whole batch told again one by one
KINDS = ("TAKEN", "HANDED_OVER", "FAILED", "ON_SHELF", "RETURNED", "FREE", "CALLED")
_ORDER = {kind: place for place, kind in enumerate(("TAKEN", "FAILED", "ON_SHELF", "HANDED_OVER", "RETURNED"))}
CALL_OUTCOMES = ("COMES", "NO_ANSWER", "TO_DOOR")
Answer, State = SyncedAct.Answer, Parcel.State


@dataclass(frozen=True, slots=True)
class Act:
    """
    One thing a courier did.

    id        the telephone's own
    kind      one of KINDS
    at        by the telephone's clock
    parcel    code or another carrier's number, as scanned; "" for FREE and CALLED
    mode, evidence   of a HANDED_OVER
    why       of a FAILED (`ParcelAct.Why`); of a CALLED what came of it
    shelf     of an ON_SHELF
    calling   of a CALLED: the line of the call list
    """

    id: UUID
    kind: str
    at: datetime
    parcel: str = ""
    mode: str = ""
    why: str = ""
    note: str = ""
    shelf: UUID | None = None
    calling: UUID | None = None
    evidence: tuple[EvidenceIn, ...] = ()

    def content(self) -> bytes:
        shown = [
            (one.kind, one.text, one.by_name, one.at_device, len(one.payload or b""), (one.payload or b"").hex()[:64])
            for one in self.evidence
        ]
        return content_hash(
            self.kind, self.at, tidy(self.parcel), self.mode, self.why, self.note, self.shelf, self.calling, shown
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one act: an answer of `SyncedAct.Answer`, the parcel's state now, and a refusal's usual shape."""

    id: UUID
    answer: str
    parcel: str = ""
    state: str = ""
    by: str = ""
    at: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "answer": self.answer,
            "parcel": self.parcel,
            "state": self.state,
            "by": self.by,
            "at": self.at,
            "error": dict(self.error),
        }


def sync(*, device: DeviceView, acts: Sequence[Act], now: datetime) -> tuple[Told, ...]:
    """
    Write what a telephone has done, each act on its own; the answers in the order of the acts.

    Answers: TAKEN written; KNOWN told before, or true already; LATE written, though the parcel had been planned for
    somebody else meanwhile: the keeper is shown both; UNFIT written, though the courier lacked a pass or a test when
    taking it: `error` tells which, and the keeper is shown it; CONFLICT somebody else did it, who and when; REFUSED with
    the refusal. Not in a transaction of its own: killed midway, what was answered stands and the rest is sent again.
    Raises UnusableInput (too many at once).
    """
    if len(acts) > ACTS_MAX:
        raise UnusableInput(
            f"{len(acts):,} acts at once are too many; nothing was written.",
            where="acts",
            found=len(acts),
            expected=f"at most {ACTS_MAX:,}",
            cure="Send them in parts.",
        )
    told: dict[UUID, Told] = {}
    in_order = sorted(acts, key=lambda one: (one.at, _ORDER.get(one.kind, len(_ORDER)), str(one.id)))
    for is_handover, several in groupby(in_order, key=lambda one: one.kind == "HANDED_OVER"):
        for run in _in_runs(several):
            together = _together(device, run, now) if is_handover and len(run) > 1 else None
            for act in run:
                answer = together[act.id] if together else _one(device, act, now)
                told[act.id] = told[act.id] if act.id in told and answer.answer == Answer.KNOWN else answer
    Device.objects.filter(pk=device.id).update(heard_at=now)
    return tuple(told[act.id] for act in acts)


def _in_runs(acts: Iterable[Act]) -> Iterator[list[Act]]:
    rest = iter(acts)
    while run := list(islice(rest, TOGETHER_MAX)):
        yield run


def _together(device: DeviceView, acts: Sequence[Act], now: datetime) -> dict[UUID, Told] | None:
    """
    Handovers of which nothing was told before, of parcels in this courier's hands: in one transaction.

    None where that is not so of each of them: nothing was written, and each is told on its own.
    """
    try:
        with transaction.atomic():
            return _handed_over(device, acts, now)
    except (BaogongError, _NotTogether):
        return None


class _NotTogether(Exception):
    """One of the acts is more than a plain handover."""


@recorded("delivery.synced")
def _handed_over(device: DeviceView, acts: Sequence[Act], now: datetime) -> dict[UUID, Told]:
    own = {devices.act_id(device.id, act.id): act for act in acts}
    for act_id in sorted(own):
        lock_word(f"sync {act_id}")
    codes = [tidy(act.parcel) for act in own.values()]
    found = {
        text: key
        for key, *texts in Parcel.objects.filter(Q(code__in=codes) | Q(waybill__in=codes)).values_list(
            "id", "waybill", "code"
        )
        for text in texts
        if text
    }
    parcels = custody.lock_parcels({found[code] for code in codes if code in found})
    is_theirs = all(row.state == State.WITH_COURIER and row.holder_id == device.person for row in parcels.values())
    if not len(parcels) == len(own) == len(acts) or not is_theirs or SyncedAct.objects.filter(id__in=own).exists():
        raise _NotTogether
    rows = {act_id: parcels[found[tidy(act.parcel)]] for act_id, act in own.items()}
    given = [Given(rows[act_id], act.mode, _shown(act), min(act.at, now), act.note) for act_id, act in own.items()]
    handovers.give(given, actor=device.actor, now=now, request_id=derived_id("delivery.together", *sorted(own)))
    told = {act_id: Told(act.id, Answer.TAKEN, rows[act_id].code, rows[act_id].state) for act_id, act in own.items()}
    SyncedAct.objects.bulk_create(
        SyncedAct(
            id=act_id,
            device_id=device.id,
            kind=act.kind,
            parcel=rows[act_id],
            at_device=act.at,
            at=now,
            answer=told[act_id].answer,
            told=told[act_id].as_dict(),
            content_hash=act.content(),
        )
        for act_id, act in own.items()
    )
    record_each(
        kind="delivery.synced",
        actor=device.actor,
        now=now,
        facts=[
            (
                rows[act_id].id,
                {"act": act.kind, "answer": Answer.TAKEN, "parcel": rows[act_id].code, "at_device": act.at},
            )
            for act_id, act in own.items()
        ],
    )
    return {one.id: one for one in told.values()}


def _shown(act: Act) -> list[EvidenceIn]:
    """What shows a handover, at the telephone's time where the piece itself says none."""
    return [EvidenceIn(one.kind, one.text, one.payload, one.at_device or act.at, one.by_name) for one in act.evidence]


def _one(device: DeviceView, act: Act, now: datetime) -> Told:
    try:
        return _written(device, act, now)
    except BaogongError as refusal:
        return _refused(device, act, refusal, now)


@transaction.atomic
def _written(device: DeviceView, act: Act, now: datetime) -> Told:
    own = devices.act_id(device.id, act.id)
    lock_word(f"sync {own}")  # the same act twice at the same moment: the second finds the first one's row
    earlier = SyncedAct.objects.filter(pk=own).first()
    if earlier is not None and earlier.answer != Answer.REFUSED:
        if bytes(earlier.content_hash) != act.content():
            raise RequestIdReused(
                "An act of this id was told with other content before; that one stands.",
                where=str(act.id),
                found=act.kind,
                expected=earlier.kind,
                cure="Give each act an id of its own.",
            )
        return Told(**{**earlier.told, "id": act.id, "answer": Answer.KNOWN})
    told, parcel = _do(device, act, own, now)
    _keep(device, act, own, told, parcel, now)
    return told


@transaction.atomic
def _refused(device: DeviceView, act: Act, refusal: BaogongError, now: datetime) -> Told:
    """A refused act may be told again: its answer is written over. One that clashes with another's deed stands."""
    is_conflict = isinstance(refusal, AlreadyHandedOver | WithSomebodyElse)
    row = Parcel.objects.filter(code=tidy(act.parcel)).first() or (
        Parcel.objects.filter(waybill=tidy(act.parcel)).exclude(waybill="").first()
    )
    told = Told(
        act.id,
        Answer.CONFLICT if is_conflict else Answer.REFUSED,
        row.code if row else tidy(act.parcel)[:40],
        row.state if row else "",
        str(refusal.data.get("by", "")),
        str(refusal.data.get("at", "")),
        refusal.as_dict(),
    )
    if not isinstance(refusal, RequestIdReused):
        _keep(device, act, devices.act_id(device.id, act.id), told, row, now)
    return told


@recorded("delivery.synced")
def _keep(device: DeviceView, act: Act, own: UUID, told: Told, parcel: Parcel | None, now: datetime) -> None:
    SyncedAct.objects.update_or_create(
        id=own,
        defaults={
            "device_id": device.id,
            "kind": act.kind[:12],
            "parcel": parcel,
            "at_device": act.at,
            "at": now,
            "answer": told.answer,
            "told": told.as_dict(),
            "content_hash": act.content(),
        },
    )
    record(
        kind="delivery.synced",
        actor=device.actor,
        now=now,
        subject=parcel.id if parcel else device.person,
        data={"act": act.kind[:12], "answer": told.answer, "parcel": told.parcel, "at_device": act.at},
    )


def _do(device: DeviceView, act: Act, own: UUID, now: datetime) -> tuple[Told, Parcel | None]:
    if act.kind not in KINDS:
        raise ParcelUnusable(
            "A telephone tells of known acts; this one was not written.",
            where="kind",
            found=act.kind,
            expected=list(KINDS),
            cure="Bring the telephone's page up to date.",
        )
    if act.kind == "FREE":
        at = min(act.at, now)
        Device.objects.filter(Q(free_at=None) | Q(free_at__lt=at), pk=device.id).update(free_at=at)
        record(kind="delivery.courier.free", actor=device.actor, now=now, subject=device.person, data={"at": act.at})
        return Told(act.id, Answer.TAKEN), None
    if act.kind == "CALLED":
        tick_call(act.calling, act.why, by=device.actor, at=min(act.at, now), station=device.station)
        return Told(act.id, Answer.TAKEN), None
    row = _locked(act.parcel)
    planned = VisitParcel.objects.filter(parcel=row, ended_at=None).select_related("visit__round__courier").first()
    answer = _move(device, act, row, own, min(act.at, now), now)
    error = _unfit(device, row, min(act.at, now)).as_dict() if answer is Answer.UNFIT else {}
    if (
        answer in (Answer.LATE, Answer.UNFIT)
        and planned is not None
        and planned.visit.round.courier_id != device.person
    ):
        other = planned.visit.round
        return Told(act.id, answer, row.code, row.state, other.courier.name, other.leaves_at.isoformat(), error), row
    return Told(act.id, answer, row.code, row.state, error=error), row


def _locked(scan: str) -> Parcel:
    text = tidy(scan)
    known = Parcel.objects.filter(code=text).values_list("id", flat=True).first()
    if known is None and text:
        known = Parcel.objects.filter(waybill=text).values_list("id", flat=True).first()
    if known is None:
        raise ParcelNotThere(
            f"“{text[:40]}” is no parcel of this house. Nothing was changed.",
            where=text[:40],
            expected="a code or a waybill number",
            cure="Type the code below the bars, or give it to the station's keeper.",
        )
    return handovers.locked(known)


def _move(device: DeviceView, act: Act, row: Parcel, own: UUID, at: datetime, now: datetime) -> SyncedAct.Answer:
    """The parcel is locked. Raises what makes the act a conflict or a refusal."""
    who = device.actor
    is_theirs = row.holder_id == device.person and row.state == State.WITH_COURIER
    if row.state == State.HANDED_OVER:
        return _after_handover(device, act, row, at, own, now)
    if row.state == State.WITH_COURIER and not is_theirs:
        custody.refuse_elsewhere(row, at=device.person, states=(State.WITH_COURIER,))
    if act.kind == "FAILED":
        # Tried is tried, wherever the parcel is by now: it moves nothing.
        if row.state == State.AT_STATION and row.moved_at <= at:
            answer = _made_up(device, row, own, at, now)
        else:
            answer = Answer.TAKEN
        handovers.fail(row, act.why, actor=who, at_device=at, now=now, request_id=own, note=act.note)
        return answer
    if act.kind != "HANDED_OVER" and at < row.moved_at:
        _history(row, ParcelAct.Kind(act.kind), who, at, now)
        return Answer.KNOWN
    if act.kind == "TAKEN":
        return Answer.KNOWN if is_theirs else _made_up(device, row, own, at, now)
    if act.kind == "RETURNED":
        if row.state == State.AT_STATION:
            # Never heard of as taken, and back already: what was told of it before this is history from now on.
            row.moved_at = at
            row.save(update_fields=["moved_at"])
            _history(row, ParcelAct.Kind.RETURNED, who, at, now)
            custody.end_visits([row.id], now, courier=device.person)
            return Answer.KNOWN
        custody.refuse_elsewhere(row, states=(State.WITH_COURIER, State.ON_SHELF))
        custody.move(
            [row], to=device.station, state=State.AT_STATION, kind=ParcelAct.Kind.RETURNED, reason=Reason.RETURN,
            actor=who, at_device=at, now=now, request_id=own, note=act.note,
        )  # fmt: skip
        custody.end_visits([row.id], now)
        return Answer.TAKEN
    if act.kind == "ON_SHELF":
        if row.state == State.ON_SHELF:
            return Answer.KNOWN
        answer = Answer.TAKEN if is_theirs else _made_up(device, row, own, at, now)
        if act.shelf is None:
            raise ParcelUnusable(
                f"It is not said on which shelf parcel {row.code} was put. Nothing was changed.",
                where=row.code,
                expected="a shelf",
                cure="Choose the shelf.",
            )
        handovers.shelve(row, act.shelf, actor=who, at_device=at, now=now, request_id=own)
        return answer
    answer = Answer.TAKEN
    if not is_theirs and row.state != State.ON_SHELF:
        handovers.check_shown(row, act.mode, act.evidence)
        answer = _made_up(device, row, own, at, now)
    given = Given(row, act.mode, _shown(act), at, act.note)
    handovers.give([given], actor=who, now=now, request_id=own)
    return answer


def _made_up(device: DeviceView, row: Parcel, own: UUID, at: datetime, now: datetime) -> SyncedAct.Answer:
    """
    The courier took it, and the book hears of that only now.

    UNFIT where the courier lacked a pass or a test at that moment: it happened, so it is written, and the keeper is told.
    LATE where it is planned for somebody else, or for nobody, by now.
    """
    custody.refuse_elsewhere(row, states=(State.AT_STATION, State.ON_SHELF))
    planned = (
        VisitParcel.objects.filter(parcel=row, ended_at=None).values_list("visit__round__courier", flat=True).first()
    )
    if row.state == State.AT_STATION and row.holder_id != device.station:
        has_it = party_names([row.holder_id])[row.holder_id][0] if row.holder_id else ""
        raise NotHere(
            f"Parcel {row.code} is at {has_it}, not at this courier's station. Nothing was changed.",
            where=row.code,
            found=has_it,
            expected="a parcel of the courier's own station",
            cure="Give it to the station's keeper.",
        )
    custody.move(
        [row], to=device.person, state=State.WITH_COURIER, kind=ParcelAct.Kind.TAKEN, reason=Reason.LOAD,
        actor=device.actor, at_device=at, now=now, request_id=derived_id(own, "taken"),
    )  # fmt: skip
    if planned == device.person:
        custody.mark_taken([row.id], now)
    if crewing.lacks(device.person, [device.station, row.community_id], at):
        return Answer.UNFIT
    return Answer.TAKEN if planned == device.person else Answer.LATE


def _unfit(device: DeviceView, row: Parcel, at: datetime) -> NotFit:
    """What the keeper and the courier are told of a parcel that was taken without every proof."""
    found = crewing.lacks(device.person, [device.station, row.community_id], at)
    return NotFit(
        f"{device.actor.name} took parcel {row.code} without every proof: {'; '.join(found)}. It was written as it happened.",
        where=row.code,
        found=list(found),
        expected="every proof that the place asks for",
        cure="Bring it back to the station, or enter the pass or the test that is missing.",
    )


def _after_handover(
    device: DeviceView, act: Act, row: Parcel, at: datetime, own: UUID, now: datetime
) -> SyncedAct.Answer:
    """Handed over already: by this courier, then what came before is history; by another, then a conflict."""
    done = ParcelAct.objects.get(parcel=row, kind=ParcelAct.Kind.HANDED_OVER)
    if done.by_id != device.person:
        custody.refuse_handed_over(row)
    if act.kind == "FAILED":
        handovers.fail(row, act.why, actor=device.actor, at_device=at, now=now, request_id=own, note=act.note)
        return Answer.TAKEN
    if act.kind != "HANDED_OVER":
        _history(row, ParcelAct.Kind(act.kind), device.actor, at, now)
    return Answer.KNOWN


def _history(row: Parcel, kind: ParcelAct.Kind, actor: Actor, at: datetime, now: datetime) -> None:
    """What was done before something the book knows already: kept, and nothing moves."""
    act = custody.act_of(row, kind, to=row.holder_id, actor=actor, at_device=at, now=now, note="late")
    act.save(force_insert=True)


def tick_call(calling: UUID | None, outcome: str, *, by: Actor, at: datetime, station: UUID) -> None:
    """A household of the call list was called. Raises ParcelUnusable."""
    found = None
    if calling is not None:
        found = Calling.objects.select_for_update().filter(pk=calling, cancelled_at=None).first()
    if found is None or outcome not in CALL_OUTCOMES:
        raise ParcelUnusable(
            "A call is of a line of the call list and has a known outcome; nothing was kept.",
            where=str(calling or ""),
            found=outcome,
            expected=list(CALL_OUTCOMES),
            cure="Load the call list again.",
        )
    if found.called_at is None or at >= found.called_at:
        found.called_at, found.called_by_id, found.called_by_name, found.outcome = at, by.person_id, by.name, outcome
        found.save(update_fields=["called_at", "called_by", "called_by_name", "outcome"])
    if outcome == "TO_DOOR":
        Parcel.objects.filter(calling=found).exclude(state=State.HANDED_OVER).update(wants_door=True)


@transaction.atomic
@recorded("delivery.synced.seen")
def see(*, act: UUID, actor: Actor, now: datetime) -> None:
    """The keeper has looked at a late or conflicting act. Raises NotYourPlace, ParcelNotThere."""
    row = SyncedAct.objects.select_related("device").filter(pk=act).first()
    if row is None:
        raise ParcelNotThere("There is no such act.", where=str(act), cure="Open the list again.")
    actor.require(*KEEPERS, at=row.device.station_id)
    if row.seen_at is None:
        row.seen_at, row.seen_by_id = now, actor.person_id
        row.save(update_fields=["seen_at", "seen_by"])
    record(kind="delivery.synced.seen", actor=actor, now=now, subject=row.parcel_id, data={"act": str(act)})
