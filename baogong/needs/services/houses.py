"""
One receiver registered twice: merged by a person, undone by a person.

Nothing of the book is rewritten. Accounts stay whose they are: what the merged one signed for stays signed for by it. So
a party is merged away only when nothing can move on from it or is on its way to it; the other way round may then be
right, or the goods arrive first.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs.errors import StillHolds
from baogong.needs.queries.houses import grounds_for
from baogong.people.queries import merges as register
from baogong.people.queries.parties import party_names
from baogong.people.services import merges

MOVABLE = (State.AVAILABLE, State.FROZEN, State.ABOARD, State.SHELF, State.TO_LEND, State.LENT)


@transaction.atomic
@recorded("needs.houses.merged")
def merge_houses(*, kept: UUID, merged: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    `kept` speaks for `merged` from now on: its names, needs and links. Returns the merge's id.

    Raises StillHolds, people.NotOneHouse, people.SaidToBeApart, people.MergedAlready, NotYourPlace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    if not why.strip():
        raise UnusableInput("Say how you know that the two are one. Nothing was changed.", where="why")
    grounds = grounds_for(kept, merged)
    # Locks both parties: a promise to either, written at the same moment, is seen below or waits for us.
    merges.lock_two(kept, merged)
    _refuse_what_holds(merged)
    made = merges.merge(
        kept=kept,
        merged=merged,
        evidence=grounds,
        why=why,
        by=actor.person_id,
        now=now,
        request_id=derived_id("merge", request_id),
    )
    names = party_names([kept, merged])
    document = draw_up(
        kind="MERGE",
        title=f"{names[merged][0]} = {names[kept][0]}",
        body={
            "kept": names[kept][0],
            "merged": names[merged][0],
            "grounds": [" ".join(filter(None, ground)) for ground in grounds],
            "why": why,
        },
        subjects=[kept, merged],
        actor=actor,
        now=now,
        request_id=derived_id("merge-paper", request_id),
    )
    record(
        kind="needs.houses.merged",
        actor=actor,
        now=now,
        subject=kept,
        document=document,
        data={"merge": str(made), "kept": str(kept), "merged": str(merged)},
    )
    return made


@transaction.atomic
@recorded("needs.houses.parted")
def undo_merge(*, merge: UUID, why: str, actor: Actor, now: datetime) -> None:
    """Both speak for themselves again, exactly as before. Raises people.MergeUndone, NotYourPlace."""
    actor.require(Duty.CLERK, Duty.COMMAND)
    if not why.strip():
        raise UnusableInput("Say why the two are two after all. Nothing was changed.", where="why")
    kept, merged = merges.undo_merge(merge=merge, why=why, by=actor.person_id, now=now)
    record(
        kind="needs.houses.parted",
        actor=actor,
        now=now,
        subject=kept,
        data={"merge": str(merge), "kept": str(kept), "merged": str(merged), "why": why},
    )


@transaction.atomic
@recorded("needs.houses.kept-apart")
def keep_apart(*, one: UUID, other: UUID, why: str, actor: Actor, now: datetime) -> UUID:
    """The two are never one: not suggested again, and not merged. Raises people.MergedAlready, NotYourPlace."""
    actor.require(Duty.CLERK, Duty.COMMAND)
    said = merges.keep_apart(one=one, other=other, why=why, by=actor.person_id, now=now)
    data = {"apart": str(said), "other": str(other), "why": why}
    record(kind="needs.houses.kept-apart", actor=actor, now=now, subject=one, data=data)
    return said


@transaction.atomic
@recorded("needs.houses.may-be-one")
def take_apart_back(*, apart: UUID, actor: Actor, now: datetime) -> None:
    """The two may be one after all. Raises NotFound, NotYourPlace."""
    actor.require(Duty.CLERK, Duty.COMMAND)
    merges.take_apart_back(apart=apart, by=actor.person_id, now=now)
    record(kind="needs.houses.may-be-one", actor=actor, now=now, data={"apart": str(apart)})


def _refuse_what_holds(merged: UUID) -> None:
    family = register.houses().family([merged])
    stands = [view for view in book.balances(holders=family, states=MOVABLE) if view.posted or view.held]
    coming = book.open_holds(targets=family)
    if stands or coming:
        name = party_names([merged])[merged][0]
        raise StillHolds(
            f"{name} has goods in {len(stands)} lots and {len(coming)} promises on their way. Nothing was changed.",
            where=str(merged),
            found=f"{len(stands)} lots, {len(coming)} promises",
            expected="nothing that can still move",
            cure="Merge the other way round, or wait until what is on its way is signed for, or undo those promises.",
            lots_count=len(stands),
            promises_count=len(coming),
        )
