"""Zone notices: pasted, seen as they are read, kept; what waits for a person; rules by version; what a notice changed."""

from __future__ import annotations

from collections.abc import Iterable
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
from baogong.kernel.actor import Duty
from baogong.places import queries, services
from baogong.places.notices import Register, Resolved, resolve_notice
from baogong.web.command.views.places import OFFICE, REGISTRARS
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    moment_from,
    number_from,
    page,
    text_from,
    uuid_from,
    uuid_or_none,
    written,
)

LISTED_MAX = 300
SCOPE_COMMUNITY, SCOPE_BUILDING = 2, 3
STATES = ("SEALED", "CONTROLLED", "PRECAUTION")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a notice's text as it is shown: `kind` a css word; `note` says what was read in it, or why not."""

    text: str
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """
    Lines of a notice about one community (or street) with one state: `parts` its buildings and units; `is_rest`: what of
    the community no other line names.
    """

    name: str
    community: UUID | None
    state: str
    from_at: datetime
    until_at: datetime | None
    parts: tuple[str, ...]
    is_rest: bool


RULE_FIELDS = ("zone", "service", "from_at", "rule_days", "rule_issuer", "text_zh", "text_en", "rule_source")


@page(*OFFICE, keeps=RULE_FIELDS)
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
        if act == "rule":
            _set_rule(request)
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
        register = Register.load()
        found = resolve_notice(
            text, published_on=timezone.localtime(published_at).date(), state=state, register=register
        )
        context = {
            "given": {key: written(request, key) for key in ("text", "issuer", "title", "published_at", "state")},
            "is_looked_at": True,
            "spans": spans_of(found),
            "lines_count": len(found.lines),
            "addresses": _addresses(found, register),
            "doubts": [(doubt, sentence_at(text, doubt.start, doubt.end)) for doubt in found.doubts[:LISTED_MAX]],
            "unread_count": len(found.reading.unread),
        }
    context |= {
        "notices": queries.notices(most=50),
        "rules": queries.rules_of(),
        "may_write": request.actor.may_any(*REGISTRARS),
        "may_rule": request.actor.may(Duty.COMMAND),
        "now_naive": timezone.make_naive(request.now).strftime("%Y-%m-%dT%H:%M"),
        "states": STATES,
        "services": ("DOOR", "SHELF", "FREE"),
        "typed": {field: texts[0] for field, texts in request.typed.items() if texts},
    }
    return render(request, "command/zones.html", context)


def _set_rule(request: PageRequest) -> None:
    services.set_zone_rule(
        zone=text_from(request, "zone"),
        service=text_from(request, "service"),
        from_at=moment_from(request, "from_at"),
        days=number_from(request, "rule_days", least=1, most=366) if written(request, "rule_days") else None,
        issuer=written(request, "rule_issuer"),
        text_zh=text_from(request, "text_zh"),
        text_en=text_from(request, "text_en"),
        source=written(request, "rule_source"),
        actor=request.actor,
        now=request.now,
    )
    messages.success(request, _("The rule counts from that moment on; the earlier one stays to be seen."))


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
        "waiting": [(doubt, sentence_at(found.text, doubt.start, doubt.end)) for doubt in waiting[:LISTED_MAX]],
        "waiting_count": len(waiting),
        "settled": [doubt for doubt in found.doubts if doubt.settled_at is not None],
        "communities": queries.communities() if waiting else (),
        "changes": queries.changes_by(found) if request.GET.get("changes") else None,
        "groups": _grouped(found.lines)[:LISTED_MAX],
        "may_write": request.actor.may_any(*REGISTRARS),
        "states": STATES,
    }
    return render(request, "command/zone_notice.html", context)


def _grouped(lines: tuple[queries.LineView, ...]) -> list[Group]:
    found: dict[tuple[object, ...], tuple[queries.LineView, list[str]]] = {}
    for line in lines:
        key = (line.community, line.street if line.community is None else "", line.state, line.from_at, line.until_at)
        parts = found.setdefault((*key, min(line.scope, SCOPE_BUILDING)), (line, []))[1]
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
            line.community is not None and line.scope < SCOPE_COMMUNITY,
        )
        for line, parts in found.values()
    ]


def _addresses(found: Resolved, register: Register) -> list[tuple[str, str, list[str]]]:
    """(community or street, state, its buildings and units: [] for the whole) of what a notice would put into a zone."""
    units = {unit: name for known in register.units.values() for name, unit in known.items()}
    groups: dict[tuple[str, str, bool], list[str]] = {}
    for line in found.lines:
        name = register.names[line.community] if line.community else line.street
        parts = groups.setdefault((name, line.state or "OUT", line.building is None), [])
        if line.building is not None:
            house = register.house_names[line.building]
            parts.append(f"{house}-{units[line.unit]}" if line.unit else house)
    return [
        (name, state, sorted(dict.fromkeys(parts), key=natural_key)) for (name, state, _whole), parts in groups.items()
    ]


def sentence_at(text: str, start: int, end: int) -> str:
    """The sentence or line of a notice around characters [start, end), with its brackets and exceptions."""
    first = max(text.rfind(sign, 0, start) for sign in "\n。；;") + 1
    last = min((at for sign in "\n。；;" if (at := text.find(sign, end)) >= 0), default=len(text))
    return text[first:last].strip()


def spans_of(found: Resolved) -> list[Span]:
    """The text in stretches: addresses by their state, what was skipped, what waits for a person."""
    doubtful = {(doubt.start, doubt.end): doubt.why for doubt in found.unknown}
    marks: Iterable[tuple[int, int, str, str]] = (
        (entry.start, entry.end, entry.state.value if entry.state else "OUT", entry.address or "*")
        for entry in found.reading.entries
        if (entry.start, entry.end) not in doubtful
    )
    return _marked(found.reading.text, [*marks, *((*span, "UNREAD", why) for span, why in doubtful.items())])


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
    return _marked(found.text, [*doubts, *lines])


def _marked(text: str, marks: list[tuple[int, int, str, str]]) -> list[Span]:
    """Marks laid over the text without overlap, the first and longest one wins; the stretches between bear none."""
    stretches: list[tuple[int, int, str, str]] = []
    at = 0
    for start, end, kind, note in sorted(marks, key=lambda mark: (mark[0], -mark[1])):
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
