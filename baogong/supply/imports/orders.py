"""Paid retail orders: what customers bought before a freeze."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.engine.sheets.kinds import LineOutcome, Status, refused
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.tables import Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.supply.imports.columns import AMOUNT, ITEM, NOTE, SITE, SPEC, UNIT
from baogong.supply.imports.rows import chosen, each_row, known_keys, remember
from baogong.supply.models import RetailOrder
from baogong.supply.queries.board import retail_balances
from baogong.supply.services.orders import PaidOrder, hold_for_order, refuse_delisted
from baogong.supply.sheets import Line, Reader, counted_again, settled

ORDER_COLUMNS = (
    SITE,
    ITEM,
    AMOUNT,
    UNIT,
    SPEC,
    Column(
        "reference",
        "订单号",
        "order number",
        also=("单号", "订单编号", "order", "order no"),
        longest=longest(RetailOrder, "reference"),
    ),
    Column("paid_at", "付款时间", "paid at", also=("支付时间", "下单时间", "payment time")),
    NOTE,
)


def classify_orders(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a row. Rows are served in their order from what the site has free; what is not there is refused."""
    reader = Reader("orders", table, ORDER_COLUMNS, profile, now)
    lines = list(each_row(reader, _read_order))
    known = known_keys(lines)
    free: dict[tuple[str, str], int] = {}
    return tuple(_judged_order(line, known, free) if isinstance(line, Line) else line for line in lines)


def _read_order(reader: Reader, row: Row) -> Line | None:
    line = Line(row.where)
    site = reader.or_above(row, "site", "a warehouse of the register of sites", line=line)
    reader.goods(line, row)
    if line.payload.get("amount") == 0:
        return None
    reader.find_party(line, "site", site, kinds=["SITE"], may_be_new=False, is_place=True)
    paid_at = reader.moment(row, "paid_at", line=line)
    line.payload |= {
        "item_text": reader.text(row, "item"),
        "reference": reader.text(row, "reference"),
        "paid_at": paid_at.isoformat() if paid_at else None,
    }
    said = ("item", "item_text", "number", "unit", "spec", "reference", "paid_at")
    key, before = reader.key(site.text, *(line.payload.get(name) for name in said))
    line.payload["key"] = str(key)
    if before:
        line.doubts.append("the same row stands above")
    line.text = f"{site.text} · {line.payload['item_text']} × {line.payload.get('amount', line.payload['number'])}"
    return line


def _judged_order(line: Line, known: set[str], free: dict[tuple[str, str], int]) -> LineOutcome:
    payload = line.payload
    if payload["key"] in known:
        return LineOutcome(line.where, Status.UNCHANGED, payload, line.text)
    if not payload.get("item") or not payload["site"]:
        return line.outcome()
    order, site = _order(payload), UUID(payload["site"])
    place = (payload["site"], payload["item"])
    if place not in free:
        free[place] = sum(view.free for view in retail_balances(sites=[site], items=[order.item]))
    try:
        refuse_delisted(site, order)
    except BaogongError as error:
        return refused(line.where, error)
    if order.amount > free[place]:
        return LineOutcome(
            line.where,
            Status.REFUSED,
            text=line.text,
            sure=0.0,
            found=str(order.amount),
            expected=f"at most {free[place]}, what is free at this site",
            cure="Count the site first; an order paid before a freeze may need part of it lifted.",
        )
    free[place] -= order.amount
    return line.outcome()


def ask_again(outcome: LineOutcome, now: datetime) -> LineOutcome:
    """Where it was paid is settled: only now it can be seen whether that site has what it promises."""
    payload = counted_again(settled(outcome.payload))
    if not payload.get("site"):
        return outcome
    order, site = _order(payload), UUID(payload["site"])
    refuse_delisted(site, order)
    free = sum(view.free for view in retail_balances(sites=[site], items=[order.item]))
    if order.amount <= free:
        return outcome
    return replace(
        outcome,
        status=Status.WAITING,
        payload=payload,
        sure=0.5,
        found=f"{order.amount:,} paid for, {free:,} free at this site",
        cure="Count the site first, then look it up again.",
        candidates=(),
        asks="",
        may_be_new=False,
        may_look_again=True,
    )


def _order(payload: dict[str, Any]) -> PaidOrder:
    return PaidOrder(
        item=UUID(payload["item"]),
        amount=payload["amount"],
        reference=payload["reference"],
        paid_at=datetime.fromisoformat(payload["paid_at"]) if payload["paid_at"] else None,
    )


def apply_orders(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One order a line."""
    for line in lines:
        if line.status.is_sound:
            payload = counted_again(settled(line.payload))
            order = hold_for_order(
                site=UUID(chosen(payload, "site")),
                order=_order(payload),
                actor=actor,
                now=now,
                request_id=derived_id("order", payload["key"]),
            )
            remember("orders", [payload["key"]], order, now)
