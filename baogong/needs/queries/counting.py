"""Each need as it counts: merges and ties resolved, nothing twice. Everything else of the room reads needs through here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from baogong.engine.asked import Asking, Counted, Tie, TieKind, count_once, living
from baogong.needs import models
from baogong.needs.models import Allotment, Need
from baogong.needs.queries.fates import fates_of

OF_A_TIE = ("id", "quantity", "standing", "urgency", "asked_at")  # what counting reads of a need


@dataclass(frozen=True, slots=True)
class Standing:
    """
    One need's figures.

    committed, met  on this very need
    counted         what it stands for itself; None: no amount is set
    open            neither promised nor signed for, by it or by what covers it
    left_to_sign    not signed for yet, promised or not
    tie             what it was tied to, if anything
    """

    committed: int
    met: int
    counted: int | None
    open: int | None
    left_to_sign: int | None
    tie: tuple[TieKind, UUID] | None


def active_ties() -> list[Tie]:
    """Ties that count, in one query."""
    return those_that_count(models.Tie.objects.filter(undone_at=None, kind__in=("SAME", "PART")))


def those_that_count(rows: Iterable[models.Tie]) -> list[Tie]:
    """The same of ties in force that are read already; couples that are two are none."""
    return [Tie(TieKind(row.kind), str(row.need_id), str(row.other_id)) for row in rows if row.kind in ("SAME", "PART")]


def with_promises(rows: QuerySet[Need]) -> QuerySet[Need]:
    """Each with the holds of its promises, as `standings` reads them."""
    own = Allotment.objects.filter(need=OuterRef("pk")).order_by("placed_at", "id")
    return rows.annotate(promises=ArraySubquery(own.values("hold")))


def standings(
    rows: Sequence[Need],
    amounts: dict[UUID, int] | None = None,
    ties: Sequence[Tie] | None = None,
    promised: tuple[dict[UUID, int], dict[UUID, int]] | None = None,
) -> dict[UUID, Standing]:
    """
    Two queries and one more where ties lead to needs that are not among the rows.

    rows      as `with_promises` reads them, or any where `promised` is known
    ties      those in force, where they are read already
    promised  what `progress` says of the rows and all that ties lead to, where it is known already
    amounts   what some of them would ask for instead: what a change would do, before it is done
    """
    if not rows:
        return {}
    ties = active_ties() if ties is None else ties
    given = {row.id: row for row in rows}
    beyond = _connected({str(need) for need in given}, ties) - {str(need) for need in given}
    extra = with_promises(Need.objects.filter(pk__in=beyond)).only(*OF_A_TIE) if beyond else ()
    every = [*rows, *extra]
    committed, met = (
        _progress([(row.id, hold) for row in every for hold in row.promises]) if promised is None else promised
    )
    return _standings(every, ties, committed, met, amounts)


def doubles_left_by(need: Need) -> frozenset[UUID]:
    """Living doubles of the need that would ask for themselves if it ended now; none where another one counts anyway."""
    ties = [tie for tie in active_ties() if tie.kind is TieKind.SAME]
    rows = list(Need.objects.filter(pk__in=tied_to([need.pk], ties)))
    if any(tie.child == str(need.pk) for tie in living(_askings(rows, {}, {}, None), ties)):
        return frozenset()
    return frozenset(row.pk for row in rows if row.pk != need.pk and row.standing == Need.Standing.REQUESTED)


def tied_to(needs: Collection[UUID], ties: Sequence[Tie]) -> frozenset[UUID]:
    """These needs and all that ties lead to from them."""
    return frozenset(UUID(need) for need in _connected({str(need) for need in needs}, ties))


def progress(needs: Collection[UUID]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """(promised, signed for) on each need, from the fate of its promises' holds."""
    promises = Allotment.objects.filter(need__in=needs).values_list("need__id", "hold")
    return _progress(list(promises))


def _progress(promises: Collection[tuple[UUID, UUID]]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """The same of (need, hold)."""
    committed: dict[UUID, int] = defaultdict(int)
    met: dict[UUID, int] = defaultdict(int)
    fates = fates_of([hold for _, hold in promises])
    for need, hold in promises:
        committed[need] += fates[hold].travelling
        met[need] += fates[hold].arrived
    return committed, met


def _standings(
    rows: Sequence[Need],
    ties: Sequence[Tie],
    committed: dict[UUID, int],
    met: dict[UUID, int],
    amounts: dict[UUID, int] | None = None,
) -> dict[UUID, Standing]:
    askings = _askings(rows, committed, met, amounts)
    ties = living(askings, ties)
    promised = count_once(askings, ties)
    signed = count_once(_askings(rows, {}, met, amounts), ties)
    upwards = {tie.child: (tie.kind, UUID(tie.parent)) for tie in ties}
    return {row.id: _standing(row, promised, signed, committed, met, upwards) for row in rows}


def _standing(
    row: Need,
    promised: dict[str, Counted],
    signed: dict[str, Counted],
    committed: dict[UUID, int],
    met: dict[UUID, int],
    upwards: dict[str, tuple[TieKind, UUID]],
) -> Standing:
    key = str(row.id)
    return Standing(
        committed=committed.get(row.id, 0),
        met=met.get(row.id, 0),
        counted=promised[key].own,
        open=promised[key].open,
        left_to_sign=signed[key].open,
        tie=upwards.get(key),
    )


def _askings(
    rows: Iterable[Need], committed: dict[UUID, int], met: dict[UUID, int], amounts: dict[UUID, int] | None
) -> list[Asking]:
    amounts = amounts or {}
    return [
        Asking(
            id=str(row.id),
            asked=0 if row.standing == Need.Standing.CANCELLED else amounts.get(row.id, row.quantity),
            is_over=row.standing == Need.Standing.CANCELLED,
            got=committed.get(row.id, 0) + met.get(row.id, 0),
            rank=(row.urgency, row.asked_at.timestamp()),
        )
        for row in rows
    ]


def _connected(needs: set[str], ties: Sequence[Tie]) -> set[str]:
    """These needs and all that ties lead to from them, up and down."""
    beside: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        beside[tie.child].add(tie.parent)
        beside[tie.parent].add(tie.child)
    reached, waiting = set(needs), [need for need in needs if need in beside]
    while waiting:
        for other in beside[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return reached
