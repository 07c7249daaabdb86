"""`baogong carrier …`: who carries, with what, and what may cross a seal."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import RECEIVERS, fen, moment_if, only, party, party_if
from baogong.ops.words import moment as moment_of

carrier = typer.Typer(help="Carriers, their offers, vehicles and passes.", no_args_is_help=True)

KINDS = rows(
    "carrier_name name mode vehicles_count capacity_g based_at_name is_inside drivers_cross has_passes fixed_fen fen_per_km "
    "bonus_fen available_from_at id"
)
VEHICLE = sheet(
    "plate kind_name carrier_name driver_name is_inside id", passes="area_name valid_from_at valid_until_at id"
)

Plate = Annotated[str, typer.Argument(metavar="PLATE", help="The vehicle's plate, or its id.")]
Yuan = Annotated[str, typer.Option(metavar="YUAN")]


def register(app: typer.Typer) -> None:
    app.add_typer(carrier, name="carrier")


@reads(carrier, "list", rows("name channel note id"), example="baogong carrier list")
def list_(look: Look) -> Any:
    """Who carries for the relief."""
    from baogong.freight.queries import carriers

    return carriers()


@reads(carrier, "offers", KINDS, example="baogong carrier offers --carrier 东行物流")
def offers(
    look: Look, name: Annotated[str | None, typer.Option("--carrier", help="Only this carrier's.")] = None
) -> Any:
    """What carriers offer: kinds of vehicles, how many, where, at what price."""
    from baogong.freight.queries import kinds

    return kinds(carrier=party_if(name))


@reads(
    carrier,
    "vehicles",
    rows("plate kind_name carrier_name driver_name is_inside id"),
    example="baogong carrier vehicles",
)
def vehicles(
    look: Look, name: Annotated[str | None, typer.Option("--carrier", help="Only this carrier's.")] = None
) -> Any:
    """Registered trucks by plate, with their passes."""
    from baogong.freight.queries import vehicles as found

    return found(carrier=party_if(name))


@reads(
    carrier,
    "passes",
    rows("plate area_name granted_by_name valid_from_at valid_until_at revoked_at id"),
    example="baogong carrier passes",
)
def passes(look: Look) -> Any:
    """Passes, the latest ending first, the revoked ones too."""
    from baogong.freight.queries import passes as found

    return found()


@writes(carrier, "add", sheet("name channel note id"), example="baogong carrier add 东行物流 --as lin")
def add(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="The organisation.")],
    channel: Annotated[str, typer.Option(help="How its dispatcher is told.")] = "PAGE",
    note: str = "",
) -> Any:
    """Let an organisation carry. Said again, its channel and note are brought up to date."""
    from baogong.freight.queries import carriers
    from baogong.freight.services import add_carrier

    made = desk.once_made(
        lambda: add_carrier(party=party(name), channel=channel, note=note, actor=desk.actor, now=desk.now)
    )
    return next(each for each in carriers() if each.id == made)


@writes(
    carrier,
    "offer",
    sheet("carrier_name name vehicles_count capacity_g capacity_cm3 based_at_name fixed_fen fen_per_km bonus_fen id"),
    example="baogong carrier offer 东行物流 9.6米厢车 --vehicles 6 --tonnes 10 --cubic-metres 50 --fixed 800 --per-km 6.5 --as wu",
)
def offer(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="CARRIER", help="Who offers.")],
    kind: Annotated[str, typer.Argument(help="What the kind of vehicle is called.")],
    vehicles: Annotated[int, typer.Option(min=0, help="How many.")],
    tonnes: Annotated[float, typer.Option(help="What one takes.")],
    cubic_metres: Annotated[float, typer.Option("--cubic-metres", help="What one takes.")],
    base: Annotated[str | None, typer.Option(help="Where they stand; where goods wait if not said.")] = None,
    inside: Annotated[bool, typer.Option("--inside", help="They are based inside the seal.")] = False,
    crosses: Annotated[bool, typer.Option("--crosses", help="There are drivers who will go through a seal.")] = False,
    has_passes: Annotated[bool, typer.Option("--passes", help="The carrier says that they have passes.")] = False,
    fixed: Yuan = "0",
    per_km: Annotated[str, typer.Option("--per-km", metavar="YUAN")] = "0",
    bonus: Annotated[str, typer.Option(metavar="YUAN", help="To each driver, once.")] = "0",
    available: Annotated[str | None, typer.Option("--from", metavar="WHEN", help="Not before.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Not after.")] = None,
    note: str = "",
) -> Any:
    """What a carrier offers of one kind of vehicle at one place; offered again, the figures are replaced."""
    from baogong.freight.queries import kinds
    from baogong.freight.services import offer_vehicles

    def offered() -> UUID:
        return offer_vehicles(
            carrier=party(name),
            name=kind,
            capacity_g=round(tonnes * 1_000_000),
            capacity_cm3=round(cubic_metres * 1_000_000),
            vehicles_count=vehicles,
            based_at=party_if(base),
            is_inside=inside,
            drivers_cross=crosses,
            has_passes=has_passes,
            fixed_fen=fen(fixed, "--fixed"),
            fen_per_km=fen(per_km, "--per-km"),
            bonus_fen=fen(bonus, "--bonus"),
            available_from_at=moment_if(available, desk.now, "--from"),
            available_until_at=moment_if(until, desk.now, "--until"),
            note=note,
            actor=desk.actor,
            now=desk.now,
        )

    made = desk.once_made(offered)
    return next(each for each in kinds() if each.id == made)


@writes(
    carrier,
    "vehicle",
    VEHICLE,
    example="baogong carrier vehicle 京A10137 --kind 9.6米厢车 --driver '干线司机 陶' --as wu",
)
def vehicle(
    desk: Desk,
    plate: Annotated[str, typer.Argument(help="Its plate.")],
    kind: Annotated[str, typer.Option(help="The kind offered: its name or id.")],
    owner: Annotated[
        str | None, typer.Option("--carrier", help="Whose, where two carriers offer a kind of that name.")
    ] = None,
    driver: Annotated[str | None, typer.Option(help="Who drives it as a rule.")] = None,
) -> Any:
    """Register a truck by its plate, or give a known one another driver."""
    from baogong.freight.services import add_vehicle

    def added() -> UUID:
        return add_vehicle(kind=_kind(kind, owner), plate=plate, driver=party_if(driver, "PERSON"), **desk.signed)

    return _vehicle(desk.once_made(added))


@writes(
    carrier,
    "pass",
    VEHICLE,
    example="baogong carrier pass 鄂A20001 --area 武汉 --from now --until +30d --granted-by 武汉市疫情防控指挥部 --as lin",
)
def grant(
    desk: Desk,
    plate: Plate,
    area: Annotated[str, typer.Option(help="The sealed area's name.")],
    until: Annotated[str, typer.Option(metavar="WHEN", help="Valid until.")],
    granted_by: Annotated[str, typer.Option("--granted-by", help="Who grants it.")],
    start: Annotated[str, typer.Option("--from", metavar="WHEN", help="Valid from.")] = "now",
) -> Any:
    """A vehicle may cross an area's seal within a time, under a PASS document."""
    from baogong.freight.services import grant_pass
    from baogong.places.queries import sealed_areas

    def granted() -> UUID:
        found = party(plate, "VEHICLE")
        grant_pass(
            vehicle=found,
            area=only(
                {each.name: each.id for each in sealed_areas() if area in (each.name, str(each.id))},
                "sealed area",
                area,
            ),
            valid_from_at=moment_of(start, desk.now, "--from"),
            valid_until_at=moment_of(until, desk.now, "--until"),
            granted_by=party(granted_by),
            **desk.signed,
        )
        return found

    return _vehicle(desk.once_made(granted))


