"""What institutions ask for: how fresh it is, how much is promised and signed for, and what each figure rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import TypedDict
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.catalogue.queries import ItemView
from baogong.engine.sheets.amounts import COUNT_MAX
from baogong.journal import queries as journal
from baogong.kernel.actor import Duty
from baogong.needs import queries
from baogong.needs import services as needs_
from baogong.needs.queries import calls
from baogong.needs.queries import figures as figures_
from baogong.needs.queries.sight import receivers_within, require_sight
from baogong.needs.views import NeedState, NeedView
from baogong.people.queries.parties import parties
from baogong.web.command.views.group import OFFICE
from baogong.web.names import called, is_chinese, items_in_order
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    choice_from,
    decimal_in,
    number_from,
    page,
    party_from,
    photo_from,
    private,
    show,
    text_from,
    uuid_from,
    uuids_from,
)
from baogong.web.paper.lines import refusal_of

WRITERS = (Duty.COMMAND, Duty.CLERK)
RECEIVER_KINDS = ("SITE", "TEAM", "ORGANISATION", "PERSON")
A_PAGE = 60
ALL_MAX = 100_000
SHOWS = ("open", "stale", "no-amount", "met", "all")


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need with its bar in percent of what was asked, and whether somebody must confirm it again."""

    need: NeedView
    is_stale: bool
    met_percent: float
    committed_percent: float


@page(at_a_place=OFFICE)
def needs(request: PageRequest) -> HttpResponse:
    """By receiver or by item; only what is open, stale or without an amount, if asked for. Of the own places, or all."""
    every = queries.needs_board(request.now, within=receivers_within(request.actor))
    show_only = request.GET.get("show", "open")
    word = request.GET.get("q", "").strip()
    by = "item" if request.GET.get("by") == "item" else "receiver"
    chosen = [view for view in every if _is_shown(view, show_only, request) and _is_about(view, word)]
    # What must be confirmed again comes last: groups with something fresh first, and in each what is fresh.
    old = {view.id for view in chosen if view.is_stale(request.now)}
    fresh = {_group(view, by) for view in chosen if view.id not in old}
    chosen.sort(
        key=lambda view: (
            _group(view, by) not in fresh,
            _group(view, by),
            view.id in old,
            view.urgency,
            view.asked_at,
            view.id,
        )
    )
    paper = Paginator(chosen, ALL_MAX if request.GET.get("whole") else A_PAGE).get_page(request.GET.get("page"))
    rows = [row_of(view, request) for view in paper]
    open_ones = [view for view in every if not view.is_over]
    context = {
        "groups": [(name, list(group)) for name, group in groupby(rows, key=lambda row: _group(row.need, by))],
        "paper": paper,
        "show": show_only if show_only in SHOWS else "open",
        "by": by,
        "q": word,
        "counts": {
            "all": len(every),
            "open": len(open_ones),
            "stale": sum(view.is_stale(request.now) for view in open_ones),
            "no_amount": sum(view.quantity is None for view in open_ones),
            "met": sum(view.state is NeedState.MET for view in every),
        },
        "may_write": request.actor.may_somewhere(*WRITERS),
        "may_share": request.actor.may_any(*WRITERS),
        "may_set_contact": request.actor.may_any(Duty.COMMAND, Duty.ADMIN),
    }
    return show(request, "command/needs.html", context, partial="rows")


@page(at_a_place=OFFICE)
def need(request: PageRequest, need: UUID) -> HttpResponse:
    """One need: what it rests on, what is promised for it, and everything that can be done about it."""
    if request.method == "POST":
        require_sight(request.actor, queries.need(need).receiver)
        told = _act(request, need)
        if told is None:
            return redirect("command:need", need=need)
        return private(render(request, "command/renewal_link.html", told))
    file = queries.need_file(need)
    view, allotments = file.need, file.allotments
    require_sight(request.actor, view.receiver)
    within = receivers_within(request.actor, *WRITERS)
    figures = figures_.figures_of([need], with_past=True).get(need, ())
    context = {
        "figures": [figure for figure in figures if figure.ended_at is None],
        "past_figures": [figure for figure in figures if figure.ended_at is not None],
        "checks": calls.checks_of(need),
        "hows": ("RANG_BACK", "SAW_PROOF", "VISITED", "OWN_NOTICE", "RANG_PERSON"),
        "outcomes": ("VERIFIED", "UNREACHED", "WRONG", "FAKE"),
        "renewals": calls.renewals_of(need),
        "ties": file.ties,
        "proof": next(iter(journal.papers([view.proof])), None) if view.proof else None,
        "row": row_of(view, request),
        "need": view,
        "allotments": allotments,
        "may_write": within is None or view.receiver in within,
        "may_allot": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/need.html", context)


@page(at_a_place=WRITERS)
def add_need(request: PageRequest) -> HttpResponse:
    """A need that came by telephone or on paper."""
    goods = [good for good in items_in_order() if good.unit != "FEN"]  # money is given, never asked for as goods
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_ask, request, goods))
        if refused is None:
            messages.success(request, _("The need is on the list; it stays fresh for 48 hours."))
            return redirect("command:needs")
        status = refused
    typed = request.POST
    context = {
        "receivers": parties(kinds=RECEIVER_KINDS),
        "goods": goods,
        "typed": typed,
        "way": typed.get("way", "quantity"),
        "urgency": typed.get("urgency", "3"),
        "standards": typed.getlist("standards"),
    }
    return render(request, "command/add_need.html", context, status=status)


