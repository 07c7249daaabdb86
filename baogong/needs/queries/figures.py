"""What amounts rest on, and what a change would do to which need, before it is done."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.catalogue.queries import ItemView
from baogong.needs.models import Figure, Need, UseStandard
from baogong.needs.models.figures import Group
from baogong.needs.queries.board import views_of
from baogong.needs.queries.counting import active_ties, progress, standings, tied_to
from baogong.needs.views import NeedView

FEVER_WARD = "发热病区每名医护每天（估计） · per clinician and day in a fever ward (estimate)"


@dataclass(frozen=True, slots=True)
class FigureView:
    """
    amount     persons, days, base units; for USE thousandths of the base unit in `per_days` days
    ground     PUBLISHED, ESTIMATE, RECEIVER (its own word), COUNTED (household by household)
    ended_at   None while the need rests on it
    """

    what: str
    group: str
    amount: int
    per_days: int
    ground: str
    source: str
    is_standard: bool
    set_at: datetime
    set_by_name: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class UseView:
    """What one person of a group uses; `set_at` None: as the house was delivered."""

    item: UUID
    group: str
    amount_milli: int
    per_days: int
    ground: str
    source: str
    set_at: datetime | None
    set_by_name: str


@dataclass(frozen=True, slots=True)
class Effect:
    """
    What a change would do to one need.

    before, after                  what was asked
    counted_before, counted_after  what it stands for itself: a part that grows takes from its whole
    is_below_promised              more is promised or signed for than it would then ask
    """

    need: NeedView
    before: int | None
    after: int | None
    counted_before: int | None
    counted_after: int | None
    is_below_promised: bool


def figures_of(needs: Collection[UUID], *, with_past: bool = False) -> dict[UUID, tuple[FigureView, ...]]:
    """
    The figures each need rests on, in a fixed order; one query, and one for needs written before figures were kept.

    with_past   earlier figures too, the newest last
    """
    rows = Figure.objects.filter(need__in=list(needs)).order_by("what", "group", "set_at", "id")
    if not with_past:
        rows = rows.filter(ended_at=None)
    found: dict[UUID, list[FigureView]] = {}
    for row in rows:
        found.setdefault(row.need_id, []).append(_view(row))
    if missing := [need for need in needs if need not in found]:
        found |= {row.pk: _of_old(row) for row in Need.objects.filter(pk__in=missing)}
    return {need: tuple(figures) for need, figures in found.items()}


def use_of(item: UUID, group: str) -> UseView | None:
    """The house's figure; what a person set, else as delivered."""
    return uses_of(item).get(group)


def uses_of(item: UUID) -> dict[str, UseView]:
    """Group → the house's figure for it, of one item; two queries."""
    good = catalogue.item(item)
    found = {use.group: use for use in _delivered(good.id, good.code)}
    if good.daily_use_milli:
        found[Group.CLINICIAN] = _of_catalogue(good)
    for row in UseStandard.objects.filter(item=item, ended_at=None):
        found[row.group] = UseView(
            item, row.group, row.amount_milli, row.per_days, row.ground, row.source, row.set_at, row.set_by_name
        )
    return found


def all_uses(goods: Sequence[ItemView] | None = None) -> tuple[UseView, ...]:
    """Every figure the house reckons with, by item and group; one query besides the goods."""
    found: dict[tuple[UUID, str], UseView] = {}
    for good in catalogue.items() if goods is None else goods:
        for use in _delivered(good.id, good.code):
            found[good.id, use.group] = use
        if good.daily_use_milli:
            found[good.id, Group.CLINICIAN] = _of_catalogue(good)
    for row in UseStandard.objects.filter(ended_at=None):
        found[row.item_id, row.group] = UseView(
            row.item_id, row.group, row.amount_milli, row.per_days, row.ground, row.source, row.set_at, row.set_by_name
        )
    return tuple(found.values())


def effects_of(amounts: Mapping[UUID, int]) -> tuple[Effect, ...]:
    """What becomes of these needs, and of those tied to them, if these are the amounts; only what changes."""
    if not amounts:
        return ()
    ties = active_ties()
    rows = list(
        Need.objects.filter(pk__in=tied_to(list(amounts), ties)).select_related("receiver", "item", "site__party")
    )
    promised = progress([row.id for row in rows])
    then = standings(rows, dict(amounts), ties, promised)
    effects = [
        Effect(
            need=view,
            before=view.quantity,
            after=amounts.get(view.id, view.quantity),
            counted_before=view.counted,
            counted_after=then[view.id].counted,
            is_below_promised=(then[view.id].counted or 0) < view.committed + view.met,
        )
        for view in views_of(rows, ties=ties, promised=promised)
    ]
    changed = [each for each in effects if each.before != each.after or each.counted_before != each.counted_after]
    return tuple(sorted(changed, key=lambda each: (each.need.urgency, each.need.asked_at, each.need.id)))


def seen_hash(effects: Sequence[Effect]) -> str:
    """Stands for exactly this list of effects: what a person saw is what is applied, or nothing is."""
    told = [f"{each.need.id} {each.before} {each.after} {each.counted_after}" for each in effects]
    return sha256("\n".join(told).encode()).hexdigest()[:32]


def _of_catalogue(good: ItemView) -> UseView:
    return UseView(good.id, Group.CLINICIAN, good.daily_use_milli or 0, 1, "ESTIMATE", FEVER_WARD, None, "")


@cache
def _defaults() -> dict[str, tuple[tuple[str, int, int, str, str], ...]]:
    facts = tomllib.loads(resources.files("baogong.needs").joinpath("data/uses.toml").read_text("utf-8"))
    found: dict[str, list[tuple[str, int, int, str, str]]] = {}
    for use in facts["use"]:
        entry = (use["group"], round(use["amount"] * 1000), use["days"], use["ground"], use["source"])
        found.setdefault(use["item"], []).append(entry)
    return {code: tuple(uses) for code, uses in found.items()}


def _delivered(item: UUID, code: str) -> list[UseView]:
    return [
        UseView(item, group, milli, days, ground, source, None, "")
        for group, milli, days, ground, source in _defaults().get(code, ())
    ]


def _view(row: Figure) -> FigureView:
    return FigureView(
        what=row.what,
        group=row.group,
        amount=row.amount,
        per_days=row.per_days,
        ground=row.ground,
        source=row.source,
        is_standard=row.is_standard,
        set_at=row.set_at,
        set_by_name=row.set_by_name,
        ended_at=row.ended_at,
    )


def _of_old(row: Need) -> list[FigureView]:
    """A need written before figures were kept rests on its own columns."""

    def figure(what: str, amount: int | None, group: str = "") -> FigureView:
        return FigureView(what, group, amount or 0, 1, "RECEIVER", row.source, False, row.created_at, "", None)

    if row.basis == Need.Basis.PEOPLE:
        return [
            figure("DAYS", row.days_count),
            figure("PEOPLE", row.people_count, Group.CLINICIAN),
            figure("USE", row.daily_use_milli, Group.CLINICIAN),
        ]
    return [figure("AMOUNT", row.quantity)] if row.quantity is not None else []
