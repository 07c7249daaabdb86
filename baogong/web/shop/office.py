"""What the district's office sees to: which shops it recommends, their bags on the rounds, live lessons for merchants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.delivery.services import placing
from baogong.delivery.sources import ORDERS
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.orders.queries import lessons as lessons_
from baogong.orders.queries import plain_chats
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.queries.lessons import LessonView, Step
from baogong.orders.queries.shops import ShopView
from baogong.orders.services import lessons as lessons_services
from baogong.orders.services import shops
from baogong.orders.services.shop_deliveries import deliveries_due
from baogong.orders.services.shop_orders import forget_orderers
from baogong.orders.services.shops import OFFICE, require_keeper
from baogong.people.queries.access import reach
from baogong.web.copying import to_copy
from baogong.web.downloads import local, xlsx_download
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    moment_from,
    page,
    private,
    text_from,
    uuid_from,
    uuids_from,
    written,
)
from baogong.web.shop.keep import HANDS


@page(at_a_place=OFFICE, keeps=("why",))
def office(request: PageRequest) -> HttpResponse:
    """Every shop of the district, the word on each, and what waits to be brought."""
    if request.method == "POST":
        _act(request)
        return redirect("shop:office")
    found = shops_.shops(ids=reach(request.actor, *OFFICE))
    offices = {one.office: one.office_name for one in found}
    due = {office: deliveries_due(office) for office in sorted(offices)}
    context = {
        "shops": found,
        "lost": orders_.lost_lines(reach(request.actor, *OFFICE)),
        "is_administrator": request.actor.may(Duty.ADMIN),
        "offices": [
            (office, offices[office], len(due[office]), sum(one.amount for one in due[office])) for office in due
        ],
    }
    return private(render(request, "shop/office.html", context))


def _act(request: PageRequest) -> None:
    act, who = written(request, "act"), dict[str, Any](actor=request.actor, now=request.now)
    if act in ("approve", "withdraw"):
        shops.say_approved(
            shop=uuid_from(request, "shop"),
            is_approved=act == "approve",
            why=text_from(request, "why"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("The public list says so now."))
    elif act == "again":
        line = uuid_from(request, "line")
        require_keeper(request.actor, *orders_.shop_of_line(line))
        code = placing.bring_again(claim=line, room=ORDERS, request_id=uuid_from(request, "request_id"), **who)
        messages.success(
            request, _("Other packs are promised; parcel %(code)s is expected once more.") % {"code": code}
        )
    elif act == "place":
        made = placing.place(office=uuid_from(request, "office"), room=ORDERS, **who)
        messages.success(
            request,
            _("%(n)s bags became parcels; %(waiting)s addresses wait for a person.")
            % {"n": made.parcels, "waiting": made.waiting},
        )
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


@page(Duty.ADMIN)
def forgetting(request: PageRequest) -> HttpResponse:
    """The purpose has ended: whoever ordered at a district's shops is forgotten."""
    if request.method == "POST":
        if written(request, "is_sure") != "1":
            raise UnusableForm(
                _("Nothing was erased: the box beside the button was not ticked."),
                where="is_sure",
                cure=_("Tick it if nobody needs them any more."),
            )
        count = forget_orderers(office=uuid_from(request, "office"), actor=request.actor, now=request.now)
        messages.success(request, _("Erased: %(n)s telephones, names and addresses, in every copy.") % {"n": count})
        return redirect("shop:forgetting")
    offices: dict[UUID, list[ShopView]] = {}
    for one in shops_.shops():
        offices.setdefault(one.office, []).append(one)
    context = {"offices": [(office, its[0].office_name, len(its)) for office, its in offices.items()]}
    return private(render(request, "shop/forgetting.html", context))


@page(at_a_place=HANDS, keeps=("title", "teacher", "where", "from_at", "until_at"))
def lessons(request: PageRequest) -> HttpResponse:
    """The calendar; a merchant puts the name down, the office announces and calls off."""
    mine = shops_.shops(ids=reach(request.actor, *HANDS))
    if request.method == "POST":
        _act_on_lessons(request)
        return redirect("shop:lessons")
    own = _own_shop(request, mine)
    offices = {one.office: one.office_name for one in mine}
    context = {
        "own": own,
        "rows": _calendar(mine, own, request.now),
        "offices": sorted(offices.items(), key=lambda one: one[1]),
        "may_teach": request.actor.may_somewhere(*OFFICE),
        "steps": _steps(own, request.now) if own else (),
        "now": request.now,
    }
    return private(render(request, "shop/lessons.html", context))


def _steps(own: ShopView, now: datetime) -> list[tuple[Step, str]]:
    """Each step of the first lesson with the page it is done on."""
    running = shops_.running_of(shops_.days_at_hand(own.id, now), now)
    page, change = reverse("shop:shop", args=[own.id]), reverse("shop:change", args=[own.id])
    open_day = reverse("shop:open_day", args=[own.id])
    day = reverse("shop:day", args=[running.id]) if running else open_day
    pages = {
        "PAGE": change, "PHOTO": change, "PACK": f"{page}#add", "DAY": open_day,
        "ORDER": reverse("shops:page", args=[own.code]),
        "PICKED": reverse("shop:picking", args=[running.id]) if running else open_day,
        "HANDED_OVER": day, "TOMORROW": f"{page}#tomorrow", "LESSON": "#calendar",
    }  # fmt: skip
    return [(step, pages[step.name]) for step in lessons_.first_lesson(own.id)]


