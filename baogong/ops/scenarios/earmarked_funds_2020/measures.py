"""What must hold, each read from the book (movements, balances, documents) and the papers, never from a plan's output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import MONEY
from baogong.engine import funds as engine
from baogong.journal import queries as journal_
from baogong.ledger import queries as book
from baogong.ledger.queries import LotView, SourceView
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.earmarked_funds_2020 import replay
from baogong.ops.scenarios.earmarked_funds_2020.cast import COMPANY, HOSPITALS, TRUSTEE
from baogong.ops.scenarios.earmarked_funds_2020.orders import REFUSED_TASK
from baogong.ops.scenarios.earmarked_funds_2020.replay import ALL
from baogong.ops.scenarios.losses import WRITTEN_OFF, undocumented
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.supply import queries as supply_

# What was given


def _announced(stage: Stage) -> tuple[supply_.FundView, ...]:
    """The slices of the ten million, those made by moving an earmark included."""
    return supply_.funds(trustee=stage.party(TRUSTEE), donor=stage.party(COMPANY))


def money_in_trust_fen(stage: Stage) -> int:
    """What came out of the company's hands into the trustee's."""
    lots = {fund.lot for fund in _announced(stage)}
    return sum(
        move.amount
        for move in book.movements(lots=list(lots), limit=ALL)
        if move.tense == "POSTED" and move.source.state is State.OUTSIDE and move.source.holder == stage.party(COMPANY)
    )


def hospitals_of_the_earmark(stage: Stage) -> int:
    """As it was announced: slices made later by moving an earmark are another thing."""
    lots = book.lots([fund.lot for fund in _announced(stage) if fund.moved_from is None])
    return len({party for lot in lots if lot.earmark for party in lot.earmark.parties})


def _doubts(stage: Stage) -> list[Any]:
    """Documents by which a person settled which figure of the company's gifts holds."""
    return [
        paper
        for paper in journal_.documents(kind="DOUBT", subject=stage.party(COMPANY))
        if paper.is_in_force and paper.drawn_by is not None and stage.party(TRUSTEE) not in paper.subjects
    ]


def goods_worth_fen(stage: Stage) -> int:
    gifts = supply_.money_gifts(donor=stage.party(COMPANY))
    return sum(gift.amount_fen for gift in gifts if gift.form == "GOODS_WORTH")


def doubts_settled_by_a_person(stage: Stage) -> int:
    """Of them, those whose figures a power of ten parts and whose chosen one is one of those printed."""
    return sum(
        max(figure["amount"] for figure in paper.body["figures"])
        >= 10 * min(figure["amount"] for figure in paper.body["figures"])
        and paper.body["chosen"] in {figure["amount"] for figure in paper.body["figures"]}
        for paper in _doubts(stage)
    )


def figures_averaged(stage: Stage) -> int:
    """Gifts of the company that stand with a figure which no source printed."""
    printed = {figure["amount"] for paper in _doubts(stage) for figure in paper.body["figures"]}
    told = [
        paper
        for paper in journal_.documents(kind="MONEY_GIFT", subject=stage.party(COMPANY))
        if paper.body["amount_text"] and paper.body["source"]
    ]
    printed |= {paper.body["amount_fen"] for paper in told}
    return sum(gift.amount_fen not in printed for gift in supply_.money_gifts(donor=stage.party(COMPANY)))


def earmark_beside_the_giver_kept(stage: Stage) -> int:
    """Funds of the winter charity that only Jinyintan may receive from; its list says so beside the giver's name."""
    lots = book.lots([fund.lot for fund in supply_.funds(donor=stage.party("暖冬公益会"))])
    return sum(lot.earmark is not None and lot.earmark.parties == {stage.party(HOSPITALS[0])} for lot in lots)


def school_gift_fen(stage: Stage) -> int:
    lots = [fund.lot for fund in supply_.funds(donor=stage.party("春风小学"))]
    return sum(
        -one.posted for one in book.balances(holders=[stage.party("春风小学")], states=[State.OUTSIDE], lots=lots)
    )


