"""What the book says of a release: promises, handovers, goods; and which claim each of them is of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar, cast
from uuid import UUID

from baogong.catalogue.queries import MONEY
from baogong.engine.book import Tense
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import move_by_hand, promise_by_hand
from baogong.ops.scenarios.losses import written_off
from baogong.ops.scenarios.rationed.office import releases_of
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.release.queries import ClaimRow, claim_rows, releases

ALL = 1_000_000
Read = TypeVar("Read")
STANDING = (State.AVAILABLE, State.OFFERED, State.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class Promise:
    """A claim and its hold; `given_back`: it ended without a handover."""

    claim: ClaimRow
    at: datetime
    units: int
    handed_over: int
    given_back: bool

    @property
    def on(self) -> date:
        """The city's calendar day on which it was promised."""
        return self.at.astimezone(LOCAL).date()


def claims_now(stage: Stage, office: str) -> tuple[ClaimRow, ...]:
    """Every claim of the office's releases."""
    return claim_rows(releases_of(stage, office))


def _once(read: Callable[[Stage, str], Read]) -> Callable[[Stage, str], Read]:
    """For measures, between which nothing is written: the stage remembers what the first of them has read."""

    def reading(stage: Stage, office: str) -> Read:
        key = stage.request_id("read", read.__name__, office)
        if key not in stage.worlds:
            stage.worlds[key] = read(stage, office)
        return cast("Read", stage.worlds[key])

    return reading


@_once
def audit(stage: Stage, office: str) -> tuple[ClaimRow, ...]:
    """Every claim of the office's releases, at the story's end."""
    return claims_now(stage, office)


@_once
def out_of_the_offer(stage: Stage, office: str) -> tuple[MovementView, ...]:
    """All that moved, or was promised, from what the office's releases had put out."""
    holders = _holders(stage, office)
    moves = book.movements(holders=holders, limit=ALL)
    return tuple(move for move in moves if move.source.state is State.OFFERED and move.source.holder in holders)


@_once
def promises(stage: Stage, office: str) -> list[Promise]:
    """Of every claim to which something was promised, what the book says became of it."""
    claimed = {one.hold: one for one in audit(stage, office) if one.hold is not None}
    placed: dict[UUID, MovementView] = {}
    handed: defaultdict[UUID, int] = defaultdict(int)
    ended: set[UUID] = set()
    for move in out_of_the_offer(stage, office):
        if move.tense is Tense.HELD:
            placed[move.id] = move
        elif move.hold is not None and move.tense is Tense.POSTED:
            handed[move.hold] += move.amount
        elif move.hold is not None and move.tense in (Tense.VOIDED, Tense.EXPIRED):
            ended.add(move.hold)
    return [
        Promise(one, placed[hold].at, placed[hold].amount, handed[hold], hold in ended) for hold, one in claimed.items()
    ]


def units_put_out(stage: Stage, office: str) -> dict[date, int]:
    """Day on which stock came into an offer → units, by the house's clock."""
    found: dict[date, int] = {}
    for move in book.movements(holders=_holders(stage, office), reasons=[Reason.RELEASE], limit=ALL):
        if move.target.state is State.OFFERED:
            day = move.at.astimezone(LOCAL).date()
            found[day] = found.get(day, 0) + move.amount
    return found


def promised_without_a_claim(stage: Stage, office: str) -> int:
    """Units promised, or given, out of the offer under no claim's hold."""
    holds = {one.hold for one in audit(stage, office)}
    stray = 0
    for move in out_of_the_offer(stage, office):
        if move.tense is Tense.HELD:
            stray += move.amount * (move.id not in holds)
        elif move.tense is Tense.POSTED and move.target.state is State.HANDED_OVER:
            stray += move.amount * (move.hold not in holds)
    return stray


def units_handed_over(stage: Stage, office: str) -> int:
    return sum(
        move.amount
        for move in out_of_the_offer(stage, office)
        if move.tense is Tense.POSTED and move.target.state is State.HANDED_OVER
    )


def units_unaccounted_for(stage: Stage, office: str) -> int:
    """Of the goods of its releases: what came into the book and neither stands somewhere nor was lost on paper."""
    goods = {one.item for one in releases(offices=[stage.party(office)])}
    moves = book.movements(items=list(goods), limit=ALL)
    came = sum(move.amount for move in moves if move.tense is Tense.POSTED and move.source.state is State.OUTSIDE)
    stands = sum(view.posted for view in book.balances(items=list(goods), states=list(STANDING)))
    on_paper = sum(move.amount for move in written_off(moves) if move.document is not None)
    return came - stands - on_paper


def lose_one_by_hand(stage: Stage, office: str, source: str) -> None:
    """A planted failure: a unit of the first release's goods is gone from the store, under no document."""
    lot = _first_lot(stage, office)
    store = book.AccountRef(stage.party(source), State.AVAILABLE)
    move_by_hand(stage, "lost", store, book.AccountRef(store.holder, State.LOST), lot, 1, Reason.LOSS)


def promise_one_by_hand(stage: Stage, office: str, units: int) -> None:
    """A planted failure: somebody promises out of the offer whom nobody has admitted."""
    holder = _holders(stage, office)[0]
    offer = book.AccountRef(holder, State.OFFERED)
    promise_by_hand(
        stage, "promise", offer, book.AccountRef(holder, State.HANDED_OVER), _first_lot(stage, office), units
    )


def give_by_hand(stage: Stage, office: str, units: int, what: str = "give") -> None:
    """A planted failure: units go out of the offer into hands under no right."""
    holder = _holders(stage, office)[0]
    source, target = book.AccountRef(holder, State.OFFERED), book.AccountRef(holder, State.HANDED_OVER)
    move_by_hand(stage, what, source, target, _first_lot(stage, office), units, Reason.HANDOVER)


def _holders(stage: Stage, office: str) -> Sequence[UUID]:
    """In whose accounts the book keeps what the office's releases offer, in the order they were drafted."""
    return [one.holder for one in releases(offices=[stage.party(office)])]


def _first_lot(stage: Stage, office: str) -> UUID:
    found = book.balances(holders=[_holders(stage, office)[0]], states=[State.OFFERED], nonzero=False)
    return found[0].lot.id


def owe_by_hand(stage: Stage, office: str, payee: str, fen: int) -> None:
    """A planted failure: the giver of the first release's goods owes somebody for nothing that was handed over."""
    lot = book.lot(_first_lot(stage, office))
    giver = lot.donor or lot.owner
    money = next(one.id for one in book.find_lots(items=[MONEY], owners=[giver]))
    source, target = book.AccountRef(giver, State.OUTSIDE), book.AccountRef(stage.party(payee), State.AVAILABLE)
    move_by_hand(stage, "owe", source, target, money, fen, Reason.GIFT)
