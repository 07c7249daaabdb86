"""
A published figure was wrong: the entry it corrects stays, and a correcting one names it.

What was counted in on the wrong figure leaves again by ledger corrections that name the movements they undo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.queries import MovementView
from baogong.ledger.states import Reason, State
from baogong.supply.errors import GiftNotAtThisStep
from baogong.supply.models import Gift, GiftCorrection, GiftLine
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.gifts import line_of, lock_gift

STORY_MAX = 10_000


@transaction.atomic
@recorded("supply.gift.corrected")
def correct_offer(
    *,
    gift: UUID,
    no: int,
    amount: int,
    words: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    source: str = "",
    was_counted: bool = False,
) -> UUID:
    """
    Set right what a line was said to be; returns the correcting document's id.

    amount       what it should have said, in base units, above 0
    words        the notice, as published
    was_counted  what came in was counted from the wrong figure, not from the goods: the surplus leaves the book again

    Raises GiftNotAtThisStep, UnusableInput, ledger.BatchRefused where the surplus is promised or gone, NotYourPlace,
    RequestIdReused; none leaves a trace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    content = content_of(gift=gift, no=no, amount=amount, words=words, was_counted=was_counted)
    earlier = made_before(GiftCorrection, request_id, content)
    if earlier is not None:
        return earlier.document
    row, lines = lock_gift(gift)
    line = line_of(row, lines, no)
    before = offered_now([line])[line.id]
    _check(row, line, amount, before, words, was_counted)
    document = draw_up(
        kind="OFFER_CORRECTION",
        title=f"{row.number}/{no}: {before} → {amount}",
        body={
            "corrects": {"gift": row.number, "line": no, "source": line.source, "first_written": line.offered},
            "before": before,
            "after": amount,
            "words": words,
            "source": source,
            "was_counted": was_counted,
        },
        subjects=[line.id, row.id, row.donor_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    surplus = max(line.arrived - amount, 0) if was_counted else 0
    if surplus:
        assert line.lot is not None
        ledger.post(
            lines=_way_back(line.lot, surplus),
            actor=actor,
            reason=Reason.CORRECTION,
            document=document,
            request_id=derived_id(request_id, "counted"),
            now=now,
        )
        line.arrived -= surplus
        line.save(update_fields=["arrived"])
    GiftCorrection.objects.create(
        request_id=request_id,
        content=content,
        line=line,
        before=before,
        after=amount,
        counted=surplus,
        words=words[:500],
        source=source[:300],
        document=document,
        at=now,
        by_name=actor.name[:120],
    )
    record(
        kind="supply.gift.corrected",
        actor=actor,
        now=now,
        subject=row.donor_id,
        document=document,
        data={"gift": str(gift), "line": no, "before": before, "after": amount, "left_the_book": surplus},
    )
    return document


def offered_now(lines: Iterable[GiftLine]) -> dict[UUID, int]:
    """What each line is said to be by its last correction, else as it was first written."""
    found = {line.id: line.offered for line in lines}
    for line, after in GiftCorrection.objects.filter(line__in=found).order_by("at", "id").values_list("line", "after"):
        found[line] = after
    return found


def _check(row: Gift, line: GiftLine, amount: int, before: int, words: str, was_counted: bool) -> None:
    where = f"{row.number}/{line.no}"
    if amount <= 0 or not words.strip():
        raise UnusableInput(
            "A correction needs an amount above 0 and the words of the notice. Nothing was changed.",
            where=where,
            found=amount,
            expected="≥ 1",
            cure="A line that never was is declined, not corrected to nothing.",
        )
    if amount == before:
        raise GiftNotAtThisStep(
            f"Line {line.no} of {row.number} says {before} already. Nothing was changed.",
            where=where,
            found=amount,
            expected=f"another amount than {before}",
        )
    if amount < line.arrived and not was_counted:
        raise GiftNotAtThisStep(
            f"{line.arrived} of line {line.no} of {row.number} were counted in at a site; the notice says {amount}. "
            "Nothing was changed.",
            where=where,
            found=amount,
            expected=f"at least {line.arrived}, or the word that the count was taken from the wrong figure",
            cure="Count the goods again; if they were never counted, say so with the correction.",
        )


def _way_back(lot: UUID, surplus: int) -> list[ledger.BookLine]:
    """Corrections that name the receipts they undo, the newest first; only sound units at the site go back."""
    story = book.movements(lots=[lot], limit=STORY_MAX)
    undone = Counter[UUID]()
    for step in story:
        if step.corrects is not None:
            undone[step.corrects] += step.amount
    lines, left = [], surplus
    for step in sorted(filter(_came_in, story), key=lambda step: -step.seq):
        part = min(left, step.amount - undone[step.id])
        if part > 0:
            lines.append(ledger.correct_line(step, part))
            left -= part
    if left:
        raise GiftNotAtThisStep(
            f"{surplus} would have to leave the book; {surplus - left} came in sound. Nothing was changed.",
            found=surplus,
            expected=f"at most {surplus - left}",
            cure="Report what is damaged as damage.",
        )
    return lines


def _came_in(step: MovementView) -> bool:
    return (
        step.tense == "POSTED"
        and step.corrects is None
        and step.source.state is State.OUTSIDE
        and step.target.state is State.AVAILABLE
    )
