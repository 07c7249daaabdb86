"""A basket's lists: by building and floor, answers, the supplier's total; on paper, as a workbook, as a chat message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.journal.services import EvidenceIn
from baogong.kernel.errors import NotFound
from baogong.orders import queries, services
from baogong.orders.queries import Answer, BasketView, HouseholdView
from baogong.orders.reading import floor_of
from baogong.orders.services.steps import HANDS
from baogong.web.copying import to_copy
from baogong.web.downloads import xlsx_download
from baogong.web.names import is_chinese
from baogong.web.orders.chains import advised, told
from baogong.web.orders.shared import READERS, own_basket, shown
from baogong.web.pages import PageRequest, fen_from, page, private, text_from, uuid_from, uuids_from, written

CHATS = ("menu", "orders", "total", "answers", "cuts", "queue")


@dataclass(frozen=True, slots=True)
class Line:
    """A household's row: its packs in the order of the menu; `floor` where it is the first of its floor."""

    household: HouseholdView
    packs: tuple[int, ...]
    floor: str
    names: tuple[str, ...]

    @property
    def named(self) -> list[tuple[str, int]]:
        """Each item's name beside its packs, for a telephone's one column."""
        return list(zip(self.names, self.packs, strict=True))


@dataclass(frozen=True, slots=True)
class BuildingList:
    building: str
    lines: tuple[Line, ...]
    sums: tuple[int, ...]


def by_building(view: BasketView, households: Iterable[HouseholdView]) -> list[BuildingList]:
    """Buildings, units and floors in the order people count them."""
    found, names = [], tuple(item.name for item in view.items)
    for building, its in groupby(households, key=lambda one: one.building):
        lines, last = [], None
        for one in its:
            packs = {p.code: p.loaded if p.given is None else p.given for p in one.portions}
            storey = (one.unit, floor_of(one.room))
            row = tuple(packs.get(item.code, 0) for item in view.items)
            lines.append(Line(one, row, storey[1] if storey != last else "", names))
            last = storey
        sums = tuple(sum(column) for column in zip(*(line.packs for line in lines), strict=True))
        found.append(BuildingList(building, tuple(lines), sums))
    return found


@page(at_a_place=READERS)
def households(request: PageRequest, basket: UUID) -> HttpResponse:
    """Who gets what, by building and floor; handed over here, money noted here."""
    view = own_basket(request, basket)
    if request.method == "POST":
        request.actor.require(*HANDS, at=view.office)
        _act(request, basket)
        return redirect("orders:households", basket=basket)
    its = queries.households_of(basket)
    context = {
        "buildings": by_building(view, its),
        "count": len(its),
        "left": sum(not one.is_handed for one in its),
        "owed_fen": sum(one.owed_fen for one in its),
    }
    return private(render(request, "orders/households.html", {**shown(request, view, "households"), **context}))


def _act(request: PageRequest, basket: UUID) -> None:
    act = written(request, "act")
    asked: dict[str, Any] = {"actor": request.actor, "now": request.now}
    request_id = uuid_from(request, "request_id")
    if act in ("paid", "refunded"):
        note = services.note_payment if act == "paid" else services.note_refund
        note(household=uuid_from(request, "household"), fen=fen_from(request, "fen"), request_id=request_id, **asked)
        messages.success(request, _("Noted."))
        return
    services.hand_over(
        basket=basket,
        households=uuids_from(request, "household"),
        evidence=[EvidenceIn("WITNESS", by_name=text_from(request, "by_name"))],
        request_id=request_id,
        **asked,
    )
    messages.success(request, _("Handed over."))


@page(at_a_place=READERS)
def answers(request: PageRequest, basket: UUID) -> HttpResponse:
    """Each household that gets less than it asked for: its own words, what it gets, why, what it is owed."""
    view = own_basket(request, basket)
    short = queries.answers_of(basket, only_short=True)
    context = {"answers": [(one, in_words(one)) for one in short]}
    return private(render(request, "orders/answers.html", {**shown(request, view, "answers"), **context}))


def in_words(answer: Answer) -> str:
    """What a neighbour would write under the household's own line."""
    told = []
    for item in answer.items:
        if not item.missing:
            continue
        told.append(
            _("%(item)s: you asked for %(asked)s and get %(gets)s (%(why)s).")
            % {"item": item.name, "asked": item.asked, "gets": item.gets, "why": _whys(item.whys)}
        )
    if answer.household.owed_fen:
        told.append(_("%(yuan)s yuan are paid back.") % {"yuan": f"{answer.household.owed_fen / 100:.2f}"})
    return " ".join(told)


