"""
Registrations that outlive a draw, where the rule keeps losers in: until the person wins or leaves, without coming again.

Whoever writes here has locked the draw before the registration, never the other way round: a list that is being closed holds
its draw and waits for registrations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from baogong.engine import draw as engine
from baogong.engine.draw.papers import PUBLISHED_TO_BEACON
from baogong.journal.services import record
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import derived_id, new_id
from baogong.people.services.identity import unsealer
from baogong.release.codes import own_id
from baogong.release.identity import Person
from baogong.release.models import Device, Draw, DrawEntry, DrawStay
from baogong.release.services.door import Door, draw_of, lock_to_enter, rule_of

BATCH = 2_000
FIRST = UUID(int=0)

# As `luck` counts a win: a right that was fetched or let pass. The rows are locked in the order in which they are carried.
END_WON = """
WITH won AS (
    SELECT stay.id, entry.id AS entry
    FROM release_drawstay AS stay
    JOIN release_drawentry AS entry ON entry.stay_id = stay.id
    JOIN release_claim AS claim ON claim.id = entry.id
    WHERE stay.release_id = %(release)s AND stay.ended_at IS NULL
      AND (%(all)s OR stay.person = ANY(%(persons)s::bytea[]))
      AND claim.state IN ('ADMITTED', 'ACCEPTED', 'UNDERWAY', 'LOST', 'HANDED_OVER', 'EXPIRED')
    ORDER BY stay.id FOR UPDATE OF stay
)
UPDATE release_drawstay AS stay SET ended_at = %(now)s, won_by = won.entry, sealed = ''
FROM won WHERE won.id = stay.id AND stay.ended_at IS NULL
"""
TAKE_OUT = """
UPDATE release_drawentry AS entry SET left_at = %(now)s, left_for = stay.won_by
FROM release_drawstay AS stay
WHERE entry.draw_id = %(draw)s AND entry.left_at IS NULL AND stay.id = entry.stay_id AND stay.won_by <> entry.id
"""
# Whose draw is drawn, or void: they were not closed in time and nobody could win.
FIND_LOSERS = """
SELECT stay.id
FROM release_drawstay AS stay
JOIN release_drawentry AS entry ON entry.id = stay.entry
JOIN release_draw AS draw ON draw.id = entry.draw_id
WHERE stay.release_id = %(release)s AND stay.region = %(region)s AND stay.variant = %(variant)s
  AND stay.ended_at IS NULL AND stay.person IS NOT NULL AND stay.id > %(after)s AND draw.id <> %(draw)s
  AND (draw.drawn_at IS NOT NULL OR (draw.close IS NULL AND draw.beacon_at < %(void)s))
ORDER BY stay.id LIMIT %(most)s FOR UPDATE OF stay
"""


def begin(row: Draw, entry: DrawEntry, who: Person, nonce: bytes, seal: Callable[[str], str]) -> DrawStay:
    """
    The registration of who enters now, unwritten; the entry names it. The nonce itself is kept nowhere.

    seal  under the city's purpose, made once for all of a list
    """
    tranche = row.tranche
    stay = DrawStay(
        id=new_id(),
        release_id=tranche.release_id,
        region=tranche.region,
        variant=tranche.variant,
        person=who.person,
        entry=entry.id,
        sealed=sealed_of(who, nonce, seal),
        begun_at=entry.entered_at,
    )
    entry.stay = stay
    return stay


def sealed_of(who: Person, nonce: bytes, seal: Callable[[str], str]) -> str:
    """What carries a registration on, and what the door asks that only the document told, enciphered for the city's purpose."""
    told = {
        "key": engine.stay_key_of(nonce).hex(),
        "region": who.document_region,
        "born": who.born_on.isoformat() if who.born_on else "",
    }
    return seal(json.dumps(told))


def end_won(release: UUID, now: datetime, persons: Sequence[bytes] | None = None) -> None:
    """Who has won is out, and registers anew where the rule lets them; of these persons, or (None) of all."""
    asked: dict[str, Any] = {"release": release, "now": now, "all": persons is None, "persons": list(persons or ())}
    with connection.cursor() as cursor:
        cursor.execute(END_WON, asked)


