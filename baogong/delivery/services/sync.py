"""
What couriers' telephones tell, whenever they reach the house again.

Each act has an id of the telephone's own making and the time it was done; told twice it is one act. Each is judged on its
own, in its own transaction, so one that is refused keeps no other back; only plain handovers in a row, none of which is
refused, are written in one. The order of arrival does not matter: an act
that implies an earlier one (handed over, so taken before) makes up for it, and one older than what the book knows
already is kept as history and moves nothing, unless all that the book knows is steps before it that were written late.

What is not written is kept with all it carried, and the keeper is shown it: what hands did is no less done for that.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
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
    PairSplit,
    ParcelNotThere,
    ParcelUnusable,
    WithSomebodyElse,
)
from baogong.delivery.models import (
    Device,
    Parcel,
    ParcelAct,
    Round,
    SyncedAct,
    SyncedPiece,
    VisitParcel,
)
from baogong.delivery.services import calls, custody, devices, handovers
from baogong.delivery.services.custody import Given
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.stations import KEEPERS
from baogong.engine.rounds.problem import BUILDING_CATEGORY
from baogong.journal.clock import house_moment
from baogong.journal.locks import Busy, lock_word
from baogong.journal.mapping import content_hash
from baogong.journal.media import clean_photo
from baogong.journal.services import EvidenceIn, record, record_each, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger.states import Reason
from baogong.people.queries.parties import party_names
from baogong.planning import queries as plans

ACTS_MAX = 1_000
ENDED_SHOWN_MAX = 200  # codes in the event of a shift that ended with parcels in hand
TOGETHER_MAX = 50  # one that is refused is the whole batch told again one by one
KINDS = ("TAKEN", "HANDED_OVER", "FAILED", "ON_SHELF", "RETURNED", "FREE", "CALLED", "ENDED")
_ORDER = {kind: place for place, kind in enumerate(("TAKEN", "FAILED", "ON_SHELF", "HANDED_OVER", "RETURNED"))}
TOLD_LATE = "TOLD_LATE"  # the note of what was done before something the book knew already: a word, said to the reader
Answer, State, Kind = SyncedAct.Answer, Parcel.State, ParcelAct.Kind
# Steps that come before whatever a courier does.
_BEFORE_A_COURIER = (Kind.RECEIVED, Kind.ON_CART, Kind.OFF_CART)
# What leaves a parcel in the hands it is in.
_MOVES_NOTHING = (Kind.DISINFECTED, Kind.FAILED, Kind.DOOR_ASKED, Kind.CONFIRMED, Kind.GOES_UP)
_NOT_WRITTEN = (Answer.REFUSED, Answer.CONFLICT)


@dataclass(frozen=True, slots=True)
class Act:
    """
    One thing a courier did.

    id        the telephone's own
    kind      one of KINDS
    at        by the telephone's clock
    parcel    code or another carrier's number, as scanned; "" for FREE, CALLED and ENDED
    mode, evidence   of a HANDED_OVER
    why       of a FAILED (`ParcelAct.Why`); of a CALLED what came of it
    shelf     of an ON_SHELF
    calling   of a CALLED: the line of the call list
    come_at   of a CALLED that COMES: from when they were told to come; None: as the list says, or at once
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
    come_at: datetime | None = None

    def content(self) -> bytes:
        shown = [
            (one.kind, one.text, one.by_name, one.at_device, sha256(one.payload or b"").hexdigest())
            for one in self.evidence
        ]
        told = [] if self.come_at is None else [self.come_at]
        return content_hash(
            self.kind,
            self.at,
            tidy(self.parcel),
            self.mode,
            self.why,
            self.note,
            self.shelf,
            self.calling,
            shown,
            *told,
        )

    def as_given(self) -> dict[str, str]:
        """All but its evidence, as JSON; `_given_back` reads it."""
        return {
            "id": str(self.id),
            "kind": self.kind,
            "at": self.at.isoformat(),
            "parcel": self.parcel,
            "mode": self.mode,
            "why": self.why,
            "note": self.note,
            "shelf": str(self.shelf or ""),
            "calling": str(self.calling or ""),
            "come_at": self.come_at.isoformat() if self.come_at else "",
        }


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


@dataclass(frozen=True, slots=True)
class Unread:
    """One thing of a telephone's message that is no act: whatever JSON can say, and what was found."""

    given: Mapping[str, Any]
    refusal: BaogongError


