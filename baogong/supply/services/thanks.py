"""A receiver's thank-you note to those who gave."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.supply.errors import NoteTellsOfPersons, NothingSignedFor
from baogong.supply.models import ThankYou
from baogong.supply.queries.thanks import signed_gifts
from baogong.supply.requests import content_of, made_before

TEXT_MAX = 300
# A telephone or identity number, with the blanks and dashes people put into one.
_NUMBER_OF_A_PERSON = re.compile(r"(?:\d[\s\-]?){7,}")


@transaction.atomic
@recorded("supply.thanks.written")
def thank(
    *,
    receiver: UUID,
    text: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    gift: UUID | None = None,
    is_told: bool = False,
) -> UUID:
    """
    Keep a receiver's note to the givers; returns its id. Givers read it on their page and card, everyone with the gift.

    text     1 to 300 characters; no telephone or identity numbers
    gift     the gift it speaks of; None: everything the receiver has signed for
    is_told  the working group writes down what it was told

    Raises NothingSignedFor, NoteTellsOfPersons, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(Duty.KEEPER, Duty.CLERK, Duty.COMMAND, at=receiver)
    text = " ".join(text.split())
    content = content_of(receiver=receiver, text=text, gift=gift, is_told=is_told)
    earlier = made_before(ThankYou, request_id, content)
    if earlier is not None:
        return earlier.id
    if not 1 <= len(text) <= TEXT_MAX:
        raise UnusableInput(
            "A note has some words, and not too many. Nothing was written.",
            where="text",
            found=f"{len(text)} characters",
            expected=f"1 to {TEXT_MAX}",
            cure="Shorten it.",
        )
    if _NUMBER_OF_A_PERSON.search(unicodedata.normalize("NFKC", text)):
        raise NoteTellsOfPersons(
            "The note holds a number like a telephone's or an identity card's. Everyone can read notes; nothing was written.",
            where="text",
            expected="no number of seven digits or more",
            cure="Take the number out.",
        )
    signed = signed_gifts(receiver)
    if not signed or (gift is not None and gift not in signed):
        raise NothingSignedFor(
            "Nothing of this gift has this receiver's signature yet. Nothing was written.",
            where=str(gift or receiver),
            found=len(signed),
            expected="at least one line signed for",
            cure="Write the note when the goods have been handed over.",
        )
    document = draw_up(
        kind="THANK_YOU",
        title="Thank-you note",
        body={"receiver": receiver, "gift": gift, "text": text},
        subjects=[receiver, *([gift] if gift else signed)],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    row = ThankYou.objects.create(
        request_id=request_id,
        content=content,
        receiver_id=receiver,
        gift_id=gift,
        text=text,
        way=ThankYou.Way.TOLD if is_told else ThankYou.Way.PAGE,
        document=document,
        at=now,
    )
    record(
        kind="supply.thanks.written",
        actor=actor,
        now=now,
        subject=receiver,
        document=document,
        data={"note": row.id, "gift": gift},
    )
    return row.id


@transaction.atomic
@recorded("supply.thanks.withdrawn")
def withdraw_thanks(*, note: UUID, why: str, actor: Actor, now: datetime) -> None:
    """
    Take a note off every page; the journal keeps it. A second time changes nothing.

    Raises NotFound, UnusableInput, NotYourPlace.
    """
    row = lock_row(ThankYou.objects.all(), note)
    actor.require(Duty.KEEPER, Duty.CLERK, Duty.COMMAND, at=row.receiver_id)
    if not why.strip():
        raise UnusableInput(
            "Say why the note is taken off. Nothing was changed.", where="why", cure="Write the reason."
        )
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_why = now, why.strip()[:240]
        row.save(update_fields=["withdrawn_at", "withdrawn_why"])
    record(
        kind="supply.thanks.withdrawn",
        actor=actor,
        now=now,
        subject=row.receiver_id,
        document=row.document,
        data={"note": note, "why": row.withdrawn_why},
    )
