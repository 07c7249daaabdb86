"""
Claims that are brought: what waits to be brought, and what becomes of a claim while others carry its goods.

Whoever carries them is a room above; it asks what is due and tells each step in the transaction in which the book moves the
goods, so that a claim and its hold never say two things. The claim's own hold is what travels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from baogong.engine.release import Rule
from baogong.journal.locks import lock_rows
from baogong.journal.promises import AddressOf, PromiseDue
from baogong.journal.services import record
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef, HoldView
from baogong.ledger.states import Reason, State
from baogong.people.services.identity import reveal_for_work
from baogong.release.codes import entry_number
from baogong.release.errors import ClaimMoved, NothingLeftToBring
from baogong.release.identity import address_tag, purpose_of
from baogong.release.models import Claim, ContactUnderway, Redemption, Tranche
from baogong.release.offers import has_moved_up, later_of, to_bring, why_not_reached
from baogong.release.services.claims import DESK, free_units, pass_on, return_turn
from baogong.release.services.disinfecting import refuse_not_disinfected
from baogong.release.services.texts import put_out_texts, tell_office

ENDED = (Claim.State.CANCELLED, Claim.State.EXPIRED)
DUE_MAX = 5_000
SHOWN_MAX = 50  # entry numbers in one event


def deliveries_due(office: UUID, *, ids: Collection[UUID] | None = None) -> tuple[PromiseDue, ...]:
    """Claims of the office that its shops have accepted and that are brought, the first promised first. None is any."""
    rows = to_bring().filter(tranche__release__office=office).select_related("tranche__release__rule")
    if ids is not None:
        rows = rows.filter(id__in=ids)
    rows = rows.annotate(waits_why=Coalesce(why_not_reached("tranche__release__office"), Value("")))
    return tuple(_due(row) for row in rows.order_by(F("due_at").asc(nulls_last=True), "id")[:DUE_MAX])


def _due(row: Claim) -> PromiseDue:
    rule = _rule(row)
    assert row.hold is not None
    return PromiseDue(
        id=row.id,
        code=entry_number(row.id),
        office=row.tranche.release.office_id,
        city=rule.city,
        hold=row.hold,
        lot=row.tranche.lot_id,
        item=row.tranche.release.item_id,
        amount=row.units,
        handover=rule.handover,
        visits_max=rule.visits_max,
        due_at=row.due_at,
        waits_why=getattr(row, "waits_why", ""),
    )


def addresses_for_work(
    *, office: UUID, claims: Collection[UUID], why: str, actor: Actor, now: datetime, known_since: datetime
) -> tuple[AddressOf, ...]:
    """
    The addresses of these claims in clear, read once for the work they are kept for; who read them when and why stays.

    Claims whose contact the worker has still to keep are left out: they come with the next call.
    Raises NotYourPlace.
    """
    actor.require(*DESK, at=office)
    purpose = purpose_of(office)
    rows = list(Claim.objects.filter(id__in=claims, tranche__release__office=office).order_by("id"))
    underway = set(ContactUnderway.objects.filter(claim__in=[row.id for row in rows]).values_list("claim", flat=True))
    rows = [row for row in rows if row.id not in underway]
    texts = reveal_for_work(
        parties={row.claimant_id for row in rows if row.claimant_id is not None},
        what="ADDRESS",
        purpose=purpose,
        actor=actor,
        now=now,
        why=why,
        known_since=known_since,
    )
    found = []
    for row in rows:
        text = texts.get(row.claimant_id, "") if row.claimant_id else ""
        if not text:
            found.append(AddressOf(row.id, "", "NONE"))
        # One person, one address in force: a later claim may have been made with another than this one was judged by.
        elif row.address is not None and address_tag(purpose, text) != bytes(row.address):
            found.append(AddressOf(row.id, text, "MOVED"))
        else:
            found.append(AddressOf(row.id, text))
    return tuple(found)


def purposes_of(claims: Collection[UUID]) -> dict[UUID, str]:
    """For what the people of these claims' city are kept; one look for each city."""
    purpose = cache(purpose_of)
    rows = Claim.objects.filter(id__in=claims).values_list("id", "tranche__release__office")
    return {claim: purpose(office) for claim, office in rows}


# What the carrying room tells, in its own transaction.


def lock(claims: Collection[UUID]) -> None:
    """Until the transaction ends they are the caller's: before the book, for who moves their goods first and tells it then."""
    _locked(claims)


