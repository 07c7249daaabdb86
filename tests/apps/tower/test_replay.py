"""The book played again: each frame is what the movements up to its moment say, the last one what the book says now."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.catalogue import queries as catalogue
from baogong.delivery.models import Parcel, Round
from baogong.engine.book import Tense
from baogong.freight import services as freight
from baogong.freight.models import Parcel as Load
from baogong.freight.models import WaybillLine
from baogong.journal import queries as journal
from baogong.journal.clock import mark_drill, tell_step
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.models import Balance
from baogong.ledger.states import State
from baogong.tower import queries
from baogong.tower.queries import GROUPS, KINDS_OF_AMOUNT, Replay
from baogong.tower.queries.account import PeriodTurnsBack
from baogong.tower.queries.replay import FRAMES_MAX, moments_of
from tests.apps.freight.world import NOW, World
from tests.books import Built
from tests.web.ground import make_ground
from tests.web.visits import make_story

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COUNTED = KINDS_OF_AMOUNT.index("COUNT")
# By the states' own names, said once more: what the house calls standing, on its way, handed over, ended, lost.
WORDS = {
    "stands": {"AVAILABLE", "FROZEN", "OFFERED", "SHELF", "TO_LEND", "LENT"},
    "aboard": {"ABOARD"},
    "handed_over": {"HANDED_OVER"},
    "ended": {"SOLD", "USED", "RETURNED"},
    "lost": {"LOST", "SPOILED"},
}
Sums = Counter[tuple[str, str, str]]


def make_relay() -> World:
    """The small relay until its goods stand at the hub: promised, aboard, unloaded."""
    story = make_story()
    world = story.world
    story.receive_at_hub()
    return world


@pytest.fixture
def relay(built: Built) -> World:
    return built(make_relay)


def group_of(state: State) -> str:
    return next((group for group, states in WORDS.items() if state.value in states), state.value)


def recomputed(moment: datetime, places: dict[object, str]) -> tuple[Sums, Counter[str], int]:
    """From the movements alone, one by one: what stands where, what is held, and how many lines there are."""
    units = {item.id: item.unit for item in catalogue.items()}
    kinds = {id: {"G": "WEIGHT", "FEN": "MONEY"}.get(unit, "COUNT") for id, unit in units.items()}
    moves = [move for move in book.movements(limit=100_000) if move.at <= moment]
    lots = {lot.id: kinds[lot.item] for lot in book.lots({move.lot for move in moves})} if moves else {}
    sums: Sums = Counter()
    held: Counter[str] = Counter()
    for move in moves:
        kind = lots[move.lot]
        if move.tense is Tense.POSTED:
            for end, sign in ((move.source, -1), (move.target, 1)):
                sums[places.get(end.holder, "elsewhere"), kind, group_of(end.state)] += sign * move.amount
        if move.tense is Tense.HELD:
            held[kind] += move.amount
        elif move.hold is not None and move.tense is not Tense.EXTENDED:
            held[kind] -= move.amount
    return sums, held, len(moves)


def told(played: Replay, number: int) -> tuple[Sums, Counter[str], int]:
    """The same as a frame says it."""
    sums: Sums = Counter()
    for frame in played.frames[: number + 1]:
        for place, kind, group, amount in frame.changes:
            sums[str(played.places[place].id or "elsewhere"), KINDS_OF_AMOUNT[kind], GROUPS[group]] += amount
    frame = played.frames[number]
    for kind, (came, made) in enumerate(zip(frame.came, frame.made, strict=True)):
        sums["elsewhere", KINDS_OF_AMOUNT[kind], "OUTSIDE"] -= came
        sums["elsewhere", KINDS_OF_AMOUNT[kind], "CONVERSION"] -= made
    return sums, Counter(dict(zip(KINDS_OF_AMOUNT, frame.held, strict=True))), frame.movements_count


def same(one: Counter, other: Counter) -> bool:  # type: ignore[type-arg]
    return {key: value for key, value in one.items() if value} == {key: value for key, value in other.items() if value}


def places_of(played: Replay) -> dict[object, str]:
    return {place.id: str(place.id) for place in played.places if place.id is not None}


def folded(sums: Sums) -> Sums:
    """What lies outside the book is told without its place."""
    found: Sums = Counter()
    for (place, kind, group), amount in sums.items():
        found["elsewhere" if group in ("OUTSIDE", "CONVERSION") else place, kind, group] += amount
    return found


def whole() -> Replay:
    played = queries.replay()
    assert played is not None
    return played


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(part=st.floats(0, 1), offset_s=st.integers(0, 7200))
def test_a_frame_is_what_the_movements_up_to_its_moment_say(relay: World, part: float, offset_s: int) -> None:
    played = whole()
    number = round(part * (len(played.frames) - 1))
    sums, held, count = told(played, number)
    expected, held_then, count_then = recomputed(played.frames[number].at, places_of(played))
    assert same(sums, folded(expected))
    assert same(held, held_then)
    assert count == count_then
    # Any other moment begins a replay of its own with what had happened by then.
    moment = played.frames[number].at + timedelta(seconds=offset_s)
    later = queries.replay(Window(moment))
    if later is not None:
        first, held_first, count_first = told(later, 0)
        expected, held_then, count_then = recomputed(moment, places_of(later))
        assert same(first, folded(expected))
        assert same(held_first, held_then)
        assert count_first == count_then


def test_the_last_frame_is_what_the_book_says_now(relay: World) -> None:
    played = whole()
    places, balances = places_of(played), Counter[tuple[str, str, str]]()
    held = 0
    money = catalogue.money_items()
    for row in Balance.objects.select_related("account", "lot"):
        assert row.lot.item_id not in money
        state = State(row.account.state)
        if not state.is_outside:
            balances[places.get(row.account.holder_id, "elsewhere"), "COUNT", group_of(state)] += row.posted
        held += row.held
    sums, promised, _count = told(played, len(played.frames) - 1)
    inside = Counter({key: amount for key, amount in sums.items() if key[2] in GROUPS and key[1] == "COUNT"})
    assert same(inside, balances)
    assert promised["COUNT"] == held > 0


def test_at_every_moment_what_came_in_is_somewhere(relay: World) -> None:
    played = whole()
    for frame, groups in zip(played.frames, played.totals(), strict=True):
        for kind in range(len(KINDS_OF_AMOUNT)):
            assert frame.came[kind] + frame.made[kind] == sum(groups[kind])
    assert played.frames[-1].came[COUNTED] > 0
    assert max(groups[COUNTED][GROUPS.index("aboard")] for groups in played.totals()) > 0, "it was on the road"


def test_trucks_go_between_the_places_that_are_shown(relay: World) -> None:
    played = whole()
    (trip, *_more) = played.trips
    ends = played.places[trip.source].id, played.places[trip.target].id
    assert (trip.kind, ends, trip.is_over) == ("TRUCK", (relay.langfang, relay.hub), True)
    assert trip.amount == sum(WaybillLine.objects.filter(waybill=trip.subject).values_list("loaded", flat=True))
    assert trip.left_at < trip.there_at


def test_a_promise_is_kept_or_late_at_its_own_moment(relay: World) -> None:
    """The second truck is signed for after one of two promises was due."""
    bill = relay.bill(origin=relay.hub)
    relay.bring(bill)
    first = Load.objects.order_by("id").first()
    assert first is not None
    Load.objects.filter(pk=first.pk).update(due_at=bill.planned_arrive_at - HOUR)
    freight.hand_over(
        waybill=bill.id, actor=relay.tao, signed_by="王护士", now=bill.planned_arrive_at, request_id=new_id()
    )
    played = whole()
    assert (played.frames[-1].kept, played.frames[-1].late) == (Load.objects.count() - 1, 1)
    before = [frame for frame in played.frames if frame.at < bill.planned_arrive_at - HOUR]
    assert {(frame.kept, frame.late) for frame in before} == {(0, 0)}


def test_carts_couriers_and_parcels_are_told_and_no_person_is_named(built: Built) -> None:
    ground = built(make_ground)
    Round.objects.update(started_at=ground.now, state=Round.State.STARTED)
    Parcel.objects.update(due_until_at=ground.now)
    played = whole()
    walks = [trip for trip in played.trips if trip.kind == "COURIER"]
    assert walks
    assert all(not trip.is_over and trip.there_at > trip.left_at for trip in walks)
    assert {played.places[trip.target].role for trip in walks} == {"COMMUNITY"}
    assert played.frames[-1].late == Parcel.objects.count()
    text = json.dumps(played.as_document(), cls=DjangoJSONEncoder, ensure_ascii=False)
    assert "Mei" not in text
    assert "Tao" not in text
    assert len(text.encode()) < 1_000_000


def test_a_step_is_told_with_its_moment_and_told_again_changes_nothing(relay: World) -> None:
    for _twice in range(2):
        tell_step(number=1, at=NOW - HOUR, title="封城 · the seal")
        tell_step(number=2, at=NOW + HOUR, title="夜里发车 · through the night")
    assert [(step.number, step.title) for step in journal.drill_steps()] == [
        (1, "封城 · the seal"),
        (2, "夜里发车 · through the night"),
    ]
    played = queries.replay(Window(NOW - DAY))
    assert played is not None
    assert {NOW - HOUR, NOW + HOUR} <= {frame.at for frame in played.frames}
    for frame in played.frames:
        assert frame.step == (frame.at >= NOW - HOUR) + (frame.at >= NOW + HOUR)


def test_an_empty_book_has_nothing_to_play_and_a_period_does_not_turn_back(db: None) -> None:
    mark_drill(name="empty", at=NOW)
    assert queries.replay() is None
    assert queries.replay(queries.window_between(NOW, NOW + DAY)) is None
    with pytest.raises(PeriodTurnsBack, match="ends before it begins"):
        queries.window_between(NOW, NOW)


@given(
    seconds=st.lists(st.integers(0, 3 * 365 * 24 * 3600), min_size=1, max_size=800, unique=True),
    steps=st.lists(st.integers(-3600, 40 * 24 * 3600), max_size=90, unique=True),
)
def test_moments_are_few_ascend_and_miss_neither_end_nor_a_step(seconds: list[int], steps: list[int]) -> None:
    begin = datetime(2020, 1, 22, tzinfo=UTC)
    minutes = [(begin + timedelta(seconds=each), 1) for each in sorted(seconds)]
    told_at = [begin + timedelta(seconds=each) for each in sorted(steps)]
    found = moments_of(minutes, steps=told_at)
    assert len(found) <= FRAMES_MAX
    assert all(one < next_ for one, next_ in pairwise(found))
    assert found[0] <= minutes[0][0]
    assert found[-1] == max([minutes[-1][0], *told_at[-1:]])
    if len(told_at) < 60:
        assert {at for at in told_at if found[0] <= at <= found[-1]} <= set(found)


def test_a_line_that_stayed_where_it_was_says_from_which_state_to_which(relay: World) -> None:
    """Two ends of one name are two places where they are two holders'."""
    moves = {move.id: move for move in book.movements(limit=100_000)}
    lines = [line for frame in whole().frames for line in frame.lines]
    assert {line.is_within for line in lines} == {True, False}
    for line in lines:
        move = moves[line.movement]
        assert line.is_within == (move.source.holder == move.target.holder)
        assert (line.source_state, line.target_state) == (move.source.state.value, move.target.state.value)
