"""A basket's chain: pasted, read, its queue settled by a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.engine.sheets.delimited import decode
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.profiles import load_profile
from baogong.kernel.errors import NotFound
from baogong.orders import queries, services
from baogong.orders.queries import BasketView, LineView
from baogong.orders.reading import PROFILES, TO_DO, WORDS
from baogong.orders.services import Decision
from baogong.orders.services.steps import DESK
from baogong.orders.suggesting import said_by_program
from baogong.web.names import is_chinese
from baogong.web.orders.shared import READERS, own_basket, shown
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, private, uuid_from, uuids_from, written

QUEUE_MAX = 60
OTHER_DAY = "other-day"


@page(at_a_place=READERS, keeps=("text", "group", "profile"))
def chain(request: PageRequest, basket: UUID) -> HttpResponse:
    """The box for a chain, and every line of what was pasted with what became of it."""
    view = own_basket(request, basket)
    if request.method == "POST":
        request.actor.require(*DESK, at=view.office)
        _paste(request, basket)
        return redirect("orders:chain", basket=basket)
    lines = queries.lines_of(basket, states=["COUNTED", "WAITING", "WITHDRAWN", "LEFT_OUT"])
    context = {
        "pastes": queries.pastes_of(basket),
        "lines": [(line, told(line.doubts)) for line in lines],
        "waiting": sum(line.state == "WAITING" for line in lines),
        "profiles": [{"name": name, **load_profile(name)} for name in PROFILES],
    }
    return private(render(request, "orders/chain.html", {**shown(request, view, "chain"), **context}))


def _paste(request: PageRequest, basket: UUID) -> None:
    file, text, profile = request.FILES.get("file"), request.POST.get("text", ""), written(request, "profile")
    name, data = "", b""
    if file is not None:
        name = file.name or "list"
        Limits().check_file(name, file.size or 0)
        data = file.read()
    asked: dict[str, Any] = {
        "basket": basket, "group": written(request, "group"), "actor": request.actor, "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }  # fmt: skip
    if profile:
        if not data:
            raise UnusableForm(
                _("Exported orders come as a file; nothing was read."), where="file", cure=_("Choose the file.")
            )
        services.paste_table(file_name=name, data=data, profile=profile, **asked)
    else:
        services.paste_chain(text=decode(name, data) if data else text, file_name=name, **asked)
    newest = queries.pastes_of(basket)[0]
    messages.success(
        request,
        _("Read: %(counted)s orders counted, %(waiting)s lines wait for a person, %(skipped)s say nothing of orders.")
        % {
            "counted": newest.counts.get("COUNTED", 0),
            "waiting": newest.counts.get("WAITING", 0),
            "skipped": newest.counts.get("SKIPPED", 0),
        },
    )
    if newest.is_late:
        messages.warning(request, told_late())


def told_late() -> str:
    return _("The deadline has passed: what was not read before waits as late. Count what was written in time.")


def told(codes: tuple[str, ...]) -> list[str]:
    """Reasons and doubts in the visitor's language."""
    return [WORDS.get(code, (code, code))[1 if is_chinese() else 0] for code in codes]


def advised(line: LineView) -> str:
    """What to do about a waiting line, in the visitor's language."""
    return TO_DO[line.why][1 if is_chinese() else 0] if line.why in TO_DO else ""


@page(at_a_place=DESK)
def queue(request: PageRequest, basket: UUID) -> HttpResponse:
    """What waits, each line with its words, the reason and a suggestion; a person decides."""
    view = own_basket(request, basket, DESK)
    if request.method == "POST":
        lines = uuids_from(request, "line")
        services.settle_lines(
            basket=basket, lines=lines, decision=decision_from(request, view), actor=request.actor, now=request.now
        )
        messages.success(request, _("Decided."))
        return redirect("orders:queue", basket=basket)
    waiting = queries.lines_of(basket, states=["WAITING"])
    context = {
        "waiting": len(waiting),
        "questions": questions(waiting, view),
        "alike": alike(waiting),
    }
    return private(render(request, "orders/queue.html", {**shown(request, view, "queue"), **context}))


