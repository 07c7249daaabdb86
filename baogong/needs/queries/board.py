"""What is asked, what is promised, what was signed for. Progress is read from the fate of holds in the book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from baogong.engine.asked import Tie
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.queries import HoldView
from baogong.needs.errors import NeedNotThere
from baogong.needs.models import Allotment, Need
from baogong.needs.queries.counting import active_ties, standings, tied_to, with_promises
from baogong.needs.queries.fates import Fate, fates_of
from baogong.needs.views import OVER, AllotmentView, NeedState, NeedView, ParcelDue, ServedRow
from baogong.people.queries.merges import Houses, houses
from baogong.people.queries.parties import parties

PROMISES_MAX = 1_000


def need(need_id: UUID) -> NeedView:
    """Raises NeedNotThere."""
    found = needs_by_id([need_id])
    if not found:
        raise NeedNotThere("There is no such need.", where=str(need_id))
    return found[0]


@dataclass(frozen=True, slots=True)
class NeedFile:
    """
    One need with its promises and what it is tied to.

    ties   (SAME or PART, the one below, the one above), of this need only
    """

    need: NeedView
    ties: tuple[tuple[str, NeedView, NeedView], ...]
    allotments: tuple[AllotmentView, ...]


def need_file(need_id: UUID) -> NeedFile:
    """Everything promised and tied is read once: five queries, six where a receiver was merged. Raises NeedNotThere."""
    ties = active_ties()
    beside = tied_to([need_id], ties)
    promises = _allotments(Allotment.objects.filter(need__in=beside).order_by("placed_at", "id"))
    promised: tuple[dict[UUID, int], dict[UUID, int]] = defaultdict(int), defaultdict(int)
    for each in promises:
        assert each.need is not None
        promised[0][each.need] += each.committed
        promised[1][each.need] += each.met
    rows = list(Need.objects.filter(pk__in=beside).select_related("receiver", "item", "site__party"))
    views = {view.id: view for view in views_of(rows, ties=ties, promised=promised)}
    if need_id not in views:
        raise NeedNotThere("There is no such need.", where=str(need_id))
    couples = ((tie.kind.value, UUID(tie.child), UUID(tie.parent)) for tie in ties)
    return NeedFile(
        need=views[need_id],
        ties=tuple((kind, views[one], views[other]) for kind, one, other in couples if need_id in (one, other)),
        allotments=tuple(each for each in promises if each.need == need_id),
    )


def needs_by_id(ids: Collection[UUID]) -> tuple[NeedView, ...]:
    """These needs, whatever their state, in the order in which they came in."""
    return _views(Need.objects.filter(pk__in=ids))


def open_needs(
    *,
    items: Collection[UUID] | None = None,
    receiver: UUID | None = None,
    receivers: Collection[UUID] | None = None,
    merged: Houses | None = None,
    ties: Sequence[Tie] | None = None,
) -> tuple[NeedView, ...]:
    """
    Needs neither met nor cancelled nor counted elsewhere, stale ones included, in the order in which they came in.

    Who was merged with a receiver is that receiver; `merged` and `ties` are those in force, where they are read already.
    """
    rows = Need.objects.filter(standing=Need.Standing.REQUESTED)
    if items is not None:
        rows = rows.filter(item_id__in=items)
    wanted = [*(receivers or ()), *([receiver] if receiver is not None else [])]
    merged = merged or houses()
    if receivers is not None or receiver is not None:
        rows = rows.filter(receiver_id__in=merged.family(wanted))
    views = views_in_order(rows.order_by("asked_at", "id"), merged, ties)
    return tuple(view for view in views if view.state not in OVER)


URGENT_MAX = 2


def unconfirmed_needs(now: datetime, *, among: Sequence[NeedView] | None = None) -> tuple[NeedView, ...]:
    """
    Urgent needs that nobody has confirmed for 48 hours: what every board counts as unconfirmed.

    among  the open needs, where they are read already
    """
    found = open_needs() if among is None else among
    return tuple(view for view in found if view.urgency <= URGENT_MAX and view.is_stale(now))


def unconfirmed_count(now: datetime) -> int:
    """How many `unconfirmed_needs` there are. Nothing else of them is read: not who was merged with whom."""
    rows = Need.objects.filter(standing=Need.Standing.REQUESTED, urgency__lte=URGENT_MAX, fresh_until__lte=now)
    return sum(view.state not in OVER for view in views_in_order(rows, Houses(())))


def needs_of(receivers: Collection[UUID]) -> tuple[NeedView, ...]:
    """All needs of these receivers, past ones included."""
    merged = houses()
    rows = Need.objects.filter(receiver_id__in=merged.family(receivers))
    return views_in_order(rows.order_by("asked_at", "id"), merged)


def needs_board(
    now: datetime,
    *,
    state: NeedState | None = None,
    is_stale: bool | None = None,
    has_amount: bool | None = None,
    within: Collection[UUID] | None = None,
    limit: int = 500,
) -> tuple[NeedView, ...]:
    """
    The command office's board: all needs or those of one state, the most urgent and oldest first, at most `limit`.

    within  of these receivers only (with who was merged with them, if the caller wants that: `sight.receivers_within`)
    """
    rows = Need.objects.order_by("urgency", "asked_at", "id")
    if within is not None:
        rows = rows.filter(receiver_id__in=within)
    if is_stale is not None:
        rows = rows.filter(fresh_until__lte=now) if is_stale else rows.filter(fresh_until__gt=now)
    if has_amount is not None:
        rows = rows.filter(quantity__isnull=not has_amount)
    if state is not None:
        cancelled = Q(standing=Need.Standing.CANCELLED)
        rows = rows.filter(cancelled if state is NeedState.CANCELLED else ~cancelled)
    found: list[NeedView] = []
    start = 0
    while len(found) < limit and (views := views_in_order(rows[start : start + limit])):
        found += [view for view in views if state is None or view.state is state]
        start += limit
    return tuple(found[:limit])


def counting() -> tuple[NeedView, ...]:
    """Needs of a number that stand for something themselves, met and stale ones included."""
    return tuple(
        view for view in _views(Need.objects.filter(standing=Need.Standing.REQUESTED, quantity__gt=0)) if view.counted
    )


def served(*, items: Collection[UUID] | None = None) -> tuple[ServedRow, ...]:
    """Who was served what share: one row per receiver and item with a countable need, the least served first."""
    rows: dict[tuple[UUID, UUID], list[NeedView]] = defaultdict(list)
    for view in counting():
        if items is None or view.item in items:
            rows[view.receiver, view.item].append(view)
    table = [
        ServedRow(
            receiver=views[0].receiver,
            receiver_name=views[0].receiver_name,
            item=views[0].item,
            item_zh=views[0].item_zh,
            item_en=views[0].item_en,
            asked=sum(view.counted or 0 for view in views),
            committed=sum(view.committed for view in views),
            met=sum(view.met for view in views),
        )
        for views in rows.values()
    ]
    return tuple(sorted(table, key=lambda row: (row.met_permille, row.receiver_name, row.item)))


def allotments(
    *,
    need_id: UUID | None = None,
    receiver: UUID | None = None,
    plan: UUID | None = None,
    at_site: UUID | None = None,
) -> tuple[AllotmentView, ...]:
    """Promises and their fate, the oldest first."""
    rows = Allotment.objects.order_by("placed_at", "id")
    for field, value in (("need_id", need_id), ("receiver_id", receiver), ("plan", plan), ("at_site_id", at_site)):
        if value is not None:
            rows = rows.filter(**{field: value})
    return _allotments(rows[:PROMISES_MAX])


def allotment(allotment_id: UUID) -> AllotmentView:
    """Raises NeedNotThere."""
    found = _allotments(Allotment.objects.filter(pk=allotment_id))
    if not found:
        raise NeedNotThere("There is no such allotment.", where=str(allotment_id))
    return found[0]


def parcels_due(window: Window | None = None, open_holds: Collection[HoldView] | None = None) -> tuple[ParcelDue, ...]:
    """
    Promised goods that have not left their site, due within the window; those without a due time are due in any.

    The most urgent and earliest first. A parcel keeps (room, id): its progress is read from its hold. Starts from the
    promises still open in the book, so what was delivered long ago costs nothing; `open_holds` are those, where they
    are known already.
    """
    holds = {view.id: view for view in (book.open_holds() if open_holds is None else open_holds)}
    rows = Allotment.objects.filter(hold__in=list(holds), undone_at=None).select_related("need")
    if window is not None and window.start_at is not None:
        rows = rows.filter(Q(due_at=None) | Q(due_at__gte=window.start_at))
    if window is not None and window.end_at is not None:
        rows = rows.filter(Q(due_at=None) | Q(due_at__lt=window.end_at))
    chosen = list(rows)
    lots = {view.id: view for view in book.lots(sorted({row.lot for row in chosen}))} if chosen else {}
    due = [
        ParcelDue(
            room="needs",
            id=row.id,
            hold=row.hold,
            lot=row.lot,
            item=row.item_id,
            amount=holds[row.hold].open,
            at_site=row.at_site_id,
            receiver=row.receiver_id,
            receiver_site=row.need.site_id if row.need else None,
            due_at=row.due_at,
            urgency=row.urgency,
            pieces_per_carton=lots[row.lot].pieces_per_carton,
        )
        for row in chosen
    ]
    return tuple(sorted(due, key=lambda parcel: (parcel.urgency, parcel.due_at is None, parcel.due_at, parcel.id)))


def _allotments(rows: QuerySet[Allotment]) -> tuple[AllotmentView, ...]:
    found = list(rows.select_related("at_site__party"))
    fates = fates_of([row.hold for row in found])
    return tuple(_allotment(row, fates[row.hold]) for row in found)


def _allotment(row: Allotment, fate: Fate) -> AllotmentView:
    return AllotmentView(
        id=row.id,
        need=row.need_id,
        receiver=row.receiver_id,
        at_site=row.at_site_id,
        at_site_name=row.at_site.party.name,
        at_site_name_en=row.at_site.party.name_en,
        item=row.item_id,
        lot=row.lot,
        amount=row.amount,
        hold=row.hold,
        plan=row.plan,
        document=row.document,
        urgency=row.urgency,
        due_at=row.due_at,
        reason=row.reason,
        placed_at=row.placed_at,
        is_undone=row.undone_at is not None,
        committed=fate.travelling,
        met=fate.arrived,
        released=fate.given_up,
        at_origin=fate.at_origin,
    )


def _views(rows: QuerySet[Need]) -> tuple[NeedView, ...]:
    return views_in_order(rows.order_by("asked_at", "id"))


def views_in_order(
    rows: QuerySet[Need], merged: Houses | None = None, ties: Sequence[Tie] | None = None
) -> tuple[NeedView, ...]:
    """Three queries, and one more each where a receiver was merged or a tie leads to another need."""
    return views_of(list(with_promises(rows.select_related("receiver", "item", "site__party"))), merged, ties)


def views_of(
    found: Sequence[Need],
    merged: Houses | None = None,
    ties: Sequence[Tie] | None = None,
    promised: tuple[dict[UUID, int], dict[UUID, int]] | None = None,
) -> tuple[NeedView, ...]:
    """The same of rows that are read already, with their receiver and item; and `with_promises`, or `promised`."""
    if not found:
        return ()
    figures = standings(found, ties=ties, promised=promised)
    merged = merged or houses()
    roots = {row.receiver_id: merged.root(row.receiver_id) for row in found}
    speaking = set(roots.values()) - set(roots)  # who asked for nothing here itself
    speakers = {party.id: party for party in parties(ids=speaking)} if speaking else {}
    asked = {row.receiver_id: row.receiver for row in found}
    return tuple(
        NeedView(
            id=row.id,
            receiver=roots[row.receiver_id],
            receiver_name=speaker.name,
            receiver_kind=speaker.kind,
            city=speaker.city,
            site=row.site_id if row.site_id != row.receiver_id else roots[row.receiver_id],
            site_name=site.name if site else "",
            site_name_en=site.name_en if site else "",
            item=row.item_id,
            item_zh=row.item.name_zh,
            item_en=row.item.name_en,
            family=f"{row.item.category or row.item.code} {row.item.unit}",
            unit=row.item.unit,
            basis=row.basis,
            quantity=row.quantity,
            people_count=row.people_count,
            days_count=row.days_count,
            daily_use_milli=row.daily_use_milli,
            had_no_limit=row.had_no_limit,
            urgency=row.urgency,
            standards=tuple(row.standards),
            use=row.use,
            source=row.source,
            proof=row.proof,
            note=row.note,
            asked_at=row.asked_at,
            renewed_at=row.renewed_at,
            fresh_until=row.fresh_until,
            due_at=row.due_at,
            verified_by=row.verified_by_id,
            committed=figures[row.id].committed,
            met=figures[row.id].met,
            is_cancelled=row.standing == Need.Standing.CANCELLED,
            counted=figures[row.id].counted,
            open=figures[row.id].open,
            left_to_sign=figures[row.id].left_to_sign,
            asked_as=row.receiver.name if roots[row.receiver_id] != row.receiver_id else "",
            verified_at=row.verified_at,
            verified_how=row.verified_how,
            doubt=row.doubt,
            tie_kind=tie[0].value if tie else "",
            tied_to=tie[1] if tie else None,
        )
        for row in found
        for root in (roots[row.receiver_id],)
        for speaker in (asked.get(root) or speakers.get(root) or row.receiver,)
        for site in (speaker if row.site_id == row.receiver_id else row.site and row.site.party,)
        for tie in (figures[row.id].tie,)
    )
