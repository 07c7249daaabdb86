"""Stock by site and item, freezes with the options considered, gifts and what is carried for others."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.engine.sheets.names import sort_key
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.people.queries.parties import organisations
from baogong.people.services import links
from baogong.places.queries import sites
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.views import FreezeView, GiftPath, OptionConsidered
from baogong.web.command.views.group import OFFICE
from baogong.web.names import is_chinese, item_names, party_names, place_in
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    back,
    number_from,
    page,
    party_from,
    text_from,
    uuid_from,
    written,
)

GIVER_LINK_DAYS = 90
FREEZE_FIELDS = ("site", "item", "decided_by", "basis", "reason", "option_*", "why_*")
DECIDER_KINDS = ("ORGANISATION", "SITE")  # a command office is a site of the register
DECLINED = ("2", "3")  # lines of the form for what was considered and not taken


@page(*OFFICE)
def stock(request: PageRequest) -> HttpResponse:
    """What stands where, for whom: counted, sold, frozen, promised, free."""
    rows = queries.stock_board()
    by_item: dict[UUID, list[object]] = defaultdict(list)
    for row in rows:
        by_item[row.item].append(row)
    goods, is_zh = item_names(), is_chinese()
    place = place_in(goods)
    context = {
        "by_item": sorted(by_item.items(), key=lambda pair: place(pair[0])),
        "items": goods,
        "parties": {row.site: row.site_name if is_zh else (row.site_name_en or row.site_name) for row in rows},
        "freezes": [(freeze, _by_item(freeze)) for freeze in queries.freeze_board()],
        "orders": sorted(Counter(order.site for order in queries.open_orders()).items()),
        "may_ship": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/stock.html", context)


def _by_item(freeze: FreezeView) -> dict[UUID, int]:
    """How much of each item it set aside, in the item's own base units."""
    amounts: dict[UUID, int] = {}
    for line in freeze.lines:
        amounts[line.item] = amounts.get(line.item, 0) + line.amount
    return amounts


