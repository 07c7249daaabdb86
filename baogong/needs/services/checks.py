"""Verifying a need: an act with how, by whom, when; and its opposites, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.needs.errors import NumberMissing, ReasonMissing
from baogong.needs.models import Check, Contact, Need
from baogong.needs.services.reach import require_at
from baogong.needs.services.requests import FRESH_FOR, open_need
from baogong.needs.services.ties import TIES, doubt_doubles
from baogong.people.queries.merges import houses
from baogong.supply.requests import content_of, made_before

Outcome, How = Check.Outcome, Check.How


@transaction.atomic
@recorded("needs.need.checked")
def check(
    *,
    need: UUID,
    outcome: str,
    how: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    contact: UUID | None = None,
    why: str = "",
) -> UUID:
    """
    What came of looking at a need; returns the check's id.

    outcome   VERIFIED (also says that it still holds), UNREACHED, WRONG, FAKE: a value of `Check.Outcome`
    how       a value of `Check.How`
    contact   the number that was rung
    why       what is wrong; for RANG_BACK without a contact, which number it was

    WRONG takes the verification back and keeps the need out of shares until it is verified again; FAKE ends it. What is
    promised stays promised until it is undone. Raises NumberMissing, ReasonMissing, NeedClosed, NotYourPlace,
    RequestIdReused; none leaves a trace.
    """
    if outcome == Outcome.FAKE:
        lock_word(TIES)
    row = open_need(need)
    require_at(actor, row.receiver_id)
    if outcome not in Outcome.values or how not in How.values or how == How.KEPT_ENDED:
        raise UnusableInput(
            "This is no way to verify a need; nothing was changed.",
            found=f"{outcome}, {how}",
            expected=[*Outcome.values, *How.values],
        )
    content = content_of(need=need, outcome=outcome, how=how, contact=contact, why=why)
    earlier = made_before(Check, request_id, content)
    if earlier is not None:
        return earlier.id
    why = why.strip()[:240]
    _refuse_unsaid(row, outcome, how, contact, why)
    made = Check.objects.create(
        request_id=request_id,
        content=content,
        need=row,
        outcome=outcome,
        how=how,
        contact_id=contact,
        proof=row.proof,
        why=why,
        at=now,
        by_id=actor.person_id,
        by_name=actor.name,
    )
    _apply(row, outcome, how, why, actor, now)
    record(
        kind="needs.need.checked",
        actor=actor,
        now=now,
        subject=row.receiver_id,
        document=row.proof,
        data={"need": str(need), "outcome": outcome, "how": how, "why": why},
    )
    return made.id


@transaction.atomic
def check_all(
    *,
    needs: Sequence[UUID],
    outcome: str,
    how: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    contact: UUID | None = None,
    why: str = "",
) -> tuple[UUID, ...]:
    """One call settles several needs of a receiver alike: all or none. Raises what `check` raises."""
    return tuple(
        check(
            need=need,
            outcome=outcome,
            how=how,
            contact=contact,
            why=why,
            actor=actor,
            now=now,
            request_id=derived_id("check", request_id, need),
        )
        for need in sorted(set(needs))
    )


def verify(*, need: UUID, actor: Actor, now: datetime, how: str = "", request_id: UUID | None = None) -> None:
    """A person rang back or saw the proof, and it is as asked. `how` in words, or a value of `Check.How`."""
    known = how in How.values
    check(
        need=need,
        outcome=Outcome.VERIFIED,
        how=how if known else How.RANG_BACK,
        why="" if known else how,
        actor=actor,
        now=now,
        request_id=request_id or new_id(),
    )


def _refuse_unsaid(row: Need, outcome: str, how: str, contact: UUID | None, why: str) -> None:
    if outcome in (Outcome.WRONG, Outcome.FAKE) and not why:
        raise ReasonMissing(
            "Say what is wrong: whoever mends it has to know. Nothing was changed.",
            where="why",
            expected="a few words",
            cure="Write what the other side said.",
        )
    if contact is not None:
        family = houses().family([row.receiver_id])
        known = Contact.objects.filter(pk=contact, receiver__in=family).values_list("kind", flat=True).first()
        if known is None or (how == How.RANG_BACK and known != Contact.Kind.PUBLISHED):
            raise NumberMissing(
                "Ringing back means a number that the receiver itself has published. Nothing was changed.",
                where=str(contact),
                found=known or "another receiver's number",
                expected=Contact.Kind.PUBLISHED.value,
                cure="Ring the switchboard in the official notice, or say that you rang the person who asked.",
            )
    elif how == How.RANG_BACK and outcome != Outcome.UNREACHED and not why:
        raise NumberMissing(
            "Say which published number you rang. Nothing was changed.",
            where="contact",
            expected="a published number of the receiver's",
            cure="Choose the number, or write which it was.",
        )


def _apply(row: Need, outcome: str, how: str, why: str, actor: Actor, now: datetime) -> None:
    if outcome == Outcome.VERIFIED:
        row.verified_by_id, row.verified_at, row.verified_how, row.doubt = actor.person_id, now, how, ""
        row.fresh_until, row.renewed_at = max(row.fresh_until, now + FRESH_FOR), now
    elif outcome == Outcome.UNREACHED:
        row.doubt = Need.Doubt.UNREACHED if row.verified_at is None else row.doubt
    else:
        row.verified_by_id, row.verified_at, row.verified_how = None, None, ""
        row.doubt = Need.Doubt.WRONG
        if outcome == Outcome.FAKE:
            doubt_doubles(row, why=why, actor=actor, now=now)
            row.standing, row.closed_at, row.closed_why = Need.Standing.CANCELLED, now, why
    row.save(
        update_fields=[
            *("verified_by", "verified_at", "verified_how", "doubt", "fresh_until", "renewed_at"),
            *("standing", "closed_at", "closed_why"),
        ]
    )
