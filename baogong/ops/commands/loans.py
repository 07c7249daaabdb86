"""`baogong loan …`: things with serial numbers that stay their lender's and come back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import item as item_of
from baogong.ops.words import moment, party, party_if

loan = typer.Typer(help="Loans: things with serial numbers, lent until a day.", no_args_is_help=True)

UNITS = rows("serial item_zh state holder_name loan_number due_at set_up_at lender_name site_name id")
SHOWN = sheet(
    "unit.serial unit.item_zh unit.state unit.holder_name unit.loan_number unit.due_at unit.lender_name",
    acts="at act by_name place condition missing note due_at loan_number",
)
Serials = Annotated[list[str], typer.Argument(metavar="SERIAL", help="Serial numbers.")]
Site = Annotated[str, typer.Option(help="Which site looks after them.")]
By = Annotated[str, typer.Option("--by", help="Whose hands.")]


def register(app: typer.Typer) -> None:
    app.add_typer(loan, name="loan")


def _units(serials: Sequence[str]) -> list[UUID]:
    from baogong.supply.queries import units_of

    return list(units_of(serials))


def _shown(serials: Sequence[str]) -> Any:
    from baogong.supply.queries import units, units_of

    wanted = set(units_of(serials))
    return [view for view in units() if view.id in wanted]


@reads(loan, "list", UNITS, example="baogong loan list --borrower 武汉大学中南医院")
def list_(
    look: Look,
    site: Annotated[str | None, typer.Option(help="Only of this site.")] = None,
    borrower: Annotated[str | None, typer.Option(help="Only in these hands.")] = None,
    state: Annotated[str | None, typer.Option(help="TO_LEND, LENT, LOST, SPOILED or OUTSIDE.")] = None,
) -> Any:
    """By serial number, where the book has each."""
    from baogong.supply.queries import units

    return units(site=party_if(site), borrower=party_if(borrower), states=[state.upper()] if state else None)


@reads(loan, "overdue", UNITS, example="baogong loan overdue")
def overdue(look: Look, site: Annotated[str | None, typer.Option(help="Only of this site.")] = None) -> Any:
    """What should have come back by now."""
    from baogong.supply.queries import overdue as late

    return late(look.now, site=party_if(site))


@reads(loan, "show", SHOWN, example="baogong loan show PC-001")
def show(look: Look, serial: Annotated[str, typer.Argument(help="Its serial number.")]) -> Any:
    """Every hand one thing passed."""
    from baogong.ops.tables import plain
    from baogong.supply.queries import unit, unit_acts

    (found,) = _units([serial])
    return {"unit": plain(unit(found)), "acts": plain(unit_acts(found))}


@writes(
    loan,
    "take-in",
    UNITS,
    example="baogong loan take-in PC-001 PC-002 --item computer --lender 东行商城 --site 仙桃中转仓 --as bao",
)
def take_in(
    desk: Desk,
    serials: Serials,
    item: Annotated[str, typer.Option(help="What they are.")],
    lender: Annotated[str, typer.Option(help="Whose they stay.")],
    site: Site,
    sure: Annotated[bool, typer.Option("--sure", help="Numbers that look like known ones are others.")] = False,
) -> Any:
    """Things of a lender come to a site, to be lent from it."""
    from baogong.supply.services import take_in as take

    desk.once(
        lambda: take(
            item=item_of(item), lender=party(lender), serials=serials, site=party(site), is_sure=sure, **desk.signed
        )
    )
    return _shown(serials)


@writes(
    loan,
    "lend",
    UNITS,
    example="baogong loan lend PC-001 PC-002 --to 武汉大学中南医院 --site 仙桃中转仓 --due +7d --purpose 核酸登记 "
    "--by 周护士 --as bao",
)
def lend(
    desk: Desk,
    serials: Serials,
    to: Annotated[str, typer.Option(help="A person or party.")],
    site: Site,
    due: Annotated[str, typer.Option(metavar="WHEN", help="Until when.")],
    purpose: Annotated[str, typer.Option(help="What for.")],
    by: By,
) -> Any:
    """Hand things out until a day."""
    from baogong.supply.services import lend as hand_out

    desk.once(
        lambda: hand_out(
            units=_units(serials),
            borrower=party(to),
            site=party(site),
            due_at=moment(due, desk.now, "--due"),
            purpose=purpose,
            by_name=by,
            **desk.signed,
        )
    )
    return _shown(serials)


@writes(loan, "set-up", UNITS, example="baogong loan set-up PC-001 --place 三号采样点 --by 齐工 --as bao")
def set_up(
    desk: Desk, serials: Serials, place: Annotated[str, typer.Option(help="The room, the desk.")], by: By
) -> Any:
    """An engineer made them ready at the borrower's."""
    from baogong.supply.services import set_up as ready

    desk.once(lambda: ready(units=_units(serials), by_name=by, place=place, **desk.signed))
    return _shown(serials)


@writes(loan, "extend", UNITS, example="baogong loan extend PC-001 --due +7d --why 采样延长 --as bao")
def extend(
    desk: Desk,
    serials: Serials,
    due: Annotated[str, typer.Option(metavar="WHEN", help="The new day.")],
    why: Annotated[str, typer.Option(help="Why.")],
) -> Any:
    """They may stay longer."""
    from baogong.supply.services import extend as later

    desk.once(lambda: later(units=_units(serials), due_at=moment(due, desk.now, "--due"), why=why, **desk.signed))
    return _shown(serials)


@writes(loan, "take-back", UNITS, example="baogong loan take-back PC-001 --condition GOOD --by 周护士 --as bao")
def take_back(
    desk: Desk,
    serials: Serials,
    by: By,
    condition: Annotated[str, typer.Option(help="GOOD, WORN or BROKEN.")] = "GOOD",
    missing: Annotated[str, typer.Option(help="Parts that did not come back.")] = "",
    note: str = "",
) -> Any:
    """They came back; what is broken is lent no more."""
    from baogong.supply.services import take_back as came_back

    desk.once(
        lambda: came_back(
            units=_units(serials), condition=condition.upper(), by_name=by, missing=missing, note=note, **desk.signed
        )
    )
    return _shown(serials)


@writes(loan, "lost", UNITS, example="baogong loan lost PC-001 --why 遗落在出租车上 --as bao")
def lost(desk: Desk, serials: Serials, why: Annotated[str, typer.Option(help="How.")]) -> Any:
    """The borrower does not have them any more."""
    from baogong.supply.services import report_lost

    desk.once(lambda: report_lost(units=_units(serials), why=why, **desk.signed))
    return _shown(serials)


@writes(loan, "send-home", UNITS, example="baogong loan send-home PC-001 --by 陶师傅 --as bao")
def send_home(desk: Desk, serials: Serials, by: By) -> Any:
    """Back to their lender, broken ones too."""
    from baogong.supply.services import send_home as home

    desk.once(lambda: home(units=_units(serials), by_name=by, **desk.signed))
    return _shown(serials)
