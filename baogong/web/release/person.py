"""
Who claims, as it was typed in small steps: enciphered in the visit's session until it is used, forgotten or too old.

Nothing of it stands in an address, a log or a message. A resident's own is kept between visits, for `KEPT_DAYS`; what a
clerk types is gone with the answer.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baogong.engine.release import Mode, Rule, Subject
from baogong.engine.release.rule import DOCUMENTS
from baogong.kernel.identity import read_identity
from baogong.people.services.identity import Erased, seal, sealer, unseal
from baogong.release.errors import PersonUnusable
from baogong.release.identity import number_of, phone_of, purpose_of
from baogong.release.services import Contact
from baogong.web.pages import PageRequest, UnusableForm, written
from baogong.web.words import region_name

KEPT_DAYS = 7
FIELDS = ("document", "number", "name", "phone", "region", "address", "household")
LENGTHS = {"number": 40, "name": 60, "phone": 40, "address": 200, "household": 60, "region": 12, "document": 20}
ELSEWHERE = "0"  # the choice of a district that the offer does not name
ASKED = "districts"  # kept beside the answer: the districts it was chosen from
STEPS = 3  # the document; name and telephone; the address


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed so far; `is_whole` once every step was sent."""

    fields: Mapping[str, str]
    step: int

    @property
    def is_whole(self) -> bool:
        return self.step >= STEPS

    @property
    def last_four(self) -> str:
        return self.fields.get("number", "")[-4:]

    @property
    def phone_end(self) -> str:
        return self.fields.get("phone", "")[-4:]

    @property
    def contact(self) -> Contact:
        return Contact(**{field: self.fields.get(field, "") for field in FIELDS})


def kept(request: PageRequest, key: str) -> Typed:
    """What this visit has typed under this key; nothing where it is too old."""
    held = request.session.get(key)
    if held is None:
        return Typed({}, 0)
    if datetime.fromisoformat(held["until"]) <= request.now:
        del request.session[key]
        return Typed({}, 0)
    try:
        return Typed(json.loads(unseal(held["sealed"])), held["step"])
    except Erased:  # the city it was typed for has forgotten its people
        del request.session[key]
        return Typed({}, 0)


def keep(request: PageRequest, key: str, typed: Typed, office: UUID) -> None:
    """For this office's release, and sealed under its city's key: when that goes, what a visit has typed opens no more."""
    seal, until = sealer(purpose=purpose_of(office), now=request.now), request.now + timedelta(days=KEPT_DAYS)
    request.session[key] = {
        "sealed": seal(json.dumps(dict(typed.fields))), "step": typed.step, "until": until.isoformat(),
    }  # fmt: skip
    if not request.user.is_authenticated:  # a clerk's visit ends when the house says so
        request.session.set_expiry(KEPT_DAYS * 24 * 3600)


def forget(request: PageRequest, key: str) -> None:
    request.session.pop(key, None)


def take_step(request: PageRequest, typed: Typed, step: int, rule: Rule, districts: Sequence[str] = ()) -> Typed:
    """The answers of one step, checked. `districts`: of which one is chosen. Raises PersonUnusable or UnusableForm, which name the field and repeat nothing."""
    said = {field: written(request, field)[: LENGTHS[field]] for field in _fields_of(step)}
    if step == 1:
        said["number"] = _number(said["document"], said["number"])
        if said["document"] not in rule.eligibility.documents:
            raise _missing("document", _("This kind of document is not accepted here."), _("Choose another document."))
        _refuse_document_from_elsewhere(rule, said["document"], said["number"])
    elif step == 2:
        if not said["name"]:
            raise _missing("person_name", _("The name is missing."), _("Write the name as it stands in the document."))
        said["phone"] = _phone(said["phone"])
        if not said["phone"]:
            raise _missing("phone", _("The telephone number is missing."), _("Write a number that reaches you."))
    else:
        if needs_address(rule) and not said["address"]:
            raise _missing("address", _("The address is missing."), _("Write street, building, unit and door."))
        if districts and said["region"] not in (*districts, ELSEWHERE):
            raise _missing("region", _("The district is not chosen."), _("Choose it from the list."))
        if not districts or said["region"] == ELSEWHERE:
            said["region"] = ""
        said[ASKED] = " ".join(districts)
        if asks_household(rule) and not said["household"]:
            raise _missing(
                "household", _("The number of the household is missing."), _("It stands in the household register.")
            )
    return Typed({**typed.fields, **said}, max(typed.step, step))


def knows_district(typed: Typed, districts: Sequence[str]) -> bool:
    """Whether what was typed tells which of these districts the address lies in, or that it lies in none: not another offer's answer."""
    region = typed.fields.get("region", "")
    is_inside = bool(region) and region.startswith(tuple(districts))
    return not districts or is_inside or typed.fields.get(ASKED) == " ".join(districts)


