"""What must hold, each read from the book (movements, balances, lots, documents), never from a plan's own output."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.freight import queries as freight_
from baogong.journal import queries as journal_
from baogong.ledger import queries as book
from baogong.ledger.queries import LotView
from baogong.ledger.states import State
from baogong.ops.scenarios.consigned import ALL, consigned, descent, moves_of, pieces_of_another_owner
from baogong.ops.scenarios.losses import undocumented, written_off
from baogong.ops.scenarios.stage import Stage
from baogong.supply import queries as supply_
from baogong.supply.views import COMMUNITY_USE


def consignors(_stage: Stage) -> int:
    lots = set(consigned())
    came = {move.lot for move in moves_of(lots) if move.source.state is State.OUTSIDE}
    return len({lot.owner for lot in book.lots(came)})


def lots_carried(_stage: Stage) -> int:
    return len({move.lot for move in moves_of(set(consigned())) if move.source.state is State.OUTSIDE})


def _may_have(lot: LotView, root: UUID, named: UUID | None, holder: UUID) -> bool:
    if lot.id == root or lot.earmark is None or lot.earmark.purpose != COMMUNITY_USE:
        return holder == named
    return _agreed_by_two(root)


def _agreed_by_two(root: UUID) -> bool:
    return any(
        paper.state == "SIGNED" and len({signature.person for signature in paper.signatures}) == 2
        for paper in journal_.documents(kind="COMMUNITY_USE", subject=root)
    )


def units_with_strangers(_stage: Stage) -> int:
    came_in = consigned()
    root = descent(set(came_in))
    lots = {lot.id: lot for lot in book.lots(list(root))}
    return sum(
        move.amount
        for move in moves_of(set(root))
        if move.target.state is State.HANDED_OVER
        and not _may_have(lots[move.lot], root[move.lot], came_in[root[move.lot]][1], move.target.holder)
    )


def community_use_by_word_and_two_hands(_stage: Stage) -> int:
    """Lots of which community goods were made and signed for, under a document with the owner's word and two hands."""
    came_in = consigned()
    root = descent(set(came_in))
    signed = {move.lot for move in moves_of(set(root)) if move.target.state is State.HANDED_OVER}
    done = 0
    for lot in book.lots(signed):
        is_for_community = lot.earmark is not None and lot.earmark.purpose == COMMUNITY_USE
        papers = journal_.documents(kind="COMMUNITY_USE", subject=root[lot.id])
        spoke = any(paper.body["by"] == str(lot.owner) and paper.body["words"] for paper in papers)
        done += is_for_community and spoke and _agreed_by_two(root[lot.id])
    return done


def lost_and_reported(_stage: Stage) -> int:
    """Pieces written off, where each one's report and the owner's page say the same; -1 where they do not."""
    moves = moves_of(set(consigned()))
    gone = sum(move.amount for move in written_off(moves))
    stated = sum(line["amount"] for paper in journal_.documents(kind="LOSS_REPORT") for line in paper.body["lines"])
    told = sum(
        loss.amount
        for party in {owner for owner, _receiver in consigned().values()}
        for path in supply_.giver_page(party)
        for line in path.lines
        for loss in line.losses
        if loss.number and loss.where and loss.words
    )
    return stated if stated == told == gone and not undocumented(moves) else -1


def pages_that_end_in_signatures(_stage: Stage) -> int:
    """Pages whose every line is signed for, but for what a report says is gone."""
    ended = 0
    for party in {owner for owner, _receiver in consigned().values()}:
        lines = [line for path in supply_.giver_page(party) for line in path.lines]
        ended += bool(lines) and all(
            line.stage == "SIGNED" and line.signed_for + sum(loss.amount for loss in line.losses) == line.line.arrived
            for line in lines
        )
    return ended


def trucks_with_one_item_of_two_owners(_stage: Stage) -> int:
    """Vehicles out of which one item of several owners was handed over, each to its own receiver only."""
    came_in = consigned()
    facts = {lot.id: lot for lot in book.lots(list(came_in))}
    aboard: dict[tuple[UUID, UUID], set[UUID]] = defaultdict(set)
    for move in moves_of(set(came_in)):
        if move.source.state is State.ABOARD and move.target.state is State.HANDED_OVER:
            if move.target.holder != came_in[move.lot][1]:
                return 0
            aboard[move.source.holder, facts[move.lot].item].add(facts[move.lot].owner)
    return len({truck for (truck, _item), owners in aboard.items() if len(owners) > 1})


def refused_with_a_reason(_stage: Stage) -> int:
    return sum(
        line.verdict == "REFUSED" and bool(line.why)
        for request in supply_.carriage_requests()
        for line in request.lines
    )


def suitcases_with_the_beijing_team(stage: Stage) -> int:
    found = book.balances(
        holders=[stage.party("北京协和医院援鄂医疗队")], states=[State.HANDED_OVER], items=[item("suitcase").id]
    )
    wrong = book.balances(holders=[stage.party("华中科技大学同济医学院附属协和医院")])
    return sum(view.posted for view in found) - sum(view.posted for view in wrong)


MEASURES: dict[str, Any] = {
    "consignors": consignors,
    "lots_carried": lots_carried,
    "owner_changed_before_signature": lambda _stage: pieces_of_another_owner(),
    "units_with_strangers": units_with_strangers,
    "community_use_by_word_and_two_hands": community_use_by_word_and_two_hands,
    "lost_and_reported": lost_and_reported,
    "pages_that_end_in_signatures": pages_that_end_in_signatures,
    "trucks_with_one_item_of_two_owners": trucks_with_one_item_of_two_owners,
    "refused_with_a_reason": refused_with_a_reason,
    "suitcases_with_the_beijing_team": suitcases_with_the_beijing_team,
}

FACTS: dict[str, Any] = {
    "handed_over_units": lambda _stage: sum(b.posted for b in book.balances(states=[State.HANDED_OVER])),
    "waybills": lambda stage: len(freight_.waybills(now=stage.now, limit=ALL)),
    "documents": lambda _stage: len(journal_.documents(limit=ALL)),
}
