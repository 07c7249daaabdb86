"""`baogong purchase …`: orders to suppliers, paid from the funds whose givers allow it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import fen, key, moment_if, only, parts, party, whole
from baogong.ops.words import item as item_of

purchase = typer.Typer(help="Orders to suppliers, and which money pays them.", no_args_is_help=True)

SHOWN = sheet(
    "number state buyer_name supplier_name price_fen committed_fen drawn_fen owed_fen note ordered_at id",
    lines="no item_zh amount unit price_fen median_fen median_ratio is_far_from_median receiver_name due_at received",
)


def register(app: typer.Typer) -> None:
    app.add_typer(purchase, name="purchase")


@reads(
    purchase,
    "list",
    rows("number supplier_name price_fen ordered_at lines_count came_count closed_count id"),
    example="baogong purchase list",
)
def list_(look: Look) -> Any:
    """What was ordered, the newest first."""
    from baogong.supply.queries import purchase_heads

    return purchase_heads()


@reads(purchase, "show", SHOWN, example="baogong purchase show PO-0001")
def show(look: Look, number: Annotated[str, typer.Argument(metavar="PURCHASE", help="Its number or its id.")]) -> Any:
    """One order: which funds pay each line, what came; and a price far from the median of those before it."""
    from baogong.supply.queries import purchase as view_of
    from baogong.supply.queries import purchase_heads

    asked = key(number)
    if isinstance(asked, UUID):
        return view_of(asked)
    found = {head.number: head for head in purchase_heads() if head.number == asked}
    return view_of(only(found, "purchase", number, "`baogong purchase list` shows them.").id)


@writes(
    purchase,
    "order",
    SHOWN,
    example="baogong purchase order 华信医疗器械 --buyer 武汉市慈善总会 "
    "--line item=surgical-mask,amount=700,price=1500,for=武汉大学中南医院 --as lin",
)
def order(
    desk: Desk,
    supplier: Annotated[str, typer.Argument(help="Who sells.")],
    buyer: Annotated[str, typer.Option(help="Whose funds pay.")],
    line: Annotated[
        list[str],
        typer.Option(
            metavar="PARTS",
            help="item=, amount= in base units, price= yuan of the whole line, standard=, for= whom, due= with commas.",
        ),
    ],
    note: str = "",
) -> Any:
    """Order and set the money aside, the most restricted first. A price far from those before is told, never refused."""
    from baogong.supply.queries import purchase as view_of
    from baogong.supply.services import PurchaseLine, commit_purchase

    def ordered() -> UUID:
        found = [
            parts(text, ("item", "amount", "price", "standard", "for", "due"), "--line", ("item", "amount", "price"))
            for text in line
        ]
        return commit_purchase(
            supplier=party(supplier),
            buyer=party(buyer),
            lines=[
                PurchaseLine(
                    item=item_of(each["item"]),
                    amount=whole(each["amount"], "--line", 1),
                    price_fen=fen(each["price"], "--line"),
                    standard=each.get("standard", ""),
                    receiver=party(each["for"]) if "for" in each else None,
                    due_at=moment_if(each.get("due"), desk.now, "--line"),
                )
                for each in found
            ],
            note=note,
            **desk.signed,
        )

    return view_of(desk.once_made(ordered))
