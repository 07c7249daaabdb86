"""
The funds after every movement, added up afresh from the book and its papers.

What a fund was given stands on papers: receipts of the bank, and earmarks moved with two signatures. Where its money is
stands in the movements: unspent and committed at its trustee, drawn at the suppliers that purchases name. Both tellings
must agree after every batch of the book; money that went anywhere else is missing in the second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from baogong.catalogue.queries import MONEY
from baogong.journal import queries as journal_
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import Reason, State
from baogong.supply import queries as supply_

ALL = 100_000


@dataclass(slots=True)
class Purse:
    """One fund's fen: by its papers, and where the movements left them."""

    given: int = 0
    unspent: int = 0
    committed: int = 0
    drawn: int = 0

    @property
    def adds_up(self) -> bool:
        whole = self.unspent + self.committed + self.drawn == self.given
        return whole and min(self.unspent, self.committed, self.drawn) >= 0


@dataclass(slots=True)
class Replay:
    """
    purses      lot → its money after the last batch read
    suppliers   where drawn money stands
    """

    funds: Mapping[UUID, supply_.FundView]
    suppliers: frozenset[UUID]
    receipts: Mapping[UUID, Mapping[UUID, int]]
    moved: Mapping[UUID, tuple[UUID, UUID, int]]
    purses: dict[UUID, Purse] = field(default_factory=lambda: defaultdict(Purse))
    seen: set[UUID] = field(default_factory=set)

    def read(self, moves: list[MovementView]) -> None:
        """One batch."""
        for move in moves:
            self._paper(move)
            fund = self.funds.get(move.lot)
            if fund is None:
                continue
            purse = self.purses[move.lot]
            if move.tense == "HELD":
                purse.unspent -= move.amount
                purse.committed += move.amount
            elif move.tense in ("VOIDED", "EXPIRED"):
                purse.unspent += move.amount
                purse.committed -= move.amount
            elif move.tense == "POSTED":
                self._post(move, fund, purse)

    def _post(self, move: MovementView, fund: supply_.FundView, purse: Purse) -> None:
        for end, sign in ((move.source, -1), (move.target, 1)):
            if end.holder == fund.trustee and end.state is State.AVAILABLE:
                if sign < 0 and move.hold is not None:
                    purse.committed -= move.amount
                else:
                    purse.unspent += sign * move.amount
            elif end.holder in self.suppliers:
                purse.drawn += sign * move.amount

    def _paper(self, move: MovementView) -> None:
        """What the paper behind a movement gives, the first time it is met."""
        paper = move.document
        if paper is None or paper in self.seen:
            return
        if paper in self.receipts:
            for lot, fen in self.receipts[paper].items():
                self.purses[lot].given += fen
            self.seen.add(paper)
        elif paper in self.moved and move.reason is Reason.RE_EARMARK:
            old, new, fen = self.moved[paper]
            self.purses[old].given -= fen
            self.purses[new].given += fen
            self.seen.add(paper)

    @property
    def adds_up(self) -> bool:
        return all(purse.adds_up for purse in self.purses.values())


def start() -> Replay:
    funds = supply_.funds()
    lots = {(fund.gift, fund.no): fund.lot for fund in funds}
    by_id = {str(fund.id): fund for fund in funds}
    receipts: dict[UUID, dict[UUID, int]] = {}
    for paper in journal_.documents(kind="MONEY_RECEIPT", limit=ALL):
        parts = {int(no): fen for no, fen in paper.body["parts"].items()}
        receipts[paper.id] = {lots[UUID(paper.body["gift"]), no]: fen for no, fen in parts.items()}
    moved: dict[UUID, tuple[UUID, UUID, int]] = {}
    for paper in journal_.documents(kind="RE_EARMARK", limit=ALL):
        into = [fund for fund in funds if fund.document == paper.id]
        if paper.is_in_force and len({one.person for one in paper.signatures}) == 2 and into:
            moved[paper.id] = (by_id[paper.body["fund"]].lot, into[0].lot, paper.body["terms"]["amount_fen"])
    suppliers = frozenset(UUID(paper.body["supplier"]) for paper in journal_.documents(kind="PURCHASE", limit=ALL))
    return Replay({fund.lot: fund for fund in funds}, suppliers, receipts, moved)


def batches() -> Iterator[list[MovementView]]:
    """Every batch in which money moved, in order."""
    moves = sorted(book.movements(items=[MONEY], limit=ALL), key=lambda move: move.seq)
    for _batch, group in groupby(moves, key=lambda move: move.batch):
        yield list(group)
