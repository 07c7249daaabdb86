"""What was bought arrives, is billed, paid, in part sent back; and is promised to the hospital it was bought for."""

from __future__ import annotations

from uuid import UUID

from baogong.catalogue.queries import carton_for, item
from baogong.needs import services as needs
from baogong.ops.scenarios.earmarked_funds_2020 import breaks
from baogong.ops.scenarios.earmarked_funds_2020.cast import OWN_STORE, STORE
from baogong.ops.scenarios.earmarked_funds_2020.orders import EVERY, ORDERS, Ordered
from baogong.ops.scenarios.stage import Stage, local
from baogong.supply import queries as supply_
from baogong.supply import services as supply

AHEAD = ("6", 24_000_000)  # the maker of disinfectors wants thirty per cent before it builds
OVER = ("10", 113_400_000)  # billed at 189 yuan a suit, ordered at 180
TORN_SUITS = ("9", 200)


def pay_ahead(stage: Stage) -> None:
    name, fen = AHEAD
    if f"order {name}" in stage.ids:
        bill = _record(stage, name, f"{name}-定金", {1: fen})
        _pay(stage, bill, f"{name}-定金", is_ahead=True)


def receive_early(stage: Stage) -> None:
    for name, (_supplier, lines) in EVERY.items():
        if f"order {name}" in stage.ids:
            stage.ids[f"early {name}"] = stage.ids[f"order {name}"]
            _receive(stage, name, "early", {no: line.early for no, line in enumerate(lines, 1) if line.early})


def receive_the_rest(stage: Stage) -> None:
    for name, (_supplier, lines) in EVERY.items():
        if f"order {name}" in stage.ids and not breaks.called_off(stage, name):
            came = {no: line.early if f"early {name}" in stage.ids else 0 for no, line in enumerate(lines, 1)}
            rest = {no: line.amount - came[no] for no, line in enumerate(lines, 1)}
            _receive(stage, name, "rest", {no: amount for no, amount in rest.items() if amount})


def _receive(stage: Stage, name: str, part: str, amounts: dict[int, int]) -> None:
    lines = EVERY[name][1]
    if amounts:
        stage.ids[f"{part} delivery {name}"] = supply.receive_purchase(
            purchase=stage.ids[f"order {name}"],
            site=stage.party(STORE if name in ORDERS else OWN_STORE),
            deliveries=[
                supply.Delivered(no, amount, pieces_per_carton=_pieces(lines[no - 1])) for no, amount in amounts.items()
            ],
            actor=stage.actors["qian"],
            now=stage.now,
            request_id=stage.request_id("receive", part, name),
        )


def _pieces(line: Ordered) -> int:
    return carton_for(item(line.code).id).pieces


def bill_and_pay(stage: Stage, *names: str) -> None:
    """Each purchase's bill, entered by the clerk and paid by the command; one asks for more than was ordered."""
    for name in names or EVERY:
        if f"order {name}" not in stage.ids or breaks.called_off(stage, name) or f"billed {name}" in stage.ids:
            continue
        fen = {no: line.price_fen for no, line in enumerate(EVERY[name][1], 1)}
        if name == AHEAD[0]:
            fen[1] -= AHEAD[1]
        if name == OVER[0]:
            fen[1] = OVER[1]
        bill = stage.ids[f"billed {name}"] = _record(stage, name, name, fen)
        if breaks.unpaid(stage, name):
            continue
        if name == OVER[0]:
            if breaks.undecided(stage):
                continue
            supply.settle_invoice(
                invoice=bill,
                settled=supply.Settled.ORDERED,
                why="合同单价 180 元，账单写成 189 元，按合同付",
                actor=stage.actors["lin"],
                now=stage.now,
                request_id=stage.request_id("settle", name),
            )
        _pay(stage, bill, name)


def _record(stage: Stage, name: str, reference: str, fen: dict[int, int]) -> UUID:
    return supply.record_invoice(
        purchase=stage.ids[f"order {name}"],
        reference=f"发票 {reference}",
        lines=[supply.Billed(no, amount) for no, amount in fen.items()],
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("bill", reference),
    )


def _pay(stage: Stage, bill: UUID, reference: str, *, is_ahead: bool = False) -> None:
    supply.pay_invoice(
        invoice=bill,
        is_ahead=is_ahead,
        reference=f"转账 {reference}",
        actor=stage.actors["zhao"],
        now=stage.now,
        request_id=stage.request_id("pay", reference),
    )


def send_torn_suits_back(stage: Stage) -> None:
    """Two hundred suits are torn: they go back, and their money returns to the fund that had paid them."""
    name, amount = TORN_SUITS
    delivery = stage.ids.get(f"rest delivery {name}")
    if delivery is None or breaks.refunded_by_hand(stage, delivery):
        return
    supply.refund_purchase(
        purchase=stage.ids[f"order {name}"],
        lines=[supply.Refunded(1, amount * ORDERS[name][1][0].price_yuan * 100, delivery=delivery, amount=amount)],
        why="抽检：200 套接缝开裂，退货退款",
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("refund", name),
    )


def promise_to_the_hospitals(stage: Stage, due: str) -> None:
    """Every bought lot to the hospital it was bought for."""
    breaks.before_promises(stage)
    for stock in supply_.relief_stock(sites=[stage.party(STORE), stage.party(OWN_STORE)]):
        if len(stock.earmark_parties) != 1 or not stock.free or breaks.left_behind(stage, stock):
            continue
        needs.allot(
            promise=needs.Promise(
                receiver=stock.earmark_parties[0],
                lot=stock.lot,
                site=stock.site,
                amount=stock.free,
                due_at=local(due),
                urgency=2,
            ),
            reason="专款采购：送指定医院",
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("allot", stock.lot),
        )
