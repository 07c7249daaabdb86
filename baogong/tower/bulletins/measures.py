"""
What each figure of a bulletin is: which lines of the book add to it, which take away, and whose place each is counted at.

A figure is defined on the steps of lines (`ledger.queries.Step`), so that its sum and the list of its lines come of the
same words. Of everything that stands with the house: what stood at the day's beginning, and what came in, less what went
out, is what stands at its end (`IN`, `OUT`); the book's own double entry makes it so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from baogong.engine.book import Tense
from baogong.ledger.queries import Step
from baogong.ledger.states import Reason, State

HERE = frozenset({State.AVAILABLE, State.FROZEN, State.OFFERED, State.TO_LEND})
INSIDE = HERE | {State.ABOARD, State.SHELF, State.LENT}


class Audience(StrEnum):
    """Whom a bulletin is for."""

    PUBLIC = "PUBLIC"
    SUPERIORS = "SUPERIORS"


class Span(StrEnum):
    """Which lines a figure is made of."""

    DAY = "DAY"  # what happened on the day
    START = "START"  # how it stood when the day began: all lines before
    END = "END"  # how it stood when the day ended: all lines up to then


@dataclass(frozen=True, slots=True)
class Counted:
    """`sign` +1 or -1, and the party whose place the line is counted at."""

    sign: int
    at: UUID


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Which lines count, and how.

    counts        how a line counts: nowhere, at one party's place, or away from one and to another
    tenses, ends  where to look: every line that counts is in one of these tenses, and goes out of one of these states or
                  into it (None: any)
    """

    counts: Callable[[Step], tuple[Counted, ...]]
    tenses: tuple[Tense, ...]
    ends: frozenset[State] | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """
    One figure of each item.

    rule       how a line counts
    apart      how it is told apart as well: "place" (who signed), "site" (where it stands or comes from), "giver"
    on_foot    only what a person carries (True), or only what a vehicle or a cart does (False); None: whoever does
    """

    name: str
    span: Span
    rule: Rule
    apart: tuple[str, ...] = ()
    audiences: frozenset[Audience] = frozenset(Audience)
    on_foot: bool | None = None

    def counts(self, step: Step, kinds: Mapping[UUID, str]) -> tuple[Counted, ...]:
        """`kinds`: of the parties that carry something in it, what each is; asked only where `on_foot` is said."""
        counted = self.rule.counts(step)
        if self.on_foot is None or not counted:
            return counted
        return counted if (kinds.get(carrier_of(step)) == PERSON) is self.on_foot else ()


PERSON = "PERSON"


def carrier_of(step: Step) -> UUID:
    """Whose hands or vehicle something goes into, or comes out of."""
    return (step.target if step.target.state is State.ABOARD else step.source).holder


def _into(
    states: Collection[State],
    *,
    gain: int = 1,
    reasons: Collection[Reason] | None = None,
    but: Collection[Reason] = (),
    gifts_in: Collection[State] = (),
) -> Rule:
    """
    What came into these states, less what left them.

    reasons, but  only, or not, for these
    gifts_in      where what somebody gave counts too
    """

    def counts(step: Step) -> tuple[Counted, ...]:
        if step.tense is not Tense.POSTED or step.reason in but or (reasons is not None and step.reason not in reasons):
            return ()
        within = {*states, *gifts_in} if step.donor is not None else states
        comes, goes = step.target.state in within, step.source.state in within
        found = []
        if comes:
            found.append(Counted(gain, step.target.holder))
        if goes:
            found.append(Counted(-gain, step.source.holder))
        return tuple(found)

    return Rule(counts, (Tense.POSTED,), frozenset({*states, *gifts_in}))


def _carried_on(*, is_loading: bool) -> Rule:
    """What was loaded from stock, or unloaded into it; a correction takes away from what it takes back."""

    def counts(step: Step) -> tuple[Counted, ...]:
        ends = {step.source.state, step.target.state}
        if step.tense is not Tense.POSTED or State.ABOARD not in ends or not ends <= INSIDE or len(ends) == 1:
            return ()
        loads = step.target.state is State.ABOARD
        is_undoing = step.reason in (Reason.CORRECTION, Reason.UNDO)
        if (loads is not is_undoing) is not is_loading:
            return ()
        stock = step.source if loads else step.target
        return (Counted(-1 if is_undoing else 1, stock.holder),)

    return Rule(counts, (Tense.POSTED,), frozenset({State.ABOARD}))


ENDINGS = (Tense.POSTED, Tense.VOIDED, Tense.EXPIRED)


def _promised(step: Step) -> tuple[Counted, ...]:
    """Set aside and neither given nor given up; what shops' customers paid for is no promise of the house."""
    if step.target.state is State.SOLD:
        return ()
    if step.tense is Tense.HELD:
        return (Counted(1, step.source.holder),)
    ends = step.names_hold and step.tense in ENDINGS
    return (Counted(-1, step.source.holder),) if ends else ()


def _claimed(step: Step) -> tuple[Counted, ...]:
    is_new = step.tense is Tense.HELD and step.reason is Reason.CLAIM and not step.names_hold
    return (Counted(1, step.source.holder),) if is_new else ()


