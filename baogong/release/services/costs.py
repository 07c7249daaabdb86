"""What a giver bears of the prices, posted: for each handover once, to the fen, to whom it is owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import MONEY
from baogong.engine.release import Bearer, Charge, Payee, Rule, charge
from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef, BookLine
from baogong.ledger.states import Reason, State
from baogong.release.errors import CostsUnknown
from baogong.release.models import Claim, Release, Tranche

DOCUMENT = "GIVER_COSTS"
_BATCH, _ALL = 5_000, 1_000_000


@transaction.atomic
@recorded("release.costs.posted")
def post_givers_costs(
    *,
    release: UUID,
    payees: Mapping[str, UUID] | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> int:
    """
    Post the giver's part of every handover that was not posted yet; how many fen. The same request again posts nothing and
    gives the same answer.

    The giver is the donor of what was handed over, else its owner. The money comes from outside the book and stands at
    whom it is owed to.
    payees  parties for the payees whom a tranche does not name: CARRIER, PLATFORM
    Raises NotYourPlace, CostsUnknown, RequestIdReused, NotFound.
    """
    row = lock_row(Release.objects.select_related("rule", "holder"), release)
    actor.require(Duty.COMMAND, at=row.office_id)
    earlier = book.movements(requests=[derived_id(request_id, "costs", 0)], limit=1)
    if earlier and earlier[0].document is not None:
        return sum(move.amount for move in book.movements(documents=[earlier[0].document], limit=_ALL))
    rule = Rule.read(row.rule.body) if row.rule is not None else None  # a draft has no tranche, and so no costs
    lines: list[BookLine] = []
    money: dict[UUID, UUID] = {}
    for tranche in Tranche.objects.filter(release=row).order_by("on", "id"):
        assert rule is not None
        lot = book.lot(tranche.lot_id)
        giver = lot.donor or lot.owner
        handed = Claim.objects.filter(tranche=tranche, state=Claim.State.HANDED_OVER).order_by("id")
        for claim, units in handed.values_list("id", "units"):
            for number, one in enumerate(charge(rule, units, tranche.variant)):
                if one.bearer is Bearer.GIVER:
                    to = _payee(row, tranche, one, payees or {})
                    if giver not in money:
                        money[giver] = ledger.open_lot(item=MONEY, owner=giver, donor=giver, label=row.code, now=now)
                    lines.append(
                        ledger.post_line(
                            AccountRef(giver, State.OUTSIDE),
                            AccountRef(to, State.AVAILABLE),
                            money[giver],
                            one.fen,
                            id=derived_id("release.cost", claim, number),
                        )
                    )
    known: set[UUID] = set()
    for at in range(0, len(lines), _BATCH):
        ids = [line.id for line in lines[at : at + _BATCH]]
        known |= {move.id for move in book.movements(ids=ids, limit=_BATCH)}
    fresh = [line for line in lines if line.id not in known]
    fen = sum(line.amount for line in fresh)
    if fresh:
        document = draw_up(
            kind=DOCUMENT,
            title=row.holder.name,
            body={"release": row.code, "fen": fen, "parts": len(fresh)},
            subjects=[row.id, *sorted(money)],
            actor=actor,
            now=now,
            request_id=derived_id(request_id, "document"),
            at=row.office_id,
        )
        for at in range(0, len(fresh), _BATCH):
            ledger.post(
                lines=fresh[at : at + _BATCH],
                actor=actor,
                reason=Reason.GIFT,
                document=document,
                request_id=derived_id(request_id, "costs", at),
                now=now,
            )
    record(kind="release.costs.posted", actor=actor, now=now, subject=row.id, data={"fen": fen, "parts": len(fresh)})
    return fen


def _payee(row: Release, tranche: Tranche, one: Charge, named: Mapping[str, UUID]) -> UUID:
    own = {Payee.SHOP: tranche.shop_id, Payee.FACTORY: tranche.factory_id, Payee.AUTHORITY: row.office_id}
    found = own.get(one.payee) or named.get(one.payee.value)
    if found is None:
        raise CostsUnknown(
            f"The giver owes {one.part.value} to the {one.payee.value} of {tranche.on}, and nobody says who that is. "
            "Nothing was posted.",
            where=row.code,
            found=one.payee.value,
            expected="a shop or factory of the tranche, or a party named now",
            cure="Name who is paid for it.",
        )
    return found
