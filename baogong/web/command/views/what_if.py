"""What if: one share asked again with other weights, more goods, more rounds, fewer trucks. Asking writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.engine.fairshare import Change, Comparison, Course, Gain, Load, Memory, Names, days
from baogong.freight import queries as freight
from baogong.kernel.errors import NotFound
from baogong.needs.share import KIND
from baogong.needs.share_problem import WEIGHTS, weights_of
from baogong.needs.what_if import PIECES, ROUNDS, Answer, Question, what_if
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.queries import PlanView
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.shares import PLANNERS
from baogong.web.names import called, is_chinese
from baogong.web.pages import PageRequest, UnusableForm, page, show, uuid_from

BAR_WIDTH = 240
CHANGES_MAX = 20
GAINS_MAX = 8
ROWS = 3
ROUNDS_MAX = 14
PIECES_MAX = 10**9
COLUMN_WIDTH, COLUMN_HEIGHT = 34, 64


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was sent: what the fields show again, and what is asked."""

    question: Question
    weights: tuple[tuple[str, float], ...]
    receivers: tuple[tuple[str, float], ...]
    kg: str
    m3: str
    site: str

    @property
    def rows(self) -> tuple[tuple[str, float], ...]:
        """Those chosen, and some more to choose."""
        return self.receivers + (("", 1.0),) * max(1, ROWS - len(self.receivers))


@dataclass(frozen=True, slots=True)
class ChangeBar:
    """One need before and after, in pixels: what it keeps, then what it gains or loses."""

    who: str
    item: str
    change: Change
    kept_width: float
    moved_width: float
    told: str


@dataclass(frozen=True, slots=True)
class GainBar:
    """What so many pieces more of one item would do: from where to where who is lifted first stands, in pixels."""

    item: str
    gain: Gain
    from_width: float
    to_width: float
    told: str


@dataclass(frozen=True, slots=True)
class LoadBar:
    """`used` and `room` in kg or m³, as they are written."""

    is_weight: bool
    used: str
    room: str
    used_width: float
    is_full: bool


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One memory through the rounds; `columns` (round, x, y, height of the worst served so far, its share)."""

    memory: Memory
    columns: tuple[tuple[int, int, float, float, float], ...]
    never: int
    worst: float
    mean: float
    gini: float


@page(*OFFICE)
def what_if_page(request: PageRequest, plan: UUID) -> HttpResponse:
    """Ask; and, where the answer is better, make it a proposed share."""
    view = plans.plan(plan)
    if view.kind != KIND:
        raise NotFound(
            "This plan is no share.", where=str(plan), found=view.kind, expected=KIND, cure="Open the list of shares."
        )
    if request.method == "POST":
        request.actor.require(*PLANNERS)
        asked = _asked(request.POST, view)
        params = {name: value for name, value in view.params.items() if name != "trucks"}
        if asked.question.trucks is not None:
            params["trucks"] = asked.question.trucks
        made = planning.make_plan(
            kind=KIND,
            params=params,
            rule=dict(asked.question.rule),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Proposed from the book as it stands now. Another person approves it."))
        return redirect("command:share", plan=made)
    asked = _asked(request.GET, view)
    answer = what_if(view, asked.question)
    kinds = [kind for kind in freight.kinds() if kind.vehicles_count]
    sites = {row["site"]: called(row["key"].rsplit(" ", 1)[0]) for row in view.snapshot["stock"]}
    context = {
        "plan": view,
        "asked": asked,
        "receivers": sorted({(row["receiver"], called(row["receiver_name"])) for row in view.snapshot["needs"]}, key=lambda row: row[1]),
        "sites": sorted(sites.items(), key=lambda pair: pair[1]),
        "fleet": {
            "count": sum(kind.vehicles_count for kind in kinds),
            "kg": sum(kind.vehicles_count * kind.capacity_g for kind in kinds) // 1_000,
            "m3": sum(kind.vehicles_count * kind.capacity_cm3 for kind in kinds) // 1_000_000,
        },
        "may_plan": request.actor.may_any(*PLANNERS),
        "bar_width": BAR_WIDTH,
        **_shown(answer, asked.question),
    }  # fmt: skip
    return show(request, "command/what_if.html", context, partial="answer")


def in_the_readers(names: Names) -> Names:
    """Receivers and sites as the visitor's tables call them."""
    return replace(
        names,
        requesters={id: called(name) for id, name in names.requesters.items()},
        sites={id: called(name) for id, name in names.sites.items()},
    )


def _shown(answer: Answer, question: Question) -> dict[str, Any]:
    """The answer in the visitor's language, as bars."""
    chinese, names = is_chinese(), in_the_readers(answer.names)
    told, told_days = answer.comparison.told_en, days.told_en
    if chinese:
        told, told_days = answer.comparison.told_zh, days.told_zh
    held = answer.held_back
    most = max(figures.worst for course in answer.courses.values() for figures in course.so_far) or 1.0
    rows = [_course_row(memory, course, most) for memory, course in answer.courses.items()]
    return {
        "told": told(names),
        "is_changed": any(not change.is_same for change in answer.comparison.changes),
        "comparison": answer.comparison,
        "losers": bars_of(answer.comparison.losers[:CHANGES_MAX], names),
        "gainers": bars_of(answer.comparison.gainers[::-1][:CHANGES_MAX], names),
        "held": held,
        "held_told": _held_told(held, names) if held else "",
        "shrunk": bars_of(held.losers[:CHANGES_MAX], names) if held else [],
        "loads": [_load_bar(load) for load in answer.loads],
        "gains": [_gain_bar(gain, names) for gain in answer.gains[:GAINS_MAX]],
        "are_gains_carried": answer.are_gains_carried,
        "courses": rows,
        "courses_told": told_days(answer.courses),
        "courses_width": 8 + COLUMN_WIDTH * question.rounds,
        "courses_height": COLUMN_HEIGHT + 34,
    }


