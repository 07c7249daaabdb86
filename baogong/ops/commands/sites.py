"""`baogong site …`: where parties are, the ways between them, and what is sealed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.actor import Duty
from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import moment, moment_if, named, only, party, party_if

site = typer.Typer(help="Sites, the lanes between them, sealed areas.", no_args_is_help=True)

ROLES = ("WAREHOUSE", "HUB", "PICKUP", "RECEIVER", "COMMAND")
MODES = ("ROAD", "AIR", "RAIL")
REGISTRARS = (Duty.COMMAND, Duty.CLERK)
SHOWN = sheet(
    "name name_en role city address lat lon is_located area_name sealed docks_count service_s opens_at closes_at id"
)

AREA = sheet("name sealed.start_at sealed.end_at", sites="name id")

Area = Annotated[str, typer.Argument(metavar="AREA", help="The sealed area's name.")]
Name = Annotated[str, typer.Argument(metavar="SITE", help="A site's name, alias or id.")]
Point = Annotated[float | None, typer.Option(help="Degrees, WGS84.")]


def register(app: typer.Typer) -> None:
    app.add_typer(site, name="site")


@reads(
    site,
    "list",
    rows("name role city area_name docks_count opens_at closes_at id"),
    example="baogong site list --role HUB",
)
def list_(look: Look, role: Annotated[str | None, typer.Option(help=f"One of {', '.join(ROLES)}.")] = None) -> Any:
    """Every site, by name."""
    from baogong.places.queries import sites

    return sites(role.upper() if role else None)


@reads(site, "show", SHOWN, example="baogong site show 仙桃中转仓")
def show(look: Look, name: Name) -> Any:
    """One site: where it is, its docks and hours, whether it is sealed."""
    from baogong.places.queries import site as view_of

    return view_of(party(name))


@reads(
    site,
    "lanes",
    rows("origin_name target_name mode distance_m duration_s lead_time_s id"),
    example="baogong site lanes --from 廊坊仓",
)
def lanes(
    look: Look,
    origin: Annotated[str | None, typer.Option("--from", help="Where they begin.")] = None,
    target: Annotated[str | None, typer.Option("--to", help="Where they end.")] = None,
) -> Any:
    """Known ways between sites."""
    from baogong.places.queries import lanes as lanes_of

    return named(lanes_of(origin=party_if(origin), target=party_if(target)), origin="party", target="party")


@reads(site, "areas", rows("name sealed.start_at sealed.end_at id"), example="baogong site areas")
def areas(look: Look) -> Any:
    """Areas under seal, and from when until when."""
    from baogong.places.queries import sealed_areas

    return sealed_areas()


@writes(site, "add", SHOWN, example="baogong site add 仙桃中转仓 --role HUB --city 仙桃 --docks 3 --as wu")
def add(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="The party's full name; a new one is registered as a site.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    city: Annotated[str, typer.Option(help="The city of a new party.")] = "",
    address: str = "",
    lat: Point = None,
    lon: Point = None,
    docks: Annotated[int, typer.Option(min=1, help="Trucks at once.")] = 1,
    service_minutes: Annotated[int, typer.Option(min=0, help="To load or unload one truck.")] = 30,
) -> Any:
    """Say where a party is, and what for."""
    from baogong.people.queries.parties import NameUnknown
    from baogong.people.services.parties import register_party
    from baogong.places.queries import site as view_of
    from baogong.places.services import add_site

    def added() -> UUID:
        desk.actor.require(*REGISTRARS)
        try:
            where = party(name)
        except NameUnknown:
            where = register_party(
                kind="SITE",
                name=name,
                city=city,
                now=desk.now,
                request_id=desk.request_id,
                confirmed_by=desk.actor.person_id,
            )
        return add_site(
            party=where,
            role=role.upper(),
            address=address,
            lat=lat,
            lon=lon,
            docks_count=docks,
            service_s=service_minutes * 60,
        )

    return view_of(desk.once_made(added))


@writes(
    site,
    "lane",
    sheet("origin_name target_name mode distance_m duration_s lead_time_s id"),
    example="baogong site lane 廊坊仓 仙桃中转仓 --km 1150 --hours 18 --as wu",
)
def lane(
    desk: Desk,
    origin: Annotated[str, typer.Argument(help="Where it begins.")],
    target: Annotated[str, typer.Argument(help="Where it ends.")],
    km: Annotated[float | None, typer.Option(help="Its length; estimated where nobody knows.")] = None,
    hours: Annotated[float | None, typer.Option(help="Its time; a truck's average where nobody knows.")] = None,
    mode: Annotated[str, typer.Option(help=f"One of {', '.join(MODES)}.")] = "ROAD",
    lead_hours: Annotated[float, typer.Option(help="Notice it wants.")] = 0,
) -> Any:
    """A known way in one direction; the last word on its length and time counts."""
    from baogong.places.queries import lanes as lanes_of
    from baogong.places.services import add_lane

    def added() -> UUID:
        desk.actor.require(*REGISTRARS)
        if min(km or 1, hours or 1) <= 0 or lead_hours < 0:
            raise UnusableInput("A lane has a length and a time above 0.", where="--km", found=f"{km} km, {hours} h")
        return add_lane(
            origin=party(origin),
            target=party(target),
            mode=mode.upper(),
            distance_m=round(km * 1000) if km else None,
            duration_s=round(hours * 3600) if hours else None,
            lead_time_s=round(lead_hours * 3600),
        )

    made = desk.once_made(added)
    found = [each for each in lanes_of(origin=party(origin)) if each.id == made]
    (row,) = named(found, origin="party", target="party")
    return row


@writes(site, "seal", AREA, example="baogong site seal 武汉 武汉大学中南医院 --from '2020-01-23 10:00' --as lin")
def seal(
    desk: Desk,
    area: Area,
    inside: Annotated[list[str] | None, typer.Argument(metavar="[SITE]...", help="Sites inside it.")] = None,
    city: Annotated[str | None, typer.Option(help="Every site of this city is inside it.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="WHEN", help="Sealed from then; now if not said.")
    ] = None,
) -> Any:
    """An area is closed: who goes in needs a pass. Said again, more sites are put inside."""
    from baogong.places import services
    from baogong.places.queries import sealed_areas, sites

    def sealed() -> UUID:
        desk.actor.require(Duty.COMMAND)
        where = [party(each) for each in inside or ()]
        where += [each.id for each in sites() if city is not None and each.city == city.removesuffix("市")]
        known = {each.name: each.id for each in sealed_areas()}
        if area in known and start is None:
            found = known[area]
        else:
            found = services.add_sealed_area(name=area, sealed_at=moment_if(start, desk.now, "--from") or desk.now)
        for each in where:
            services.seal(area=found, site=each)
        return found

    return _area(desk.once_made(sealed))


@writes(site, "lift", AREA, example="baogong site lift 武汉 --at '2020-04-08 00:00' --as lin")
def lift(
    desk: Desk,
    area: Area,
    at: Annotated[str, typer.Option(metavar="WHEN", help="Open from then on.")] = "now",
) -> Any:
    """A seal ends."""
    from baogong.places.queries import sealed_areas
    from baogong.places.services import lift_seal

    def lifted() -> UUID:
        desk.actor.require(Duty.COMMAND)
        found = only(
            {each.name: each.id for each in sealed_areas() if area in (each.name, str(each.id))}, "sealed area", area
        )
        lift_seal(area=found, at=moment(at, desk.now, "--at"))
        return found

    return _area(desk.once_made(lifted))


@writes(
    site,
    "close",
    sheet("origin_name target_name mode start_at end_at reason id"),
    example="baogong site close 廊坊仓 仙桃中转仓 --reason 大雪封路 --until +12h --as wu",
)
def close(
    desk: Desk,
    origin: Annotated[str, typer.Argument(help="Where the way begins.")],
    target: Annotated[str, typer.Argument(help="Where it ends.")],
    reason: Annotated[str, typer.Option(help="Why nothing goes along it.")],
    start: Annotated[str, typer.Option("--from", metavar="WHEN", help="From then.")] = "now",
    end: Annotated[
        str | None, typer.Option("--until", metavar="WHEN", help="Until then; until further notice if not said.")
    ] = None,
    mode: Annotated[str, typer.Option(help=f"One of {', '.join(MODES)}.")] = "ROAD",
) -> Any:
    """Nothing goes along a known way for a while: plans made from now on go round it."""
    from baogong.places.queries import lanes as lanes_of
    from baogong.places.services import close_lane

    start_at, end_at = moment(start, desk.now, "--from"), moment_if(end, desk.now, "--until")

    def closed() -> UUID:
        desk.actor.require(*REGISTRARS)
        found = lanes_of(origin=party(origin), target=party(target))
        lane = only(
            {str(each.id): each.id for each in found if each.mode == mode.upper()},
            f"{mode.lower()} lane",
            cure="Enter the way first: `baogong site lane`.",
        )
        return close_lane(lane=lane, start_at=start_at, end_at=end_at, reason=reason)

    made = desk.once_made(closed)
    said = {"id": made, "origin": party(origin), "target": party(target), "mode": mode.upper(), "reason": reason}
    (row,) = named([{**said, "start_at": start_at, "end_at": end_at}], origin="party", target="party")
    return row


def _area(found: UUID) -> Any:
    from baogong.places.queries import sealed_areas, sites

    area = next(plain(each) for each in sealed_areas() if each.id == found)
    return {**area, "sites": [{"id": each.id, "name": each.name} for each in sites() if each.area == found]}