def tell(*, device: DeviceView, read: Sequence[Act | Unread], now: datetime) -> list[dict[str, Any]]:
    """
    The answers to a telephone's message, in its order: acts as `sync` writes them, and what cannot be read as `refuse`
    keeps it. One that cannot be read keeps no other back. Raises UnusableInput (too many at once).
    """
    refuse_too_many(len(read))
    told = iter(sync(device=device, acts=[each for each in read if isinstance(each, Act)], now=now))
    return [
        next(told).as_dict()
        if isinstance(each, Act)
        else refuse(device=device, given=each.given, refusal=each.refusal, now=now)
        for each in read
    ]


def sync(*, device: DeviceView, acts: Sequence[Act], now: datetime) -> tuple[Told, ...]:
    """
    Write what a telephone has done, each act on its own; the answers in the order of the acts.

    Answers: TAKEN written; KNOWN told before, or true already; LATE written, though the parcel had been planned for
    somebody else meanwhile: the keeper is shown both; UNFIT written, though the courier lacked a pass or a test at that
    moment: `error` tells which, and the keeper is shown it; CONFLICT somebody else did it, who and when; REFUSED with
    the refusal. These two are kept with all they carried until a keeper has looked (`see`) or accepts them (`accept`).
    Not in a transaction of its own: killed midway, what was answered stands and the rest is sent again.
    Raises UnusableInput (too many at once).
    """
    refuse_too_many(len(acts))
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


def refuse_too_many(acts: int) -> None:
    """Raises UnusableInput."""
    if acts > ACTS_MAX:
        raise UnusableInput(
            f"{acts:,} acts at once are too many; nothing was written.",
            where="acts",
            found=acts,
            expected=f"at most {ACTS_MAX:,}",
            cure="Send them in parts.",
        )


def _in_runs(acts: Iterable[Act]) -> Iterator[list[Act]]:
    rest = iter(acts)
    while run := list(islice(rest, TOGETHER_MAX)):
        yield run


