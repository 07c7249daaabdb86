"""At the shop: goods that come in are disinfected and written down; what was given to the wrong person is taken back at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from baogong.journal.locks import lock_row
from baogong.journal.sealed import sealed_text
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason
from baogong.release.errors import ClaimMoved
from baogong.release.identity import purpose_of
from baogong.release.models import Claim, GoodsIn, Redemption, Tranche
from baogong.release.services.claims import HANDS, lock_claim, require_hands
from baogong.release.services.door import rule_of

UNDO_WITHIN = timedelta(minutes=10)


@transaction.atomic
@recorded("release.goods.taken-in")
def take_in(*, tranche: UUID, units: int, means: str, actor: Actor, now: datetime, request_id: UUID) -> int:
    """
    Goods of a tranche came to whoever hands them out and were disinfected; how many of them are in by now.

    means  with what they were disinfected, as in “75% alcohol”
    The same request again changes nothing. Raises NotYourPlace, UnusableInput, RequestIdReused, NotFound.
    """
    row = lock_row(Tranche.objects.select_related("release"), tranche)
    require_hands(actor, row)
    own, means = derived_id("release.goods-in", request_id), " ".join(means.split())[:60]
    earlier = GoodsIn.objects.filter(id=own).first()
    if earlier is not None and (earlier.tranche_id, earlier.units, earlier.means) != (tranche, units, means):
        raise RequestIdReused(
            "This request took in other goods before; those stand.",
            where=str(request_id),
            cure="Send the new ones under a new request id.",
        )
    is_in = int(row.goods_in.aggregate(units=Sum("units"))["units"] or 0)
    if earlier is None:
        if not means or not 0 < units <= row.units - is_in:
            raise UnusableInput(
                f"{row.units - is_in} of this tranche are still to come in, and it is said with what they were disinfected. "
                "Nothing was written.",
                where="units" if means else "means",
                found=units if means else "",
                expected=f"1 to {row.units - is_in}, and a means",
                cure="Count again, and write what was used.",
            )
        GoodsIn.objects.create(
            id=own, tranche=row, units=units, means=means, at=now, by_id=actor.person_id, by_name=actor.name
        )
        is_in += units
        data = {"units": units, "means": means}
        record(kind="release.goods.taken-in", actor=actor, now=now, subject=row.id, data=data)
    return is_in


@transaction.atomic
@recorded("release.claim.undone")
def undo_hand_over(*, claim: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    A handover at the desk that was pressed by mistake: within `UNDO_WITHIN` the units are promised to the claimant again.

    The movement stays as it was written; another one names it and takes it back. Where it is written down which shop handed it
    out, that shop alone takes it back, and the right may be used at any of them again, or be ordered.
    Where the right's last day has ended meanwhile, it is promised to the end of the day that has begun.
    Raises NotYourPlace, UnusableInput (no reason), ClaimMoved (not handed over here, too long ago, or told by a shop's list).
    """
    row = lock_claim(claim)
    require_hands(actor, row.tranche)
    used = Redemption.objects.filter(claim=row, channel=Redemption.Channel.SHOP).first()
    if used is not None:  # nobody takes back in the name of another shop
        actor.require(*HANDS, at=used.place_id)
    own = derived_id("release.undo", request_id)
    why = " ".join(why.split())[:200]
    if book.movements(ids=[own]):
        return
    if not why:
        raise UnusableInput(
            "It is said why a handover is taken back. Nothing was changed.",
            where="why",
            cure="Write it in a few words.",
        )
    is_fresh = row.state == Claim.State.HANDED_OVER and now - row.decided_at <= UNDO_WITHIN
    given = book.movements(holds=[row.hold], reasons=[Reason.HANDOVER]) if is_fresh and row.hold else ()
    if not given or (used is not None and used.document is not None):
        raise ClaimMoved(
            "Only what this desk handed over in the last ten minutes is taken back here; nothing was changed.",
            where=str(row.id),
            found=row.state,
            expected=f"handed over at a desk within {UNDO_WITHIN.seconds // 60} minutes",
            cure="Tell the office: a correction later than that is made there, with the person.",
        )
    (moved,) = given
    keeps_until = row.keeps_until
    if keeps_until is not None and keeps_until <= now:
        keeps_until = rule_of(row.tranche).day_ends_at(now)
    back, again = ledger.correct_line(moved, id=own), derived_id("release.again", request_id)
    ledger.post(
        lines=[
            back,
            ledger.hold_line(
                moved.source,
                moved.target,
                moved.lot,
                moved.amount,
                id=again,
                expires_at=keeps_until,
                continues=row.hold,
            ),
        ],
        actor=actor,
        reason=Reason.UNDO,
        document=row.tranche.document,
        request_id=own,
        now=now,
    )
    Claim.objects.filter(id=row.id).update(
        state=Claim.State.ACCEPTED, hold=again, keeps_until=keeps_until, decided_at=now
    )
    told: dict[str, object] = {
        "units": row.units,
        "why": sealed_text(why, purpose=purpose_of(row.tranche.release.office_id), now=now),
    }
    if used is not None:
        told |= {"place": str(used.place_id), "used_at": used.at.isoformat()}
        used.delete()
    record(kind="release.claim.undone", actor=actor, now=now, subject=row.id, data=told)
