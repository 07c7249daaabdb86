"""
The public account: what came in, what was bought, promised, shipped, signed for, lost; line by line.

Organisations are named. A natural person, a household or a vehicle is only called what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from baogong.catalogue import queries as catalogue
from baogong.engine.book import Tense
from baogong.journal.clock import house_midnight
from baogong.kernel.errors import UnusableInput
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.queries import LotView, MovementView
from baogong.ledger.states import Reason, State
from baogong.people.queries.parties import kinds_and_names, public_name, without_contacts
from baogong.planning import queries as plans
from baogong.planning.queries import PlanHead

LINES_MAX = 2_000

_POSTED, _HELD, _VOIDED = Tense.POSTED, Tense.HELD, Tense.VOIDED

# kind → for which reasons and in which tense it is told. Counts and the shop's own sales are nobody's business.
_TOLD: dict[str, tuple[tuple[Reason, Tense], ...]] = {
    "given": ((Reason.GIFT, _POSTED),),
    "carried": ((Reason.CONSIGNMENT, _POSTED),),
    "ordered": ((Reason.PURCHASE, _HELD),),
    "paid": ((Reason.PURCHASE, _POSTED),),  # money that goes in …
    "bought": ((Reason.PURCHASE, _POSTED),),  # … and goods that come out
    "frozen": ((Reason.FREEZE, _POSTED),),
    "lifted": ((Reason.LIFT, _POSTED),),
    "shared": ((Reason.ALLOT, _HELD),),
    "taken_back": ((Reason.UNDO, _VOIDED), (Reason.PURCHASE, _VOIDED)),
    "packed": ((Reason.CONVERSION, _POSTED),),
    "re_earmarked": ((Reason.RE_EARMARK, _POSTED),),
    "shipped": ((Reason.LOAD, _POSTED),),
    "arrived": ((Reason.UNLOAD, _POSTED),),
    "signed": ((Reason.HANDOVER, _POSTED),),
    "lost": ((Reason.LOSS, _POSTED), (Reason.DAMAGE, _POSTED)),
    "returned": ((Reason.RETURN, _POSTED),),
    "corrected": ((Reason.CORRECTION, _POSTED),),
}
KINDS = tuple(_TOLD)
_KIND_OF = {told: kind for kind, pairs in reversed(_TOLD.items()) for told in pairs}


class PeriodTurnsBack(UnusableInput):
    """A last day before the first."""

    code = "tower.period-turns-back"


@dataclass(frozen=True, slots=True)
class PublicName:
    """
    How a party is called in public; `kind` is ORGANISATION, SITE, TEAM, PERSON, VEHICLE …

    zh, en  empty where only the kind may be told
    """

    kind: str
    zh: str = ""
    en: str = ""


NOBODY = PublicName("")


@dataclass(frozen=True, slots=True)
class AccountAsked:
    """
    What of the account is asked for; None or empty is everything.

    window    of the house's own clock
    kinds     some of `KINDS`
    giver     donor of the lot
    receiver  whose account it went, or was promised, into
    after     lines written after this seq
    """

    window: Window | None = None
    kinds: frozenset[str] = frozenset()
    item: UUID | None = None
    giver: UUID | None = None
    receiver: UUID | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class AccountLine:
    """
    One line of the book, as everyone may read it.

    amount  base units of the item; fen where it is money
    donor   who gave it, wherever it now is
    plan    of a promise: the approved share it belongs to
    rule    of a promise: the rule that share was made by
    """

    id: UUID
    seq: int
    at: datetime
    kind: str
    item: UUID
    amount: int
    is_money: bool
    donor: PublicName
    source: PublicName
    target: PublicName
    purpose: str
    plan: UUID | None
    rule: Mapping[str, object] | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class GoodsSum:
    """One item's amounts, one for each of the page's `kinds`. Units of two goods are never added up."""

    item: UUID
    is_money: bool
    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """`kinds`: what happened at all; `next_seq`: there are further lines, which begin after it."""

    lines: tuple[AccountLine, ...]
    kinds: tuple[str, ...]
    goods: tuple[GoodsSum, ...]
    next_seq: int | None


def account_days() -> tuple[date, ...]:
    """The days that have anything to tell, newest first."""
    return tuple(book.days_of(_reasons(KINDS), zone=timezone.get_current_timezone_name()))


def window_of(first: date, last: date) -> Window:
    """From the first day's midnight to the end of the last, in the house's time zone."""
    if last < first:
        raise PeriodTurnsBack(
            "The period ends before it begins. Nothing was read.",
            where="last_day",
            found=f"{first} to {last}",
            expected=f"not before {first}",
            cure="Choose a last day that is not before the first.",
        )
    return Window(house_midnight(first), house_midnight(last + timedelta(days=1)))


def account(asked: AccountAsked, *, limit: int = LINES_MAX) -> AccountPage:
    """
    What `asked` describes, in the order it was written; seven queries at most.

    A page may hold fewer than `limit` lines: what is the house's own business is read over. `next_seq` still leads on.
    """
    wanted = asked.kinds or frozenset(KINDS)
    read = book.movements(
        reasons=_reasons(wanted),
        window=asked.window,
        items=None if asked.item is None else [asked.item],
        donors=None if asked.giver is None else [asked.giver],
        receivers=None if asked.receiver is None else [asked.receiver],
        since_seq=asked.after,
        limit=limit + 1,
    )
    lines = _lines(read[:limit], wanted)
    happened = {line.kind for line in lines}
    kinds = tuple(kind for kind in KINDS if kind in happened)
    return AccountPage(lines, kinds, _sums(lines, kinds), read[limit - 1].seq if len(read) > limit else None)


def choices() -> tuple[dict[UUID, PublicName], dict[UUID, PublicName]]:
    """(givers, receivers) that may be named, in their names' order; two queries."""
    donors, receivers = book.donors_and_receivers()
    names = {party: name for party, name in public_names(donors | receivers).items() if name.zh}
    return (
        {party: name for party, name in names.items() if party in donors},
        {party: name for party, name in names.items() if party in receivers},
    )


