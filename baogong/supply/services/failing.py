"""
What fails its standard: nobody is promised it until its giver has said what shall become of it.

A gift's giver says so, and that is enough. Goods carried for somebody are that party's own: its word is a document that
two persons of the office sign, and only then may the book let go of the receiver it named. Goods that had come in before
they were found to fail are set aside meanwhile, promised to nobody but their owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.queries import DocumentView
from baogong.journal.services import EvidenceIn, draw_up, hand_over, record, recorded, when_in_force
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply.errors import ConsentMissing, GiftNotAtThisStep, GoodsPromised
from baogong.supply.models import Gift, GiftLine
from baogong.supply.services.gifts import accept_when_judged, line_of, lock_gift
from baogong.supply.services.receipts import open_lot_of

KIND = "COMMUNITY_USE"
UNDERWAY = (State.ABOARD, State.SHELF)

Verdict = GiftLine.Verdict


@transaction.atomic
@recorded("supply.gift.failed")
def find_failing(*, gift: UUID, no: int, why: str, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Goods that have come in are found to fail their standard: set aside wherever they stand; returns the paper's id.

    why  what was found ("GB 19083: filtration 91 %")

    Raises GoodsPromised while any of it is promised or on the way, GiftNotAtThisStep, UnusableInput, NotYourPlace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    row, lines = lock_gift(gift)
    line = line_of(row, lines, no)
    where = f"{row.number}/{no}"
    if not why.strip():
        raise UnusableInput("Say what was found. Nothing was changed.", where=where, cure="Write the finding.")
    document = draw_up(
        kind="FAILED_STANDARD",
        title=f"{where}: {why.strip()}"[:120],
        body={"gift": str(gift), "line": no, "why": why, "lot": str(line.lot or "")},
        subjects=[row.donor_id, *([line.lot] if line.lot else [])],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    if line.set_aside != document:
        _set_aside(row, line, document, actor, now)
        line.verdict, line.why, line.standard, line.set_aside = Verdict.CONSENT_ASKED, why.strip()[:240], "", document
        line.save(update_fields=["verdict", "why", "standard", "set_aside"])
    record(
        kind="supply.gift.failed",
        actor=actor,
        now=now,
        subject=row.donor_id,
        document=document,
        data={"gift": str(gift), "line": no},
    )
    return document


def _set_aside(row: Gift, line: GiftLine, document: UUID, actor: Actor, now: datetime) -> None:
    where = f"{row.number}/{line.no}"
    if line.verdict != Verdict.AS_GIVEN or line.lot is None:
        raise GiftNotAtThisStep(
            f"Line {line.no} of {row.number} is not in stock as given: {line.get_verdict_display().lower()}. "
            "Nothing was changed.",
            where=where,
            found=line.verdict,
            expected=Verdict.AS_GIVEN,
            cure="What has not come in yet is judged with its offer.",
        )
    standing = [view for view in book.balances(lots=[line.lot]) if view.posted > 0]
    here = [view for view in standing if view.state is State.AVAILABLE]
    promised = sum(view.held for view in here) + sum(view.posted for view in standing if view.state in UNDERWAY)
    if promised:
        raise GoodsPromised(
            f"{promised} of line {line.no} of {row.number} are promised or on the way. Nothing was changed.",
            where=where,
            found=promised,
            expected=0,
            cure="Undo the promises, let what is on the way arrive, then set it aside.",
        )
    if not here:
        raise GiftNotAtThisStep(
            f"Nothing of line {line.no} of {row.number} stands at a site any more. Nothing was changed.",
            where=where,
            cure="Tell whoever has it.",
        )
    ledger.post(
        lines=[
            ledger.hold_line(
                AccountRef(view.holder, view.state), AccountRef(row.owner_id, State.RETURNED), line.lot, view.posted
            )
            for view in here
        ],
        actor=actor,
        reason=Reason.RETURN,
        document=document,
        request_id=derived_id(document, "set aside"),
        now=now,
    )


@transaction.atomic
@recorded("supply.gift.consent")
def consent_to_community_use(
    *,
    gift: UUID,
    no: int,
    agrees: bool,
    by: UUID,
    words: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    alone: bool = False,
) -> None:
    """
    The giver's answer about a line that fails its standard: community use, or not taken.

    by      the party that answered; only the gift's donor or owner can
    words   how the answer was given ("by phone, 11:40", "letter of 24 January")
    alone   nobody else is on duty: in force at once, the second signature due within 12 hours

    An owner that agrees for goods carried for it is written into a document; two persons sign, then it holds.
    Raises ConsentMissing, GiftNotAtThisStep, NotYourPlace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND, at=by)
    row, lines = lock_gift(gift)
    line = line_of(row, lines, no)
    if by not in (row.donor_id, row.owner_id) or not words.strip():
        raise ConsentMissing(
            "Only the giver can agree to community use, and how it was said must be on record.",
            where=f"{row.number}/{no}",
            found=str(by),
            expected=str(row.donor_id),
            cure="Ring the giver and write down the answer.",
        )
    answered = Verdict.COMMUNITY if agrees else Verdict.DECLINED
    if line.verdict not in (Verdict.CONSENT_ASKED, answered):
        raise GiftNotAtThisStep(
            f"Line {no} of {row.number} is not waiting for the giver's answer.",
            where=f"{row.number}/{no}",
            found=line.verdict,
            expected=Verdict.CONSENT_ASKED,
        )
    document = row.document
    if agrees and row.terms == Gift.Terms.CONSIGNMENT:
        document = _owner_agrees(row, line, by, words.strip(), alone, actor, now, request_id)
    elif line.verdict == Verdict.CONSENT_ASKED:
        line.verdict, line.consent_by_id, line.consent_text, line.consent_at = answered, by, words.strip()[:240], now
        line.save(update_fields=["verdict", "consent_by", "consent_text", "consent_at"])
        accept_when_judged(row, list(lines.values()), now)
    record(
        kind="supply.gift.consent",
        actor=actor,
        now=now,
        subject=row.donor_id,
        document=document,
        data={"gift": str(gift), "line": no, "agrees": agrees},
    )


