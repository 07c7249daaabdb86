"""Buying: what suppliers offer and how their prices lie; the cheapest basket that serves most; approve, undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.catalogue import queries as catalogue
from baogong.engine.sheets.names import sort_key
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs.sourcing import KIND, purchases_of
from baogong.people.queries.parties import parties
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.queries import PlanView
from baogong.supply import queries as supply
from baogong.supply import services as supply_
from baogong.supply.queries import PriceSeen, PurchaseHead
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.plans import acts_of, decide
from baogong.web.command.views.shares import PLANNERS
from baogong.web.names import is_chinese, item_names, party_names, place_in
from baogong.web.pages import (
    PageRequest,
    fen_from,
    moment_from,
    number_from,
    page,
    party_from,
    text_from,
    uuid_from,
    uuids_from,
)

DAY_S = 86_400
CHART_WIDTH = 320
OFFER_FIELDS = (
    *("supplier", "item", "standard", "pieces", "price", "cartons_max", "cartons_min", "lead_days"),
    *("valid_until", "papers"),
)
NARROW = 1.02  # a little air at the right edge


@dataclass(frozen=True, slots=True)
class PriceStrip:
    """
    One item's prices on a line: dots at `x` (pixels), the median as a bar.

    dots   (x, what it is in words, css word)
    """

    item_name: str
    dots: tuple[tuple[float, str, str], ...]
    median_x: float | None
    median_fen: float | None
    most_fen: float


@page(*OFFICE, keeps=OFFER_FIELDS)
def offers(request: PageRequest) -> HttpResponse:
    """What can be bought, from whom, for how much; note an offer, withdraw one."""
    if request.method == "POST":
        _act_on_offers(request)
        return redirect("command:offers")
    market = supply.market()
    found = market.offers
    names = item_names()
    place, money = place_in(names), catalogue.money_items()
    context = {
        "open": [view for view in found if view.is_open(request.now)],
        "ended": [view for view in found if not view.is_open(request.now)],
        "strips": [
            strip_of(names.get(item, ""), seen)
            for item, seen in sorted(market.prices.items(), key=lambda pair: place(pair[0]))
        ],
        "chart_width": CHART_WIDTH,
        "items": [(id, name) for id, name in names.items() if id not in money],
        "suppliers": parties(kinds=["ORGANISATION"]),
        "may_note": request.actor.may_any(*PLANNERS),
    }
    return render(request, "command/offers.html", context)


@page(*OFFICE)
def sourcing(request: PageRequest) -> HttpResponse:
    """Every plan to buy, and the form for a new one."""
    if request.method == "POST":
        request.actor.require(*PLANNERS)
        plan = planning.make_plan(
            kind=KIND,
            params=_params(request),
            rule={"version": "basket-1"},
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        return redirect("command:basket", plan=plan)
    free: Counter[UUID] = Counter()
    for balance in book.balances(items=catalogue.money_items(), states=[State.AVAILABLE]):
        free[balance.holder] += balance.free
    chinese = is_chinese()
    offered = {view.item: view.item_zh if chinese else view.item_en for view in supply.open_offers(request.now)}
    context = {
        "plans": plans.plans(kind=KIND),
        "buyers": [(holder, fen) for holder, fen in free.items() if fen > 0],
        "names": party_names(free),
        "goods": sorted(offered.items(), key=lambda pair: sort_key(pair[1])),
        "may_plan": request.actor.may_any(*PLANNERS),
    }  # fmt: skip
    return render(request, "command/sourcing.html", context)


@page(*OFFICE)
def basket(request: PageRequest, plan: UUID) -> HttpResponse:
    """One plan to buy: what from whom for whom, which money, what stays open, why others were left."""
    if request.method == "POST":
        return redirect("command:basket", plan=decide(request, plan))
    view = plans.plan(plan)
    purchases = purchases_of(view) if view.document else ()
    offers = {row["offer"]: row for row in view.snapshot["offers"]}
    wants = {row["need"]: row for row in view.snapshot["wants"]}
    language = "zh" if is_chinese() else "en"
    taken = {verdict["offer"] for verdict in view.result["verdicts"] if verdict["taken"]}
    suppliers = _by_supplier(view, offers, wants)
    context = {
        "buyer": party_names([UUID(view.snapshot["buyer"])]).get(UUID(view.snapshot["buyer"]), ""),
        "suppliers": suppliers,
        "is_empty_plan": not suppliers,
        "far": [offers[offer] for offer in sorted(taken) if offers[offer]["is_far"]],
        "money": _money(view),
        "chart_width": CHART_WIDTH,
        "open": [
            {**wants[left["need"]], "left": left["amount"], "why": left[f"why_{language}"]}
            for left in view.result["open"]
        ],
        "left": [
            (offers[verdict["offer"]], verdict, verdict[f"why_{language}"])
            for verdict in view.result["verdicts"]
            if not verdict["taken"]
        ],
        "purchases": purchases,
        **acts_of(request, view, kept=_why_kept(purchases)),
    }
    return render(request, "command/basket.html", context)


def _why_kept(purchases: Sequence[PurchaseHead]) -> str:
    """Why an approved basket cannot be called off as a whole any more."""
    moved = [head.number for head in purchases if head.has_moved]
    if not moved:
        return ""
    return _(
        "Something of %s was paid or has come. Call off on the order's own page what is still to come."
    ) % ", ".join(moved)


def strip_of(item_name: str, seen: Sequence[PriceSeen]) -> PriceStrip:
    """At most twice the median of them fits the line; what is dearer stands at its end."""
    prices = sorted(price.unit_fen for price in seen)
    middle = (
        prices[len(prices) // 2] if len(prices) % 2 else (prices[len(prices) // 2 - 1] + prices[len(prices) // 2]) / 2
    )
    most = max(min(prices[-1], 2 * middle), middle) * NARROW
    return PriceStrip(
        item_name=item_name,
        dots=tuple(
            (
                round(CHART_WIDTH * min(price.unit_fen / most, 1.0), 1),
                f"{price.at:%m-%d} {price.supplier_name} ¥{price.unit_fen / 100:.2f}",
                "paid" if price.was_paid else "asked",
            )
            for price in seen
        ),
        median_x=round(CHART_WIDTH * middle / most, 1),
        median_fen=middle,
        most_fen=prices[-1],
    )


def _act_on_offers(request: PageRequest) -> None:
    request.actor.require(*PLANNERS)
    if request.POST.get("act") == "withdraw":
        supply_.withdraw_offer(
            offer=uuid_from(request, "offer"), why=text_from(request, "why"), actor=request.actor, now=request.now
        )
        messages.success(request, _("The offer is ended."))
        return
    supply_.note_offer(
        supplier=party_from(request, "supplier", kinds=["ORGANISATION"]),
        goods=supply_.ForSale(
            item=uuid_from(request, "item"),
            standard=request.POST.get("standard", "").strip(),
            pieces_per_carton=number_from(request, "pieces", least=1, default=1),
            carton_fen=fen_from(request, "price"),
            cartons_max=number_from(request, "cartons_max", least=1),
            cartons_min=number_from(request, "cartons_min", least=0, default=0),
            lead_s=number_from(request, "lead_days", most=3_650, least=0, default=0) * DAY_S,
            valid_until=moment_from(request, "valid_until") if request.POST.get("valid_until") else None,
            papers=request.POST.get("papers", "").strip(),
            note=request.POST.get("note", "").strip(),
        ),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("The offer is noted. Nothing is ordered by it."))


def _params(request: PageRequest) -> dict[str, Any]:
    params: dict[str, Any] = {"buyer": str(uuid_from(request, "buyer"))}
    if items := uuids_from(request, "items"):
        params["items"] = sorted(map(str, items))
    return params


def _by_supplier(
    view: PlanView, offers: Mapping[str, Any], wants: Mapping[str, Any]
) -> list[tuple[str, int, list[dict[str, Any]]]]:
    """(supplier, fen, lines)"""
    chinese = is_chinese()
    found: dict[str, list[dict[str, Any]]] = {}
    for buy in view.result["buys"]:
        row, want = offers[buy["offer"]], wants[buy["need"]]
        name = row["supplier_name"] if chinese else row["supplier_name_en"]
        found.setdefault(name, []).append(
            {**buy, **{key: row[key] for key in ("number", "standard", "carton_fen", "pieces_per_carton", "is_far", "price_ratio")},
             "item_name": row["item_zh"] if chinese else row["item_en"], "receiver_name": want["receiver_name"]}
        )  # fmt: skip
    return [(name, sum(line["price_fen"] for line in lines), lines) for name, lines in found.items()]


def _money(view: PlanView) -> list[tuple[str, int, int, float, float]]:
    """(fund, spent here, free before, pixels of each)"""
    most = max((row["free_fen"] for row in view.snapshot["money"]), default=1)
    spent = view.result["spent_by_fund"]
    return [
        (
            row["name"],
            spent.get(row["fund"], 0),
            row["free_fen"],
            round(CHART_WIDTH * spent.get(row["fund"], 0) / most, 1),
            round(CHART_WIDTH * row["free_fen"] / most, 1),
        )
        for row in view.snapshot["money"]
    ]
