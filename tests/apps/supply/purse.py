"""A federation that holds money in trust, two hospitals, a supplier: what the tests of funds and purchases share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from baogong.journal.clock import mark_drill
from baogong.journal.services import sign
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from baogong.supply import queries
from baogong.supply import services as supply
from tests.apps.supply.world import World, make_world
from tests.cast import NOW

MASK, SUIT, METER = "surgical-mask", "protective-suit", "thermometer"


@dataclass(frozen=True)
class Purses:
    """`world.company` gives, the federation holds; Huaxin sells."""

    world: World
    federation: UUID
    supplier: UUID

    @property
    def lin(self) -> Actor:
        return self.world.cast.lin

    @property
    def zhongnan(self) -> UUID:
        return self.world.cast.hospital

    @property
    def union(self) -> UUID:
        return self.world.union

    def item(self, code: str) -> UUID:
        return self.world.item(code)

    def give(
        self,
        *slices: supply.Slice,
        donor: UUID | None = None,
        trustee: UUID | None = None,
        came: bool = True,
        now: datetime = NOW,
    ) -> list[UUID]:
        """Money given and come; its funds."""
        gift = supply.register_money_gift(
            donor=donor or self.world.company,
            trustee=trustee or self.federation,
            slices=slices,
            actor=self.lin,
            now=now,
            request_id=new_id(),
        )
        if came:
            supply.receive_money(gift=gift, actor=self.lin, now=now, request_id=new_id())
        return [fund.id for fund in queries.money_gift(gift).funds]

    def slice(
        self,
        yuan: float,
        *,
        to: Sequence[UUID] = (),
        items: Sequence[str] = (),
        purpose: str = "",
        until: date | None = None,
    ) -> supply.Slice:
        return supply.Slice(round(yuan * 100), tuple(to), tuple(self.item(code) for code in items), purpose, until)

    def line(
        self, code: str, amount: int, yuan: float, to: UUID | None = None, due_at: datetime | None = None
    ) -> supply.PurchaseLine:
        return supply.PurchaseLine(self.item(code), amount, round(yuan * 100), receiver=to, due_at=due_at)

    def order(self, *lines: supply.PurchaseLine, now: datetime = NOW, **more: Any) -> UUID:
        asked: dict[str, Any] = {
            "buyer": self.federation,
            "supplier": self.supplier,
            "actor": self.lin,
            "request_id": new_id(),
        } | more
        return supply.commit_purchase(lines=lines, now=now, **asked)

    def receive(self, purchase: UUID, *amounts: int, now: datetime = NOW, **more: Any) -> UUID:
        """`amounts` of lines 1, 2, … arrive at Langfang's warehouse; 0: nothing of that line."""
        said = [supply.Delivered(no, amount) for no, amount in enumerate(amounts, start=1) if amount]
        asked: dict[str, Any] = {"site": self.world.langfang, "actor": self.lin, "request_id": new_id()} | more
        return supply.receive_purchase(purchase=purchase, deliveries=said, now=now, **asked)

    def bill(self, purchase: UUID, *yuan: float, reference: str = "", now: datetime = NOW) -> UUID:
        lines = [supply.Billed(no, round(one * 100)) for no, one in enumerate(yuan, start=1) if one]
        return supply.record_invoice(
            purchase=purchase,
            reference=reference or str(new_id()),
            lines=lines,
            actor=self.lin,
            now=now,
            request_id=new_id(),
        )

    def pay(self, invoice: UUID, *, now: datetime = NOW, **more: Any) -> UUID:
        return supply.pay_invoice(invoice=invoice, actor=self.lin, now=now, request_id=new_id(), **more)

    def refund(self, purchase: UUID, *lines: supply.Refunded, now: datetime = NOW) -> UUID:
        return supply.refund_purchase(
            purchase=purchase, lines=lines, why="returned", actor=self.lin, now=now, request_id=new_id()
        )

    def call_off(self, purchase: UUID, amounts: dict[int, int] | None = None, now: datetime = NOW) -> UUID:
        return supply.cancel_purchase(
            purchase=purchase, why="too late", actor=self.lin, now=now, request_id=new_id(), amounts=amounts
        )

    def move(self, fund: UUID, terms: supply.Slice, now: datetime = NOW) -> UUID:
        """Two sign a new earmark; the new fund."""
        document = supply.propose_re_earmark(
            fund=fund,
            terms=terms,
            why="the hospital has enough",
            consent_by=queries.fund(fund).donor,
            consent_text="letter of 24 January",
            actor=self.lin,
            now=now,
            request_id=new_id(),
        )
        sign(document=document, actor=self.world.cast.mei, now=now)
        return queries.fund(fund).moved_to[-1]

    def split(self, purchase: UUID, no: int = 1) -> dict[UUID, int]:
        """fund → yuan it has promised or given for a line"""
        line = queries.purchase(purchase).lines[no - 1]
        return {part.fund: (part.open_fen + part.drawn_fen) // 100 for part in line.paid_by}


def make_purses_in_drill() -> Purses:
    mark_drill(name="money", at=NOW)
    return make_purses()


def make_purses() -> Purses:
    world = make_world()
    return Purses(
        world=world,
        federation=register_party(kind="ORGANISATION", name="武汉市慈善总会", city="武汉", now=NOW),
        supplier=register_party(kind="ORGANISATION", name="华信医疗器械", city="武汉", now=NOW),
    )


def assert_adds_up() -> tuple[tuple[queries.FundView, ...], tuple[queries.PurchaseView, ...]]:
    """drawn + committed + unspent = gift, and the rows of purchases say what the book says."""
    funds, purchases = queries.funds(), queries.purchases()
    committed: dict[UUID, int] = {}
    drawn: dict[UUID, int] = {}
    for purchase in purchases:
        for line in purchase.lines:
            for part in line.paid_by:
                committed[part.fund] = committed.get(part.fund, 0) + part.open_fen
                drawn[part.fund] = drawn.get(part.fund, 0) + part.drawn_fen
            assert line.open_fen + line.ahead_fen + line.worth_fen + line.credited_fen == (
                line.price_fen + line.refundable_fen
            ), line
    for view in funds:
        assert view.drawn_fen + view.committed_fen + view.unspent_fen == view.gift_fen, view
        assert min(view.drawn_fen, view.committed_fen, view.unspent_fen) >= 0, view
        assert view.committed_fen == committed.get(view.id, 0), view
        assert view.drawn_fen == drawn.get(view.id, 0), view
    return funds, purchases
