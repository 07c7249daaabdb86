"""Winners another office has chosen: its list dropped here, every problem told, signed by a second person, published as figures."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.engine.sheets.limits import Limits
from baogong.journal.services import documents, imports
from baogong.kernel.actor import Duty
from baogong.needs.queries.sight import OFFICE
from baogong.release import queries
from baogong.web.pages import PageRequest, UnusableForm, page, uuid_from, written
from baogong.web.release.desk import DESK

KIND = "winners"


@page(at_a_place=OFFICE)
def winners(request: PageRequest, release: UUID) -> HttpResponse:
    """The lists of one release, and a box for the next one; its preview names every problem before anything is signed."""
    found = queries.release(release)
    request.actor.require(*OFFICE, at=found.office)
    lists = queries.winner_lists(release)
    if request.method == "POST" and written(request, "act") == "sign":
        document = uuid_from(request, "document")
        if document not in {one.document for one in lists}:
            raise UnusableForm(
                _("This list is none of this release’s. Nothing was signed."),
                where="document",
                found=str(document),
                cure=_("Reload the page."),
            )
        documents.sign(document=document, actor=request.actor, now=request.now)
        messages.success(request, _("Signed: the winners are admitted."))
        return redirect("release:winners", release=release)
    if request.method == "POST":
        name, data = _dropped(request)
        run = imports.preview(kind=KIND, file_name=name, data=data, profile=None, actor=request.actor, now=request.now)
        return redirect("clerk:run", run=run.id)
    context = {
        "release": found,
        "lists": lists,
        "own": request.actor.person_id,
        "tranches": queries.tranches(release),
        "may_bring": request.actor.may_any(*DESK, at=found.office),
        "may_sign": request.actor.may_any(Duty.COMMAND, Duty.APPROVER, at=found.office),
    }
    return render(request, "release/winners.html", context)


def _dropped(request: PageRequest) -> tuple[str, bytes]:
    file = request.FILES.get("file")
    if file is not None:
        name = file.name or "list"
        Limits().check_file(name, file.size or 0)  # before it is read into memory
        return name, file.read()
    text = written(request, "text")
    if not text:
        raise UnusableForm(
            _("The box was empty; nothing was read."),
            where="file",
            expected=_("a CSV, XLSX or JSON file, or pasted rows with their header"),
            cure=_("Choose a file or paste the rows, then send again."),
        )
    return _("pasted") + ".txt", text.encode()