def bars_of(changes: Sequence[Change], names: Names) -> list[ChangeBar]:
    """The whole bar is what is asked for."""
    chinese = is_chinese()
    bars = []
    for change in changes:
        low, high = sorted((change.ratio_before, change.ratio_after))
        bars.append(
            ChangeBar(
                who=names.who(change.requester),
                item=names.item_zh(change.item) if chinese else names.item_en(change.item),
                change=change,
                kept_width=_px(low),
                moved_width=_px(high - low),
                told=change.told_zh(names) if chinese else change.told_en(names),
            )
        )
    return bars


def _px(share: float) -> float:
    return round(BAR_WIDTH * min(1.0, share), 1)


def _gain_bar(gain: Gain, names: Names) -> GainBar:
    chinese = is_chinese()
    first = gain.lifted[0] if gain.lifted else None
    return GainBar(
        item=names.item_zh(gain.item) if chinese else names.item_en(gain.item),
        gain=gain,
        from_width=_px(first.ratio_before) if first else 0.0,
        to_width=_px(first.ratio_after - first.ratio_before) if first else 0.0,
        told=gain.told_zh(names) if chinese else gain.told_en(names),
    )


def _load_bar(load: Load) -> LoadBar:
    unit = 1e3 if load.is_weight else 1e6
    return LoadBar(
        load.is_weight, _told(load.used / unit), _told(load.room / unit), _px(load.used / load.room if load.room else 1.0), load.is_full
    )  # fmt: skip


def _told(amount: float) -> str:
    return f"{amount:,.1f}".removesuffix(".0")


def _held_told(held: Comparison, names: Names) -> str:
    if all(change.is_same for change in held.changes):
        return _("Everything shared fits: the trucks hold nobody back.")
    return held.told_zh(names) if is_chinese() else held.told_en(names)


def _course_row(memory: Memory, course: Course, most: float) -> CourseRow:
    """The highest column of all is as high as the picture."""
    columns = []
    for number, figures in enumerate(course.so_far):
        height = round(COLUMN_HEIGHT * figures.worst / most, 1)
        columns.append((number + 1, 4 + COLUMN_WIDTH * number, 16 + COLUMN_HEIGHT - height, height, figures.worst))
    end = course.figures
    return CourseRow(memory, tuple(columns), len(course.never_served), end.worst, end.mean, end.gini)


def _asked(given: QueryDict, view: PlanView) -> Asked:
    """The first visit asks about the share as it was made."""
    was = view.params.get("trucks") or {}
    if "weight_1" not in given:
        weights = weights_of(view.rule)
        receivers = dict(view.rule.get("receivers", {}))
        kg, m3 = _plain(was.get("weight_g"), 1_000), _plain(was.get("volume_cm3"), 1_000_000)
        site = str(was.get("site") or "")
    else:
        weights = {level: _weight(given, f"weight_{level}") for level in sorted(WEIGHTS)}
        chosen = zip(given.getlist("receiver"), given.getlist("times"), strict=False)
        receivers = {receiver: _times(text) for receiver, text in chosen if receiver}
        kg, m3, site = given.get("kg", "").strip(), given.get("m3", "").strip(), given.get("site", "")
    counted = {receiver: times for receiver, times in receivers.items() if times != 1}
    trucks: dict[str, Any] | None = None
    if kg or m3:
        trucks = {"weight_g": _room(kg, "kg", 1_000), "volume_cm3": _room(m3, "m3", 1_000_000)}
        if site:
            trucks["site"] = site
    question = Question(
        rule={**view.rule, "weights": weights, "receivers": counted},
        trucks=trucks,
        pieces=_whole(given, "pieces", PIECES, PIECES_MAX),
        rounds=_whole(given, "rounds", ROUNDS, ROUNDS_MAX),
    )
    return Asked(question, tuple(sorted(weights.items())), tuple(receivers.items()), kg, m3, site)


def _plain(amount: float | None, unit: int) -> str:
    return "" if amount is None else f"{amount / unit:g}"


def _weight(given: Mapping[str, Any], field: str) -> float:
    return _times(str(given.get(field, "")))


def _times(text: str) -> float:
    """How often a receiver counts, or what an urgency weighs."""
    number = _number(text)
    if not 0 < number <= 100:
        raise UnusableForm(
            _("“%s” is no weight. Nothing was worked out.") % text,
            where="times",
            found=text,
            expected="0–100",
            cure=_("Twice the weight is twice the met share: write a number above 0."),
        )
    return number


def _room(text: str, field: str, unit: int) -> int | None:
    if not text:
        return None
    number = _number(text)
    if not 0 <= number <= 1e9:
        raise UnusableForm(
            _("“%s” is no load of trucks. Nothing was worked out.") % text,
            where=field,
            found=text,
            expected="≥ 0",
            cure=_("Write kilograms or cubic metres as a number, or leave the field empty."),
        )
    return round(number * unit)


def _whole(given: Mapping[str, Any], field: str, default: int, most: int) -> int:
    text = str(given.get(field, "")).strip()
    number = _number(text) if text else default
    if not (number == int(number) and 1 <= number <= most):
        raise UnusableForm(
            _("“%(found)s” is not a whole number from 1 to %(most)s. Nothing was worked out.")
            % {"found": text, "most": most},
            where=field,
            found=text,
            expected=f"1–{most}",
            cure=_("Correct the number and ask again."),
        )
    return int(number)


def _number(text: str) -> float:
    """-1 where it is none: no field here takes it."""
    try:
        number = float(text.strip().replace(",", ""))
    except ValueError:
        return -1.0
    return number if abs(number) < 1e15 else -1.0
