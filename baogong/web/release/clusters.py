"""Who shares a device, an address or a telephone: a list for a person, who says that they may, or cancels."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.needs.queries.sight import OFFICE
from baogong.release import clusters as found_clusters
from baogong.release import queries, services
from baogong.release.offers import code_of
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, written

LEAST_MOST, CODES_MAX = 100, 12


@page(at_a_place=OFFICE)
def clusters(request: PageRequest, release: UUID) -> HttpResponse:
    """Those that wait for a person first. Nobody is refused for being on it."""
    found = queries.release(release)
    request.actor.require(*OFFICE, at=found.office)
    if request.method == "POST":
        _judge(request, release)
        return redirect("release:clusters", release=release)
    least = number_from(request, "least", least=2, most=LEAST_MOST, default=found_clusters.LEAST)
    rows = found_clusters.clusters(release, least=least)
    context = {
        "release": found,
        "rows": [(one, [code_of(claim) for claim in one.claims[:CODES_MAX]], one.tag.hex()) for one in rows],
        "waiting": sum(one.is_waiting for one in rows),
        "least": least,
        "may_act": request.actor.may_any(Duty.COMMAND, at=found.office),
    }
    return render(request, "release/clusters.html", context)


def _judge(request: PageRequest, release: UUID) -> None:
    try:
        tag = bytes.fromhex(written(request, "tag"))
    except ValueError:
        tag = b""
    if len(tag) != 32:
        raise UnusableForm(_("This page has no such button."), where="tag", cure=_("Reload the page."))
    cancelled = services.judge_cluster(
        release=release,
        kind=written(request, "kind"),
        tag=tag,
        verdict=written(request, "verdict"),
        why=written(request, "why"),
        actor=request.actor,
        now=request.now,
    )
    if cancelled:
        messages.success(request, _("%(n)s claims cancelled; those who stand by move up.") % {"n": cancelled})
    else:
        messages.success(request, _("Kept with your name."))
