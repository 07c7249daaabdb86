"""The book's one judge: what must hold for every batch, and each refusal by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.book import (
    MAX_AMOUNT,
    Batch,
    HoldFacts,
    Line,
    LotFacts,
    Origin,
    Posting,
    State,
    Tense,
    Verdict,
    decide,
    effects,
)

NOW = datetime(2020, 1, 24, 1, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
EARLIER = NOW - timedelta(hours=1)


@dataclass(frozen=True)
class Account:
    holder: UUID
    is_outside: bool = False
    is_conversion: bool = False
    is_final: bool = False


def uid(number: int) -> UUID:
    return UUID(int=number)


OUTSIDE, STOCK, TRUCK, HOSPITAL, STRANGER, CONVERSION = (uid(number) for number in range(1, 7))
MASKS, GIFT, PACK = uid(11), uid(12), uid(13)
MASK_ITEM, PACK_ITEM = uid(21), uid(22)
ACCOUNTS = {
    OUTSIDE: Account(uid(31), is_outside=True),
    STOCK: Account(uid(31)),
    TRUCK: Account(uid(32)),
    HOSPITAL: Account(uid(33), is_final=True),
    STRANGER: Account(uid(34), is_final=True),
    CONVERSION: Account(uid(31), is_outside=True, is_conversion=True),
}
LOTS = {
    MASKS: LotFacts(MASK_ITEM),
    GIFT: LotFacts(MASK_ITEM, receivers=frozenset({uid(33)})),
    PACK: LotFacts(PACK_ITEM),
}
ORIGINS = {PACK: (Origin(MASKS, 5, 1),)}


def state(**parts: object) -> State:
    given = {"accounts": ACCOUNTS, "lots": LOTS, "origins": ORIGINS, **parts}
    return State(**given)  # type: ignore[arg-type]


def stock(amount: int, held: int = 0, lot: UUID = MASKS) -> dict[str, object]:
    place = (STOCK.int, lot.int)
    return {"posted": {place: amount}, "held": {place: held}}


_next = iter(range(1_000, 10**9))


def line(
    tense: Tense, amount: int, source: UUID = STOCK, target: UUID = HOSPITAL, lot: UUID = MASKS, **more: object
) -> Line:
    return Line(uid(next(_next)), tense, source, target, lot, amount, **more)  # type: ignore[arg-type]


def codes(state: State, *lines: Line, **options: bool) -> list[str]:
    return [verdict.code for verdict in decide(state, Batch(lines, **options), NOW)]


HOLD = uid(100)


def hold(**changes: object) -> dict[UUID, HoldFacts]:
    return {HOLD: replace(HoldFacts(STOCK, HOSPITAL, MASKS, 10), **changes)}  # type: ignore[arg-type]


REFUSALS: list[tuple[str, State, Line]] = [
    ("amount-not-positive", state(), line(Tense.POSTED, 0)),
    ("amount-not-positive", state(), line(Tense.POSTED, -1)),
    ("amount-too-large", state(), line(Tense.POSTED, MAX_AMOUNT + 1, OUTSIDE)),
    ("same-account", state(**stock(5)), line(Tense.POSTED, 1, STOCK, STOCK)),
    ("unknown-account", state(**stock(5)), line(Tense.POSTED, 1, STOCK, uid(99))),
    ("unknown-account", state(**stock(5)), line(Tense.POSTED, 1, uid(99), STOCK)),
    ("unknown-lot", state(**stock(5)), line(Tense.POSTED, 1, lot=uid(99))),
    ("not-enough-left", state(**stock(5)), line(Tense.POSTED, 6)),
    ("not-enough-left", state(**stock(5, 3)), line(Tense.POSTED, 3)),
    ("not-enough-left", state(**stock(5, 3)), line(Tense.HELD, 3)),
    ("not-enough-left", state(), line(Tense.POSTED, 1)),
    ("unknown-hold", state(), line(Tense.VOIDED, 1)),
    ("unknown-hold", state(), line(Tense.VOIDED, 1, hold=HOLD)),
    ("unknown-hold", state(**stock(5)), line(Tense.POSTED, 1, hold=HOLD)),
    ("unknown-hold", state(**stock(5)), line(Tense.HELD, 1, hold=HOLD)),
    ("hold-mismatch", state(**stock(10, 10), holds=hold()), line(Tense.POSTED, 1, target=TRUCK, hold=HOLD)),
    ("hold-mismatch", state(**stock(10, 10), holds=hold()), line(Tense.VOIDED, 1, lot=PACK, hold=HOLD)),
    ("hold-mismatch", state(**stock(10, 10, PACK), holds=hold(voided=5)), line(Tense.HELD, 1, lot=PACK, hold=HOLD)),
    ("hold-ended", state(**stock(10), holds=hold(posted=4, voided=6)), line(Tense.POSTED, 1, hold=HOLD)),
    ("hold-ended", state(**stock(10), holds=hold(voided=10)), line(Tense.EXTENDED, 1, hold=HOLD, expires_at=LATER)),
    ("hold-exceeded", state(**stock(10, 10), holds=hold(posted=4)), line(Tense.POSTED, 7, hold=HOLD)),
    ("hold-exceeded", state(**stock(10, 10), holds=hold(posted=4)), line(Tense.VOIDED, 7, hold=HOLD)),
    ("hold-exceeded", state(**stock(10), holds=hold(voided=4, continued=2)), line(Tense.HELD, 3, hold=HOLD)),
    ("hold-expired", state(**stock(10)), line(Tense.HELD, 1, expires_at=NOW)),
    ("hold-expired", state(**stock(10, 10), holds=hold(expires_at=NOW)), line(Tense.POSTED, 1, hold=HOLD)),
    (
        "hold-expired",
        state(**stock(10, 10), holds=hold(expires_at=EARLIER)),
        line(Tense.EXTENDED, 10, hold=HOLD, expires_at=LATER),
    ),
    ("hold-not-expired", state(**stock(10, 10), holds=hold(expires_at=LATER)), line(Tense.EXPIRED, 10, hold=HOLD)),
    ("hold-not-expired", state(**stock(10, 10), holds=hold()), line(Tense.EXPIRED, 10, hold=HOLD)),
    ("line-malformed", state(**stock(10)), line(Tense.POSTED, 1, expires_at=LATER)),
    ("line-malformed", state(**stock(10)), line(Tense.HELD, 1, corrects=HOLD)),
    ("line-malformed", state(**stock(10, 10), holds=hold()), line(Tense.POSTED, 1, corrects=HOLD, hold=HOLD)),
    ("unknown-movement", state(**stock(10)), line(Tense.POSTED, 1, corrects=HOLD)),
    (
        "correction-mismatch",
        state(**stock(10), postings={HOLD: Posting(STOCK, HOSPITAL, MASKS, 5)}),
        line(Tense.POSTED, 1, corrects=HOLD),
    ),
    (
        "correction-exceeded",
        state(**stock(10), postings={HOLD: Posting(OUTSIDE, STOCK, MASKS, 5, corrected=3)}),
        line(Tense.POSTED, 3, STOCK, OUTSIDE, corrects=HOLD),
    ),
    ("earmark-forbids", state(**stock(10, lot=GIFT)), line(Tense.POSTED, 1, target=STRANGER, lot=GIFT)),
    ("earmark-forbids", state(**stock(10, lot=GIFT)), line(Tense.HELD, 1, target=STRANGER, lot=GIFT)),
    ("conversion-ratio", state(**stock(10)), line(Tense.POSTED, 5, target=CONVERSION)),
]


@pytest.mark.parametrize(("code", "before", "refused"), REFUSALS)
def test_a_line_is_refused_by_name_and_with_a_sentence(code: str, before: State, refused: Line) -> None:
    (verdict,) = decide(before, Batch((refused,)), NOW)
    assert (verdict.ok, verdict.code) == (False, code)
    assert verdict.message.endswith(".")
    assert len(verdict.message) > 15


@pytest.mark.parametrize(
    ("before", "accepted"),
    [
        (state(**stock(5, 3)), line(Tense.POSTED, 2)),
        (state(**stock(5, 3)), line(Tense.HELD, 2, expires_at=LATER)),
        (state(), line(Tense.POSTED, 5, OUTSIDE, STOCK)),
        (state(), line(Tense.HELD, 5, OUTSIDE, STOCK)),
        (state(**stock(10, 10), holds=hold()), line(Tense.POSTED, 10, hold=HOLD)),
        (state(**stock(10, 10), holds=hold(expires_at=NOW)), line(Tense.VOIDED, 3, hold=HOLD)),
        (state(**stock(10, 10), holds=hold(expires_at=NOW)), line(Tense.EXPIRED, 10, hold=HOLD)),
        (state(**stock(10, 10), holds=hold()), line(Tense.EXTENDED, 10, hold=HOLD, expires_at=LATER)),
        (state(**stock(10), holds=hold(voided=4, continued=2)), line(Tense.HELD, 2, hold=HOLD)),
        (state(**stock(10, lot=GIFT)), line(Tense.POSTED, 1, target=HOSPITAL, lot=GIFT)),
        (state(**stock(10, lot=GIFT)), line(Tense.POSTED, 1, target=TRUCK, lot=GIFT)),
        (
            state(**stock(10), postings={HOLD: Posting(OUTSIDE, STOCK, MASKS, 5, corrected=3)}),
            line(Tense.POSTED, 2, STOCK, OUTSIDE, corrects=HOLD),
        ),
    ],
)
def test_what_is_there_and_allowed_is_accepted(before: State, accepted: Line) -> None:
    assert codes(before, accepted) == [""]


def test_lines_are_judged_on_what_the_accepted_ones_before_them_have_left() -> None:
    give = [line(Tense.POSTED, 4), line(Tense.POSTED, 4), line(Tense.POSTED, 2)]
    assert codes(state(**stock(6)), *give) == ["", "not-enough-left", ""]


def test_loading_voids_moves_and_holds_on_in_one_batch() -> None:
    before = state(**stock(10, 10), holds=hold())
    lines = [
        line(Tense.VOIDED, 10, hold=HOLD),
        line(Tense.POSTED, 10, target=TRUCK),
        line(Tense.HELD, 10, TRUCK, HOSPITAL, hold=HOLD),
    ]
    assert codes(before, *lines) == ["", "", ""]
    # In another order the goods are not free yet.
    assert codes(before, lines[1], lines[0])[0] == "not-enough-left"
    assert codes(before, lines[2], lines[0])[0] == "hold-exceeded"


def test_a_hold_made_in_the_batch_can_be_kept_extended_and_ended_in_it() -> None:
    made = line(Tense.HELD, 5, expires_at=LATER)
    lines = [
        made,
        line(Tense.POSTED, 2, hold=made.id),
        line(Tense.EXTENDED, 3, hold=made.id),
        line(Tense.VOIDED, 3, hold=made.id),
        line(Tense.VOIDED, 1, hold=made.id),
    ]
    assert codes(state(**stock(5)), *lines) == ["", "", "", "", "hold-ended"]


def test_a_line_seen_before_is_answered_and_one_with_its_id_but_other_content_refused() -> None:
    written = line(Tense.POSTED, 4)
    before = state(**stock(3), seen={written.id: written})
    (verdict,) = decide(before, Batch((written,)), NOW)
    assert (verdict.ok, verdict.was_seen) == (True, True)
    assert codes(before, replace(written, amount=5)) == ["id-reused"]
    twice = line(Tense.POSTED, 3)
    assert [verdict.was_seen for verdict in decide(before, Batch((twice, twice)), NOW)] == [False, True]


class TestConversions:
    def into(self, amount: int, lot: UUID = MASKS) -> Line:
        return line(Tense.POSTED, amount, STOCK, CONVERSION, lot)

    def out(self, amount: int, lot: UUID = PACK) -> Line:
        return line(Tense.POSTED, amount, CONVERSION, STOCK, lot)

    def test_the_recorded_ratio_holds_however_the_batch_is_cut(self) -> None:
        assert codes(state(**stock(15)), self.into(5), self.out(2), self.into(5)) == ["", "", ""]

    def test_another_ratio_refuses_all_of_the_conversion_and_nothing_else(self) -> None:
        other = line(Tense.POSTED, 5)
        assert codes(state(**stock(15)), self.into(10), other, self.out(3)) == [
            "conversion-ratio", "", "conversion-ratio",
        ]  # fmt: skip

    def test_one_refused_part_refuses_the_rest_and_frees_what_they_had_taken(self) -> None:
        lines = [self.into(5), self.into(10), self.out(3), line(Tense.POSTED, 14)]
        assert codes(state(**stock(14)), *lines) == [
            "conversion-incomplete", "not-enough-left", "conversion-incomplete", "",
        ]  # fmt: skip

    def test_a_lot_without_recorded_origin_cannot_come_out(self) -> None:
        assert codes(state(**stock(5)), self.into(5), self.out(1, GIFT)) == ["conversion-ratio"] * 2

    def test_a_lot_nothing_is_made_from_cannot_go_in(self) -> None:
        before = state(posted={(STOCK.int, MASKS.int): 5, (STOCK.int, GIFT.int): 5})
        assert codes(before, self.into(5), self.into(1, GIFT), self.out(1)) == ["conversion-ratio"] * 3

    @pytest.mark.parametrize(("may_change", "expected"), [(False, ["earmark-forbids"] * 2), (True, ["", ""])])
    def test_an_earmark_is_carried_on_unless_it_is_changed_openly(self, may_change: bool, expected: list[str]) -> None:
        before = state(**stock(5, lot=GIFT), origins={PACK: (Origin(GIFT, 5, 1),)})
        assert codes(before, self.into(5, GIFT), self.out(1), may_change_earmark=may_change) == expected

    @pytest.mark.parametrize("may_change", [False, True])
    def test_the_same_goods_repacked_stay_their_owners_also_where_the_earmark_changes(self, may_change: bool) -> None:
        repacked = uid(14)
        owned = {MASKS: LotFacts(MASK_ITEM, owner=uid(33)), repacked: LotFacts(MASK_ITEM, owner=uid(34))}
        before = state(**stock(5), lots=LOTS | owned, origins={repacked: (Origin(MASKS, 1, 1),)})
        lines = (self.into(5), self.out(5, repacked))
        assert codes(before, *lines, may_change_earmark=may_change) == ["owner-changed"] * 2
        owned[repacked] = LotFacts(MASK_ITEM, owner=uid(33))
        before = state(**stock(5), lots=LOTS | owned, origins={repacked: (Origin(MASKS, 1, 1),)})
        assert codes(before, *lines) == ["", ""]

    def test_money_for_one_item_buys_that_item(self) -> None:
        uses = {MASKS: LotFacts(MASK_ITEM, uses=frozenset({PACK_ITEM}))}
        assert codes(state(**stock(5), lots=LOTS | uses), self.into(5), self.out(1)) == ["", ""]
        uses = {MASKS: LotFacts(MASK_ITEM, uses=frozenset({MASK_ITEM}))}
        assert codes(state(**stock(5), lots=LOTS | uses), self.into(5), self.out(1)) == ["earmark-forbids"] * 2


# -- what holds for every batch -------------------------------------------------------------------------------------

amounts = st.integers(1, 12)
accounts = st.sampled_from([OUTSIDE, STOCK, TRUCK, HOSPITAL, STRANGER, CONVERSION])
lots = st.sampled_from([MASKS, GIFT, PACK])
ends = st.sampled_from([None, EARLIER, NOW, LATER])


@st.composite
def books(draw: st.DrawFn) -> State:
    """A book that can exist: balances cover what is held, holds are covered by held."""
    posted: defaultdict[tuple[int, int], int] = defaultdict(int)
    held: defaultdict[tuple[int, int], int] = defaultdict(int)
    holds = {}
    for number in range(draw(st.integers(0, 4))):
        source, target, lot = draw(accounts), draw(accounts), draw(lots)
        amount = draw(amounts)
        kept = draw(st.integers(0, amount))
        given_up = draw(st.integers(0, amount - kept))
        holds[uid(100 + number)] = HoldFacts(
            source, target, lot, amount, kept, given_up, draw(st.integers(0, kept + given_up)), draw(ends)
        )
        held[source.int, lot.int] += amount - kept - given_up
    for account in ACCOUNTS:
        for lot in LOTS:
            place = (account.int, lot.int)
            free = draw(st.integers(-5, 15))
            posted[place] = held[place] + (free if ACCOUNTS[account].is_outside else max(0, free))
    postings = {}
    for number in range(draw(st.integers(0, 2))):
        amount = draw(amounts)
        postings[uid(200 + number)] = Posting(
            draw(accounts), draw(accounts), draw(lots), amount, draw(st.integers(0, amount))
        )
    return state(posted=dict(posted), held=dict(held), holds=holds, postings=postings)


@st.composite
def batches(draw: st.DrawFn, book: State) -> Batch:
    lines: list[Line] = []
    for number in range(draw(st.integers(1, 8))):
        id = uid(300 + draw(st.integers(0, number)))  # now and then one that came before
        holds = [*book.holds, *(one.id for one in lines if one.tense is Tense.HELD), uid(999)]
        tense = draw(st.sampled_from(list(Tense)))
        hold = draw(st.none() | st.sampled_from(holds))
        source, target, lot = draw(accounts), draw(accounts), draw(lots)
        facts = book.holds.get(hold) if hold else None
        sooner = next((one for one in lines if one.id == hold), None)
        if (facts or sooner) and draw(st.integers(0, 3)):
            known = facts or sooner
            assert known is not None
            source, target, lot = known.source, known.target, known.lot
        corrects = draw(st.sampled_from([None, None, *book.postings, uid(998)]))
        if corrects is not None and corrects in book.postings and draw(st.integers(0, 3)):
            back = book.postings[corrects]
            tense, hold, source, target, lot = Tense.POSTED, None, back.target, back.source, back.lot
        end = draw(ends) if tense in (Tense.HELD, Tense.EXTENDED) else None
        lines.append(Line(id, tense, source, target, lot, draw(st.integers(-1, 12)), hold, corrects, end))
    if draw(st.booleans()):
        made, used = draw(st.sampled_from([(1, 5), (2, 10), (1, 4)]))
        lines.insert(0, Line(uid(400), Tense.POSTED, STOCK, CONVERSION, MASKS, used))
        lines.append(Line(uid(401), Tense.POSTED, CONVERSION, STOCK, PACK, made))
    return Batch(tuple(lines), draw(st.booleans()))


cases = books().flatmap(lambda book: st.tuples(st.just(book), batches(book)))


def written(batch: Batch, verdicts: tuple[Verdict, ...]) -> list[Line]:
    return [one for one, verdict in zip(batch.lines, verdicts, strict=True) if verdict.ok and not verdict.was_seen]


def after(book: State, lines: list[Line]) -> State:
    """The book with these lines written."""
    changes = effects(lines)
    posted = {
        place: book.posted.get(place, 0) + changes.posted.get(place, 0) for place in {*book.posted, *changes.posted}
    }
    held = {place: book.held.get(place, 0) + changes.held.get(place, 0) for place in {*book.held, *changes.held}}
    holds = dict(book.holds)
    for one in lines:
        if one.tense is Tense.HELD:
            holds[one.id] = HoldFacts(one.source, one.target, one.lot, one.amount, expires_at=one.expires_at)
    for id, change in changes.holds.items():
        facts = holds[id]
        holds[id] = replace(
            facts,
            posted=facts.posted + change.posted,
            voided=facts.voided + change.voided,
            continued=facts.continued + change.continued,
            expires_at=change.expires_at if change.has_new_end else facts.expires_at,
        )
    postings = dict(book.postings)
    for one in lines:
        if one.corrects is not None:
            facts_ = postings[one.corrects]
            postings[one.corrects] = replace(facts_, corrected=facts_.corrected + one.amount)
    return replace(
        book,
        posted=posted,
        held=held,
        holds=holds,
        postings=postings,
        seen={**book.seen, **{one.id: one for one in lines}},
    )


@settings(max_examples=150, deadline=None)
@given(cases)
def test_nothing_is_lost_or_made_and_no_balance_or_hold_is_overdrawn(case: tuple[State, Batch]) -> None:
    book, batch = case
    verdicts = decide(book, batch, NOW)
    then = after(book, written(batch, verdicts))
    for lot in LOTS:
        total = sum(amount for (_, of), amount in then.posted.items() if of == lot.int)
        assert total == sum(amount for (_, of), amount in book.posted.items() if of == lot.int)
    for place, posted in then.posted.items():
        held = then.held.get(place, 0)
        assert held >= 0
        assert posted >= held or ACCOUNTS[UUID(int=place[0])].is_outside
    for hold in then.holds.values():
        assert 0 <= hold.posted + hold.voided <= hold.amount
        assert hold.continued <= hold.posted + hold.voided
    for posting in then.postings.values():
        assert posting.corrected <= posting.amount


@settings(max_examples=100, deadline=None)
@given(cases)
def test_what_a_place_has_held_is_what_its_holds_have_open(case: tuple[State, Batch]) -> None:
    book, batch = case
    then = after(book, written(batch, decide(book, batch, NOW)))
    open_at: defaultdict[tuple[int, int], int] = defaultdict(int)
    for hold in then.holds.values():
        open_at[hold.source.int, hold.lot.int] += hold.amount - hold.posted - hold.voided
    assert {place: held for place, held in then.held.items() if held} == {
        place: open_ for place, open_ in open_at.items() if open_
    }


@settings(max_examples=80, deadline=None)
@given(cases)
def test_a_batch_judged_again_once_written_changes_nothing(case: tuple[State, Batch]) -> None:
    book, batch = case
    first = decide(book, batch, NOW)
    again = decide(after(book, written(batch, first)), batch, NOW)
    for before, verdict in zip(first, again, strict=True):
        if before.ok:
            assert verdict.was_seen


@settings(max_examples=80, deadline=None)
@given(cases)
def test_lines_written_one_batch_at_a_time_fare_as_in_one(case: tuple[State, Batch]) -> None:
    book, batch = case
    if any(CONVERSION in (one.source, one.target) for one in batch.lines):
        return  # a conversion is judged as a whole
    together = decide(book, batch, NOW)
    for one, expected in zip(batch.lines, together, strict=True):
        (alone,) = decide(book, replace(batch, lines=(one,)), NOW)
        assert (alone.ok, alone.code) == (expected.ok, expected.code)
        book = after(book, written(replace(batch, lines=(one,)), (alone,)))


@settings(max_examples=80, deadline=None)
@given(cases)
def test_accepted_conversions_keep_the_recorded_ratio(case: tuple[State, Batch]) -> None:
    book, batch = case
    net: defaultdict[UUID, int] = defaultdict(int)
    for one in written(batch, decide(book, batch, NOW)):
        if one.tense is Tense.POSTED and one.target == CONVERSION:
            net[one.lot] += one.amount
        if one.tense is Tense.POSTED and one.source == CONVERSION:
            net[one.lot] -= one.amount
    assert net[MASKS] == -5 * net[PACK]
    assert net[GIFT] == 0


@settings(max_examples=80, deadline=None)
@given(cases)
def test_earmarked_goods_come_to_rest_with_nobody_else(case: tuple[State, Batch]) -> None:
    book, batch = case
    for one in written(batch, decide(book, batch, NOW)):
        if one.lot == GIFT and one.tense in (Tense.POSTED, Tense.HELD):
            assert one.target != STRANGER


@settings(max_examples=50, deadline=None)
@given(cases)
def test_the_judge_forgets_nothing_and_changes_nothing(case: tuple[State, Batch]) -> None:
    book, batch = case
    before = (dict(book.posted), dict(book.held), dict(book.holds))
    verdicts = decide(book, batch, NOW)
    assert [verdict.line_id for verdict in verdicts] == [one.id for one in batch.lines]
    assert verdicts == decide(book, batch, NOW)
    assert (dict(book.posted), dict(book.held), dict(book.holds)) == before
    assert all(verdict.ok == (verdict.code == "") == (verdict.message == "") for verdict in verdicts)
