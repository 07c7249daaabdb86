"""What stands here, and counting it by hand."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.ledger import queries as book
from baogong.ledger.queries import BalanceView, LotView
from baogong.ledger.states import State
from baogong.supply import services as supply
from baogong.supply.services import Counted
from baogong.web.keeper.views.board import own_site
from baogong.web.names import is_chinese, items_in_order, party_names, place_in
from baogong.web.pages import PageRequest, UnusableForm, moment_from, number_from, page, show, uuid_from
from baogong.web.paper.lines import Boxed, boxed, refusal_of, typed_amount

HERE = (State.AVAILABLE, State.FROZEN)


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """One lot in one state at the site. `promised` of it is held for somebody."""

    lot: LotView
    name: str
    unit: str
    owner_name: str
    donor_name: str
    state: str
    count: Boxed
    promised: int


@dataclass(frozen=True, slots=True)
class CountRow:
    """A lot to be counted: what the book has, and what was typed before a refusal."""

    lot: LotView
    name: str
    unit: str
    owner_name: str
    count: Boxed
    cartons: str
    units: str


@page(at_a_place=(Duty.KEEPER,))
def goods(request: PageRequest, site: UUID) -> HttpResponse:
    """Every lot on the floor, whose it is and for whom."""
    here = own_site(request, site)
    rows = _rows(book.balances(holders=[site], states=[*HERE, State.SPOILED]), site)
    return show(request, "keeper/goods.html", {"site": here, "rows": rows}, partial="rows")


def _rows(balances: Iterable[BalanceView], site: UUID) -> list[GoodsRow]:
    standing = [view for view in balances if view.posted]
    known = {item.id: item for item in items_in_order()}
    chinese = is_chinese()
    parties = party_names({party for view in standing for party in (view.lot.owner, view.lot.donor) if party})
    rows = [
        GoodsRow(
            lot=view.lot,
            name=known[view.lot.item].name_zh if chinese else known[view.lot.item].name_en,
            unit=known[view.lot.item].unit,
            owner_name="" if view.lot.owner == site else parties[view.lot.owner],
            donor_name=parties[view.lot.donor] if view.lot.donor else "",
            state=view.state.value,
            count=boxed(view.posted, view.lot.pieces_per_carton),
            promised=view.held,
        )
        for view in standing
    ]
    place = place_in(known)
    return sorted(rows, key=lambda row: (row.state == State.SPOILED, place(row.lot.item), row.lot.id, row.state))


@page(at_a_place=(Duty.KEEPER,))
def count(request: PageRequest, site: UUID) -> HttpResponse:
    """Count by hand: only what was counted is typed; the book moves by the difference."""
    here = own_site(request, site)
    standing = _countable(site)
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_count, request, site))
        if refused is None:
            return redirect("keeper:goods", site=site)
        status = refused
    known = {item.id: item for item in items_in_order()}
    place, chinese = place_in(known), is_chinese()
    names = {item.id: item.name_zh if chinese else item.name_en for item in known.values()}
    rows = [
        CountRow(
            lot=lot,
            name=names[lot.item],
            unit=known[lot.item].unit,
            owner_name="",
            count=boxed(amount, lot.pieces_per_carton),
            cartons=request.POST.get(f"counted_cartons_{lot.id}", ""),
            units=request.POST.get(f"counted_units_{lot.id}", ""),
        )
        for lot, amount in standing
    ]
    context = {
        "site": here,
        "rows": sorted(rows, key=lambda row: (place(row.lot.item), row.lot.id)),
        "goods": list(names.items()),
        "typed": request.POST,
        "counted_at": request.POST.get("counted_at") or timezone.localtime(request.now).strftime("%Y-%m-%dT%H:%M:%S"),
    }
    return render(request, "keeper/count.html", context, status=status)


def _countable(site: UUID) -> list[tuple[LotView, int]]:
    """Lots a stock sheet may name, with what the book has on the floor."""
    found: dict[UUID, tuple[LotView, int]] = {}
    for view in book.balances(holders=[site], states=HERE):
        if _is_sheets(view.lot):
            before = found[view.lot.id][1] if view.lot.id in found else 0
            found[view.lot.id] = (view.lot, before + view.posted)
    return list(found.values())


def _is_sheets(lot: LotView) -> bool:
    """Nobody gave it and nobody's earmark is on it: gifts are counted as they are received."""
    return lot.donor is None and lot.earmark is None


def _count(request: PageRequest, site: UUID) -> None:
    # The lots come from the form, not from the floor: sent twice it says the same, though the floor has moved on.
    lines = [
        Counted(
            item=lot.item,
            amount=typed_amount(request, "counted", lot.id, lot.pieces_per_carton),
            owner=lot.owner,
            standard=lot.standard,
            expires_on=lot.expires_on,
            pieces_per_carton=lot.pieces_per_carton,
            batch=lot.label,
        )
        for lot in book.lots(_typed_lots(request))
        if _is_sheets(lot)
    ]
    if request.POST.get("item"):
        size = number_from(request, "per_carton_new", least=1, default=1)
        lines.append(
            Counted(
                item=uuid_from(request, "item"),
                amount=typed_amount(request, "counted", "new", size),
                standard=request.POST.get("standard_new", "").strip()[:40],
                pieces_per_carton=size if size > 1 else None,
            )
        )
    if not lines:
        raise UnusableForm(
            _("Nothing was counted: every field is empty. Nothing was changed."),
            where=_("count"),
            cure=_("Type what you counted; 0 where nothing is left."),
        )
    counted_at = moment_from(request, "counted_at")
    if counted_at > request.now:
        raise UnusableForm(
            _("Nothing can be counted in the future. Nothing was changed."),
            where=_("count"),
            cure=_("Write when you counted."),
        )
    supply.count_stock(
        site=site,
        lines=lines,
        counted_at=counted_at,
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("The count is in the book."))


def _typed_lots(request: PageRequest) -> list[UUID]:
    """The lots whose fields are not empty."""
    lots = set()
    for name, text in request.POST.items():
        if name.startswith(("counted_cartons_", "counted_units_")) and str(text).strip():
            with suppress(ValueError):  # "new": what is not listed has fields of its own
                lots.add(UUID(name.rsplit("_", 1)[1]))
    return sorted(lots)
