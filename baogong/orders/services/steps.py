"""What every act on a basket shares: the basket locked, at the step it must be at, the act written down once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.journal.locks import lock_row
from baogong.journal.requests import made_before
from baogong.journal.services import record
from baogong.kernel.actor import Actor, Duty
from baogong.orders.errors import BasketMoved
from baogong.orders.models import Basket, BasketAct

DESK = (Duty.COMMAND, Duty.CLERK)
HANDS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)
State = Basket.State


def lock_basket(basket: UUID, actor: Actor, duties: Collection[Duty] = DESK) -> Basket:
    """Raises NotFound, NotYourPlace, Busy."""
    row = lock_row(Basket.objects.all(), basket)
    actor.require(*duties, at=row.office_id)
    return row


def done_before(request_id: UUID, content: UUID) -> BasketAct | None:
    return made_before(BasketAct, request_id, content)


def require_step(row: Basket, *steps: str) -> None:
    """Raises BasketMoved."""
    if row.state not in steps:
        raise BasketMoved(
            f"The basket “{row.title}” is {row.get_state_display().lower()}. Nothing was changed.",
            where=str(row.id),
            found=row.state,
            expected=", ".join(map(str, steps)),
            cure="Open the basket anew and see which step is next.",
        )


def write_act(
    row: Basket,
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    content: UUID,
    document: UUID | None = None,
    to: str = "",
    **data: Any,
) -> None:
    """The act, the basket's new step where it has one, and the event."""
    BasketAct.objects.create(
        basket=row,
        kind=kind,
        at=now,
        by_id=actor.person_id,
        document=document,
        request_id=request_id,
        content=content,
    )
    if to:
        row.state = to
        row.save(update_fields=["state"])
    record(
        kind=f"orders.basket.{kind}",
        actor=actor,
        now=now,
        subject=row.id,
        document=document,
        data={"office": str(row.office_id), **data},
    )
