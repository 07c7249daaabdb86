"""Into each household's hands; and the money that is noted beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.requests import content_of
from baogong.journal.services import EvidenceIn, recorded
from baogong.journal.services import hand_over as hand_over_goods
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason
from baogong.orders.errors import MoneyUnusable
from baogong.orders.models import Basket, BasketHousehold, Portion
from baogong.orders.services.steps import HANDS, State, done_before, lock_basket, require_step, write_act

FEN_MAX = 100_000_000


@transaction.atomic
@recorded("orders.basket.handed-over")
def hand_over(
    *,
    basket: UUID,
    households: Collection[UUID],
    evidence: Sequence[EvidenceIn],
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> None:
    """
    These households have their portions; those that had them before, and what travels as a parcel, are left as they are.

    Raises NotYourPlace, BasketMoved, NotFound, journal's NoEvidence, RequestIdReused.
    """
    row = lock_basket(basket, actor, HANDS)
    content = content_of(
        kind="hand over",
        basket=basket,
        households=sorted(map(str, households)),
        evidence=[repr(one) for one in evidence],
    )
    if done_before(request_id, content) is not None:
        return
    require_step(row, State.SHARED)
    if BasketHousehold.objects.filter(basket=row, id__in=households).count() != len(set(households)) or not households:
        raise NotFound(
            "These are no households of this basket. Nothing was handed over.",
            where=str(basket), cure="Open the list anew and choose from it.",
        )  # fmt: skip
    due = Portion.objects.filter(household__in=households, hold__isnull=False, handed_at=None, way=Portion.Way.HERE)
    portions = lock_rows(due, set(due.values_list("id", flat=True)))
    document = row.acts.filter(kind="shared").values_list("document", flat=True).get()
    if portions:
        hand_over_goods(
            lines=[ledger.post_hold_line(hold) for hold in book.holds([one.hold for one in portions if one.hold])],
            evidence=evidence,
            actor=actor,
            document=document,
            reason=Reason.HANDOVER,
            request_id=request_id,
            now=now,
        )
        Portion.objects.filter(id__in=[one.id for one in portions]).update(handed_at=now)
    left = is_waited_for(row)
    write_act(
        row, "handed-over", actor=actor, now=now, request_id=request_id, content=content, document=document,
        to="" if left else State.DONE, households=len(set(households)),
    )  # fmt: skip


def is_waited_for(row: Basket) -> bool:
    """Whether a portion of it is still to be handed over."""
    return Portion.objects.filter(household__basket=row, hold__isnull=False, handed_at=None).exists()


@transaction.atomic
@recorded("orders.basket.paid")
def note_payment(*, household: UUID, fen: int, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    A household has paid the organiser so much; it is noted, the house holds no money of theirs.

    Raises NotYourPlace, MoneyUnusable, NotFound, RequestIdReused.
    """
    row, one = _locked(household, actor)
    content = content_of(kind="paid", household=household, fen=fen)
    if done_before(request_id, content) is not None:
        return
    if not 0 < fen <= FEN_MAX:
        raise MoneyUnusable(
            "A payment is more than nothing. Nothing was noted.",
            where="fen", found=fen, expected=f"1 to {FEN_MAX}", cure="Correct the amount.",
        )  # fmt: skip
    BasketHousehold.objects.filter(id=one.id).update(paid_fen=F("paid_fen") + fen)
    write_act(row, "paid", actor=actor, now=now, request_id=request_id, content=content, fen=fen)


@transaction.atomic
@recorded("orders.basket.refunded")
def note_refund(*, household: UUID, fen: int, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    The organiser has paid so much back: at most what was paid for packs that were not given.

    Raises NotYourPlace, BasketMoved (not shared out yet), MoneyUnusable, NotFound, RequestIdReused.
    """
    row, one = _locked(household, actor)
    content = content_of(kind="refunded", household=household, fen=fen)
    if done_before(request_id, content) is not None:
        return
    require_step(row, State.SHARED, State.DONE, State.CALLED_OFF)
    owed = owed_fen(one)
    if not 0 < fen <= owed:
        raise MoneyUnusable(
            f"{owed / 100:.2f} yuan are owed to this household. Nothing was noted.",
            where="fen", found=fen, expected=f"1 to {owed}", cure="Correct the amount.",
        )  # fmt: skip
    BasketHousehold.objects.filter(id=one.id).update(refunded_fen=F("refunded_fen") + fen)
    write_act(row, "refunded", actor=actor, now=now, request_id=request_id, content=content, fen=fen)


def owed_fen(household: BasketHousehold) -> int:
    """Paid, and neither got for it nor paid back."""
    got = household.portions.aggregate(fen=Sum(F("given") * F("item__price_fen")))["fen"] or 0
    return max(household.paid_fen - household.refunded_fen - got, 0)


def _locked(household: UUID, actor: Actor) -> tuple[Basket, BasketHousehold]:
    """The basket first, as everybody does."""
    basket = BasketHousehold.objects.filter(id=household).values_list("basket", flat=True).first()
    if basket is None:
        raise NotFound("There is no such household in a basket.", where=str(household), cure="Open the list anew.")
    row = lock_basket(basket, actor, HANDS)
    return row, lock_row(BasketHousehold.objects.all(), household)
