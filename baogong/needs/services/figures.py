"""
What a need's amount rests on, written down figure by figure; and the changing of one, seen before it is done.

`Need.quantity` is always what its figures come to. A house-wide use (“a clinician wears four masks a day”) is a standard:
needs that rest on it follow when it is changed, and who changes it is first shown which needs would become what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.asked import GroupUse, quantity_for
from baogong.journal.locks import lock_rows, lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.needs.errors import FiguresMoved
from baogong.needs.models import Figure, Need, UseStandard
from baogong.needs.models.figures import Ground, Group
from baogong.needs.queries.figures import Effect, UseView, effects_of, seen_hash, use_of
from baogong.supply.requests import content_of

What = Figure.What
AMOUNT_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Said:
    """One figure as somebody states it; see `models.Figure`."""

    what: str
    amount: int
    ground: str
    source: str = ""
    group: str = ""
    per_days: int = 1
    is_standard: bool = False


def write_figures(need: Need, said: Iterable[Said], *, actor: Actor, now: datetime) -> None:
    """These figures from now on; equal ones keep who set them and when. Joins the caller's transaction."""
    current = {(row.what, row.group): row for row in Figure.objects.filter(need=need, ended_at=None)}
    ended, made = set(current), []
    for each in said:
        held = current.get((each.what, each.group))
        if held is not None and _facts(held) == _facts(each):
            ended.discard((each.what, each.group))
            continue
        made.append(
            Figure(
                need=need,
                what=each.what,
                group=each.group,
                amount=each.amount,
                per_days=each.per_days,
                ground=each.ground,
                source=each.source[:240],
                is_standard=each.is_standard,
                set_at=now,
                set_by_id=actor.person_id,
                set_by_name=actor.name,
            )
        )
    Figure.objects.filter(pk__in=[current[key].pk for key in ended]).update(ended_at=now)
    Figure.objects.bulk_create(made)


def _facts(row: Figure | Said) -> tuple[object, ...]:
    return row.amount, row.per_days, row.ground, row.source[:240], row.is_standard


def people_figures(
    *, people: int, days: int, daily_milli: int, use: UseView | None, ground: str, source: str
) -> list[Said]:
    """The three figures of people × days × daily use; `use` is the house's standard where the need rests on it."""
    return [
        Said(What.PEOPLE, people, ground, source, Group.CLINICIAN),
        Said(What.DAYS, days, ground, source),
        Said(
            What.USE,
            use.amount_milli if use else daily_milli,
            use.ground if use else ground,
            use.source if use else source,
            Group.CLINICIAN,
            use.per_days if use else 1,
            is_standard=use is not None,
        ),
    ]


def quantity_of(said: Sequence[Said] | Sequence[Figure]) -> int:
    """What the figures come to, in base units, rounded up once."""
    amounts = [each.amount for each in said if each.what == What.AMOUNT]
    if amounts:
        return amounts[0]
    people = {each.group: each.amount for each in said if each.what == What.PEOPLE}
    days = next(each.amount for each in said if each.what == What.DAYS)
    return quantity_for(
        (GroupUse(people.get(each.group, 0), each.amount, each.per_days) for each in said if each.what == What.USE),
        days_count=days,
    )


def preview_use(*, item: UUID, group: str, amount_milli: int, per_days: int = 1) -> tuple[Effect, ...]:
    """Which needs would become what if one person of the group used so much; nothing is written."""
    changed = {need.pk: quantity_of(said) for need, said in _with_use(item, group, amount_milli, per_days)}
    return effects_of({need: quantity for need, quantity in changed.items() if quantity > 0})


