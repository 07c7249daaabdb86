"""A right is used once: in a shop or online, whichever was first; a shop's list may tell of it later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.services import EvidenceIn, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason
from baogong.people.services import desk
from baogong.people.services.desk import FoundDocument
from baogong.release.errors import ClaimMoved, RightRedeemed
from baogong.release.identity import person, purpose_of
from baogong.release.models import Claim, Redemption, Tranche
from baogong.release.services.claims import (
    DESK,
    OPEN_STATES,
    give,
    lock_claim,
    refuse_proxy,
    refuse_run_out,
    require_hands,
)
from baogong.release.services.texts import put_out_texts

Channel = Redemption.Channel


def right_of(*, tranche: UUID, document: str, number: str) -> UUID | None:
    """
    The claim in force, or used already, of whom this document names; None: this person has no right here.

    Asks for no duty: whoever calls has shown theirs. Raises PersonUnusable, NotFound.
    """
    office = Tranche.objects.filter(id=tranche).values_list("release__office", flat=True).first()
    if office is None:
        raise NotFound("There is no such tranche.", where=str(tranche), cure="Choose one on offer.")
    tag = person(office, document=document, number=number).person
    return right_of_tag(tranche, tag)


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
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> None:
    """
    Use a right: SHOP hands the units over now, ONLINE takes the order on, to be brought.

    at_place  the shop, or who sends it; used_at: when a list tells it only now; document: that list, evidence by itself
    evidence  SHOP: what shows into whose hands, the claimant's or the proxy's
    Raises NotYourPlace, RightRedeemed (in this or the other channel, before), ClaimMoved, ClaimRanOut, ProxyNotAllowed,
    journal's NoEvidence, NotFound.
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
    refuse_redeemed(row)
    if row.state not in OPEN_STATES:
        raise ClaimMoved(
            "The claim is in another state; nothing was changed.",
            where=str(row.id),
            found=row.state,
            expected=", ".join(sorted(OPEN_STATES)),
            cure="Look the claim up again.",
        )
    refuse_run_out(row, now)
    if by_proxy:
        refuse_proxy(row)
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
        _keep_for_delivery(row, document=document, actor=actor, now=now)
    record(
        kind="release.right.redeemed",
        actor=actor,
        now=now,
        subject=row.id,
        document=document,
        data={"channel": str(channel), "units": row.units},
    )


def _keep_for_delivery(row: Claim, *, document: UUID | None, actor: Actor, now: datetime) -> None:
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
    Claim.objects.filter(id=row.id).update(state=Claim.State.ACCEPTED, decided_at=now, keeps_until=None)
    put_out_texts([row], "accepted", now)


def refuse_redeemed(row: Claim) -> None:
    """Raises RightRedeemed, which says where and when. The claim is locked."""
    used = Redemption.objects.select_related("place").filter(claim=row).first()
    if used is not None:
        raise RightRedeemed(
            f"This right was used already, {used.get_channel_display().lower()} at {used.place.name}, "
            f"{used.at.isoformat(timespec='minutes')}. Nothing was given.",
            where=str(row.id),
            found=f"{used.channel} {used.place.name} {used.at.isoformat(timespec='minutes')}",
            expected="a right not used yet",
            cure="Show the person where and when; if it was not they, take it to the office.",
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
