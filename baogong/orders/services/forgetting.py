"""A basket's purpose has ended: what its people wrote, their names and doors go. What was promised and given stays, of nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.promises import tell_forgotten
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.orders.errors import StillOwed
from baogong.orders.models import Basket, BasketHousehold, ChainLine, Paste, Portion
from baogong.orders.services.handing import owed_fen
from baogong.orders.services.organisers import end_links
from baogong.orders.services.steps import State, lock_basket, require_step
from baogong.orders.words import BASKETS


@transaction.atomic
def forget_basket(*, basket: UUID, actor: Actor, now: datetime) -> int:
    """
    Erase a finished basket's chats, and the names and doors of its people; how many lines and households there were.

    The organiser's link ends. Portions, papers and the book stay, counted and settled, of nobody; of parcels that ended only the building stays.
    Called again it finds nothing. Raises NotYourPlace, BasketMoved, StillOwed (money is still to be paid back).
    """
    row = lock_basket(basket, actor)
    return 0 if row.forgotten_at is not None else _forget(row, actor, now)


@recorded("orders.basket.forgotten")
def _forget(row: Basket, actor: Actor, now: datetime) -> int:
    require_step(row, State.DONE, State.CALLED_OFF)
    households = list(row.households.order_by("id"))
    if owed := sum(map(owed_fen, households)):
        raise StillOwed(
            f"{owed / 100:.2f} yuan are still owed to households of this basket. Nothing was erased.",
            where=str(row.id), found=owed, expected=0, cure="Pay them back first, and note it on the basket's list.",
        )  # fmt: skip
    end_links(row, actor=actor, now=now)
    lines, _ = ChainLine.objects.filter(paste__basket=row).delete()
    Paste.objects.filter(basket=row).delete()
    BasketHousehold.objects.filter(basket=row).update(name="", building="", unit="", room="", sort_key="")
    row.organiser = row.building = row.unit = row.room = ""
    row.forgotten_at = now
    row.save(update_fields=["organiser", "building", "unit", "room", "forgotten_at"])
    tell_forgotten(
        BASKETS, row.office_id, Portion.objects.filter(household__basket=row).values_list("id", flat=True), now
    )
    record(
        kind="orders.basket.forgotten", actor=actor, now=now, subject=row.id,
        data={"office": str(row.office_id), "lines": lines, "households": len(households)},
    )  # fmt: skip
    return lines + len(households)
