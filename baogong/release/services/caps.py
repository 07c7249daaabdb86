"""How many claims or entries of one tranche one clerk may bring, typed or by list: nobody deals out a city's stock alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models import Q

from baogong.engine.release import Rule
from baogong.journal.locks import lock_word
from baogong.kernel.actor import Actor, Duty
from baogong.release.errors import ClerkCapReached
from baogong.release.models import Claim, Draw, DrawEntry, Redemption, Tranche

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
    _wait_for_own(tranche, actor)
    if not Claim.objects.filter(id=claim).exists():
        _refuse_at(_claims(tranche, actor), most)


def refuse_entry_beyond_cap(draw: UUID, tranche: UUID, actor: Actor, channel: str) -> None:
    """The same of entries in the tranche's draw, of which a change is none more. It is locked, so the last place is taken once."""
    if channel not in TYPED or actor.person_id is None:
        return
    most = _most(tranche)
    if most is not None:
        _wait_for_own(tranche, actor)
        _refuse_at(_entries(draw, actor), most)


def refuse_order_beyond_cap(claim: Claim, actor: Actor) -> None:
    """
    The same of rights that others chose and a clerk orders for their people; who commands answers for them without a cap. The
    tranche is locked, so the last place is taken once.
    """
    tranche = claim.tranche
    if actor.person_id is None or actor.may(Duty.COMMAND, at=tranche.release.office_id):
        return
    most = _most(tranche.id)
    if most is not None:
        ordered = Redemption.objects.filter(claim__tranche=tranche, recorded_by=actor.person_id)
        _refuse_at(ordered.filter(channel=Redemption.Channel.ONLINE).count(), most)


@contextmanager
def refusing_list_beyond_cap(tranche: UUID, office: UUID, actor: Actor, *, draw: UUID | None = None) -> Iterator[None]:
    """
    Around what a list brings in, of claims or (`draw`) of entries: a clerk's list counts as what the clerk types does.

    A list of many is an office's word, and is brought in by whoever commands there; then no cap is asked.
    Raises ClerkCapReached when more stands than the rule lets one clerk bring; the caller's transaction ends with it.
    """
    most = None if actor.person_id is None or actor.may(Duty.COMMAND, at=office) else _most(tranche)
    if most is None:
        yield
        return
    _wait_for_own(tranche, actor)
    before = _entries(draw, actor) if draw else _claims(tranche, actor)
    yield
    after = _entries(draw, actor) if draw else _claims(tranche, actor)
    if after > max(most, before):
        raise ClerkCapReached(
            f"With this list you would have brought {after} people for this tranche; the rule lets one clerk bring {most}. "
            "Nothing of it was written.",
            where="clerk",
            found=after,
            expected=most,
            cure="Let whoever commands the office bring the list in, and answer for it.",
        )


def _wait_for_own(tranche: UUID, actor: Actor) -> None:
    lock_word(f"clerk {actor.person_id} {tranche}")


def _claims(tranche: UUID, actor: Actor) -> int:
    """What the clerk brought of the tranche, typed or by list. Who commands answers for lists without a cap."""
    found = Claim.objects.filter(tranche=tranche, taken_by=actor.person_id).exclude(state=Claim.State.REFUSED)
    return found.filter(
        _counted(actor, Tranche.objects.values_list("release__office", flat=True).get(id=tranche))
    ).count()


def _entries(draw: UUID, actor: Actor) -> int:
    office = Draw.objects.values_list("tranche__release__office", flat=True).get(id=draw)
    typed = DrawEntry.objects.filter(_counted(actor, office), draw=draw, taken_by=actor.person_id)
    return typed.exclude(came_from__draw=draw).count()  # what another one changed is counted with that


def _counted(actor: Actor, office: UUID) -> Q:
    return Q(channel__in=TYPED) if actor.may(Duty.COMMAND, at=office) else Q()


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


def is_at_cap(tranche: UUID, draw: UUID | None, actor: Actor) -> bool:
    """Whether this clerk has brought as many to the tranche, or to its draw, as the rule lets one clerk bring."""
    most = _most(tranche)
    return most is not None and (_claims(tranche, actor) if draw is None else _entries(draw, actor)) >= most
