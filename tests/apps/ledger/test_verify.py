"""Replaying the book: a sound one has no faults, and one fault of each kind is found as what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.db import connection, transaction

from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.ledger import posting, queries, services
from baogong.ledger.facts import AccountRef
from baogong.ledger.queries import verification
from baogong.ledger.states import Reason, State
from tests.apps.ledger.conftest import NOW, World

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from baogong.config.servers import EmbeddedBook


def tell_a_story(world: World) -> dict[str, UUID]:
    """Every sort of movement once, half of it stamped; the ids that faults are planted at."""
    truck = AccountRef(world.warehouse, State.ABOARD)
    counted = world.count(1_000).line_ids[0]
    placed = services.hold_line(world.stock, world.signed, world.lot, 300, expires_at=NOW + timedelta(days=1))
    world.post(placed, reason=Reason.ALLOT, document=new_id())
    hold = queries.hold(placed.id)
    kept = world.post(services.post_hold_line(hold, 100), reason=Reason.HANDOVER).line_ids[0]
    world.post(services.extend_line(queries.hold(hold.id), NOW + timedelta(days=2)))
    onward = services.hold_line(truck, world.signed, world.lot, 150, continues=hold.id)
    world.post(
        services.void_line(queries.hold(hold.id), 150), services.post_line(world.stock, truck, world.lot, 150), onward
    )
    corrected = world.post(services.post_line(world.stock, world.signed, world.lot, 20)).line_ids[0]
    with transaction.atomic():
        services.stamp_days(now=NOW, today_too=True)
    correction = world.post(services.correct_line(queries.movement(corrected), 5)).line_ids[0]
    short = services.hold_line(world.stock, world.signed, world.lot, 10, expires_at=NOW + timedelta(minutes=1))
    world.post(short)
    with transaction.atomic():
        services.sweep_expired(now=NOW + timedelta(hours=1))
        earmark = services.open_earmark(parties=[world.hospital], items=[], purpose="校友会捐赠", request_id=new_id())
        gift = services.open_lot(item=world.masks, owner=world.warehouse, earmark=earmark, now=NOW)
        pack = services.open_lot(item=world.masks, owner=world.warehouse, label="pack", now=NOW)
        services.convert(
            at_holder=world.warehouse, parts=[(world.lot, 50)], into=[(pack, 10)], actor=THE_HOUSE,
            document=new_id(), request_id=new_id(), now=NOW,
        )  # fmt: skip
    world.count(40, gift)
    given = world.post(services.post_line(world.stock, world.signed, gift, 40), reason=Reason.HANDOVER).line_ids[0]
    return {
        "counted": counted, "hold": hold.id, "kept": kept, "onward": onward.id, "corrected": corrected,
        "correction": correction, "given": given, "gift": gift, "pack": pack, "earmark": earmark,
    }  # fmt: skip


@pytest.mark.parametrize("chunk", [3, 1 << 16])
def test_a_sound_book_has_no_faults_however_it_is_cut(
    world: World, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_CHUNK", chunk)
    tell_a_story(world)
    with transaction.atomic():
        services.stamp_days(now=NOW, today_too=True)
    report = queries.verify_book()
    assert report.faults == ()
    assert (report.ok, report.stamp_chain_ok) == (True, True)
    assert (report.movements, report.stamped) == (15, 15)
    assert report.holds_open == 2
    assert report.accounts == 5


def test_numbers_that_were_drawn_and_not_kept_are_no_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_CHUNK", 2)
    world.count(10)
    with transaction.atomic():
        world.count(1)
        transaction.set_rollback(True)
    world.post(services.hold_line(world.stock, world.signed, world.lot, 3, expires_at=NOW + timedelta(days=1)))
    with transaction.atomic():
        services.stamp_days(now=NOW, today_too=True)
    numbers = [view.seq for view in queries.movements(limit=10)]
    assert max(numbers) - min(numbers) == 2
    assert queries.verify_book().as_dict() | {"accounts": 0} == {
        "ok": True, "movements": 2, "accounts": 0, "holds_open": 1, "faults": [], "stamp_chain_ok": True, "stamped": 2,
    }  # fmt: skip


def test_whoever_waits_is_told_how_far_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_CHUNK", 2)
    for amount in (1, 2, 3):
        world.count(amount)
    told: list[tuple[int, int]] = []
    queries.verify_book(progress=lambda done, last: told.append((done, last)))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1][0] == told[-1][1]
    assert len(told) >= 2


def test_an_empty_book_is_sound(world: World) -> None:
    report = queries.verify_book()
    assert (report.ok, report.movements, report.stamped, report.stamp_chain_ok) == (True, 0, 0, True)


FAULTS: dict[str, tuple[str, str]] = {
    # name: (what an intruder writes, the kind that must be found)
    "a balance was raised": (
        "UPDATE ledger_balance SET posted = posted + 1 WHERE NOT is_outside AND posted > 0", "balance-wrong",
    ),
    "a hold sum was lowered": ("UPDATE ledger_balance SET held = held - 1 WHERE held > 0", "balance-wrong"),
    "a balance was taken away": ("DELETE FROM ledger_balance WHERE held > 0", "balance-wrong"),
    "a balance was drawn below zero": (
        "ALTER TABLE ledger_balance DROP CONSTRAINT balance_not_overdrawn;"
        "UPDATE ledger_balance SET posted = -1 WHERE held = 0 AND NOT is_outside", "balance-overdrawn",
    ),
    "a balance was let below zero": ("UPDATE ledger_balance SET is_outside = true WHERE NOT is_outside", "balance-wrong"),
    "a movement's amount was changed": ("UPDATE ledger_movement SET amount = amount + 1 WHERE id = {kept}", "leaf-wrong"),
    "a movement's target was changed": (
        "UPDATE ledger_movement SET target_id = source_id, source_id = target_id WHERE id = {counted}", "leaf-wrong",
    ),
    "an end time was changed": ("UPDATE ledger_movement SET expires_at = NULL WHERE id = {hold}", "leaf-wrong"),
    "a leaf was changed": ("UPDATE ledger_movement SET leaf = sha256('other') WHERE id = {given}", "leaf-wrong"),
    "a leaf was cut short": ("UPDATE ledger_movement SET leaf = '\\x00' WHERE id = {given}", "leaf-wrong"),
    "a nonce was erased": (
        "ALTER TABLE ledger_movement ALTER nonce DROP NOT NULL;"
        "UPDATE ledger_movement SET nonce = NULL WHERE id = {given}", "leaf-wrong",
    ),
    "a tense was made up": ("UPDATE ledger_movement SET tense = 'POSTED ' WHERE id = {kept}", "leaf-wrong"),
    "an account's state was made up": ("UPDATE ledger_account SET state = 'GONE' WHERE state = 'ABOARD'", "account-edited"),
    "a balance's account was taken away": (
        "DELETE FROM ledger_account WHERE state = 'HANDED_OVER'", "balance-wrong",
    ),
    "a movement was deleted": ("DELETE FROM ledger_movement WHERE id = {correction}", "batch-incomplete"),
    "a stamped movement was deleted": ("DELETE FROM ledger_movement WHERE id = {counted}", "stamp-count-wrong"),
    "a stamped leaf was changed": (
        "UPDATE ledger_movement SET leaf = sha256('other') WHERE id = {kept}", "stamp-root-wrong",
    ),
    "a movement was slipped in": (
        "INSERT INTO ledger_movement (id, batch_id, tense, source_id, target_id, lot_id, amount, nonce, leaf)"
        " SELECT gen_random_uuid(), batch_id, tense, source_id, target_id, lot_id, amount, nonce, leaf"
        " FROM ledger_movement WHERE id = {given}", "batch-incomplete",
    ),
    "a stamped stretch was widened": ("UPDATE ledger_stamp SET last_seq = last_seq + 1", "stamp-count-wrong"),
    "a root was changed": ("UPDATE ledger_stamp SET root = sha256('other')", "stamp-root-wrong"),
    "a stamp's day was changed": ("UPDATE ledger_stamp SET day = day - 1", "stamp-count-wrong"),
    "the chain was broken": ("UPDATE ledger_stamp SET previous_root = sha256('other')", "stamp-chain-broken"),
    "a stamp was taken away": ("UPDATE ledger_stamp SET number = 2", "stamp-chain-broken"),
    "a batch's reason was changed": ("UPDATE ledger_batch SET reason = 'SALE' WHERE reason = 'ALLOT'", "batch-altered"),
    "a batch's document was changed": (
        "UPDATE ledger_batch SET document = gen_random_uuid() WHERE reason = 'ALLOT'", "batch-altered",
    ),
    "a batch's moment was changed": (
        "UPDATE ledger_batch SET at = at + INTERVAL '1 microsecond' WHERE reason = 'ALLOT'", "batch-altered",
    ),
    "a batch was given to another request": (
        "UPDATE ledger_batch SET request_id = gen_random_uuid() WHERE reason = 'ALLOT'", "batch-altered",
    ),
    "a batch was moved to a day before the one stamped": (
        "UPDATE ledger_batch SET day = day - 1 WHERE reason = 'ALLOT'", "movement-backdated",
    ),
    "a batch's head was changed with it": (
        "UPDATE ledger_batch SET head = sha256('other') WHERE reason = 'ALLOT'", "leaf-wrong",
    ),
    "a batch was taken away": ("DELETE FROM ledger_batch WHERE reason = 'ALLOT'", "movement-orphan"),
    "an account was taken away": ("DELETE FROM ledger_account WHERE state = 'ABOARD'", "movement-orphan"),
    "a lot was taken away": ("DELETE FROM ledger_lot WHERE id = {pack}", "movement-orphan"),
    "a hold was taken away": ("DELETE FROM ledger_hold WHERE id = {hold}", "movement-orphan"),
    "the row of an untouched hold was taken away": ("DELETE FROM ledger_hold WHERE id = {onward}", "hold-wrong"),
    "a hold's figure was changed": ("UPDATE ledger_hold SET posted = posted - 1 WHERE id = {hold}", "hold-wrong"),
    "a hold's end was changed": ("UPDATE ledger_hold SET expires_at = NULL WHERE id = {hold}", "hold-wrong"),
    "a hold without a movement was added": ("INSERT INTO ledger_hold VALUES (gen_random_uuid(), 1, 0, 0, 0)", "hold-wrong"),
    "a hold was kept twice": (
        "UPDATE ledger_movement SET amount = 301 WHERE id = {kept}", "hold-overdrawn",
    ),
    "more travels on than has ended": (
        "UPDATE ledger_movement SET amount = 251 WHERE id = {onward}", "hold-overdrawn",
    ),
    "a hold was kept to somebody else": (
        "UPDATE ledger_movement SET target_id = (SELECT id FROM ledger_account WHERE state = 'ABOARD')"
        " WHERE id = {kept}", "hold-mismatch",
    ),
    "more was taken than was there": ("UPDATE ledger_movement SET amount = 100000 WHERE id = {corrected}", "movement-overdraws"),
    "a lot's owner was changed": ("UPDATE ledger_lot SET owner_id = {hospital} WHERE id = {pack}", "lot-edited"),
    "a repack was made another's": (
        "UPDATE ledger_lot AS pack SET item_id = gift.item_id, owner_id = {hospital} FROM ledger_lot AS gift"
        " WHERE gift.id = {gift} AND pack.id = {pack}", "owner-changed",
    ),
    "a lot's earmark was lifted": ("UPDATE ledger_lot SET earmark_id = NULL WHERE id = {gift}", "lot-edited"),
    "an account was given away": ("UPDATE ledger_account SET holder_id = {other} WHERE state = 'HANDED_OVER'", "account-edited"),
    "an account was let below zero": (
        "ALTER TABLE ledger_account DROP CONSTRAINT account_outside_by_state;"
        "UPDATE ledger_account SET is_outside = true WHERE state = 'ABOARD'", "account-edited",
    ),
    "an earmark's purpose was changed": ("UPDATE ledger_earmark SET purpose = 'any'", "earmark-edited"),
    "an earmark's party was replaced": ("UPDATE ledger_earmarkparty SET party_id = {other}", "earmark-broken"),
    "a conversion's ratio was changed": ("UPDATE ledger_lotsource SET parent_amount = 4", "conversion-ratio"),
    "a conversion's amount was changed": (
        "UPDATE ledger_movement SET amount = 11 WHERE lot_id = {pack}", "conversion-ratio",
    ),
    "a conversion's origin was taken away": ("DELETE FROM ledger_lotsource", "conversion-ratio"),
    "more was corrected than was moved": (
        "UPDATE ledger_movement SET amount = 21 WHERE id = {correction}", "correction-wrong",
    ),
    "a correction was pointed elsewhere": (
        "UPDATE ledger_movement SET corrects = {counted} WHERE id = {correction}", "correction-wrong",
    ),
    "a correction was pointed at nothing": (
        "UPDATE ledger_movement SET corrects = gen_random_uuid() WHERE id = {correction}", "correction-wrong",
    ),
}  # fmt: skip


@pytest.fixture
def intruder(book_server: EmbeddedBook, fresh_book: str) -> Callable[[str], None]:
    """Writes as the server's superuser with every trigger and foreign key asleep."""

    def write(sql: str) -> None:
        with book_server.connect(fresh_book, "admin") as admin:
            admin.execute("SET session_replication_role = replica")
            for statement in sql.split(";"):
                assert admin.execute(statement).rowcount != 0, f"nothing was changed by: {statement}"

    return write


