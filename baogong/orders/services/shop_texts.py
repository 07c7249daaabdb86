"""
Texts to those who ordered at a shop, by the outbox where the house has a gateway: what the order's own page says as well.

A message holds ids and figures; whose telephone it goes to is looked up when it is sent, and nobody's once they are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from baogong.journal.services import put_out_each, texting
from baogong.journal.services.outbox import Message
from baogong.kernel.actor import THE_HOUSE
from baogong.orders.models import ShopOrder
from baogong.people.queries.parties import party_names
from baogong.people.services.identity import reveal_for_work

TEMPLATE = "orders.order."
TOO_FEW_RIDERS_ZH = "骑手不够"  # where no reason was given
_WORDS_ZH = {
    "short": "拣货时缺 {short} 份，其中 {instead} 份按您选的换货；没有的不收钱。",
    "late": "{why}，改在 {until} 前送到。",
    "come-down": "配送员已出发。",
    "lost": "途中丢失，店里会补送一份，或退还您付的钱。",
    "again": "补送的一份正在准备。",
}


def put_out_texts(orders: Iterable[ShopOrder], what: str, now: datetime, *, once: object = "", **told: Any) -> None:
    """
    One text of a kind to whoever made each order; the same again is the same text. In the caller's transaction.

    once  tells texts of one kind about one order apart: an order may be late twice
    """
    if texting.is_open():
        rows = {row.id: row for row in orders}.values()
        put_out_each(
            channel=texting.CHANNEL,
            template=f"{TEMPLATE}{what}",
            messages=[
                (row.orderer_id, {"order": str(row.id), **told}, f"text order {row.id} {what} {once}".strip()) for row in rows
            ],
            now=now,
        )  # fmt: skip


def write_text(message: Message) -> texting.Text | None:
    """The text of one message about an order, to the telephone it was made with; None where none is kept any more."""
    from baogong.orders.services.shop_orders import purpose_of

    row = ShopOrder.objects.select_related("day__shop").get(id=message.payload["order"])
    phones = reveal_for_work(
        parties=[row.orderer_id], what="PHONE", purpose=purpose_of(row.day.shop.office_id), actor=THE_HOUSE,
        now=message.now, why="text", known_since=message.now,
    )  # fmt: skip
    if row.orderer_id not in phones:
        return None
    told = dict(message.payload)
    if "until_at" in told:
        told["until"] = f"{timezone.localtime(datetime.fromisoformat(told['until_at'])):%H:%M}"
    told["why"] = told.get("why") or TOO_FEW_RIDERS_ZH
    words = _WORDS_ZH[message.template.removeprefix(TEMPLATE)].format(**told)
    return texting.Text(
        phones[row.orderer_id], party_names([row.day.shop_id])[row.day.shop_id][0], f"{words}取货码 {row.code}。"
    )


def register() -> None:
    """Called when the room starts."""
    texting.write_with(TEMPLATE, write_text)
