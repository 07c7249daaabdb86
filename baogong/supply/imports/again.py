"""
A row against what the book holds: the same row read before, an earlier figure that this one may correct.

A list sent again, or grown by new rows, changes nothing. A row that stood in another list may be that gift once more or
a further one, and a changed figure may correct the earlier one or be another gift: nobody guesses, a person is asked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from baogong.engine.sheets.doubts import Figure, powers_of_ten
from baogong.engine.sheets.kinds import Candidate, LineOutcome
from baogong.engine.sheets.tables import Table
from baogong.kernel.ids import derived_id
from baogong.supply.imports.rows import known_keys
from baogong.supply.models import GiftLine, ReadRow
from baogong.supply.services.corrections import offered_now
from baogong.supply.sheets import Line, Question

LOOKED_BACK_MAX = 5_000
CANDIDATES_MAX = 5
_NEW_EDITION = re.compile(r"更正|修订|勘误|更新|修正|订正|最新|correct|revis|updat|\bv\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A line of a gift in the book; `amount` is what it is said to be by now."""

    line: UUID
    gift: UUID
    number: str
    no: int
    donor: UUID
    donor_name: str
    item: UUID
    item_zh: str
    receiver: UUID | None
    terms: str
    amount: int
    pieces_per_carton: int | None
    source: str
    row: UUID | None
    offered_at: datetime

    @property
    def list_name(self) -> str:
        return self.source.rpartition(" · ")[0]

    @classmethod
    def of(cls, line: UUID) -> Earlier:
        """One of them, by its line."""
        return _views(GiftLine.objects.filter(pk=line).select_related("gift", "gift__donor", "item"))[0]


def earlier_lines(*, donors: Iterable[UUID] = (), rows: Iterable[UUID] = ()) -> tuple[Earlier, ...]:
    """Lines these givers offered, or that came from these rows; the newest first."""
    found = GiftLine.objects.select_related("gift", "gift__donor", "item").order_by("-gift__offered_at", "gift", "no")
    by_donor = found.filter(gift__donor_id__in=set(donors))[:LOOKED_BACK_MAX] if donors else ()
    by_row = found.filter(row__in=set(rows)) if rows else ()
    return tuple({view.line: view for view in _views([*by_donor, *by_row])}.values())


def recent_lines() -> tuple[Earlier, ...]:
    """The newest lines of all givers, as many as a person's notice may mean."""
    newest = GiftLine.objects.select_related("gift", "gift__donor", "item").order_by("-gift__offered_at", "gift", "no")
    return tuple(_views(newest[:LOOKED_BACK_MAX]))


def as_candidate(earlier: Earlier, score: float, why: str) -> Candidate:
    day = timezone.localtime(earlier.offered_at)
    text = f"{earlier.number}/{earlier.no} {earlier.donor_name} · {earlier.item_zh} × {earlier.amount:,} ({day:%m-%d})"
    return Candidate(str(earlier.line), text, score, why)


def judge_against_the_book(table: Table, lines: Sequence[Line | LineOutcome]) -> tuple[LineOutcome, ...]:
    """Every line's outcome, once known rows and earlier figures have been looked up."""
    read = [line for line in lines if isinstance(line, Line)]
    known = known_keys(read)
    donors = {UUID(line.payload["donor"]) for line in read if line.payload.get("donor")}
    keys = {UUID(line.payload["key"]) for line in read}
    earlier = earlier_lines(donors=donors, rows=keys)
    again = _read_again(known, keys, earlier)
    is_new_edition = bool(_NEW_EDITION.search(f"{table.name} {table.title}")) or bool(known & again)
    outcomes = []
    for line in lines:
        if isinstance(line, LineOutcome):
            outcomes.append(line)
        elif line.payload["key"] in known and line.payload["key"] in again:
            outcomes.append(line.unchanged())
        elif line.payload["key"] in known:
            line.doubts.append("the same row stood in another list: the same goods, or further ones")
            line.payload["key"] = _next_key(line.payload["plain"], known)
            outcomes.append(line.outcome())
        else:
            _ask_what_it_corrects(line, earlier, keys, is_new_edition=is_new_edition)
            outcomes.append(line.outcome())
    return tuple(outcomes)