def leave_shop(claims: Collection[UUID], now: datetime) -> None:
    """
    The goods of these claims go on their way.

    Raises ClaimMoved where a shop has not taken one on, or it has ended; NotDisinfected where the rule asks for that.
    """
    rows = _locked(claims)
    for row in rows:
        if row.state != Claim.State.ACCEPTED or row.keeps_until is not None:
            raise ClaimMoved(
                f"Claim {entry_number(row.id)} is “{row.get_state_display()}”; its goods cannot go on their way. Nothing was "
                "changed.",
                where=entry_number(row.id),
                found=row.state,
                expected=Claim.State.ACCEPTED.value,
                cure="Let the shop accept it first; leave out what was given up.",
            )
    refuse_not_disinfected(rows)
    Claim.objects.filter(id__in=[row.id for row in rows]).update(state=Claim.State.UNDERWAY, decided_at=now)
    put_out_texts(rows, "underway", now)


def ended(claims: Collection[UUID]) -> set[UUID]:
    """Those of which nobody gets anything any more: given up, or run out."""
    return set(Claim.objects.filter(id__in=claims, state__in=ENDED).values_list("id", flat=True))


def refuse_ended(claims: Collection[UUID]) -> None:
    """Locks them until the transaction ends, so that none ends between this look and its handover. Raises ClaimMoved."""
    for row in _locked(claims):
        if row.state in ENDED:
            raise ClaimMoved(
                f"Claim {entry_number(row.id)} is “{row.get_state_display()}”: its goods are nobody's to have. Nothing was "
                "changed.",
                where=entry_number(row.id),
                found=row.state,
                expected=Claim.State.UNDERWAY.value,
                cure="Bring it back to the station, which gives it back to the release.",
            )


def come_down(claims: Mapping[UUID, Mapping[str, Any]], now: datetime) -> None:
    """A courier sets out with them; claim → when and where to come down."""
    for row in Claim.objects.filter(id__in=claims).order_by("id"):
        told = claims[row.id]
        put_out_texts([row], "come-down", now, once=str(told.get("round", "")), **told)


def arrive(claims: Collection[UUID], now: datetime) -> None:
    """They are in their claimants' hands; the caller has posted the hold that travelled."""
    Claim.objects.filter(id__in=claims, state=Claim.State.UNDERWAY).update(
        state=Claim.State.HANDED_OVER, decided_at=now
    )


def go_on(claims: Collection[UUID], now: datetime) -> None:
    """What `arrive` told was taken back: they are on their way again."""
    Claim.objects.filter(id__in=claims, state=Claim.State.HANDED_OVER).update(
        state=Claim.State.UNDERWAY, decided_at=now
    )


def go_missing(claims: Collection[UUID], *, actor: Actor, now: datetime) -> None:
    """
    Nobody finds their goods any more. What is still wanted waits for the office, which is told: it brings other goods, or
    ends it.

    The units stay counted in their tranches: they are nobody's to be promised again.
    """
    rows = [row for row in _locked(claims) if row.state == Claim.State.UNDERWAY]
    Claim.objects.filter(id__in=[row.id for row in rows]).update(state=Claim.State.LOST, decided_at=now)
    by_office: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for row in rows:
        put_out_texts([row], "lost", now, once=str(row.hold))
        by_office[row.tranche.release.office_id].append(row)
    for office, its in sorted(by_office.items()):
        facts = {"count": len(its), "entry_numbers": [entry_number(row.id) for row in its[:SHOWN_MAX]]}
        tell_office(office, "release.claims.lost", f"lost {its[0].id} {its[0].hold}", facts, now)
        record(kind="release.claims.lost", actor=actor, now=now, subject=office, data=facts)


def come_to_light(claims: Collection[UUID], now: datetime) -> None:
    """Goods written off as lost are there after all: whoever still waits gets them. What was ended stays so."""
    rows = [row for row in _locked(claims) if row.state == Claim.State.LOST]
    Claim.objects.filter(id__in=[row.id for row in rows]).update(state=Claim.State.UNDERWAY, decided_at=now)
    for row in rows:
        put_out_texts([row], "found", now, once=str(now))


