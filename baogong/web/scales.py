"""Forms about scales that the command office and a keeper share."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from baogong.engine.packs import Explained
from baogong.supply import services as supply
from baogong.web.pages import PageRequest, UnusableForm, number_from, uuid_from

CAUSES = ("PALLETS", "PACKAGING", "MOISTURE", "TRIMMING", "COUNT", "OTHER")
KG = 1_000


def hold_against(request: PageRequest) -> UUID:
    """Hold the chosen trucks against the packs of the form; its causes are in kilograms, below 0 where less weighed."""
    trucks = []
    for text in request.POST.getlist("trucks"):
        try:
            trucks.append(UUID(text))
        except ValueError:
            raise UnusableForm(
                _("The form lacks a usable %(field)s.") % {"field": "trucks"},
                where="trucks",
                found=text,
                cure=_("Go back, reload the page and send the form again."),
            ) from None
    causes = []
    for cause in CAUSES:
        text = request.POST.get(f"kg_{cause}", "").strip()
        if text:
            sign = -1 if text.startswith("-") else 1
            if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
                raise UnusableForm(
                    _("“%s” is no whole number of kilograms. Nothing was written.") % text,
                    where=cause,
                    found=text,
                    cure=_("Correct the number and send the form again."),
                )
            causes.append(
                Explained(
                    cause, sign * int(text.removeprefix("-")) * KG, request.POST.get(f"why_{cause}", "").strip()[:240]
                )
            )
    return supply.state_weights(
        trucks=trucks,
        kit=uuid_from(request, "kit"),
        packs=number_from(request, "packs", least=1),
        causes=[cause for cause in causes if cause.grams],
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
