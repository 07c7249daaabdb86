"""Holds: kept in full or part, given up, carried on, run out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from baogong.kernel.errors import NotFound
from baogong.kernel.ids import new_id
from baogong.ledger import queries, services
from baogong.ledger.facts import AccountRef, HoldView
from baogong.ledger.services import BatchRefused
from baogong.ledger.states import State
from tests.apps.ledger.conftest import NOW, World


def place_hold(world: World, amount: int, **options: object) -> HoldView:
    line = services.hold_line(world.stock, world.signed, world.lot, amount, **options)  # type: ignore[arg-type]
    world.post(line)
    return queries.hold(line.id)


def code_of(world: World, *lines: object, **options: object) -> str:
    with pytest.raises(BatchRefused) as refusal, transaction.atomic():
        world.post(*lines, **options)  # type: ignore[arg-type]
    return refusal.value.refused[0].code


def test_what_is_promised_cannot_be_promised_or_taken_again(world: World) -> None:
    world.count(10)
    hold = place_hold(world, 8)
    assert (world.posted(world.stock), world.free(world.stock)) == (10, 2)
    assert code_of(world, services.hold_line(world.stock, world.signed, world.lot, 3)) == "not-enough-left"
    assert code_of(world, services.post_line(world.stock, world.signed, world.lot, 3)) == "not-enough-left"
    assert queries.open_holds(targets=[world.hospital]) == (hold,)
    assert queries.open_holds(targets=[world.other_hospital]) == ()


def test_a_hold_is_kept_in_parts_and_the_rest_given_up(world: World) -> None:
    world.count(10)
    hold = place_hold(world, 8)
    world.post(services.post_hold_line(hold, 3))
    hold = queries.hold(hold.id)
    assert (hold.posted, hold.open, world.posted(world.signed)) == (3, 5, 3)
    world.post(services.void_line(hold))
    hold = queries.hold(hold.id)
    assert (hold.posted, hold.voided, hold.open) == (3, 5, 0)
    assert (world.posted(world.stock), world.free(world.stock)) == (7, 7)
    assert queries.open_holds() == ()
    assert code_of(world, services.post_hold_line(hold, 1)) == "hold-ended"


def test_a_hold_can_be_placed_and_kept_in_one_batch(world: World) -> None:
    world.count(4)
    line = services.hold_line(world.stock, world.signed, world.lot, 4)
    view = HoldView(line.id, world.stock, world.signed, world.lot, 4, 0, 0, 0, None, None, None)
    world.post(line, services.extend_line(view, None), services.post_hold_line(view, 3), services.void_line(view, 1))
    hold = queries.hold(line.id)
    assert (hold.posted, hold.voided, hold.open) == (3, 1, 0)


def test_goods_travel_on_under_holds_that_continue_each_other(world: World) -> None:
    truck, hub = AccountRef(world.warehouse, State.ABOARD), AccountRef(world.other_hospital, State.AVAILABLE)
    world.count(10)
    first = place_hold(world, 8)
    # Loading: the hold is given up at the site and made again aboard, for the hub.
    aboard = services.hold_line(truck, hub, world.lot, 8, continues=first.id)
    world.post(services.void_line(first), services.post_line(world.stock, truck, world.lot, 8), aboard)
    # At the hub 7 arrive and are promised on; one was lost on the road.
    on_truck = queries.hold(aboard.id)
    onward = services.hold_line(hub, world.signed, world.lot, 7, continues=aboard.id)
    lost = AccountRef(world.warehouse, State.LOST)
    world.post(
        services.post_hold_line(on_truck, 7),
        services.void_line(on_truck, 1),
        services.post_line(truck, lost, world.lot, 1),
        onward,
    )
    fate = queries.hold_fate(first.id)
    assert (fate.arrived, fate.travelling, fate.given_up) == (0, 7, 1)
    assert fate.continued_by == (aboard.id,)
    world.post(services.post_hold_line(queries.hold(onward.id), 5))
    fate = queries.hold_fate(first.id)
    assert (fate.arrived, fate.travelling, fate.given_up) == (5, 2, 1)
    assert (fate.posted, fate.voided, fate.open) == (0, 8, 0)
    assert queries.hold(onward.id).continues == aboard.id


def test_no_more_travels_on_than_has_ended(world: World) -> None:
    world.count(20)
    hold = place_hold(world, 8)
    lines = [
        services.void_line(hold, 5),
        services.hold_line(world.stock, world.signed, world.lot, 6, continues=hold.id),
    ]
    assert code_of(world, *lines) == "hold-exceeded"
    unknown = services.hold_line(world.stock, world.signed, world.lot, 6, continues=new_id())
    assert code_of(world, unknown) == "unknown-hold"


def test_a_hold_runs_out_and_the_sweep_sets_its_goods_free(world: World) -> None:
    world.count(10)
    end = NOW + timedelta(minutes=30)
    short, endless = place_hold(world, 4, expires_at=end), place_hold(world, 3)
    assert code_of(world, services.post_hold_line(short), now=end) == "hold-expired"
    with transaction.atomic():
        assert services.sweep_expired(now=end - timedelta(seconds=1)) == 0
        assert services.sweep_expired(now=end) == 1
        assert services.sweep_expired(now=end) == 0
    assert (queries.hold(short.id).voided, queries.hold(endless.id).open) == (4, 3)
    assert world.free(world.stock) == 7


def test_a_hold_gets_another_end_while_it_runs_and_not_after(world: World) -> None:
    world.count(10)
    end = NOW + timedelta(minutes=30)
    hold = place_hold(world, 4, expires_at=end)
    world.post(services.extend_line(hold, end + timedelta(minutes=30)))
    assert queries.hold(hold.id).expires_at == end + timedelta(minutes=30)
    world.post(services.post_hold_line(hold, 1), now=end + timedelta(minutes=5))
    late = services.extend_line(queries.hold(hold.id), end + timedelta(days=1))
    assert code_of(world, late, now=end + timedelta(minutes=30)) == "hold-expired"
    world.post(services.extend_line(queries.hold(hold.id), None))
    assert queries.hold(hold.id).expires_at is None


def test_a_hold_cannot_be_ended_as_expired_before_its_time(world: World) -> None:
    world.count(10)
    assert code_of(world, services.expire_line(place_hold(world, 2))) == "hold-not-expired"
    ending = place_hold(world, 2, expires_at=NOW + timedelta(minutes=1))
    assert code_of(world, services.expire_line(ending)) == "hold-not-expired"


def test_another_account_than_the_promised_one_is_refused(world: World) -> None:
    world.count(10)
    hold = place_hold(world, 2)
    elsewhere = AccountRef(world.other_hospital, State.HANDED_OVER)
    wrong = HoldView(hold.id, hold.source, elsewhere, hold.lot, 2, 0, 0, 0, None, None, None)
    assert code_of(world, services.post_hold_line(wrong)) == "hold-mismatch"


def test_the_fate_of_an_unknown_hold_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        queries.hold_fate(new_id())
    with pytest.raises(NotFound):
        queries.hold(new_id())
