"""Who stands on which list, which addresses were verified; all as keyed tags, until the city forgets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_rows, lock_word
from baogong.journal.promises import people_forgotten
from baogong.journal.services import record, recorded
from baogong.journal.services.outbox import forget_readers
from baogong.kernel.actor import Actor, Duty
from baogong.people.services.identity import erase_purpose
from baogong.release.errors import PersonUnusable
from baogong.release.identity import address_tag, purpose_of
from baogong.release.models import (
    Claim,
    ClusterLook,
    ContactUnderway,
    Device,
    Draw,
    DrawEntry,
    DrawStay,
    Listed,
    Release,
    Tranche,
    Used,
    VerifiedAddress,
    Winner,
)
from baogong.release.offers import PROMISED

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
    """Put people, by their tags, on one of the office's lists; how many were new. Raises NotYourPlace, PersonUnusable."""
    actor.require(*REGISTRARS, at=office)
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

    Raises NotYourPlace, PersonUnusable.
    """
    actor.require(*REGISTRARS, at=office)
    rows, purpose = {}, purpose_of(office)
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


@transaction.atomic
@recorded("release.people.forgotten")
def forget_people(*, office: UUID, actor: Actor, now: datetime) -> int:
    """
    The city's purpose has ended: the key of its personal data goes, and every tag with it. How many data there were.

    Claims stay, counted and settled, of nobody: neither who claimed nor which claims were one person's can be found any more,
    also by somebody who holds the house's keys and the person's number. The next release begins with new keys.
    Raises NotYourPlace (ADMIN everywhere), PersonUnusable (a release is open, or something of it is still to be brought).
    """
    actor.require(Duty.ADMIN)
    # As claims do: the tranches first, then their releases. What is underway is written, and forgotten with the rest.
    lock_rows(Tranche.objects.all(), Tranche.objects.filter(release__office=office).values_list("id", flat=True))
    releases = list(Release.objects.filter(office=office).select_for_update().order_by("id"))
    if any(one.state == Release.State.OPEN for one in releases):
        raise PersonUnusable(
            "A release of this office is open; its people are still needed. Nothing was erased.",
            where="office",
            expected="all its releases closed",
            cure="Close them first.",
        )
    to_bring = Claim.objects.filter(tranche__release__in=releases, due_at__isnull=False, state__in=PROMISED)
    if to_bring.exists():
        raise PersonUnusable(
            "Claims of this office are still to be brought to their people. Nothing was erased.",
            where="office",
            found=to_bring.count(),
            expected="every claim handed over, given up or run out",
            cure="Bring them first, or cancel them.",
        )
    claimed = Claim.objects.filter(tranche__release__in=releases, claimant__isnull=False)
    entered = DrawEntry.objects.filter(draw__tranche__release__in=releases, claimant__isnull=False)
    forget_readers(parties={*claimed.values_list("claimant", flat=True), *entered.values_list("claimant", flat=True)})
    count = erase_purpose(purpose=purpose_of(office), actor=actor, now=now)
    ContactUnderway.objects.filter(claim__tranche__release__in=releases).delete()
    nobody = {"person": None, "household": None, "phone": None, "address": None}
    # A claim's content is a hash over its tags: whoever can make them again would know it by that.
    Claim.objects.filter(tranche__release__in=releases).update(**nobody, content=b"", claimant=None)
    Winner.objects.filter(list__tranche__release__in=releases).update(**nobody)
    DrawEntry.objects.filter(draw__tranche__release__in=releases).update(**nobody, claimant=None)
    DrawStay.objects.filter(release__in=releases).update(person=None, sealed="")
    Draw.objects.filter(tranche__release__in=releases).update(secret=b"")  # it made labels of households' tags
    Device.objects.filter(release__in=releases).delete()
    ClusterLook.objects.filter(release__in=releases).delete()
    Used.objects.filter(scope__in=[one.scope for one in releases]).delete()
    Listed.objects.filter(office=office).delete()
    VerifiedAddress.objects.filter(office=office).delete()
    claims = list(Claim.objects.filter(tranche__release__in=releases).values_list("id", flat=True))
    people_forgotten.send(sender=None, room="release", office=office, claims=claims, now=now)
    record(kind="release.people.forgotten", actor=actor, now=now, subject=office, data={"count": count})
    return count
