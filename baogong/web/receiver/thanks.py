"""
A receiver thanks: what it signed for and from whom, and a note to one giver or all. By private link.

The link shows; to write, its code has to be typed, which was told on another way. No cookie gives a visitor of the link
any right, so the page needs no CSRF token.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError
from baogong.people.queries.parties import parties
from baogong.people.services.links import LinkView
from baogong.supply import queries as supply
from baogong.supply import services
from baogong.supply.services.thanks import TEXT_MAX
from baogong.web.names import is_chinese
from baogong.web.pages import STATUS, PageRequest, sentence, text_from, uuid_from
from baogong.web.private import by_link, check_code

PURPOSE = "THANKS"


@csrf_exempt
@by_link(PURPOSE, ended="receiver/ended.html")
def thanks(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    assert link.subject is not None
    status = 200
    if request.method == "POST":
        try:
            _act(request, link, link.subject)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            return redirect("receiver:thanks", token=token)
    (receiver,) = parties(ids=[link.subject])
    context = {
        "receiver": receiver.name if is_chinese() else (receiver.name_en or receiver.name),
        "signed": supply.signed_by(link.subject),
        "notes": supply.notes_of(link.subject),
        "may_write": link.asks_code,
        "text_max": TEXT_MAX,
        "typed": request.POST,
    }
    return render(request, "receiver/thanks.html", context, status=status)


def _act(request: PageRequest, link: LinkView, receiver: UUID) -> None:
    """The second factor first: a wrong one leaves everything as it was, and counts against the link."""
    check_code(request, link)
    (party,) = parties(ids=[receiver])
    writer = Actor(
        person_id=None, name=_("%s, by private link") % party.name, reach={Duty.KEEPER: frozenset({receiver})}
    )
    if request.POST.get("act") == "withdraw":
        note = uuid_from(request, "note")
        services.withdraw_thanks(note=note, why="withdrawn by its writer", actor=writer, now=request.now)
        messages.success(request, _("The note is taken back."))
        return
    services.thank(
        receiver=receiver,
        gift=uuid_from(request, "gift") if request.POST.get("gift") else None,
        text=text_from(request, "text"),
        actor=writer,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Your note stands on the givers' pages now."))
