"""
The theatre: the book of this house played again, on a timeline to scrub.

The page is whole without a script: the map as it stands at the end, and a table of the steps with their totals. With it,
one document is read, and everything else happens in the browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.journal.clock import house_day
from baogong.kernel.windows import Window
from baogong.people.services import access
from baogong.tower import stories
from baogong.tower.queries import KINDS_OF_AMOUNT, Replay, replay, replay_mark, window_between
from baogong.web.pages import PageRequest, moment_from, page, written
from baogong.web.stories.maps import maps_of
from baogong.web.templatetags.baogong import count, money, own_half
from baogong.web.tower.rows import OFFICE
from baogong.web.words import WORDS


@dataclass(frozen=True, slots=True)
class Row:
    """What the book said when a step of the story, or a day, was over; figures of the kind that is shown."""

    at: datetime
    title: str
    movements_count: int
    came: str
    made: str
    groups: tuple[str, ...]
    kept: int
    late: int


def may_look(request: PageRequest) -> bool:
    """Everybody in a demonstration that only this machine reaches; else the office."""
    return access.demo_is_open() or request.actor.may_any(*OFFICE)


def theatre(request: HttpRequest) -> HttpResponseBase:
    return (_theatre_for_all if access.demo_is_open() else _theatre_for_the_office)(request)


def frames(request: HttpRequest) -> HttpResponseBase:
    return (_frames_for_all if access.demo_is_open() else _frames_for_the_office)(request)


def _theatre(request: PageRequest) -> HttpResponse:
    window = _window(request)
    played = replay(window)
    kind = _kind_of(played) if played else 0
    context = {
        "played": played,
        "card": stories.card_of(request.book_mark.name) if request.book_mark.is_drill else None,
        "maps": maps_of(played, kind) if played else None,
        "kinds": [(number, KINDS_OF_AMOUNT[number]) for number in _kinds_in(played)] if played else [],
        "kind": kind,
        "kind_code": KINDS_OF_AMOUNT[kind],
        "rows": list(_rows(played, kind)) if played else [],
        "has_steps": bool(played and played.steps),
        "is_made": bool(played and any(frame.made[kind] for frame in played.frames)),
        "src": f"{reverse('stories:frames')}?{request.GET.urlencode()}",
        "words": _words(request),
        "from_at": window.start_at,
        "until_at": window.end_at,
    }
    return render(request, "stories/theatre.html", context)


def _frames(request: PageRequest) -> HttpResponse:
    """The replay as one document; asked for again, nothing is sent unless the book has grown."""
    window = _window(request)
    tag = f'"{replay_mark()}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        played = replay(window)
        document = played.as_document() if played else {"frames": []}
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)
        response = HttpResponse(text, content_type="application/json")
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


_theatre_for_all, _theatre_for_the_office = page(public=True)(_theatre), page(*OFFICE)(_theatre)
_frames_for_all, _frames_for_the_office = page(public=True)(_frames), page(*OFFICE)(_frames)


def _window(request: PageRequest) -> Window:
    start_at, end_at = (
        moment_from(request, field) if written(request, field) else None for field in ("from_at", "until_at")
    )
    return window_between(start_at, end_at)


def _kinds_in(played: Replay) -> list[int]:
    """Those of which anything came in."""
    last = played.frames[-1]
    return [number for number in range(len(KINDS_OF_AMOUNT)) if last.came[number] or last.made[number]] or [0]


def _kind_of(played: Replay) -> int:
    return _kinds_in(played)[0]


def _rows(played: Replay, kind: int) -> Iterator[Row]:
    """The last frame of each step; without a story, of each day."""
    totals = list(played.totals())
    titles = {step.number: own_half(step.title) for step in played.steps}
    for number, frame in enumerate(played.frames):
        following = played.frames[number + 1] if number + 1 < len(played.frames) else None
        if played.steps:
            is_last = following is None or following.step != frame.step
            title = str(titles.get(frame.step, ""))
        else:
            is_last = following is None or house_day(following.at) != house_day(frame.at)
            title = ""
        if is_last and (frame.step or not played.steps):
            yield Row(
                next((step.at for step in played.steps if step.number == frame.step), frame.at),
                title,
                frame.movements_count,
                amount_of(frame.came[kind], kind),
                amount_of(frame.made[kind], kind),
                tuple(amount_of(amount, kind) for amount in totals[number][kind]),
                frame.kept,
                frame.late,
            )


def amount_of(amount: int, kind: int) -> str:
    """12,345 things, 12.3 kg or ¥123.45: never more than one kind in one figure."""
    return {"COUNT": count(amount), "WEIGHT": f"{amount / 1000:,.1f} kg", "MONEY": money(amount)}[KINDS_OF_AMOUNT[kind]]


def _words(request: PageRequest) -> dict[str, object]:
    """What the script says, in the visitor's language."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "check": _("%(came)s in = %(stands)s standing + %(aboard)s on the way + %(handed_over)s handed over + %(ended)s sold, used or given back + %(lost)s lost"),
        "check_made": _("%(came)s in + %(made)s by repacking = %(stands)s standing + %(aboard)s on the way + %(handed_over)s handed over + %(ended)s sold, used or given back + %(lost)s lost"),
        "wrong": _("These do not add up: tell whoever keeps this house."),
        "within": _("%(place)s: %(before)s → %(after)s"),
        "states": {code: str(word) for code, word in WORDS["state"].items()},
        "more": _("and %(count)s more lines"),
        "elsewhere": _("elsewhere"),
        "unread": _("The replay could not be read. The table below says the same."),
        "step": _("Step %(number)s of %(count)s"),
        "trips": {"TRUCK": _("truck"), "CART": _("cart"), "COURIER": _("courier")},
        "reasons": {code: str(word) for code, word in WORDS["reason"].items()},
        "parties": {code: str(word) for code, word in WORDS["party"].items()},
        "paper": _("document"),
        "zone": timezone.get_current_timezone_name(),
        "proof": reverse("public:proof", args=["00000000-0000-0000-0000-000000000000"]),
        "document": reverse("command:document", args=["00000000-0000-0000-0000-000000000000"])
        if request.actor.may_any(*OFFICE)
        else "",
    }  # fmt: skip