def _whys(whys: Iterable[tuple[str, int]]) -> str:
    return ("；" if is_chinese() else "; ").join(WHYS[code]() % {"packs": packs} for code, packs in whys)


WHYS = {
    "MAXIMUM": lambda: _("%(packs)s are more than one household may have"),
    "TRUCK": lambda: _("the truck was too small for %(packs)s"),
    "SHORT": lambda: _("the supplier brought %(packs)s too few for you"),
    "OFF": lambda: _("the basket was called off"),
}


@page(at_a_place=READERS)
def sheet(request: PageRequest, basket: UUID) -> HttpResponse:
    """On paper: building by building, floor by floor, with room for a tick."""
    view = own_basket(request, basket)
    context = {"basket": view, "buildings": by_building(view, queries.households_of(basket)), "now": request.now}
    return private(render(request, "orders/sheet.html", context))


@page(at_a_place=READERS)
def chat(request: PageRequest, basket: UUID, what: str) -> HttpResponse:
    """A list as a message for the group, to be copied."""
    view = own_basket(request, basket)
    if what not in CHATS:
        raise NotFound("There is no such list.", where=what, cure="Open the basket and choose one.")
    message = message_of(view.at(request.now), what, building=written(request, "building") or None)
    context = {**shown(request, view, "chat"), **message, "what": what}
    return private(render(request, "orders/chat.html", context))


def message_of(view: BasketView, what: str, *, building: str | None = None) -> dict[str, object]:
    """A list to be copied; of a basket that is not open yet there is no menu to order by."""
    if what == "menu" and view.state in ("DRAFT", "REPORTED"):
        return {"text": "", "nothing": _("It is not open yet: the committee signs for goods, licence and driver before the menu goes into the group.")}  # fmt: skip
    return to_copy(queries.chat_of(view, what, building=building), what)


@page(at_a_place=READERS)
def xlsx(request: PageRequest, basket: UUID, what: str) -> HttpResponse:
    """total, households, answers, those cut or the queue as a workbook."""
    view = own_basket(request, basket)
    if what == "total":
        head = [
            _("Menu code"),
            _("Goods"),
            _("Packs ordered"),
            _("On the truck"),
            _("Packs counted"),
            _("Damaged"),
            _("Packs given"),
        ]
        rows: list[Sequence[object]] = [
            (one.code, one.name, one.ordered, one.loaded, one.counted, one.damaged, one.given) for one in view.items
        ]
    elif what == "households":
        head = [
            _("Building"),
            _("Unit"),
            _("Floor"),
            _("Room"),
            _("Name"),
            *(item.name for item in view.items),
            _("Paid, yuan"),
        ]
        rows = [
            (one.building, one.unit, floor_of(one.room), one.room, one.name, *line.packs, one.paid_fen / 100)
            for each in by_building(view, queries.households_of(basket))
            for line in each.lines
            for one in (line.household,)
        ]
    elif what == "answers":
        head = [_("Building"), _("Unit"), _("Room"), _("Name"), _("Its own words"), _("Answer")]
        rows = [
            (*one.household.place, one.household.name, " / ".join(one.words), in_words(one))
            for one in queries.answers_of(basket, only_short=True)
        ]
    elif what == "cuts":
        head = [_("Building"), _("Unit"), _("Room"), _("Name"), _("Goods"), _("Asked for"), _("Gets"), _("Why")]
        rows = [(*one.place, one.name, one.item, one.asked, one.gets, _whys(one.whys)) for one in queries.cuts_of(view)]
    elif what == "queue":
        head = [
            _("Its own words"),
            _("Where"),
            _("Why"),
            _("Suggestion"),
            _("Building"),
            _("Unit"),
            _("Room"),
            _("Name"),
        ]
        head += [item.name for item in view.items]
        rows = [
            (
                one.words, one.where, " ".join(dict.fromkeys(told((one.why, *one.doubts)))), advised(one), *one.place,
                one.name, *(dict(one.items).get(item.code, 0) for item in view.items),
            )
            for one in queries.lines_of(basket, states=["WAITING"])
        ]  # fmt: skip
    else:
        raise NotFound("There is no such list.", where=what, cure="Open the basket and choose one.")
    return private(xlsx_download(f"{what}-{str(basket)[-8:]}", head, rows))
