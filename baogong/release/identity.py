"""
From what a person says of themself to keyed tags. Nothing here keeps, logs or repeats a number.

A tag is bound to the city's purpose, to what it is of and, for documents, to their kind: equal for equal people of one
city however they were typed, and worth nothing beside another city's. A resident's number is one person's whatever paper
it is said to be from: a foreigner's card may bear one and has the same tag, any other kind refuses it. The keys stand
outside the database (`people`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from baogong.engine.address import one_spelling
from baogong.engine.release.rule import DOCUMENTS
from baogong.kernel.identity import DocumentType, check_character, expected_of, read_identity
from baogong.kernel.ids import derived_id
from baogong.people.services import identity
from baogong.people.services.desk import is_resident_number
from baogong.release.errors import PersonUnusable

NUMBER_MIN, NUMBER_MAX = 5, 30
_LIFELONG = {"HK_MACAO_PERMIT": 9, "TAIWAN_PERMIT": 8}


@dataclass(frozen=True, slots=True)
class Person:
    """Tags of 32 bytes, None where nothing was said; region and birth date where a resident's number tells them."""

    person: bytes = field(repr=False)
    document: str
    household: bytes | None = field(default=None, repr=False)
    phone: bytes | None = field(default=None, repr=False)
    address: bytes | None = field(default=None, repr=False)
    document_region: str = field(default="", repr=False)
    born_on: date | None = field(default=None, repr=False)


def purpose_of(office: UUID) -> str:
    """
    What the city's personal data are kept for now: its key, and with it all of them, ends with the purpose.

    A city that has forgotten its people goes on under another: new keys, and tags that nobody can hold beside older ones.
    """
    name, endings = office, 0
    while identity.is_ended(purpose := f"release {name.hex}"):
        endings += 1
        name = derived_id("release.purpose", office, endings)
    return purpose


def listed_ids(tranche: UUID, purpose: str, now: datetime) -> Callable[[bytes], UUID]:
    """A person's tag → the id of the claim they make by list, once in a tranche, on however many lists they stand."""
    mark = identity.marker(purpose=purpose, now=now)
    return lambda tag: derived_id("release.claim.listed", tranche, mark(tag).hex())


def person(
    office: UUID,
    *,
    document: str,
    number: str,
    phone: str = "",
    household: str = "",
    address: str = "",
    purpose: str | None = None,
) -> Person:
    """
    The tags of one person for one city.

    document   one of `rule.DOCUMENTS`; RESIDENT_ID is checked (GB 11643), one of fifteen digits counts as its successor
    purpose    what `purpose_of` told, for whoever asks for many; None: it is looked up
    Raises PersonUnusable, which names the field and nothing of what was typed.
    """
    spelled = number_of(document, number)
    is_resident = len(spelled) == 18 and document in ("RESIDENT_ID", "FOREIGN_PR")
    kind = "RESIDENT_ID" if is_resident else document
    digits = phone_of(phone)
    purpose = purpose or purpose_of(office)
    return Person(
        person=identity.tag(what=f"DOCUMENT {kind}", purpose=purpose, value=lifelong(document, spelled)),
        document=document,
        household=_tag("HOUSEHOLD", purpose, _letters(household)),
        phone=phone_tag(purpose, digits),
        address=address_tag(purpose, address),
        document_region=spelled[:6] if is_resident else "",
        born_on=_birth_date(spelled) if is_resident else None,
    )


def lifelong(document: str, number: str) -> str:
    """
    The part of a document's number that stays a person's for life, of a number in its one spelling.

    A Mainland Travel Permit for Hong Kong and Macao Residents is numbered with a letter and eight digits, and with two more
    that count how often it was issued; one for Taiwan Residents with eight digits, and in its older booklet two more and a
    letter. Source: the issuing authority's (National Immigration Administration's) explanation of both numbers, by which the
    letter and eight digits (the eight digits) are kept from permit to permit.
    """
    return number[: _LIFELONG.get(document, len(number))]


def address_tag(purpose: str, address: str) -> bytes | None:
    """The tag of an address, however its numbers are written, for a city's purpose; None where it is empty."""
    return _tag("ADDRESS", purpose, one_spelling(address) if address else "")


def phone_tag(purpose: str, digits: str) -> bytes | None:
    """The tag of a telephone, as `phone_of` spells it; None where there is none."""
    return _tag("PHONE", purpose, digits)


def device_tag(purpose: str, device: str) -> bytes | None:
    """The tag of a browser or a telephone, by what it was given to be known by; None where it has nothing."""
    return _tag("DEVICE", purpose, device)


def number_of(document: str, number: str) -> str:
    """The number in its one spelling: no spaces or dashes, half-width, capitals. Raises PersonUnusable."""
    if document not in DOCUMENTS:
        raise PersonUnusable(
            "This is no kind of document that is known here; nothing was claimed.",
            where="document",
            expected=", ".join(DOCUMENTS),
            cure="Name one of these kinds.",
        )
    spelled = _letters(number)
    if document == "RESIDENT_ID":
        spelled = _of_eighteen(spelled)
        is_one = _is_residents(spelled)
    elif document == "OTHER":
        is_one = (
            NUMBER_MIN <= len(spelled) <= NUMBER_MAX and spelled.isascii() and not _is_residents(_of_eighteen(spelled))
        )
    else:
        is_one = read_identity(spelled, DocumentType(document)).is_valid
        if document == "PASSPORT":
            is_one = is_one and not _is_residents(_of_eighteen(spelled))
    if not is_one:
        raise PersonUnusable(
            "This is not the number of such a document; nothing was claimed.",
            where="number",
            expected=f"{NUMBER_MIN} to {NUMBER_MAX} letters and digits, and no resident's number"
            if document == "OTHER"
            else expected_of(DocumentType(document)),
            cure="Read it from the document once more, digit by digit, and choose the kind the document is of.",
        )
    return spelled


def phone_of(phone: str) -> str:
    """Its digits, without the country's 86; "" where nothing was typed. Raises PersonUnusable."""
    digits = identity.phone_digits(phone)
    if digits is None:
        raise PersonUnusable(
            "This is not a telephone number; nothing was claimed.",
            where="phone",
            expected="7 to 15 digits",
            cure="Read it once more, digit by digit.",
        )
    return digits


def _letters(text: str) -> str:
    if text.isascii() and (text.isalnum() or not text):  # as nearly everybody types it
        return text.upper()
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(one for one in folded if one.isalnum())


def _tag(what: str, purpose: str, spelled: str) -> bytes | None:
    return identity.tag(what=f"release {what}", purpose=purpose, value=spelled) if spelled else None


def _of_eighteen(number: str) -> str:
    """Of a number from before 1999 the century is written out and the check character added: one person. Others stay."""
    if len(number) != 15 or not (number.isascii() and number.isdecimal()):
        return number
    body = number[:6] + "19" + number[6:]
    return body + check_character(body)


def _is_residents(number: str) -> bool:
    return is_resident_number(number) and _birth_date(number) is not None


def _birth_date(number: str) -> date | None:
    try:
        return date.fromisoformat(number[6:14])
    except ValueError:
        return None