def alike(waiting: Sequence[LineView]) -> list[tuple[str, str, list[LineView]]]:
    """
    (why, chain, lines) that wait for the same word of a person: lost in copying, read after the deadline, said by the same
    households under another day. Of the last it is asked once for each chain.
    """
    found: dict[tuple[str, str], list[LineView]] = {}
    for why in ("vanished", "late", OTHER_DAY):
        for line in waiting:
            if line.why == why:
                found.setdefault((why, line.where if why == OTHER_DAY else ""), []).append(line)
    return [(why, chain, lines) for (why, chain), lines in found.items() if len(lines) > 1 or why == OTHER_DAY]


def questions(waiting: Sequence[LineView], view: BasketView) -> list[Question]:
    """What waits line by line; not what is asked once for its whole chain."""
    return [Question.of(line, view) for line in waiting if line.why != OTHER_DAY][:QUEUE_MAX]


@dataclass(frozen=True, slots=True)
class Question:
    """
    A waiting line, why in words, what to do about it, and its packs beside each item of the menu.

    suggested  what the operator's program thinks it means; "" without one
    """

    line: LineView
    whys: list[str]
    advice: str
    suggested: str
    packs: list[tuple[str, str, int]]

    @classmethod
    def of(cls, line: LineView, view: BasketView) -> Question:
        packs = dict(line.items)
        whys = list(dict.fromkeys(told((line.why, *line.doubts))))
        return cls(
            line,
            whys,
            advised(line),
            said_by_program(line.suggestion),
            [(item.code, item.name, packs.get(item.code, 0)) for item in view.items],
        )


def decision_from(request: PageRequest, view: BasketView) -> Decision:
    """What a person says of a line; the button is called `what`, on the organiser's page `act`."""
    what = written(request, "what") or written(request, "act")
    if what == "LEAVE_OUT" and not written(request, "reason"):
        raise UnusableForm(
            _("No reason is written. The line still waits; nothing was changed."),
            where="reason",
            cure=_("Write under “Reason” why it is no order, then leave it out."),
        )
    if what != "COUNT" or not written(request, "building"):
        return Decision(what, reason=written(request, "reason"), is_sure=written(request, "is_sure") == "1")
    items = tuple((item.code, packs) for item in view.items if (packs := _signed(request, f"packs_{item.code}")))
    return Decision(
        what,
        building=written(request, "building"),
        unit=written(request, "unit"),
        room=written(request, "room"),
        items=items,
        reason=written(request, "reason"),
        is_sure=written(request, "is_sure") == "1",
        name=written(request, "name") if "name" in request.POST else None,
    )


def _signed(request: PageRequest, field: str) -> int:
    """Packs, below nothing for what is taken back."""
    text = written(request, field)
    if text.startswith(("-", "−", "－")):
        return -int(text[1:]) if text[1:].isdigit() else 0
    return number_from(request, field, default=0)


@page(at_a_place=READERS)
def text(request: PageRequest, basket: UUID, number: int) -> HttpResponse:
    """One paste as it stood in the chat, every stretch marked with what became of it."""
    view = own_basket(request, basket)
    paste = next((one for one in queries.pastes_of(basket) if one.number == number), None)
    if paste is None:
        raise NotFound("There is no such paste.", where=str(number), cure="Open the chain's page anew.")
    lines = [line for line in queries.lines_of(basket) if line.paste == paste.id]
    context = {"paste": paste, "lines": list(_marked(lines))}
    return private(render(request, "orders/text.html", {**shown(request, view, "chain"), **context}))


def _marked(lines: list[LineView]) -> Iterator[tuple[LineView, list[str]]]:
    for line in lines:
        yield line, told((line.why, *line.doubts) if line.why else line.doubts)