@contextmanager
def taken_back() -> Iterator[CursorWrapper]:
    """A transaction with triggers and foreign keys asleep, undone at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        transaction.set_rollback(True)


def test_one_planted_fault_of_each_kind_is_found_as_what_it_is(
    real_world: World, fresh_book: str, book_server: EmbeddedBook
) -> None:
    """
    Each fault is planted alone, in a transaction that is taken back; the verifier looks at it from inside.

    So forty faults need one book.
    """
    from baogong.config.database import point_django_at

    ids = tell_a_story(real_world)
    names = {name: f"'{id}'" for name, id in ids.items()} | {
        "hospital": f"'{real_world.hospital}'",
        "other": f"'{real_world.other_hospital}'",
    }
    point_django_at(book_server, fresh_book, "admin")
    assert queries.verify_book().ok
    missed = {}
    for name, (sql, kind) in FAULTS.items():
        with taken_back() as cursor:
            for statement in sql.split(";"):
                cursor.execute(statement.format(**names))
                assert cursor.rowcount != 0, f"nothing was changed: {name}"
            report = queries.verify_book()
        found = {fault.kind for fault in report.faults}
        if kind not in found or report.ok:
            missed[name] = found
        if kind.startswith("stamp-"):
            assert not report.stamp_chain_ok, name
    assert missed == {}
    assert {kind for _, kind in FAULTS.values()} == set(verification.KINDS)
    assert queries.verify_book().ok


def test_what_was_taken_below_zero_is_found_whatever_the_balance_says_of_itself(
    real_world: World, intruder: Callable[[str], None]
) -> None:
    real_world.count(3)
    real_world.post(services.hold_line(real_world.stock, real_world.signed, real_world.lot, 3))
    intruder(
        "UPDATE ledger_balance SET is_outside = true, posted = posted - 1 WHERE NOT is_outside AND posted = 3;"
        "UPDATE ledger_movement SET amount = 2 WHERE tense = 'POSTED'"
    )
    kinds = {fault.kind for fault in queries.verify_book().faults}
    assert {"movement-overdraws", "balance-overdrawn", "balance-wrong"} <= kinds


def test_what_was_written_into_a_day_already_passed_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.count(3)
    with transaction.atomic():
        services.stamp_days(now=NOW, today_too=True)
    locked = posting._Post._lock_day_and_request
    monkeypatch.setattr(posting._Post, "_lock_day_and_request", lambda self: locked(self) - timedelta(days=30))
    world.count(1)
    (fault,) = queries.verify_book().faults
    assert fault.kind == "movement-backdated"
    assert "1 movements of that day" in fault.detail


def test_the_verifier_names_the_row_and_bounds_its_list(
    real_world: World, intruder: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "FAULTS_MAX", 2)
    counted = [real_world.count(1).line_ids[0] for _ in range(4)]
    intruder("UPDATE ledger_movement SET leaf = sha256('other')")
    faults = [fault for fault in queries.verify_book().faults if fault.kind == "leaf-wrong"]
    assert [fault.where for fault in faults] == [str(counted[0]), str(counted[1]), ""]
    assert "2 more" in faults[2].detail


def test_the_application_may_verify_and_see_one_moment_only(real_world: World) -> None:
    real_world.count(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("baogong_app", "off")
    report = queries.verify_book()
    assert (report.ok, report.movements) == (True, 1)
    assert not connection.in_atomic_block
