"""Money is kept in the funds, never as goods."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.supply.errors import MoneyAmongGoods


def refuse_money(items: Iterable[UUID]) -> None:
    """Raises MoneyAmongGoods where one of the items is counted in fen."""
    money = catalogue.money_items()
    if found := next((item for item in items if item in money), None):
        raise MoneyAmongGoods(
            "Money is not goods: it stands in the funds, under its giver's earmark.",
            where="item",
            found=catalogue.item(found).name_zh,
            expected="goods, not money",
            cure="Enter money as a gift of money (list kind funds, page Money).",
        )
