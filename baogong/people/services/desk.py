"""
The desk where staff register a person's document and find it again by its last four, with a reason.

Paced by person, on the machine's clock, and every act is kept, the refused look-ups too. The number itself stands
enciphered (`identity`); what is found by is a keyed tag of its last four, so no table holds a digit of it. There is
no way from a name or a telephone to a number, and what is refused here never repeats what was typed.
"""

from __future__ import annotations

import logging
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.identity import check_character
from baogong.people.models import Party, PersonalDatum, PersonalRead
from baogong.people.services import identity, limits
from baogong.people.services.parties import register_party

log = logging.getLogger(__name__)

REGISTRARS = (Duty.ADMIN, Duty.COMMAND, Duty.CLERK)
LOOK_UPS_MAX, REVEALS_MAX, WINDOW_S = 20, 10, 900
FOUND_MAX = 20
WHY_MIN, WHY_MAX, PURPOSE_MAX = 4, 200, 40
NUMBER_MIN, NUMBER_MAX = 5, 30

What, Act = PersonalDatum.What, PersonalRead.Act


class NotADocument(BaogongError):
    """The number is none of such a document. No refusal here repeats what was typed."""

    kind, code = Kind.UNUSABLE, "people.not-a-document"


class PurposeMissing(BaogongError):
    kind, code = Kind.UNUSABLE, "people.purpose-missing"


class NameOfSeveral(BaogongError):
    """More than one person in the book has this name."""

    kind, code = Kind.UNUSABLE, "people.name-of-several"


class NotTheLastFour(BaogongError):
    kind, code = Kind.UNUSABLE, "people.not-the-last-four"


class ReasonMissing(BaogongError):
    """Personal data are looked at for a stated reason."""

    kind, code = Kind.UNUSABLE, "people.reason-missing"


class OtherDocumentKept(BaogongError):
    """Another number is kept for this person and purpose."""

    kind, code = Kind.CONFLICT, "people.other-document-kept"


class DocumentOfAnother(BaogongError):
    """This number is kept for another person and this purpose."""

    kind, code = Kind.CONFLICT, "people.document-of-another"


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """One document that ends in the four that were asked for; of its number nothing more is told."""

    datum: UUID
    name: str
    kept_at: datetime


@transaction.atomic
def register_document(
    *,
    name: str,
    number: str,
    is_resident_card: bool,
    purpose: str,
    actor: Actor,
    now: datetime,
    replaces: bool = False,
) -> UUID:
    """
    Keep one document of the person for one purpose; returns the datum's id. The same again changes nothing.

    name              as it stands in the book; a name that is not there yet is a new person's
    is_resident_card  the number is checked as GB 11643 says
    replaces          a correction: the number kept for this person and purpose gives way
    Raises NotADocument, PurposeMissing, NameOfSeveral, OtherDocumentKept, DocumentOfAnother, identity.Erased,
    NotYourPlace.
    """
    actor.require(*REGISTRARS)
    spelled = _spelled(number)
    purpose = purpose.strip()
    if not purpose or len(purpose) > PURPOSE_MAX:
        raise PurposeMissing(
            "A document is kept for a purpose; nothing was kept.",
            where="purpose",
            expected=f"1 to {PURPOSE_MAX} characters",
            cure="Say what it is kept for, as “mask booking, February”.",
        )
    if not NUMBER_MIN <= len(spelled) <= NUMBER_MAX or (is_resident_card and not is_resident_number(spelled)):
        raise NotADocument(
            "This is not the number of such a document; nothing was kept.",
            where="number",
            expected="18 characters whose last one checks the others" if is_resident_card else "5 to 30 characters",
            cure="Read it from the document once more, digit by digit.",
        )
    identity.lock_purpose(purpose=purpose, now=now)  # two who bring one document are seen one after the other
    party = _person(name, now)
    mark = identity.tag(what=What.DOCUMENT, purpose=purpose, value=spelled)
    kept = PersonalDatum.objects.filter(what=What.DOCUMENT, purpose=purpose, erased_at=None)
    own = kept.select_for_update().filter(party=party).first()
    if own is not None and bytes(own.tag or b"") == mark:
        return own.id
    if own is not None and not replaces:
        raise OtherDocumentKept(
            "Another document is kept for this person and purpose already; nothing was changed.",
            where="person",
            cure="For a correction say so. Two people of one name: write behind the name what tells them apart.",
        )
    if kept.filter(tag=mark).exists():
        raise DocumentOfAnother(
            "This document is kept for another person and this purpose already; nothing was changed.",
            where="number",
            cure="Look it up by its last four, and ask the person.",
        )
    datum = identity.keep_datum(party=party, what=What.DOCUMENT, value=spelled, purpose=purpose, now=now)
    identity.keep_act(Act.KEEP, actor, now, datum=datum, purpose=purpose)
    return datum


