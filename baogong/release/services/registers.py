"""Who stands on which list, which addresses were verified; all as keyed tags, until the city forgets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.people.services.identity import hold_purpose
from baogong.release.errors import PersonUnusable
from baogong.release.identity import address_tag, purpose_of
from baogong.release.models import Listed, VerifiedAddress

REGISTRARS = (Duty.COMMAND, Duty.CLERK)
WHY_MAX = 200


@dataclass(frozen=True, slots=True)
class AddressIn:
    """
    An address as it is written, and the code of the region it lies in.

    waits_why  why nothing can be brought there now; "": it can
    """

    address: str
    region: str
    waits_why: str = ""


@transaction.atomic
@recorded("release.list.kept")
def put_on_list(*, office: UUID, name: str, persons: Sequence[bytes], actor: Actor, now: datetime) -> int:
    """
    Put people, by their tags, on one of the office's lists; how many were new.

    Raises NotYourPlace, PersonUnusable, people's Erased (the city is being ended).
    """
    actor.require(*REGISTRARS, at=office)
    hold_purpose(purpose=purpose_of(office), now=now)
    name = name.strip()
    if not 0 < len(name) <= 60 or any(len(tag) != 32 for tag in persons):
        raise PersonUnusable(
            "A list has a name of 1 to 60 characters and holds people's tags; nothing was kept.",
            where="name",
            expected="1 to 60 characters",
            cure="Name the list as the rule names it.",
        )
    before = Listed.objects.filter(office=office, name=name).count()
    Listed.objects.bulk_create(
        (Listed(office_id=office, name=name, tag=tag, put_at=now) for tag in sorted(set(persons))),
        ignore_conflicts=True,
    )
    added = Listed.objects.filter(office=office, name=name).count() - before
    record(kind="release.list.kept", actor=actor, now=now, subject=office, data={"added": added})
    return added


@transaction.atomic
@recorded("release.addresses.verified")
def verify_addresses(*, office: UUID, addresses: Sequence[AddressIn], actor: Actor, now: datetime) -> int:
    """
    Say that these addresses are there and where; one verified before takes the new region and reason. How many there were.

    Raises NotYourPlace, PersonUnusable, people's Erased (the city is being ended).
    """
    actor.require(*REGISTRARS, at=office)
    rows, purpose = {}, purpose_of(office)
    hold_purpose(purpose=purpose, now=now)
    for one in addresses:
        tag = address_tag(purpose, one.address)
        is_region = one.region.isdecimal() and 2 <= len(one.region) <= 12
        if tag is None or not is_region or len(one.waits_why) > WHY_MAX:
            raise PersonUnusable(
                "An address is written out and lies in a region of 2 to 12 digits; none was verified.",
                where="address",
                expected=f"an address and the code of its region, as 420100; a reason of at most {WHY_MAX} characters",
                cure="Complete the line.",
            )
        rows[tag] = VerifiedAddress(
            office_id=office, tag=tag, region=one.region, waits_why=one.waits_why.strip(), verified_at=now,
            verified_by_id=actor.person_id,
        )  # fmt: skip
    lock_word(f"addresses {office}")  # two lists of one office, one after the other
    VerifiedAddress.objects.filter(office=office, tag__in=sorted(rows)).delete()
    VerifiedAddress.objects.bulk_create([rows[tag] for tag in sorted(rows)])
    record(kind="release.addresses.verified", actor=actor, now=now, subject=office, data={"count": len(rows)})
    return len(rows)
