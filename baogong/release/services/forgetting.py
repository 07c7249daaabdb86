"""A city forgets its people: by this act alone, once nothing is owed to them, and in every table at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from baogong.journal.locks import lock_rows
from baogong.journal.promises import AT_ONCE, in_parts, tell_forgotten
from baogong.journal.services import record, recorded
from baogong.journal.services.imports import lapse_previews_of
from baogong.journal.services.outbox import forget_readers
from baogong.kernel.actor import Actor, Duty
from baogong.people.services.identity import erase_purpose, own_purposes
from baogong.release.errors import PeopleStillNeeded
from baogong.release.identity import purpose_of
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
from baogong.release.queries.ending import EndingView, ending

ROOM = "release"


def register() -> None:
    """Called when the room starts."""
    own_purposes(room=ROOM, named="release [0-9a-f]{32}")


@transaction.atomic
@recorded("release.people.forgotten")
def forget_people(*, office: UUID, actor: Actor, now: datetime) -> int:
    """
    The city's purpose has ended: the key of its personal data goes, and every tag with it. How many data there were.

    Claims stay, counted and settled, of nobody: neither who claimed nor which claims were one person's can be found any more,
    also by somebody who holds the house's keys and the person's number. The next release begins with new keys.
    A million people take minutes, in one transaction; what it locks is this city's alone, so nobody else waits.
    Raises NotYourPlace (ADMIN everywhere), PeopleStillNeeded (a release is open, a right is owed, a parcel is on its way),
    NotFound.
    """
    actor.require(Duty.ADMIN)
    lapse_previews_of(place=office)  # before the tranches, as who writes a list comes to them from it
    # As claims do: the tranches first, then their releases. What is underway is written, and forgotten with the rest.
    lock_rows(Tranche.objects.all(), Tranche.objects.filter(release__office=office).values_list("id", flat=True))
    # Then the draws: whoever leaves one, or is carried into it, holds it and goes on to registration and entry.
    draws = Draw.objects.filter(tranche__release__office=office).values_list("id", flat=True)
    lock_rows(Draw.objects.only("id"), draws)
    releases = list(Release.objects.filter(office=office).select_for_update().order_by("id"))
    _refuse_while_needed(ending(office))
    claims = Claim.objects.filter(tranche__release__in=releases)
    # Before the key, as the worker that keeps a contact takes them: what it has begun to keep is written, and ends with the key.
    ContactUnderway.objects.filter(claim__in=claims).delete()
    count = erase_purpose(purpose=purpose_of(office), actor=actor, now=now, room=ROOM)
    entries = DrawEntry.objects.filter(draw__tranche__release__in=releases)
    for known in (claims, entries):
        claimants = known.filter(claimant__isnull=False).values_list("claimant", flat=True)
        for some in in_parts(claimants.iterator(chunk_size=AT_ONCE)):
            forget_readers(parties=some)
    nobody = {"person": None, "household": None, "phone": None, "address": None}
    # A claim's content is a hash over its tags: whoever can make them again would know it by that.
    claims.update(**nobody, content=b"", claimant=None)
    Winner.objects.filter(list__tranche__release__in=releases).update(**nobody)
    entries.update(**nobody, claimant=None)
    DrawStay.objects.filter(release__in=releases).update(
        person=None, sealed="", ended_at=Coalesce("ended_at", Value(now))
    )
    Draw.objects.filter(tranche__release__in=releases).update(secret=b"")  # it made labels of households' tags
    Device.objects.filter(release__in=releases).delete()
    ClusterLook.objects.filter(release__in=releases).delete()
    Used.objects.filter(scope__in=[one.scope for one in releases]).delete()
    Listed.objects.filter(office=office).delete()
    VerifiedAddress.objects.filter(office=office).delete()
    tell_forgotten(ROOM, office, claims.values_list("id", flat=True).iterator(chunk_size=AT_ONCE), now)
    record(kind="release.people.forgotten", actor=actor, now=now, subject=office, data={"count": count})
    return count


def _refuse_while_needed(view: EndingView) -> None:
    if view.can_end:
        return
    owed = [f"{count} {state}" for state, count in view.owed]
    carried = [f"{view.carried} parcels on their way"] if view.carried else []
    raise PeopleStillNeeded(
        "A release of this city is open, a right is still owed, or something is on its way: its people are still needed. "
        "Nothing was erased.",
        where=view.office_name,
        found=", ".join([*view.open_releases, *owed, *carried]),
        expected="every release closed; every right handed over, given up or run out; no parcel on its way",
        cure="Close the releases, bring or hand out what is owed, or cancel it; then end the city.",
    )
