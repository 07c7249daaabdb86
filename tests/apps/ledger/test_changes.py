"""Corrections, conversions and earmarks."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction

from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries, services
from baogong.ledger.facts import AccountRef, BatchResult
from baogong.ledger.services import BatchRefused
from baogong.ledger.states import Reason, State
from tests.apps.ledger.conftest import NOW, World


def convert(
    world: World, parts: list[tuple[UUID, int]], into: list[tuple[UUID, int]], **options: object
) -> BatchResult:
    with transaction.atomic():
        return services.convert(
            at_holder=world.warehouse,
            parts=parts,
            into=into,
            actor=THE_HOUSE,
            document=new_id(),
            request_id=new_id(),
            now=NOW,
            **options,  # type: ignore[arg-type]
        )


def open_lot(world: World, label: str, **facets: object) -> UUID:
    facets = {"item": world.masks, "owner": world.warehouse, **facets}
    with transaction.atomic():
        return services.open_lot(label=label, now=NOW, **facets)  # type: ignore[arg-type]


def open_earmark(world: World, *parties: UUID, items: tuple[UUID, ...] = ()) -> UUID:
    with transaction.atomic():
        return services.open_earmark(parties=parties, items=items, purpose="", request_id=new_id())


def codes(refusal: pytest.ExceptionInfo[BatchRefused]) -> set[str]:
    return {one.code for one in refusal.value.refused}


def test_a_correction_goes_back_the_way_and_never_more_than_was_moved(world: World) -> None:
    world.count(100)
    (counted,) = queries.movements(lots=[world.lot])
    world.post(services.correct_line(counted, 30), reason=Reason.CORRECTION)
    assert world.posted(world.stock) == 70
    assert queries.movements(since_seq=counted.seq)[0].corrects == counted.id
    with pytest.raises(BatchRefused) as refusal:
        world.post(services.correct_line(counted, 71))
    assert codes(refusal) == {"correction-exceeded"}
    with pytest.raises(BatchRefused) as refusal:
        world.post(services.post_line(world.stock, world.signed, world.lot, 1, corrects=counted.id))
    assert codes(refusal) == {"correction-mismatch"}
    with pytest.raises(BatchRefused) as refusal:
        world.post(services.post_line(world.stock, world.signed, world.lot, 1, corrects=new_id()))
    assert codes(refusal) == {"unknown-movement"}
    world.post(services.correct_line(counted, 70), reason=Reason.CORRECTION)
    assert world.posted(world.stock) == 0


def test_two_corrections_in_one_batch_are_added_up(world: World) -> None:
    world.count(100)
    world.count(100)
    counted = queries.movements(lots=[world.lot])[0]
    with pytest.raises(BatchRefused) as refusal:
        world.post(services.correct_line(counted, 60), services.correct_line(counted, 60))
    assert codes(refusal) == {"correction-exceeded"}


def test_packs_are_made_of_lots_at_a_recorded_ratio_and_every_later_batch_agrees(world: World) -> None:
    world.count(100)
    gloves = open_lot(world, "gloves", item=world.gloves)
    world.count(100, gloves)
    pack = open_lot(world, "a pack of 5 masks and 2 gloves")
    convert(world, [(world.lot, 50), (gloves, 20)], [(pack, 10)])
    assert (world.posted(world.stock), world.posted(world.stock, gloves), world.posted(world.stock, pack)) == (
        50,
        80,
        10,
    )
    convert(world, [(world.lot, 5), (gloves, 2)], [(pack, 1)])
    with pytest.raises(BatchRefused) as refusal:
        convert(world, [(world.lot, 5), (gloves, 2)], [(pack, 2)])
    assert codes(refusal) == {"conversion-ratio"}
    with pytest.raises(BatchRefused) as refusal:
        convert(world, [(world.lot, 5)], [(pack, 1)])
    assert codes(refusal) == {"conversion-ratio"}
    assert world.posted(world.stock, pack) == 11


def test_a_box_is_taken_apart_into_several_lots(world: World) -> None:
    world.count(10)
    left, right = open_lot(world, "left"), open_lot(world, "right")
    convert(world, [(world.lot, 4)], [(left, 4), (right, 8)])
    assert (world.posted(world.stock), world.posted(world.stock, left), world.posted(world.stock, right)) == (6, 4, 8)


def test_a_conversion_short_of_one_part_is_refused_as_a_whole(world: World) -> None:
    world.count(10)
    gloves, pack = open_lot(world, "gloves", item=world.gloves), open_lot(world, "pack")
    with pytest.raises(BatchRefused) as refusal:
        convert(world, [(world.lot, 10), (gloves, 10)], [(pack, 10)])
    assert codes(refusal) == {"not-enough-left", "conversion-incomplete"}
    assert len(refusal.value.refused) == 3


def test_a_conversion_alone_in_either_direction_is_refused(world: World) -> None:
    world.count(10)
    between = AccountRef(world.warehouse, State.CONVERSION)
    for line in (
        services.post_line(world.stock, between, world.lot, 1),
        services.post_line(between, world.stock, world.lot, 1),
    ):
        with pytest.raises(BatchRefused) as refusal:
            world.post(line)
        assert codes(refusal) == {"conversion-ratio"}
    with pytest.raises(UnusableInput):
        convert(world, [], [(world.lot, 1)])


def test_a_conversion_is_taken_back_as_a_whole_or_not_at_all(world: World) -> None:
    world.count(10)
    pack = open_lot(world, "pack")
    result = convert(world, [(world.lot, 10)], [(pack, 2)])
    went_in, came_out = (queries.movement(line) for line in result.line_ids)
    with pytest.raises(BatchRefused) as refusal:
        world.post(services.correct_line(went_in))
    assert codes(refusal) == {"conversion-ratio"}
    world.post(services.correct_line(came_out, 1), services.correct_line(went_in, 5), reason=Reason.CORRECTION)
    assert (world.posted(world.stock), world.posted(world.stock, pack)) == (5, 1)


def test_earmarked_goods_reach_nobody_else_not_even_as_a_hold(world: World) -> None:
    lot = open_lot(world, "for the hospital", earmark=open_earmark(world, world.hospital))
    world.count(10, lot)
    stranger = AccountRef(world.other_hospital, State.HANDED_OVER)
    for make in (services.post_line, services.hold_line):
        with pytest.raises(BatchRefused) as refusal:
            world.post(make(world.stock, stranger, lot, 1))
        assert codes(refusal) == {"earmark-forbids"}
    # On the way they may stand anywhere.
    world.post(services.post_line(world.stock, AccountRef(world.other_hospital, State.AVAILABLE), lot, 4))
    world.post(services.post_line(AccountRef(world.other_hospital, State.AVAILABLE), world.signed, lot, 4))
    assert world.posted(world.signed, lot) == 4


def test_a_conversion_does_not_set_earmarked_goods_free_unless_the_earmark_is_changed_openly(world: World) -> None:
    earmarked = open_lot(world, "earmarked", earmark=open_earmark(world, world.hospital))
    world.count(20, earmarked)
    free, kept = open_lot(world, "free"), open_lot(world, "kept", earmark=open_earmark(world, world.hospital))
    with pytest.raises(BatchRefused) as refusal:
        convert(world, [(earmarked, 10)], [(free, 10)])
    assert codes(refusal) == {"earmark-forbids"}
    convert(world, [(earmarked, 10)], [(kept, 10)])
    convert(world, [(earmarked, 10)], [(free, 10)], reason=Reason.RE_EARMARK)
    assert world.posted(world.stock, free) == 10


def test_earmarked_money_buys_only_what_it_is_for(world: World) -> None:
    money = open_lot(world, "a gift for masks", earmark=open_earmark(world, items=(world.masks,)))
    world.count(1_000, money)
    masks, gloves = open_lot(world, "bought masks"), open_lot(world, "bought gloves", item=world.gloves)
    convert(world, [(money, 500)], [(masks, 100)], reason=Reason.PURCHASE)
    with pytest.raises(BatchRefused) as refusal:
        convert(world, [(money, 500)], [(gloves, 100)], reason=Reason.PURCHASE)
    assert codes(refusal) == {"earmark-forbids"}


def test_promised_goods_go_into_a_conversion_from_whatever_state_they_stood_in(world: World) -> None:
    world.count(100)
    gloves, pack = open_lot(world, "gloves", item=world.gloves), open_lot(world, "a pack of 5 masks and 2 gloves")
    world.count(20, gloves)
    frozen, between = AccountRef(world.warehouse, State.FROZEN), AccountRef(world.warehouse, State.CONVERSION)
    world.post(services.post_line(world.stock, frozen, gloves, 20), reason=Reason.FREEZE)
    held = world.post(
        services.hold_line(world.stock, between, world.lot, 50), services.hold_line(frozen, between, gloves, 20)
    )
    masks_held, gloves_held = (queries.hold(line) for line in held.line_ids)
    convert(world, [], [(pack, 4)], held=[(masks_held, 20), (gloves_held, 8)], into_state=State.FROZEN)
    assert (world.posted(world.stock), world.free(world.stock), world.posted(frozen, gloves)) == (80, 50, 12)
    assert world.posted(frozen, pack) == 4
    with pytest.raises(BatchRefused) as refusal:
        convert(world, [], [(pack, 7)], held=[(masks_held, 35), (gloves_held, 14)], into_state=State.FROZEN)
    assert codes(refusal) == {"hold-exceeded", "conversion-incomplete"}


def test_origins_are_followed_through_every_conversion_both_ways(world: World) -> None:
    world.count(100)
    kit, pack, other = (open_lot(world, label) for label in ("kit", "pack", "other"))
    convert(world, [(world.lot, 60)], [(kit, 20)])
    convert(world, [(kit, 10)], [(pack, 5)])
    convert(world, [(world.lot, 8)], [(other, 4)])
    edges = {(one.child, one.parent, one.parent_amount, one.child_amount) for one in queries.sources_of([pack])}
    assert edges == {(pack, kit, 2, 1), (kit, world.lot, 3, 1)}
    assert {one.child for one in queries.made_from([world.lot])} == {kit, pack, other}
    assert queries.sources_of([world.lot]) == queries.made_from([pack]) == ()
