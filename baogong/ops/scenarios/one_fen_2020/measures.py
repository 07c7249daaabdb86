"""What must hold, each read from the book and its claims; regions and addresses from the carrier's own list."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import MONEY
from baogong.engine.book import Tense
from baogong.engine.release import Bearer, Rule, charge
from baogong.ledger import queries as ledger
from baogong.ledger.states import State
from baogong.ops.scenarios.one_fen_2020.cast import ADDRESSES, GIVER, LIST, OFFICE, PROVINCE, cut_off, opened, regions
from baogong.ops.scenarios.rationed import book, roads
from baogong.ops.scenarios.rationed.book import Promise
from baogong.ops.scenarios.stage import Stage
from baogong.release import queries


def outside_the_province(stage: Stage) -> int:
    """Units promised to addresses that the carrier's list does not have in the province."""
    known = regions(stage)
    return sum(
        one.units
        for one in book.promises(stage, OFFICE)
        if not known.get(one.claim.address or b"", "").startswith(PROVINCE)
    )


def _goods(stage: Stage) -> dict[UUID, UUID]:
    """Release → what it offers."""
    return {one.id: one.item for one in queries.releases(offices=[stage.party(OFFICE)])}


def one_good_twice(stage: Stage) -> int:
    """Persons with two promises of one good, whatever the release and the road."""
    goods = _goods(stage)
    held = Counter(
        (one.claim.person, goods[one.claim.release]) for one in book.promises(stage, OFFICE) if not one.given_back
    )
    return sum(count > 1 for count in held.values())


def asked_by_several_roads(stage: Stage) -> int:
    """Persons who asked for one good by telephone and by list, and have one promise of it."""
    goods, asked = _goods(stage), defaultdict[tuple[bytes | None, UUID], set[str]](set)
    for one in book.audit(stage, OFFICE):
        asked[one.person, goods[one.release]].add(one.channel)
    held = Counter((one.claim.person, goods[one.claim.release]) for one in book.promises(stage, OFFICE))
    return sum({"PHONE", "IMPORT"} <= roads_ and held[key] == 1 for key, roads_ in asked.items())


def _at(stage: Stage, addresses: set[bytes]) -> list[Promise]:
    return [one for one in book.promises(stage, OFFICE) if one.claim.address in addresses]


def vanished(stage: Stage) -> int:
    """Units promised to addresses that could not be reached, that neither stand nor were handed over."""
    return sum(one.units - one.handed_over for one in _at(stage, cut_off(stage)) if one.given_back)


def still_waiting(stage: Stage) -> int:
    """Units promised to addresses that still cannot be reached; the book holds them."""
    rest = cut_off(stage) - opened(stage)
    return sum(one.units for one in _at(stage, rest) if not one.given_back and not one.handed_over)


def fen_owed_by_the_giver(stage: Stage) -> int:
    """What the book says the giver owes for the offers."""
    return sum(
        move.amount
        for move in ledger.movements(items=[MONEY], holders=[stage.party(GIVER)], limit=book.ALL)
        if move.tense is Tense.POSTED and move.source.state is State.OUTSIDE
    )


def fen_handed_over_and_not_posted(stage: Stage) -> int:
    """The giver's part of what the book says was handed over, less what was posted under an offer's papers."""
    rules = {one.id: Rule.read(one.rule) for one in queries.releases(offices=[stage.party(OFFICE)])}
    due = sum(
        part.fen
        for one in book.promises(stage, OFFICE)
        if one.handed_over
        for part in charge(rules[one.claim.release], one.handed_over)
        if part.bearer is Bearer.GIVER
    )
    moves = ledger.movements(items=[MONEY], holders=[stage.party(GIVER)], limit=book.ALL)
    return due - sum(move.amount for move in moves if move.tense is Tense.POSTED and move.document is not None)


MEASURES: dict[str, Any] = {
    "outside_the_province": outside_the_province,
    "one_good_twice": one_good_twice,
    "asked_by_several_roads": asked_by_several_roads,
    "vanished": vanished,
    "still_waiting": still_waiting,
    "brought_once_the_way_was_open": lambda stage: sum(one.handed_over for one in _at(stage, opened(stage))),
    "fen_owed_by_the_giver": fen_owed_by_the_giver,
    "fen_handed_over_and_not_posted": fen_handed_over_and_not_posted,
    "promised_without_a_claim": lambda stage: book.promised_without_a_claim(stage, OFFICE),
    "rows_refused": lambda stage: roads.refused_lines(stage, ADDRESSES, LIST),
    "units_handed_over": lambda stage: book.units_handed_over(stage, OFFICE),
    "units_unaccounted_for": lambda stage: book.units_unaccounted_for(stage, OFFICE),
}

FACTS: dict[str, Any] = {
    "promises": lambda stage: len(book.promises(stage, OFFICE)),
    "refused_as_elsewhere": lambda stage: sum(one.code == "elsewhere" for one in book.audit(stage, OFFICE)),
    "refused_as_unverified": lambda stage: sum(one.code == "address-not-verified" for one in book.audit(stage, OFFICE)),
    "refused_as_served": lambda stage: sum(one.code == "quota-used" for one in book.audit(stage, OFFICE)),
}
