"""
Setting up a courier's telephone: the keeper's page shows a short code, the telephone turns it into its token, once.

So the token itself passes over no screen, paper or address.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.delivery.codes import tidy
from baogong.delivery.errors import PairingUnusable
from baogong.delivery.models import Pairing
from baogong.delivery.services.devices import give_device, require_shift
from baogong.delivery.services.stations import KEEPERS
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_code, new_id
from baogong.people.services.identity import tag

OPEN_FOR = timedelta(minutes=15)
SIGNS_COUNT = 8  # 31⁸, open for a quarter of an hour, and guesses are counted where they come in


@transaction.atomic
@recorded("delivery.pairing.offered")
def offer_pairing(
    *, person: UUID, station: UUID, from_at: datetime, until_at: datetime, actor: Actor, now: datetime
) -> str:
    """
    A code of eight signs that sets up one telephone of this person, once, within a quarter of an hour.

    Earlier offers for the same person that nobody has used end. Raises NotYourPlace, UnusableInput.
    """
    actor.require(*KEEPERS, at=station)
    require_shift(from_at, until_at, now)
    code = new_code(SIGNS_COUNT)
    Pairing.objects.filter(person_id=person, used_at=None).update(used_at=now)
    row = Pairing.objects.create(
        id=new_id(),
        tag=_tag(code),
        person_id=person,
        station_id=station,
        from_at=from_at,
        until_at=until_at,
        made_at=now,
        made_by_id=actor.person_id,
        made_by_name=actor.name,
        ends_at=now + OPEN_FOR,
    )
    record(
        kind="delivery.pairing.offered",
        actor=actor,
        now=now,
        subject=person,
        data={"pairing": str(row.id), "station": str(station)},
    )
    return code


@transaction.atomic
def pair(*, code: str, now: datetime) -> str:
    """
    The token of the telephone that shows the code, in the name of the keeper who offered it. Of two who use a code in the
    same second one is refused. Raises PairingUnusable.
    """
    text = tidy(code)
    opened = Pairing.objects.filter(tag=_tag(text), used_at=None, made_at__lte=now, ends_at__gt=now)
    row = opened.first() if text else None
    if row is None or opened.update(used_at=now) != 1:
        raise PairingUnusable(
            "This code sets up no telephone: it was used, has ended, or a sign is wrong.",
            where="code",
            cure="Ask the station's keeper for a new code.",
        )
    keeper = Actor(row.made_by_id, row.made_by_name, {Duty.KEEPER: frozenset({row.station_id})})
    return give_device(
        person=row.person_id,
        station=row.station_id,
        from_at=row.from_at,
        until_at=row.until_at,
        actor=keeper,
        now=now,
    )


def _tag(code: str) -> bytes:
    return tag(what="CODE", purpose="delivery.pairing", value=code)