def public_names(ids: Iterable[UUID]) -> dict[UUID, PublicName]:
    return {
        party: PublicName(kind, public_name(kind, name), public_name(kind, name_en or name))
        for party, (kind, name, name_en) in kinds_and_names(set(ids)).items()
    }


def _reasons(kinds: Iterable[str]) -> list[Reason]:
    return sorted({reason for kind in kinds for reason, _tense in _TOLD[kind]})


def _lines(moves: Sequence[MovementView], wanted: frozenset[str]) -> tuple[AccountLine, ...]:
    lots = {lot.id: lot for lot in book.lots({move.lot for move in moves})}
    money = catalogue.money_items()
    told = [(move, kind) for move in moves if (kind := _kind_of(move, lots[move.lot], money)) in wanted]
    repaired = _told_movements({move.corrects for move, kind in told if kind == "corrected" and move.corrects})
    told = [(move, kind) for move, kind in told if kind != "corrected" or move.corrects in repaired]
    names = public_names(
        {move.source.holder for move, _kind in told}
        | {move.target.holder for move, _kind in told}
        | {donor for move, _kind in told if (donor := lots[move.lot].donor) is not None}
    )
    shares = _shares({move.document for move, kind in told if kind == "shared" and move.document is not None})
    return tuple(
        _line(move, kind, lots[move.lot], money, names, shares.get(move.document) if move.document else None)
        for move, kind in told
    )


def _kind_of(move: MovementView, lot: LotView, money: frozenset[UUID]) -> str:
    """One of KINDS; "" where the line is not told: a conversion's inner side, a promise that only travels on."""
    kind = _KIND_OF.get((move.reason, move.tense), "")
    if kind in ("paid", "bought"):
        is_money = lot.item in money
        if is_money and move.target.state is State.CONVERSION:
            return ""  # at its supplier the money, told as paid before, becomes goods
        if is_money != (State.CONVERSION is not move.source.state):
            # Money back from a purchase is told as a correction is: the way it came.
            return "corrected" if is_money else ""
        return "paid" if is_money else "bought"
    if kind in ("packed", "re_earmarked") and move.source.state is not State.CONVERSION:
        return ""
    return kind


def _told_movements(ids: set[UUID]) -> set[UUID]:
    """Of corrected movements those that were told themselves: a shop's recount stays its own business."""
    return {move.id for move in book.movements(ids=ids) if (move.reason, move.tense) in _KIND_OF} if ids else set()


def _shares(documents: set[UUID]) -> dict[UUID, PlanHead]:
    return {plan.document: plan for plan in plans.approved_under(documents) if plan.document} if documents else {}


def _line(
    move: MovementView,
    kind: str,
    lot: LotView,
    money: frozenset[UUID],
    names: Mapping[UUID, PublicName],
    share: PlanHead | None,
) -> AccountLine:
    return AccountLine(
        id=move.id,
        seq=move.seq,
        at=move.at,
        kind=kind,
        item=lot.item,
        amount=move.amount,
        is_money=lot.item in money,
        donor=names.get(lot.donor, NOBODY) if lot.donor is not None else NOBODY,
        source=names.get(move.source.holder, NOBODY),
        target=names.get(move.target.holder, NOBODY),
        purpose=without_contacts(lot.earmark.purpose) if lot.earmark and lot.earmark.purpose else "",
        plan=share.id if share else None,
        rule=share.rule if share else None,
        reason=move.reason,
    )


def _sums(lines: Sequence[AccountLine], kinds: Sequence[str]) -> tuple[GoodsSum, ...]:
    sums: Counter[tuple[UUID, str]] = Counter()
    money = {}
    for line in lines:
        sums[line.item, line.kind] += line.amount
        money[line.item] = line.is_money
    return tuple(GoodsSum(item, money[item], tuple(sums[item, kind] for kind in kinds)) for item in money)
