"""Packing runs: goods set aside, packs counted, what is left, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.services import sign
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply import queries
from baogong.supply.errors import ConsentMissing
from baogong.supply.services import agree_to_packing, close_run, undo_run, undo_tally
from baogong.supply.services.packing.shared import (
    MorePacksThanPlanned,
    MoreWasteThanStock,
    NothingToPack,
    PacksHaveLeft,
    RunEnded,
)
from tests.apps.supply.packs import (
    at_hub,
    give,
    held_at_hub,
    run_of,
    tally,
    throw_away,
    vegetable_kit,
    view_of,
)
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere
from tests.cast import NOW

LATER = NOW + timedelta(hours=2)


def is_sound() -> bool:
    return book.verify_book().ok


def test_a_run_sets_goods_aside_and_its_packs_stand_in_the_book(world: World) -> None:
    give(world, "potato", 40_000)
    give(world, "carrot", 21_000)
    run = run_of(world, 10)
    assert (held_at_hub(world, "potato"), held_at_hub(world, "carrot")) == (30_000, 20_000)
    tally(world, run, 4)
    tally(world, run, 6, now=LATER)
    view = view_of(run)
    assert (view.head.made, view.head.left, view.head.missing) == (10, 0, ())
    assert [(one.first_no, one.last_no) for one in view.tallies] == [(1, 4), (5, 10)]
    assert view.rate_per_h == 3
    assert (at_hub(world, "potato"), at_hub(world, "carrot"), at_hub(world, "vegetable-pack")) == (10_000, 1_000, 10)
    (stock,) = queries.relief_stock(items=[world.item("vegetable-pack")])
    assert (stock.state, stock.free, stock.donor is not None) == ("FROZEN", 10, True)
    assert is_sound()


def test_several_givers_stay_behind_each_pack_and_a_pack_on_the_seam_has_both(world: World) -> None:
    early = give(world, "potato", 10_000, donor="寿光合作社", expires_on=date(2020, 2, 1))
    late = give(world, "potato", 20_000, donor="兰陵合作社", expires_on=date(2020, 3, 1))
    carrots = give(world, "carrot", 60_000, donor="莱西合作社")
    run = run_of(world, 10)
    tally(world, run, 10)
    layers = view_of(run).layers
    assert [(layer.made, [part.amount_each for part in layer.parts]) for layer in layers] == [
        (3, [3_000, 2_000]),
        (1, [1_000, 2_000, 2_000]),
        (6, [3_000, 2_000]),
    ]
    seam = {origin.source: Fraction(origin.amount, origin.per) for origin in queries.pack_origins([layers[1].lot])}
    assert seam == {early: 1_000, late: 2_000, carrots: 2_000}
    names = {origin.donor_name for layer in layers for origin in queries.pack_origins([layer.lot])}
    assert names == {"寿光合作社", "兰陵合作社", "莱西合作社"}
    assert {lot.expires_on for lot in book.lots([layer.lot for layer in layers])} == {
        date(2020, 2, 1),
        date(2020, 3, 1),
    }
    assert is_sound()


def test_a_short_run_makes_what_it_can_and_says_what_is_missing(world: World) -> None:
    give(world, "potato", 13_000)
    give(world, "sweet-potato", 5_000)
    give(world, "carrot", 100_000)
    run = run_of(world, 50)
    head = view_of(run).head
    assert (head.wanted, head.planned, head.left) == (50, 6, 6)
    assert [(short.item_zh, short.amount) for short in head.missing] == [("土豆", 131_000)]
    assert journal.document(head.document).body["missing"][0]["amount"] == 131_000
    tally(world, run, 6)
    assert [part.is_substitute for layer in view_of(run).layers for part in layer.parts] == [False, False, True, False]
    with pytest.raises(MorePacksThanPlanned):
        tally(world, run, 1)


def test_where_nothing_can_be_made_it_says_so_and_leaves_no_trace(world: World) -> None:
    give(world, "potato", 90_000)
    kit = vegetable_kit(world)
    before = rows_everywhere()
    with pytest.raises(NothingToPack) as refused:
        run_of(world, 5, kit)
    assert refused.value.found == ["胡萝卜: 10,000"]
    with pytest.raises(UnusableInput):
        run_of(world, 0, kit)
    assert rows_everywhere() == before


def test_two_runs_at_one_site_never_reach_for_the_same_goods(world: World) -> None:
    give(world, "potato", 30_000)
    give(world, "carrot", 20_000)
    first = run_of(world, 6, line_name="甲线")
    second = run_of(world, 6, line_name="乙线")
    assert (view_of(first).head.left, view_of(second).head.left) == (6, 4)
    for run, packs in ((first, 3), (second, 4), (first, 3)):
        tally(world, run, packs)
    assert at_hub(world, "vegetable-pack") == 10
    assert at_hub(world, "potato") == at_hub(world, "carrot") == 0
    assert is_sound()


def test_what_was_set_aside_cannot_be_promised_to_anyone_else(world: World) -> None:
    lot = give(world, "potato", 3_000)
    give(world, "carrot", 2_000)
    run_of(world, 1)
    line = ledger.hold_line(
        AccountRef(world.cast.hub, State.AVAILABLE), AccountRef(world.cast.hospital, State.HANDED_OVER), lot, 1
    )
    with pytest.raises(ledger.BatchRefused), transaction.atomic():
        ledger.post(
            lines=[line], actor=world.cast.lin, reason=Reason.ALLOT, document=None, request_id=new_id(), now=NOW
        )


def test_a_tally_sent_twice_counts_once(world: World) -> None:
    give(world, "potato", 30_000)
    give(world, "carrot", 20_000)
    run, request_id = run_of(world, 10), new_id()
    first = tally(world, run, 5, request_id=request_id)
    before = rows_everywhere()
    assert tally(world, run, 5, request_id=request_id) == first
    assert rows_everywhere() == before


def test_a_run_asked_for_twice_is_opened_once(world: World) -> None:
    give(world, "potato", 30_000)
    give(world, "carrot", 20_000)
    kit, request_id = vegetable_kit(world), new_id()
    run = run_of(world, 10, kit, request_id=request_id)
    before = rows_everywhere()
    assert run_of(world, 10, kit, request_id=request_id) == run
    assert rows_everywhere() == before


def test_trimmings_are_written_off_under_a_report_and_cost_the_last_packs(world: World) -> None:
    give(world, "potato", 31_000)
    give(world, "carrot", 20_000)
    run = run_of(world, 10)
    tally(world, run, 2)
    report = throw_away(world, run, "potato", 1_000)
    assert view_of(run).head.left == 8  # there was a kilogram beyond what is set aside
    report = throw_away(world, run, "potato", 3_500, "ROTTEN")
    view = view_of(run)
    assert (view.head.left, view.head.made) == (6, 2)
    assert [(waste.cause, waste.amount) for waste in view.wastes] == [("TRIMMING", 1_000), ("ROTTEN", 3_500)]
    assert at_hub(world, "potato", State.SPOILED) == 4_500
    assert held_at_hub(world, "carrot") == 6 * 2_000
    written_off = [move for move in book.movements(documents=[report]) if move.target.state is State.SPOILED]
    assert sum(move.amount for move in written_off) == journal.document(report).body["lines"][0]["amount"] == 3_500
    with pytest.raises(MoreWasteThanStock):
        throw_away(world, run, "potato", 30_000)
    with pytest.raises(UnusableInput):
        throw_away(world, run, "potato", 5, "LOST")
    assert is_sound()


def test_closing_frees_what_was_not_packed(world: World) -> None:
    give(world, "potato", 30_000)
    give(world, "carrot", 20_000)
    run, request_id = run_of(world, 10), new_id()
    tally(world, run, 7)
    paper = close_run(run=run, actor=world.cast.bao, now=LATER, request_id=request_id)
    assert close_run(run=run, actor=world.cast.bao, now=LATER, request_id=request_id) == paper
    assert journal.document(paper).body["made"] == 7
    assert held_at_hub(world, "potato") == held_at_hub(world, "carrot") == 0
    assert (at_hub(world, "potato"), view_of(run).head.state) == (9_000, "CLOSED")
    acts: tuple[Callable[[], object], ...] = (
        lambda: tally(world, run, 1),
        lambda: throw_away(world, run, "potato", 1),
        lambda: close_run(run=run, actor=world.cast.bao, now=LATER, request_id=new_id()),
    )
    for act in acts:
        with pytest.raises(RunEnded):
            act()
    assert is_sound()


def test_a_wrong_tally_comes_apart_and_its_goods_are_set_aside_again(world: World) -> None:
    give(world, "potato", 30_000)
    give(world, "carrot", 20_000)
    run = run_of(world, 10)
    tally(world, run, 2)
    wrong, request_id = tally(world, run, 8), new_id()
    for _ in range(2):
        undo_tally(tally=wrong, why="数成了八，实为六", actor=world.cast.bao, now=LATER, request_id=request_id)
    assert (view_of(run).head.made, view_of(run).head.left, held_at_hub(world, "potato")) == (2, 8, 24_000)
    tally(world, run, 6)
    assert [(one.first_no, one.is_undone) for one in view_of(run).tallies] == [(1, False), (3, True), (11, False)]
    with pytest.raises(RunEnded):
        undo_tally(tally=wrong, why="又一次", actor=world.cast.bao, now=LATER, request_id=new_id())
    assert is_sound()


def test_a_whole_run_is_taken_back_by_corrections(world: World) -> None:
    give(world, "potato", 13_000)
    give(world, "potato", 20_000, donor="兰陵合作社")
    give(world, "carrot", 20_000)
    run = run_of(world, 10)
    tally(world, run, 3)
    throw_away(world, run, "carrot", 2_500)
    tally(world, run, 3)
    request_id = new_id()
    for _ in range(2):
        undo_run(run=run, why="菜品有问题，全部拆包复检", actor=world.cast.lin, now=LATER, request_id=request_id)
    assert (at_hub(world, "potato"), at_hub(world, "carrot"), at_hub(world, "vegetable-pack")) == (33_000, 20_000, 0)
    assert held_at_hub(world, "potato") == held_at_hub(world, "carrot") == 0
    assert (view_of(run).head.state, view_of(run).head.made) == ("UNDONE", 0)
    with pytest.raises(RunEnded):
        undo_run(run=run, why="又一次", actor=world.cast.lin, now=LATER, request_id=new_id())
    assert is_sound()


def test_a_closed_run_is_taken_back_too_unless_a_pack_is_promised(world: World) -> None:
    give(world, "potato", 30_000)
    give(world, "carrot", 20_000)
    run = run_of(world, 10)
    tally(world, run, 10)
    close_run(run=run, actor=world.cast.bao, now=LATER, request_id=new_id())
    lot = view_of(run).layers[0].lot
    hold = ledger.hold_line(
        AccountRef(world.cast.hub, State.FROZEN), AccountRef(world.cast.hospital, State.HANDED_OVER), lot, 1
    )
    with transaction.atomic():
        ledger.post(
            lines=[hold], actor=world.cast.lin, reason=Reason.ALLOT, document=None, request_id=new_id(), now=NOW
        )
    before = rows_everywhere()
    with pytest.raises(PacksHaveLeft):
        undo_run(run=run, why="复检", actor=world.cast.lin, now=LATER, request_id=new_id())
    assert rows_everywhere() == before
    with transaction.atomic():
        ledger.post(
            lines=[ledger.void_line(book.hold(hold.id))],
            actor=world.cast.lin,
            reason=Reason.UNDO,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    undo_run(run=run, why="复检", actor=world.cast.lin, now=LATER, request_id=new_id())
    assert at_hub(world, "potato") == 30_000


def test_strangers_and_keepers_of_other_places_pack_nothing(world: World) -> None:
    give(world, "potato", 30_000)
    give(world, "carrot", 20_000)
    kit = vegetable_kit(world)
    run = run_of(world, 5, kit)
    done = tally(world, run, 2)
    for who in (world.cast.stranger, world.kai, world.cast.wu):
        for act in (
            lambda who=who: run_of(world, 1, kit, actor=who),
            lambda who=who: tally(world, run, 1, actor=who),
            lambda who=who: throw_away(world, run, "potato", 1, actor=who),
            lambda who=who: close_run(run=run, actor=who, now=NOW, request_id=new_id()),
            lambda who=who: undo_tally(tally=done, why="x", actor=who, now=NOW, request_id=new_id()),
            lambda who=who: undo_run(run=run, why="x", actor=who, now=NOW, request_id=new_id()),
        ):
            assert_refused_without_trace(act)


def outlook_of(world: World, packs: int, *receivers: UUID) -> queries.Outlook:
    kit = queries.kit(vegetable_kit(world))
    return queries.outlook(
        kit=kit,
        site=world.cast.hub,
        wanted=packs,
        receivers=list(receivers),
        now=NOW,
    )


def test_goods_for_somebody_else_expired_or_without_consent_stay_out_and_are_named(world: World) -> None:
    give(world, "potato", 30_000, expires_on=NOW.date() - timedelta(days=1))
    give(world, "potato", 30_000, donor="校友", receiver=world.union)
    give(world, "potato", 30_000, donor="粉丝会", terms="CONSIGNMENT", receiver=world.union)
    give(world, "carrot", 20_000)
    plan = outlook_of(world, 10)
    assert plan.packs == 0
    assert sorted(left.why.value for left in plan.left_out) == ["EXPIRED", "FOR_OTHERS", "FOR_OTHERS"]
    plan = outlook_of(world, 10, world.union)
    assert sorted(left.why.value for left in plan.left_out) == ["EXPIRED", "NO_CONSENT", "NO_CONSENT"]


def test_carried_goods_are_packed_only_with_their_owners_word_and_two_signatures(world: World) -> None:
    lot = give(world, "potato", 30_000, donor="粉丝会", terms="CONSIGNMENT", receiver=world.cast.hospital)
    give(world, "carrot", 20_000)
    owner = book.lot(lot).owner
    asked = {
        "lot": lot,
        "site": world.cast.hub,
        "pack": world.item("vegetable-pack"),
        "by": owner,
        "words": "电话 11:40：同意拼包",
        "actor": world.cast.lin,
        "now": NOW,
        "request_id": new_id(),
    }
    for wrong in ({"by": world.company}, {"words": " "}):
        with pytest.raises(ConsentMissing):
            agree_to_packing(**{**asked, **wrong, "request_id": new_id()})  # type: ignore[arg-type]
    assert_refused_without_trace(
        lambda: agree_to_packing(**{**asked, "actor": world.cast.stranger, "request_id": new_id()})  # type: ignore[arg-type]
    )
    paper = agree_to_packing(**asked)  # type: ignore[arg-type]
    assert outlook_of(world, 10, world.cast.hospital).packs == 0
    sign(document=paper, actor=world.cast.mei, now=NOW)
    assert outlook_of(world, 10).packs == 0  # for the hospital it was given, and stays
    run = run_of(world, 10, queries.kits()[0].id, receivers=[world.cast.hospital])
    tally(world, run, 10)
    (pack,) = book.lots([view_of(run).layers[0].lot])
    assert pack.earmark is not None
    assert pack.earmark.parties == {world.cast.hospital}
    line = ledger.hold_line(
        AccountRef(world.cast.hub, State.FROZEN), AccountRef(world.union, State.HANDED_OVER), pack.id, 1
    )
    with pytest.raises(ledger.BatchRefused), transaction.atomic():
        ledger.post(
            lines=[line], actor=world.cast.lin, reason=Reason.ALLOT, document=None, request_id=new_id(), now=NOW
        )
    origins = {origin.source for origin in queries.pack_origins([pack.id])}
    assert lot in origins
    assert is_sound()


def test_a_second_consent_to_the_same_goods_has_nothing_to_agree_on(world: World) -> None:
    from baogong.supply.services.packing.consent import NothingToAgreeOn

    lot = give(world, "potato", 1_000, donor="粉丝会", terms="CONSIGNMENT", receiver=world.cast.hospital)
    asked = {
        "lot": lot,
        "site": world.cast.hub,
        "pack": world.item("vegetable-pack"),
        "by": book.lot(lot).owner,
        "words": "电话",
        "actor": world.cast.lin,
        "now": NOW,
    }
    sign(document=agree_to_packing(**asked, request_id=new_id()), actor=world.cast.mei, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(NothingToAgreeOn):
        agree_to_packing(**asked, request_id=new_id())  # type: ignore[arg-type]
