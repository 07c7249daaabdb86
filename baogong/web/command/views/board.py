"""
The board: what is late and why comes first, each line a link to the page where it can be changed.

It looks into every room, so it is pages that are read apart: what is late and what comes in the next hours, the next
steps from stock to truck, what nobody serves yet, what is promised and on no truck, and the map. Each stands alone; with htmx the board shows them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.freight import queries as freight
from baogong.freight.queries import NotMoving, WaybillRow
from baogong.journal import queries as journal
from baogong.journal.queries import DocumentView, TaskView
from baogong.kernel.actor import Actor, Duty
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs import queries as needs
from baogong.places import queries as places
from baogong.planning import queries as plans
from baogong.planning.queries import PlanHead
from baogong.supply import queries as supply
from baogong.supply.queries.board import is_relief
from baogong.supply.views import CarriageView
from baogong.tower import queries as tower
from baogong.web.command import charts
from baogong.web.command.views.group import OFFICE, SHIFT_H
from baogong.web.command.views.plans import address_of
from baogong.web.names import called, is_chinese, item_names
from baogong.web.pages import PageRequest, page, show
from baogong.web.templatetags.baogong import lasting, own_half, when
from baogong.web.titles import title_in_words

READERS = (Duty.COMMAND, Duty.APPROVER, Duty.AUDITOR)
MOVING = ("PLANNED", "LOADED", "DEPARTED", "ARRIVED")
NEXT_H = 12
SHOWN_MAX = 60
PROPOSED_H = 48
ANSWER_H = 24
ASK_WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class LateThing:
    """One line of the board: goods before papers, the longest late first; `url` is where it can be changed."""

    rank: int
    what: str
    title: str
    why: str
    late_s: int
    url: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What is to happen in the next hours."""

    at: datetime
    what: str
    title: str
    url: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Relief goods by where they are, in base units of all items together."""

    in_stock: int
    promised: int
    on_the_road: int
    handed_over: int
    lost: int


@dataclass(frozen=True, slots=True)
class UnmovedRow:
    """Goods promised and on no waybill, by place, receiver and item."""

    site_name: str
    receiver_name: str
    item: object
    amount: int
    due_at: datetime | None
    urgency: int
    is_overdue: bool


@page(*READERS)
def board(request: PageRequest) -> HttpResponse:
    """What is late, why, and what comes in the next twelve hours."""
    rows = freight.waybills(now=request.now, states=MOVING)
    tasks = journal.tasks(open_only=True)
    waiting = journal.waiting_lines_count(seen_by=request.actor)
    if not request.actor.may_any(Duty.CLERK, Duty.COMMAND):
        waiting = 0  # only they may decide these lines
    asked, first = supply.carriage_waiting() if request.actor.may_any(*OFFICE) else (0, None)
    proposed = _to_approve(plans.plans(state="PROPOSED"), request.now)
    unsigned = journal.signatures_due(request.now + timedelta(hours=NEXT_H))
    overdue = [paper for paper in unsigned if paper.second_due_at and paper.second_due_at <= request.now]
    late = _late_things(rows, tasks, overdue, waiting, request.now)
    late += _to_sign(request.actor, {paper.id for paper in overdue})
    late += _asked_to_carry(asked, first, request.now) + proposed + _alerts()
    context = {
        "late": late[:SHOWN_MAX],
        "late_count": len(late),
        "coming": _coming(rows, tasks, unsigned, request.now),
        "is_empty": not (rows or tasks or late or unsigned) and not places.sites(most=1),
        "now": request.now,
    }
    return show(request, "command/board.html", context, partial="late")


@page(*READERS)
def board_steps(request: PageRequest) -> HttpResponse:
    """What is to be done next on the way from counted stock to a truck, in that order; only what the book is ready for."""
    goods, heads = supply.goods_at_sites(), plans.plans()
    asked = needs.open_needs()
    open_needs = [view for view in asked if view.open and view.item in goods.free_items]
    share = _waiting(heads, "SHARE")
    context = {
        "may_be_locked": bool(goods.shop_items) and not goods.is_frozen,
        "lacks_stock": not goods.shop_items and not goods.free_items and not goods.is_promised and not heads,
        "lacks_needs": not asked and not heads,
        "needs_count": len(open_needs),
        "share": share,
        "is_own_share": share is not None and share.made_by == request.actor.person_id,
        "waits_for_trucks": goods.is_promised and _is_share_ahead(heads),
        "convoy": _waiting(heads, "CONVOY"),
        "unasked": _unasked(heads, request.now),
    }
    return show(request, "command/board_steps.html", context, partial="body")


def _unasked(heads: Sequence[PlanHead], now: datetime) -> PlanHead | None:
    """The newest convoy in force, where it was approved within two days and put to no carrier yet."""
    newest = next((head for head in heads if head.kind == "CONVOY" and head.state == "APPROVED"), None)
    if newest is None or newest.approved_at is None or now - newest.approved_at > ASK_WITHIN:
        return None
    return None if freight.asks(plan=newest.id) else newest


def _waiting(heads: Sequence[PlanHead], kind: str) -> PlanHead | None:
    """The newest proposal of this kind that may still be approved."""
    return next((head for head in heads if (head.kind, head.state) == (kind, "PROPOSED") and not head.is_stale), None)


def _is_share_ahead(heads: Sequence[PlanHead]) -> bool:
    """Whether no convoy was approved since the last share was: what a convoy leaves behind has a page of its own."""
    last = {head.kind: head.approved_at for head in reversed(heads) if head.state == "APPROVED"}
    share, convoy = last.get("SHARE"), last.get("CONVOY")
    return convoy is None or (share is not None and share > convoy)


@page(*READERS)
def board_doubts(request: PageRequest) -> HttpResponse:
    """Urgent needs nobody has confirmed for 48 hours, needs without an amount, carriers that have not answered."""
    open_needs = needs.open_needs()
    context = {
        "stale": needs.unconfirmed_needs(request.now, among=open_needs),
        "uncounted": sum(view.quantity is None for view in open_needs),
        "asks": [ask for ask in freight.asks() if ask.answer == "ASKED"],
    }
    return show(request, "command/board_doubts.html", context, partial="body")


@page(*OFFICE)
def losses(request: PageRequest) -> HttpResponse:
    """What was lost or damaged since the last shift, by truck and leg, with its report; what came too much and is still to be decided."""
    since = request.now - timedelta(hours=SHIFT_H)
    found = freight.written_off(since=since, until=request.now + timedelta(microseconds=1))  # this moment's too
    context = {
        "found": found[:SHOWN_MAX],
        "items": item_names() if found else {},
        "surpluses": freight.surpluses(open_only=True),
        "since": since,
    }
    return show(request, "command/losses.html", context, partial="body")


@page(*READERS, Duty.CLERK)
def unmoved(request: PageRequest) -> HttpResponse:
    """Promised goods on no waybill yet."""
    rows = unmoved_rows(freight.not_moving(now=request.now), request.now)
    context = {"rows": rows, "items": item_names() if rows else {}, "shown": rows[: SHOWN_MAX // 2]}
    return show(request, "command/unmoved.html", context, partial="body")


@page(*READERS)
def board_map(request: PageRequest) -> HttpResponse:
    """Where everything is: figures, and the flows between places."""
    moving = freight.waybills(now=request.now, states=MOVING)
    late = [(row.origin, row.target) for row in moving if row.is_late]
    context = {"maps": charts.maps_of(charts.ways_of(freight.flows(), late)), "figures": _figures()}
    return show(request, "command/board_map.html", context, partial="body")


def _late_things(
    rows: Sequence[WaybillRow],
    tasks: Sequence[TaskView],
    unsigned: Sequence[DocumentView],
    waiting: int,
    now: datetime,
) -> list[LateThing]:
    things = [
        LateThing(
            0,
            _("Seal"),
            f"{_way(group)} ({', '.join(row.number for row in group)})",
            _("crossed the seal of %(areas)s without a valid pass")
            % {"areas": ", ".join(dict.fromkeys(each.area_name for row in group for each in row.without_pass))},
            int((now - group[0].arrived_at).total_seconds()) if group[0].arrived_at else 0,
            reverse("command:waybill", args=[group[0].id]),
        )
        for group in _runs([row for row in rows if row.without_pass])
    ]
    things += [
        LateThing(
            1,
            _("Truck"),
            f"{_way(group)} ({', '.join(row.number for row in group)})",
            _why_late(group[0], now),
            max(row.late_s for row in group),
            reverse("command:waybill", args=[group[0].id]),
        )
        for group in _runs([row for row in rows if row.is_late])
    ]
    things += [
        LateThing(
            3,
            _("Task"),
            str(own_half(task.title)),
            _("due %(at)s; %(owner)s")
            % {"at": when(task.due_at), "owner": task.owner_name or _("nobody has taken it")},
            int((now - task.due_at).total_seconds()),
            reverse("command:tasks"),
        )
        for task in tasks
        if task.is_late(now)
    ]
    things += [
        LateThing(
            2,
            _("Second signature"),
            f"{paper.number} {title_in_words(paper.title)}",
            _("done alone by %(name)s; the second signature was due %(at)s")
            % {"name": paper.drawn_by_name, "at": when(paper.second_due_at)},
            int((now - paper.second_due_at).total_seconds()) if paper.second_due_at else 0,
            reverse("command:document", args=[paper.id]),
        )
        for paper in unsigned
    ]
    things.sort(key=lambda thing: (thing.rank, -thing.late_s, thing.title))
    if waiting:
        text = ngettext(
            "%(count)s line of a list waits for a person", "%(count)s lines of lists wait for a person", waiting
        )
        why = _("nothing of them is in the book until somebody decides")
        things.append(LateThing(4, _("Lists"), text % {"count": waiting}, why, 0, reverse("clerk:waiting")))
    return things


def _to_sign(actor: Actor, shown: Collection[UUID]) -> list[LateThing]:
    """Every paper that waits for this person's signature, whatever room drew it up."""
    papers = [paper for paper in journal.pending_signatures(actor) if paper.id not in shown]
    return [
        LateThing(
            2,
            _("Your signature"),
            f"{paper.number} {title_in_words(paper.title)}",
            _("drawn up by %(name)s at %(at)s") % {"name": paper.drawn_by_name, "at": when(paper.drawn_at)},
            0,
            reverse("command:document", args=[paper.id]),
        )
        for paper in papers
    ]


