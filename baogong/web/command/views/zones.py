"""Zone notices: pasted, seen as they are read, kept; what waits for a person; rules by version; what a notice changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.engine.sheets.house_numbers import natural_key
from baogong.engine.zones import Reading
from baogong.kernel.actor import Duty
from baogong.places import queries, services
from baogong.places.notices import resolve_notice
from baogong.web.command.views.places import OFFICE, REGISTRARS
from baogong.web.pages import PageRequest, UnusableForm, moment_from, page, text_from, uuid_from, uuid_or_none, written

LISTED_MAX = 300
SCOPE_COMMUNITY = 2


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a notice's text as it is shown: `kind` a css word; `note` says what was read in it, or why not."""

    text: str
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of a notice about one community (or street) with one state: `parts` its buildings and units."""

    name: str
    community: UUID | None
    state: str
    from_at: datetime
    until_at: datetime | None
    parts: tuple[str, ...]


@page(*OFFICE)
def zones(request: PageRequest) -> HttpResponse:
    """Notices and rules; a notice pasted here is shown as it is read before it is kept."""
    context: dict[str, Any] = {"given": {}}
    if request.method == "POST":
        request.actor.require(*REGISTRARS)
        act = request.POST.get("act", "")
        if act == "rules":
            count = services.load_zone_rules(actor=request.actor, now=request.now)
            messages.success(request, _("Rules written: %s.") % count)
            return redirect("command:zones")
        text = text_from(request, "text")
        published_at = moment_from(request, "published_at")
        state = written(request, "state") or None
        if act == "keep":
            made = services.read_notice(
                text=text,
                issuer=written(request, "issuer"),
                title=written(request, "title"),
                published_at=published_at,
                state=state,
                actor=request.actor,
                now=request.now,
            )
            messages.success(request, _("The notice holds. What waits for you stands below."))
            return redirect("command:zone_notice", notice=made)
        found = resolve_notice(text, published_on=timezone.localtime(published_at).date(), state=state)
        context = {
            "given": {key: written(request, key) for key in ("text", "issuer", "title", "published_at", "state")},
            "is_looked_at": True,
            "spans": spans_of(found.reading),
            "lines_count": len(found.lines),
            "doubts": found.doubts[:LISTED_MAX],
            "unread_count": len(found.reading.unread),
        }
    context |= {
        "notices": queries.notices(most=50),
        "rules": queries.rules_of(),
        "may_write": request.actor.may_any(*REGISTRARS),
        "may_rule": request.actor.may(Duty.COMMAND),
        "now_naive": timezone.make_naive(request.now).strftime("%Y-%m-%dT%H:%M"),
        "states": ("SEALED", "CONTROLLED", "PRECAUTION"),
    }
    return render(request, "command/zones.html", context)


@page(*OFFICE)
def zone_notice(request: PageRequest, notice: UUID) -> HttpResponse:
    """One notice: its text with what was read in it, its lines, what waits, what it changed."""
    if request.method == "POST":
        _settle(request, notice)
        return redirect("command:zone_notice", notice=notice)
    found = queries.notice(notice)
    waiting = [doubt for doubt in found.doubts if doubt.settled_at is None]
    context = {
        "notice": found,
        "spans": _kept_spans(found),
        "waiting": waiting[:LISTED_MAX],
        "waiting_count": len(waiting),
        "settled": [doubt for doubt in found.doubts if doubt.settled_at is not None],
        "communities": queries.communities() if waiting else (),
        "changes": queries.changes_by(found) if request.GET.get("changes") else None,
        "groups": _grouped(found.lines)[:LISTED_MAX],
        "may_write": request.actor.may_any(*REGISTRARS),
        "states": ("SEALED", "CONTROLLED", "PRECAUTION"),
    }
    return render(request, "command/zone_notice.html", context)


def _grouped(lines: tuple[queries.LineView, ...]) -> list[Group]:
    found: dict[tuple[object, ...], tuple[queries.LineView, list[str]]] = {}
    for line in lines:
        key = (line.community, line.street if line.community is None else "", line.state, line.from_at, line.until_at)
        parts = found.setdefault((*key, line.scope <= SCOPE_COMMUNITY), (line, []))[1]
        if line.building_name:
            parts.append(f"{line.building_name}-{line.unit_name}" if line.unit_name else line.building_name)
    return [
        Group(
            line.community_name or line.street,
            line.community,
            line.state,
            line.from_at,
            line.until_at,
            tuple(sorted(dict.fromkeys(parts), key=natural_key)),
        )
        for line, parts in found.values()
    ]


def spans_of(reading: Reading) -> list[Span]:
    """The text in stretches: addresses by their state, what was skipped, what nothing read."""
    marks = [
        (entry.start, entry.end, entry.state.value if entry.state else "OUT", entry.address or "*")
        for entry in reading.entries
    ]
    marks += [(piece.start, piece.end, "UNREAD", piece.reason) for piece in reading.unread]
    return _marked(reading.text, marks)


def _kept_spans(found: queries.NoticePage) -> list[Span]:
    lines = [
        (
            line.start,
            line.end,
            line.state or "OUT",
            " ".join(filter(None, (line.community_name or line.street, line.building_name, line.unit_name))),
        )
        for line in found.lines
    ]
    doubts = [(doubt.start, doubt.end, "UNREAD", doubt.why) for doubt in found.doubts if doubt.settled_at is None]
    return _marked(found.text, [*lines, *doubts])


def _marked(text: str, marks: list[tuple[int, int, str, str]]) -> list[Span]:
    """Marks laid over the text without overlap, the first one that begins wins; the stretches between bear none."""
    stretches: list[tuple[int, int, str, str]] = []
    at = 0
    for start, end, kind, note in sorted(marks):
        if start < at:
            continue
        if start > at:
            stretches.append((at, start, "", ""))
        stretches.append((start, end, kind, note))
        at = end
    if at < len(text):
        stretches.append((at, len(text), "", ""))
    return [Span(text[start:end], kind, note) for start, end, kind, note in stretches]


def _settle(request: PageRequest, notice: UUID) -> None:
    act = request.POST.get("act", "")
    request.actor.require(*REGISTRARS)
    facts: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "withdraw":
        services.withdraw_notice(notice=notice, **facts)
        messages.success(request, _("The notice says nothing any more; what it said until now stays in the book."))
    elif act in ("settle", "nothing"):
        doubt, chosen = uuid_from(request, "doubt"), written(request, "choice")
        name = chosen.removeprefix("street:") if chosen.startswith("street:") else ""
        target: dict[str, Any] = {}
        if act == "settle":
            if name:
                target = {"street": name}
            elif chosen.startswith("building:"):
                community, building = chosen.removeprefix("building:").split("/")
                target = {"community": UUID(community), "building": UUID(building)}
            else:
                target = {"community": uuid_or_none(request, "choice")}
            if not any(target.values()):
                raise UnusableForm(
                    _("Nothing was chosen."),
                    where="choice",
                    cure=_("Choose what it is, or say that it is nothing here."),
                )
        services.settle_doubt(
            doubt=doubt,
            **target,
            state=written(request, "state") or None,
            remember=bool(request.POST.get("remember")),
            **facts,
        )
        messages.success(request, _("Settled."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
