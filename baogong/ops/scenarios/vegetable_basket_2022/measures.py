"""What must hold, each from the book, from what was pasted, or from the lists of the story; never from a plan's output."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from uuid import UUID

from baogong.engine.book import Tense
from baogong.engine.chain import read
from baogong.journal import queries as journal
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.ops.scenarios.stage import Stage
from baogong.ops.scenarios.vegetable_basket_2022.cast import (
    CODES,
    SUPPLIER,
    basket_of,
    communities,
    packs_in,
    rows,
)
from baogong.orders import queries
from baogong.orders.queries import BasketView, HouseholdView
from baogong.orders.queries.chains import uncovered

Door = tuple[str, str, str]


def _views(stage: Stage) -> list[BasketView]:
    return [queries.basket(basket_of(stage, community)) for community in communities(stage)]


def _households(stage: Stage) -> dict[str, tuple[HouseholdView, ...]]:
    return {community: queries.households_of(basket_of(stage, community)) for community in communities(stage)}


def characters_in_no_line(stage: Stage) -> int:
    """Of every paste, blanks aside."""
    return sum(
        paste.unaccounted
        for community in communities(stage)
        for paste in queries.pastes_of(basket_of(stage, community))
    )


def lines_without_an_outcome(stage: Stage) -> int:
    """Lines of the newest chats that are neither counted, withdrawn, left out nor said to be no order."""
    count = 0
    for community in communities(stage):
        basket = basket_of(stage, community)
        newest = queries.pastes_of(basket)[0]
        ended = ("COUNTED", "WITHDRAWN", "LEFT_OUT", "SKIPPED")
        spans, at = [], 0
        for line in queries.lines_of(basket, states=ended):
            if line.paste == newest.id:
                start = newest.text.index(line.words, at)
                spans.append((start, start + len(line.words)))
                at = start + len(line.words)
        at = 0
        for row in newest.text.splitlines(keepends=True):
            inside = [
                (max(start - at, 0), min(end - at, len(row)))
                for start, end in spans
                if start < at + len(row) and end > at
            ]
            count += uncovered(row, inside) > 0
            at += len(row)
    return count


def households_misread(stage: Stage) -> int:
    """Doors for which the book of baskets has other packs than the list of what each household meant."""
    wanted: dict[tuple[str, Door], dict[str, int]] = {
        (row["小区"], (row["楼号"], row["单元"], row["房号"])): packs_in(row) for row in rows(stage, "90-wanted.csv")
    }
    got = {
        (community, one.place): {portion.code: portion.asked for portion in one.portions}
        for community, its in _households(stage).items()
        for one in its
        if one.portions
    }
    return sum(wanted.get(key) != got.get(key) for key in wanted.keys() | got.keys())


def supplier_totals_differ(stage: Stage) -> int:
    """(Basket, item) pairs of which the supplier's promise in the book is not the sum of the lists by building."""
    promised: Counter[UUID] = Counter()
    lots = [item.lot for view in _views(stage) for item in view.items if item.lot]
    for move in book.movements(lots=lots, limit=1_000_000):
        if (
            move.tense is Tense.HELD
            and move.source.holder == stage.party(SUPPLIER)
            and move.source.state is State.OUTSIDE
        ):
            promised[move.lot] += move.amount
    listed: Counter[UUID] = Counter()
    for view in _views(stage):
        lot_of = {item.code: item.lot for item in view.items}
        by_building: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for one in queries.households_of(view.id):
            for portion in one.portions:
                by_building[one.building][portion.code] += portion.ordered
        for codes in by_building.values():
            for code, packs in codes.items():
                lot = lot_of[code]
                assert lot is not None
                listed[lot] += packs
    return sum(promised[lot] != listed[lot] for lot in promised.keys() | listed.keys())


def short_and_not_answered(stage: Stage) -> int:
    """Households with fewer packs than they asked for whose answer lacks their own words, or does not say why for each pack."""
    count = 0
    for community in communities(stage):
        basket = basket_of(stage, community)
        texts = [paste.text for paste in queries.pastes_of(basket)]
        answers = {one.household.id: one for one in queries.answers_of(basket, only_short=True)}
        for one in queries.households_of(basket):
            if all(portion.given == portion.asked for portion in one.portions):
                continue
            answer = answers.get(one.id)
            told = answer is not None and bool(answer.words)
            told = told and all(any(words in text for text in texts) for words in answer.words) if answer else False
            told = (
                told
                and answer is not None
                and all(sum(packs for _, packs in item.whys) == item.missing for item in answer.items)
            )
            count += not told
    return count


