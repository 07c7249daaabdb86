"""Alerts: the list, one of them with its story, taken and closed; how the watch is kept."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.journal import queries as journal
from baogong.kernel.actor import Duty
from baogong.tower import queries, services
from baogong.tower.kinds import chain_of
from baogong.web.pages import PageRequest, UnusableForm, back, number_from, page, show, text_from
from baogong.web.tower.rows import OFFICE, rows_of_alerts

CLOSED_OF = timedelta(hours=24)
SHOWN_MAX = 200


@page(*OFFICE)
def alerts(request: PageRequest) -> HttpResponse:
    """What is open, and what was closed in the last day."""
    open_ = queries.alerts()[:SHOWN_MAX]
    closed = queries.alerts(is_open=False, since=request.now - CLOSED_OF)[:SHOWN_MAX]
    rows = rows_of_alerts((*open_, *closed), request.actor)
    context = {"open": rows[: len(open_)], "closed": rows[len(open_) :], "now": request.now}
    return show(request, "tower/alerts.html", context)


@page(at_a_place=(*OFFICE, Duty.KEEPER))
def alert(request: PageRequest, alert: UUID) -> HttpResponse:
    """What it is about, whose it is, what was done; taken and closed here."""
    found = queries.alert(alert)
    found.require_sight(request.actor)
    if request.method == "POST":
        if request.POST.get("act") == "close":
            services.close_alert(alert=alert, why=text_from(request, "why"), actor=request.actor, now=request.now)
            messages.success(request, _("The alert is closed."))
        else:
            services.take_alert(alert=alert, actor=request.actor, now=request.now)
            messages.success(request, _("You see to it from now on."))
        return redirect(back(request))
    (row,) = rows_of_alerts([found], request.actor)
    context = {
        "row": row,
        "chain": chain_of(found.kind),
        "story": tuple(reversed(journal.events(subject=alert))),
        "is_of_the_office": request.actor.may_any(*OFFICE),
        "now": request.now,
    }
    return show(request, "tower/alert.html", context)


@page(at_a_place=(*OFFICE, Duty.KEEPER))
def watch(request: PageRequest) -> HttpResponse:
    """Quiet hours and waiting times of the house; by which telephone one is told oneself."""
    if request.method == "POST":
        act = request.POST.get("act")
        if act == "rule":
            services.set_watch_rule(
                quiet_from=_time_from(request, "quiet_from"),
                quiet_until=_time_from(request, "quiet_until"),
                escalates_after_s=60 * number_from(request, "escalates_after_min", least=1),
                grave_escalates_after_s=60 * number_from(request, "grave_escalates_after_min", least=1),
                actor=request.actor,
                now=request.now,
            )
            messages.success(request, _("The watch is kept so from now on."))
        elif act == "forget":
            services.forget_own_phone(actor=request.actor, now=request.now)
            messages.success(request, _("Nobody texts you of alerts any more."))
        else:
            services.keep_own_phone(phone=text_from(request, "phone"), actor=request.actor, now=request.now)
            messages.success(request, _("Alerts of your duties come to this telephone."))
        return redirect("tower:watch")
    rule = queries.watch_rule()
    context = {
        "rule": rule,
        "is_quiet": queries.is_quiet(rule, request.now),
        "escalates_after_min": rule.escalates_after_s // 60,
        "grave_escalates_after_min": rule.grave_escalates_after_s // 60,
        "may_set": request.actor.may(Duty.COMMAND),
        "has_phone": services.has_own_phone(request.actor),
        "may_leave_phone": request.actor.may_somewhere(*services.ON_WATCH),
        "is_of_the_office": request.actor.may_any(*OFFICE),
    }
    return show(request, "tower/watch.html", context)


def _time_from(request: HttpRequest, field: str) -> time | None:
    text = request.POST.get(field, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise UnusableForm(
            _("That is no time of the day; nothing was changed."),
            where=field,
            found=text[:20],
            expected="22:00",
            cure=_("Type hours and minutes."),
        ) from None
