"""`baogong place …`: communities down to their buildings; `baogong zones read`: a zone notice, without a book."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape

from baogong.kernel.errors import UnusableInput
from baogong.ops.output import JsonFlag, show
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import moment, moment_if, pairs, party

place = typer.Typer(help="Communities behind their gates, stations that move, zones.", no_args_is_help=True)
zones = typer.Typer(help="Zone notices: which addresses a published list puts into which state.", no_args_is_help=True)

SHOWN = sheet(
    "name city street address road_zone_name is_located households_count id",
    gates="name hours",
    buildings="name state households_count",
)
NOTICE = sheet("title issuer published_at from_at lines_count waiting_count id", waiting="name why names")


def register(app: typer.Typer) -> None:
    """Add `place` and `zones` to the command line."""
    app.add_typer(place, name="place")
    app.add_typer(zones, name="zones")

    @zones.command("read", epilog="Example: baogong zones read notice.txt --day 2022-04-12 --json")
    def read_zones(
        file: Annotated[Path, typer.Argument(help="The notice's text, UTF-8.")],
        day: Annotated[
            str | None, typer.Option(metavar="DAY", help="Of publication, for dates without a year.")
        ] = None,
        state: Annotated[
            str | None, typer.Option(help="What stands before the first heading is: SEALED, CONTROLLED, PRECAUTION.")
        ] = None,
        json: JsonFlag = False,
    ) -> None:
        """Read a notice without a book: addresses with their state, and every place that nothing read."""
        show(read_file(file, day=day, state=state), json, _tell)


def read_file(path: Path, *, day: str | None = None, state: str | None = None) -> dict[str, Any]:
    """The document of `baogong zones read`. Raises UnusableInput."""
    from baogong.engine.zones import State, read_notice

    text = _text(path)
    try:
        on = date.fromisoformat(day) if day else None
        given = State(state.upper()) if state else None
    except ValueError as error:
        raise UnusableInput(
            f"{error}. Nothing was read.",
            where="--day, --state",
            found=f"{day or ''} {state or ''}".strip(),
            expected=f"2022-04-12; {', '.join(State)}",
            cure="Write the day with its year, and one of the states.",
        ) from error
    reading = read_notice(text, day=on, state=given)
    return {
        "characters": len(text),
        "entries": [
            {
                "scope": entry.scope.name,
                "state": entry.state.value if entry.state else None,
                "street": entry.street,
                "name": entry.name,
                "building": entry.building,
                "unit": entry.unit,
                "from": entry.from_day.isoformat() if entry.from_day else None,
                "until": entry.until_day.isoformat() if entry.until_day else None,
                "start": entry.start,
                "end": entry.end,
                "text": text[entry.start : entry.end],
            }
            for entry in reading.entries
        ],
        "unread": [
            {"start": piece.start, "end": piece.end, "text": text[piece.start : piece.end], "why": piece.reason}
            for piece in reading.unread
        ],
    }


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise UnusableInput(
            f"{path} cannot be read as text. Nothing was read.",
            where="FILE",
            found=str(error),
            expected="text in UTF-8",
            cure="Save the notice as plain text in UTF-8.",
        ) from error


def _tell(console: Console, document: dict[str, Any]) -> None:
    for entry in document["entries"]:
        address = " ".join(filter(None, (entry["street"] + entry["name"], entry["building"], entry["unit"])))
        console.print(f"{entry['state'] or 'taken out':12} {escape(address or 'all others')}")
    for piece in document["unread"]:
        console.print(f"[bold]unread[/bold] {piece['start']}–{piece['end']} {escape(piece['text'])} ({piece['why']})")


@reads(
    place,
    "list",
    rows("name city street road_zone_name buildings_count households_count gates_count shelves_count id"),
    example="baogong place list",
)
def list_(look: Look) -> Any:
    """Every open community, by name."""
    from baogong.places.queries import communities

    return communities()


@reads(place, "show", SHOWN, example="baogong place show 幸福里社区")
def show_(look: Look, name: Annotated[str, typer.Argument(help="Its name, alias or id.")]) -> Any:
    """One community now: its gates, its buildings in natural order, each with its zone."""
    return _shown(party(name), look.now)


@writes(
    place,
    "open",
    SHOWN,
    example="baogong place open 高家园小区 楼栋.csv --city 北京 --gate 南门=06:00-09:00 --as wu",
)
def open_(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="Its full name.")],
    file: Annotated[Path, typer.Argument(help="The plain list of its buildings: CSV or XLSX.")],
    city: str = "",
    street: Annotated[str, typer.Option(help="As zone notices name it.")] = "",
    gate: Annotated[list[str] | None, typer.Option(metavar="NAME=HOURS", help="Once for each gate.")] = None,
    station: Annotated[str, typer.Option(help="A station that stands inside from now on.")] = "",
    new: Annotated[bool, typer.Option("--new", help="It is none of those with a near name.")] = False,
) -> Any:
    """Open a community from its plain list of buildings, whole or not at all."""

    def opened() -> UUID:
        from datetime import time

        from baogong.engine.sheets.readers import read_table
        from baogong.places.imports.buildings import classify_buildings, hours_in, open_from_list

        data = _bytes(file)
        lines = classify_buildings(read_table(file.name, data), None, desk.now, community=name, city=city)
        gates = [
            (
                called,
                [
                    (time.fromisoformat(start), time.fromisoformat(end))
                    for start, end in hours_in(f"{called} {hours}")[1]
                ],
            )
            for called, hours in pairs(gate or (), "--gate")
        ]
        facts = {"city": city, "street": street}
        return open_from_list(
            lines, name=name, facts=facts, gates=gates, station=station, is_new=new, actor=desk.actor, now=desk.now
        )

    return _shown(desk.once_made(opened), desk.now)


@writes(
    place,
    "zones",
    NOTICE,
    example="baogong place zones 名单.txt --issuer 上海市 --published '2022-04-12 08:00' --as wu",
)
def zones_(
    desk: Desk,
    file: Annotated[Path, typer.Argument(help="The notice's text, UTF-8.")],
    issuer: Annotated[str, typer.Option(help="Whose rules hold.")] = "",
    title: str = "",
    published: Annotated[str, typer.Option(metavar="WHEN", help="When it was published.")] = "now",
    start: Annotated[str | None, typer.Option("--from", metavar="WHEN", help="From then; else its day.")] = None,
) -> Any:
    """Read a zone notice and keep it: what the register surely knows holds, everything else waits for a person."""
    from baogong.places import queries, services

    text = _text(file)
    published_at, from_at = moment(published, desk.now, "--published"), moment_if(start, desk.now, "--from")
    made = desk.once_made(
        lambda: services.read_notice(
            text=text,
            issuer=issuer,
            title=title,
            published_at=published_at,
            from_at=from_at,
            actor=desk.actor,
            now=desk.now,
        )
    )
    found = queries.notice(made)
    waiting = [
        {
            "name": f"{doubt.street}{doubt.name} {doubt.building}".strip(),
            "why": doubt.why,
            "names": [str(name["text"]) for name in doubt.names],
        }
        for doubt in found.doubts
        if doubt.settled_at is None
    ]
    return {**_plain(found.head), "waiting": waiting}


def _plain(view: Any) -> dict[str, Any]:
    from baogong.ops.tables import plain

    found: dict[str, Any] = plain(view)
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnusableInput(
            f"{file} cannot be read: {error.strerror}. Nothing was opened.",
            where="FILE",
            found=str(file),
            expected="a file this user may read",
            cure="Correct the name, or the file's rights.",
        ) from error


def _shown(community: UUID, now: Any) -> dict[str, Any]:
    from baogong.places.queries import community_plan, zones_at

    plan = community_plan(community, now, with_doors=False)
    zones = zones_at(communities=[community], at=now)
    names = (
        "id",
        "name",
        "name_en",
        "city",
        "street",
        "address",
        "lat",
        "lon",
        "road_zone_name",
        "is_located",
        "households_count",
    )
    return {name: getattr(plan, name) for name in names} | {
        "state": zones[community].state,
        "gates": [
            {"name": gate.name, "hours": ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in gate.hours)}
            for gate in plan.gates
        ],
        "buildings": [
            {
                "id": each.id,
                "name": each.name,
                "state": zones[each.id].state,
                "service": zones[each.id].service,
                "households_count": each.households_count,
                "units": [{"id": unit.id, "name": unit.name, "state": zones[unit.id].state} for unit in each.units],
            }
            for each in plan.buildings
        ],
    }
