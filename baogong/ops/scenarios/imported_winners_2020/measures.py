"""What must hold, each read from the book, its claims and its papers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from baogong.journal import queries as journal_
from baogong.journal.queries.imports import import_run
from baogong.ops.scenarios.imported_winners_2020.cast import OFFICE, ON_PAPER, UNITS
from baogong.ops.scenarios.imported_winners_2020.rights import at_once, tries
from baogong.ops.scenarios.rationed import book
from baogong.ops.scenarios.stage import Stage

LATE = timedelta(hours=1)


def problems_listed(stage: Stage) -> str:
    """Rows with a fault of their own in the first list, and the ways there are of being wrong: column and what was expected."""
    lines = [line.outcome for line in import_run(stage.ids["first list"]).lines]
    counts = {one.expected for one in lines if " / " in one.expected}  # what the whole list does not come to
    faults = [one for one in lines if one.status == "REFUSED" and one.expected not in counts and one.cure]
    return f"{len(faults)} {len({(one.where[0], one.expected) for one in faults})}"


def promised_before_the_second_signature(stage: Stage) -> int:
    """Units promised or given before two persons had signed some list."""
    signed = [
        max(one.at for one in paper.signatures)
        for paper in journal_.documents(kind="WINNERS")
        if len(paper.signatures) == 2
    ]
    return sum(move.amount for move in book.out_of_the_offer(stage, OFFICE) if not signed or move.at < min(signed))


def people_with_two_rights(stage: Stage) -> int:
    rights = Counter(one.claim.person for one in book.promises(stage, OFFICE))
    return sum(count > 1 for count in rights.values())


def wanted_twice_used_once(stage: Stage) -> int:
    """People who showed their number in both channels, and have one redemption and one handover of what they won."""
    channels: dict[bytes, set[str]] = {}
    for one in tries(stage):
        channels.setdefault(one.tag, set()).add(one.channel)
    mine = {one.claim.person: one for one in book.promises(stage, OFFICE)}
    both = [mine[tag] for tag, met in channels.items() if len(met) == 2 and tag in mine]
    return sum(one.claim.used_in is not None and one.handed_over == one.units == UNITS for one in both)


def used_in_the_same_second(stage: Stage) -> int:
    """People at whom both channels asked in one second, and of whom one channel has it, from that second."""
    mine = {one.person: one for one in book.audit(stage, OFFICE)}
    pairs = at_once(tries(stage))
    return sum(
        mine[first.tag].used_at == first.at and mine[first.tag].used_in in ("SHOP", "ONLINE") for first, _other in pairs
    )


def late_rows_refused(stage: Stage) -> int:
    """Rows of the shop's paper whose right was used online meanwhile: refused, with when."""
    lines = import_run(stage.ids[f"run {ON_PAPER}"]).lines
    return sum(line.outcome.status == "REFUSED" and line.outcome.found.startswith("ONLINE 20") for line in lines)


def late_rows_taken(stage: Stage) -> int:
    """Rights used in the shop that the book was told of an hour later or more."""
    return sum(
        one.used_in == "SHOP"
        and one.used_at is not None
        and one.told_at is not None
        and one.told_at - one.used_at >= LATE
        for one in book.audit(stage, OFFICE)
    )


MEASURES: dict[str, Any] = {
    "problems_listed": problems_listed,
    "promised_before_the_second_signature": promised_before_the_second_signature,
    "winners_admitted": lambda stage: sum(one.claim.state != "CANCELLED" for one in book.promises(stage, OFFICE)),
    "people_with_two_rights": people_with_two_rights,
    "wanted_twice_used_once": wanted_twice_used_once,
    "used_in_the_same_second": used_in_the_same_second,
    "late_rows_taken": late_rows_taken,
    "late_rows_refused": late_rows_refused,
    "given_without_a_right": lambda stage: book.promised_without_a_claim(stage, OFFICE),
    "units_handed_over": lambda stage: book.units_handed_over(stage, OFFICE),
    "rights_run_out": lambda stage: sum(
        one.given_back and one.claim.state == "EXPIRED" for one in book.promises(stage, OFFICE)
    ),
    "units_unaccounted_for": lambda stage: book.units_unaccounted_for(stage, OFFICE),
}

FACTS: dict[str, Any] = {
    "used_in_the_shop": lambda stage: sum(one.used_in == "SHOP" for one in book.audit(stage, OFFICE)),
    "used_online": lambda stage: sum(one.used_in == "ONLINE" for one in book.audit(stage, OFFICE)),
    "tries": lambda stage: len(tries(stage)),
}