@transaction.atomic
@recorded("needs.use.set")
def set_use(
    *,
    item: UUID,
    group: str,
    amount_milli: int,
    per_days: int,
    ground: str,
    source: str,
    seen: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> tuple[Effect, ...]:
    """
    The house's standard from now on; every open need that rests on it follows. Returns what became of them.

    seen   `queries.seen_hash` of the preview the actor looked at; where something else would happen now, nothing does
    Raises FiguresMoved, UnusableInput, NotYourPlace.
    """
    actor.require(Duty.COMMAND)
    if group not in Group.values or ground not in (Ground.PUBLISHED, Ground.ESTIMATE) or not source.strip():
        raise UnusableInput(
            "A use belongs to a group and says where it comes from. Nothing was changed.",
            where="source",
            expected="PUBLISHED or ESTIMATE, with the source in words",
        )
    if not (0 < amount_milli <= AMOUNT_MAX and 1 <= per_days <= 366):
        raise UnusableInput("A use is above 0, for 1 to 366 days.", found=f"{amount_milli}/{per_days}")
    lock_word("needs uses")
    own = content_of(item=item, group=group, amount=amount_milli, days=per_days, source=source, request=request_id)
    if UseStandard.objects.filter(pk=own).exists():
        record(kind="needs.use.set", actor=actor, now=now, subject=item, data={"again": str(request_id)})
        return ()
    # Locked before looking: what is shown to rest on the standard must still do so when it is written.
    lock_rows(Need.objects.all(), [need.pk for need, _ in _with_use(item, group, amount_milli, per_days)])
    effects = preview_use(item=item, group=group, amount_milli=amount_milli, per_days=per_days)
    refuse_unseen(effects, seen)
    UseStandard.objects.filter(item=item, group=group, ended_at=None).update(ended_at=now)
    UseStandard.objects.create(
        id=own,
        item_id=item,
        group=group,
        amount_milli=amount_milli,
        per_days=per_days,
        ground=ground,
        source=source.strip()[:240],
        set_at=now,
        set_by_id=actor.person_id,
        set_by_name=actor.name,
    )
    changed = _with_use(item, group, amount_milli, per_days)
    for need, said in changed:
        restated = [
            Said(each.what, each.amount, ground, source.strip(), each.group, each.per_days, is_standard=True)
            if each.what == What.USE and each.group == group
            else each
            for each in said
        ]
        write_figures(need, restated, actor=actor, now=now)
        need.quantity = quantity_of(restated)
        if need.basis == Need.Basis.PEOPLE:
            need.daily_use_milli = -(-amount_milli // per_days)
        need.save(update_fields=["quantity", "daily_use_milli"])
    record(
        kind="needs.use.set",
        actor=actor,
        now=now,
        subject=item,
        data={
            "group": group,
            "amount_milli": amount_milli,
            "per_days": per_days,
            "needs": [[str(effect.need.id), effect.before, effect.after] for effect in effects],
        },
    )
    return effects


def standard_for(item: UUID, group: str) -> UseView | None:
    """What the house reckons one person of the group uses of the item."""
    return use_of(item, group)


def restated(row: Figure) -> Said:
    return Said(row.what, row.amount, row.ground, row.source, row.group, row.per_days, row.is_standard)


def _with_use(item: UUID, group: str, amount_milli: int, per_days: int) -> list[tuple[Need, list[Said]]]:
    """Open needs that rest on the standard, with their figures as they would be."""
    rows = Need.objects.filter(
        item=item,
        standing=Need.Standing.REQUESTED,
        pk__in=Figure.objects.filter(
            what=What.USE, group=group, is_standard=True, ended_at=None, need__item=item
        ).values("need"),
    ).order_by("id")
    figures: dict[UUID, list[Said]] = {}
    for figure in Figure.objects.filter(need__in=rows, ended_at=None).order_by("what", "group"):
        said = restated(figure)
        if figure.what == What.USE and figure.group == group:
            said = Said(What.USE, amount_milli, said.ground, said.source, group, per_days, is_standard=True)
        figures.setdefault(figure.need_id, []).append(said)
    return [(row, figures[row.pk]) for row in rows]


def refuse_unseen(effects: Sequence[Effect], seen: str) -> None:
    if seen_hash(effects) != seen:
        raise FiguresMoved(
            "Since you looked, something else changed: other needs, or other amounts, would follow. Nothing was changed.",
            where="seen",
            found=f"{len(effects)} needs would change now",
            expected="what was shown",
            cure="Look at the new list, then apply it.",
        )
