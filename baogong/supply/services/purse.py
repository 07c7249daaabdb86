"""
A buyer's money, locked: what stands in each fund, what is promised to which line, and how promises change.

Every act on money of one buyer locks that buyer's funds first, so that two purchases never divide the same fen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import permutations
from typing import Any
from uuid import UUID

from baogong.engine import funds as engine
from baogong.journal.clock import house_day
from baogong.journal.locks import lock_rows
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id, new_id
from baogong.kernel.money import yuan
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.queries import BalanceView, HoldView
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import State
from baogong.people.queries.merges import houses
from baogong.supply.errors import EarmarkForbidsPurchase, FundsTooSmall
from baogong.supply.models import Commitment, Fund, OrderedLine

NAMES_TRIED_IN_ALL_ORDERS = 4
NOT_THE_EARMARK = {engine.Bar.HOLDER, engine.Bar.NOT_CHOSEN}
Holds = Sequence[tuple[UUID, HoldView]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A line somebody wants to order, or a part of one; `id` is the caller's, `no` how a person knows the line.

    amount  base units; a part of a line has its share of them and of the price
    """

    id: UUID
    no: int
    item: UUID
    receiver: UUID | None
    amount: int
    price_fen: int
    due_at: datetime | None = None
    chosen: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Purse:
    """
    One buyer's funds and what is promised from them.

    balances     fund → what stands at the trustee; a fund of which nothing came yet has none
    commitments  line → (fund, hold), each still open, the oldest first
    """

    buyer: UUID
    now: datetime
    funds: Mapping[UUID, Fund]
    balances: Mapping[UUID, BalanceView]
    lines: Mapping[UUID, OrderedLine]
    commitments: Mapping[UUID, Holds]

    def purpose(self, fund: UUID) -> str:
        """In its giver's words; empty where there are none."""
        mark = self.balances[fund].lot.earmark
        return mark.purpose if mark else ""

    def problem(self, wanted: Sequence[Wanted] = (), more: Mapping[UUID, int] | None = None) -> engine.Problem:
        """
        All that may be divided anew, and what is wanted besides.

        more  line → fen it needs on top of what is promised to it
        """
        today, more = house_day(self.now), more or {}
        held = {line: by_fund(holds) for line, holds in self.commitments.items()}
        promised: dict[UUID, int] = {}
        for sums in held.values():
            for fund, fen in sums.items():
                promised[fund] = promised.get(fund, 0) + fen
        return engine.Problem(
            funds=tuple(
                _engine_fund(self.funds[id], view, view.free + promised.get(id, 0), is_payers=True)
                for id, view in self.balances.items()
            ),
            lines=(
                *(
                    engine.Line(
                        id=id,
                        item=row.item_id,
                        receiver=row.receiver_id,
                        need_fen=sum(held.get(id, {}).values()) + more.get(id, 0),
                        draw_on=_draw_on(today, row.due_at),
                        held=held.get(id, {}),
                        chosen=frozenset(fund.pk for fund in row.purchase.chosen.all()) or None,
                    )
                    for id, row in self.lines.items()
                ),
                *(
                    engine.Line(
                        id=one.id,
                        item=one.item,
                        receiver=one.receiver,
                        need_fen=one.price_fen,
                        draw_on=_draw_on(today, one.due_at),
                        chosen=one.chosen,
                    )
                    for one in wanted
                ),
            ),
        )

    def change(
        self, plan: engine.FundPlan, suppliers: Mapping[UUID, UUID], request_id: UUID
    ) -> tuple[list[BookLine], list[Commitment]]:
        """
        The book's lines that turn what is promised into what the plan says, and the rows of the new holds.

        suppliers  line → who is to be paid; of lines not in the purse yet
        """
        wanted: dict[UUID, dict[UUID, int]] = {}
        for part in plan.parts:
            wanted.setdefault(part.line, {})[part.fund] = part.fen
        given_up: list[BookLine] = []
        promised: list[BookLine] = []
        rows: list[Commitment] = []
        source = AccountRef(self.buyer, State.AVAILABLE)
        for line, sums in wanted.items():
            holds = self.commitments.get(line, ())
            before = by_fund(holds)
            supplier = self.lines[line].purchase.supplier_id if line in self.lines else suppliers[line]
            for fund, fen in before.items():
                given_up += void_lines(holds, fund, max(fen - sums.get(fund, 0), 0))
            for fund, fen in sums.items():
                grown = fen - before.get(fund, 0)
                if grown > 0:
                    hold = derived_id(request_id, "hold", line, fund)
                    target = AccountRef(supplier, State.AVAILABLE)
                    promised.append(ledger.hold_line(source, target, self.funds[fund].lot, grown, id=hold))
                    rows.append(Commitment(hold=hold, line_id=line, fund_id=fund))
        return [*given_up, *promised], rows