def _alerts() -> list[LateThing]:
    """One line for the alerts that are open, counted as the tower counts them."""
    found = tower.alerts()
    if not found:
        return []
    untaken = sum(alert.owner is None for alert in found)
    text = ngettext("%(count)s alert is open", "%(count)s alerts are open", len(found)) % {"count": len(found)}
    why = ngettext("%(count)s of them without an owner", "%(count)s of them without an owner", untaken)
    return [LateThing(6, _("Tower"), text, why % {"count": untaken}, 0, reverse("tower:board"))]


def _asked_to_carry(asked: int, first: CarriageView | None, now: datetime) -> list[LateThing]:
    """Consignors who wait for an answer: one line for all of them, late where `first` has waited for a day."""
    if first is None:
        return []
    waits_s = int((now - first.asked_at).total_seconds())
    text = ngettext(
        "%(count)s request to carry goods waits for an answer",
        "%(count)s requests to carry goods wait for an answer",
        asked,
    )
    return [
        LateThing(
            4,
            _("Asked to carry"),
            text % {"count": asked},
            _("%(name)s has waited since %(at)s; nothing is carried before somebody answers")
            % {"name": called(first.consignor_name), "at": when(first.asked_at)},
            waits_s if waits_s > ANSWER_H * 3600 else 0,
            reverse("command:carriage_request", args=[first.id]) if asked == 1 else reverse("command:carriage"),
        )
    ]


