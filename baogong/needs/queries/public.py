"""Needs as anyone may read them: verified, without contacts; the one clean list that pages, API and files are made of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from baogong.needs.models import Need
from baogong.needs.queries.board import views_in_order
from baogong.needs.views import NeedState, NeedView, PublicChoice, PublicNeed
from baogong.people.queries.parties import without_contacts

PUBLIC_MAX = 2_000
A_PERSON = "个人 · a person"
EVERYTHING = PublicChoice()


def public_needs(
    now: datetime, choice: PublicChoice = EVERYTHING, *, limit: int | None = PUBLIC_MAX
) -> tuple[PublicNeed, ...]:
    """
    Verified needs that count by themselves: no contacts, notes or sources, natural persons unnamed.

    What is open first, the most urgent and oldest; what is met last, greyed out by whoever shows it. A need is met the
    moment the book has the last signature: nothing is stored about it. `limit` None: all of them, to be summed.
    """
    rows = _verified()
    if choice.city:
        rows = rows.filter(receiver__city=choice.city)
    if choice.item is not None:
        rows = rows.filter(item_id=choice.item)
    if choice.urgency is not None:
        rows = rows.filter(urgency=choice.urgency)
    if choice.freshness:
        is_stale = choice.freshness == "STALE"
        rows = rows.filter(fresh_until__lte=now) if is_stale else rows.filter(fresh_until__gt=now)
    views = views_in_order(rows.order_by("urgency", "asked_at", "id")[:limit])
    shown = [_public(view, now) for view in views if view.state is not NeedState.COUNTED_ELSEWHERE]
    if choice.progress:
        shown = [need for need in shown if need.is_met == (choice.progress == "MET")]
    return tuple(sorted(shown, key=lambda need: need.is_met))


def public_cities() -> tuple[str, ...]:
    """Where verified needs are, for a filter."""
    return tuple(
        _verified()
        .exclude(receiver__city="")
        .order_by("receiver__city")
        .values_list("receiver__city", flat=True)
        .distinct()
    )


def public_items() -> dict[UUID, tuple[str, str]]:
    """What verified needs ask for, for a filter: Chinese and English names in their order; one query."""
    rows = _verified().order_by("item__sort_key", "item").values_list("item", "item__name_zh", "item__name_en")
    return {item: (zh, en) for item, zh, en in rows.distinct()}


def _verified() -> QuerySet[Need]:
    return Need.objects.filter(standing=Need.Standing.REQUESTED, verified_at__isnull=False).exclude(doubt="WRONG")


def _public(view: NeedView, now: datetime) -> PublicNeed:
    assert view.verified_at is not None
    is_met = view.state is NeedState.MET
    return PublicNeed(
        id=view.id,
        # Lists write a person and a telephone beside the name; they are for those who verify.
        receiver_name=A_PERSON if view.receiver_kind == "PERSON" else without_contacts(view.receiver_name),
        city=view.city,
        item=view.item,
        item_zh=view.item_zh,
        item_en=view.item_en,
        unit=view.unit,
        quantity=view.counted,
        standards=view.standards,
        urgency=view.urgency,
        use=view.use,
        state=view.state,
        open=view.open,
        promised=max((view.left_to_sign or 0) - (view.open or 0), 0) if view.counted is not None else view.committed,
        signed=view.counted - (view.left_to_sign or 0) if view.counted is not None else view.met,
        met_permille=view.met_permille,
        promised_permille=view.promised_permille,
        asked_at=view.asked_at,
        fresh_at=view.renewed_at or view.asked_at,
        due_at=view.due_at,
        verified_at=view.verified_at,
        verified_how=view.verified_how,
        is_stale=not is_met and view.is_stale(now),
        is_met=is_met,
    )
