"""Packs as the book has them: made of what, grown by whom, paid with what, and what became of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from uuid import UUID

from baogong.catalogue.queries import item, items
from baogong.ledger import queries as book
from baogong.ledger.queries import LotView, MovementView
from baogong.ledger.states import State
from baogong.ops.scenarios.losses import ALL, WRITTEN_OFF, on_paper


def pack_moves() -> list[MovementView]:
    return posted([item("vegetable-pack").id])


def posted(goods: Collection[UUID]) -> list[MovementView]:
    """What happened to these goods, in order."""
    return [move for move in book.movements(items=list(goods), limit=ALL) if move.tense == "POSTED"]


def made_by_lot() -> Counter[UUID]:
    """Pack lot → packs that came out of a packing run, less those taken apart again."""
    made: Counter[UUID] = Counter()
    for move in pack_moves():
        if move.source.state is State.CONVERSION:
            made[move.lot] += move.amount
        if move.target.state is State.CONVERSION:
            made[move.lot] -= move.amount
    return Counter({lot: packs for lot, packs in made.items() if packs})


def packs_made() -> int:
    return sum(made_by_lot().values())


def may_have(lot: LotView) -> frozenset[UUID]:
    """Whom alone this lot is for; empty: anyone."""
    return frozenset(lot.earmark.parties) if lot.earmark else frozenset()


def pools() -> list[tuple[frozenset[UUID], int]]:
    """(for whom alone, packs), the narrowest first and what is for anyone last."""
    made = made_by_lot()
    sums: dict[frozenset[UUID], int] = defaultdict(int)
    for lot in book.lots(list(made)):
        sums[may_have(lot)] += made[lot.id]
    return sorted(sums.items(), key=lambda pool: (not pool[0], len(pool[0])))


def written_off_on_paper(goods: Collection[UUID]) -> int:
    """Base units that a report states as lost or spoiled, less what was found again."""
    moves = posted(goods)
    found_again = sum(move.amount for move in moves if move.source.state in WRITTEN_OFF)
    return sum(move.amount for move in on_paper(moves)) - found_again


def vegetables() -> frozenset[UUID]:
    return frozenset(view.id for view in items() if view.unit == "G")


def growers() -> dict[UUID, UUID]:
    """Lot of vegetables → who brought it: it came from the giver's hands, or from the supplier's."""
    brought: dict[UUID, UUID] = {}
    for move in posted(vegetables()):
        is_given = move.source.state is State.OUTSIDE and move.source.holder != move.target.holder
        is_sold = move.source.state is State.AVAILABLE and move.source.holder != move.target.holder
        if (is_given or is_sold) and move.document is not None:
            brought.setdefault(move.lot, move.source.holder)
    return brought


def grams_of() -> dict[UUID, dict[UUID, int]]:
    """Pack lot → lot of vegetables → grams of it in each pack."""
    made = made_by_lot()
    inside: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    loose = vegetables()
    edges = [edge for edge in book.sources_of(list(made)) if edge.child in made]
    goods = {lot.id: lot.item for lot in book.lots({edge.parent for edge in edges})}
    for edge in edges:
        if goods[edge.parent] in loose:
            inside[edge.child][edge.parent] = edge.parent_amount // edge.child_amount
    return inside
