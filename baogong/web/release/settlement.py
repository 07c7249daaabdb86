"""Who owes whom for what was handed over: by shop, factory and authority, to the fen; to read, and to take away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from baogong.kernel.money import yuan
from baogong.needs.queries.sight import OFFICE
from baogong.release import queries
from baogong.release.queries import ReleaseView, Settled
from baogong.web.downloads import csv_download
from baogong.web.pages import PageRequest, UnusableForm, day_from, page
from baogong.web.words import word


@dataclass(frozen=True, slots=True)
class Payee:
    """Everything one payee is owed."""

    kind: str
    name: str
    rows: tuple[Settled, ...]

    @property
    def fen(self) -> int:
        return sum(one.fen for one in self.rows)


@page(at_a_place=OFFICE)
def settlement(request: PageRequest, release: UUID) -> HttpResponse:
    """By payee, and who bears it; of the days asked for."""
    found, since, until, rows = _asked(request, release)
    payees = [
        Payee(kind, name, tuple(group))
        for (kind, name, _id), group in groupby(rows, key=lambda one: (one.payee, one.payee_name, one.payee_id))
    ]
    bearers: dict[str, int] = {}
    for one in rows:
        bearers[one.bearer] = bearers.get(one.bearer, 0) + one.fen
    context = {
        "release": found,
        "payees": payees,
        "bearers": bearers.items(),
        "fen": sum(bearers.values()),
        "since": since,
        "until": until,
        "query": request.GET.urlencode(),
    }
    return render(request, "release/settlement.html", context)


@page(at_a_place=OFFICE)
def settlement_file(request: PageRequest, release: UUID) -> HttpResponse:
    """The same rows as a table."""
    found, _since, _until, rows = _asked(request, release)
    head = [_("Who is paid"), _("Name"), _("Who bears it"), _("Part of the price"), _("Claims"), _("Units"), _("Yuan")]
    return csv_download(
        f"settlement-{found.code}",
        head,
        (
            (
                word(one.payee, "payee"), one.payee_name, word(one.bearer, "bearer"), word(one.part, "price-part"),
                one.claims, one.units, yuan(one.fen).replace(",", ""),
            )
            for one in rows
        ),
    )  # fmt: skip


def _asked(request: PageRequest, release: UUID) -> tuple[ReleaseView, date | None, date | None, tuple[Settled, ...]]:
    found = queries.release(release)
    request.actor.require(*OFFICE, at=found.office)
    since, until = day_from(request, "since"), day_from(request, "until")
    if since is not None and until is not None and until < since:
        raise UnusableForm(
            _("The last day lies before the first. Nothing was added up."),
            where="until",
            found=until.isoformat(),
            expected=f"≥ {since.isoformat()}",
            cure=_("Choose a later last day."),
        )
    return found, since, until, queries.settlement(release, since=since, until=until)
