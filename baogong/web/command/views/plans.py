"""What shares, convoys and baskets have in common on their pages: approve, reject, withdraw, make again, undo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.planning import services as planning
from baogong.planning.kinds import kind_named
from baogong.planning.queries import PlanHead
from baogong.planning.services import DECIDERS
from baogong.web.pages import PageRequest, uuid_from, written

PAGES = {
    "SHARE": "command:share",
    "CONVOY": "command:convoy",
    "SOURCING": "command:basket",
    "ROUNDS": "station:rounds_plan",
}


def address_of(kind: str, plan: UUID) -> str:
    return reverse(PAGES[kind], args=[plan])


def acts_of(request: PageRequest, plan: PlanHead, *, kept: str = "") -> dict[str, Any]:
    """
    What the visitor may do with a plan as it stands; for `command/plan_buttons.html` and `command/plan_standing.html`.

    kept  why an approved plan cannot be undone any more; empty: it can be
    """
    return {
        "plan": plan,
        "may_decide": request.actor.may_any(*DECIDERS),
        "may_propose": kind_named(plan.kind).may_propose(request.actor, plan.params),
        "is_own": plan.made_by == request.actor.person_id,
        "kept": kept if plan.state == "APPROVED" else "",
        "newer_url": address_of(plan.kind, plan.replaced_by) if plan.replaced_by else "",
    }


def decide(request: PageRequest, plan: UUID) -> UUID:
    """Do what was tapped; which plan to show next."""
    act = request.POST.get("act")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "approve":
        _approve(request, plan)
    elif act == "undo":
        planning.undo(plan=plan, **who)
        messages.success(request, _("Undone; nothing of it is promised any more."))
    elif act == "withdraw":
        planning.withdraw(plan=plan, why=written(request, "why"), **who)
        messages.success(request, _("Withdrawn. Nothing of it was promised."))
    elif act == "reject":
        planning.reject(plan=plan, why=written(request, "why"), **who)
        messages.success(request, _("Rejected. Nothing of it was promised; who made it reads why."))
    elif act == "again":
        plan = planning.make_again(plan=plan, request_id=uuid_from(request, "request_id"), **who)
        messages.success(
            request, _("Made again from what is true now. It waits for approval; the one before is replaced.")
        )
    elif act == "check":
        if planning.check(plan=plan, **who).is_stale:
            messages.warning(request, _("It does not hold any more; see what has changed."))
        else:
            messages.success(request, _("It still holds."))
    return plan


def _approve(request: PageRequest, plan: UUID) -> None:
    alone = request.POST.get("alone") == "1"
    try:
        planning.approve(
            plan=plan, actor=request.actor, now=request.now, request_id=uuid_from(request, "request_id"), alone=alone
        )
    except planning.PlanOvertaken:
        planning.check(plan=plan, actor=request.actor, now=request.now)  # the page says from now on what has changed
        raise
    if alone:
        messages.warning(request, _("Approved alone on duty. Another person signs within 12 hours."))
    messages.success(request, _("Approved. It can be undone until the first hand moves."))