def needs_address(rule: Rule) -> bool:
    """Whether somebody goes there, or a limit looks at it."""
    return rule.is_brought or rule.takes_orders or _counts(rule, Subject.ADDRESS)


def as_sent(request: PageRequest, typed: Typed, step: int) -> Typed:
    """What a refused step was sent with, to be shown once more on the very page; nothing of it is kept."""
    said = {field: written(request, field)[: LENGTHS[field]] for field in _fields_of(step)}
    return Typed({**typed.fields, **said}, typed.step)


def asks_household(rule: Rule) -> bool:
    """Whether a limit, or the draw, looks at the household."""
    return _counts(rule, Subject.HOUSEHOLD) or rule.draw.household_winners_max > 0


def claims_of(request: PageRequest) -> list[UUID]:
    """The claims this visit made or showed the code of."""
    return [UUID(one) for one in request.session.get("claims", ())]


def add_claim(request: PageRequest, claim: UUID) -> None:
    held = [one for one in request.session.get("claims", ()) if one != str(claim)]
    request.session["claims"] = [str(claim), *held][:50]


def contact_of(request: PageRequest, typed: Typed, *, is_own: bool) -> Contact:
    """
    What was typed; where the resident typed it, with the language they read, and what the browser is known by: a random mark
    in its own visit, of which the book keeps a tag, for a person to look at.
    """
    if not is_own:  # a clerk's browser types for many
        return typed.contact
    return replace(
        typed.contact,
        device=str(request.session.setdefault("device", secrets.token_hex(16))),
        language="en" if (get_language() or "").startswith("en") else "zh",
    )


def keep_nonce(request: PageRequest, entry: UUID, nonce: bytes) -> None:
    """The entrant's own number, enciphered in the visit: the book keeps none of it, and without it no receipt is whole."""
    held = {key: value for key, value in request.session.get("nonces", {}).items() if key != entry.hex}
    request.session["nonces"] = dict([*held.items(), (entry.hex, seal(nonce.hex()))][-20:])


def nonce_of(request: PageRequest, entry: UUID) -> str:
    """In hex; "" where this visit has not made it."""
    held = request.session.get("nonces", {}).get(entry.hex)
    return unseal(held) if held else ""


def _fields_of(step: int) -> tuple[str, ...]:
    return {1: FIELDS[:2], 2: FIELDS[2:4], 3: FIELDS[4:]}[step]


def _number(document: str, number: str) -> str:
    try:
        return number_of(document, number)
    except PersonUnusable:
        if document == "RESIDENT_ID":
            raise _missing(
                "number", _fault(number), _("Read it from the document once more, digit by digit.")
            ) from None
        if document not in DOCUMENTS:
            raise _missing("document", _("Choose the kind of document first."), _("Choose from the list.")) from None
        raise


def _refuse_document_from_elsewhere(rule: Rule, document: str, number: str) -> None:
    """Told at once, not after four steps: where the document alone decides, it is known from the first."""
    who = rule.eligibility
    is_decided = who.region_of == "DOCUMENT" and who.regions and not (who.either and who.lists)
    if rule.mode is Mode.IMPORTED or not is_decided:
        return
    if document != "RESIDENT_ID" or not number.startswith(tuple(who.regions)):
        raise _missing(
            "number",
            _("Here only documents given out in %(places)s are served; yours is none of them.")
            % {"places": _(", ").join(region_name(one) for one in who.regions)},
            _("If a digit was mistyped, write it once more; or see what else is on offer."),
        )


def _phone(phone: str) -> str:
    try:
        return phone_of(phone)
    except PersonUnusable:
        raise _missing(
            "phone",
            _("The telephone number has %(found)s digits; it has to have 7 to 15.")
            % {"found": sum(map(str.isdecimal, phone))},
            _("Read it once more, digit by digit."),
        ) from None


def _fault(number: str) -> str:
    """What is wrong with a resident's number, without a digit of it, in the visitor's language."""
    identity = read_identity(number)
    length = len(identity.number)
    if length not in (15, 18):
        return _("The number has %(found)s characters; it has to have 18.") % {"found": length}
    return {
        "The check character does not fit: one character is mistyped, or two are swapped.": _(
            "The last character does not fit the others: one is mistyped, or two are swapped."
        ),
        "The birth date is no date.": _("The birth date in the number (its 7th to 14th digit) is no date."),
        "The first two digits are no province's.": _("The number begins with no province's digits."),
    }.get(identity.why, _("The number holds something that is no digit."))


def _counts(rule: Rule, subject: Subject) -> bool:
    return any(one.subject is subject for one in rule.quotas)


def _missing(field: str, message: str, cure: str) -> UnusableForm:
    return UnusableForm(message + " " + _("Nothing was kept."), where=field, cure=cure)