def lock_purse(buyer: UUID, now: datetime) -> Purse:
    """The buyer's funds, locked until the transaction ends, and what stands in them and is promised from them."""
    ids = Fund.objects.filter(trustee_id=buyer).values_list("pk", flat=True)
    return read_purse(buyer, now, lock_rows(Fund.objects.select_related("gift"), list(ids)))


def read_purse(buyer: UUID, now: datetime, funds: Collection[Fund] | None = None) -> Purse:
    """The same without a lock, for a look beforehand."""
    rows = Fund.objects.filter(trustee_id=buyer).select_related("gift") if funds is None else funds
    known = {row.pk: row for row in rows}
    promises = Commitment.objects.filter(fund__in=list(known)).select_related("line__purchase")
    by_hold = {row.hold: row for row in promises.prefetch_related("line__purchase__chosen")}
    commitments: dict[UUID, list[tuple[UUID, HoldView]]] = {}
    lines: dict[UUID, OrderedLine] = {}
    for hold in book.holds(list(by_hold)) if by_hold else ():
        if hold.open:
            row = by_hold[hold.id]
            lines[row.line_id] = row.line
            commitments.setdefault(row.line_id, []).append((row.fund_id, hold))
    return Purse(buyer, now, known, _standing(known.values()), lines, commitments)


def plan_purse(purse: Purse, wanted: Sequence[Wanted] = (), more: Mapping[UUID, int] | None = None) -> engine.FundPlan:
    """
    Which fund pays which line, the new ones included.

    Raises EarmarkForbidsPurchase, FundsTooSmall where a line cannot be paid in full.
    """
    problem = purse.problem(wanted, more)
    plan = engine.plan(problem)
    if plan.short:
        raise _refusal(purse, problem, plan, {one.id: one.no for one in wanted})
    return plan


def under_written_names(purse: Purse, wanted: Sequence[Wanted]) -> list[Wanted]:
    """
    The same lines, each for the receiver's house under the names that serve it best: as asked, or as givers wrote it.

    The book holds earmarks to the letter, and what a line pays for becomes goods for one name. So a line that money for
    several names of one house has to pay is cut into parts of whole units, one for each name. Best are the names under
    which the most can be paid, and of those the ones by which the freest funds give the least; then the fewest parts.
    """
    written = {party for view in purse.balances.values() if view.lot.earmark for party in view.lot.earmark.parties}
    merged = houses()
    named: list[Wanted] = []
    for at, one in enumerate(wanted):
        names = [one.receiver] if one.receiver else []
        names += sorted((merged.family(names) & written) - {*names})
        if len(names) > 1:
            problem = partial(_problem_with, purse, tuple(named), tuple(wanted[at + 1 :]))
            named += _best_cut(purse, one, names, problem)
        else:
            named.append(one)
    return named


def _problem_with(
    purse: Purse, before: Sequence[Wanted], after: Sequence[Wanted], parts: Sequence[Wanted]
) -> engine.Problem:
    return purse.problem([*before, *parts, *after])