@page(Duty.COMMAND, keeps=FREEZE_FIELDS)
def freeze(request: PageRequest) -> HttpResponse:
    """Set stock aside for relief: who decided, what was considered, why."""
    if request.method == "POST":
        site, item = _one_or_all(request, "site"), _one_or_all(request, "item")
        supply.freeze_stock(
            scopes=[supply.Scope(site=site, item=item)],
            decided_by=party_from(request, "decided_by", kinds=DECIDER_KINDS),
            basis=written(request, "basis"),
            reason=text_from(request, "reason"),
            options=_options(request),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Frozen. Shops see the goods as delisted; paid orders still ship."))
        return redirect("command:stock")
    stock = queries.retail_balances()
    goods, here = item_names(), {row.holder for row in stock}
    deciders = [(each.name, each.city) for each in organisations()]
    deciders += [(office.name, office.city) for office in sites(role="COMMAND")]
    context = {
        "sites": list(party_names(here).items()) if here else [],
        "goods": [(item, goods.get(item, "")) for item in sorted({row.lot.item for row in stock}, key=place_in(goods))],
        "deciders": sorted(deciders, key=lambda decider: sort_key(decider[0])),
        "declined_numbers": DECLINED,
    }
    return render(request, "command/freeze.html", context)


def _options(request: PageRequest) -> list[OptionConsidered]:
    """The first is what was chosen; each other one that was written down was declined by whoever fills in the form."""
    options = [OptionConsidered(text_from(request, "option_1"), is_chosen=True, why=written(request, "why_1"))]
    for number in DECLINED:
        option, why = f"option_{number}", f"why_{number}"
        if written(request, option) or written(request, why):
            text, ground = text_from(request, option), text_from(request, why)
            options.append(OptionConsidered(text, declined_by=request.actor.name, why=ground))
    return options


def _one_or_all(request: PageRequest, field: str) -> UUID | None:
    """All of it (None) only where the form says so in words."""
    return None if request.POST.get(field) == "all" else uuid_from(request, field)


@page(at_a_place=(Duty.COMMAND, Duty.KEEPER))
def ship_orders(request: PageRequest) -> HttpResponse:
    """Customers' paid orders at one warehouse leave."""
    if request.method == "POST":
        supply.ship_orders(
            site=uuid_from(request, "site"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The paid orders have shipped."))
    return redirect(back(request))


@page(*OFFICE)
def gifts(request: PageRequest) -> HttpResponse:
    """Offered, accepted, received; who waits for a judgement."""
    context = {"gifts": queries.gifts(), "parties": party_names()}
    return render(request, "command/gifts.html", context)


@page(*OFFICE)
def gift(request: PageRequest, gift: UUID) -> HttpResponse:
    if request.method == "POST":
        _act_on_gift(request, gift)
        return redirect("command:gift", gift=gift)
    path = queries.gift_path(gift)
    context = {
        "path": path,
        "gift": path.gift,
        "sites": sites(),
        "findings": list(supply.Finding),
        "link": request.session.pop("giver_link", None),
        "receiver_link": request.session.pop("receiver_link", None),
        "signers": _signers(path),
    }
    return render(request, "command/gift.html", context)


def _signers(path: GiftPath) -> list[tuple[UUID, str]]:
    """Whoever signed for any of it."""
    found = {
        standing.holder: standing.holder_name
        for line in path.lines
        for standing in line.standings
        if standing.state == "HANDED_OVER"
    }
    return sorted(found.items(), key=lambda pair: pair[1])


def _act_on_gift(request: PageRequest, gift: UUID) -> None:
    act, post = request.POST.get("act", ""), request.POST
    view = queries.gift(gift)
    if act == "judge":
        supply.judge_gift(
            gift=gift,
            judgements=[
                supply.Judgement(
                    no=line.no, finding=_finding(post.get(f"finding_{line.no}", "")), why=post.get(f"why_{line.no}", "")
                )
                for line in view.lines
                if post.get(f"finding_{line.no}")
            ],
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Judged."))
    elif act == "consent":
        supply.consent_to_community_use(
            gift=gift,
            no=number_from(request, "no", least=1, most=100_000),
            agrees=post.get("agrees") == "1",
            by=view.donor,
            words=post.get("words", "").strip(),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The giver's answer is on record."))
    elif act == "receive":
        supply.receive_gift(
            gift=gift,
            site=uuid_from(request, "site"),
            arrivals=[
                supply.Arrival(
                    no=line.no,
                    arrived=number_from(request, f"arrived_{line.no}", default=line.offered - line.arrived),
                    damaged=number_from(request, f"damaged_{line.no}", default=0),
                    is_last=post.get(f"more_{line.no}") != "1",
                )
                for line in view.lines
                if not line.is_complete
            ],
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Received into the book."))
    elif act == "fails":
        supply.find_failing(
            gift=gift,
            no=number_from(request, "no", least=1, most=100_000),
            why=text_from(request, "why"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Set aside. Ask its owner; the answer can also come by its private link."))
    elif act == "back":
        taken_by = text_from(request, "taken_by")
        supply.give_back(
            gift=gift,
            no=number_from(request, "no", least=1, most=100_000),
            site=uuid_from(request, "site"),
            evidence=[EvidenceIn("SIGNATURE", by_name=taken_by[:120])],
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Given back and signed for."))
    elif act == "link":
        make_giver_link(request, view.donor, code=post.get("code", "").strip())


def make_giver_link(request: PageRequest, giver: UUID, *, code: str = "") -> None:
    """
    A private page for a giver or consignor; the next page shows its address once, because only its hash is kept.

    code  told by telephone; without one the page only shows
    """
    token = links.make_link(
        purpose="GIVER",
        subject=giver,
        party=giver,
        code=code or None,
        expires_at=request.now + timedelta(days=GIVER_LINK_DAYS),
        actor=request.actor,
        now=request.now,
    )
    request.session["giver_link"] = request.build_absolute_uri(reverse("donor:page", args=[token]))


def _finding(text: str) -> supply.Finding:
    try:
        return supply.Finding(text)
    except ValueError:
        raise UnusableForm(
            _("“%s” is no finding. Nothing was judged.") % text,
            where="finding",
            found=text,
            expected=", ".join(supply.Finding),
            cure=_("Choose one of the findings."),
        ) from None