def bring_again(claim: UUID, *, actor: Actor, now: datetime, request_id: UUID) -> PromiseDue:
    """
    Other units of its tranche are promised to a claim whose goods were lost; it is to be brought like any that was accepted.

    Raises NotYourPlace, ClaimMoved (nothing of it was lost), NothingLeftToBring, NotFound.
    """
    rows = _locked([claim])
    if not rows:
        raise NotFound("There is no such claim; nothing was changed.", where=str(claim), cure="Open the list anew.")
    (row,) = rows
    release, tranche = row.tranche.release, row.tranche
    actor.require(*DESK, at=release.office_id)
    if row.state != Claim.State.LOST:
        raise ClaimMoved(
            f"Claim {entry_number(row.id)} is “{row.get_state_display()}”: nothing of it was lost. Nothing was changed.",
            where=entry_number(row.id),
            found=row.state,
            expected=Claim.State.LOST.value,
            cure="Open the list anew.",
        )
    free = tranche.units - tranche.admitted
    if free < row.units:
        raise NothingLeftToBring(
            f"{free} of this stock are free; {row.units} were lost and are asked for once more. Nothing was changed.",
            where=entry_number(row.id),
            found=free,
            expected=row.units,
            cure="Wait for what others give up, or end the claim and give back what was paid.",
        )
    own = derived_id("release.again", row.id, request_id)
    offered = AccountRef(release.holder_id, State.OFFERED)
    handed = AccountRef(release.holder_id, State.HANDED_OVER)
    ledger.post(
        lines=[ledger.hold_line(offered, handed, tranche.lot_id, row.units, id=own)],
        actor=actor,
        reason=Reason.CLAIM,
        document=tranche.document,
        request_id=own,
        now=now,
    )
    Tranche.objects.filter(id=tranche.id).update(admitted=F("admitted") + row.units)
    rule, is_ordered = _rule(row), Redemption.objects.filter(claim=row, channel=Redemption.Channel.ONLINE).exists()
    row.due_at = rule.brought_by(now) if is_ordered else rule.due_at(now)
    row.state, row.hold, row.decided_at = Claim.State.ACCEPTED, own, now
    row.save(update_fields=["state", "hold", "decided_at", "due_at"])
    put_out_texts([row], "again", now, once=str(own))
    return _due(row)


def offered_by(claims: Collection[UUID]) -> dict[UUID, AccountRef]:
    """Claim → the account its goods were offered from, and go back to."""
    rows = Claim.objects.filter(id__in=claims).values_list("id", "tranche__release__holder")
    return {id: AccountRef(holder, State.OFFERED) for id, holder in rows}


def come_back(claims: Mapping[UUID, HoldView], *, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    Goods that no courier brings any more are back where they were offered; claim → the hold that ended on the way.

    What was given up is free again. Of others the rule decides: the right is kept at the desk and its hold goes on there,
    or it has run out and passes to who stands by.
    """
    freed = []
    for row in _locked(claims):
        rule, hold = _rule(row), claims[row.id]
        if row.state == Claim.State.UNDERWAY and rule.in_vain == "DESK":
            until, own = rule.kept_at_desk_until(rule.day_of(now)), derived_id("release.kept", row.id, request_id)
            offered = AccountRef(row.tranche.release.holder_id, State.OFFERED)
            handed = AccountRef(row.tranche.release.holder_id, State.HANDED_OVER)
            ledger.post(
                lines=[
                    ledger.hold_line(offered, handed, hold.lot, row.units, id=own, expires_at=until, continues=hold.id)
                ],
                actor=actor,
                reason=Reason.CLAIM,
                document=row.tranche.document,
                request_id=own,
                now=now,
            )
            row.state, row.hold, row.keeps_until = Claim.State.ACCEPTED, own, until
            Claim.objects.filter(id=row.id).update(state=row.state, hold=own, keeps_until=until, decided_at=now)
            put_out_texts([row], "at-desk", now, until=until)
            continue
        if row.state == Claim.State.UNDERWAY:
            if has_moved_up(row) or later_of([row.id]):
                return_turn(row)
            Claim.objects.filter(id=row.id).update(state=Claim.State.EXPIRED, decided_at=now)
            put_out_texts([row], "in-vain", now)
        free_units(row)
        freed.append(row.tranche_id)
    for tranche in sorted(set(freed)):
        pass_on(tranche, now)


def _locked(claims: Iterable[UUID]) -> list[Claim]:
    """Tranches first, as everybody does; then the claims. By id."""
    wanted = set(claims)
    lock_rows(Tranche.objects.all(), set(Claim.objects.filter(id__in=wanted).values_list("tranche", flat=True)))
    return lock_rows(Claim.objects.select_related("tranche__release__rule"), wanted)


_rules: dict[UUID, Rule] = {}  # versions are never edited


def _rule(row: Claim) -> Rule:
    version = row.tranche.release.rule
    assert version is not None  # nothing is claimed of a draft
    if version.id not in _rules:
        _rules[version.id] = Rule.read(version.body)
    return _rules[version.id]
