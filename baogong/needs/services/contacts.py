"""Numbers to ring back: published ones with where they stand in print, a person's own as personal data."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.needs.models import Contact
from baogong.needs.queries.houses import CONTACT_PURPOSE
from baogong.needs.services.reach import require_at
from baogong.people.queries.merges import root_of
from baogong.people.services import identity

_NUMBER = re.compile(r"\+?\d[\d\- ]{4,24}\d(?:[转x#,]\d{1,6})?")


@transaction.atomic
@recorded("needs.contact.added")
def add_contact(
    *, receiver: UUID, kind: str, label: str, number: str, found_at: str = "", actor: Actor, now: datetime
) -> UUID:
    """
    A number of the receiver's; returns the contact's id. A person's own number takes the place of an earlier one.

    label     the function: switchboard, equipment department
    found_at  the notice or page that prints a PUBLISHED number
    Raises UnusableInput, NotYourPlace.
    """
    require_at(actor, receiver)
    receiver = root_of(receiver)
    plain = unicodedata.normalize("NFKC", number).strip()
    if not _NUMBER.fullmatch(plain) or kind not in Contact.Kind.values or not label.strip():
        raise UnusableInput(
            "A contact is a telephone number with the function it belongs to; nothing was kept.",
            where="number",
            expected="027-85726114, switchboard",
            cure="Write digits, with an extension after x if there is one.",
        )
    if kind == Contact.Kind.PUBLISHED and not found_at.strip():
        raise UnusableInput(
            "A published number says where it is printed, or anybody could have invented it. Nothing was kept.",
            where="found_at",
            expected="the notice or page that prints it",
            cure="Look it up on the receiver's own page, or keep it as the number of the person who asked.",
        )
    datum = None
    if kind == Contact.Kind.PERSON:
        Contact.objects.filter(receiver=receiver, kind=kind, ended_at=None).update(ended_at=now)
        datum = identity.keep_datum(party=receiver, what="PHONE", value=plain, purpose=CONTACT_PURPOSE, now=now)
    row = Contact.objects.create(
        receiver_id=receiver,
        kind=kind,
        label=label.strip()[:80],
        number=plain if kind == Contact.Kind.PUBLISHED else "",
        found_at=found_at.strip()[:240],
        datum=datum,
        added_at=now,
        added_by_id=actor.person_id,
    )
    record(
        kind="needs.contact.added", actor=actor, now=now, subject=receiver, data={"contact": str(row.id), "sort": kind}
    )
    return row.id


@transaction.atomic
@recorded("needs.contact.ended")
def end_contact(*, contact: UUID, actor: Actor, now: datetime) -> None:
    """The number is nobody's any more; a person's own is erased. Raises NotFound, NotYourPlace."""
    row = lock_row(Contact.objects.all(), contact)
    require_at(actor, row.receiver_id)
    if row.ended_at is None:
        row.ended_at = now
        row.save(update_fields=["ended_at"])
    if row.datum is not None:
        identity.erase(datum=row.datum, actor=actor, now=now)
    record(kind="needs.contact.ended", actor=actor, now=now, subject=row.receiver_id, data={"contact": str(contact)})


@transaction.atomic
def number_of(*, contact: UUID, actor: Actor, now: datetime) -> str:
    """
    The number to dial. A person's own is deciphered for this one call, and who looked stays in the book.

    Raises NotFound, Erased, NotYourPlace.
    """
    row = lock_row(Contact.objects.all(), contact)
    require_at(actor, row.receiver_id)
    if row.datum is None:
        return row.number
    return identity.reveal(datum=row.datum, actor=actor, now=now, why="to ring about a need")