def _ask(request: PageRequest, goods: Sequence[ItemView]) -> None:
    asked = _asked(request, goods)
    apart_from = uuids_from(request, "apart_from")
    if request.POST.get("another") == "1":
        apart_from += [view.id for view in queries.open_needs(receiver=asked.receiver) if view.item == asked.item]
    needs_.ask(
        need=asked,
        is_verified=request.POST.get("verified") == "1",
        apart_from=apart_from,
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )


def row_of(view: NeedView, request: PageRequest) -> NeedRow:
    is_stale = not view.is_over and view.is_stale(request.now)
    return NeedRow(view, is_stale, view.met_permille / 10, view.promised_permille / 10)


def _is_shown(view: NeedView, show_only: str, request: PageRequest) -> bool:
    is_open = not view.is_over
    if show_only == "all":
        return True
    if show_only == "met":
        return view.state is NeedState.MET
    if show_only == "stale":
        return is_open and view.is_stale(request.now)
    if show_only == "no-amount":
        return is_open and view.quantity is None
    return is_open


def _is_about(view: NeedView, word: str) -> bool:
    folded = word.casefold()
    return not word or any(folded in text.casefold() for text in (view.receiver_name, view.item_zh, view.item_en))


def _group(view: NeedView, by: str) -> str:
    if by == "item":
        return view.item_zh if is_chinese() else view.item_en
    return called(view.receiver_name)


def _asked(request: PageRequest, goods: Sequence[ItemView]) -> needs_.Asked:
    post = request.POST
    item = uuid_from(request, "item")
    site = post.get("site", "").strip()
    return needs_.Asked(
        receiver=party_from(request, "receiver", kinds=RECEIVER_KINDS),
        item=item,
        **_amount(request),
        has_no_limit=post.get("way") == "no-limit",
        site=party_from(request, "site", kinds=["SITE"]) if site else None,
        urgency=number_from(request, "urgency", least=1, default=3, most=4),
        standards=_standards(item, goods, post.getlist("standards")),
        use=post.get("use", "MEDICAL"),
        source=text_from(request, "source"),
        note=post.get("note", "").strip(),
    )


def _standards(item: UUID, goods: Sequence[ItemView], chosen: Sequence[str]) -> tuple[str, ...]:
    """Only standards the item is made to count."""
    known = next((good.standards for good in goods if good.id == item), ())
    return tuple(standard for standard in chosen if standard in known)


class Amount(TypedDict, total=False):
    """One of the two ways to count a need; empty where it has no limit."""

    quantity: int
    people_count: int
    days_count: int
    daily_use_milli: int | None


def _amount(request: PageRequest) -> Amount:
    """A quantity, or people × days × daily use, by which way was chosen."""
    way = request.POST.get("way", "quantity")
    if way == "quantity":
        return {"quantity": number_from(request, "quantity", least=1)}
    if way == "people":
        daily = request.POST.get("daily_use", "").strip()
        return {
            "people_count": number_from(request, "people_count", least=1, most=COUNT_MAX),
            "days_count": number_from(request, "days_count", least=1, most=3_660),
            "daily_use_milli": _milli(daily) if daily else None,
        }
    return {}


def _milli(text: str) -> int:
    number = decimal_in(text, "daily_use") or Decimal(0)
    milli = round(number * 1000)
    if not 0 < milli <= COUNT_MAX:
        raise UnusableForm(
            _("“%s” is no daily use. Nothing was changed.") % text,
            where="daily_use",
            found=text,
            expected="> 0",
            cure=_("Write how many one person uses a day, e.g. 4 or 0.2."),
        )
    return milli


def _act(request: PageRequest, need: UUID) -> dict[str, object] | None:
    """Carry out the button; what is shown once and never again, or None."""
    act = request.POST.get("act", "")
    if act == "renew":
        needs_.renew(need=need, actor=request.actor, now=request.now)
        messages.success(request, _("Renewed: fresh for another 48 hours."))
    elif act == "verify":
        outcome = request.POST.get("outcome", "VERIFIED")
        needs_.check(
            need=need,
            outcome=outcome,
            how=request.POST.get("how", ""),
            why=request.POST.get("why", "").strip(),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Verified.") if outcome == "VERIFIED" else _("Written down, with the reason."))
    elif act == "amount":
        needs_.set_amount(
            need=need,
            **_amount(request),
            why=text_from(request, "why"),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("The amount is set."))
    elif act == "cancel":
        needs_.cancel(need=need, why=text_from(request, "why"), actor=request.actor, now=request.now)
        messages.success(request, _("Cancelled. What is promised stays promised until it is undone."))
    elif act == "undo":
        needs_.undo_allotment(
            allotment=uuid_from(request, "allotment"),
            why=text_from(request, "why"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The promise is undone; the goods are free again."))
    elif act == "proof":
        needs_.add_proof(
            needs=[need],
            proof=needs_.Proof(
                choice_from(request, "kind", needs_.ProofKind, needs_.ProofKind.LETTER),
                text=request.POST.get("text", "").strip(),
                url=request.POST.get("url", "").strip(),
                photo=photo_from(request, "photo"),
                issuer=request.POST.get("issuer", "").strip(),
            ),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The proof is kept; whoever verifies sees it beside the need."))
    elif act == "link":
        view = queries.need(need)
        made = needs_.make_renewal_link(receiver=view.receiver, actor=request.actor, now=request.now)
        address = request.build_absolute_uri(reverse("receiver:still_needed", args=[made.token]))
        return {"need": view, "address": address, "code": made.code, "expires_at": made.expires_at}
    elif act == "end-links":
        needs_.end_renewal_links(receiver=queries.need(need).receiver, actor=request.actor, now=request.now)
        messages.success(request, _("The receiver's private links open nothing any more."))
    return None