def _to_approve(heads: Sequence[PlanHead], now: datetime) -> list[LateThing]:
    """Proposals of the last two days that nobody has decided yet, the newest first; what is overtaken says so."""
    what = {"SHARE": _("Share"), "CONVOY": _("Convoy"), "SOURCING": _("To buy"), "ROUNDS": _("Couriers’ rounds")}
    return [
        LateThing(
            5,
            what[head.kind],
            (_("%(at)s is overtaken") if head.is_stale else _("%(at)s waits for approval"))
            % {"at": when(head.made_at)},
            _why_overtaken(head)
            if head.is_stale
            else _("proposed by %(name)s; nothing of it happens until it is approved") % {"name": head.made_by_name},
            0,
            address_of(head.kind, head.id),
        )
        for head in heads
        if now - head.made_at <= timedelta(hours=PROPOSED_H)
    ]


def _why_overtaken(head: PlanHead) -> str:
    first, more = head.changes[0], len(head.changes) - 1
    said = first.text_zh if is_chinese() else first.text_en
    if more:
        said += ngettext(" and %(count)s thing more", " and %(count)s things more", more) % {"count": more}
    return _("%(changed)s: it cannot be approved any more. Open it to make it again or put it aside.") % {
        "changed": said
    }


def _why_late(row: WaybillRow, now: datetime) -> str:
    """The first thing that has not happened, and what it means for who waits."""
    if row.arrived_at is not None:
        why = _("arrived %(late)s late, not signed for yet")
    elif row.departed_at is not None:
        why = _("%(late)s behind, expected %(at)s")
    elif row.planned_depart_at < now:
        why = _("should have left %(leave)s; expected %(at)s")
    else:
        why = _("reported %(late)s late, expected %(at)s")
    said = why % {
        "late": lasting(row.late_s),
        "at": when(row.expected_arrive_at),
        "leave": when(row.planned_depart_at),
    }
    if row.misses_due and row.due_at is not None:
        said += _("; asked for by %(due)s") % {"due": when(row.due_at)}
    return said


