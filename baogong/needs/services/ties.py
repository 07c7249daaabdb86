"""What a person says of two needs: one and the same, one a part of the other, or two; and the taking back of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.catalogue import queries as catalogue
from baogong.engine.asked import would_turn_back
from baogong.journal.locks import lock_row, lock_rows, lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.needs.errors import DoubleKnowsMore, GoodsDiffer, NeedClosed, NeedNotThere, TiedAlready, TieTurnsBack
from baogong.needs.models import Check, Need, Tie
from baogong.needs.queries.counting import active_ties, doubles_left_by
from baogong.needs.services.reach import require_at
from baogong.supply.requests import content_of, made_before

TIES = "needs ties"
"""Whoever makes, takes back or moves ties asks for this word first, before any row."""


class TieUndone(BaogongError):
    kind, code = Kind.CONFLICT, "needs.tie-undone"


@transaction.atomic
@recorded("needs.tie.made")
def tie(
    *,
    kind: str,
    need: UUID,
    other: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    grounds: tuple[str, ...] = (),
    why: str = "",
) -> UUID:
    """
    Say what two needs are to each other; returns the tie's id.

    kind   SAME: `need` is `other` once more and counts for nothing; PART: `need` is contained in `other`, which then
           stands only for the rest; DIFFERENT: they are two, and are not shown side by side again
    Raises TieTurnsBack, TiedAlready, DoubleKnowsMore, GoodsDiffer, NeedClosed, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    if kind not in Tie.Kind.values or need == other:
        raise UnusableInput(
            "Two different needs are the same, part and whole, or two. Nothing was changed.",
            found=kind,
            expected=list(Tie.Kind.values),
        )
    lock_word(TIES)  # a circle can be closed by two who each look at half of it
    rows = {row.pk: row for row in lock_rows(Need.objects.all(), (need, other))}
    if len(rows) != 2:
        raise NeedNotThere("One of the two needs is not there; nothing was changed.", where=f"{need} {other}")
    for row in rows.values():
        require_at(actor, row.receiver_id)
    content = content_of(kind=kind, need=need, other=other)
    earlier = made_before(Tie, request_id, content)
    if earlier is not None:
        return earlier.id
    if kind != Tie.Kind.DIFFERENT:
        _refuse_impossible(rows[need], rows[other])
    if kind == Tie.Kind.SAME:
        _refuse_losing(rows[need], rows[other])
    made = Tie.objects.create(
        request_id=request_id,
        content=content,
        kind=kind,
        need=rows[need],
        other=rows[other],
        grounds=list(grounds),
        why=why[:240],
        decided_at=now,
        decided_by_id=actor.person_id,
    )
    record(
        kind="needs.tie.made",
        actor=actor,
        now=now,
        subject=rows[other].receiver_id,
        data={"tie": str(made.id), "sort": kind, "need": str(need), "other": str(other), "why": why},
    )
    return made.id


@transaction.atomic
@recorded("needs.tie.undone")
def untie(*, tie: UUID, why: str, actor: Actor, now: datetime) -> None:
    """Both needs count by themselves again, exactly as before. Raises TieUndone, NotFound, NotYourPlace."""
    lock_word(TIES)
    row = lock_row(Tie.objects.all(), tie)
    needs = Need.objects.in_bulk([row.need_id, row.other_id])
    for need in needs.values():
        require_at(actor, need.receiver_id)
    if row.undone_at is not None:
        raise TieUndone("This was taken back already; nothing was changed.", where=str(tie))
    row.undone_at, row.undone_by_id, row.undone_why = now, actor.person_id, why[:240]
    row.save(update_fields=["undone_at", "undone_by", "undone_why"])
    record(
        kind="needs.tie.undone",
        actor=actor,
        now=now,
        subject=needs[row.other_id].receiver_id,
        data={"tie": str(tie), "need": str(row.need_id), "other": str(row.other_id), "why": why},
    )


def doubt_doubles(need: Need, *, why: str, actor: Actor, now: datetime) -> list[str]:
    """
    Before a need ends: its living doubles will ask for themselves, so each is rung again first. Returns which they are.

    Joins the caller's transaction, which holds the word TIES.
    """
    left = doubles_left_by(need)
    for double in sorted(left):
        Check.objects.create(
            request_id=derived_id("kept ended", need.pk, double),
            content=content_of(need=double, kept=need.pk),
            need_id=double,
            outcome=Check.Outcome.WRONG,
            how=Check.How.KEPT_ENDED,
            why=why[:240],
            at=now,
            by_id=actor.person_id,
            by_name=actor.name,
        )
    Need.objects.filter(pk__in=left).update(doubt=Need.Doubt.WRONG, verified_by=None, verified_at=None, verified_how="")
    return sorted(map(str, left))


def _refuse_losing(double: Need, kept: Need) -> None:
    """What is known of a double must not vanish with it: its amount, and that somebody rang back."""
    if (kept.quantity is None and double.quantity is not None) or (
        kept.verified_at is None and double.verified_at is not None
    ):
        raise DoubleKnowsMore(
            "The need that would count for nothing is verified or has an amount, and the other is not or has none. "
            "Nothing was changed.",
            where=str(double.pk),
            expected="the need that is known better is kept",
            cure="Keep the other one, or set the amount of the kept one and verify it first.",
        )


def _refuse_impossible(need: Need, other: Need) -> None:
    for row in (need, other):
        if row.standing == Need.Standing.CANCELLED:
            raise NeedClosed(
                "One of the two needs was cancelled; nothing was changed.", where=str(row.pk), cure="It counts no more."
            )
    if need.item_id != other.item_id:
        mine, theirs = catalogue.item(need.item_id), catalogue.item(other.item_id)
        if not mine.category or (mine.category, mine.unit) != (theirs.category, theirs.unit):
            raise GoodsDiffer(
                f"{mine.name_zh} and {theirs.name_zh} are counted differently; nothing was changed.",
                where=str(need.pk),
                found=f"{mine.category} {mine.unit}, {theirs.category} {theirs.unit}",
                expected="one item, or two of one family counted in one unit",
            )
    ties = active_ties()
    above = next((each for each in ties if each.child == str(need.pk)), None)
    if above is not None:
        raise TiedAlready(
            "This need counts under another one already; nothing was changed.",
            where=str(need.pk),
            found=above.parent,
            expected="a need that counts by itself",
            cure="Take the earlier tie back first.",
        )
    if would_turn_back(ties, child=str(need.pk), parent=str(other.pk)):
        raise TieTurnsBack(
            "The other need counts under this one already; a whole cannot be part of its part. Nothing was changed.",
            where=str(other.pk),
            cure="Tie them the other way round, or take the earlier tie back.",
        )
