"""Claims: made, accepted, handed over, cancelled, run out."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson
import psycopg
from django.db import connection, transaction
from django.db.models import F, IntegerField
from django.db.models.functions import Greatest
from django.utils import timezone

from baogong.engine.release import Rule, Subject
from baogong.journal.locks import lock_row, lock_rows, lock_word
from baogong.journal.services import EvidenceIn, hand_over, record, recorded
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason
from baogong.people.queries.parties import parties
from baogong.people.services.identity import Erased, is_kept, keep_datum, marker, sealer, unseal
from baogong.people.services.parties import register_party
from baogong.release import admission, looking
from baogong.release.codes import refuse_house_ids
from baogong.release.errors import (
    AddressWaits,
    ClaimMoved,
    ClaimRanOut,
    IsBrought,
    PlaceUnknown,
    ProxyNotAllowed,
    RightRedeemed,
)
from baogong.release.facts import Answer, ClaimIn
from baogong.release.identity import Person, device_tag, listed_ids, number_of, person, phone_of, purpose_of
from baogong.release.models import (
    ChannelReserve,
    Claim,
    ContactUnderway,
    Device,
    Redemption,
    Release,
    Slot,
    Tranche,
    Used,
    VerifiedAddress,
)
from baogong.release.offers import has_moved_up, later_of
from baogong.release.services.caps import refuse_beyond_cap, refusing_list_beyond_cap, typed_as
from baogong.release.services.disinfecting import refuse_not_disinfected
from baogong.release.services.texts import is_told_moved_up, is_told_to_run_out, put_out_texts, tell_rights

DESK = (Duty.COMMAND, Duty.CLERK)
HANDS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)
OPEN_STATES = (Claim.State.ADMITTED, Claim.State.ACCEPTED)
TRAVELLING = (Claim.State.UNDERWAY, Claim.State.LOST)
CANCELLABLE = (*OPEN_STATES, *TRAVELLING, Claim.State.WAITING, Claim.State.STANDBY)
TAKE_AGAIN = """
INSERT INTO release_used AS used (scope, subject, tag, start_on, units, claims) VALUES (%s, %s, %s, %s, %s, 1)
ON CONFLICT (scope, subject, tag) DO UPDATE SET units = used.units + excluded.units, claims = used.claims + 1
WHERE used.start_on = excluded.start_on
"""
RUNS_OUT_BEFORE = timedelta(hours=6)
_SWEEP_SIZE = 500
_TELL_SIZE = 5_000


@dataclass(frozen=True, slots=True)
class Contact:
    """
    Who claims, as it was typed. It is tagged, and enciphered where units were promised; nothing repeats it.

    household  the number of the household register; region: the code of the address
    language   en: texts go out in English; zh, and where it is not known: in Chinese
    device     what the browser or telephone is known by, where a resident claims; only its tag is kept, so that a person
               can look at clusters
    """

    document: str
    number: str = field(repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    household: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    region: str = ""
    device: str = field(default="", repr=False)
    language: str = ""


_CONTACT = tuple(one.name for one in fields(Contact))


def claim(
    *,
    claim_id: UUID,
    tranche: UUID,
    units: int,
    channel: str,
    contact: Contact,
    slot: UUID | None = None,
    actor: Actor | None,
    now: datetime,
) -> Answer:
    """
    Claim units of a tranche for one person; the same id again gets the same answer.

    actor   who types it at a desk, on the telephone or for a program (CLERK or COMMAND of the office); None: the
            resident, by WEB
    A resident is refused before anything is locked where nobody new gets anything now: a city that comes too early or too
    late waits for nobody. Who looked in time and comes too late all the same is told alike, as on the claim path. Such a
    refusal is no answer: no row is kept, and the id is as good as before. What a desk types is kept, refused or not.
    Raises NotYourPlace, ClerkCapReached, PersonUnusable, RequestIdReused (an id of the house's own kind), NotFound,
    looking.NotOffered, admission.TooBusy, and of a resident's claim looking.NotOpenYet, looking.SoldOut. Any other refused claim is an answer.
    """
    with transaction.atomic():
        answer = _judged(claim_id, tranche, units, channel, contact, slot, actor, now)
    if answer.is_kept:
        return answer
    # After the commit: an opening minute that was judged on the way stays judged, and is not judged anew with each who
    # comes too late.
    raise looking.refusal_now(bare_connection(), tranche, units, now) or looking.sold_out()


def _judged(
    claim_id: UUID,
    tranche: UUID,
    units: int,
    channel: str,
    contact: Contact,
    slot: UUID | None,
    actor: Actor | None,
    now: datetime,
) -> Answer:
    """The claim's answer, within the caller's transaction; of a resident who came too late it is told only, not kept."""
    office = Tranche.objects.filter(id=tranche).values_list("release__office", flat=True).first()
    if office is None:
        raise NotFound(
            "There is no such tranche; nothing was claimed.", where=str(tranche), cure="Choose one on offer."
        )
    refuse_house_ids(claim_id)
    is_resident = actor is None
    if actor is None:
        actor, channel = THE_HOUSE, "WEB"
    actor.require(*DESK, at=office)
    channel = typed_as(channel, tranche, office, actor)
    refuse_beyond_cap(claim_id, tranche, actor, channel)
    purpose = purpose_of(office)
    who = person(
        office,
        purpose=purpose,
        document=contact.document,
        number=contact.number,
        phone=contact.phone,
        household=contact.household,
        address=contact.address,
    )
    asked = ClaimIn(
        id=claim_id,
        tranche=tranche,
        channel=channel,
        units=units,
        person=who.person,
        household=who.household,
        phone=who.phone,
        address=who.address,
        document=who.document,
        document_region=who.document_region,
        born_on=who.born_on,
        region=contact.region,
        slot=slot,
        taken_by=actor.person_id,
    )
    seen = looking.answer_or_refuse(bare_connection(), asked, now) if is_resident else None
    if seen is not None:
        return seen
    (answer,) = admission.admit(bare_connection(), [asked], now, keeps_shortage=not is_resident)
    if not answer.was_seen and answer.state != Claim.State.REFUSED:
        claimant = keep_contact(purpose, who.person, contact, now)
        Claim.objects.filter(id=answer.id).update(claimant=claimant)
        keep_devices({answer.id: contact.device}, tranche, purpose)
    return answer


@dataclass(frozen=True, slots=True)
class ListedClaim:
    """One row of a list that others wrote. `sealed`: what a `contact_sealer` gave, "" where nobody is to be reached."""

    who: Person
    units: int
    region: str = ""
    sealed: str = field(default="", repr=False)


@transaction.atomic
@recorded("release.claims.listed")
def claim_listed(*, tranche: UUID, rows: Sequence[ListedClaim], actor: Actor, now: datetime) -> tuple[Answer, ...]:
    """
    Claim for everybody on a list, in its order, by IMPORT; who claimed by list before gets the answer they got.

    The contacts are kept by the worker, as those of the claim path are. A clerk's list counts for the clerk's cap; beyond it
    whoever commands brings it in.
    Raises NotYourPlace, ClerkCapReached, NotFound, looking.NotOffered, admission.TooBusy. A refused claim is an answer.
    """
    office = Tranche.objects.filter(id=tranche).values_list("release__office", flat=True).first()
    if office is None:
        raise NotFound(
            "There is no such tranche; nothing was claimed.", where=str(tranche), cure="Choose one on offer."
        )
    actor.require(*DESK, at=office)
    id_of = listed_ids(tranche, purpose_of(office), now)
    claims = [
        ClaimIn(
            id=id_of(one.who.person),
            tranche=tranche,
            channel="IMPORT",
            units=one.units,
            person=one.who.person,
            household=one.who.household,
            phone=one.who.phone,
            address=one.who.address,
            document=one.who.document,
            document_region=one.who.document_region,
            born_on=one.who.born_on,
            region=one.region,
            taken_by=actor.person_id,
        )
        for one in rows
    ]
    answers: list[Answer] = []
    with refusing_list_beyond_cap(tranche, office, actor):
        for at in range(0, len(claims), admission.BATCH_MAX):
            answers += admission.admit(bare_connection(), claims[at : at + admission.BATCH_MAX], now)
    fresh = {one.id for one in answers if not one.was_seen and one.state != Claim.State.REFUSED}
    ContactUnderway.objects.bulk_create(
        [
            ContactUnderway(claim_id=claim.id, sealed=one.sealed, at=now)
            for claim, one in zip(claims, rows, strict=True)
            if claim.id in fresh and one.sealed
        ],
        ignore_conflicts=True,
    )
    record(
        kind="release.claims.listed",
        actor=actor,
        now=now,
        subject=tranche,
        data={"people": len(answers), "admitted": sum(one.is_admitted for one in answers if not one.was_seen)},
    )
    return tuple(answers)


@transaction.atomic
@recorded("release.claim.cancelled")
def cancel_claim(*, claim: UUID, actor: Actor, now: datetime) -> None:
    """
    Give a claim up: its units are free for others, its turn is the person's again. Cancelled before, it stays so.

    Of goods on their way the units are free once they are back; nobody hands them over any more. Of goods that were lost
    nothing becomes free, and what was paid is to be given back.
    Raises NotYourPlace, ClaimMoved (it was handed over, refused or ran out), NotFound.
    """
    row = lock_claim(claim)
    actor.require(*DESK, at=row.tranche.release.office_id)
    if row.state != Claim.State.CANCELLED:
        _require_state(row, CANCELLABLE)
        _give_back(row, now, actor, Claim.State.CANCELLED, returns_turn=True)
        pass_on(row.tranche_id, now)
    record(kind="release.claim.cancelled", actor=actor, now=now, subject=row.id, data={"units": row.units})


@transaction.atomic
@recorded("release.claims.accepted")
def accept_claims(*, claims: Sequence[UUID], actor: Actor, now: datetime) -> int:
    """
    The shop takes these orders on; how many were not accepted before. All or none.

    Raises NotYourPlace, ClaimMoved, ClaimRanOut, AddressWaits, NotFound.
    """
    tranches = Claim.objects.filter(id__in=claims).values_list("tranche", flat=True)
    lock_rows(Tranche.objects.all(), set(tranches))
    rows = lock_rows(Claim.objects.select_related("tranche__release"), claims)
    if len(rows) < len(set(claims)):
        raise NotFound("One of these claims is not there; none was accepted.", cure="Open the list anew.")
    fresh = []
    for row in rows:
        require_hands(actor, row.tranche)
        _require_state(row, OPEN_STATES)
        refuse_run_out(row, now)
        if row.state == Claim.State.ADMITTED:
            fresh.append(row.id)
    refuse_waiting_addresses(rows)
    Claim.objects.filter(id__in=fresh).update(state=Claim.State.ACCEPTED, decided_at=now)
    put_out_texts([row for row in rows if row.id in set(fresh)], "accepted", now)
    record(kind="release.claims.accepted", actor=actor, now=now, data={"count": len(fresh)})
    return len(fresh)


@transaction.atomic
@recorded("release.claim.handed-over")
def hand_over_claim(
    *,
    claim: UUID,
    evidence: Sequence[EvidenceIn],
    by_proxy: bool = False,
    is_brought: bool = False,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> None:
    """
    The units go into the claimant's or the proxy's hands. Handed over before under this request, it stays so.

    is_brought  own people brought it to the door, and no desk handed it out: of what was ordered online or its rule brings.
                A desk hands such a claim out only once couriers came in vain and gave it back
    Where several shops hand out one stock, the right is redeemed at one of them (`redeem`), so that it is known which.
    Raises NotYourPlace, ProxyNotAllowed, ClaimMoved, ClaimRanOut, IsBrought, RightRedeemed (ordered online: it is on its way
    to the door), PlaceUnknown (several shops), NotDisinfected, journal's NoEvidence, NotFound.
    """
    row = lock_claim(claim)
    require_hands(actor, row.tranche)
    _refuse_at_desk(row, is_brought=is_brought)
    if by_proxy:
        refuse_proxy(row)
    give(row, evidence=evidence, actor=actor, now=now, request_id=request_id)
    record(kind="release.claim.handed-over", actor=actor, now=now, subject=row.id, data={"units": row.units})


@transaction.atomic
def expire_unclaimed(*, now: datetime, most: int = _SWEEP_SIZE) -> int:
    """
    End rights nobody fetched in time and pass their units on to those who stand by; how many ended.

    A turn that was let pass is used; not one of a right that came by itself, to who stood by or by later stock: whoever slept
    or could not be told loses nothing. Each is told so.
    """
    due = Claim.objects.filter(state__in=OPEN_STATES, keeps_until__lte=now).order_by("keeps_until", "id")
    found = list(due.values_list("id", "tranche")[:most])
    tranches = sorted({tranche for _claim, tranche in found})
    lock_rows(Tranche.objects.all(), tranches)
    claims = [id for id, _tranche in found]
    came_late = later_of(claims)
    ended: list[Claim] = []
    unused: list[Claim] = []
    for row in lock_rows(Claim.objects.select_related("tranche__release"), claims):
        if row.state in OPEN_STATES and row.keeps_until is not None and row.keeps_until <= now:
            came_by_itself = has_moved_up(row) or row.id in came_late
            _give_back(row, now, THE_HOUSE, Claim.State.EXPIRED, returns_turn=came_by_itself)
            (unused if came_by_itself else ended).append(row)
    put_out_texts(ended, "ran-out", now)
    put_out_texts(unused, "ran-out-unused", now)
    for tranche in tranches:
        pass_on(tranche, now)
    count = len(ended) + len(unused)
    if count:
        record(kind="release.claims.ran-out", actor=THE_HOUSE, now=now, data={"count": count})
    return count


@transaction.atomic
def tell_running_out(*, now: datetime, most: int = _TELL_SIZE) -> int:
    """
    Tell some of those whose right runs out within `RUNS_OUT_BEFORE` and was not fetched, once for each end; how many.

    Not of a right that came about later than that: whoever has just claimed knows.
    """
    due = Claim.objects.filter(
        ~is_told_to_run_out(), state__in=OPEN_STATES, keeps_until__gt=now, keeps_until__lte=now + RUNS_OUT_BEFORE,
        at__lte=F("keeps_until") - RUNS_OUT_BEFORE,
    )  # fmt: skip
    rows = list(due.order_by("keeps_until", "id").select_for_update(skip_locked=True, of=("self",))[:most])
    tell_rights(rows, "runs-out", now)
    return len(rows)


@transaction.atomic
def end_waiting(*, now: datetime) -> int:
    """Whoever waits or stands by in a release that has closed waits in vain, and is told so; how many there were."""
    waiting = Claim.objects.filter(
        state__in=(Claim.State.WAITING, Claim.State.STANDBY), tranche__release__state="CLOSED"
    )
    tranches = sorted(set(waiting.values_list("tranche", flat=True)))
    lock_rows(Tranche.objects.all(), tranches)
    ended = waiting.update(state=Claim.State.REFUSED, code="closed", decided_at=now)
    Tranche.objects.filter(id__in=tranches).update(standing=0)
    return ended


def judge_openings(*, now: datetime) -> int:
    """Judge the opening minutes that are over; how many claims there were. One transaction for each tranche."""
    judged = 0
    waiting = Claim.objects.filter(
        state=Claim.State.WAITING, tranche__opens_at__lte=now, tranche__opened_at=None, tranche__release__state="OPEN"
    )
    for tranche in sorted(set(waiting.values_list("tranche", flat=True))):
        with transaction.atomic():
            judged += admission.judge_opening(bare_connection(), tranche, now)
    return judged


def give(row: Claim, *, evidence: Sequence[EvidenceIn], actor: Actor, now: datetime, request_id: UUID) -> None:
    """The book's side of a handover, and the claim's. Locked by the caller; the same request again changes nothing."""
    own = derived_id("release.handover", row.id, request_id)
    if book.movements(ids=[own]):
        return
    _require_state(row, OPEN_STATES)
    refuse_run_out(row, now)
    refuse_not_disinfected([row])
    assert row.hold is not None
    purpose = purpose_of(row.tranche.release.office_id)  # who signed goes with the city's people
    hand_over(
        lines=[ledger.post_hold_line(book.hold(row.hold), id=own)],
        evidence=[replace(one, purpose=purpose) for one in evidence],
        actor=actor,
        document=row.tranche.document,
        reason=Reason.HANDOVER,
        request_id=own,
        now=now,
    )
    Claim.objects.filter(id=row.id).update(state=Claim.State.HANDED_OVER, decided_at=now)


def keep_contacts(*, now: datetime, most: int = _SWEEP_SIZE) -> int:
    """
    Put what the claim path sealed among the personal data of its city, one claim a transaction; how many there were.

    Of claims still waiting for their opening minute it stays sealed; of refused ones, all of a city's losers, it goes at once.
    """
    ContactUnderway.objects.filter(claim__state=Claim.State.REFUSED).delete()
    ready = ContactUnderway.objects.exclude(claim__state=Claim.State.WAITING).order_by("at", "claim")
    waiting = list(ready.values_list("claim", flat=True)[:most])
    for claim in waiting:
        with transaction.atomic():
            _keep_underway(claim, now)
    return len(waiting)


def _keep_underway(claim: UUID, now: datetime) -> None:
    found = ContactUnderway.objects.select_for_update().filter(claim=claim).first()
    if found is None:  # another worker was quicker, or the city has forgotten its people
        return
    row = Claim.objects.select_related("tranche__release").get(id=claim)
    if row.person is not None and row.state != Claim.State.REFUSED:
        purpose = purpose_of(row.tranche.release.office_id)
        with contextlib.suppress(Erased):
            contact = unseal_contact(found.sealed)
            party = keep_contact(purpose, bytes(row.person), contact, now)
            Claim.objects.filter(id=row.id).update(claimant=party)
            keep_devices({row.id: contact.device}, row.tranche_id, purpose)
    found.delete()


def keep_sealed(contacts: Mapping[UUID, str], now: datetime) -> None:
    """
    What a `contact_sealer` made of these claims' contacts, until `keep_contacts` takes it up; refused claims' are not kept.

    In the transaction in which they were admitted.
    """
    standing = Claim.objects.filter(id__in=contacts).exclude(state=Claim.State.REFUSED).values_list("id", flat=True)
    ContactUnderway.objects.bulk_create(
        (ContactUnderway(claim_id=claim, sealed=contacts[claim], at=now) for claim in standing), ignore_conflicts=True
    )


def contact_sealer(purpose: str, now: datetime) -> Callable[[Contact], str]:
    """Makes of contacts what `keep_contacts` opens, under the city's own key: once it forgets its people nobody does. Raises Erased."""
    seal = sealer(purpose=purpose, now=now)

    def sealed(contact: Contact) -> str:
        said = {name: text for name in _CONTACT if (text := getattr(contact, name))}
        return seal(orjson.dumps(said).decode())

    return sealed


def unseal_contact(sealed: str) -> Contact:
    """What a `contact_sealer` has sealed. Raises Erased."""
    return Contact(**{"document": "", "number": "", **json.loads(unseal(sealed))})


def keep_contact(purpose: str, tag: bytes, contact: Contact, now: datetime) -> UUID:
    """
    What texting and handing over need, enciphered under the city's purpose, with a name that is no name. The party.

    Its id is made under the purpose's own key: when that is gone, nobody finds the party by whose it was.
    number  of the contact: "" where a desk has seen the document and nothing of it is kept
    """
    mark = derived_id("release.person", marker(purpose=purpose, now=now)(tag).hex())
    lock_word(f"claimant {mark}")
    party = register_party(kind="PERSON", name=f"领取人 {mark.hex[:12]}", now=now, request_id=mark)
    data = {
        "DOCUMENT": number_of(contact.document, contact.number) if contact.number else "",
        "PHONE": phone_of(contact.phone),
        "NAME": contact.name.strip(),
        "ADDRESS": contact.address.strip(),
    }
    if contact.language == "en" or (contact.language and is_kept(party=party, what="LANGUAGE", purpose=purpose)):
        data["LANGUAGE"] = contact.language  # Chinese is kept only in another's place
    for what, value in data.items():
        if value:
            keep_datum(party=party, what=what, value=value, purpose=purpose, now=now)
    return party


def keep_devices(devices: Mapping[UUID, str], tranche: UUID, purpose: str) -> None:
    """By which browser or telephone each claim or entry came; nothing where that is not known."""
    tags = {id: tag for id, device in devices.items() if (tag := device_tag(purpose, device)) is not None}
    if tags:
        release = Tranche.objects.values_list("release", flat=True).get(id=tranche)
        rows = [Device(id=id, release_id=release, tag=tag) for id, tag in tags.items()]
        Device.objects.bulk_create(rows, ignore_conflicts=True)


def cancel_all(claims: Sequence[UUID], *, actor: Actor, now: datetime) -> int:
    """Cancel those of these claims that are still open, as one; how many. The caller has asked for the duty."""
    tranches = sorted(set(Claim.objects.filter(id__in=claims).values_list("tranche", flat=True)))
    lock_rows(Tranche.objects.all(), tranches)
    count = 0
    for row in lock_rows(Claim.objects.select_related("tranche__release"), claims):
        if row.state in CANCELLABLE:
            _give_back(row, now, actor, Claim.State.CANCELLED, returns_turn=True)
            count += 1
    for tranche in tranches:
        pass_on(tranche, now)
    return count


def _give_back(row: Claim, now: datetime, actor: Actor, state: Claim.State, *, returns_turn: bool) -> None:
    """End a claim's promise. The tranche and the claim are locked."""
    if row.state == Claim.State.STANDBY:
        Tranche.objects.filter(id=row.tranche_id).update(standing=F("standing") - 1)
    if row.state in TRAVELLING and returns_turn:
        return_turn(row)
    if row.state == Claim.State.LOST:
        put_out_texts([row], "ended", now)
    if row.state in OPEN_STATES:
        free_units(row)
        if row.slot_id is not None:
            Slot.objects.filter(id=row.slot_id).update(taken=F("taken") - 1)
        if returns_turn:
            return_turn(row)
        assert row.hold is not None
        hold = book.hold(row.hold)
        if hold.open:  # the book's own sweep may have been here first
            is_over = hold.expires_at is not None and hold.expires_at <= now
            ledger.post(
                lines=[ledger.expire_line(hold) if is_over else ledger.void_line(hold)],
                actor=actor,
                reason=Reason.EXPIRY if is_over else Reason.UNDO,
                document=row.tranche.document,
                request_id=new_id(),
                now=now,
            )
    Claim.objects.filter(id=row.id).update(state=state, decided_at=now)


def free_units(row: Claim) -> None:
    """
    The claim's units are nobody's any more; the tranche is locked.

    Its channel gives first what it had beyond its cap, so that nobody new takes their place; and it has never had less
    than nothing, also where winners of a rule that kept something for it were not counted.
    """
    Tranche.objects.filter(id=row.tranche_id).update(admitted=F("admitted") - row.units)
    own = Greatest(row.units - F("beyond"), 0, output_field=IntegerField())
    ChannelReserve.objects.filter(tranche=row.tranche_id, channel=row.channel).update(
        taken=Greatest(F("taken") - own, 0, output_field=IntegerField()),
        beyond=Greatest(F("beyond") - row.units, 0, output_field=IntegerField()),
    )


def pass_on(tranche: UUID, now: datetime, *, is_closing: bool = False) -> None:
    """What has become free is for those who stand by, while the release is open."""
    if Tranche.objects.filter(id=tranche, standing__gt=0, release__state="OPEN").exists():
        move_up(tranche, now, is_closing=is_closing)


def pass_on_kept(*, now: datetime) -> int:
    """
    What was kept for a channel is for those who stand by from its hour on; how many got some. One transaction for each tranche.

    Looks at every tranche that has something left, so that a minute in which nobody looked does no harm.
    """
    got = 0
    waited_for = Tranche.objects.filter(standing__gt=0, admitted__lt=F("units"), release__state="OPEN")
    for tranche in waited_for.order_by("id").values_list("id", flat=True):
        with contextlib.suppress(looking.NotOffered), transaction.atomic():  # closed since
            got += move_up(tranche, now)
    return got


def move_up(tranche: UUID, now: datetime, *, is_closing: bool = False) -> int:
    """Those who stand by get what is free, in their order, and are told so in the same transaction; how many got some."""
    got = admission.promote_standby(bare_connection(), tranche, now, is_closing=is_closing)
    tell_rights(list(Claim.objects.filter(id__in=got).order_by("id")), "moved-up", now)
    return len(got)


@transaction.atomic
def tell_moved_up(*, now: datetime, most: int = _TELL_SIZE) -> int:
    """
    Tell some of those to whom a right came while somebody else claimed: the claim path writes no messages. How many.

    Whoever moved up by `move_up` has been told in its transaction.
    """
    due = Claim.objects.filter(
        ~is_told_moved_up(), state__in=OPEN_STATES, standby_number__isnull=False, hold__isnull=False
    )
    rows = list(due.order_by("id").select_for_update(skip_locked=True, of=("self",))[:most])
    tell_rights(rows, "moved-up", now)
    return len(rows)


def return_turn(row: Claim) -> None:
    """
    The quota's row counts this claim no more, unless another turn has begun since.

    A turn in which nothing is left never began: kept, its first day would let the next right count as an older one.
    """
    for subject, start_on, tag in _turns(row):
        used = Used.objects.filter(scope=row.tranche.release.scope, subject=subject, tag=tag, start_on=start_on)
        used.update(units=F("units") - row.units, claims=F("claims") - 1)
        used.filter(claims=0).delete()


def take_turn_again(row: Claim) -> None:
    """What `return_turn` gave back is used after all, unless another turn has begun since."""
    for subject, start_on, tag in _turns(row):
        with connection.cursor() as cursor:
            cursor.execute(
                TAKE_AGAIN, [row.tranche.release.scope, subject, tag, start_on, row.units],
            )  # fmt: skip


def _turns(row: Claim) -> list[tuple[str, date, bytes]]:
    """Subject, first day and tag of each turn that this claim is counted in, as far as it is known yet."""
    tags = {
        Subject.HOUSEHOLD: row.household,
        Subject.PERSON: row.person,
        Subject.PHONE: row.phone,
        Subject.ADDRESS: row.address,
    }
    turns = ((subject, date.fromisoformat(on), tags[Subject(subject)]) for subject, on in sorted(row.windows.items()))
    return [(subject, start_on, bytes(tag)) for subject, start_on, tag in turns if tag is not None]


def refuse_waiting_addresses(rows: Sequence[Claim]) -> None:
    """Raises AddressWaits: the right stands, and waits until something can be brought there."""
    addresses: dict[UUID, set[bytes]] = defaultdict(set)
    for row in rows:
        if row.address is not None:
            addresses[row.tranche.release.office_id].add(bytes(row.address))
    for office, tags in addresses.items():
        waiting = VerifiedAddress.objects.filter(office=office, tag__in=tags).exclude(waits_why="")
        whys = sorted(set(waiting.values_list("waits_why", flat=True)))
        if whys:
            raise AddressWaits(
                f"To {waiting.count()} of these addresses nothing can be brought now ({'; '.join(whys)}). None was accepted; "
                "their rights stand and wait.",
                where="claims",
                found="; ".join(whys),
                expected="addresses to which things can be brought",
                cure="Leave them out; verify the address again once the way is open.",
            )


def lock_claim(claim: UUID) -> Claim:
    """The tranche first, as everybody does; then the claim."""
    tranche = Claim.objects.filter(id=claim).values_list("tranche", flat=True).first()
    if tranche is None:
        raise NotFound("There is no such claim; nothing was changed.", where=str(claim), cure="Open the list anew.")
    lock_row(Tranche.objects.all(), tranche)
    return lock_row(Claim.objects.select_related("tranche__release"), claim)


def _refuse_at_desk(row: Claim, *, is_brought: bool) -> None:
    """
    Raises RightRedeemed, IsBrought, PlaceUnknown: a desk hands this out otherwise, or not at all. Of what couriers brought back
    it does.
    """
    if row.state not in OPEN_STATES:
        return
    used = Redemption.objects.select_related("place").filter(claim=row).first()
    is_ordered = used is not None and used.channel == Redemption.Channel.ONLINE
    if is_brought and (is_ordered or _brings(row)):
        return
    if used is not None and row.keeps_until is None:
        raise redeemed_before(row, used)
    if used is None:
        refuse_brought(row)
    if used is None and row.tranche.shops:
        known = parties(ids=row.tranche.desks, most=len(row.tranche.desks))
        raise PlaceUnknown(
            "Several shops hand this out; which of them does is written down with it. Nothing was handed over.",
            where="at",
            found="?",
            expected="、".join(one.name for one in known),
            cure="Redeem the right at the shop.",
        )


def refuse_brought(row: Claim) -> None:
    """Raises IsBrought, unless couriers came in vain and it is kept at the desk since: else delivery is paid and nobody carries."""
    if row.keeps_until is None and _brings(row):
        raise IsBrought(
            "By its rule this is brought, and couriers have not given it back. Nothing was handed over.",
            where=str(row.id),
            found=row.state,
            expected="kept at the desk, since couriers came in vain",
            cure="Let the shop accept it and the couriers bring it. Once they came in vain and gave it back, it is handed out "
            "here; what own people brought to the door is written down as brought.",
        )


def _brings(row: Claim) -> bool:
    rule = row.tranche.release.rule
    return rule is not None and Rule.read(rule.body).is_brought


def told_at(moment: datetime) -> str:
    """As the office reads it: the house's day and minute."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def redeemed_before(row: Claim, used: Redemption) -> RightRedeemed:
    """Says where and when."""
    told = told_at(used.at)
    return RightRedeemed(
        f"This right was used already, {used.get_channel_display().lower()} at {used.place.name}, {told}. Nothing was given.",
        where=str(row.id),
        found=f"{used.channel} {used.place.name} {told}",
        expected="a right not used yet",
        cure="Show the person where and when; if it was not they, take it to the office.",
    )


def _require_state(row: Claim, allowed: Sequence[Claim.State]) -> None:
    if row.state not in allowed:
        raise ClaimMoved(
            "The claim is in another state; nothing was changed.",
            where=str(row.id),
            found=row.state,
            expected=", ".join(sorted(allowed)),
            cure="Look the claim up again.",
        )


def refuse_run_out(row: Claim, now: datetime) -> None:
    if row.keeps_until is not None and row.keeps_until <= now:
        raise ClaimRanOut(
            "The right was not fetched in time; it passes to those who stand by. Nothing was handed over.",
            where=str(row.id),
            found=row.keeps_until.isoformat(),
            cure="The person may claim again in the next turn.",
        )


def require_hands(actor: Actor, tranche: Tranche) -> None:
    """Raises NotYourPlace where the actor works at none of the desks that hand this out."""
    if not any(actor.may_any(*HANDS, at=desk) for desk in tranche.desks):
        actor.require(*HANDS, at=tranche.stands_at)


def refuse_proxy(row: Claim) -> None:
    """Raises ProxyNotAllowed where the rule gives it to the claimant alone."""
    body = Release.objects.filter(id=row.tranche.release_id).values_list("rule__body", flat=True).first()
    if body is None or not Rule.read(body).proxies:
        raise ProxyNotAllowed(
            "The rule of this release gives it to the claimant in person; nothing was handed over.",
            where="taker",
            found="a proxy",
            expected="the claimant",
            cure="Ask the claimant to come with the document.",
        )


def bare_connection() -> psycopg.Connection[Any]:
    """The psycopg connection of the transaction that Django has open."""
    connection.ensure_connection()
    return cast("psycopg.Connection[Any]", connection.connection)
