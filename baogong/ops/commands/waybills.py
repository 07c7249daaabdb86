"""`baogong waybill …`: loaded, on the road, arrived, received, handed over; signed for at every change of hands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import by_line, key, moment, party, party_if, text_of, whole

waybill = typer.Typer(help="Waybills: custody at every change of hands.", no_args_is_help=True)

STATES = ("PLANNED", "LOADED", "DEPARTED", "ARRIVED", "CLOSED", "CANCELLED")
SHOWN = sheet(
    "row.number row.state row.plate row.truck row.driver_name row.carrier_name row.carrier_answer row.origin_name row.target_name "
    "row.receiver_name row.planned_depart_at row.earliest_depart_at row.departed_at row.expected_arrive_at row.arrived_at "
    "row.closed_at row.late_s replanned",
    lines="position item_zh amount pieces_per_carton cartons_count receiver_name loaded received short damaged refused",
    acts="at act by_name given_to_name",
    surpluses="position amount decision id",
)

CHAIN = sheet(
    "receiver_name amount at_origin on_the_road at_hub handed_over lost damaged refused",
    steps="at what from_name to_name amount number signed_by given_to",
)

Number = Annotated[str, typer.Argument(metavar="WAYBILL", help="Its number (WB-0001) or id.")]
GivenTo = Annotated[str, typer.Option("--given-to", help="The name as signed on the paper.")]
Short = Annotated[list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="Missing when unloaded.")]
Damaged = Annotated[list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="Arrived unusable.")]
Note = Annotated[list[str] | None, typer.Option(metavar="LINE=TEXT", help="What was seen.")]
Reason = Annotated[str, typer.Option(help="Why; it stands on record.")]


def _chains(console: Console, document: Any) -> None:
    for chain in document["items"]:
        CHAIN(console, chain)


def register(app: typer.Typer) -> None:
    app.add_typer(waybill, name="waybill")


@reads(
    waybill,
    "list",
    rows(
        "number state origin_name target_name plate driver_name cartons_count planned_depart_at expected_arrive_at late_s"
    ),
    example="baogong waybill list --state DEPARTED",
)
def list_(
    look: Look,
    state: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(STATES)}; may be given again.")] = None,
    plan: Annotated[UUID | None, typer.Option(metavar="ID", help="Only this convoy's.")] = None,
) -> Any:
    """In order of planned departure."""
    from baogong.freight.queries import waybills

    return waybills(now=look.now, states=[each.upper() for each in state] if state else None, plan=plan)


@reads(waybill, "show", SHOWN, example="baogong waybill show WB-0001")
def show(look: Look, number: Number) -> Any:
    """A waybill in full: its lines, whose turn it is, every signature on it."""
    from baogong.freight.queries import waybill as view_of

    return view_of(key(number), now=look.now)


@reads(waybill, "custody", _chains, example="baogong waybill custody WB-0001")
def custody(look: Look, number: Number) -> Any:
    """Every hand the goods of a waybill passed, from their first promise on."""
    from baogong.freight.queries import custody_of_parcels
    from baogong.freight.queries import waybill as view_of

    return custody_of_parcels([line.parcel for line in view_of(key(number), now=look.now).lines])


@writes(waybill, "name", SHOWN, example="baogong waybill name WB-0001 京A10137 --driver '干线司机 陶' --as sun")
def name(
    desk: Desk,
    number: Number,
    plate: Annotated[str, typer.Argument(help="The truck that comes.")],
    driver: Annotated[str | None, typer.Option(help="Who drives; the truck's own driver if not said.")] = None,
) -> Any:
    """Say which truck comes and who drives it, for its whole run."""
    from baogong.freight.services import name_truck

    return _acted(
        desk,
        number,
        lambda found: name_truck(
            waybill=found, vehicle=party(plate, "VEHICLE"), driver=party_if(driver, "PERSON"), **desk.signed
        ),
    )


@writes(waybill, "load", SHOWN, example="baogong waybill load WB-0001 --left 1=200 --given-to 陶 --as qian")
def load(
    desk: Desk,
    number: Number,
    left: Annotated[list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="What stays behind.")] = None,
    note: Note = None,
    given_to: GivenTo = "",
) -> Any:
    """Goods pass from the keeper to the truck: as on the waybill, but for what stays behind."""
    from baogong.freight import services

    return _acted(
        desk,
        number,
        lambda found: services.load(
            waybill=found,
            differences=_differences(desk, found, left=left, note=note),
            given_to_name=given_to,
            **desk.signed,
        ),
    )


@writes(waybill, "early", SHOWN, example="baogong waybill early WB-0001 --reason 风雪将至 --as lin")
def early(
    desk: Desk,
    number: Number,
    reason: Reason,
    at: Annotated[str, typer.Option(metavar="WHEN", help="It may leave from then.")] = "now",
) -> Any:
    """Let a truck leave before its time."""
    from baogong.freight.services import let_go_early

    return _acted(
        desk,
        number,
        lambda found: let_go_early(
            waybill=found, earliest_at=moment(at, desk.now, "--at"), reason=reason, **desk.signed
        ),
    )


@writes(waybill, "depart", SHOWN, example="baogong waybill depart WB-0001 --as tao")
def depart(desk: Desk, number: Number) -> Any:
    """The truck leaves with every loaded stop of its run."""
    from baogong.freight import services

    return _acted(desk, number, lambda found: services.depart(waybill=found, **desk.signed))


@writes(waybill, "delay", SHOWN, example="baogong waybill delay WB-0001 +5h --why 大雾封路 --as tao")
def delay(
    desk: Desk,
    number: Number,
    arrives: Annotated[str, typer.Argument(metavar="WHEN", help="When it is expected now.")],
    why: Annotated[str, typer.Option(help="Why.")],
) -> Any:
    """The truck will be late; a new plan for what is not yet loaded is proposed."""
    from baogong.freight.services import report_delay

    return _acted(
        desk,
        number,
        lambda found: report_delay(waybill=found, arrive_at=moment(arrives, desk.now, "WHEN"), why=why, **desk.signed),
    )


@writes(waybill, "arrive", SHOWN, example="baogong waybill arrive WB-0001 --as tao")
def arrive(
    desk: Desk,
    number: Number,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="It has really arrived, although the road takes far longer.")
    ] = False,
) -> Any:
    """The truck stands at the waybill's stop."""
    from baogong.freight import services

    return _acted(desk, number, lambda found: services.arrive(waybill=found, confirmed=confirmed, **desk.signed))


