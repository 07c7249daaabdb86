"""`baogong item …`: the kinds of goods, and what a text names."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import typer

from baogong.kernel.actor import Duty
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes

item = typer.Typer(help="The catalogue of goods.", no_args_is_help=True)

REGISTRARS = (Duty.COMMAND, Duty.CLERK)
SHOWN = sheet(
    "name_zh name_en code unit category daily_use_milli aliases standards id",
    cartons="pieces length_mm width_mm height_mm weight_g is_estimate",
)

Text = Annotated[str, typer.Argument(metavar="ITEM", help="A code, a name, an alias or an id.")]


def register(app: typer.Typer) -> None:
    app.add_typer(item, name="item")


@reads(item, "list", rows("code name_zh name_en unit aliases"), example="baogong item list")
def list_(look: Look) -> Any:
    """Every item of the catalogue."""
    from baogong.catalogue.queries import items

    return items()


@reads(item, "show", SHOWN, example="baogong item show 医用外科口罩")
def show(look: Look, text: Text) -> Any:
    """One item, its standards and its cartons."""
    from baogong.catalogue.queries import cartons, sure_item
    from baogong.ops.tables import plain

    found = sure_item(text)
    return {**plain(found), "cartons": plain(cartons(found.id))}


@reads(
    item,
    "find",
    sheet("status item.name_zh item.code", candidates="item.name_zh item.code score why"),
    example="baogong item find 口罩",
)
def find(look: Look, text: Annotated[str, typer.Argument(help="As somebody wrote it.")]) -> Any:
    """What a text names: EXACT for a code, a name or an alias; else what it may mean, for a person to choose."""
    from baogong.catalogue.queries import find_item

    return find_item(text)


@writes(item, "add", SHOWN, example="baogong item add 隔离面罩 --name-en 'Isolation mask' --unit PIECE --as wu")
def add(
    desk: Desk,
    name_zh: Annotated[str, typer.Argument(metavar="NAME", help="The Chinese name.")],
    name_en: Annotated[str, typer.Option("--name-en", help="The English name.")] = "",
    code: Annotated[str, typer.Option(help="Made from the name where it is left out.")] = "",
    unit: Annotated[str, typer.Option(help="The base unit: PIECE, SET, PAIR, BOTTLE, PACK …")] = "PIECE",
    category: str = "",
    daily_use: Annotated[float | None, typer.Option(min=0, help="Base units per person and day.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Another name.")] = None,
) -> Any:
    """Add an item, or find the one of this code and names."""
    from baogong.catalogue.queries import item as view_of
    from baogong.catalogue.services import add_item

    def added() -> Any:
        desk.actor.require(*REGISTRARS)
        return add_item(
            name_zh=name_zh,
            name_en=name_en,
            code=code,
            unit=unit.upper(),
            category=category,
            daily_use=None if daily_use is None else Decimal(str(daily_use)),
            aliases=alias or (),
        )

    return view_of(desk.once_made(added))
