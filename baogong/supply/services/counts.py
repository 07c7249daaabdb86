"""Stock sheets become counts; a recount moves the difference and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.book import Tense
from baogong.journal.services import draw_up, record, recorded
from baogong.journal.services.documents import lock_numbers
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import AHEAD_MAX
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason, State
from baogong.supply.arithmetic import Recount, recount
from baogong.supply.errors import CountBelowPromised, CountIsOlder, CountNotYet
from baogong.supply.models import Count, CountLine
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.only_goods import refuse_money

STORY_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Counted:
    """
    One line of a stock sheet.

    amount   base units of the item, 0 or more
    owner    whose goods they are; None: the site's own party
    batch    the maker's batch, which keeps otherwise equal goods apart
    """

    item: UUID
    amount: int
    owner: UUID | None = None
    standard: str = ""
    expires_on: date | None = None
    pieces_per_carton: int | None = None
    batch: str = ""


@transaction.atomic
@recorded("supply.stock.counted")
def count_stock(
    *, site: UUID, lines: Sequence[Counted], counted_at: datetime, actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """
    Post a stock sheet of one site; returns the count's id.

    Every line is compared with what the book has on the shelf (available and frozen). More found: it comes in from
    outside. Less found: the difference leaves again, shops' stock first; what is promised to someone is never taken.
    Lots the sheet does not name are left as they are. Lines of one lot are added up.

    Raises CountNotYet, CountBelowPromised, CountIsOlder, MoneyAmongGoods, NotYourPlace, RequestIdReused; none leaves a
    trace.
    """
    actor.require(Duty.KEEPER, Duty.CLERK, Duty.COMMAND, at=site)
    content = content_of(site=site, lines=[repr(line) for line in lines], counted_at=counted_at)
    lock_numbers("COUNT")  # one count after the other: two sheets at once would both bring in the same difference
    earlier = made_before(Count, request_id, content)
    if earlier is not None:
        return earlier.id
    if counted_at > now + AHEAD_MAX:
        raise CountNotYet(
            f"This count is dated {counted_at:%Y-%m-%d %H:%M}, which has not come. Nothing was changed.",
            where="counted_at",
            found=counted_at.isoformat(),
            expected=f"at the latest {(now + AHEAD_MAX).isoformat()}",
            cure="Check the year and the day: a count of the future would keep every later one out.",
        )
    if not lines or any(line.amount < 0 for line in lines):
        raise UnusableInput(
            "A stock sheet needs at least one line, and amounts of 0 or more.", found=len(lines), expected="amounts ≥ 0"
        )
    refuse_money(line.item for line in lines)
    amounts: dict[UUID, int] = {}
    for line in lines:
        lot = ledger.open_lot(
            item=line.item,
            owner=line.owner or site,
            standard=line.standard,
            expires_on=line.expires_on,
            pieces_per_carton=line.pieces_per_carton,
            label=line.batch,
            now=now,
        )
        amounts[lot] = amounts.get(lot, 0) + line.amount
    latest = latest_counts(site, list(amounts))
    moves = {lot: check_count(site, lot, amount, counted_at, latest.get(lot)) for lot, amount in amounts.items()}
    document = draw_up(
        kind="COUNT",
        title=f"Count {counted_at:%Y-%m-%d %H:%M}",
        body={
            "site": str(site),
            "counted_at": counted_at.isoformat(),
            "lines": [
                {"lot": str(lot), "counted": amount, "difference": _difference(moves[lot])}
                for lot, amount in amounts.items()
            ],
        },
        subjects=[site],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    count = Count.objects.create(
        request_id=request_id, content=content, site_id=site, counted_at=counted_at, document=document, created_at=now
    )
    firsts: list[BookLine] = []
    corrections: list[BookLine] = []
    for lot, move in moves.items():
        if move.brought_in:
            came_in = ledger.post_line(_outside(site), AccountRef(site, State.AVAILABLE), lot, move.brought_in)
            (corrections if lot in latest else firsts).append(came_in)
        corrections += _way_back(site, lot, move)
    CountLine.objects.bulk_create(
        [
            CountLine(count=count, lot=lot, amount=amount, difference=_difference(moves[lot]))
            for lot, amount in amounts.items()
        ]
    )
    for movements, reason in ((firsts, Reason.COUNT), (corrections, Reason.CORRECTION)):
        if movements:
            ledger.post(
                lines=movements,
                actor=actor,
                reason=reason,
                document=document,
                request_id=derived_id(request_id, reason),
                now=now,
            )
    record(
        kind="supply.stock.counted",
        actor=actor,
        now=now,
        subject=site,
        document=document,
        data={"lines": len(amounts), "moved": sum(abs(_difference(move)) for move in moves.values())},
    )
    return count.id


def latest_counts(site: UUID, lots: Sequence[UUID]) -> dict[UUID, CountLine]:
    """The last count of each lot at this site."""
    found = (
        CountLine.objects.filter(count__site_id=site, lot__in=lots)
        .select_related("count")
        .order_by("lot", "-count__counted_at", "-count__created_at", "-id")
        .distinct("lot")
    )
    return {line.lot: line for line in found}


def check_count(site: UUID, lot: UUID, amount: int, counted_at: datetime, before: CountLine | None) -> Recount:
    """What posting this amount for the lot would move. Raises CountIsOlder, CountBelowPromised."""
    if before is not None and counted_at < before.count.counted_at:
        raise CountIsOlder(
            f"This sheet was counted {counted_at:%Y-%m-%d %H:%M}; the book has a count of "
            f"{before.count.counted_at:%Y-%m-%d %H:%M}. Nothing was changed.",
            where=str(lot),
            found=counted_at.isoformat(),
            expected=f"not before {before.count.counted_at.isoformat()}",
            cure="Count again, or set the time at which this sheet was really counted.",
        )
    standing = {view.state: view for view in book.balances(holders=[site], lots=[lot])}
    available, frozen = standing.get(State.AVAILABLE), standing.get(State.FROZEN)
    move = recount(
        amount,
        available=available.posted if available else 0,
        available_free=available.free if available else 0,
        frozen=frozen.posted if frozen else 0,
        frozen_free=frozen.free if frozen else 0,
    )
    if move.missing:
        raise CountBelowPromised(
            f"{amount} were counted, but {amount + move.missing} are promised to customers or receivers. "
            "Nothing was changed.",
            where=str(lot),
            found=amount,
            expected=f"at least {amount + move.missing}",
            cure="Void promises first, or count again.",
        )
    return move


def _difference(move: Recount) -> int:
    return move.brought_in - move.from_available - move.from_frozen


def _outside(site: UUID) -> AccountRef:
    """Only stock sheets move this account, so its balance is what was ever counted at the site."""
    return AccountRef(site, State.OUTSIDE)


def _way_back(site: UUID, lot: UUID, move: Recount) -> list[BookLine]:
    """
    What a recount takes out again. Each part names the counted movement it corrects, the newest first; what stands
    frozen has moved on since and leaves by its own movement.
    """
    lines = []
    left = move.from_available
    stories = book.movements(lots=[lot], holders=[site], limit=STORY_MAX) if left else ()
    taken_back = Counter[UUID]()
    for step in stories:
        if step.corrects is not None:
            taken_back[step.corrects] += step.amount
    for step in reversed(stories):
        came_in = step.tense is Tense.POSTED and step.source == _outside(site) and step.target.state is State.AVAILABLE
        part = min(left, step.amount - taken_back[step.id]) if came_in else 0
        if part > 0:
            lines.append(ledger.correct_line(step, part))
            left -= part
    if left:
        lines.append(ledger.post_line(AccountRef(site, State.AVAILABLE), _outside(site), lot, left))
    if move.from_frozen:
        lines.append(ledger.post_line(AccountRef(site, State.FROZEN), _outside(site), lot, move.from_frozen))
    return lines