@writes(
    waybill,
    "receive",
    SHOWN,
    example="baogong waybill receive WB-0001 --short 1=20 --damaged 1=5 --note 1=破箱 --as bao",
)
def receive(
    desk: Desk,
    number: Number,
    short: Short = None,
    damaged: Damaged = None,
    surplus: Annotated[
        list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="More than the waybill says.")
    ] = None,
    note: Note = None,
    given_to: GivenTo = "",
) -> Any:
    """A hub takes over under a goods received note: as on the waybill, but for the differences."""
    from baogong.freight import services

    return _acted(
        desk,
        number,
        lambda found: services.receive(
            waybill=found,
            differences=_differences(desk, found, short=short, damaged=damaged, surplus=surplus, note=note),
            given_to_name=given_to,
            **desk.signed,
        ),
    )


@writes(waybill, "hand-over", SHOWN, example="baogong waybill hand-over WB-0002 --signed-by '物资科 刘' --as tao")
def hand_over(
    desk: Desk,
    number: Number,
    signed_by: Annotated[str, typer.Option("--signed-by", help="Who signs for the receiver, in letters.")],
    short: Short = None,
    damaged: Damaged = None,
    refused: Annotated[
        list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="The receiver does not take it.")
    ] = None,
    note: Note = None,
    back_to: Annotated[str | None, typer.Option("--back-to", help="Where refused goods go.")] = None,
    photo: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A picture that shows it.")
    ] = None,
    witness: Annotated[list[str] | None, typer.Option(help="Who saw it.")] = None,
    code: Annotated[str, typer.Option(help="The code the receiver told.")] = "",
) -> Any:
    """The receiver signs; from then on the goods are the receiver's."""
    from baogong.freight import services
    from baogong.journal.services import EvidenceIn

    def signed(found: UUID) -> object:
        evidence = [EvidenceIn(kind="PHOTO", payload=each.read_bytes()) for each in photo or ()]
        evidence += [EvidenceIn(kind="WITNESS", text=each, by_name=each) for each in witness or ()]
        evidence += [EvidenceIn(kind="CODE", text=code)] if code else []
        return services.hand_over(
            waybill=found,
            signed_by=signed_by,
            evidence=evidence,
            differences=_differences(desk, found, short=short, damaged=damaged, refused=refused, note=note),
            back_to=party_if(back_to),
            **desk.signed,
        )

    return _acted(desk, number, signed)