def _together(device: DeviceView, acts: Sequence[Act], now: datetime) -> dict[UUID, Told] | None:
    """
    Handovers of which nothing was told before, of parcels in this courier's hands or on a shelf: in one transaction.

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
    shelvers = _shelvers([row.id for row in parcels.values() if row.state == State.ON_SHELF])
    is_theirs = all(
        (row.state == State.ON_SHELF and row.station_id == device.station and device.person in shelvers[row.id])
        or (row.state == State.WITH_COURIER and row.holder_id == device.person)
        for row in parcels.values()
    )
    if not len(parcels) == len(own) == len(acts) or not is_theirs or SyncedAct.objects.filter(id__in=own).exists():
        raise _NotTogether
    rows = {act_id: parcels[found[tidy(act.parcel)]] for act_id, act in own.items()}
    if any(rows[act_id].state == State.ON_SHELF and act.at < rows[act_id].moved_at for act_id, act in own.items()):
        raise _NotTogether
    proofs = crewing.proofs(device.person, {device.station, *(row.community_id for row in rows.values())})
    for act_id, act in own.items():
        if crewing.lacks(device.person, [device.station, rows[act_id].community_id], min(act.at, now), proofs):
            raise _NotTogether
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
            given=act.as_given(),
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
        try:
            return _written(device, act, now)
        except Busy:  # whoever held the parcel has gone on by now: no act is refused for that alone
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
    own = devices.act_id(device.id, act.id)
    # Another act under an id that is taken: kept beside the first.
    _keep(device, act, _beside(own, act) if isinstance(refusal, RequestIdReused) else own, told, row, now)
    return told


def _beside(own: UUID, act: Act) -> UUID:
    return derived_id("delivery.sync.beside", own, act.content().hex())


@transaction.atomic
@recorded("delivery.synced")
def refuse(*, device: DeviceView, given: Mapping[str, Any], refusal: BaogongError, now: datetime) -> dict[str, Any]:
    """
    An act that cannot be read, kept as it was said: the others of its message do not wait for it.

    given  whatever JSON can say
    Returns the answer, under the id as it was said.
    """
    kind, parcel = _writable(given.get("kind", ""))[:12], tidy(_writable(given.get("parcel", "")))[:40]
    answer = Told(UUID(int=0), Answer.REFUSED, parcel, error=refusal.as_dict()).as_dict()
    answer["id"] = _writable(given.get("id", ""))[:60]
    as_said = json.dumps(given, sort_keys=True)  # plain letters, whatever they stand for
    content = content_hash(as_said)
    SyncedAct.objects.get_or_create(
        id=derived_id("delivery.sync.unread", device.id, content.hex()),
        defaults={
            "device_id": device.id,
            "kind": kind,
            "at_device": now,
            "at": now,
            "answer": Answer.REFUSED,
            "told": answer,
            "given": {"unread": as_said},
            "content_hash": content,
        },
    )
    record(
        kind="delivery.synced",
        actor=device.actor,
        now=now,
        subject=device.person,
        data={"act": kind, "answer": Answer.REFUSED, "parcel": parcel, "at_device": None},
    )
    return answer


def _writable(said: object) -> str:
    """Without what no text of the book may hold."""
    return str(said).encode(errors="replace").decode().replace("\0", "?")


@recorded("delivery.synced")
def _keep(device: DeviceView, act: Act, own: UUID, told: Told, parcel: Parcel | None, now: datetime) -> None:
    kept, _ = SyncedAct.objects.update_or_create(
        id=own,
        defaults={
            "device_id": device.id,
            "kind": act.kind[:12],
            "parcel": parcel,
            "at_device": act.at,
            "at": now,
            "answer": told.answer,
            "told": told.as_dict(),
            "given": act.as_given(),
            "content_hash": act.content(),
        },
    )
    kept.pieces.all().delete()
    if told.answer in (*_NOT_WRITTEN, Answer.KNOWN):
        SyncedPiece.objects.bulk_create(
            SyncedPiece(
                act=kept,
                number=number,
                kind=one.kind[:12],
                text=one.text,
                by_name=one.by_name[:200],
                payload=_bare(one),
                at_device=one.at_device,
            )
            for number, one in enumerate(act.evidence)
        )
    record(
        kind="delivery.synced",
        actor=device.actor,
        now=now,
        subject=parcel.id if parcel else device.person,
        data={"act": act.kind[:12], "answer": told.answer, "parcel": told.parcel, "at_device": act.at},
    )


def _bare(piece: EvidenceIn) -> bytes | None:
    """A picture as the book would keep it; what is no picture, as it came."""
    if piece.payload is None or piece.kind != "PHOTO":
        return piece.payload
    try:
        return clean_photo(piece.payload)
    except UnusableInput:
        return piece.payload


def _do(
    device: DeviceView, act: Act, own: UUID, now: datetime, broken: list[BaogongError] | None = None
) -> tuple[Told, Parcel | None]:
    """`broken`, given where a keeper says that it was so: the rules of conduct that it broke are added, none refuses it."""
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
    if act.kind == "ENDED":
        held = Parcel.objects.filter(holder=device.person, state=State.WITH_COURIER).order_by("number")
        codes = list(held.values_list("code", flat=True)[:ENDED_SHOWN_MAX])
        record(
            kind="delivery.shift.ended",
            actor=device.actor,
            now=now,
            subject=device.person,
            data={"at": act.at, "station": str(device.station), "in_hand": codes},
        )
        return Told(act.id, Answer.TAKEN), None
    if act.kind == "CALLED":
        crowded = calls.tick(
            act.calling, act.why, act.come_at, by=device.actor, at=min(act.at, now), station=device.station
        )
        # It was said on the telephone, so it is written: the keeper is shown it and rings again.
        answer = Answer.LATE if crowded else Answer.TAKEN
        return Told(act.id, answer, error=crowded.as_dict() if crowded else {}), None
    row = _locked(act.parcel)
    planned = VisitParcel.objects.filter(parcel=row, ended_at=None).select_related("visit__round__courier").first()
    at = min(act.at, now)
    answer = _move(device, act, row, own, at, now, broken)
    error: dict[str, Any] = {}
    if answer in (Answer.TAKEN, Answer.LATE) and act.kind != "RETURNED":
        # It happened, so it is written: whoever works without every proof is shown to the keeper, whatever they do.
        found = crewing.lacks(device.person, [device.station, row.community_id], at)
        if found:
            answer, error = Answer.UNFIT, _unfit(device, row, found).as_dict()
    if act.kind == "TAKEN" and answer in (Answer.TAKEN, Answer.LATE) and planned is not None:
        split = _pair_split(device, row, planned.visit.round)
        if split is not None:
            answer, error = Answer.LATE, split.as_dict()
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


def _move(
    device: DeviceView,
    act: Act,
    row: Parcel,
    own: UUID,
    at: datetime,
    now: datetime,
    broken: list[BaogongError] | None,
) -> SyncedAct.Answer:
    """The parcel is locked. Raises what makes the act a conflict or a refusal."""
    who = device.actor
    is_theirs = row.holder_id == device.person and row.state == State.WITH_COURIER
    if row.state == State.HANDED_OVER:
        return _after_handover(device, act, row, at, own, now)
    if row.state == State.WITH_COURIER and not is_theirs:
        if act.kind == "HANDED_OVER" and _had_it(device, row, at):
            # Done before it was planned anew: it counts, and whoever has it by the book is told by the keeper.
            given = Given(row, act.mode, _shown(act), at, act.note)
            handovers.give([given], actor=who, now=now, request_id=own, broken=broken)
            return Answer.LATE
        custody.refuse_elsewhere(row, at=device.person, states=(State.WITH_COURIER,))
    if not is_theirs:
        _refuse_other_station(device, row)
    if act.kind == "FAILED":
        # Tried is tried, wherever the parcel is by now: it moves nothing.
        if row.state == State.AT_STATION and row.moved_at <= at:
            answer = _made_up(device, row, own, at, now)
        else:
            answer = Answer.TAKEN
        handovers.fail(row, act.why, actor=who, at_device=at, now=now, request_id=own, note=act.note)
        return answer
    if act.kind != "HANDED_OVER" and at < row.moved_at:
        is_pressed_late = _is_pressed_late(device, row, at)
        if not is_pressed_late or act.kind == "RETURNED" or (act.kind == "TAKEN" and is_theirs):
            _history(row, ParcelAct.Kind(act.kind), who, at, now)
            # Brought back, and loaded after that by the book: loaded anew, or the load was only written late. Ask.
            is_doubtful = is_pressed_late and act.kind == "RETURNED" and row.state != State.AT_STATION
            return Answer.LATE if is_doubtful else Answer.KNOWN
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
        row.station_id = device.station
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
        handovers.shelve(row, act.shelf, actor=who, at_device=at, now=now, request_id=own, broken=broken)
        return answer
    answer = Answer.TAKEN
    if row.state == State.ON_SHELF:
        answer = _off_shelf(device, row, at, broken)
    elif not is_theirs:
        handovers.check_shown(row, act.mode, act.evidence, None if broken is None else [])
        answer = _made_up(device, row, own, at, now)
    given = Given(row, act.mode, _shown(act), at, act.note)
    handovers.give([given], actor=who, now=now, request_id=own, broken=broken)
    return answer


def _made_up(device: DeviceView, row: Parcel, own: UUID, at: datetime, now: datetime) -> SyncedAct.Answer:
    """
    The courier took it, and the book hears of that only now. LATE where it is planned for somebody else, or for nobody,
    by now; but what was asked for at the door anybody may take up from its shelf.
    """
    custody.refuse_elsewhere(row, states=(State.AT_STATION, State.ON_SHELF))
    goes_up = row.goes_up
    planned = (
        VisitParcel.objects.filter(parcel=row, ended_at=None).values_list("visit__round__courier", flat=True).first()
    )
    custody.move(
        [row], to=device.person, state=State.WITH_COURIER, kind=ParcelAct.Kind.TAKEN, reason=Reason.LOAD,
        actor=device.actor, at_device=at, now=now, request_id=derived_id(own, "taken"),
    )  # fmt: skip
    if planned == device.person:
        custody.mark_taken([row.id], now)
    is_expected = planned == device.person or (planned is None and goes_up)
    return Answer.TAKEN if is_expected else Answer.LATE


def _pair_split(device: DeviceView, row: Parcel, walk: Round) -> PairSplit | None:
    """
    Where the plan gives each building and category to one courier, and another has taken some of this one's parcels: the
    telephone asks before, but only of what it knows.
    """
    if row.building_id is None:
        return None
    limits = next((head.params.get("limits") or {} for head in plans.plans(ids=[walk.plan], limit=1)), {})
    if limits.get("one_courier_per") != BUILDING_CATEGORY or limits.get("helping"):
        return None
    pair = VisitParcel.objects.filter(
        visit__round__plan=walk.plan, parcel__building=row.building_id, parcel__category=row.category_id
    ).exclude(parcel__state=State.AT_STATION)
    taken = ParcelAct.objects.filter(kind=Kind.TAKEN, parcel__in=pair.exclude(parcel=row).values("parcel"))
    other = (
        taken.exclude(to_party=device.person).order_by("-at_device").values_list("to_party__name", flat=True).first()
    )
    if other is None:
        return None
    return PairSplit(
        f"{other} took parcels of this kind for the building of parcel {row.code}, which has one courier by the plan, and "
        f"{device.actor.name} took this one. It was written as it happened.",
        where=row.code,
        found=other,
        expected="one courier for each building and kind of parcel",
        cure="Let one of the two hand the parcels to the other at the station, or leave it so.",
    )


def _off_shelf(device: DeviceView, row: Parcel, at: datetime, broken: list[BaogongError] | None) -> SyncedAct.Answer:
    """
    Handed over from the shelf where it lies. LATE by another than who put it there, or before it lay there by somebody who
    had it then; a conflict where this courier did not even have it.
    """
    if at < row.moved_at and not _had_it(device, row, at):
        put = ParcelAct.objects.filter(parcel=row, kind=Kind.ON_SHELF).order_by("-at_device", "-at", "-id").first()
        by, since = (put.by_name, put.at_device) if put is not None else ("", row.moved_at)
        refusal = WithSomebodyElse(
            f"Parcel {row.code} was put on its shelf by {by} at {house_moment(since)}, and this courier did not have it "
            "before. Nothing was changed.",
            where=row.code,
            found=by,
            expected="a parcel that lay on the shelf at that time, or was in the hands of whoever acts",
            cure="Ask both who handed it over, and when.",
            by=by,
            at=since.isoformat(),
        )
        if broken is None:
            raise refusal
        broken.append(refusal)
        return Answer.LATE
    is_own = device.person in _shelvers([row.id])[row.id]
    return Answer.TAKEN if is_own and at >= row.moved_at else Answer.LATE


def _shelvers(parcels: Collection[UUID]) -> defaultdict[UUID, set[UUID | None]]:
    """Parcel → who has put it on a shelf, and whose hands it came from: theirs is the round of that shelf. One query."""
    found: defaultdict[UUID, set[UUID | None]] = defaultdict(set)
    put = ParcelAct.objects.filter(parcel__in=parcels, kind=Kind.ON_SHELF)
    for parcel, *persons in put.values_list("parcel", "by", "from_party"):
        found[parcel].update(persons)
    return found


def _refuse_other_station(device: DeviceView, row: Parcel) -> None:
    """A telephone acts on what stands at its own station or came from it. Raises NotHere."""
    stands_at = row.holder_id if row.state == State.AT_STATION else row.station_id
    if stands_at == device.station or row.state not in (State.AT_STATION, State.ON_SHELF):
        return
    has_it = party_names([stands_at])[stands_at][0] if stands_at else ""
    raise NotHere(
        f"Parcel {row.code} is of {has_it}, not of this courier's station. Nothing was changed.",
        where=row.code,
        found=has_it,
        expected="a parcel of the courier's own station",
        cure="Give it to the station's keeper.",
    )


def _had_it(device: DeviceView, row: Parcel, at: datetime) -> bool:
    """Whether by the book the parcel was in this courier's hands at that moment."""
    moved = ParcelAct.objects.filter(parcel=row, at_device__lte=at).exclude(kind__in=_MOVES_NOTHING)
    last = moved.order_by("-at_device", "-at", "-id").first()
    return last is not None and last.kind == Kind.TAKEN and last.to_party_id == device.person