def _owner_agrees(
    row: Gift, line: GiftLine, by: UUID, words: str, alone: bool, actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """The owner's word, as a document that two persons sign. Nothing of the goods changes before they have."""
    where = f"{row.number}/{line.no}"
    earlier = None if line.consent_document is None else journal.document(line.consent_document)
    if earlier is None or earlier.state != "WAITING":
        line.consent_by_id, line.consent_text, line.consent_at = by, words[:240], now
        line.save(update_fields=["consent_by", "consent_text", "consent_at"])
    document = draw_up(
        kind=KIND,
        title=f"{where}: {words}"[:120],
        body={"gift": str(row.id), "line": line.no, "by": str(by), "words": words, "why": line.why},
        subjects=[row.donor_id, *([line.lot] if line.lot else [])],
        signatures_required=2,
        sign=actor.person_id is not None,  # by its private link the owner speaks, and two of the office sign
        alone=alone,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "consent"),
    )
    if earlier is not None and earlier.state == "WAITING" and earlier.id != document:
        raise GiftNotAtThisStep(
            f"The owner has agreed for line {line.no} of {row.number}; {earlier.number} waits for its signatures. "
            "Nothing was changed.",
            where=where,
            found=earlier.number,
            cure="Let two persons sign it, or refuse it first.",
        )
    line.consent_document = document
    line.save(update_fields=["consent_document"])
    return document


