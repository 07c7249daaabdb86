"""Money: gifts under their earmarks, what of each fund is drawn, promised and unspent, and what it became."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.catalogue import queries as catalogue
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError
from baogong.people.queries.parties import organisations, resolve
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.queries import FundView, MoneyGiftView
from baogong.web.command.views.goods import make_giver_link
from baogong.web.command.views.group import OFFICE
from baogong.web.fund_bars import BAR_WIDTH, KINDS, bars_of
from baogong.web.names import in_order
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    day_from,
    fen_from,
    page,
    party_from,
    sentence,
    text_from,
    uuid_from,
)

CLERKS = (Duty.COMMAND, Duty.CLERK)
SLICES = range(1, 5)  # rows of the form; a longer list comes as a sheet


@page(*OFFICE)
def funds(request: PageRequest) -> HttpResponse:
    """Every fund by its holder, and the gifts they came with; write down a gift of money."""
    typed: HttpRequest | None = None
    if request.method == "POST":
        try:
            gift = _register(request)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            typed = request  # what was typed stays in the form
        else:
            messages.success(request, _("The gift is written down. Nothing stands in its funds before the money came."))
            return redirect("command:money_gift", gift=gift)
    by_trustee: dict[UUID, list[FundView]] = defaultdict(list)
    known = queries.funds()
    for view in known:
        by_trustee[view.trustee].append(view)
    context = {
        "holders": [(_sums(views), bars_of(views)) for views in by_trustee.values()],
        "gifts": queries.money_gifts(known=known),
        "kinds": KINDS,
        "bar_width": BAR_WIDTH,
        "rows": _typed_rows(typed),
        "typed": typed.POST if typed else {},
        "items": goods(),
        "organisations": organisations(),
        "may_write": request.actor.may_any(*CLERKS),
    }
    return render(request, "command/funds.html", context, status=422 if typed else 200)


@page(*OFFICE)
def money_gift(request: PageRequest, gift: UUID) -> HttpResponse:
    """One gift of money: what came of each part; enter what the bank says."""
    view = queries.money_gift(gift)
    if request.method == "POST":
        if request.POST.get("act") == "link":
            make_giver_link(request, view.donor)
        else:
            _receive(request, view)
        return redirect("command:money_gift", gift=gift)
    context = {
        "gift": view,
        "bars": bars_of(view.funds),
        "kinds": KINDS,
        "bar_width": BAR_WIDTH,
        "link": request.session.pop("giver_link", None),
        "coming": [fund for fund in view.funds if fund.awaited_fen],
        "may_write": request.actor.may_any(*CLERKS),
    }
    return render(request, "command/money_gift.html", context)


@page(*OFFICE)
def fund(request: PageRequest, fund: UUID) -> HttpResponse:
    """One fund: for whom and what, what it bought, where that is."""
    path = queries.fund_path(fund)
    context = {
        "path": path,
        "fund": path.fund,
        "bar": bars_of([path.fund])[0],
        "kinds": KINDS,
        "bar_width": BAR_WIDTH,
        "purchases": queries.purchase_heads(fund=fund),
        "may_move": request.actor.may(Duty.COMMAND) and path.fund.unspent_fen > 0,
    }
    return render(request, "command/fund.html", context)


@page(Duty.COMMAND)
def move_earmark(request: PageRequest, fund: UUID) -> HttpResponse:
    """Ask that money of a fund be used otherwise, with the giver's consent."""
    if request.method == "POST":
        return redirect("command:document", document=_propose(request, fund))
    context = {"fund": queries.fund(fund), "items": goods()}
    return render(request, "command/move_earmark.html", context)


def parties_from(request: HttpRequest, field: str) -> tuple[UUID, ...]:
    """The parties that names with 、 or commas between them surely mean, each once."""
    found: dict[UUID, None] = {}
    for name in filter(None, (part.strip() for part in re.split(r"[、,，;；\n]", request.POST.get(field, "")))):
        answer = resolve(name)
        if answer.party is None:
            likely = "、".join(candidate.party.name for candidate in answer.candidates)
            raise UnusableForm(
                _("“%s” names nobody for certain. Nothing was written.") % name,
                where=field,
                found=name,
                expected=likely,
                cure=_("Did you mean: %s? Write the name in full.") % likely
                if likely
                else _("Write the name as it stands in the list, or add it first with a list of receivers."),
            )
        found[answer.party.id] = None
    return tuple(found)


def goods() -> list[tuple[UUID, str]]:
    """What money may buy."""
    return list(in_order(catalogue.goods_names()).items())


def _typed_rows(typed: HttpRequest | None) -> list[dict[str, Any]]:
    fields = ("amount", "receivers", "item", "purpose", "until")
    return [
        {"no": no, "tail": f"_{no}", **{one: typed.POST.get(f"{one}_{no}", "") if typed else "" for one in fields}}
        for no in SLICES
    ]


def _register(request: PageRequest) -> UUID:
    request.actor.require(*CLERKS)
    donor = party_from(request, "donor")
    own = request.POST.get("trustee", "").strip() == ""
    slices = [
        _slice(request, f"_{no}")
        for no in SLICES
        if any(request.POST.get(f"{field}_{no}", "").strip() for field in ("amount", "receivers", "item", "purpose"))
    ]
    if not slices:
        raise UnusableForm(
            _("No amount is written down. Nothing was registered."),
            where="amount_1",
            expected="125.50",
            cure=_("Write how many yuan are given; for each use a row of its own."),
        )
    return supply.register_money_gift(
        donor=donor,
        trustee=donor if own else party_from(request, "trustee"),
        slices=slices,
        amount_text=request.POST.get("amount_text", "").strip(),
        source=request.POST.get("source", "").strip(),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )


def _slice(request: PageRequest, suffix: str = "") -> supply.Slice:
    item = request.POST.get(f"item{suffix}", "")
    return supply.Slice(
        amount_fen=fen_from(request, f"amount{suffix}"),
        receivers=parties_from(request, f"receivers{suffix}"),
        items=(uuid_from(request, f"item{suffix}"),) if item else (),
        purpose=request.POST.get(f"purpose{suffix}", "").strip(),
        until=day_from(request, f"until{suffix}"),
    )


def _receive(request: PageRequest, view: MoneyGiftView) -> None:
    parts = {fund.no: fen_from(request, f"fen_{fund.no}", default=0) for fund in view.funds if fund.awaited_fen}
    supply.receive_money(
        gift=view.id,
        parts=parts,
        reference=request.POST.get("reference", "").strip(),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("The money stands in its funds and can be spent as they allow."))


def _propose(request: PageRequest, fund: UUID) -> UUID:
    view = queries.fund(fund)
    document = supply.propose_re_earmark(
        fund=fund,
        terms=_slice(request),
        why=text_from(request, "why"),
        consent_by=view.donor,
        consent_text=text_from(request, "consent_text"),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Written down. The money moves when a second person has signed this document."))
    return document


def _sums(views: Iterable[FundView]) -> dict[str, Any]:
    found = list(views)
    names = ("gift_fen", "drawn_fen", "committed_fen", "unspent_fen", "awaited_fen")
    return {
        "trustee_name": found[0].trustee_name,
        **{name: sum(getattr(view, name) for view in found) for name in names},
    }