def _best_cut(
    purse: Purse, one: Wanted, names: Sequence[UUID], problem: Callable[[Sequence[Wanted]], engine.Problem]
) -> list[Wanted]:
    """
    Of the ways to order the line for a house of several names: whole under each, or in parts, each as large as the money
    for its name reaches; rounded down, or up where freer money can pay the rest of a unit.

    problem  of the line in such parts, beside all else that is wanted
    """
    whole = {name: replace(one, receiver=name) for name in names}
    own_fen = {name: _of_the_name(purse, engine.plan(problem([line])), line) for name, line in whole.items()}
    cuts = [[line] for line in whole.values()]
    paying = [name for name in names if own_fen[name]]
    for order in _orders(paying, own_fen):
        for is_up in (False, True):
            parts, left = [], one.amount
            for name in order:
                units = min(left, (own_fen[name] * one.amount + (one.price_fen - 1) * is_up) // one.price_fen)
                parts.append((name, left if name == order[-1] else units))
                left -= parts[-1][1]
            cuts.append(_in_parts(one, [part for part in parts if part[1]]))
    return max(cuts, key=lambda parts: _served(problem(parts)))


def _orders(paying: Sequence[UUID], own_fen: Mapping[UUID, int]) -> list[tuple[UUID, ...]]:
    """
    In which orders the names' money is tried: all where they are few; else each name once in front of the others, poor
    names first and rich names first, so that a house of fourteen spellings is paid for in a moment.
    """
    if len(paying) <= NAMES_TRIED_IN_ALL_ORDERS:
        return list(permutations(paying)) if paying else []
    poorest = sorted(paying, key=lambda name: own_fen[name])
    turns = [(*poorest[at:], *poorest[:at]) for at in range(len(poorest))]
    return [*turns, *(turn[::-1] for turn in turns)]


def _of_the_name(purse: Purse, plan: engine.FundPlan, line: Wanted) -> int:
    """Fen that the plan draws for the line on money that names its receiver."""
    return sum(
        fen
        for fund, fen in plan.of_line(line.id).items()
        if (mark := purse.balances[fund].lot.earmark) and mark.parties
    )


def _in_parts(one: Wanted, parts: Sequence[tuple[UUID, int]]) -> list[Wanted]:
    """parts  (name, base units), adding up to the line's; its price is split with them to the fen"""
    found: list[Wanted] = []
    units, fen = 0, 0
    for name, amount in parts:
        units += amount
        upto_fen = one.price_fen * units // one.amount
        found.append(
            replace(one, id=new_id() if found else one.id, receiver=name, amount=amount, price_fen=upto_fen - fen)
        )
        fen = upto_fen
    return found


def _served(problem: engine.Problem) -> tuple[int, ...]:
    """Fen not paid, and how many of them by each fund, the freest first; all below 0: the greater, the better."""
    plan = engine.plan(problem)
    return (-sum(short.fen for short in plan.short), *(-plan.of_fund(fund.id) for fund in reversed(problem.by_freedom)))


def by_fund(holds: Holds) -> dict[UUID, int]:
    """fund → fen still set aside"""
    sums: dict[UUID, int] = {}
    for fund, hold in holds:
        sums[fund] = sums.get(fund, 0) + hold.open
    return sums


def void_lines(holds: Holds, fund: UUID, fen: int) -> list[BookLine]:
    """Give up so many fen of what a fund has promised, the newest promise first."""
    lines: list[BookLine] = []
    for of, hold in reversed(holds):
        part = min(hold.open, fen) if of == fund else 0
        if part:
            lines.append(ledger.void_line(hold, part))
            fen -= part
    assert fen == 0, fen
    return lines


def fund_name(row: Fund) -> str:
    """How people call it: the gift's number and the slice's."""
    return f"{row.gift.number}/{row.no}"


def _standing(funds: Collection[Fund]) -> dict[UUID, BalanceView]:
    """fund → what stands of it at its trustee."""
    if not funds:
        return {}
    views = book.balances(
        holders={row.trustee_id for row in funds},
        states=[State.AVAILABLE],
        lots=[row.lot for row in funds],
        nonzero=False,
    )
    standing = {(view.holder, view.lot.id): view for view in views}
    return {row.pk: standing[row.trustee_id, row.lot] for row in funds if (row.trustee_id, row.lot) in standing}


def _engine_fund(row: Fund, view: BalanceView, money_fen: int, *, is_payers: bool) -> engine.Fund:
    mark = view.lot.earmark
    return engine.Fund(
        id=row.pk,
        money_fen=money_fen,
        receivers=(mark.parties or None) if mark else None,
        items=(mark.items or None) if mark else None,
        until=mark.until if mark else None,
        opened=row.pk.int,  # ids are made in the order of time
        is_payers=is_payers,
        is_worded=bool(mark and mark.purpose and not (mark.parties or mark.items or mark.until)),
    )


def _draw_on(today: date, due_at: datetime | None) -> date:
    return today if due_at is None else max(today, house_day(due_at))


def _refusal(purse: Purse, problem: engine.Problem, plan: engine.FundPlan, numbers: Mapping[UUID, int]) -> BaogongError:
    """What forbids the first line that cannot be paid, and which fund would allow it."""
    short = plan.short[0]
    line = next(one for one in problem.lines if one.id == short.line)
    no = numbers.get(line.id) or purse.lines[line.id].no
    others = {row.pk: row for row in Fund.objects.exclude(trustee_id=purse.buyer).select_related("gift")}
    rows = {**others, **purse.funds}
    elsewhere = [
        _engine_fund(rows[id], view, view.free, is_payers=False) for id, view in _standing(others.values()).items()
    ]
    merged = houses()  # what names the receiver's house by another name does not forbid the line
    funds = tuple(
        replace(fund, receivers=fund.receivers and merged.family(fund.receivers))
        for fund in (*problem.funds, *elsewhere)
    )
    verdicts = engine.explain(engine.Problem(funds, problem.lines), line)
    told: dict[UUID, dict[str, Any]] = {
        verdict.fund: {
            "fund": str(verdict.fund),
            "name": fund_name(rows[verdict.fund]),
            "bars": [bar.value for bar in verdict.bars],
            "free_fen": verdict.free_fen,
        }
        for verdict in verdicts
    }
    allowing = [told[one.fund] for one in verdicts if not set(one.bars) - NOT_THE_EARMARK]
    asked = line.chosen or frozenset(purse.funds)
    forbidding = [told[one.fund] for one in verdicts if set(one.bars) - NOT_THE_EARMARK and one.fund in asked]
    common: dict[str, Any] = {
        "where": f"line {no}",
        "line": no,
        "price_fen": line.need_fen,
        "short_fen": short.fen,
        "forbidding": forbidding,
        "allowing": allowing,
    }
    would = "; ".join(f"{one['name']} would allow it and has {yuan(one['free_fen'])} yuan unspent" for one in allowing)
    if any(not verdict.bars for verdict in verdicts):
        return FundsTooSmall(
            f"Line {no} costs {yuan(line.need_fen)} yuan; {yuan(short.fen)} yuan of it cannot be paid, however the "
            f"funds are divided. {would}. Nothing was ordered.",
            found=line.need_fen,
            expected=f"at most {line.need_fen - short.fen} fen",
            cure="Order less, or find more money for it.",
            **common,
        )
    forbids = "; ".join(f"{one['name']} ({', '.join(one['bars']).lower()})" for one in forbidding)
    return EarmarkForbidsPurchase(
        f"Line {no} may be paid from none of the funds asked: {forbids or 'there is none'}. "
        f"{would or 'No fund in this book would allow it'}. Nothing was ordered.",
        found=[one["name"] for one in forbidding],
        expected=[f"{one['name']} ¥{yuan(one['free_fen'])}" for one in allowing],
        cure="Order it from the fund that allows it, or ask the donor to change the earmark.",
        **common,
    )