@writes(
    waybill,
    "lost",
    SHOWN,
    example="baogong waybill lost WB-0001 --line 1=12 --where 京港澳高速信阳段 --words 车顶漏雨，湿了一箱 --as tao",
)
def lost(
    desk: Desk,
    number: Number,
    line: Annotated[list[str], typer.Option(metavar="LINE=AMOUNT", help="How many of which line.")],
    where: Annotated[str, typer.Option(help="The place, as the driver says it.")],
    words: Annotated[str, typer.Option(help="What happened.")],
    photo: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A picture that shows it.")
    ] = None,
) -> Any:
    """Goods aboard are gone: written off at once under a loss report, and no longer awaited at the end of the road."""
    from baogong.freight import services
    from baogong.journal.services import EvidenceIn

    return _acted(
        desk,
        number,
        lambda found: services.report_loss(
            waybill=found,
            losses=[services.Lost(id_, said["lost"]) for id_, said in _by_line(desk, found, note=None, lost=line)],
            where=where,
            words=words,
            evidence=[EvidenceIn(kind="PHOTO", payload=each.read_bytes()) for each in photo or ()],
            **desk.signed,
        ),
    )


@writes(
    waybill, "not-arrived", SHOWN, example="baogong waybill not-arrived WB-0001 --reason 点错了，车还在路上 --as bao"
)
def not_arrived(desk: Desk, number: Number, reason: Reason) -> Any:
    """Take back an arrival that never happened: the truck is on its way again, under a document that says why."""
    from baogong.freight.services import undo_arrival

    return _acted(desk, number, lambda found: undo_arrival(waybill=found, why=reason, **desk.signed))


@writes(waybill, "cancel", SHOWN, example="baogong waybill cancel WB-0001 --reason 道路中断 --as lin")
def cancel(desk: Desk, number: Number, reason: Reason) -> Any:
    """Take a waybill back before it is loaded; its goods stay promised where they stand."""
    from baogong.freight.services import cancel_waybill

    return _acted(desk, number, lambda found: cancel_waybill(waybill=found, reason=reason, **desk.signed))


@writes(waybill, "settle", SHOWN, example="baogong waybill settle WB-0001 FROM_ORIGIN --line 1 --as mei")
def settle(
    desk: Desk,
    number: Number,
    decision: Annotated[str, typer.Argument(help="FROM_ORIGIN, FOUND or MISCOUNT.")],
    line: Annotated[int, typer.Option(min=1, help="The line of which too much was counted.")] = 1,
) -> Any:
    """Where a surplus came from, said by another person than who counted it."""
    from baogong.freight import queries, services

    def settled(found: UUID) -> object:
        surpluses = {each.position: each.id for each in queries.surpluses(waybill=found)}
        if line not in surpluses:
            raise UnusableInput(
                f"No surplus was counted on line {line}.", where="--line", found=line, expected=sorted(surpluses)
            )
        return services.settle_surplus(surplus=surpluses[line], decision=decision.upper(), **desk.signed)

    return _acted(desk, number, settled)


def _acted(desk: Desk, number: str, act: Callable[[UUID], object]) -> dict[str, Any]:
    from baogong.freight.queries import waybill as view_of

    told: list[object] = []

    def acted() -> UUID:
        found = view_of(key(number), now=desk.now).row.id
        told.append(act(found))
        return found

    view = plain(view_of(desk.once_made(acted), now=desk.now))
    plan = getattr(told[0], "plan", None) if told else None  # a delay proposes one
    return {**view, "replanned": str(plan) if plan else None}


def _differences(desk: Desk, found: UUID, *, note: list[str] | None, **amounts: list[str] | None) -> list[Any]:
    from baogong.freight.services import LineDifference

    return [LineDifference(line=line, **said) for line, said in _by_line(desk, found, note=note, **amounts)]


def _by_line(
    desk: Desk, found: UUID, *, note: list[str] | None, **amounts: list[str] | None
) -> list[tuple[UUID, dict[str, Any]]]:
    """What is said of lines by their numbers on the waybill, as they are printed."""
    from baogong.freight.queries import waybill as view_of

    lines = {line.position: line.id for line in view_of(found, now=desk.now).lines}
    said: dict[int, dict[str, Any]] = {}
    for what, texts in amounts.items():
        for no, amount in by_line(texts or (), f"--{what}", whole).items():
            said.setdefault(no, {})[what] = amount
    for no, text in by_line(note or (), "--note", text_of).items():
        said.setdefault(no, {})["note"] = text
    strange = sorted(said.keys() - lines.keys())
    if strange:
        raise UnusableInput(
            f"This waybill has no line {', '.join(map(str, strange))}. Nothing was done.",
            where="LINE",
            found=strange,
            expected=sorted(lines),
            cure="Name lines by their numbers on the waybill.",
        )
    return [(lines[no], what) for no, what in sorted(said.items())]