def _coming(
    rows: Sequence[WaybillRow], tasks: Sequence[TaskView], unsigned: Sequence[DocumentView], now: datetime
) -> list[Coming]:
    until = now + timedelta(hours=NEXT_H)
    found = []
    for group in _runs([row for row in rows if row.departed_at is None]):
        row, at = group[0], min(row.planned_depart_at for row in group)
        if now <= at < until:
            url = reverse("command:waybill", args=[row.id])
            found.append(Coming(at, _("leaves"), _way(group), url, any(each.is_late for each in group)))
    for group in _runs([row for row in rows if row.arrived_at is None]):
        row, at = group[0], min(row.expected_arrive_at for row in group)
        if now <= at < until:
            url = reverse("command:waybill", args=[row.id])
            found.append(Coming(at, _("arrives"), _way(group), url, any(each.is_late for each in group)))
    found += [
        Coming(task.due_at, _("task due"), str(own_half(task.title)), reverse("command:tasks"), False)
        for task in tasks
        if now <= task.due_at < until
    ]
    found += [
        Coming(
            paper.second_due_at,
            _("second signature due, done alone by %(name)s:") % {"name": paper.drawn_by_name},
            f"{paper.number} {title_in_words(paper.title)}",
            reverse("command:document", args=[paper.id]),
            False,
        )
        for paper in unsigned
        if paper.second_due_at and now < paper.second_due_at <= until
    ]
    return sorted(found, key=lambda coming: (coming.at, coming.title))[:SHOWN_MAX]


def _runs(rows: Sequence[WaybillRow]) -> list[list[WaybillRow]]:
    """A truck that picks up at several places on its way to one is one thing to look at."""
    runs: dict[tuple[UUID, UUID], list[WaybillRow]] = defaultdict(list)
    for row in rows:
        runs[row.trip, row.target].append(row)
    return list(runs.values())


def _way(run: Sequence[WaybillRow]) -> str:
    """京A10137 新乡、廊坊 → 仙桃"""
    origins = list(dict.fromkeys(called(row.origin_name) for row in run))
    return f"{run[0].plate or run[0].truck} {' + '.join(origins)} → {called(run[0].target_name)}"


def _figures() -> Figures:
    """What stands available at a hub is relief whoever owned it first."""
    hubs = {site.id for site in places.sites(role="HUB")}
    sums: dict[str, int] = defaultdict(int)
    states = [State.FROZEN, State.AVAILABLE, State.ABOARD, State.HANDED_OVER, State.LOST, State.SPOILED]
    for view in book.balances(states=states):
        if view.state is State.ABOARD:
            sums["on_the_road"] += view.posted
        elif view.state is State.HANDED_OVER:
            sums["handed_over"] += view.posted
        elif view.state in (State.LOST, State.SPOILED):
            sums["lost"] += view.posted
        elif is_relief(view) or view.holder in hubs:
            sums["in_stock"] += view.posted
            sums["promised"] += view.held
    names = ("in_stock", "promised", "on_the_road", "handed_over", "lost")
    return Figures(**{name: sums[name] for name in names})


def unmoved_rows(found: Sequence[NotMoving], now: datetime) -> list[UnmovedRow]:
    """Parcels of one place, receiver and item together; overdue ones first, then by due time and urgency."""
    groups: dict[tuple[str, str, object], list[NotMoving]] = defaultdict(list)
    for each in found:
        groups[each.site_name, each.receiver_name, each.item].append(each)
    rows = [
        UnmovedRow(
            site_name=site,
            receiver_name=receiver,
            item=item,
            amount=sum(each.amount for each in group),
            due_at=min((each.due_at for each in group if each.due_at), default=None),
            urgency=min(each.urgency for each in group),
            is_overdue=any(each.is_overdue(now) for each in group),
        )
        for (site, receiver, item), group in groups.items()
    ]
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(rows, key=lambda row: (not row.is_overdue, row.due_at or far, row.urgency, row.receiver_name))
