"""What a release came to: who bears what, and who was served, by district and by age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Sum, Value

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
    """Claims, and entries in draws that got no place, by district; what came of them, in units too."""

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
    """How whoever asked fared by the region they named; of a draw those who entered and got no place count as well."""
    rows = sorted(_fared(release, "region").items())
    return tuple(Fairness(region, *figures) for (region,), figures in rows[:LIST_MAX])


def _fared(release: UUID, *by: str) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    """
    By these columns: how many asked, how many of them were admitted, their units.

    A winner and who stands by has a claim of the entry's id, and so has to whom more stock came later.
    """
    taken = Q(state__in=TAKEN)
    claims = (
        Claim.objects.filter(tranche__release=release)
        .values_list(*by)
        .annotate(asked=Count("id"), admitted=Count("id", filter=taken), taken=Sum("units", filter=taken, default=0))
    )
    losers = (
        DrawEntry.objects.filter(
            ~Exists(Claim.objects.filter(id=OuterRef("id"))),
            draw__tranche__release=release,
            draw__drawn_at__isnull=False,
            left_at=None,
        )
        .values_list(*by)
        .annotate(asked=Count("id"), admitted=Value(0), taken=Value(0))
    )
    rows: Iterable[Any] = claims.order_by().union(losers.order_by(), all=True)
    sums: dict[tuple[Any, ...], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for *key, asked, admitted, units in rows:
        before = sums[tuple(key)]
        sums[tuple(key)] = (before[0] + asked, before[1] + admitted, before[2] + units)
    return sums


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
    return tuple(
        FairnessByAge(
            channel,
            None if decade in (None, OLDEST_DECADE) else decade,
            None if decade is None else decade + 9,
            *figures,
        )
        for (channel, decade), figures in sorted(
            _fared(release, "channel", "born_decade").items(), key=lambda one: (one[0][0], one[0][1] or 9999)
        )
    )
