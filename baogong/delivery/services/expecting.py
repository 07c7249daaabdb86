"""One parcel to expect, told by itself; whole lists come in through `imports`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.delivery import queries
from baogong.delivery.codes import tidy
from baogong.delivery.errors import AddressInDoubt, NobodyServes, ParcelUnusable
from baogong.delivery.models import Parcel
from baogong.delivery.register import Register, addressed
from baogong.delivery.services import parcels
from baogong.engine.sheets.house_numbers import room_name
from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.journal.locks import lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import parties
from baogong.places.queries import sites


@transaction.atomic
@recorded("delivery.parcels.expected")
def expect_one(
    *,
    community: UUID,
    building: str,
    unit: str = "",
    room: str = "",
    room_is_new: bool = False,
    waybill: str = "",
    category: str = "parcel",
    station: UUID | None = None,
    sender: UUID | None = None,
    weight_g: int | None = None,
    modes: list[str] | None = None,
    due_from_at: datetime | None = None,
    due_until_at: datetime | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Write one parcel down as its sender tells it; returns its id.

    building, unit, room   as written; looked up in the register as a list's are
    room_is_new            the room is none of those that are listed
    waybill                the same number for the same address is the same parcel, by whichever way it came
    station                where it comes in; None: the first stop on the way to its community
    Raises NotYourPlace, AddressInDoubt, NobodyServes, ParcelUnusable, WaybillTwice, NotFound.
    """
    if station is None:
        station = next((row.outer or row.station for row in queries.servings(communities=[community])), None)
    if station is None:
        raise NobodyServes(
            "No station serves this community yet, and none was named. Nothing was written.",
            where="station",
            found="",
            expected="a station",
            cure="Say which station serves the community, or name one.",
        )
    actor.require(*parcels.MAKERS, at=station)
    where = placed_at(community, building, unit, room, room_is_new, now)
    number = tidy(waybill)
    known_senders = {view.id for view in parties(ids=[sender])} if sender else set()
    is_sound = due_from_at is None or due_until_at is None or due_from_at < due_until_at
    if not sites("STATION", ids=[station]) or (sender and sender not in known_senders) or not is_sound:
        raise ParcelUnusable(
            "A parcel comes in at a station, from a sender of the register, and is due after its time begins. Nothing was "
            "written.",
            where=number or building,
            found=[str(station), str(sender or ""), str(due_until_at or "")],
            expected=["a station", "a party of the register", "an end after the beginning"],
            cure="Correct what is wrong.",
        )
    lock_word(parcels.NUMBERS)  # nobody else takes the waybill between the look and the writing
    same = Parcel.objects.filter(waybill=number).first() if number else None
    if same is not None:
        if (str(same.community_id), str(same.building_id or ""), same.room_text) == (
            str(community),
            where["building"] or "",
            where["room"],
        ):
            record(kind="delivery.parcels.expected", actor=actor, now=now, data={"parcels": 1, "new": 0})
            return same.id
        raise parcels.waybill_taken(number, same.code)
    (made,) = parcels.expect(
        parcels=[
            parcels.ParcelIn(
                source=parcels.line_of(number) if number else derived_id("delivery.one", request_id),
                community=community,
                station=station,
                category=category,
                building=UUID(where["building"]),
                unit=UUID(where["unit"]) if where["unit"] else None,
                door=UUID(where["door"]) if where["door"] else None,
                room_text=where["room"],
                waybill=number,
                sender=sender,
                weight_g=weight_g,
                modes=tuple(modes) if modes else None,
                due_from_at=due_from_at,
                due_until_at=due_until_at,
            )
        ],
        document=None,
        actor=actor,
        now=now,
    )
    return made


def placed_at(community: UUID, building: str, unit: str, room: str, room_is_new: bool, now: datetime) -> dict[str, Any]:
    """The address as the register has it: ids as text, None where it goes no further. Raises AddressInDoubt, NotFound."""
    payload = {
        "community": str(community),
        "community_text": "",
        "building_text": building.strip(),
        "unit_text": unit.strip(),
        "room_text": room.strip(),
        "building": None,
        "unit": None,
        "door": None,
        "room": room_name(room) if room.strip() else "",
        # "None of these" is an answer: it goes to the unit's shelf, or to a room nobody has listed yet.
        "asked": ["door"] if room_is_new or not room.strip() else [],
    }
    line = addressed(LineOutcome("", Status.ADDED, payload, ""), Register(now, {str(community)}))
    if line.status is Status.WAITING:
        asked = "room" if line.asks == "door" else line.asks
        raise AddressInDoubt(
            "This address is none that the register has for certain. Nothing was written.",
            where=asked,
            found=payload[f"{asked}_text"],
            expected=[each.text for each in line.candidates],
            cure=line.cure or "Write one of those; a room that nobody has listed is said to be new.",
            candidates=[{"id": each.key, "name": each.text} for each in line.candidates],
        )
    return dict(line.payload)
