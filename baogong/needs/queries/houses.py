"""Receivers that may be one house, with what speaks for it; what each of the two has in the book."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from baogong.engine.sheets.houses import House, Likeness, Suggestion, suggest
from baogong.needs.models import Contact, Need
from baogong.people.queries.identity import tags
from baogong.people.queries.merges import ApartView, Houses, said_of_houses
from baogong.people.queries.parties import PartyView, parties
from baogong.people.services.identity import tag
from baogong.places import queries as places

RECEIVERS = ("SITE", "ORGANISATION", "TEAM")
CONTACT_PURPOSE = "NEED_CONTACT"
PARTIES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class HouseSide:
    """One of two parties side by side."""

    party: PartyView
    address: str
    needs_count: int


@dataclass(frozen=True, slots=True)
class HouseCouple:
    """
    Two parties that may be one (`likeness` SAME), or a house and its part (PART); `score` from 0 to 1.

    one, other   the fuller name first; with PART `other` is the part
    """

    one: HouseSide
    other: HouseSide
    likeness: Likeness
    score: float
    grounds: tuple[tuple[str, str], ...]


def likely_houses(
    *, parties_of: Collection[UUID] | None = None, apart: Collection[ApartView] | None = None
) -> tuple[HouseCouple, ...]:
    """The surest first; with `parties_of` only couples that have one of these. `apart`: where they are read already."""
    two = None if apart is None else [(row.first, row.second) for row in apart]
    views, suggestions, addresses = _suggested(apart=two)
    asked = Counter(Need.objects.filter(standing="REQUESTED").values_list("receiver_id", flat=True))

    def side(key: str) -> HouseSide:
        view = views[UUID(key)]
        return HouseSide(view, addresses.get(view.id, ""), asked[view.id])

    return tuple(
        HouseCouple(side(each.one), side(each.other), each.likeness, each.score, _plain(each))
        for each in suggestions
        if parties_of is None or {UUID(each.one), UUID(each.other)} & set(parties_of)
    )


def alike_and_parts(
    merged: Houses, apart: Collection[tuple[UUID, UUID]], numbers: Mapping[UUID, frozenset[str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(couples that may be one house, couples of a house and its part), as keys."""
    _, suggestions, _ = _suggested(merged=merged, apart=apart, numbers=numbers)
    alike = [(each.one, each.other) for each in suggestions if each.likeness is Likeness.SAME]
    return alike, [(each.one, each.other) for each in suggestions if each.likeness is Likeness.PART]


def grounds_for(one: UUID, other: UUID) -> tuple[tuple[str, str], ...]:
    """What speaks for these two being one; empty where nothing does and only a person knows."""
    _, suggestions, _ = _suggested(only=(one, other))
    return _plain(suggestions[0]) if suggestions else ()


def contacts_by_party() -> dict[UUID, frozenset[str]]:
    """Telephones as tags: equal where the number is, whoever published or gave it; nothing can be read from them."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for party, mark in tags(what="PHONE", purpose=CONTACT_PURPOSE).items():
        found[party].add(mark.hex())
    for party, number in Contact.objects.filter(kind="PUBLISHED", ended_at=None).values_list("receiver_id", "number"):
        found[party].add(tag(what="PHONE", purpose=CONTACT_PURPOSE, value=number).hex())
    return {party: frozenset(marks) for party, marks in found.items()}


def _suggested(
    only: tuple[UUID, UUID] | None = None,
    merged: Houses | None = None,
    numbers: Mapping[UUID, frozenset[str]] | None = None,
    apart: Collection[tuple[UUID, UUID]] | None = None,
) -> tuple[dict[UUID, PartyView], tuple[Suggestion, ...], dict[UUID, str]]:
    views = {view.id: view for view in parties(kinds=RECEIVERS, ids=only, most=PARTIES_MAX)}
    addresses = {site.id: site.address for site in places.sites(ids=only)}
    numbers = contacts_by_party() if numbers is None else numbers
    if merged is None or apart is None:
        merged, apart = said_of_houses()
    two = () if only else apart
    known = [
        House(
            key=str(view.id),
            kind=view.kind,
            name=view.name,
            city=view.city,
            aliases=view.aliases,
            nevers=view.nevers,
            address=addresses.get(view.id, ""),
            contacts=frozenset().union(*(numbers.get(party, frozenset()) for party in merged.family([view.id]))),
        )
        for view in views.values()
    ]
    return views, suggest(known, apart=[(str(first), str(second)) for first, second in two]), addresses


def _plain(suggestion: Suggestion) -> tuple[tuple[str, str], ...]:
    return tuple((ground.code, ground.text) for ground in suggestion.evidence)