def _is_pressed_late(device: DeviceView, row: Parcel, at: datetime) -> bool:
    """Whether all that the book has after that moment is what others did before it came into this courier's hands."""
    after = ParcelAct.objects.filter(parcel=row, at_device__gt=at).exclude(kind__in=_MOVES_NOTHING)
    found = list(after.values_list("kind", "by", "to_party"))
    return bool(found) and all(
        by != device.person and (kind in _BEFORE_A_COURIER or (kind == Kind.TAKEN and to == device.person))
        for kind, by, to in found
    )


def _unfit(device: DeviceView, row: Parcel, found: Sequence[str]) -> NotFit:
    """What the keeper and the courier are told of what was done with a parcel without every proof."""
    return NotFit(
        f"{device.actor.name} carried parcel {row.code} without every proof: {'; '.join(found)}. It was written as it "
        "happened.",
        where=row.code,
        found=list(found),
        expected="every proof that the place asks for",
        cure="Bring it back to the station, or enter the pass or the test that is missing.",
    )


def _after_handover(
    device: DeviceView, act: Act, row: Parcel, at: datetime, own: UUID, now: datetime
) -> SyncedAct.Answer:
    """Handed over already: by this courier, then what came before is history; by another, then a conflict."""
    done = custody.handed_over(row)
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
    act = custody.act_of(row, kind, to=row.holder_id, actor=actor, at_device=at, now=now, note=TOLD_LATE)
    act.save(force_insert=True)


