"""
By private link: sign up to a call, and then the own page, where one sees how far it is and may withdraw.

The call's link asks for the code that was told another way, the own one for the last four of the telephone. No cookie
gives a visitor any right, so the pages need no CSRF token.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.crew import queries, services
from baogong.kernel.errors import BaogongError
from baogong.kernel.windows import Window
from baogong.people.services.links import LinkView
from baogong.web.pages import STATUS, PageRequest, sentence, text_from, uuid_from, written
from baogong.web.private import by_link, check_code


@csrf_exempt
@by_link(services.CALL_LINK, ended="crew/ended.html")
def join(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """What is asked for, and the form; whoever signs up is led to their own page."""
    assert link.subject is not None
    status = 200
    if request.method == "POST":
        try:
            check_code(request, link)
            made = services.sign_up_by_link(
                call=link.subject,
                name=text_from(request, "name"),
                phone=text_from(request, "phone"),
                employer_text=written(request, "employer"),
                home=written(request, "home"),
                works=request.POST.getlist("work"),
                note=written(request, "note"),
                now=request.now,
                request_id=uuid_from(request, "request_id"),
            )
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            messages.success(request, _("You are signed up. Keep the address of this page: it is yours alone."))
            return redirect("crew:own", token=made.token)
    context = {
        "call": queries.call(link.subject, now=request.now),
        "typed": request.POST,
        "works": request.POST.getlist("work"),
    }
    return render(request, "crew/join.html", context, status=status)


@csrf_exempt
@by_link(services.OWN_LINK, ended="crew/ended.html")
def own(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """How far it is: on the list or not, the pass and its code, where and when one musters, what must still be brought."""
    assert link.subject is not None
    status = 200
    if request.method == "POST":
        try:
            check_code(request, link)
            about = queries.sign_up(link.subject, now=request.now)
            place = queries.call(about.call, now=request.now).place
            services.withdraw_sign_up(
                sign_up=about.id,
                why=written(request, "why"),
                actor=services.by_link(place, "sign-up, by private link"),
                now=request.now,
            )
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            messages.success(request, _("You have withdrawn. Thank you for telling us."))
            return redirect("crew:own", token=token)
    about = queries.sign_up(link.subject, now=request.now)
    called = queries.call(about.call, now=request.now)
    at = max(called.muster_at, request.now)
    judged = queries.fitness([about.person], place=called.place, window=Window(at, None), now=request.now)
    context = {
        "call": called,
        "sign_up": about,
        "reasons": judged[about.person].reasons if about.state == "LISTED" else (),
        "fit_until": judged[about.person].fit_until if judged[about.person].is_fit else None,
        "rule": queries.rule_of(called.place, at).rule,
    }
    return render(request, "crew/own.html", context, status=status)
