"""Posting through the service: what is written, what is refused, what a second try finds."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from psycopg.errors import UniqueViolation

from baogong.engine.book import Line, Tense
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries, services
from baogong.ledger.facts import AccountRef
from baogong.ledger.posting import PostRequest, post_batch
from baogong.ledger.services import BatchRefused
from baogong.ledger.states import Reason, State
from tests.apps.ledger.conftest import NOW, World


def test_what_is_counted_stands_in_stock_and_what_is_handed_over_is_the_receivers(world: World) -> None:
    world.count(500)
    world.post(services.post_line(world.stock, world.signed, world.lot, 120), reason=Reason.HANDOVER)
    (stock,) = queries.balances(holders=[world.warehouse], states=[State.AVAILABLE])
    (signed,) = queries.balances(holders=[world.hospital])
    assert (stock.posted, stock.owner) == (380, world.warehouse)
    assert (signed.posted, signed.owner, signed.lot.owner) == (120, world.hospital, world.warehouse)


def test_a_movement_tells_who_when_why_and_under_which_document(world: World) -> None:
    document = new_id()
    result = world.post(services.post_line(world.outside, world.stock, world.lot, 7), document=document)
    (told,) = queries.movements(documents=[document])
    assert (told.id, told.batch, told.at, told.reason) == (result.line_ids[0], result.batch_id, NOW, Reason.COUNT)
    assert (told.source, told.target, told.lot, told.amount) == (world.outside, world.stock, world.lot, 7)
    assert (told.actor, told.tense) == (None, Tense.POSTED)


def test_without_the_callers_transaction_nothing_is_written() -> None:
    line = services.post_line(AccountRef(new_id(), State.OUTSIDE), AccountRef(new_id(), State.AVAILABLE), new_id(), 1)
    with pytest.raises(TransactionManagementError):
        services.post(lines=[line], actor=THE_HOUSE, reason=Reason.COUNT, document=None, request_id=new_id(), now=NOW)


def test_a_batch_without_lines_is_refused(world: World) -> None:
    with pytest.raises(UnusableInput, match="0"):
        world.post()


def test_one_refused_line_refuses_all_and_the_refusal_names_each(world: World) -> None:
    world.count(10)
    fine = services.post_line(world.stock, world.signed, world.lot, 4)
    too_much = services.post_line(world.stock, world.signed, world.lot, 7)
    with pytest.raises(BatchRefused) as refusal:
        world.post(fine, too_much)
    assert [(one.line_id, one.code) for one in refusal.value.refused] == [(too_much.id, "not-enough-left")]
    assert refusal.value.as_dict()["refused"][0]["line"] == str(too_much.id)
    told = pickle.loads(pickle.dumps(refusal.value))  # as a worker in another process tells it
    assert (type(told), told.as_dict(), told.refused) == (BatchRefused, refusal.value.as_dict(), refusal.value.refused)
    assert world.free(world.stock) == 10
    assert queries.movements(ids=[fine.id, too_much.id]) == ()


def test_each_on_its_own_leaves_out_the_refused_and_lets_them_try_again_under_their_id(world: World) -> None:
    world.count(10)
    lines = [services.post_line(world.stock, world.signed, world.lot, amount) for amount in (6, 6, 4)]
    result = world.post(*lines, each_on_its_own=True)
    assert [verdict.code for verdict in result.verdicts] == ["", "not-enough-left", ""]
    assert queries.movements(ids=[lines[1].id]) == ()
    world.count(6)
    assert world.post(lines[1]).verdicts[0].ok
    assert world.posted(world.signed) == 16


def test_where_every_line_is_refused_no_batch_is_written(world: World) -> None:
    result = world.post(services.post_line(world.stock, world.signed, world.lot, 1), each_on_its_own=True)
    assert result.batch_id is None
    assert queries.movements() == ()


def test_the_same_request_again_has_one_effect_and_the_same_answer(world: World) -> None:
    request_id = new_id()
    first = world.post(services.post_line(world.outside, world.stock, world.lot, 9), request_id=request_id)
    # The line is made anew, as a restarted program would: its id differs, its content does not.
    again = world.post(services.post_line(world.outside, world.stock, world.lot, 9), request_id=request_id)
    assert (first.was_replay, again.was_replay) == (False, True)
    assert (again.batch_id, again.line_ids) == (first.batch_id, first.line_ids)
    assert world.posted(world.stock) == 9


def test_a_request_whose_lines_name_each_other_is_recognised_though_made_anew(world: World) -> None:
    world.count(5)

    def lines() -> list[Line]:
        hold = services.hold_line(world.stock, world.signed, world.lot, 5)
        kept = Line(new_id(), Tense.POSTED, hold.source, hold.target, hold.lot, 5, hold=hold.id)
        return [hold, kept]

    request_id = new_id()
    first = world.post(*lines(), request_id=request_id)
    again = world.post(*lines(), request_id=request_id)
    assert again.was_replay
    assert again.line_ids == first.line_ids


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 8},
        {"reason": Reason.GIFT},
        {"document": new_id()},
        {"each_on_its_own": True},
    ],
)
def test_the_same_request_id_with_other_content_is_refused_and_the_first_stands(
    world: World, change: dict[str, object]
) -> None:
    request_id = new_id()
    world.post(services.post_line(world.outside, world.stock, world.lot, 9), request_id=request_id)
    amount = int(str(change.pop("amount", 9)))
    with pytest.raises(RequestIdReused):
        world.post(services.post_line(world.outside, world.stock, world.lot, amount), request_id=request_id, **change)
    assert world.posted(world.stock) == 9


def test_each_on_its_own_answers_a_replay_as_the_first_time(world: World) -> None:
    world.count(5)
    lines = [services.post_line(world.stock, world.signed, world.lot, amount) for amount in (5, 3)]
    request_id = new_id()
    world.post(*lines, request_id=request_id, each_on_its_own=True)
    world.count(3)
    again = world.post(*lines, request_id=request_id, each_on_its_own=True)
    assert [(verdict.ok, verdict.code) for verdict in again.verdicts] == [(True, ""), (False, "refused-before")]
    assert world.free(world.stock) == 3


def test_a_movement_id_seen_before_is_answered_and_not_written_twice(world: World) -> None:
    line = services.post_line(world.outside, world.stock, world.lot, 9)
    world.post(line)
    again = world.post(line)
    assert (again.batch_id, again.verdicts[0].ok, again.verdicts[0].was_seen) == (None, True, True)
    other = services.post_line(world.outside, world.stock, world.lot, 8, id=line.id)
    with pytest.raises(BatchRefused) as refusal:
        world.post(other)
    assert refusal.value.refused[0].code == "id-reused"
    assert world.posted(world.stock) == 9


def test_bare_lines_move_between_accounts_that_exist_and_no_others(world: World) -> None:
    world.count(5)
    world.post(services.post_line(world.stock, world.signed, world.lot, 1))
    world.post(Line(new_id(), Tense.POSTED, world.stock.id, world.signed.id, world.lot, 2))
    assert world.posted(world.signed) == 3
    stranger = AccountRef(world.other_hospital, State.HANDED_OVER)
    with pytest.raises(BatchRefused) as refusal:
        world.post(Line(new_id(), Tense.POSTED, world.stock.id, stranger.id, world.lot, 2))
    assert refusal.value.refused[0].code == "unknown-account"


def test_an_unknown_lot_is_refused(world: World) -> None:
    with pytest.raises(BatchRefused) as refusal:
        world.post(services.post_line(world.outside, world.stock, new_id(), 2))
    assert refusal.value.refused[0].code == "unknown-lot"


def test_lines_are_judged_in_order_so_that_goods_pass_on_within_a_batch(world: World) -> None:
    world.post(
        services.post_line(world.outside, world.stock, world.lot, 3),
        services.post_line(world.stock, world.signed, world.lot, 3),
    )
    assert (world.posted(world.stock), world.posted(world.signed), world.posted(world.outside)) == (0, 3, -3)


def test_many_batches_in_one_transaction_stand_or_fall_with_it(world: World) -> None:
    def count_twice_and_fail() -> None:
        with transaction.atomic():
            world.count(3)
            world.count(4)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        count_twice_and_fail()
    assert world.posted(world.stock) == 0


def test_the_same_facets_find_the_same_lot_and_another_facet_another(world: World) -> None:
    facets: dict[str, Any] = {"item": world.masks, "owner": world.warehouse, "now": NOW}
    with transaction.atomic():
        assert services.open_lot(**facets) == world.lot
        assert services.open_lot(**facets, label="second truck") != world.lot
        assert services.open_lot(**facets, pieces_per_carton=0) != world.lot
    assert queries.lot(world.lot).item == world.masks
    with pytest.raises(NotFound):
        queries.lot(new_id())


def test_an_earmark_is_opened_once_for_a_request(world: World) -> None:
    request_id = new_id()
    said: dict[str, Any] = {
        "parties": [world.hospital],
        "items": [world.masks],
        "purpose": "校友会捐赠",
        "request_id": request_id,
    }
    with transaction.atomic():
        first = services.open_earmark(**said)
        assert services.open_earmark(**said) == first
        with pytest.raises(RequestIdReused):
            services.open_earmark(**{**said, "parties": []})
    view = queries.earmark(first)
    assert (set(view.parties), set(view.items), view.purpose) == ({world.hospital}, {world.masks}, "校友会捐赠")


def test_pages_of_movements_follow_each_other_by_their_order(world: World) -> None:
    for _ in range(5):
        world.count(1)
    first = queries.movements(lots=[world.lot], limit=3)
    rest = queries.movements(lots=[world.lot], since_seq=first[-1].seq)
    assert (len(first), len(rest)) == (3, 2)
    assert len(queries.movements(holders=[world.warehouse])) == 5
    assert queries.movements(holders=[world.hospital]) == ()


def test_what_says_it_is_new_is_not_written_beside_what_stands_under_its_ids(world: World) -> None:
    world.count(10)
    line = services.post_line(world.stock, world.signed, world.lot, 4)
    request = PostRequest((line,), Reason.HANDOVER, None, None, new_id(), is_new=True)

    def ask(request: PostRequest) -> None:
        with transaction.atomic():
            post_batch(connection.connection, request, NOW)

    ask(request)
    for again in (request, replace(request, request_id=new_id())):
        with pytest.raises(UniqueViolation):
            ask(again)
        assert (world.posted(world.signed), world.free(world.stock)) == (4, 6)
    assert queries.verify_book().ok
