"""
A receiver's contact, by private link: what we have written down, how far it is, and “still needed?”.

The link alone only shows. To answer, its code has to be typed, which was told by telephone; so no cookie gives a visitor
any right, and there is nothing for a foreign site to borrow: the page needs no CSRF token.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.kernel.errors import BaogongError
from baogong.needs import queries
from baogong.needs import services as needs_
from baogong.needs.services.renewals import LINK_PURPOSE, by_link
from baogong.needs.views import NeedView
from baogong.people.queries.merges import root_of
from baogong.people.queries.parties import party
from baogong.people.services.links import LinkView
from baogong.web.command.views.needs import row_of
from baogong.web.pages import STATUS, PageRequest, number_from, sentence, uuid_from
from baogong.web.private import by_link as private_page
from baogong.web.private import check_code

ANSWERS = {"still": "STILL", "changed": "CHANGED", "no-longer": "NO_LONGER"}


@csrf_exempt
@private_page(LINK_PURPOSE, ended="receiver/link_ended.html")
def still_needed(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """Every open need of the receiver, and the three answers to each."""
    status = 200
    if request.method == "POST":
        refused = _answer(request, link)
        if refused is None:
            return redirect("receiver:still_needed", token=token)
        status = refused
    assert link.subject is not None
    views = queries.needs_of([link.subject])
    shown = sorted(
        (view for view in views if not view.is_cancelled), key=lambda view: (view.is_over, view.urgency, view.asked_at)
    )
    context = {
        "party": party(root_of(link.subject)),
        "rows": [row_of(view, request) for view in shown],
        "link": link,
        "open_count": sum(not view.is_over for view in shown),
        "stale_at": _earliest(shown),
    }
    return render(request, "receiver/still_needed.html", context, status=status)


def _answer(request: PageRequest, link: LinkView) -> int | None:
    """The code first. A wrong one leaves everything as it was, and counts against the link."""
    assert link.subject is not None
    try:
        check_code(request, link)
        how = request.POST.get("answer", "")
        if how == "all-still":
            chosen = [view.id for view in queries.open_needs(receiver=link.subject)]
        else:
            chosen = [uuid_from(request, "need")]
        visitor = by_link(root_of(link.subject), _("%s, by private link") % party(root_of(link.subject)).name)
        needs_.answer_all(
            needs=chosen,
            answer="STILL" if how == "all-still" else ANSWERS.get(how, ""),
            quantity=number_from(request, "quantity", least=1) if how == "changed" else None,
            note=request.POST.get("note", "").strip()[:240],
            actor=visitor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
    except BaogongError as refusal:
        messages.error(request, sentence(refusal))
        return STATUS[refusal.kind]
    messages.success(request, _("Thank you. The working group sees your answer now."))
    return None


def _earliest(views: list[NeedView]) -> datetime | None:
    return min((view.fresh_until for view in views if not view.is_over), default=None)
