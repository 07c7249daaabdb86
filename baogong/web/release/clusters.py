"""Who shares something or named several households: a list for a person, who says that they may, or cancels."""

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
from baogong.release.codes import entry_number
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, written

LEAST_MOST, NUMBERS_MAX, ROWS_MAX, AFTER_MOST = 100, 12, 50, 10_000_000


@page(at_a_place=OFFICE)
def clusters(request: PageRequest, release: UUID) -> HttpResponse:
    """Those that wait for a person, page by page until none is left; those judged stand apart. Nobody is refused for it."""
    found = queries.release(release)
    request.actor.require(*OFFICE, at=found.office)
    if request.method == "POST":
        _judge(request, release)
        return redirect("release:clusters", release=release)
    least = number_from(request, "least", least=2, most=LEAST_MOST, default=found_clusters.LEAST)
    is_judged = request.GET.get("judged") == "1"
    after = number_from(request, "after", most=AFTER_MOST, default=0)
    rows = found_clusters.clusters(release, least=least, waits=not is_judged, after=after, most=ROWS_MAX)
    waiting, judged = found_clusters.clusters_count(release, least=least)
    there = judged if is_judged else waiting
    context = {
        "release": found,
        "rows": [(one, [entry_number(claim) for claim in one.claims[:NUMBERS_MAX]], one.tag.hex()) for one in rows],
        "waiting": waiting,
        "judged": judged,
        "is_judged": is_judged,
        "before": max(after - ROWS_MAX, 0) if after else None,
        "next": after + ROWS_MAX if after + ROWS_MAX < there else None,
        "first": after + 1,
        "last": after + len(rows),
        "there": there,
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
