"""
Whoever gathers a basket has no account: a private link opens the basket, and a code told another way changes something in it.

The link is made at the committee, for one basket, and ends when the basket's people are forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.orders.models import Basket
from baogong.orders.services.steps import State, lock_basket, require_step
from baogong.people.services import links

LINK, LINK_RUNS = "BASKET", timedelta(days=21)
OPEN_STEPS = (State.DRAFT, State.REPORTED, State.OPEN, State.CLOSED, State.ORDERED, State.SHARED, State.DONE)


@transaction.atomic
@recorded("orders.organiser.linked")
def link_organiser(*, basket: UUID, code: str, actor: Actor, now: datetime) -> str:
    """
    The token of the organiser's page of a basket; an earlier one opens nothing any more.

    code  the second factor, told on another way
    Raises NotYourPlace, BasketMoved (called off), NotFound.
    """
    row = lock_basket(basket, actor)
    require_step(row, *OPEN_STEPS)
    links.revoke_for(basket, purpose=LINK, actor=actor, now=now)
    token = links.make_link(
        purpose=LINK, subject=basket, party=row.office_id, expires_at=now + LINK_RUNS, actor=actor, now=now, code=code
    )
    record(
        kind="orders.organiser.linked", actor=actor, now=now, subject=basket, data={"office": str(row.office_id)}
    )  # fmt: skip
    return token


def end_links(row: Basket, *, actor: Actor, now: datetime) -> None:
    """The basket's links open nothing from now on. Joins its caller's transaction."""
    links.revoke_for(row.id, purpose=LINK, actor=actor, now=now)


def by_link(office: UUID) -> Actor:
    """Whoever opened a basket's link and told its code: the page calls one service about that basket for them."""
    return Actor(person_id=None, name="organiser, by private link", reach={Duty.CLERK: frozenset({office})})
