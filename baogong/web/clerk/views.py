"""The drop box: paste or drop anything, see what each line would do, then write it; doubts wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from baogong.engine.sheets.kinds import ImportKind, Status, guess_kind, kind_named, kinds, likely_kinds
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.profiles import load_profile, match_headers, profile_names
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.tables import Table
from baogong.journal.queries.imports import import_run, waiting_lines, waiting_lines_count
from baogong.journal.services import imports
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind
from baogong.web.clerk.bringers import by_bringer
from baogong.web.clerk.lines import groups_of, line_of, page_of, queue_of
from baogong.web.downloads import csv_download
from baogong.web.names import is_chinese
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    back,
    number_from,
    page,
    sentence,
    text_from,
    uuids_from,
    written,
)

READERS = (Duty.CLERK, Duty.COMMAND, Duty.KEEPER)
READINGS_MAX = 3
WAITING_SHOWN_MAX = 1_000


@page(at_a_place=READERS)
def drop(request: PageRequest) -> HttpResponse:
    """
    One box for every list: says what it thinks the list is, and shows the preview.

    Where it is not sure, the list is read in each likely way, and the person chooses by what each would do: a preview
    writes nothing, and nobody has to find the file a second time.
    """
    if request.method != "POST":
        return render(request, "clerk/drop.html", _drop_context(request))
    try:
        return _read_dropped(request)
    except BaogongError as refusal:
        if refusal.kind is Kind.FORBIDDEN or not request.POST.get("text", "").strip():
            raise
        # What was pasted stays in the box.
        return render(request, "clerk/drop.html", _drop_context(request) | {"refusal": sentence(refusal)})


def _read_dropped(request: PageRequest) -> HttpResponse:
    name, data = _dropped(request)
    table = read_table(name, data)
    profile = request.POST.get("profile") or (table.form if table.form in profile_names() else None)
    chosen = request.POST.get("kind", "")
    likely = [chosen] if chosen else likely_kinds(guess_kind(table, profile))[:READINGS_MAX]
    if not likely:
        heads = [column.text for column in table.columns if column.text]
        context = {"unknown": heads, "file_name": name, "tried": _tried(request, table, profile)}
        return render(request, "clerk/drop.html", _drop_context(request) | context)
    likely = [kind for kind in likely if kind_named(kind).admits(request.actor)] or likely
    runs = [
        imports.preview(kind=kind, file_name=name, data=data, profile=profile, actor=request.actor, now=request.now).id
        for kind in likely
    ]
    if len(runs) == 1:
        return redirect("clerk:run", run=runs[0])
    return redirect(f"{reverse('clerk:choose')}?{urlencode([('run', str(run)) for run in runs])}")


@dataclass(frozen=True, slots=True)
class Tried:
    """One kind held against a list that fits none: the headers it understood, the columns it cannot do without."""

    kind: ImportKind
    understood: tuple[str, ...]
    missing: tuple[str, ...]


def _tried(request: PageRequest, table: Table, profile: str | None) -> list[Tried]:
    """Every kind the visitor may bring in, the nearest first."""
    tried = []
    for kind in kinds():
        if kind.admits(request.actor):
            heads = match_headers(table, kind.columns, profile, kind=kind.name)
            names = {column.key: column.title_zh if is_chinese() else column.title_en for column in kind.columns}
            understood = tuple(table.columns[at].text for at in sorted(heads.by_key.values()))
            tried.append(Tried(kind, understood, tuple(names[key] for key in heads.missing)))
    return sorted(tried, key=lambda each: (len(each.missing) - len(each.understood), each.kind.name))


@page(at_a_place=READERS)
def choose(request: PageRequest) -> HttpResponse:
    """The same list read in several ways, beside each other."""
    ids = uuids_from(request, "run")[:READINGS_MAX]
    views = [import_run(run, seen_by=request.actor) for run in ids]
    readings = [{"run": run, "kind": kind_named(run.kind), "groups": groups_of(run)} for run in views]
    if not readings:
        return redirect("clerk:drop")
    return render(request, "clerk/choose.html", {"readings": readings})


@page(at_a_place=READERS)
def run(request: PageRequest, run: UUID) -> HttpResponse:
    """One list: what each line would do, or did; with `status` all its lines of that status, page by page."""
    view = import_run(run, seen_by=request.actor)
    counts = view.summary
    context = {
        "run": view,
        "kind": kind_named(view.kind),
        "sound": counts["added"] + counts["matched"],
        "roles": _roles_to_register(request.actor),
    }
    if request.GET.get("status") in set(Status):
        group = page_of(view, Status(request.GET["status"]), start=number_from(request, "from", default=0))
        return render(request, "clerk/status_page.html", context | {"group": group})
    return render(request, "clerk/run.html", context | {"groups": groups_of(view)})


@require_POST
@page(at_a_place=READERS)
def apply(request: PageRequest, run: UUID) -> HttpResponse:
    view = imports.apply(run=run, actor=request.actor, now=request.now)
    counts = view.summary
    messages.success(
        request,
        _("Written: %(added)s new, %(matched)s matched. %(waiting)s wait for a person; %(refused)s were refused.")
        % {
            "added": counts["added"],
            "matched": counts["matched"],
            "waiting": len(counts["waiting"]),
            "refused": len(counts["refused"]),
        },
    )
    return redirect("clerk:run", run=run)


@page(at_a_place=READERS)
def left_out(request: PageRequest, run: UUID) -> HttpResponse:
    """What was not written, to be corrected in a spreadsheet program."""
    view = import_run(run, seen_by=request.actor)
    outcomes = [line.outcome for line in view.lines if line.outcome.status in (Status.REFUSED, Status.WAITING)]
    rows = [line_of(outcome) for outcome in outcomes]
    return csv_download(
        f"left-out-{str(run)[-8:]}",
        [_("Where"), _("Line"), _("Found"), _("Allowed"), _("What to do")],
        [(row.where, row.text, row.found, row.expected, row.cure) for row in rows],
    )


@page(at_a_place=READERS)
def waiting(request: PageRequest) -> HttpResponse:
    """The queue: equal doubts of one list are one question."""
    lines = waiting_lines(limit=WAITING_SHOWN_MAX, seen_by=request.actor)
    context = {
        "doubts": queue_of(lines),
        "count": waiting_lines_count(seen_by=request.actor),
        "roles": _roles_to_register(request.actor),
    }
    return render(request, "clerk/waiting.html", context)


@require_POST
@page(at_a_place=READERS)
def settle(request: PageRequest, line: UUID) -> HttpResponse:
    """A person decides: one of the candidates, new, in their own words, right as it stands, or left out."""
    answer = request.POST.get("answer", "")
    choice: dict[str, object] = {"candidate": answer[2:]} if answer.startswith("c:") else {answer: True}
    if answer == "typed":
        choice = {"typed": text_from(request, "typed")}
    view = imports.resolve(
        line=line, choice=choice, actor=request.actor, now=request.now, alike=request.POST.get("alike") == "1"
    )
    if answer == "again" and any(
        each.id == line and each.outcome.status is Status.WAITING and each.outcome.may_look_again for each in view.lines
    ):
        messages.warning(request, _("What this line waits for is not there yet. Nothing was decided."))
    else:
        messages.success(request, _("Decided."))
    return redirect(back(request))


@require_POST
@page(*imports.PLACE_REGISTRARS)
def new_place(request: PageRequest, line: UUID) -> HttpResponse:
    """The place a line names is new: it is registered, and every waiting line of that list goes there, or nothing is."""
    name = text_from(request, "name")
    _view, _site, placed = imports.register_place(
        line=line,
        name=name,
        role=request.POST.get("role", ""),
        city=written(request, "city"),
        actor=request.actor,
        now=request.now,
    )
    messages.success(
        request,
        ngettext(
            "“%(name)s” is registered; %(count)s line of the list is of it.",
            "“%(name)s” is registered; %(count)s lines of the list are of it.",
            placed,
        )
        % {"name": name, "count": placed},
    )
    return redirect(back(request))


def _roles_to_register(actor: Actor) -> tuple[str, ...]:
    """What a new place may be for; nothing where the visitor registers none."""
    return imports.PLACE_ROLES if actor.may_any(*imports.PLACE_REGISTRARS) else ()


@page(at_a_place=READERS)
def template(request: PageRequest, kind: str) -> HttpResponse:
    """An empty list of this kind with its headers, for a spreadsheet program."""
    columns = kind_named(kind).columns
    return csv_download(kind, [column.title_zh if is_chinese() else column.title_en for column in columns], [])


def _dropped(request: PageRequest) -> tuple[str, bytes]:
    file = request.FILES.get("file")
    if file is not None:
        name = file.name or "list"
        Limits().check_file(name, file.size or 0)  # before it is read into memory
        return name, file.read()
    text = request.POST.get("text", "").rstrip()  # the lines keep their numbers
    if not text.strip():
        raise UnusableForm(
            _("The box was empty; nothing was read."),
            where="file",
            expected=_("a CSV, XLSX or JSON file, or pasted rows with their header"),
            cure=_("Choose a file or paste the rows, then send again."),
        )
    return _("pasted") + ".txt", text.encode()


def _drop_context(request: PageRequest) -> dict[str, object]:
    mine = [kind for kind in kinds() if kind.admits(request.actor)]
    word = written(request, "q") if request.method == "POST" else request.GET.get("q", "").strip()
    return {
        "bringers": by_bringer(mine),
        "templates": by_bringer(mine, word),
        "q": word,
        "profiles": [{"name": name, **load_profile(name)} for name in profile_names()],
        "waiting_count": waiting_lines_count(seen_by=request.actor),
        "typed": {field: request.POST.get(field, "") for field in ("text", "kind", "profile")},
    }
