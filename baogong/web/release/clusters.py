"""Who shares something or named several households: a list for a person, who says that they may, or cancels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.needs.queries.sight import OFFICE
from baogong.release import clusters as found_clusters
from baogong.release import offers, queries, services
from baogong.release.clusters import Cluster
from baogong.release.codes import entry_number
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, written
from baogong.web.release.desk import DESK

LEAST_MOST, NUMBERS_MAX, ROWS_MAX, AFTER_MOST, MARKS_MAX = 100, 12, 50, 10_000_000, 10


@page(at_a_place=OFFICE)
def clusters(request: PageRequest, release: UUID) -> HttpResponse:
    """Those that wait for a person, page by page until none is left; those judged stand apart. Nobody is refused for it."""
    found = queries.release(release)
    request.actor.require(*OFFICE, at=found.office)
    if request.method == "POST":
        _judge(request, release)
        here = reverse("release:clusters", args=[release])
        kept = number_from(request, "least", least=2, most=LEAST_MOST, default=found_clusters.LEAST)
        return redirect(f"{here}?least={kept}")
    least = number_from(request, "least", least=2, most=LEAST_MOST, default=found_clusters.LEAST)
    is_judged = request.GET.get("judged") == "1"
    after = number_from(request, "after", most=AFTER_MOST, default=0)
    rows = found_clusters.clusters(release, least=least, waits=not is_judged, after=after, most=ROWS_MAX)
    waiting, judged = found_clusters.clusters_count(release, least=least)
    there = judged if is_judged else waiting
    context = {
        "release": found,
        "rows": _cards(rows),
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
        "may_look": request.actor.may_any(*DESK, at=found.office),
    }
    return render(request, "release/clusters.html", context)


@dataclass(frozen=True, slots=True)
class Card:
    """
    People who share one thing or several: a family has one address, one telephone and one device, and is looked at once.

    numbers  (id, entry number, whether it is a claim) of the first claims and entries
    marks    what they share, each to be sent with the verdict
    """

    one: Cluster
    numbers: tuple[tuple[UUID, str, bool], ...]
    kinds: tuple[str, ...]
    marks: tuple[str, ...]


def _cards(rows: Sequence[Cluster]) -> list[Card]:
    """Those with the same claims and the same verdict as one, in the order of the first."""
    together: dict[tuple[object, ...], list[Cluster]] = {}
    for one in rows:
        # Of one person with several households the count is another: that stays a card of its own.
        alike = (one.claims, one.look and (one.look.verdict, one.look.why, one.look.at), one.kind == "PERSON")
        together.setdefault(alike, []).append(one)
    shown = {id for one in rows for id in one.claims[:NUMBERS_MAX]}
    claimed = offers.claims_among(shown) if shown else frozenset()
    return [
        Card(
            group[0],
            tuple((id, entry_number(id), id in claimed) for id in group[0].claims[:NUMBERS_MAX]),
            tuple(one.kind for one in group),
            tuple(f"{one.kind}:{one.tag.hex()}" for one in group),
        )
        for group in together.values()
    ]


def _marks(request: PageRequest) -> list[tuple[str, bytes]]:
    marks = []
    for one in request.POST.getlist("mark")[:MARKS_MAX]:
        kind, _colon, digits = one.partition(":")
        try:
            tag = bytes.fromhex(digits)
        except ValueError:
            tag = b""
        if len(tag) == 32:
            marks.append((kind, tag))
    if not marks:
        raise UnusableForm(_("This page has no such button."), where="mark", cure=_("Reload the page."))
    return marks


def _judge(request: PageRequest, release: UUID) -> None:
    (kind, tag), *also = _marks(request)
    cancelled = services.judge_cluster(
        release=release,
        kind=kind,
        tag=tag,
        also=also,
        verdict=written(request, "verdict"),
        why=written(request, "why"),
        actor=request.actor,
        now=request.now,
    )
    if cancelled:
        messages.success(request, _("%(n)s claims cancelled; those who stand by move up.") % {"n": cancelled})
    else:
        messages.success(request, _("Kept with your name."))
