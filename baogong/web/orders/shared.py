"""What the pages of a basket share: whose it is, and which step is next."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from baogong.kernel.actor import Duty
from baogong.needs.queries.sight import OFFICE
from baogong.orders import queries
from baogong.orders.queries import BasketView
from baogong.orders.services.steps import DESK, HANDS
from baogong.people.queries.access import reach
from baogong.web.pages import PageRequest

READERS = (*OFFICE, Duty.KEEPER)


def own_basket(request: PageRequest, basket: UUID, duties: Collection[Duty] = READERS) -> BasketView:
    """Raises BasketNotThere, NotYourPlace."""
    view = queries.basket(basket)
    request.actor.require(*duties, at=view.office)
    return view


def shown(request: PageRequest, view: BasketView, tab: str) -> dict[str, Any]:
    """What the head of every page of a basket needs."""
    actor = request.actor
    return {
        "basket": view.at(request.now),
        "may_paste": view.state == "OPEN",  # past its deadline too: what is read then waits as late
        "tab": tab,
        "may_desk": actor.may_any(*DESK, at=view.office),
        "may_hand": actor.may_any(*HANDS, at=view.office),
        "now": request.now,
    }


def offices_of(request: PageRequest) -> frozenset[UUID] | None:
    """The committees whose baskets this person sees; None: all."""
    return reach(request.actor, *READERS)