def carry_into(row: Draw, after: UUID, now: datetime) -> tuple[int, UUID | None]:
    """
    Carry some of those who lost into this draw, each judged at its door as if they came: (how many, where to go on).

    The draw is locked and its list open, or about to close. Whoever the door refuses stays registered and is asked again.
    """
    tranche, rule = row.tranche, rule_of(row.tranche)
    stays = _losers(row, after, now)
    if not stays:
        return 0, None
    earlier = DrawEntry.objects.in_bulk([stay.entry for stay in stays])
    unseal = unsealer()
    told = {stay.id: json.loads(unseal(stay.sealed)) for stay in stays}
    people = {stay.id: _person(earlier[stay.entry], told[stay.id]) for stay in stays}
    door = Door(row, list(people.values()), now, instead_of=list(earlier))
    fresh: list[DrawEntry] = []
    moved: list[DrawStay] = []
    refused: list[DrawStay] = []
    for stay in stays:
        entry, who = earlier[stay.entry], people[stay.id]
        refusal = door.refusal_of(who, entry.region)
        if refusal is not None:
            if (stay.refusal, stay.free_on) != refusal:
                stay.refusal, stay.free_on = refusal
                refused.append(stay)
            continue
        door.let_in(who)
        fresh.append(_carried(row, entry, bytes.fromhex(told[stay.id]["key"]), now))
        stay.entry, stay.refusal, stay.free_on = fresh[-1].id, "", ""
        moved.append(stay)
    DrawEntry.objects.bulk_create(fresh, batch_size=BATCH)
    DrawStay.objects.bulk_update([*moved, *refused], ["entry", "refusal", "free_on"], batch_size=BATCH)
    _keep_devices({entry.came_from_id: entry.id for entry in fresh if entry.came_from_id})
    if fresh:
        record(
            kind="release.draw.carried", actor=THE_HOUSE, now=now, subject=tranche.id,
            data={"draw": str(row.id), "people": len(fresh), "release": rule.code},
        )  # fmt: skip
    return len(fresh), stays[-1].id


def complete(row: Draw, now: datetime) -> None:
    """The last who are carried into a list that closes now, and those out of it who have won meanwhile. It is locked."""
    if rule_of(row.tranche).draw.stays_in:
        end_won(row.tranche.release_id, now)
        _take_out(row, now)
        after: UUID | None = FIRST
        while after is not None:
            _count, after = carry_into(row, after, now)


def carry_losers(*, now: datetime) -> int:
    """Carry everybody who lost into the next draw that is open for them, some at a time; how many. Done before: nobody."""
    waiting = Draw.objects.filter(
        close=None, closes_at__gt=now, tranche__release__state="OPEN",
        tranche__release__rule__body__contains={"draw": {"stays_in": True}},
    )  # fmt: skip
    carried = 0
    for draw in waiting.order_by("closes_at", "id").values_list("id", flat=True):
        after: UUID | None = FIRST
        while after is not None:
            count, after = _carry_some(draw, after, now)
            carried += count
    return carried


@transaction.atomic
def _carry_some(draw: UUID, after: UUID, now: datetime) -> tuple[int, UUID | None]:
    row = draw_of(draw)
    lock_to_enter(row)
    if row.close is not None:
        return 0, None
    if after == FIRST:
        end_won(row.tranche.release_id, now)
        _take_out(row, now)
    return carry_into(row, after, now)


def _losers(row: Draw, after: UUID, now: datetime) -> list[DrawStay]:
    tranche = row.tranche
    asked: dict[str, Any] = {
        "release": tranche.release_id, "region": tranche.region, "variant": tranche.variant, "draw": row.id, "after": after,
        "void": now + PUBLISHED_TO_BEACON, "most": BATCH,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FIND_LOSERS, asked)
        ids = [found[0] for found in cursor.fetchall()]
    return list(DrawStay.objects.filter(id__in=ids).order_by("id"))


def _take_out(row: Draw, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OUT, {"draw": row.id, "now": now})


def _person(entry: DrawEntry, told: dict[str, str]) -> Person:
    return Person(
        person=bytes(entry.person or b""),
        document=entry.document,
        household=None if entry.household is None else bytes(entry.household),
        phone=None if entry.phone is None else bytes(entry.phone),
        address=None if entry.address is None else bytes(entry.address),
        document_region=told["region"],
        born_on=date.fromisoformat(told["born"]) if told["born"] else None,
    )


def _carried(row: Draw, earlier: DrawEntry, key: bytes, now: datetime) -> DrawEntry:
    """A new random id, and a commitment of this draw that the entrant's own number opens. Nobody typed it: no clerk's cap."""
    entry = own_id()
    nonce = engine.carried_nonce_of(draw=row.id.bytes, key=key)
    return DrawEntry(
        id=entry,
        draw=row,
        commitment=engine.commitment_of(draw=row.id.bytes, entry=entry.bytes, nonce=nonce),
        entered_at=now,
        channel=earlier.channel,
        document=earlier.document,
        region=earlier.region,
        person=earlier.person,
        household=earlier.household,
        phone=earlier.phone,
        address=earlier.address,
        born_decade=earlier.born_decade,
        claimant_id=earlier.claimant_id,
        stay_id=earlier.stay_id,
        came_from=earlier,
        is_carried=True,
        request_id=derived_id("release.draw.carried", row.id, earlier.id),
    )


def _keep_devices(follows: dict[UUID, UUID]) -> None:
    """By which browser the person came first, for who looks at clusters."""
    known: Sequence[Device] = list(Device.objects.filter(id__in=follows))
    Device.objects.bulk_create(
        [Device(id=follows[one.id], release_id=one.release_id, tag=one.tag) for one in known], ignore_conflicts=True
    )
