"""How many claims or entries of one tranche one clerk may type: nobody deals out a city's stock alone."""

from __future__ import annotations

from uuid import UUID

from baogong.engine.release import Rule
from baogong.journal.locks import lock_word
from baogong.kernel.actor import Actor, Duty
from baogong.release.errors import ClerkCapReached
from baogong.release.models import Claim, DrawEntry, Tranche

TYPED = ("CLERK", "PHONE")


def typed_as(channel: str, tranche: UUID, office: UUID, actor: Actor) -> str:
    """The channel a single claim or entry counts for: where the rule caps clerks, a clerk's is typed whatever it names."""
    if channel in TYPED or actor.may(Duty.COMMAND, at=office) or _most(tranche) is None:
        return channel
    return "CLERK"


def refuse_beyond_cap(claim: UUID, tranche: UUID, actor: Actor, channel: str) -> None:
    """
    Raises ClerkCapReached. A claim seen before is let through: its answer stands. What was refused does not count.

    Two claims of one clerk at once wait for each other, so the last place is taken once.
    """
    if channel not in TYPED or actor.person_id is None:
        return
    most = _most(tranche)
    if most is None:
        return
    lock_word(f"clerk {actor.person_id} {tranche}")
    if Claim.objects.filter(id=claim).exists():
        return
    typed = Claim.objects.filter(tranche=tranche, taken_by=actor.person_id, channel__in=TYPED)
    _refuse_at(typed.exclude(state=Claim.State.REFUSED).count(), most)


def refuse_entry_beyond_cap(draw: UUID, tranche: UUID, actor: Actor, channel: str) -> None:
    """The same of entries in the tranche's draw. The draw is locked, so the last place is taken once."""
    if channel not in TYPED or actor.person_id is None:
        return
    most = _most(tranche)
    if most is not None:
        lock_word(f"clerk {actor.person_id} {tranche}")
        _refuse_at(DrawEntry.objects.filter(draw=draw, taken_by=actor.person_id, channel__in=TYPED).count(), most)


def _most(tranche: UUID) -> int | None:
    body = Tranche.objects.filter(id=tranche).values_list("release__rule__body", flat=True).first()
    return Rule.read(body).claims_per_clerk_max if body else None


def _refuse_at(count: int, most: int) -> None:
    if count >= most:
        raise ClerkCapReached(
            f"You have typed {count} people for this tranche; the rule lets one clerk type {most}. Nothing was written.",
            where="clerk",
            found=count,
            expected=most,
            cure="Ask another clerk, or let the person do it on the net.",
        )