def _into_community_use(document: DocumentView, actor: Actor, now: datetime) -> None:
    """Two persons have signed: the line is for community use, and what had come in becomes a lot that says so."""
    row, lines = lock_gift(UUID(document.body["gift"]))
    line = lines[document.body["line"]]
    if line.verdict != Verdict.CONSENT_ASKED:
        raise GiftNotAtThisStep(
            f"The owner has answered otherwise since for line {line.no} of {row.number}. Nothing was changed.",
            where=f"{row.number}/{line.no}",
            found=line.verdict,
            expected=Verdict.CONSENT_ASKED,
            cure="Refuse this document.",
        )
    line.verdict = Verdict.COMMUNITY
    line.save(update_fields=["verdict"])
    if line.set_aside is not None:
        _turn_over(row, line, document.id, actor, now)
    accept_when_judged(row, list(lines.values()), now)
    record(
        kind="supply.gift.community",
        actor=actor,
        now=now,
        subject=row.donor_id,
        document=document.id,
        data={"gift": str(row.id), "line": line.no},
    )


def _turn_over(row: Gift, line: GiftLine, document: UUID, actor: Actor, now: datetime) -> None:
    """What was set aside becomes community goods where it stands: same owner, no receiver named any more."""
    assert line.lot is not None
    assert line.set_aside is not None
    failed = line.lot
    holds = book.open_holds(lots=[failed], documents=[line.set_aside])
    earmark, lot = open_lot_of(row, line, now)
    ledger.post(
        lines=[ledger.void_line(hold) for hold in holds],
        actor=actor,
        reason=Reason.UNDO,
        document=document,
        request_id=derived_id(document, "released"),
        now=now,
    )
    for hold in holds:
        ledger.convert(
            at_holder=hold.source.holder,
            parts=[(failed, hold.open)],
            into=[(lot, hold.open)],
            state=hold.source.state,
            actor=actor,
            document=document,
            request_id=derived_id(document, "turned over", hold.id),
            now=now,
            reason=Reason.RE_EARMARK,
        )
    line.earmark, line.lot, line.failed_lot = earmark, lot, failed
    line.save(update_fields=["earmark", "lot", "failed_lot"])


@transaction.atomic
@recorded("supply.gift.given-back")
def give_back(
    *,
    gift: UUID,
    no: int,
    site: UUID,
    evidence: Sequence[EvidenceIn],
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    What failed and may not be used otherwise goes back to its owner from a site; returns the paper's id.

    evidence  who took it, and what shows it

    Raises GiftNotAtThisStep, NoEvidence, NotYourPlace; none leaves a trace.
    """
    actor.require(Duty.KEEPER, Duty.COMMAND, at=site)
    row, lines = lock_gift(gift)
    line = line_of(row, lines, no)
    document = draw_up(
        kind="RETURN",
        title=f"{row.number}/{no}",
        body={"gift": str(gift), "line": no, "site": str(site), "owner": str(row.owner_id)},
        subjects=[row.owner_id, site, *([line.lot] if line.lot else [])],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    holds = [
        hold
        for hold in book.open_holds(holders=[site], lots=[line.lot] if line.lot else [])
        if hold.document == line.set_aside
    ]
    if not _was_given_back(document) and (line.verdict != Verdict.DECLINED or not holds):
        raise GiftNotAtThisStep(
            f"Nothing of line {no} of {row.number} waits here to go back to its owner. Nothing was changed.",
            where=f"{row.number}/{no}",
            found=line.verdict,
            expected=Verdict.DECLINED,
            cure="It goes back when it was set aside and its owner has said no to another use.",
        )
    if holds:
        hand_over(
            lines=[ledger.post_hold_line(hold) for hold in holds],
            evidence=evidence,
            actor=actor,
            document=document,
            reason=Reason.RETURN,
            request_id=derived_id(request_id, "back"),
            now=now,
        )
    record(
        kind="supply.gift.given-back",
        actor=actor,
        now=now,
        subject=row.owner_id,
        document=document,
        data={"gift": str(gift), "line": no, "site": str(site), "amount": sum(hold.open for hold in holds)},
    )
    return document


def _was_given_back(document: UUID) -> bool:
    return bool(book.movements(documents=[document], limit=1))


def register() -> None:
    """Called when the room starts."""
    when_in_force(KIND, _into_community_use)
