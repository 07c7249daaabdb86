"""A bar code read at the door: what it is, whether it is still good, and what of it stands here."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from baogong.catalogue import queries as catalogue
from baogong.catalogue.barcodes import UnreadBarcode
from baogong.journal.clock import house_day
from baogong.kernel.actor import Duty
from baogong.ledger import queries as book
from baogong.ledger.queries import LotView
from baogong.web.keeper.views.board import own_site
from baogong.web.keeper.views.goods import HERE
from baogong.web.pages import PageRequest, page
from baogong.web.paper.lines import Boxed, boxed
from baogong.web.sentences import said

CODE_MAX = 200  # the longest GS1 message has 48 digits or so; a camera that reads nonsense reads much


@dataclass(frozen=True, slots=True)
class Here:
    """A lot of the scanned item on this floor; `is_same` where label and day are those of the code."""

    lot: LotView
    count: Boxed
    is_same: bool


@page(at_a_place=(Duty.KEEPER,))
def scan(request: PageRequest, site: UUID) -> HttpResponse:
    """Typed, scanned by a reader that types, or by the telephone's camera; nothing is written."""
    here = own_site(request, site)
    code = request.GET.get("code", "").strip()[:CODE_MAX]
    context: dict[str, object] = {"site": here, "code": code}
    status = 200
    if code:
        try:
            found = catalogue.scan(code)
        except UnreadBarcode as refusal:
            context["refusal"], status = said(refusal), 422
        else:
            expires = found.barcode.expires_on
            context |= {
                "found": found,
                "is_expired": expires is not None and expires < house_day(request.now),
                "here": _standing(site, found),
            }
    return render(request, "keeper/scan.html", context, status=status)


def _standing(site: UUID, found: catalogue.Scan) -> list[Here]:
    if found.item is None:
        return []
    sums: dict[UUID, tuple[LotView, int]] = {}
    for view in book.balances(holders=[site], states=HERE, items=[found.item.id]):
        before = sums[view.lot.id][1] if view.lot.id in sums else 0
        sums[view.lot.id] = (view.lot, before + view.posted)
    code = found.barcode
    rows = [
        Here(
            lot,
            boxed(amount, lot.pieces_per_carton),
            bool(code.lot or code.expires_on)
            and code.lot in ("", lot.label)
            and code.expires_on in (None, lot.expires_on),
        )
        for lot, amount in sums.values()
        if amount
    ]
    return sorted(rows, key=lambda row: (not row.is_same, str(row.lot.expires_on), row.lot.id))