@writes(carrier, "revoke", VEHICLE, example="baogong carrier revoke 鄂A20001 --why 车辆停用 --as lin")
def revoke(desk: Desk, plate: Plate, why: Annotated[str, typer.Option(help="Why.")]) -> Any:
    """Every pass of a vehicle is worth nothing from now on."""
    from baogong.freight.queries import passes as passes_of
    from baogong.freight.services import revoke_pass

    def revoked() -> UUID:
        found = party(plate, "VEHICLE")
        for each in passes_of(vehicles=[found]):
            if each.revoked_at is None:
                revoke_pass(granted=each.id, why=why, actor=desk.actor, now=desk.now)
        return found

    return _vehicle(desk.once_made(revoked))


@writes(
    carrier,
    "meet",
    sheet("party site note"),
    example="baogong carrier meet 北京协和医院援鄂医疗队 武汉大学中南医院 --as lin",
)
def meet(
    desk: Desk,
    receiver: Annotated[str, typer.Argument(help="A receiver that is no site: a team, a person.")],
    site: Annotated[str, typer.Argument(help="Where it is met.")],
    note: str = "",
) -> Any:
    """Where a receiver that is no site is met."""
    from baogong.freight.services import set_meeting_place

    desk.once(
        lambda: set_meeting_place(
            party=party(receiver, *RECEIVERS), site=party(site), note=note, actor=desk.actor, now=desk.now
        )
    )
    return {"party": party(receiver), "site": party(site), "note": note}


def _vehicle(found: UUID) -> Any:
    from baogong.freight.queries import vehicles as every

    return next(plain(each) for each in every() if each.id == found)


def _kind(text: str, owner: str | None) -> UUID:
    from baogong.freight.queries import kinds

    known = kinds(carrier=party_if(owner))
    found = {
        f"{each.carrier_name} {each.name} {each.id}": each.id for each in known if text in (each.name, str(each.id))
    }
    if not found:
        raise UnusableInput(
            f"Nobody offers a “{text}”. Nothing was done.",
            where="--kind",
            found=text,
            expected=sorted({each.name for each in known}),
            cure="Let the carrier offer it first: `baogong carrier offer`.",
        )
    return only(found, "kind of vehicle", text)
