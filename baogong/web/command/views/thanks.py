"""Thank-you notes as the office sees them: written down when told, a private link for a receiver to write its own."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.people.services import links
from baogong.supply import services as supply
from baogong.web.pages import PageRequest, page, text_from, uuid_from
from baogong.web.receiver.thanks import PURPOSE

RECEIVER_LINK_DAYS = 30


@page(Duty.COMMAND, Duty.CLERK)
def thanks(request: PageRequest, gift: UUID) -> HttpResponse:
    """Only changes: `act` is told, withdraw or link."""
    act = request.POST.get("act", "")
    if act == "told":
        supply.thank(
            receiver=uuid_from(request, "receiver"),
            gift=gift,
            text=text_from(request, "text"),
            is_told=True,
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The note stands on the giver's page and card."))
    elif act == "withdraw":
        supply.withdraw_thanks(
            note=uuid_from(request, "note"), why=text_from(request, "why"), actor=request.actor, now=request.now
        )
        messages.success(request, _("The note is taken off every page."))
    elif act == "link":
        receiver = uuid_from(request, "receiver")
        token = links.make_link(
            purpose=PURPOSE,
            subject=receiver,
            party=receiver,
            code=text_from(request, "code"),
            expires_at=request.now + timedelta(days=RECEIVER_LINK_DAYS),
            actor=request.actor,
            now=request.now,
        )
        # Shown once: only its hash is kept.
        request.session["receiver_link"] = request.build_absolute_uri(reverse("receiver:thanks", args=[token]))
    return redirect("command:gift", gift=gift)