def _read_again(known: set[str], keys: set[UUID], earlier: Sequence[Earlier]) -> set[str]:
    """
    Known keys whose earlier list came again: this one holds all of its rows, or at least half of this one is known.

    A list of one row is no list to recognise: in a longer list that row may be another gift.
    """
    if 2 * len(known) >= len(keys):
        return known
    lists: dict[str, set[str]] = defaultdict(set)
    for line in earlier:
        if line.row is not None:
            lists[line.list_name].add(str(line.row))
    plain = {str(key) for key in keys}
    whole = {row for rows in lists.values() if len(rows) > 1 and rows <= plain for row in rows}
    # Rows that became no gift (left out by a person, or corrections) belong to no list, and are known for good.
    listed = {row for rows in lists.values() for row in rows}
    return {key for key in known if key in whole or key not in listed}


def _next_key(plain: str, known: set[str]) -> str:
    """The key of the same row once more: the first that no row in the book has."""
    number = 0
    while True:
        key = str(derived_id(UUID(plain), number))
        if key not in known and not ReadRow.objects.filter(key=key).exists():
            return key
        number += 1


def _ask_what_it_corrects(line: Line, earlier: Sequence[Earlier], keys: set[UUID], *, is_new_edition: bool) -> None:
    """Put the question where the row says that it corrects, or where a list came again with another figure."""
    payload = line.payload
    says_so = payload.get("correction") is not None
    amount = payload.get("amount")
    same_goods = [
        entry
        for entry in earlier
        if str(entry.donor) == payload.get("donor")
        and entry.terms == payload["terms"]
        and payload.get("item") in (None, str(entry.item))
        and entry.row not in keys
        and entry.amount != amount
    ]
    if not says_so:
        same_goods = [entry for entry in same_goods if _receiver(entry) == payload["receiver"] and payload.get("item")]
    found = []
    for entry in same_goods:
        was = payload.get("was")
        if says_so and was is not None and entry.amount == Decimal(was):
            found.append(as_candidate(entry, 0.95, "the figure that the correction names"))
        elif says_so:
            found.append(as_candidate(entry, 0.6, "the same giver and goods"))
        elif _is_ten_times(entry, amount):
            found.append(as_candidate(entry, 0.8, "the same giver and goods, a power of ten apart"))
        elif is_new_edition:
            found.append(as_candidate(entry, 0.7, "the same giver and goods, in the list as it was before"))
    if not says_so and not found:
        return
    found.sort(key=lambda candidate: (-candidate.score, candidate.text))
    payload["corrects"] = None
    words = payload.get("correction") or f"{payload['item_text']} × {amount}"
    line.questions.append(Question("corrects", f"which entry does it correct: {words}", tuple(found[:CANDIDATES_MAX])))


def _receiver(entry: Earlier) -> str | None:
    return None if entry.receiver is None else str(entry.receiver)


def _is_ten_times(entry: Earlier, amount: int | None) -> bool:
    if not amount:
        return False
    figures = [Figure("", "", "", entry.amount, "book"), Figure("", "", "", amount, "list")]
    return bool(powers_of_ten(figures))


def _views(lines: Iterable[GiftLine]) -> list[Earlier]:
    found = list(lines)
    amounts = offered_now(found)
    return [
        Earlier(
            line=line.id,
            gift=line.gift_id,
            number=line.gift.number,
            no=line.no,
            donor=line.gift.donor_id,
            donor_name=line.gift.donor.name,
            item=line.item_id,
            item_zh=line.item.name_zh,
            receiver=line.receiver_id,
            terms=line.gift.terms,
            amount=amounts[line.id],
            pieces_per_carton=line.pieces_per_carton,
            source=line.source,
            row=line.row,
            offered_at=line.gift.offered_at,
        )
        for line in found
    ]
