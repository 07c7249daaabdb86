"""A courier's telephone for one shift: given out, recognised, withdrawn."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from baogong.delivery.errors import DeviceRetired, DeviceUnusable, ShiftOver
from baogong.delivery.models import Device
from baogong.delivery.services.stations import KEEPERS
from baogong.journal.clock import house_moment
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id

TELLS_FOR = timedelta(hours=24)  # after its shift
SHIFT_MAX = timedelta(hours=36)
SCHEME = "Device"


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A telephone as recognised. `actor` acts in its person's name, with no duty besides."""

    id: UUID
    person: UUID
    station: UUID
    from_at: datetime
    until_at: datetime
    actor: Actor
    station_name: str = ""


@transaction.atomic
@recorded("delivery.device.given")
def give_device(
    *, person: UUID, station: UUID, from_at: datetime, until_at: datetime, actor: Actor, now: datetime
) -> str:
    """
    A token for one person's telephone and one shift; it cannot be had a second time. Earlier ones of the same person at
    this station whose shifts overlap read nothing any more; what was done on them still comes in. Another station's are
    its keeper's.

    Raises NotYourPlace, UnusableInput.
    """
    actor.require(*KEEPERS, at=station)
    require_shift(from_at, until_at, now)
    token = secrets.token_urlsafe(24)
    earlier = Device.objects.filter(person_id=person, station_id=station, revoked_at=None, retired_at=None)
    earlier.filter(from_at__lt=until_at, until_at__gt=from_at).update(retired_at=now)
    row = Device.objects.create(
        id=new_id(),
        token_hash=_hash(token),
        person_id=person,
        station_id=station,
        from_at=from_at,
        until_at=until_at,
        made_at=now,
        made_by_id=actor.person_id,
    )
    record(
        kind="delivery.device.given",
        actor=actor,
        now=now,
        subject=person,
        data={"device": str(row.id), "station": str(station), "until": until_at},
    )
    return token


@transaction.atomic
@recorded("delivery.device.withdrawn")
def withdraw_device(*, device: UUID, actor: Actor, now: datetime, still_tells: bool = False) -> None:
    """
    The telephone opens nothing from now on: lost or stolen.

    still_tells  it was given back: it shows nothing, and sends what was done on it until a day after its shift
    Raises NotYourPlace, DeviceUnusable.
    """
    row = Device.objects.filter(pk=device).first()
    if row is None:
        raise unusable()
    actor.require(*KEEPERS, at=row.station_id)
    Device.objects.filter(pk=device, retired_at=None).update(retired_at=now)
    if not still_tells:
        Device.objects.filter(pk=device, revoked_at=None).update(revoked_at=now)
    record(
        kind="delivery.device.withdrawn",
        actor=actor,
        now=now,
        subject=row.person_id,
        data={"device": str(device), "still_tells": still_tells},
    )


def recognise(token: str, now: datetime, *, to_read: bool) -> DeviceView:
    """
    Whose telephone this is.

    to_read  its shift must be on, and no other in its place; telling what was done is possible until a day after
    Raises DeviceUnusable, DeviceRetired, ShiftOver.
    """
    row = Device.objects.filter(token_hash=_hash(token)).select_related("person", "station").first()
    if row is None or row.revoked_at is not None or now >= row.until_at + TELLS_FOR:
        raise unusable()
    if to_read and row.retired_at is not None:
        raise DeviceRetired(
            f"Since {house_moment(row.retired_at)} another telephone is in use in place of this one, or it was given back: "
            "it still sends what was done, and shows nothing.",
            where="retired_at",
            found=house_moment(row.retired_at),
            cure="Send what is left; work on with the other telephone, or let the station's keeper set this one up anew.",
        )
    if to_read and now >= row.until_at:
        raise ShiftOver(
            f"The shift ended at {house_moment(row.until_at)}: this telephone still sends what was done, and shows "
            "nothing.",
            where="until_at",
            found=house_moment(now),
            expected=f"before {house_moment(row.until_at)}",
            cure="Send what is left, and ask the station for the next shift's token.",
        )
    return view_of(row)


def view_of(row: Device) -> DeviceView:
    """Of a row read with its person and station."""
    actor = Actor(row.person_id, row.person.name, {})
    return DeviceView(row.id, row.person_id, row.station_id, row.from_at, row.until_at, actor, row.station.name)


def require_shift(from_at: datetime, until_at: datetime, now: datetime) -> None:
    """Raises UnusableInput."""
    if not from_at < until_at <= from_at + SHIFT_MAX or until_at <= now:
        raise UnusableInput(
            "A shift ends after it begins, within 36 hours, and is not over yet. No telephone was set up.",
            where="until_at",
            found=[from_at.isoformat(), until_at.isoformat()],
            expected="a shift of at most 36 hours",
            cure="Correct the times.",
        )


def unusable() -> DeviceUnusable:
    return DeviceUnusable(
        "This telephone is not set up here, was withdrawn, or its shift ended more than a day ago. Nothing was changed.",
        expected="the token of a shift",
        cure="Ask the station's keeper to set it up.",
    )


def act_id(device: UUID, act: UUID) -> UUID:
    """The id of one telephone's act; another telephone's of the same id is another act."""
    return derived_id("delivery.sync", device, act)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
