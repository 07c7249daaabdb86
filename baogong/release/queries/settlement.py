"""What a release came to: who bears what, and who was served, by district and by age."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, Sum, Value

from baogong.engine.release import Rule, charge
from baogong.kernel.errors import NotFound
from baogong.release.facts import OLDEST_DECADE
from baogong.release.models import (
    Claim,
    DrawEntry,
    Release,
)
from baogong.release.offers import TAKEN, bears_delivery
from baogong.release.queries.releases import LIST_MAX


@dataclass(frozen=True, slots=True)
class Settled:
    """
    What one bearer owes one payee for one part of what was handed over in the time asked for.

    payee_id  the party, where the book says which
    """

    payee: str
    payee_name: str
    bearer: str
    part: str
    claims: int
    units: int
    fen: int
    payee_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Fairness:
    """Claims and units by district."""

    region: str
    claims: int
    admitted: int
    units: int


def settlement(release: UUID, *, since: date | None = None, until: date | None = None) -> tuple[Settled, ...]:
    """
    Who owes whom for what was handed over of the tranches of these days (both included), to the fen.

    A right that was redeemed is paid to the place where it was used, or that sent it; delivery belongs to what was brought.
    What no right was redeemed for is the tranche's own shop's. The factory is the tranche's, the authority the office.
    """
    row = Release.objects.select_related("rule", "office").filter(id=release).first()
    if row is None:
        raise NotFound("There is no such release.", where=str(release), cure="Open the list anew.")
    if row.rule is None:
        return ()
    rule = Rule.read(row.rule.body)
    handed = Claim.objects.filter(tranche__release=row, state=Claim.State.HANDED_OVER)
    if since is not None:
        handed = handed.filter(tranche__on__gte=since)
    if until is not None:
        handed = handed.filter(tranche__on__lte=until)
    sums: dict[tuple[str, str, UUID | None, str, str], list[int]] = {}
    places = ("redemption__place", "tranche__shop", "tranche__factory")
    named = [path for place in places for path in (place, f"{place}__name")]
    groups = handed.values_list("tranche__variant", "redemption__channel", "units", *named)
    office = (row.office_id, row.office.name)
    for variant, used_in, units, *found, count in groups.annotate(count=Count("id")).order_by():
        used, shop, factory = ((found[at], found[at + 1] or "") for at in (0, 2, 4))
        payees = {"SHOP": used if used_in else shop, "FACTORY": factory, "AUTHORITY": office}
        for one in charge(rule, units, variant, is_brought=bears_delivery(rule, used_in)):
            id, name = payees.get(one.payee.value, (None, ""))
            key = (one.payee.value, name, id, one.bearer.value, one.part.value)
            total = sums.setdefault(key, [0, 0, 0])
            for at, more in enumerate((count, count * units, count * one.fen)):
                total[at] += more
    return tuple(
        Settled(payee, name, bearer, part, claims, units, fen, id)
        for (payee, name, id, bearer, part), (claims, units, fen) in sorted(
            sums.items(), key=lambda one: tuple(map(str, one[0]))
        )
    )


def fairness(release: UUID) -> tuple[Fairness, ...]:
    """How claims fared by the region they named."""
    taken = Q(state__in=TAKEN)
    rows = (
        Claim.objects.filter(tranche__release=release)
        .values("region")
        .annotate(claims=Count("id"), admitted=Count("id", filter=taken), units=Sum("units", filter=taken, default=0))
        .order_by("region")
    )
    return tuple(Fairness(row["region"], row["claims"], row["admitted"], row["units"]) for row in rows[:LIST_MAX])


@dataclass(frozen=True, slots=True)
class FairnessByAge:
    """
    Claims and units by the road they came and the ten years their people were born in.

    born_from, born_until  years, both included; None: open at that end, and both None where no number told it
    """

    channel: str
    born_from: int | None
    born_until: int | None
    claims: int
    admitted: int
    units: int


def fairness_by_age(release: UUID) -> tuple[FairnessByAge, ...]:
    """How claims fared by channel and age, the oldest first; of a draw those who entered and drew no place count as well."""
    taken = Q(state__in=TAKEN)
    claims = (
        Claim.objects.filter(tranche__release=release)
        .values_list("channel", "born_decade")
        .annotate(claims=Count("id"), admitted=Count("id", filter=taken), units=Sum("units", filter=taken, default=0))
    )
    losers = (
        DrawEntry.objects.filter(draw__tranche__release=release, draw__drawn_at__isnull=False, left_at=None, rank=None)
        .values_list("channel", "born_decade")
        .annotate(claims=Count("id"), admitted=Value(0), units=Value(0))
    )
    sums: dict[tuple[str, int | None], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for channel, decade, *figures in claims.order_by().union(losers.order_by(), all=True):
        before = sums[channel, decade]
        sums[channel, decade] = (before[0] + figures[0], before[1] + figures[1], before[2] + figures[2])
    return tuple(
        FairnessByAge(
            channel,
            None if decade in (None, OLDEST_DECADE) else decade,
            None if decade is None else decade + 9,
            *figures,
        )
        for (channel, decade), figures in sorted(sums.items(), key=lambda one: (one[0][0], one[0][1] or 9999))
    )