def corrected_notice_on_record(stage: Stage) -> int:
    """Gifts that stand corrected: the first figure's paper still there, the new one's naming it, and its money come."""
    papers = journal_.documents(kind="MONEY_GIFT", subject=stage.party("市民联合募捐"))
    by_number = {paper.number: paper for paper in papers}
    standing = {gift.document: gift.came_fen for gift in supply_.money_gifts(donor=stage.party("市民联合募捐"))}
    return sum(
        (first := by_number.get(paper.body["corrects"])) is not None
        and first.body["amount_fen"] != paper.body["amount_fen"] == standing.get(paper.id)
        for paper in papers
    )


# What was bought


def _purchases(stage: Stage, buyer: str) -> list[supply_.PurchaseView]:
    """In the order in which they were made."""
    return sorted(supply_.purchases(buyer=stage.party(buyer)), key=lambda one: (one.ordered_at, one.number))


def own_purchases_fen(stage: Stage) -> int:
    """What left the company's own funds for suppliers."""
    lots = [fund.lot for fund in supply_.funds(trustee=stage.party(COMPANY))]
    home = stage.party(COMPANY)
    total = 0
    for move in book.movements(lots=lots, limit=ALL) if lots else ():
        if move.tense == "POSTED" and move.source.state is State.AVAILABLE and move.source.holder == home:
            total += move.amount
        elif move.tense == "POSTED" and move.target.holder == home and move.source.holder != home:
            total -= move.amount if move.source.state is not State.OUTSIDE else 0
    return total


def own_money_mixed_fen(_stage: Stage) -> int:
    """Money that left its holder for another holder's purchase, or under no purchase's paper; and in goods of another."""
    buyers: dict[UUID, UUID] = {}
    for one in supply_.purchases():
        papers = [one.document, *(delivery.document for delivery in one.deliveries)]
        papers += [paid.document for bill in one.invoices for paid in bill.payments]
        buyers |= dict.fromkeys(papers, one.buyer)
    trustees = {fund.lot: fund.trustee for fund in supply_.funds()}
    mixed = 0
    for move in book.movements(items=[MONEY], reasons=[Reason.PURCHASE], limit=ALL):
        home = trustees.get(move.lot)
        if move.tense != "POSTED" or move.source.holder != home or move.document is None:
            continue
        mixed += move.amount if buyers.get(move.document) != home else 0
    owners = {lot.id: lot.owner for lot in _bought_lots()}
    return mixed + sum(
        _fen(edge, _sizes({edge.child})) for edge in _edges() if owners[edge.child] != trustees[edge.parent]
    )


def purchases_of_the_trustee(stage: Stage) -> int:
    return sum(one.price_fen > 0 for one in _purchases(stage, TRUSTEE))


def events_that_do_not_add_up(_stage: Stage) -> int:
    """
    Batches of the book after which drawn + committed + unspent of some fund was not what its papers gave it; and funds
    whose page tells another story at the end than the movements.
    """
    told, wrong = replay.start(), 0
    for moves in replay.batches():
        told.read(moves)
        wrong += not told.adds_up
    for fund in supply_.funds():
        own = told.purses[fund.lot]
        shown = (fund.gift_fen, fund.unspent_fen, fund.committed_fen, fund.drawn_fen)
        wrong += shown != (own.given, own.unspent, own.committed, own.drawn)
    return wrong


def _edges() -> tuple[SourceView, ...]:
    """fund's lot → bought lot, with the fen of it in those goods."""
    lots = [fund.lot for fund in supply_.funds()]
    funds = set(lots)
    return tuple(edge for edge in book.made_from(lots) if edge.parent in funds and edge.child not in funds)


def _bought_lots() -> tuple[LotView, ...]:
    children = {edge.child for edge in _edges()}
    return book.lots(children) if children else ()


def _sizes(lots: Collection[UUID]) -> dict[UUID, int]:
    """Units that came of each bought lot, wherever they are now."""
    sizes: dict[UUID, int] = defaultdict(int)
    for balance in book.balances(lots=list(lots)) if lots else ():
        if not balance.state.is_outside:
            sizes[balance.lot.id] += balance.posted
    return sizes


def _fen(edge: SourceView, sizes: Mapping[UUID, int]) -> int:
    """Of the fund, in all that came of the lot."""
    return edge.parent_amount * sizes[edge.child] // edge.child_amount


