"""What must hold, each read from the book (movements, lots, balances, documents, shifts), never from a plan's output."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from itertools import combinations
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.crew import queries as crew_
from baogong.crew.queries import ShiftView
from baogong.freight import queries as freight_
from baogong.journal import queries as journal_
from baogong.ledger import queries as book
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.consigned import consigned, moves_of
from baogong.ops.scenarios.losses import ALL
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.ops.scenarios.vegetable_packs_2022 import rules
from baogong.ops.scenarios.vegetable_packs_2022.asked import MEDICAL, SECOND
from baogong.ops.scenarios.vegetable_packs_2022.cast import FARM, HUB
from baogong.ops.scenarios.vegetable_packs_2022.growing import (
    grams_of,
    growers,
    made_by_lot,
    pack_moves,
    packs_made,
    posted,
    vegetables,
    written_off_on_paper,
)
from baogong.supply import queries as supply_
from baogong.supply.queries.loans import look_key

PACK_G, BAG_G = 5_000, 120
STANDS = (State.AVAILABLE, State.FROZEN)


# Packs: made, handed over, written off, weighed


def packs_unaccounted_for(stage: Stage) -> int:
    """Made or brought in, and neither signed for, in a store's stock, nor written off by a document that states a loss."""
    pack = item("vegetable-pack").id
    stores = [stage.party(FARM), stage.party(HUB)]
    stock = sum(view.posted for view in book.balances(holders=stores, states=STANDS, items=[pack]))
    return abs(packs_made() - sum(rules.signed_for().values()) - stock - written_off_on_paper([pack]))


def packs_signed_for(_stage: Stage) -> int:
    return sum(rules.signed_for().values())


def _trucks() -> list[dict[str, Any]]:
    return [paper.body for paper in journal_.documents(kind="WEIGHING", limit=ALL) if paper.body["what"] == "TRUCK"]


def delivered_g(stage: Stage) -> int:
    """What the bridge at the town's store says the trucks brought."""
    hub = str(stage.party(HUB))
    return sum(int(body["gross_g"]) - int(body["tare_g"]) for body in _trucks() if body["site"] == hub)


