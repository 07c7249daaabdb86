"""`baogong stock …`: what stands where, counted and set aside. Sheets come in by `baogong import stock FILE`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import item as item_of
from baogong.ops.words import moment_if, named, pairs, party, whole

stock = typer.Typer(help="Stock: counted, sold, frozen, promised, free.", no_args_is_help=True)

FIGURES = "counted sold committed frozen given promised relief_free retail_free"
Sites = Annotated[list[str] | None, typer.Option("--site", help="Only this site; may be given again.")]
Items = Annotated[list[str] | None, typer.Option("--item", help="Only this item; may be given again.")]


def register(app: typer.Typer) -> None:
    app.add_typer(stock, name="stock")


@reads(stock, "board", rows(f"site_name item_zh {FIGURES}"), example="baogong stock board --site 廊坊仓")
def board(look: Look, site: Sites = None, item: Items = None) -> Any:
    """One row per site and item; amounts in base units."""
    from baogong.supply.queries import stock_board

    found = stock_board(
        sites=[party(each) for each in site] if site else None, items=[item_of(each) for each in item] if item else None
    )
    return named(found, site="party", item="item")


@reads(
    stock,
    "relief",
    rows("site_name item_zh state owner_name donor_name standard expires_on posted held free lot"),
    example="baogong stock relief --item 防护服",
)
def relief(
    look: Look,
    site: Sites = None,
    item: Items = None,
    every: Annotated[bool, typer.Option("--all", help="Also what is promised to the last piece.")] = False,
) -> Any:
    """Goods that may be promised to receivers, lot by lot: frozen, given, or carried for somebody."""
    from baogong.supply.queries import relief_stock

    found = relief_stock(
        sites=[party(each) for each in site] if site else None,
        items=[item_of(each) for each in item] if item else None,
        is_free=not every,
    )
    return named(found, site="party", item="item", owner="party", donor="party")


@writes(
    stock,
    "count",
    sheet("site_name count", stock=f"item_zh {FIGURES}"),
    example="baogong stock count 廊坊仓 --line n95-mask=3000 --as qian",
)
def count(
    desk: Desk,
    site: Annotated[str, typer.Argument(help="Where it was counted.")],
    line: Annotated[list[str], typer.Option(metavar="ITEM=AMOUNT", help="What was counted, in base units.")],
    standard: Annotated[str, typer.Option(help="The standard of what was counted.")] = "",
    carton: Annotated[int | None, typer.Option(min=1, help="Base units in a carton.")] = None,
    at: Annotated[str | None, typer.Option(metavar="WHEN", help="When it was counted; now if not said.")] = None,
) -> Any:
    """A count by hand of the site's own goods; lots it does not name stay as they are."""
    from baogong.supply.queries import stock_board
    from baogong.supply.services import Counted, count_stock

    def counted() -> UUID:
        return count_stock(
            site=party(site),
            lines=[
                Counted(item=item_of(name), amount=whole(amount, name), standard=standard, pieces_per_carton=carton)
                for name, amount in pairs(line, "--line")
            ],
            counted_at=moment_if(at, desk.now, "--at") or desk.now,
            **desk.signed,
        )

    made, where = desk.once_made(counted), party(site)
    return {"count": made, "site": where, "stock": named(stock_board(sites=[where]), item="item")}


@writes(
    stock,
    "doubt",
    sheet("number title state", figures="source text amount", signatures="name at"),
    example="baogong stock doubt 首批支援件数 --figure '商城公告|1万3件|13000' --figure '转载报道|130,000|130000' "
    "--holds 13000 --why 公告为原件 --as lin",
)
def doubt(
    desk: Desk,
    about: Annotated[str, typer.Argument(help="What two sources tell differently.")],
    figure: Annotated[list[str], typer.Option(metavar="SOURCE|TEXT|AMOUNT", help="Who says what, and how it is read.")],
    holds: Annotated[int, typer.Option(min=0, help="The amount that holds: one of those read.")],
    why: Annotated[str, typer.Option(help="Why.")],
) -> Any:
    """Put on record which of several contradicting figures holds. Nothing is averaged."""
    from baogong.journal.queries import document
    from baogong.supply.services import FigureRead, settle_doubt

    def settled() -> UUID:
        read = [([*text.split("|"), "", ""])[:3] for text in figure]
        figures = [
            FigureRead(source=source.strip(), text=text.strip(), amount=whole(amount, "--figure"))
            for source, text, amount in read
        ]
        return settle_doubt(about=about, figures=figures, chosen=holds, why=why, **desk.signed)

    paper = plain(document(desk.once_made(settled)))
    return {**paper, "figures": paper["body"]["figures"]}
