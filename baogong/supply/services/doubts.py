"""Two documents that contradict each other: a person decides, and the decision is a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id


@dataclass(frozen=True, slots=True)
class FigureRead:
    """One source's figure: the text as printed and the amount it was read as, base units."""

    source: str
    text: str
    amount: int


@transaction.atomic
@recorded("supply.doubt.settled")
def settle_doubt(
    *,
    about: str,
    figures: Sequence[FigureRead],
    chosen: int,
    why: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    subjects: Sequence[UUID] = (),
) -> UUID:
    """
    Put on record which of several contradicting figures holds; returns the document's id. Nothing is averaged.

    chosen   the amount that holds: one of the figures'
    The same request again gives the same document. Raises UnusableInput, NotYourPlace, RequestIdReused.
    """
    actor.require(Duty.COMMAND, Duty.APPROVER)
    amounts = sorted({figure.amount for figure in figures})
    if len(amounts) < 2 or chosen not in amounts or not why.strip():
        raise UnusableInput(
            "A doubt is settled by choosing one of at least two figures and saying why.",
            where=about,
            found=chosen,
            expected=amounts,
            cure="Choose one of the figures as printed; if none is right, ask their authors.",
        )
    document = draw_up(
        kind="DOUBT",
        title=about[:120],
        body={"figures": [asdict(figure) for figure in figures], "chosen": chosen, "why": why},
        subjects=list(subjects),
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    if journal.events(kinds=["supply.doubt.settled"], document=document, limit=1):
        return document  # the same request again
    record(
        kind="supply.doubt.settled",
        actor=actor,
        now=now,
        subject=None,
        document=document,
        data={"about": about, "chosen": chosen},
    )
    return document
