"""A right is used once: in a shop or online, whichever was first; a shop's list may tell of it later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, IntegerField
from django.db.models.functions import Greatest, Least

from baogong.engine.release import Mode, Rule
from baogong.journal.queries import events
from baogong.journal.services import EvidenceIn, record, recorded
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.queries.parties import parties
from baogong.people.services import desk, identity
from baogong.people.services.desk import FoundDocument
from baogong.release.codes import entry_number
from baogong.release.errors import ClaimMoved, ContactNeeded, NoSuchRight, PlaceUnknown, UnitsGivenOn
from baogong.release.identity import address_tag, person, phone_of, phone_tag, purpose_of
from baogong.release.looking import NotOffered
from baogong.release.models import ChannelReserve, Claim, ContactUnderway, Redemption, Tranche
from baogong.release.offers import has_moved_up, later_of
from baogong.release.services.caps import refuse_order_beyond_cap
from baogong.release.services.claims import (
    DESK,
    HANDS,
    OPEN_STATES,
    Contact,
    give,
    keep_contact,
    keep_devices,
    lock_claim,
    redeemed_before,
    refuse_brought,
    refuse_proxy,
    refuse_run_out,
    refuse_waiting_addresses,
    require_hands,
    take_turn_again,
    told_at,
)
from baogong.release.services.texts import put_out_texts, tell_office

Channel = Redemption.Channel
LOOKED_UP_TO = "名额代下单 · a right to be ordered for its person"


def right_of(*, tranche: UUID, document: str, number: str) -> UUID | None:
    """
    The claim in force, or used already, of whom this document names; None: this person has no right here.

    Asks for no duty: whoever calls has shown theirs. Raises PersonUnusable, NotFound.
    """
    tag = person(_office_of(tranche), document=document, number=number).person
    return right_of_tag(tranche, tag)


def _office_of(tranche: UUID) -> UUID:
    office = Tranche.objects.filter(id=tranche).values_list("release__office", flat=True).first()
    if office is None:
        raise NotFound("There is no such tranche.", where=str(tranche), cure="Choose one on offer.")
    return office


def right_of_tag(tranche: UUID, tag: bytes) -> UUID | None:
    states = (*OPEN_STATES, Claim.State.UNDERWAY, Claim.State.LOST, Claim.State.HANDED_OVER, Claim.State.EXPIRED)
    rows = Claim.objects.filter(tranche=tranche, person=tag, state__in=states)
    return rows.order_by("decided_at", "id").values_list("id", flat=True).last()


@transaction.atomic
@recorded("release.right.redeemed")
def redeem(
    *,
    claim: UUID,
    channel: str,
    at_place: UUID,
    evidence: Sequence[EvidenceIn] = (),
    by_proxy: bool = False,
    used_at: datetime | None = None,
    document: UUID | None = None,
    contact: Contact | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> None:
    """
    Use a right: SHOP hands the units over now, ONLINE takes the order on, to be brought.

    at_place  the shop, or who sends it; used_at: when a list tells it only now; document: that list, evidence by itself
    evidence  SHOP: what shows into whose hands, the claimant's or the proxy's
    contact   ONLINE: to whom and where it is brought; None where the claim came with an address. Its number, where there is
              one, is the right's own; the rule's `within_h` promises it from then on. The rule's `claims_per_clerk_max` is
              also the most that one clerk orders
    It is judged by the moment it was used. What ran out in the book before anybody told is promised to it once more: out of
    what is free, or of what went back to the store.
    Raises NotYourPlace, RightRedeemed (in this or the other channel, before), IsBrought, ClaimMoved, ClaimRanOut, UnitsGivenOn,
    PlaceUnknown, ProxyNotAllowed, ContactNeeded, NoSuchRight, PersonUnusable, AddressWaits, ClerkCapReached, journal's
    NoEvidence, NotFound.
    """
    row = lock_claim(claim)
    office = row.tranche.release.office_id
    if channel == Channel.SHOP:
        require_hands(actor, row.tranche)
    else:
        actor.require(*DESK, at=office)
    used = used_at or now
    if used > now or channel not in Channel.values:
        raise ClaimMoved(
            "A right is used in a shop or online, and not in days to come; nothing was changed.",
            where=str(claim), found=channel, expected=", ".join(Channel.values), cure="Correct the line.",
        )  # fmt: skip
    _refuse_unknown_place(row.tranche, channel, at_place)
    if channel == Channel.SHOP:  # nobody hands out in the name of another shop
        actor.require(*HANDS, at=at_place)
    refuse_redeemed(row)
    if document is not None:
        _refuse_taken_back(row, at_place, used)
    refuse_outside(row, used)
    if channel == Channel.SHOP and _rule_of(row.tranche).mode is not Mode.IMPORTED:
        refuse_brought(row)
    if by_proxy:
        refuse_proxy(row)
    if channel == Channel.ONLINE:
        refuse_order_beyond_cap(row, actor)
        _keep_contact(row, contact, now)
    if has_run_out(row, now):
        _promise_again(row, document=document, actor=actor, now=now)
    Redemption.objects.create(
        claim=row,
        channel=channel,
        place_id=at_place,
        at=used,
        recorded_at=now,
        recorded_by_id=actor.person_id,
        document=document,
    )
    if channel == Channel.SHOP:
        told = [*evidence, EvidenceIn("NOTE", text=f"{document}")] if document else evidence
        give(row, evidence=told, actor=actor, now=now, request_id=request_id)
    else:
        _keep_for_delivery(row, used=used, document=document, actor=actor, now=now)
    record(
        kind="release.right.redeemed",
        actor=actor,
        now=now,
        subject=row.id,
        document=document,
        data={"channel": str(channel), "units": row.units},
    )


def refuse_outside(row: Claim, used: datetime) -> None:
    """Raises ClaimMoved, ClaimRanOut: the right was not there to be used at that moment."""
    if row.state not in (*OPEN_STATES, Claim.State.EXPIRED) or (
        row.state == Claim.State.EXPIRED and not row.keeps_until
    ):
        raise ClaimMoved(
            "The claim is in another state; nothing was changed.",
            where=str(row.id),
            found=row.state,
            expected=", ".join(sorted(OPEN_STATES)),
            cure="Look the claim up again.",
        )
    if used < row.at.replace(second=0, microsecond=0):  # a shop's list is written to the minute
        raise ClaimMoved(
            "The right came about later than that; nothing was changed.",
            where=str(row.id),
            found=told_at(used),
            expected=f"{told_at(row.at)} or later",
            cure="Ask whoever wrote it for the day and the time.",
        )
    refuse_run_out(row, used)


def has_run_out(row: Claim, now: datetime) -> bool:
    """Whether the book holds nothing for it any more, or must not."""
    return row.state == Claim.State.EXPIRED or (row.keeps_until is not None and row.keeps_until <= now)


def refuse_given_on(row: Claim) -> int:
    """
    How many of its units come out of the store once more, for a right that ended; the others are free in its tranche.

    Raises UnitsGivenOn: too few are free, and too few went back.
    """
    tranche = row.tranche
    lacking = max(0, row.units - (tranche.units - tranche.admitted)) if row.state == Claim.State.EXPIRED else 0
    if lacking:
        store = book.balances(holders=[tranche.source_id], states=[State.AVAILABLE], lots=[tranche.lot_id])
        if lacking > min(tranche.taken_back, sum(view.free for view in store)):
            raise UnitsGivenOn(
                "It was given within its time, and its units were promised to others before anybody told. Nothing was "
                "changed.",
                where=str(row.id),
                found=row.units - lacking,
                expected=row.units,
                cure="Somebody of the office decides whose units these are; once enough are free, look at this line again.",
            )
    return lacking


@transaction.atomic
def tell_given_on(claim: UUID, *, actor: Actor, now: datetime) -> None:
    """The office is told, once for each right, of one used in time whose units were promised on before anybody told."""
    row = Claim.objects.select_related("tranche__release").get(id=claim)
    facts = {"count": 1, "entry_numbers": [entry_number(row.id)], "units": row.units}
    tell_office(row.tranche.release.office_id, "release.right.given-on", f"given on {row.id}", facts, now)
    record(kind="release.right.given-on", actor=actor, now=now, subject=row.tranche_id, data=facts)


def _promise_again(row: Claim, *, document: UUID | None, actor: Actor, now: datetime) -> None:
    """
    The right was used in time and ran out before anybody told: the book goes on where its hold ended. Locked by the caller.

    Raises UnitsGivenOn.
    """
    tranche, release = row.tranche, row.tranche.release
    assert row.hold is not None
    hold, lacking = book.hold(row.hold), refuse_given_on(row)
    offered, handed = AccountRef(release.holder_id, State.OFFERED), AccountRef(release.holder_id, State.HANDED_OVER)
    again = derived_id("release.promised-again", row.id, hold.id)
    under = document or tranche.document
    if hold.open:
        ledger.post(
            lines=[ledger.expire_line(hold)], actor=actor, reason=Reason.EXPIRY, document=under,
            request_id=derived_id(again, "expired"), now=now,
        )  # fmt: skip
    if lacking:
        store = AccountRef(tranche.source_id, State.AVAILABLE)
        ledger.post(
            lines=[ledger.post_line(store, offered, tranche.lot_id, lacking)], actor=actor, reason=Reason.RELEASE,
            document=under, request_id=derived_id(again, "out of the store"), now=now,
        )  # fmt: skip
    ledger.post(
        lines=[ledger.hold_line(offered, handed, tranche.lot_id, row.units, id=again, continues=hold.id)],
        actor=actor, reason=Reason.CLAIM, document=under, request_id=again, now=now,
    )  # fmt: skip
    if row.state == Claim.State.EXPIRED:
        if has_moved_up(row) or later_of([row.id]):
            take_turn_again(row)
        Tranche.objects.filter(id=tranche.id).update(
            units=F("units") + lacking, taken_back=F("taken_back") - lacking, admitted=F("admitted") + row.units
        )
        has = F("taken") + row.units
        ChannelReserve.objects.filter(tranche=tranche, channel=row.channel).update(
            taken=Least(has, F("units_max"), output_field=IntegerField()),
            beyond=F("beyond") + Greatest(has - F("units_max"), 0, output_field=IntegerField()),
        )
        row.slot = None  # its place there is another's, or over
    row.state, row.hold, row.keeps_until, row.decided_at = Claim.State.ACCEPTED, again, None, now
    row.save(update_fields=["state", "hold", "keeps_until", "decided_at", "slot"])


def _refuse_unknown_place(tranche: Tranche, channel: str, at_place: UUID) -> None:
    """Raises PlaceUnknown, which names the places there are."""
    known = tranche.desks if channel == Channel.SHOP else tranche.senders
    if at_place not in known:
        names = [one.name for one in parties(ids=known, most=len(known))]
        raise PlaceUnknown(
            "This stock is not handed out or sent from there. Nothing was changed.",
            where="at",
            found=next((one.name for one in parties(ids=[at_place], most=1)), str(at_place)),
            expected="、".join(names),
            cure="Name one of these places.",
        )


def _keep_for_delivery(row: Claim, *, used: datetime, document: UUID | None, actor: Actor, now: datetime) -> None:
    """An order was taken on: the right is used, so it runs out no more while the goods are on their way."""
    assert row.hold is not None
    hold = book.hold(row.hold)
    if hold.expires_at is not None:
        ledger.post(
            lines=[ledger.extend_line(hold, None)],
            actor=actor,
            reason=Reason.EXTENSION,
            document=document or row.tranche.document,
            request_id=derived_id("release.redeemed", row.id),
            now=now,
        )
    row.state, row.decided_at, row.keeps_until = Claim.State.ACCEPTED, now, None
    row.due_at = _rule_of(row.tranche).brought_by(used)
    row.save(update_fields=["state", "decided_at", "keeps_until", "due_at"])
    put_out_texts([row], "accepted", now)


def _keep_contact(row: Claim, contact: Contact | None, now: datetime) -> None:
    """
    Whom it is brought to, kept as ordinary claims' contacts are; nothing new where the claim came with an address.

    Raises ContactNeeded, PersonUnusable, AddressWaits.
    """
    purpose = purpose_of(row.tranche.release.office_id)
    if contact is None:
        is_reached = row.claimant_id is not None or ContactUnderway.objects.filter(claim=row).exists()
        if row.address is None or not is_reached:
            raise _needed("name, telephone, address")
        refuse_waiting_addresses([row])
        return
    lacking = [what for what in ("name", "phone", "address") if not getattr(contact, what).strip()]
    if lacking or row.person is None:
        raise _needed(", ".join(lacking))
    phone, address = phone_of(contact.phone), address_tag(purpose, contact.address)
    if contact.number:
        who = person(row.tranche.release.office_id, purpose=purpose, document=contact.document, number=contact.number)
        if who.person != bytes(row.person):
            raise NoSuchRight(
                "This right is not that document’s. Nothing was changed.",
                where="number",
                cure="Read the number once more, and look the right up by it.",
            )
    # What quotas counted stays as it was: where the list named another address, a person settles which it is.
    row.address, row.phone = row.address or address, row.phone or phone_tag(purpose, phone)
    refuse_waiting_addresses([row])
    row.claimant_id = keep_contact(purpose, bytes(row.person), contact, now)
    row.save(update_fields=["address", "phone", "claimant"])
    keep_devices({row.id: contact.device}, row.tranche_id, purpose)


def _needed(what: str) -> ContactNeeded:
    return ContactNeeded(
        "What is ordered online is brought: whose it is and where to is needed. Nothing was ordered.",
        where="contact",
        found="",
        expected=what,
        cure="Ask for the name, a telephone and the address: street, building, unit, door.",
    )


def own_right(*, tranche: UUID, contact: Contact, channel: str = "WEB") -> UUID:
    """
    The claim of whom this document names, for the person alone: the telephone is the one the list told, or of an earlier order.

    A number is read off a copied document: alone it opens nothing, and of whom the list told no telephone none is found. At the
    counter (`channel` CLERK) the document itself was seen, and no telephone is asked; by PHONE it is as for the person alone.
    Asks for no duty; the caller paces who asks. Raises NoSuchRight, PersonUnusable, NotFound.
    """
    phone = phone_of(contact.phone)
    claim = right_of(tranche=tranche, document=contact.document, number=contact.number)
    row = Claim.objects.select_related("tranche__release").get(id=claim) if claim is not None else None
    told = bytes(row.phone) if row is not None and row.phone else None
    is_own = row is not None and told == phone_tag(purpose_of(row.tranche.release.office_id), phone)
    if row is None or not (is_own or channel == "CLERK"):
        raise NoSuchRight(
            "No right here is this document’s and this telephone’s.",
            where="number",
            cure="Read both once more; write the telephone that was given when the right was applied for. Where none was given, "
            "show the document where it is fetched, or at the office’s counter, which orders for you.",
        )
    return row.id


def look_up_right(*, tranche: UUID, contact: Contact, channel: str, actor: Actor, now: datetime) -> UUID:
    """
    As `own_right`, for a clerk who is going to order it; under whose name each look stays, found or not, with no word of whom.

    Not in a transaction: each try counts. Raises NotYourPlace, NoSuchRight, PersonUnusable, NotFound.
    """
    office = _office_of(tranche)
    actor.require(*DESK, at=office)
    found: UUID | None = None
    try:
        found = own_right(tranche=tranche, contact=contact, channel=channel)
    finally:
        identity.keep_act(
            identity.Act.LOOK_UP, actor, now, purpose=purpose_of(office), why=LOOKED_UP_TO,
            found_count=int(found is not None),
        )  # fmt: skip
    return found


@transaction.atomic
def order_online(
    *,
    tranche: UUID,
    contact: Contact,
    channel: str = "WEB",
    actor: Actor | None = None,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Who was chosen has it brought. Returns the claim's id.

    actor  who types it at the counter (`channel` CLERK) or on the telephone (PHONE): CLERK or COMMAND of the office; None: the
           resident, by document and telephone
    Raises NotOffered (the rule brings nothing), and as `own_right` and `redeem`.
    """
    row = Tranche.objects.select_related("release__rule").get(id=tranche)
    if actor is None:
        actor, channel = THE_HOUSE, "WEB"
    actor.require(*DESK, at=row.release.office_id)
    claim = own_right(tranche=tranche, contact=contact, channel=channel)
    if not _rule_of(row).takes_orders:
        raise NotOffered(
            "Of this release nothing is brought; it is fetched. Nothing was ordered.",
            where=row.release.code,
            cure="Show the document where it is fetched.",
        )
    redeem(
        claim=claim, channel=Channel.ONLINE, at_place=row.stands_at, contact=contact, actor=actor, now=now,
        request_id=request_id,
    )  # fmt: skip
    return claim