def unfair_portions(stage: Stage) -> int:
    """Households of a basket that got two packs less of an item than a neighbour, and would have taken more."""
    count = 0
    for its in _households(stage).values():
        for code in CODES:
            mine = [
                portion for one in its for portion in one.portions if portion.code == code and portion.given is not None
            ]
            most = max((portion.given or 0 for portion in mine), default=0)
            count += sum((portion.given or 0) < min(portion.loaded, most - 1) for portion in mine)
    return count


def packs_over_the_truck(stage: Stage) -> int:
    """Packs that went onto a truck beyond what the carrier's own list says it takes."""
    loaded = {view.community_name: sum(item.loaded for item in view.items) for view in _views(stage)}
    return sum(
        max(sum(loaded[name] for name in row["小区"].split("、")) - int(row["装载份数"]), 0)
        for row in rows(stage, "45-trucks.csv")
    )


def opened_before_signed(stage: Stage) -> int:
    """Baskets into which somebody pasted though their report had not two signatures by then."""
    count = 0
    for view in _views(stage):
        pasted = min(paste.at for paste in queries.pastes_of(view.id))
        signed = journal.document(view.document).signatures if view.document else ()
        count += len({one.person for one in signed if one.at <= pasted}) < 2
    return count


def came_and_not_in_hands(stage: Stage) -> int:
    """Units of the book that came from the supplier and are neither in a household's hands nor spoilt."""
    lots = [item.lot for view in _views(stage) for item in view.items if item.lot]
    ends = (State.HANDED_OVER, State.SPOILED)
    return sum(amount for _, _, state, amount, _ in book.standings(lots) if state not in ends)


def owed_and_not_paid_back(stage: Stage) -> int:
    return sum(one.owed_fen for its in _households(stage).values() for one in its)


def lists_not_read_back(stage: Stage) -> int:
    """Chat messages of lists that the chain reader reads back as other sums than the households'."""
    count = 0
    for view in _views(stage):
        sums: Counter[str] = Counter()
        for chain in read(queries.chat_of(view, "orders")).chains:
            for entry in chain.entries:
                sums.update({item.item or "": item.quantity for item in entry.items})
        given = {item.name: item.given for item in view.items if item.given}
        count += dict(sums) != given
    return count


MEASURES: dict[str, Callable[[Stage], int | str | bool | None]] = {
    "committees": lambda stage: len({view.office for view in _views(stage)}),
    "characters_in_no_line": characters_in_no_line,
    "lines_without_an_outcome": lines_without_an_outcome,
    "households_misread": households_misread,
    "supplier_totals_differ": supplier_totals_differ,
    "short_and_not_answered": short_and_not_answered,
    "unfair_portions": unfair_portions,
    "packs_over_the_truck": packs_over_the_truck,
    "opened_before_signed": opened_before_signed,
    "came_and_not_in_hands": came_and_not_in_hands,
    "owed_and_not_paid_back": owed_and_not_paid_back,
}
FACTS: dict[str, Callable[[Stage], int | str]] = {
    "chat_lines": lambda stage: sum(
        line.kind == "ENTRY" for name in communities(stage) for line in queries.lines_of(basket_of(stage, name))
    ),
    "reposts": lambda stage: sum(len(queries.pastes_of(basket_of(stage, name))) - 1 for name in communities(stage)),
    "households": lambda stage: sum(len(its) for its in _households(stage).values()),
    "packs_asked": lambda stage: sum(item.asked for view in _views(stage) for item in view.items),
    "packs_given": lambda stage: sum(item.given for view in _views(stage) for item in view.items),
    "households_answered": lambda stage: sum(
        len(queries.answers_of(basket_of(stage, name), only_short=True)) for name in communities(stage)
    ),
    "lists_not_read_back": lists_not_read_back,
}
