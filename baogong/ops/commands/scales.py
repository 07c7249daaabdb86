"""`baogong weigh …`: packs on the scale, trucks on the weighbridge, deliveries held against their packs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.commands.kits import kit_named
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import only, parts, party, party_if, whole

weigh = typer.Typer(help="Scales: packs, trucks, and what a delivery weighed beside its packs.", no_args_is_help=True)

CAUSES = ("PACKAGING", "PALLETS", "MOISTURE", "TRIMMING", "COUNT", "OTHER")
SHOWN = sheet(
    "number what site_name kit_zh packs_count stands_for gross_g tare_g net_g stated_g total_g margin_g off_g each_g "
    "verdict plate ticket by_name weighed_at note"
)
STATEMENT = sheet(
    "number site_name kit_zh packs trucks delivered_g difference_g each_g unexplained_g allowed_g verdict at",
    causes="cause grams why",
)
Site = Annotated[str, typer.Argument(help="Where the scale stands.")]
By = Annotated[str, typer.Option("--by", help="Who read the scale.")]


def register(app: typer.Typer) -> None:
    app.add_typer(weigh, name="weigh")


@reads(
    weigh,
    "list",
    rows("number what site_name kit_zh plate net_g stated_g off_g each_g verdict by_name weighed_at id"),
    example="baogong weigh list --site 仙桃中转仓",
)
def list_(look: Look, site: Annotated[str | None, typer.Option(help="Only at this site.")] = None) -> Any:
    """The newest first."""
    from baogong.supply.queries import weighings

    return weighings(site=party_if(site))


@writes(
    weigh,
    "packs",
    SHOWN,
    example="baogong weigh packs vegetable-pack-5kg 仙桃中转仓 5200 5260 5230 --stands-for 4000 --by 包师傅 --as bao",
)
def packs(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="KIT", help="Its code, or its name.")],
    site: Site,
    weights: Annotated[list[int], typer.Argument(metavar="GRAMS", help="One by one, in their bags.")],
    by: By,
    stands_for: Annotated[int, typer.Option(min=1, help="For how many packs they speak.")],
    together: Annotated[
        int, typer.Option(min=0, help="So many packs were on the scale together; give one weight.")
    ] = 0,
    note: str = "",
) -> Any:
    """Some packs on the scale; they speak for all."""
    from baogong.supply.queries import weighing
    from baogong.supply.services import weigh_packs

    def weighed() -> UUID:
        return weigh_packs(
            kit=kit_named(name).id,
            site=party(site),
            weights_g=() if together else tuple(weights),
            sum_g=sum(weights) if together else 0,
            packs=together,
            stands_for=stands_for,
            by_name=by,
            note=note,
            **desk.signed,
        )

    return weighing(desk.once_made(weighed))


@writes(
    weigh,
    "truck",
    SHOWN,
    example="baogong weigh truck 仙桃中转仓 沪B12345 --gross-g 33000000 --tare-g 12000000 --stated-g 21000000 "
    "--ticket 0417-01 --by 周师傅 --as bao",
)
def truck(
    desk: Desk,
    site: Site,
    plate: Annotated[str, typer.Argument(help="As on the truck.")],
    gross_g: Annotated[int, typer.Option(min=1, help="Full.")],
    tare_g: Annotated[int, typer.Option(min=0, help="Empty.")],
    stated_g: Annotated[int, typer.Option(min=1, help="What it is said to carry, pallets included.")],
    by: By,
    ticket: Annotated[str, typer.Option(help="The number on the ticket.")] = "",
    tolerance: Annotated[int, typer.Option(min=0, max=100, help="Permille of what is stated.")] = 10,
    note: str = "",
) -> Any:
    """A truck on the weighbridge, full and empty."""
    from baogong.supply.queries import weighing
    from baogong.supply.services import weigh_truck

    def weighed() -> UUID:
        return weigh_truck(
            site=party(site),
            plate=plate,
            gross_g=gross_g,
            tare_g=tare_g,
            stated_g=stated_g,
            by_name=by,
            ticket=ticket,
            tolerance_permille=tolerance,
            note=note,
            **desk.signed,
        )

    return weighing(desk.once_made(weighed))


@reads(
    weigh,
    "compared",
    rows("number site_name kit_zh packs delivered_g difference_g each_g unexplained_g verdict at id"),
    example="baogong weigh compared --site 仙桃中转仓",
)
def compared(look: Look, site: Annotated[str | None, typer.Option(help="Only at this site.")] = None) -> Any:
    """Deliveries held against their packs."""
    from baogong.supply.queries import statements

    return statements(site=party_if(site))


@writes(
    weigh,
    "hold-against",
    STATEMENT,
    example="baogong weigh hold-against vegetable-pack-5kg 4000 WG-0001 --cause cause=PALLETS,grams=400000,why=20×20kg "
    "--as bao",
)
def hold_against(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="KIT", help="Its code, or its name.")],
    packs: Annotated[int, typer.Argument(min=1, help="How many there are.")],
    trucks: Annotated[list[str], typer.Argument(metavar="WEIGHING", help="Numbers of the trucks' weighings.")],
    cause: Annotated[
        list[str] | None, typer.Option(metavar="PARTS", help=f"cause= ({', '.join(CAUSES)}), grams=, why=")
    ] = None,
    tolerance: Annotated[int, typer.Option(min=0, max=100, help="Permille of what was delivered.")] = 10,
) -> Any:
    """Hold what trucks brought against so many packs; what stays open becomes a task."""
    from baogong.engine.packs import Explained
    from baogong.supply.queries import statement, weighings
    from baogong.supply.services import state_weights

    def stated() -> UUID:
        known = {view.number: view.id for view in weighings()}
        read = [parts(text, ("cause", "grams", "why"), "--cause", ("cause", "grams")) for text in cause or ()]
        return state_weights(
            trucks=[
                only({no: id for no, id in known.items() if no == each.upper()}, "weighing", each) for each in trucks
            ],
            kit=kit_named(name).id,
            packs=packs,
            causes=[Explained(each["cause"].upper(), _grams(each["grams"]), each.get("why", "")) for each in read],
            tolerance_permille=tolerance,
            **desk.signed,
        )

    return statement(desk.once_made(stated))


def _grams(text: str) -> int:
    """Below 0 where the delivery weighed less because of it."""
    return -whole(text[1:], "--cause", 1) if text.startswith("-") else whole(text, "--cause", 1)
