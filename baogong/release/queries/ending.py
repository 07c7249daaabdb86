"""Cities whose people may be forgotten: what still needs them, and what would be lost."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery

from baogong.journal.promises import AT_ONCE, carried
from baogong.journal.queries.imports import previews_of
from baogong.people.queries.desk import values_kept
from baogong.people.queries.parties import PartyView, parties, party
from baogong.release.identity import purpose_of
from baogong.release.models import Claim, DrawEntry, Listed, Release, RuleVersion, VerifiedAddress
from baogong.release.offers import PROMISED

OFFICES_MAX = 200


@dataclass(frozen=True, slots=True)
class EndingView:
    """
    What stands in the way of forgetting a city's people, and what goes with them.

    city           as its releases say, the newest first said; "" before there is one
    purpose        what its people's data are kept for now
    open_releases  codes; owed: (state, claims) of rights that were promised and are not over
    carried        parcels on their way, also of rights that were given up
    values         numbers, names, telephones and addresses, enciphered
    claims, entries  of somebody who can still be told from others; figures stay
    listed, addresses  rows of the office's lists, and addresses it has verified
    previews       lists read and not written
    """

    office: UUID
    office_name: str
    office_name_en: str
    city: str
    purpose: str
    releases: int
    open_releases: tuple[str, ...]
    owed: tuple[tuple[str, int], ...]
    carried: int
    values: int
    claims: int
    entries: int
    listed: int
    addresses: int
    previews: int

    @property
    def can_end(self) -> bool:
        return not (self.open_releases or self.owed or self.carried)

    @property
    def holds_somebody(self) -> bool:
        """Whether anything is kept of anybody."""
        return bool(self.values or self.claims or self.entries or self.listed or self.addresses or self.previews)


def cities() -> tuple[PartyView, ...]:
    """Every office that has had a release, a list of people or a verified address; by name."""
    known: set[UUID] = set()
    for rows in (Release.objects.all(), Listed.objects.all(), VerifiedAddress.objects.all()):
        known.update(rows.order_by().values_list("office", flat=True).distinct()[:OFFICES_MAX])
    return parties(ids=known, most=OFFICES_MAX)


def city_of_purpose(purpose: str) -> PartyView | None:
    """Whose people's data are kept for it now; None where it is no city's, or has ended."""
    return next((one for one in cities() if purpose_of(one.id) == purpose), None)


def ending(office: UUID) -> EndingView:
    """Raises NotFound."""
    about = party(office)
    newest = RuleVersion.objects.filter(release=OuterRef("pk")).order_by("-number").values("body__city")[:1]
    releases = list(Release.objects.filter(office=office).annotate(city=Subquery(newest)).order_by("-made_at", "-id"))
    claims = Claim.objects.filter(tranche__release__office=office)
    counts = list(claims.order_by("state").values_list("state").annotate(all=Count("id"), known=Count("person")))
    purpose = purpose_of(office)
    held = claims.filter(hold__isnull=False).values_list("id", flat=True)
    return EndingView(
        office=office,
        office_name=about.name,
        office_name_en=about.name_en,
        city=releases[0].city if releases else about.city,
        purpose=purpose,
        releases=len(releases),
        open_releases=tuple(sorted(one.code for one in releases if one.state == Release.State.OPEN)),
        owed=tuple((state, count) for state, count, _known in counts if state in PROMISED),
        carried=carried("release", held.iterator(chunk_size=AT_ONCE)),
        values=values_kept(purpose),
        claims=sum(known for _state, _count, known in counts),
        entries=DrawEntry.objects.filter(draw__tranche__release__office=office, person__isnull=False).count(),
        listed=Listed.objects.filter(office=office).count(),
        addresses=VerifiedAddress.objects.filter(office=office).count(),
        previews=previews_of(office),
    )