def _act_on_lessons(request: PageRequest) -> None:
    act, who = written(request, "act"), dict[str, Any](actor=request.actor, now=request.now)
    if act == "announce":
        lessons_services.announce_lesson(
            office=uuid_from(request, "office"),
            title=text_from(request, "title"),
            teacher=text_from(request, "teacher"),
            where=text_from(request, "where"),
            from_at=moment_from(request, "from_at"),
            until_at=moment_from(request, "until_at"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("Announced: it stands in every merchant’s calendar."))
    elif act == "call-off":
        lessons_services.call_off_lesson(lesson=uuid_from(request, "lesson"), **who)
        messages.success(request, _("Called off; the calendar says so."))
    elif act in ("come", "stay"):
        lessons_services.put_down(
            lesson=uuid_from(request, "lesson"), shop=uuid_from(request, "shop"), comes=act == "come", **who
        )
        messages.success(request, _("Noted."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


@page(at_a_place=HANDS)
def lessons_xlsx(request: PageRequest) -> HttpResponse:
    """The calendar as a workbook."""
    head = [
        _("From"),
        _("Until"),
        _("Title"),
        _("Teacher"),
        _("Where"),
        _("Names down"),
        _("Were there"),
        _("Called off"),
    ]
    rows = [
        (
            local(one.from_at), local(one.until_at), one.title, one.teacher, one.where, one.put_down, one.attended,
            local(one.called_off_at),
        )
        for one in _all_lessons(request)
    ]  # fmt: skip
    return private(xlsx_download("lessons", head, rows))


@page(at_a_place=HANDS)
def lessons_chat(request: PageRequest) -> HttpResponse:
    """The calendar as a message."""
    context = to_copy(plain_chats.lessons_chat(_all_lessons(request)), "lessons")
    return private(render(request, "shop/lessons_chat.html", context))


def _all_lessons(request: PageRequest) -> list[LessonView]:
    return _calendar(shops_.shops(ids=reach(request.actor, *HANDS)), None, request.now)


@page(at_a_place=OFFICE)
def lesson_xlsx(request: PageRequest, lesson: UUID) -> HttpResponse:
    """The attendance of a lesson as a workbook."""
    found, rows = _own_lesson(request, lesson)
    yes = {True: _("yes"), False: ""}
    told = [(shop.name, yes[down], yes[there]) for shop, down, there in rows]
    name = f"lesson-{timezone.localtime(found.from_at):%Y%m%d}"
    return private(xlsx_download(name, [_("Shop"), _("Name is down"), _("Was there")], told))


@page(at_a_place=OFFICE)
def lesson_chat(request: PageRequest, lesson: UUID) -> HttpResponse:
    """The attendance of a lesson as a message."""
    found, rows = _own_lesson(request, lesson)
    context = {"lesson": found, **to_copy(plain_chats.attendance_chat(found, rows), "attendance")}
    return private(render(request, "shop/lessons_chat.html", context))


def _own_lesson(request: PageRequest, lesson: UUID) -> tuple[LessonView, list[tuple[ShopView, bool, bool]]]:
    """The lesson, and of each shop of its district whether the name was down and whether it was there."""
    office = lessons_.office_of(lesson)
    if office is not None:
        request.actor.require(*OFFICE, at=office)
    found = [one for one in lessons_.lessons(office, request.now) if one.id == lesson] if office else []
    if not found:
        raise NotFound("There is no such lesson.", where=str(lesson), cure="Open the calendar again.")
    seats = lessons_.seats_of(lesson)
    return found[0], [(one, *seats.get(one.id, (False, False))) for one in shops_.shops(office=office)]


@page(at_a_place=OFFICE)
def lesson(request: PageRequest, lesson: UUID) -> HttpResponse:
    """Who put the name down, and who was there."""
    found, rows = _own_lesson(request, lesson)
    if request.method == "POST":
        count = lessons_services.take_attendance(
            lesson=lesson, shops=uuids_from(request, "shops"), actor=request.actor, now=request.now
        )
        messages.success(request, _("%(n)s shops were there.") % {"n": count})
        return redirect("shop:lesson", lesson=lesson)
    return private(render(request, "shop/lesson.html", {"lesson": found, "rows": rows, "now": request.now}))


@page(at_a_place=HANDS)
def calendar(request: PageRequest) -> HttpResponse:
    """The same calendar for the telephone's own (RFC 5545)."""
    mine = shops_.shops(ids=reach(request.actor, *HANDS))
    response = HttpResponse(
        ics_of(_calendar(mine, None, request.now), request.now), content_type="text/calendar; charset=utf-8"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="lessons.ics"'
    return private(response)


def ics_of(rows: list[LessonView], now: datetime) -> str:
    """Lines end in CR LF and are folded at 75 octets, as the standard has it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Baogong//lessons//ZH", "CALSCALE:GREGORIAN"]
    for one in rows:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.id}@baogong",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART:{_stamp(one.from_at)}",
            f"DTEND:{_stamp(one.until_at)}",
            f"SUMMARY:{_escaped(f'{one.title} · {one.teacher}')}",
            f"LOCATION:{_escaped(one.where)}",
            f"STATUS:{'CANCELLED' if one.called_off_at else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    pieces, piece, room = [], "", 75
    for sign in line:
        size = len(sign.encode())
        if size > room:
            pieces.append(piece)
            piece, room = " ", 74
        piece, room = piece + sign, room - size
    return [*pieces, piece]


def _calendar(mine: tuple[ShopView, ...], own: ShopView | None, now: datetime) -> list[LessonView]:
    offices = sorted({one.office for one in mine})
    found = [one for office in offices for one in lessons_.lessons(office, now, shop=own.id if own else None)]
    return sorted(found, key=lambda one: (one.is_over(now), one.from_at, str(one.id)))


def _own_shop(request: PageRequest, mine: tuple[ShopView, ...]) -> ShopView | None:
    """The shop a merchant puts down; an office that sees several puts none down."""
    return mine[0] if len(mine) == 1 else None