def _rule_of(tranche: Tranche) -> Rule:
    assert tranche.release.rule is not None  # nothing is put out of a draft
    return Rule.read(tranche.release.rule.body)


def refuse_redeemed(row: Claim) -> None:
    """Raises RightRedeemed, which says where and when. The claim is locked."""
    used = Redemption.objects.select_related("place").filter(claim=row).first()
    if used is not None:
        raise redeemed_before(row, used)


def taken_back(claim: UUID, place: UUID, used: datetime) -> datetime | None:
    """When that shop took back what it had handed over by then; None: it did not. Its own list may tell of that still."""
    back = events(kinds=["release.claim.undone"], subject=claim, since=used)
    return next((one.at for one in back if one.data.get("place") == str(place)), None)


def _refuse_taken_back(row: Claim, place: UUID, used: datetime) -> None:
    """Raises ClaimMoved."""
    back = taken_back(row.id, place, used)
    if back is not None:
        raise ClaimMoved(
            "The shop took that handover back; its list tells of it still. Nothing was changed.",
            where=str(row.id),
            found=f"已撤回 · taken back {told_at(back)}",
            expected="a handover that stands",
            cure="Ask the shop to whom it gave these units; what was given is handed over at its desk.",
        )


def look_up_claimant(
    *, office: UUID, last_four: str, why: str, actor: Actor, now: datetime, paced_at: datetime
) -> tuple[FoundDocument, ...]:
    """
    Whose documents, among the claimants of this city, end in these four: its own staff may look, and no other city's.

    Not in a transaction: each try counts. Raises as `people.services.desk.look_up`.
    """
    return desk.look_up(
        last_four=last_four,
        purpose=purpose_of(office),
        why=why,
        actor=actor,
        now=now,
        paced_at=paced_at,
        at=office,
    )