def sample_off_permille(_stage: Stage) -> int:
    """How far the packs put on the scale are from 5 kg without their bags, heavier or lighter; rounded up."""
    papers = [paper.body for paper in journal_.documents(kind="WEIGHING", limit=ALL) if paper.body["what"] == "PACKS"]
    grams = [weight for body in papers for weight in body["weights"]]
    return -(-abs(sum(grams) - len(grams) * (PACK_G + BAG_G)) * 1_000 // (len(grams) * PACK_G)) if grams else 1_000


def unexplained_permille(stage: Stage) -> int:
    """Of what was delivered, what neither packs nor the causes stated in the statement explain; rounded up."""
    (statement,) = journal_.documents(kind="WEIGHT_STATEMENT")
    delivered = delivered_g(stage)
    causes = sum(int(cause["grams"]) for cause in statement.body["causes"])
    return -(-abs(delivered - packs_made() * PACK_G - causes) * 1_000 // delivered)


def vegetables_unaccounted_g(stage: Stage) -> int:
    """Grams that stand neither in packs, nor in the farms' store, and no document states their loss; or miss in packs."""
    loose, farm = vegetables(), stage.party(FARM)
    elsewhere = sum(
        view.posted
        for view in book.balances(items=list(loose))
        if view.state not in (State.OUTSIDE, State.CONVERSION) and not (view.holder == farm and view.state in STANDS)
    )
    elsewhere -= written_off_on_paper(loose)
    into_packs = 0
    for move in posted(loose):
        if move.reason is not Reason.PURCHASE:
            into_packs += move.amount * (
                (move.target.state is State.CONVERSION) - (move.source.state is State.CONVERSION)
            )
    return abs(elsewhere) + abs(into_packs - packs_made() * PACK_G)


# Where they come from


def packs_without_a_grower(_stage: Stage) -> int:
    """Packs of which not every gram leads to somebody who brought it under a document."""
    brought, made = growers(), made_by_lot()
    known = {pack: sum(grams for lot, grams in inside.items() if lot in brought) for pack, inside in grams_of().items()}
    return sum(packs for pack, packs in made.items() if known.get(pack, 0) != PACK_G)


def growers_behind_the_packs(_stage: Stage) -> int:
    brought = growers()
    return len({brought[lot] for inside in grams_of().values() for lot in inside if lot in brought})


def money_in_the_packs_fen(_stage: Stage) -> int:
    """What the funds paid for the vegetables that are in the packs, rounded down."""
    made = made_by_lot()
    fen = sum(
        (
            made[origin.lot] * Fraction(origin.amount, origin.per)
            for origin in supply_.pack_origins(list(made))
            if origin.is_money
        ),
        Fraction(0),
    )
    return int(fen)


# Shared by need


def worst_community_permille(stage: Stage) -> int:
    return rules.worst_permille(stage, rules.signed_for())


def better_than_pro_rata_permille(stage: Stage) -> int:
    """By how much the worst served community is better off than under pro rata."""
    rated, _first = rules.what_the_rules_give(stage)
    return worst_community_permille(stage) - rules.worst_permille(stage, rated)


def left_empty_by_first_come(stage: Stage) -> int:
    """Receivers that would have got nothing had who asked first been served in full."""
    _rated, first = rules.what_the_rules_give(stage)
    return sum(packs == 0 for packs in first.values())


def consigned_or_lent_in_strange_hands(stage: Stage) -> int:
    """Pieces carried for somebody, or lent, that were signed for by another, packed, or used up."""
    named = consigned()
    wrong = sum(
        move.amount
        for move in moves_of(set(named))
        if (move.target.state is State.HANDED_OVER and move.target.holder != named[move.lot][1])
        or move.target.state in (State.CONVERSION, State.SOLD, State.USED)
    )
    taken = (State.HANDED_OVER, State.CONVERSION, State.SOLD, State.USED)
    return wrong + sum(move.amount for move in posted([item("computer").id]) if move.target.state in taken)


# On the road


def hours_on_the_road(stage: Stage) -> int:
    """From the last pack loaded at the farms to the first one taken over in the town; whole hours."""
    farm, hub = stage.party(FARM), stage.party(HUB)
    moves = pack_moves()
    loaded = [move.at for move in moves if move.source.holder == farm and move.target.state is State.ABOARD]
    came = [move.at for move in moves if move.source.state is State.ABOARD and move.target.holder == hub]
    return int((min(came) - max(loaded)).total_seconds() // 3600) if loaded and came else 0


def _signed(*codes: str) -> list[tuple[datetime, int]]:
    """(when, pieces) of each handing over of these goods; what is carried for others left out."""
    carried = set(consigned())
    return [
        (move.at, move.amount)
        for move in posted([item(code).id for code in codes])
        if move.target.state is State.HANDED_OVER and move.lot not in carried
    ]


def medical_items_signed_for(_stage: Stage) -> int:
    return sum(amount for _at, amount in _signed(*MEDICAL))


def second_batch_signed_for(_stage: Stage) -> int:
    return sum(amount for _at, amount in _signed(*SECOND))


def second_batch_before_the_first(_stage: Stage) -> int:
    """Pieces of the second batch that were signed for before the last pack was."""
    last = max((at for at, _amount in _signed("vegetable-pack")), default=None)
    return sum(amount for at, amount in _signed(*SECOND) if last is not None and at <= last)


# Lent


def serials_out(_stage: Stage) -> int:
    return len({move.lot for move in posted([item("computer").id]) if move.target.state is State.LENT})


def serials_set_up(_stage: Stage) -> int:
    """Things that somebody with a name made ready in a room with a name, at their borrower's."""
    return sum(
        any(act.act == "SET_UP" and act.by_name and act.place and act.loan_number for act in supply_.unit_acts(unit.id))
        for unit in supply_.units()
    )


def serials_home(_stage: Stage) -> int:
    """Things that came back from their borrower and went home to their lender."""
    at: dict[UUID, set[State]] = defaultdict(set)
    for move in posted([item("computer").id]):
        if move.source.state is State.LENT:
            at[move.lot].add(State.LENT)
        if move.target.state is State.OUTSIDE:
            at[move.lot].add(State.OUTSIDE)
    return sum(passed == {State.LENT, State.OUTSIDE} for passed in at.values())


def late_or_broken_on_paper(_stage: Stage) -> int:
    """Things that came back late or broken, whose receipt says what was wrong with them."""
    due = {
        serial: datetime.fromisoformat(paper.body["due_at"])
        for paper in journal_.documents(kind="LOAN", limit=ALL)
        for serial in paper.body["serials"]
    }
    return sum(
        paper.body["missing"] != ""
        for paper in journal_.documents(kind="LOAN_BACK", limit=ALL)
        for serial in paper.body["serials"]
        if paper.body["condition"] == "BROKEN" or paper.drawn_at > due[serial]
    )


def look_alikes_looked_at(_stage: Stage) -> int:
    """Pairs of numbers that look alike, both of which a person named when looking again."""
    serials = [unit.serial for unit in supply_.units()]
    said = [task.outcome for task in journal_.tasks(open_only=False) if task.outcome]
    alike: dict[str, list[str]] = defaultdict(list)
    for serial in serials:
        alike[look_key(serial)].append(serial)
    return sum(any(all(serial in text for serial in pair) for text in said) for pair in alike.values() if len(pair) > 1)


# Volunteers


def _shifts() -> list[ShiftView]:
    return [shift for shift in crew_.shifts(limit=ALL) if not shift.is_void]


def volunteer_minutes(_stage: Stage) -> int:
    return sum(shift.minutes for shift in _shifts())


def at_two_places_at_once(_stage: Stage) -> int:
    """Couples of shifts of one human being that overlap; a name is read without its spaces."""
    mine: dict[str, list[ShiftView]] = defaultdict(list)
    for shift in _shifts():
        mine["".join(shift.person_name.split())].append(shift)
    return sum(
        one.end_at is not None
        and other.end_at is not None
        and one.start_at < other.end_at
        and other.start_at < one.end_at
        for shifts in mine.values()
        for one, other in combinations(shifts, 2)
    )


MEASURES: dict[str, Any] = {
    "packs_made": lambda _stage: packs_made(),
    "packs_unaccounted_for": packs_unaccounted_for,
    "packs_signed_for": packs_signed_for,
    "delivered_g": delivered_g,
    "sample_off_permille": sample_off_permille,
    "unexplained_permille": unexplained_permille,
    "vegetables_unaccounted_g": vegetables_unaccounted_g,
    "packs_without_a_grower": packs_without_a_grower,
    "growers_behind_the_packs": growers_behind_the_packs,
    "money_in_the_packs_fen": money_in_the_packs_fen,
    "worst_community_permille": worst_community_permille,
    "better_than_pro_rata_permille": better_than_pro_rata_permille,
    "left_empty_by_first_come": left_empty_by_first_come,
    "consigned_or_lent_in_strange_hands": consigned_or_lent_in_strange_hands,
    "hours_on_the_road": hours_on_the_road,
    "medical_items_signed_for": medical_items_signed_for,
    "second_batch_signed_for": second_batch_signed_for,
    "second_batch_before_the_first": second_batch_before_the_first,
    "serials_out": serials_out,
    "serials_set_up": serials_set_up,
    "serials_home": serials_home,
    "late_or_broken_on_paper": late_or_broken_on_paper,
    "look_alikes_looked_at": look_alikes_looked_at,
    "volunteer_minutes": volunteer_minutes,
    "at_two_places_at_once": at_two_places_at_once,
}

FACTS: dict[str, Any] = {
    "packs_asked_for": lambda stage: sum(rules.asked(stage).values()),
    "worst_under_pro_rata_permille": lambda stage: rules.worst_permille(stage, rules.what_the_rules_give(stage)[0]),
    "worst_under_first_come_permille": lambda stage: rules.worst_permille(stage, rules.what_the_rules_give(stage)[1]),
    "volunteers": lambda _stage: len({shift.person for shift in _shifts()}),
    "waybills": lambda stage: len(freight_.waybills(now=stage.now, limit=ALL)),
    "documents": lambda _stage: len(journal_.documents(limit=ALL)),
    "ended_at": lambda stage: stage.now.astimezone(LOCAL).isoformat(),
}
