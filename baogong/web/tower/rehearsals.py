"""Tonight rehearsed: asked for, watched while it is played, and read: what breaks first, how probably, what would help."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.engine.rehearsal import Chances, Prices
from baogong.engine.rehearsal.report import interval
from baogong.tower.queries import rehearsals as queries
from baogong.tower.queries.rehearsals import BarView, PromiseView
from baogong.tower.services import rehearsals as services
from baogong.web import pictures
from baogong.web.command.views.group import OFFICE
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    decimal_in,
    fen_from,
    moment_from,
    number_from,
    page,
    uuid_from,
    written,
)
from baogong.web.pictures import GanttBar, GanttRow
from baogong.web.templatetags.baogong import when

CHANCES = list(Chances().as_dict().items())
PRICES = list(asdict(Prices()).items())
RUNS = 1000
SHOWN, ROWS_MAX, BREAKS_MAX = 20, 40, 8
BAR = 400
FIELDS = ("from_at", "until_at", "runs", "seed", *(name for name, _ in CHANCES), *(name for name, _ in PRICES))
GAIN_LEAST = 0.005  # less shows as 0.00: it helps nothing
# Where each fix can be made; the name of a page. Whose promise is moved decides for the last two (`_page`).
PAGES = {
    "DOCK_HOUR": "command:places",
    "DOCK_MORE": "command:places",
    "GATE_HOUR": "command:places",
    "GATE_SLOT": "command:places",
    "ONE_COURIER": "station:rounds_home",
    "TWO_COURIERS": "station:rounds_home",
    "ONE_CART": "station:rounds_home",
    "SPARE_TRUCK": "command:fleet",
}


@dataclass(frozen=True, slots=True)
class ChanceField:
    """One number of the form: a share in percent, minutes, or as it is."""

    name: str
    unit: str
    value: str
    most: int


@page(*OFFICE, keeps=FIELDS)
def rehearsals(request: PageRequest) -> HttpResponse:
    """Those there are, and the form for another."""
    if request.method == "POST":
        made = services.ask(
            from_at=moment_from(request, "from_at"),
            until_at=moment_from(request, "until_at"),
            runs_count=number_from(request, "runs", least=1, default=RUNS, most=services.RUNS_MAX),
            seed=number_from(request, "seed", default=1, most=2**31 - 1),
            chances=_chances(request),
            prices={name: fen_from(request, name, default=usual) for name, usual in PRICES},
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        return redirect("tower:rehearsal", rehearsal=made)
    hours = queries.hours_worth_playing(request.now)
    context = {
        "rehearsals": queries.rehearsals(),
        "from_at": _typed_moment(hours.start_at or request.now),
        "until_at": _typed_moment(hours.end_at or request.now),
        "runs": RUNS,
        "chances": [_field(name, usual) for name, usual in CHANCES],
        "prices": [(name, usual // 100) for name, usual in PRICES],
        "may_ask": request.actor.may_any(*services.ASKERS),
    }
    return render(request, "tower/rehearsals.html", context)


def _typed_moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"


@page(*OFFICE)
def rehearsal(request: PageRequest, rehearsal: UUID) -> HttpResponse:
    """How far it is, until it is done; then what came of it."""
    head = queries.rehearsal_head(rehearsal)
    share = head.done_count / head.total_count
    if head.state != "DONE":
        part = "tower/playing.html#far" if request.htmx else "tower/playing.html"
        response = render(request, part, {"head": head, "share": share})
        if request.htmx and head.is_over:
            response["HX-Refresh"] = "true"
        return response
    if request.htmx:  # the last look of a page that watched it being played
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    view = queries.rehearsal_view(rehearsal)
    endangered = {each.about for each in view.promises if each.kept_count < view.runs_count}
    helping = [(each, _page(each.what, endangered)) for each in view.fixes if each.kept_gain >= GAIN_LEAST]
    # In the nights in which the recount was made; of an earlier rehearsal, in those in which fixes were tried.
    planned = view.all_kept if view.recount_runs_count == view.runs_count else view.as_planned.all_kept
    context = {
        "view": view,
        "promises": [_promise(each) for each in view.promises[:SHOWN]],
        "more": [_promise(each) for each in view.promises[SHOWN:]],
        "certain_count": sum(each.kept_count == view.runs_count for each in view.promises),
        "breaks": [(each, round(each.share * BAR, 1)) for each in view.breaks[:BREAKS_MAX]],
        "fixes": [pair for pair in helping if not pair[0].is_promise_moved],
        "moved": [pair for pair in helping if pair[0].is_promise_moved],
        "helpless_count": len(view.fixes) - len(helping),
        "cheapest": next(
            (
                (each, _page(each.what, endangered), interval(each.all_kept, view.recount_runs_count), planned)
                for each in view.recounts
                if each.is_cheapest and each.kept_gain >= GAIN_LEAST
            ),
            None,
        ),
        "queues": view.queues[:SHOWN],
        "chart": pictures.gantt(_rows(view.bars), now=request.now),
        "left_out": max(0, len({each.mover for each in view.bars}) - ROWS_MAX),
        "bar": BAR,
        "chances": [_field(name, view.chances[name]) for name, _ in CHANCES if name in view.chances],
        "prices": list(view.prices.items()),
        "drift": max((each.share for each in view.drifts if each.share is not None), default=None),
    }
    return render(request, "tower/rehearsal.html", context)


def _page(what: str, abouts: Collection[str]) -> str:
    """The page on which it is changed; of a promise that is moved, where the endangered ones were made."""
    if what == "LATER_OPENING":
        return reverse("station:rounds_home" if "SHELF" in abouts or "OPENING" not in abouts else "release:office")
    if what == "LATER_PROMISE":
        return reverse("command:convoys" if "ARRIVAL" in abouts else "station:rounds_home")
    return reverse(PAGES[what])


def _promise(each: PromiseView) -> tuple[PromiseView, float]:
    return each, round(each.probability * BAR, 1)


def _rows(bars: Iterable[BarView]) -> list[GanttRow]:
    """A line for each truck, cart and courier; over the end of each run, from when to when it ends in 80 of 100 nights."""
    rows: dict[str, list[GanttBar]] = {}
    for each in bars:
        told = _(
            "%(name)s: planned until %(planned)s; in half of the nights done by %(half)s, in 90 of 100 by %(late)s"
        ) % {
            "name": each.name,
            "planned": when(each.planned_at),
            "half": when(each.p50_at) or "—",
            "late": when(each.p90_at) or "—",
        }
        own = rows.setdefault(each.mover, [])
        own.append(GanttBar(each.begins_at, each.planned_at, each.name, "planned", title=told))
        if each.p10_at is not None and each.p90_at is not None and each.p90_at > each.p10_at:
            own.append(GanttBar(each.p10_at, each.p90_at, "", "spread", title=told))
    return [GanttRow(mover, tuple(own)) for mover, own in list(rows.items())[:ROWS_MAX]]


def _field(name: str, value: float) -> ChanceField:
    if name.endswith("_s"):
        return ChanceField(name, _("minutes"), f"{value / 60:g}", 10_000)
    if name == "rush_factor":
        return ChanceField(name, "×", f"{value:g}", 100)
    return ChanceField(name, "%", f"{value * 100:g}", 200 if name.endswith("_sigma") else 100)


def _chances(request: PageRequest) -> dict[str, float]:
    """What the form says; an empty field is the usual."""
    found: dict[str, float] = {}
    for name, usual in CHANCES:
        text = written(request, name)
        if not text:
            continue
        number = decimal_in(text, name)
        most = _field(name, usual).most
        if number is None or not 0 <= number <= most:
            raise UnusableForm(
                _("“%(found)s” is no number from 0 to %(most)s. Nothing was rehearsed.")
                % {"found": text[:40], "most": most},
                where=name,
                found=text[:40],
                expected=f"0–{most}",
                cure=_("Correct the number and send the form again."),
            )
        found[name] = float(number) * (60 if name.endswith("_s") else 1 if name == "rush_factor" else 0.01)
    return found
