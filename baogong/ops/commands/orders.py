"""`baogong order …`: customers' paid orders, which ship whatever is frozen. They come in by `baogong import orders`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import named, party, party_if, sure_id

order = typer.Typer(help="Paid retail orders.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(order, name="order")


@reads(
    order,
    "list",
    rows("site_name reference item_zh amount paid_at state id"),
    example="baogong order list --site 廊坊仓",
)
def list_(look: Look, site: Annotated[str | None, typer.Option(help="Only this site's.")] = None) -> Any:
    """Paid orders still to be shipped, the oldest first."""
    from baogong.supply.queries import open_orders

    return named(open_orders(party_if(site)), site="party", item="item")


@writes(
    order,
    "cancel",
    sheet("id state"),
    example="baogong order cancel 0189c0de-0000-7000-8000-000000000000 --why 顾客退款 --as qian",
)
def cancel(
    desk: Desk,
    number: Annotated[str, typer.Argument(metavar="ORDER", help="Its id, as the list shows it.")],
    why: Annotated[str, typer.Option(help="Why.")],
) -> Any:
    """The customer was paid back: what the order held is free again."""
    from baogong.supply.services import cancel_order

    found = sure_id(number, "order")
    desk.once(lambda: cancel_order(order=found, why=why, **desk.signed))
    return {"id": found, "state": "CANCELLED"}


@writes(order, "ship", sheet("number title state", signatures="name at"), example="baogong order ship 廊坊仓 --as qian")
def ship(desk: Desk, site: Annotated[str, typer.Argument(help="Where the carrier took the parcels.")]) -> Any:
    """Every paid order of a site leaves; the answer is the shipment's document."""
    from baogong.journal.queries import document
    from baogong.supply.services import ship_orders

    return document(desk.once_made(lambda: ship_orders(site=party(site), **desk.signed)))