@transaction.atomic
@recorded("delivery.synced.accepted")
def accept(*, act: UUID, actor: Actor, now: datetime) -> None:
    """
    What was refused when the telephone told it is written now, at the telephone's own time and with what it showed.

    It happened, so a rule of conduct that it broke (a shelf or a way of handing over that was not allowed) does not stand
    against it: it is written LATE, with the rule. What was written before stays as it is. Raises NotYourPlace, ParcelNotThere, and what stands against it still.
    """
    lock_word(f"sync {act}")
    row = SyncedAct.objects.select_related("device__person", "device__station").filter(pk=act).first()
    if row is None:
        raise _no_such_act(act)
    actor.require(*KEEPERS, at=row.device.station_id)
    if row.answer in _NOT_WRITTEN:
        given = _given_back(row)
        broken: list[BaogongError] = []
        told, parcel = _do(devices.view_of(row.device), given, row.id, now, broken)
        if broken:
            told = replace(told, answer=Answer.LATE, error=broken[0].as_dict())
        row.answer, row.told, row.parcel = told.answer, told.as_dict(), parcel
        row.seen_at, row.seen_by_id = now, actor.person_id
        row.save(update_fields=["answer", "told", "parcel", "seen_at", "seen_by"])
        row.pieces.all().delete()
    record(
        kind="delivery.synced.accepted",
        actor=actor,
        now=now,
        subject=row.parcel_id,
        data={"act": str(act), "answer": row.answer, "broken": str(row.told.get("error", {}).get("code", ""))},
    )