def look_up(
    *,
    last_four: str,
    purpose: str,
    why: str,
    actor: Actor,
    now: datetime,
    paced_at: datetime,
    at: UUID | None = None,
) -> tuple[FoundDocument, ...]:
    """
    Whose documents, kept for this purpose, end in these four. Not in a transaction: each try counts.

    paced_at  the machine's clock: a drill's own may stand still
    at        the place the purpose is kept for, where a room says so: its own staff may look; None: a duty everywhere
    Raises NotTheLastFour, ReasonMissing, limits.TooOften, NotYourPlace.
    """
    actor.require(*identity.READERS, at=at)
    four, why = _spelled(last_four), _reason(why)
    if len(four) != 4:
        raise NotTheLastFour(
            "The last four characters of the document are asked for; nothing was looked up.",
            where="last_four",
            expected="4 digits, or 3 and an X",
            cure="Type the last four as they stand on the document.",
        )
    _pace("document-look-up", LOOK_UPS_MAX, actor, now, paced_at, purpose)
    mark = identity.tag_of_last_four(what=What.DOCUMENT, purpose=purpose, value=four)
    with transaction.atomic():
        rows = PersonalDatum.objects.filter(what=What.DOCUMENT, purpose=purpose, last_four_tag=mark, erased_at=None)
        found = list(rows.select_related("party").order_by("party__sort_key", "id")[:FOUND_MAX])
        identity.keep_act(Act.LOOK_UP, actor, now, purpose=purpose, why=why, found_count=len(found))
    log.info("a document was looked up by its last four")
    return tuple(FoundDocument(row.id, row.party.name, row.created_at) for row in found)


def show_document(*, datum: UUID, why: str, actor: Actor, now: datetime, paced_at: datetime) -> str:
    """
    The whole number, once, for a stated reason. Not in a transaction: each try counts.

    Raises ReasonMissing, limits.TooOften, identity.Erased, NotFound, NotYourPlace.
    """
    actor.require(*identity.READERS)
    why = _reason(why)
    _pace("document-reveal", REVEALS_MAX, actor, now, paced_at, "")
    number = identity.reveal(datum=datum, actor=actor, now=now, why=why)
    log.info("a document was shown in full")
    return number


def is_resident_number(text: str) -> bool:
    """18 characters of which the last checks the others (GB 11643); whether such a person exists is not asked."""
    if len(text) != 18 or not text[:17].isdecimal() or not text.isascii():
        return False
    return text[17] == check_character(text[:17])


def _spelled(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in folded if character.isalnum())


def _person(name: str, now: datetime) -> UUID:
    found = list(Party.objects.filter(kind=Party.Kind.PERSON, name=name.strip()).values_list("id", flat=True)[:2])
    if len(found) > 1:
        raise NameOfSeveral(
            "More than one person in the book has this name; nothing was kept.",
            where="person",
            cure="Write behind the name what tells them apart, as “Zhang Wei (building 3, 201)”.",
        )
    return found[0] if found else register_party(kind=Party.Kind.PERSON, name=name, now=now)


def _reason(why: str) -> str:
    why = why.strip()
    if not WHY_MIN <= len(why) <= WHY_MAX:
        raise ReasonMissing(
            "Personal data are looked at for a stated reason; nothing was looked up.",
            where="why",
            expected=f"{WHY_MIN} to {WHY_MAX} characters",
            cure="Say what it is needed for; it stays in the book under your name.",
        )
    return why


def _pace(what: str, most: int, actor: Actor, now: datetime, paced_at: datetime, purpose: str) -> None:
    who = str(actor.person_id)
    try:
        limits.take(what=what, who=who, most=most, window_s=WINDOW_S, now=paced_at)
    except limits.TooOften:
        log.warning("personal data were asked for too often")
        with suppress(limits.TooOften):  # one row for each window that was shut, not for each knock
            limits.take(what=f"{what}-shut", who=who, most=1, window_s=WINDOW_S, now=paced_at)
            identity.keep_act(Act.TOO_OFTEN, actor, now, purpose=purpose)
        raise
