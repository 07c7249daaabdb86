"""Money leaves a fund for a supplier, in the ratio in which the funds have promised it; and comes back the same way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from baogong.engine import funds as engine
from baogong.journal.clock import house_day
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.kernel.money import split_exactly, yuan
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import BookLine
from baogong.supply.errors import EarmarkRanOut, PurchaseNotAtThisStep
from baogong.supply.models import Draw, OrderedLine
from baogong.supply.services.purchases import promise
from baogong.supply.services.purse import Holds, Purse, by_fund, fund_name


def share(pool: Mapping[UUID, int], fen: int) -> dict[UUID, int]:
    """So many fen of a pool, from each fund in proportion to what it has there; nothing of a fund is left out."""
    if not fen:
        return {}
    funds = sorted(pool)
    parts = split_exactly(fen, [pool[fund] for fund in funds])
    return {fund: part for fund, part in zip(funds, parts, strict=True) if part}


def draw_lines(holds: Holds, fen: int) -> list[tuple[UUID, BookLine]]:
    """
    (fund, the book's line) that keep so many fen of these promises, the oldest of each fund first.

    Raises PurchaseNotAtThisStep where promises have ended since, and less is set aside than the line costs.
    """
    promised = sum(by_fund(holds).values())
    if promised < fen:
        raise PurchaseNotAtThisStep(
            f"{yuan(promised)} yuan are still set aside for this line, {yuan(fen)} are to be drawn. Nothing was changed.",
            where=f"¥{yuan(fen)}",
            found=fen,
            expected=promised,
            cure="What was set aside has ended: call off what has not come, and order it anew.",
        )
    drawn: list[tuple[UUID, BookLine]] = []
    for fund, part in share(by_fund(holds), fen).items():
        left = part
        for of, hold in holds:
            taken = min(hold.open, left) if of == fund else 0
            if taken:
                drawn.append((fund, ledger.post_hold_line(hold, taken)))
                left -= taken
        assert left == 0, left
    return drawn


def keep_draws(line: OrderedLine, drawn: Sequence[tuple[UUID, BookLine]], document: UUID) -> None:
    """The rows that tie movements of money to the line they pay."""
    Draw.objects.bulk_create(
        [Draw(movement=moved.id, line=line, fund_id=fund, fen=moved.amount, document=document) for fund, moved in drawn]
    )


def give_back(line: UUID, parts: Mapping[UUID, int]) -> list[BookLine]:
    """The book's lines by which so many fen of each fund's draws for the line go back the way they came, newest first."""
    draws = list(Draw.objects.filter(line_id=line, fund_id__in=list(parts)).order_by("-movement"))
    movements = {move.id: move for move in book.movements(ids=[one.movement for one in draws])}
    left = dict(parts)
    back: list[BookLine] = []
    for one in draws:
        part = min(one.fen - one.returned_fen, left[one.fund_id])
        if part:
            back.append(ledger.correct_line(movements[one.movement], part))
            one.returned_fen += part
            one.save(update_fields=["returned_fen"])
            left[one.fund_id] -= part
    assert not any(left.values()), left
    return back


def keep_in_time(
    purse: Purse, lines: Collection[OrderedLine], actor: Actor, document: UUID, request_id: UUID, now: datetime
) -> None:
    """
    What these lines were promised by funds that have run out is promised by others. Raises EarmarkRanOut.

    After an earmark's last day nothing is drawn from it, also not what it promised before.
    """
    today = house_day(now)
    late = {
        fund
        for fund, view in purse.balances.items()
        if view.lot.earmark is not None and view.lot.earmark.until is not None and view.lot.earmark.until < today
    }
    ids = {line.pk for line in lines}
    if not any(fund in late for id in ids for fund, _ in purse.commitments.get(id, ())):
        return
    plan = engine.plan(purse.problem())
    for part in plan.stuck:
        if part.line in ids:
            mark = purse.balances[part.fund].lot.earmark
            assert mark is not None
            raise EarmarkRanOut(
                f"{fund_name(purse.funds[part.fund])} could be drawn until {mark.until}; today is {today}, and no other "
                "fund can pay instead. Nothing was changed.",
                where=fund_name(purse.funds[part.fund]),
                found=today.isoformat(),
                expected=f"until {mark.until}",
                cure="Ask the donor for a later day: a new earmark, signed by two; or find other money.",
                fund=str(part.fund),
                fen=part.fen,
            )
    promise(purse, plan, {}, actor, document, derived_id(request_id, "in time"), now)
