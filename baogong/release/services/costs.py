"""What a giver bears of the prices, posted: for each handover once, to the fen, to whom it is owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import MONEY
from baogong.engine.release import Bearer, Charge, Part, Payee, Rule, charge
from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef, BookLine, MovementView
from baogong.ledger.states import Reason, State
from baogong.release.errors import CostsUnknown
from baogong.release.models import Claim, Release, Tranche
from baogong.release.offers import bears_delivery

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
    Post the giver's part of every handover that was not posted yet, and take back what was posted for one that is none any
    more; how many fen in all. The same request again posts nothing and gives the same answer. Of what a payee has spent
    already it is taken back once the payee has as much: nothing else waits for that, and the event says how many fen it is.

    The giver is the donor of what was handed over, else its owner. The money comes from outside the book and stands at
    whom it is owed to.
    payees  parties for the payees whom a tranche does not name: CARRIER, PLATFORM
    Raises NotYourPlace, CostsUnknown, RequestIdReused, NotFound.
    """
    row = lock_row(Release.objects.select_related("rule", "holder"), release)
    actor.require(Duty.COMMAND, at=row.office_id)
    requests = [derived_id(request_id, what, 0) for what in ("costs", "taken back")]
    earlier = book.movements(requests=requests, limit=1)
    if earlier and earlier[0].document is not None:
        return sum(_fen(move) for move in book.movements(documents=[earlier[0].document], limit=_ALL))
    rule = Rule.read(row.rule.body) if row.rule is not None else None  # a draft has no tranche, and so no costs
    lines: list[BookLine] = []
    backs: list[BookLine] = []
    money: dict[UUID, UUID] = {}
    for tranche in Tranche.objects.filter(release=row).order_by("on", "id"):
        assert rule is not None
        lot = book.lot(tranche.lot_id)
        giver = lot.donor or lot.owner
        parts = _parts(rule, tranche)
        standing = _standing([(part.claim, part.number) for part in parts])
        for part in parts:
            turn, posted = standing[part.claim, part.number]
            if posted is not None and not part.is_owed_to(posted.target.holder):
                backs.append(ledger.correct_line(posted, id=_back(posted.id)))
                turn, posted = turn + 1, None
            if posted is None and part.is_owed:
                id = _id_of(part.claim, part.number, turn)
                to = _payee(row, tranche, part, payees or {})
                if giver not in money:
                    money[giver] = ledger.open_lot(item=MONEY, owner=giver, donor=giver, label=row.code, now=now)
                source, target = AccountRef(giver, State.OUTSIDE), AccountRef(to, State.AVAILABLE)
                lines.append(ledger.post_line(source, target, money[giver], part.charge.fen, id=id))
    backs, spent_fen = _as_far_as_there(backs, lines)
    fen = sum(line.amount for line in lines) - sum(line.amount for line in backs)
    if lines or backs:
        document = draw_up(
            kind=DOCUMENT,
            title=row.holder.name,
            body={
                "release": row.code,
                "fen": fen,
                "parts": len(lines),
                "taken_back": len(backs),
                "spent_fen": spent_fen,
            },
            subjects=[row.id, *sorted(money)],
            actor=actor,
            now=now,
            request_id=derived_id(request_id, "document"),
            at=row.office_id,
        )
        for what, reason, some in (("costs", Reason.GIFT, lines), ("taken back", Reason.UNDO, backs)):
            for at in range(0, len(some), _BATCH):
                ledger.post(
                    lines=some[at : at + _BATCH],
                    actor=actor,
                    reason=reason,
                    document=document,
                    request_id=derived_id(request_id, what, at),
                    now=now,
                )
    facts = {"fen": fen, "parts": len(lines), "spent_fen": spent_fen}
    record(kind="release.costs.posted", actor=actor, now=now, subject=row.id, data=facts)
    return fen


def _as_far_as_there(backs: Sequence[BookLine], lines: Sequence[BookLine]) -> tuple[list[BookLine], int]:
    """What payees still have of it, with what they get now; and how many fen they have spent: that waits, and is told."""
    free: Counter[tuple[UUID, UUID]] = Counter()
    if backs:
        holders, lots = ({line.source_ref.holder for line in backs}, {line.lot for line in backs})
        for view in book.balances(holders=holders, states=[State.AVAILABLE], lots=lots):
            free[view.holder, view.lot.id] = view.free
        for line in lines:
            free[line.target_ref.holder, line.lot] += line.amount
    there, spent_fen = [], 0
    for line in backs:
        if free[line.source_ref.holder, line.lot] >= line.amount:
            free[line.source_ref.holder, line.lot] -= line.amount
            there.append(line)
        else:
            spent_fen += line.amount
    return there, spent_fen


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of one claim's price that is the giver's, and whether it is owed as the claim stands."""

    claim: UUID
    number: int
    charge: Charge
    place: UUID | None  # where its right was used
    is_owed: bool

    def is_owed_to(self, payee: UUID) -> bool:
        """Whether what was posted to them stands: a right that was taken back at one shop may be used at another."""
        moved = self.charge.payee is Payee.SHOP and self.place not in (None, payee)
        return self.is_owed and not moved


def _parts(rule: Rule, tranche: Tranche) -> list[_Part]:
    """Of every claim that ever had something: what was handed over is owed, what was taken back since is not."""
    claims = Claim.objects.filter(tranche=tranche, hold__isnull=False).order_by("id")
    found = []
    for claim, units, state, used_in, place in claims.values_list(
        "id", "units", "state", "redemption__channel", "redemption__place"
    ):
        is_handed, is_brought = state == Claim.State.HANDED_OVER, bears_delivery(rule, used_in)
        for number, one in enumerate(charge(rule, units, tranche.variant)):
            if one.bearer is Bearer.GIVER:
                is_owed = is_handed and (is_brought or one.part is not Part.DELIVERY)
                found.append(_Part(claim, number, one, place, is_owed))
    return found


def _standing(keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], tuple[int, MovementView | None]]:
    """Claim and part → the turn of its posting that stands and that movement; the next turn, and None, where none stands."""
    found: dict[tuple[UUID, int], tuple[int, MovementView | None]] = {}
    asked, turn = list(keys), 0
    while asked:
        ids = {key: _id_of(*key, turn) for key in asked}
        posted = _by_id(ids.values())
        backs = _by_id(map(_back, posted))
        asked = [key for key in asked if _back(ids[key]) in backs]
        found |= {key: (turn, posted.get(id)) for key, id in ids.items() if _back(id) not in backs}
        turn += 1
    return found


def _id_of(claim: UUID, number: int, turn: int) -> UUID:
    return derived_id("release.cost", claim, number, *([turn] if turn else []))


def _by_id(ids: Iterable[UUID]) -> dict[UUID, MovementView]:
    asked = list(ids)
    spans = (asked[at : at + _BATCH] for at in range(0, len(asked), _BATCH))
    return {move.id: move for span in spans for move in book.movements(ids=span, limit=_BATCH)}


def _back(id: UUID) -> UUID:
    """The id of what takes a posting back."""
    return derived_id("release.cost.back", id)


def _fen(move: MovementView) -> int:
    return move.amount if move.corrects is None else -move.amount


def _payee(row: Release, tranche: Tranche, part: _Part, named: Mapping[str, UUID]) -> UUID:
    one = part.charge
    own = {Payee.SHOP: part.place or tranche.shop_id, Payee.FACTORY: tranche.factory_id, Payee.AUTHORITY: row.office_id}
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