def _ordered(step: Step) -> tuple[Counted, ...]:
    """Promised by a shop to whoever ordered; paid orders of a warehouse are told as they ship."""
    is_new = step.tense is Tense.HELD and step.reason is Reason.SALE and not step.names_hold
    return (Counted(1, step.source.holder),) if is_new and step.target.state is State.HANDED_OVER else ()


def _shared_out(step: Step) -> tuple[Counted, ...]:
    """A basket's goods promised to its households: their community holds them, and holds what is theirs."""
    is_new = step.tense is Tense.HELD and step.reason is Reason.ALLOT and not step.names_hold
    is_within = step.source.holder == step.target.holder and step.target.state is State.HANDED_OVER
    return (Counted(1, step.source.holder),) if is_new and is_within else ()


OUTSIDE, CONVERSION = (State.OUTSIDE,), (State.CONVERSION,)
NO_MORE: frozenset[Audience] = frozenset()  # read in bulletins drawn before, told in none that is drawn now
OFFICE_ONLY = frozenset({Audience.SUPERIORS})
PUBLIC_ONLY = frozenset({Audience.PUBLIC})
TOLD = (Reason.GIFT, Reason.CONSIGNMENT)

# In the order they are told in. Counts and a shop's own sales are nobody's business outside the house.
MEASURES: tuple[Measure, ...] = (
    Measure("stood", Span.START, _into(INSIDE), audiences=OFFICE_ONLY),
    Measure("given", Span.DAY, _into(OUTSIDE, gain=-1, reasons=(Reason.GIFT,)), ("giver",)),
    Measure("carried", Span.DAY, _into(OUTSIDE, gain=-1, reasons=(Reason.CONSIGNMENT,))),
    Measure("bought", Span.DAY, _into(CONVERSION, gain=-1, reasons=(Reason.PURCHASE,))),
    Measure("packed", Span.DAY, _into(CONVERSION, gain=-1, but=(Reason.PURCHASE,)), audiences=OFFICE_ONLY),
    Measure("otherwise", Span.DAY, _into(OUTSIDE, gain=-1, but=TOLD), audiences=OFFICE_ONLY),
    # Couriers' bags counted in these too: what came by a cart and was carried to the door was told twice.
    Measure("shipped", Span.DAY, _carried_on(is_loading=True), audiences=NO_MORE),
    Measure("arrived", Span.DAY, _carried_on(is_loading=False), audiences=NO_MORE),
    Measure("on_vehicles", Span.DAY, _carried_on(is_loading=True), on_foot=False),
    Measure("off_vehicles", Span.DAY, _carried_on(is_loading=False), on_foot=False),
    Measure("in_bags", Span.DAY, _carried_on(is_loading=True), on_foot=True),
    Measure("out_of_bags", Span.DAY, _carried_on(is_loading=False), on_foot=True),
    Measure("handed_over", Span.DAY, _into((State.HANDED_OVER,)), ("place", "giver")),
    Measure("claimed", Span.DAY, Rule(_claimed, (Tense.HELD,))),
    Measure("ordered", Span.DAY, Rule(_ordered, (Tense.HELD,))),
    Measure("shared_out", Span.DAY, Rule(_shared_out, (Tense.HELD,))),
    Measure("sold", Span.DAY, _into((State.SOLD,)), audiences=OFFICE_ONLY),
    Measure("used", Span.DAY, _into((State.USED,)), audiences=OFFICE_ONLY),
    Measure("returned", Span.DAY, _into((State.RETURNED,))),
    Measure("lost", Span.DAY, _into((State.LOST,))),
    Measure("damaged", Span.DAY, _into((State.SPOILED,))),
    Measure("aside", Span.END, _into((State.FROZEN, State.OFFERED), gifts_in=(State.AVAILABLE,)), audiences=PUBLIC_ONLY),
    Measure("on_hand", Span.END, _into(HERE), ("site",), OFFICE_ONLY),
    Measure("on_the_way", Span.END, _into((State.ABOARD,))),
    Measure("on_shelf", Span.END, _into((State.SHELF,))),
    Measure("lent", Span.END, _into((State.LENT,)), audiences=OFFICE_ONLY),
    Measure("promised", Span.END, Rule(_promised, (Tense.HELD, *ENDINGS)), ("site",)),
)  # fmt: skip
MEASURE = {measure.name: measure for measure in MEASURES}
IN = ("given", "carried", "bought", "packed", "otherwise")
OUT = ("handed_over", "sold", "used", "returned", "lost", "damaged")
STANDS = ("on_hand", "on_the_way", "on_shelf", "lent")

# Acts of parcels that are told, in their order.
PARCEL_ACTS = ("HANDED_OVER", "ON_SHELF", "FAILED", "RETURNED", "SENT_BACK", "LOST", "UNDONE")


def sign_of(
    measure: Measure,
    step: Step,
    kinds: Mapping[UUID, str],
    at: Collection[UUID] | None = None,
    *,
    is_rest: bool = False,
) -> int:
    """
    How often a line of this step counts, and which way; 0: it is none of the figure's lines.

    kinds    of the parties that carry something, what each is
    at       only at these parties' places; with `is_rest` only anywhere else
    """
    return sum(each.sign for each in measure.counts(step, kinds) if at is None or (each.at in at) is not is_rest)


def measures_for(audience: Audience) -> tuple[Measure, ...]:
    return tuple(measure for measure in MEASURES if audience in measure.audiences)