def _given_back(row: SyncedAct) -> Act:
    """As it was told. Raises ParcelUnusable where it could not be read."""
    said = row.given
    if "id" not in said:
        raise ParcelUnusable(
            "The telephone sent this act in a form that cannot be read; it cannot be accepted. Nothing was changed.",
            where=str(row.id),
            found=row.kind,
            expected="an act that can be read",
            cure="Ask the courier what was done, and write it yourself on the parcel's page.",
        )
    return Act(
        id=UUID(said["id"]),
        kind=said["kind"],
        at=datetime.fromisoformat(said["at"]),
        parcel=said["parcel"],
        mode=said["mode"],
        why=said["why"],
        note=said["note"],
        shelf=UUID(said["shelf"]) if said["shelf"] else None,
        calling=UUID(said["calling"]) if said["calling"] else None,
        evidence=tuple(
            EvidenceIn(
                one.kind, one.text, None if one.payload is None else bytes(one.payload), one.at_device, one.by_name
            )
            for one in row.pieces.order_by("number")
        ),
        come_at=datetime.fromisoformat(said["come_at"]) if said.get("come_at") else None,
    )


def _no_such_act(act: UUID) -> ParcelNotThere:
    return ParcelNotThere("There is no such act.", where=str(act), cure="Open the list again.")


@transaction.atomic
@recorded("delivery.synced.seen")
def see(*, act: UUID, actor: Actor, now: datetime) -> None:
    """The keeper has looked at a late, conflicting or refused act. Raises NotYourPlace, ParcelNotThere."""
    row = SyncedAct.objects.select_related("device").filter(pk=act).first()
    if row is None:
        raise _no_such_act(act)
    actor.require(*KEEPERS, at=row.device.station_id)
    if row.seen_at is None:
        row.seen_at, row.seen_by_id = now, actor.person_id
        row.save(update_fields=["seen_at", "seen_by"])
    record(kind="delivery.synced.seen", actor=actor, now=now, subject=row.parcel_id, data={"act": str(act)})
