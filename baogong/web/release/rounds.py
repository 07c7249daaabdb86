"""A beacon's round, as it is brought on a page: a JSON object out of a file or pasted, which proves itself by its signature."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from baogong.web.fields import label_of
from baogong.web.pages import PageRequest, UnusableForm, written

PASTED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Round:
    """Signatures in hex; `previous_signature` "" where the chain's rounds do not follow each other."""

    number: int
    signature: str
    previous_signature: str = ""


def round_of(told: dict[str, Any], *, is_chained: bool) -> Round:
    """Raises UnusableForm."""
    number, signature = told.get("round"), told.get("signature")
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(signature, str):
        raise UnusableForm(
            _("This is no round of a beacon. Nothing was drawn."),
            where="round",
            expected='{"round": 5551234, "signature": "…"}',
            cure=_("Open the address of the round and copy all of what stands there."),
        )
    before = told.get("previous_signature") if is_chained else ""
    return Round(number, signature, str(before or ""))


def pasted(request: PageRequest, field: str) -> dict[str, Any]:
    """A JSON object out of a file or what was pasted. Raises UnusableForm."""
    file = request.FILES.get(f"{field}_file")
    text = file.read(PASTED_MAX + 1).decode("utf-8", "replace") if file is not None else written(request, field)
    if not text.strip():
        raise UnusableForm(
            _("“%s” was not given, neither as a file nor as text. Nothing was done.") % label_of(field),
            where=field,
            cure=_("Choose the file, or paste all of its text."),
        )
    try:
        found = json.loads(text) if len(text) <= PASTED_MAX else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    raise UnusableForm(
        _("What was given is no JSON object. Nothing was done."),
        where=field,
        expected="{…}",
        cure=_("Give the file as it was made, or copy all of its text."),
    )