def _funds_in_goods(funds: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Goods of any generation → the funds whose money is in them."""
    inside: dict[UUID, set[UUID]] = defaultdict(set)
    edges = [edge for edge in book.made_from(funds) if edge.child not in funds]
    grown = True
    while grown:  # as often as goods were made into others
        grown = False
        for edge in edges:
            found = {edge.parent} if edge.parent in funds else inside[edge.parent]
            grown |= not found <= inside[edge.child]
            inside[edge.child] |= found
    return inside


def earmark_broken_pieces(_stage: Stage) -> int:
    """Bought goods handed to somebody, or of a kind, that a fund in them does not allow."""
    marks = {lot.id: lot.earmark for lot in book.lots([fund.lot for fund in supply_.funds()])}
    funds = _funds_in_goods(set(marks))
    broken = 0
    for balance in book.balances(lots=list(funds), states=[State.HANDED_OVER]) if funds else ():
        for fund in funds[balance.lot.id]:
            mark = marks[fund]
            if mark and (not mark.allows(balance.holder) or (mark.items and balance.lot.item not in mark.items)):
                broken += balance.posted
                break
    return broken


def refused_purchase_names_its_funds(stage: Stage) -> int:
    """
    The refusal a person wrote down names a fund whose earmark in the book forbids mattresses, and every fund of the
    trustee that allows them; and the book has no such purchase from the forbidding fund.
    """
    words = [task.outcome for task in journal_.tasks(open_only=False) if task.title == REFUSED_TASK]
    if len(words) != 1:
        return 0
    mattresses = next(line.item for one in supply_.purchases() for line in one.lines if line.item_en == "Mattress")
    hospital = stage.party(HOSPITALS[0])
    lots = {lot.id: lot for lot in book.lots([fund.lot for fund in supply_.funds(trustee=stage.party(TRUSTEE))])}
    forbids, would = words[0].split("would allow it", 1)[0].split("asked:", 1)[-1], words[0]
    ours = [fund for fund in supply_.funds(trustee=stage.party(TRUSTEE)) if fund.moved_from is None]
    sound = True
    for fund in ours:
        mark = lots[fund.lot].earmark
        allows = mark is None or (mark.allows(hospital) and (not mark.items or mattresses in mark.items))
        sound &= (f"{fund.name} would allow it" in would) is allows
    named = [fund for fund in ours if f"{fund.name} (item)" in forbids]
    paid = {
        part.fund
        for one in supply_.purchases()
        for line in one.lines
        if line.item == mattresses
        for part in line.paid_by
    }
    return int(sound and len(named) == 1 and named[0].id not in paid)


# Greed beside it


def _last_order_seq(stage: Stage) -> int:
    papers = [one.document for one in _purchases(stage, TRUSTEE)]
    moves = book.movements(documents=papers, items=[MONEY], limit=ALL) if papers else ()
    return max((move.seq for move in moves), default=0)


def tight_money_stranded_fen(stage: Stage) -> int:
    """What stood unspent in earmarked funds when the last order had been placed: nobody else may use it."""
    told, last = replay.start(), _last_order_seq(stage)
    for moves in replay.batches():
        if moves[0].seq > last:
            break
        told.read(moves)
    trustee = stage.party(TRUSTEE)
    return sum(
        told.purses[fund.lot].unspent for fund in told.funds.values() if fund.trustee == trustee and _is_tight(fund)
    )


def _is_tight(fund: supply_.FundView) -> bool:
    """It may not pay everybody, everything, for ever."""
    return bool(fund.receivers or fund.items or fund.until)


def _greedy(stage: Stage) -> tuple[int, int]:
    """
    (lines refused, fen left in earmarked funds) when each of the same orders, as it comes, takes the tightest fund that
    allows it, and keeps it.
    """
    funds = [fund for fund in supply_.funds(trustee=stage.party(TRUSTEE)) if fund.gift_fen]
    marks = {lot.id: lot.earmark for lot in book.lots([fund.lot for fund in funds])}
    problem = engine.Problem(
        funds=tuple(
            engine.Fund(
                id=fund.id,
                money_fen=fund.gift_fen,
                receivers=(mark.parties or None) if (mark := marks[fund.lot]) else None,
                items=(mark.items or None) if mark else None,
                until=mark.until if mark else None,
                opened=number,
                is_worded=bool(fund.purpose) and not _is_tight(fund),
            )
            for number, fund in enumerate(funds)
        ),
        lines=tuple(
            engine.Line(line.id, line.item, line.receiver, line.ordered_fen, one.ordered_at.astimezone(LOCAL).date())
            for one in _purchases(stage, TRUSTEE)
            for line in one.lines
        ),
    )
    plan = engine.take_greedily(problem)
    left = sum(fund.gift_fen - plan.of_fund(fund.id) for fund in funds if _is_tight(fund))
    return len(plan.short), left


# What came back, moved, was decided and paid


def refund_back_in_its_funds_fen(_stage: Stage) -> int:
    """Fen of refunds that came home to lots which had paid goods sent back under the same paper, and to no other."""
    back = 0
    edges = _edges()
    trustees = {fund.lot: fund.trustee for fund in supply_.funds()}
    for paper in journal_.documents(kind="REFUND"):
        moves = [move for move in book.movements(documents=[paper.id], limit=ALL) if move.tense == "POSTED"]
        returned = {move.lot for move in moves if move.target.state is State.RETURNED}
        paid = {edge.parent for edge in edges if edge.child in returned}
        home = [move for move in moves if trustees.get(move.lot) == move.target.holder]
        if all(move.lot in paid for move in home):
            back += sum(move.amount for move in home)
    return back


def earmark_moved_by_two(stage: Stage) -> int:
    """Moves of money to another earmark: signed by two, agreed to by the donor, correcting the paper of the old fund."""
    count = 0
    by_id = {str(fund.id): fund for fund in supply_.funds()}
    for paper in journal_.documents(kind="RE_EARMARK"):
        moves = book.movements(documents=[paper.id], reasons=[Reason.RE_EARMARK], limit=ALL)
        moved = sum(move.amount for move in moves if move.tense == "POSTED" and move.target.state is State.CONVERSION)
        old = by_id[paper.body["fund"]]
        count += (
            paper.is_in_force
            and len({one.person for one in paper.signatures}) == 2
            and paper.body["consent_by"] == str(stage.party(COMPANY))
            and bool(paper.body["consent_text"])
            and paper.body["corrects"] == str(old.document)
            and moved == paper.body["terms"]["amount_fen"]
        )
    return count


def bill_over_the_order_settled(_stage: Stage) -> int:
    """Bills above the order that waited, were decided on record, and were paid as decided."""
    papers = {paper.id: paper for paper in journal_.documents(kind="DOUBT") if paper.is_in_force}
    return sum(
        bill.settled_under in papers
        and bill.billed_fen > sum(line.ordered_fen for line in one.lines)
        and sum(paid.amount_fen for paid in bill.payments) == papers[bill.settled_under].body["chosen"]
        for one in supply_.purchases()
        for bill in one.invoices
        if bill.settled_under is not None
    )


def owed_to_suppliers_fen(_stage: Stage) -> int:
    return sum(one.owed_fen for one in supply_.purchases())


# What the money became


def bought_units_unaccounted_for(_stage: Stage) -> int:
    """Bought units neither signed for, nor in stock, nor sent back, nor written off under a report that states them."""
    lots = [lot.id for lot in _bought_lots()]
    came: dict[UUID, int] = defaultdict(int)
    moves = book.movements(lots=lots, limit=ALL) if lots else ()
    for move in moves:
        if move.tense != "POSTED":
            continue
        if (
            move.reason is Reason.PURCHASE
            and move.target.state is State.AVAILABLE
            and move.source.holder != move.target.holder
        ):
            came[move.lot] += move.amount
    known = (State.AVAILABLE, State.HANDED_OVER, State.RETURNED, *WRITTEN_OFF)
    stands: dict[UUID, int] = defaultdict(int)
    for balance in book.balances(lots=lots, states=known) if lots else ():
        stands[balance.lot.id] += balance.posted
    received = sum(
        int(line["amount"])
        for paper in journal_.documents(kind="GRN", limit=ALL)
        if "purchase" in paper.body
        for line in paper.body["lines"]
    )
    astray = sum(abs(came[lot] - stands[lot]) for lot in lots)
    return astray + undocumented(moves) + abs(received - sum(came.values()))


def boxes_without_a_signature(_stage: Stage) -> int:
    """Handovers of bought goods that no signature stands beside."""
    lots = [lot.id for lot in _bought_lots()]
    moves = [
        move
        for move in (book.movements(lots=lots, limit=ALL) if lots else ())
        if move.tense == "POSTED" and move.target.state is State.HANDED_OVER
    ]
    signed = {
        movement
        for piece in journal_.evidence_of([move.id for move in moves])
        if piece.kind == "SIGNATURE" and piece.by_name
        for movement in piece.movements
    }
    return sum(move.id not in signed for move in moves)


def hospitals_that_signed(stage: Stage) -> int:
    """Hospitals that signed for goods in which money of the ten million is."""
    ours = {fund.lot for fund in _announced(stage)}
    lots = [edge.child for edge in _edges() if edge.parent in ours]
    holders = {one.holder for one in book.balances(lots=lots, states=[State.HANDED_OVER])} if lots else set()
    return len(holders & {stage.party(name) for name in HOSPITALS})


def company_money_signed_for_fen(stage: Stage) -> int:
    """
    What the donor's page says of the ten million: fen in goods that are signed for in full, each told with its boxes
    and its signature. -1 where the book, added up afresh, says otherwise.
    """
    ours = {fund.lot for fund in _announced(stage)}
    shown = 0
    for path in supply_.money_page(stage.party(COMPANY)):
        if path.fund.lot not in ours:
            continue
        for one in path.bought:
            if one.is_signed:
                told = one.cartons is not None and any(
                    "SIGNATURE" in word for step in one.path.steps for word in step.evidence
                )
                shown += one.fen if told else 0
    edges = [edge for edge in _edges() if edge.parent in ours]
    open_lots: set[UUID] = set()
    signed: set[UUID] = set()
    for balance in book.balances(lots=[edge.child for edge in edges]) if edges else ():
        if balance.state is State.HANDED_OVER:
            signed.add(balance.lot.id)
        elif not balance.state.is_outside and balance.state is not State.RETURNED:
            open_lots.add(balance.lot.id)
    whole = signed - open_lots
    sizes = _sizes(whole)
    in_book = sum(_fen(edge, sizes) for edge in edges if edge.child in whole)
    in_book -= refund_back_in_its_funds_fen(stage)
    return shown if shown == in_book else -1


MEASURES: dict[str, Any] = {
    "money_in_trust_fen": money_in_trust_fen,
    "hospitals_of_the_earmark": hospitals_of_the_earmark,
    "goods_worth_fen": goods_worth_fen,
    "doubts_settled_by_a_person": doubts_settled_by_a_person,
    "figures_averaged": figures_averaged,
    "earmark_beside_the_giver_kept": earmark_beside_the_giver_kept,
    "school_gift_fen": school_gift_fen,
    "corrected_notice_on_record": corrected_notice_on_record,
    "own_purchases_fen": own_purchases_fen,
    "own_money_mixed_fen": own_money_mixed_fen,
    "purchases_of_the_trustee": purchases_of_the_trustee,
    "events_that_do_not_add_up": events_that_do_not_add_up,
    "earmark_broken_pieces": earmark_broken_pieces,
    "refused_purchase_names_its_funds": refused_purchase_names_its_funds,
    "tight_money_stranded_fen": tight_money_stranded_fen,
    "greedy_refuses_lines": lambda stage: _greedy(stage)[0],
    "refund_back_in_its_funds_fen": refund_back_in_its_funds_fen,
    "earmark_moved_by_two": earmark_moved_by_two,
    "bill_over_the_order_settled": bill_over_the_order_settled,
    "owed_to_suppliers_fen": owed_to_suppliers_fen,
    "bought_units_unaccounted_for": bought_units_unaccounted_for,
    "boxes_without_a_signature": boxes_without_a_signature,
    "hospitals_that_signed": hospitals_that_signed,
    "company_money_signed_for_fen": company_money_signed_for_fen,
}

FACTS: dict[str, Any] = {
    "greedy_strands_fen": lambda stage: _greedy(stage)[1],
    "money_batches_checked": lambda _stage: sum(1 for _moves in replay.batches()),
    "funds": lambda _stage: len(supply_.funds()),
    "purchases": lambda _stage: len(supply_.purchases()),
    "handed_over_units": lambda _stage: sum(one.posted for one in book.balances(states=[State.HANDED_OVER])),
    "written_off_units": lambda _stage: sum(one.posted for one in book.balances(states=list(WRITTEN_OFF))),
    "documents": lambda _stage: len(journal_.documents(limit=ALL)),
    "ended_at": lambda stage: _moment(stage.now),
}


def _moment(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat()
