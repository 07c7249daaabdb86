"""
Two real connections at the same moment. Each race is first run with its guard taken away, and lost; then with it.

The guards are words of SQL in `posting`; a test takes them out, and the database's own last constraints with them
where those would still catch what the guard lets through.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from baogong.kernel.ids import new_id
from baogong.ledger import posting, queries, services
from baogong.ledger.facts import AccountRef, BatchResult
from baogong.ledger.queries import days
from baogong.ledger.services import BatchRefused
from baogong.ledger.states import Reason, State
from tests.apps.ledger.conftest import NOW, World
from tests.races import without

if TYPE_CHECKING:
    from baogong.config.servers import EmbeddedBook

Race = Callable[..., list[object]]


def meet(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
    """Both connections wait for each other before this function; one that is held up by a lock is not waited for."""
    barrier = threading.Barrier(2)
    original: Callable[..., Any] = getattr(where, name)

    def wait_and_go_on(*arguments: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=0.7)
        return original(*arguments)

    monkeypatch.setattr(where, name, wait_and_go_on)


def kinds(outcomes: list[object]) -> list[str]:
    """What came of each, in alphabetical order."""
    return sorted(
        outcome.refused[0].code if isinstance(outcome, BatchRefused) else type(outcome).__name__ for outcome in outcomes
    )


class TestTwoTakersOfTheLastUnit:
    def race(self, world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        world.count(1)
        meet(monkeypatch, posting, "decide")
        taker = [
            lambda to=to: world.post(services.post_line(world.stock, AccountRef(to, State.HANDED_OVER), world.lot, 1))
            for to in (world.hospital, world.other_hospital)
        ]
        return kinds(in_threads(*taker))

    def test_without_the_lock_the_database_stops_the_second_at_the_last_moment(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without(monkeypatch, posting, "LOCK_BALANCES", "FOR UPDATE OF balance")
        assert self.race(real_world, in_threads, monkeypatch) == ["BatchResult", "IntegrityError"]

    def test_without_lock_and_constraint_one_unit_is_handed_over_twice(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None]
    ) -> None:
        without(monkeypatch, posting, "LOCK_BALANCES", "FOR UPDATE OF balance")
        drop("ledger_balance", "balance_not_overdrawn")
        assert self.race(real_world, in_threads, monkeypatch) == ["BatchResult", "BatchResult"]
        assert real_world.posted(real_world.stock) == -1
        found = {fault.kind for fault in queries.verify_book().faults}
        assert found == {"movement-overdraws", "balance-overdrawn"}

    def test_with_them_one_gets_it_and_the_other_is_told(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.race(real_world, in_threads, monkeypatch) == ["BatchResult", "not-enough-left"]
        assert queries.verify_book().ok


class TestTwoPostsOfOneHold:
    def race(self, world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        world.count(5)
        placed = services.hold_line(world.stock, world.signed, world.lot, 2)
        # One is there before, or the second would already wait for the first to open the receiver's balance.
        world.post(services.post_line(world.stock, world.signed, world.lot, 1), placed)
        hold = queries.hold(placed.id)
        meet(monkeypatch, posting, "decide")
        return kinds(in_threads(*[lambda: world.post(services.post_hold_line(hold))] * 2))

    def test_without_the_lock_a_hold_is_kept_twice(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None]
    ) -> None:
        without(monkeypatch, posting, "LOCK_BALANCES", "FOR UPDATE OF balance")
        without(monkeypatch, posting, "LOCK_HOLDS", "FOR UPDATE OF hold")
        drop("ledger_hold", "hold_ends_once")
        drop("ledger_balance", "balance_held_not_negative")
        assert self.race(real_world, in_threads, monkeypatch) == ["BatchResult", "BatchResult"]
        assert real_world.posted(real_world.signed) == 1 + 4
        assert "hold-overdrawn" in {fault.kind for fault in queries.verify_book().faults}

    def test_with_it_the_second_finds_it_ended(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.race(real_world, in_threads, monkeypatch) == ["BatchResult", "hold-ended"]
        assert real_world.posted(real_world.signed) == 1 + 2
        assert queries.verify_book().ok


class TestTwoContinuationsOfOneHold:
    """They promise from different places, so that no common balance makes one wait for the other."""

    def race(self, world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        trucks = [AccountRef(place, State.ABOARD) for place in (world.warehouse, world.other_hospital)]
        world.count(10)
        first = services.hold_line(world.stock, world.signed, world.lot, 2)
        world.post(first, *[services.post_line(world.stock, truck, world.lot, 2) for truck in trucks])
        world.post(services.void_line(queries.hold(first.id)))
        meet(monkeypatch, posting, "decide")
        return kinds(
            in_threads(
                *[
                    lambda truck=truck: world.post(
                        services.hold_line(truck, world.signed, world.lot, 2, continues=first.id)
                    )
                    for truck in trucks
                ]
            )
        )

    def test_without_the_lock_twice_as_much_travels_on(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None]
    ) -> None:
        without(monkeypatch, posting, "LOCK_HOLDS", "FOR UPDATE OF hold")
        drop("ledger_hold", "hold_continues_what_ended")
        assert self.race(real_world, in_threads, monkeypatch) == ["BatchResult", "BatchResult"]
        assert {fault.kind for fault in queries.verify_book().faults} == {"hold-overdrawn"}

    def test_with_it_only_what_has_ended_does(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.race(real_world, in_threads, monkeypatch) == ["BatchResult", "hold-exceeded"]
        assert queries.verify_book().ok


class TestTheSameRequestTwiceAtOnce:
    def race(self, world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        request_id = new_id()
        meet(monkeypatch, posting._Post, "_read_state")
        return in_threads(
            *[lambda: world.post(services.post_line(world.outside, world.stock, world.lot, 9), request_id=request_id)]
            * 2
        )

    def test_without_the_lock_the_second_gets_an_error_instead_of_the_answer(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without(
            monkeypatch, posting, "LOCK_DAY_AND_REQUEST", "pg_advisory_xact_lock(%(requests)s, %(request)s)",
            "%(requests)s::int + %(request)s::bigint",
        )  # fmt: skip
        assert kinds(self.race(real_world, in_threads, monkeypatch)) == ["BatchResult", "IntegrityError"]

    def test_with_it_both_get_the_same_answer_to_one_effect(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = self.race(real_world, in_threads, monkeypatch)
        assert isinstance(first, BatchResult)
        assert isinstance(second, BatchResult)
        assert (first.batch_id, first.line_ids) == (second.batch_id, second.line_ids)
        assert {first.was_replay, second.was_replay} == {False, True}
        assert real_world.posted(real_world.stock) == 9


class TestTheSameMovementInTwoRequestsAtOnce:
    def race(self, world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        line = services.post_line(world.outside, world.stock, world.lot, 9)
        world.count(1)  # the balances stand: the second waits for the first at them, and then sees its row
        meet(monkeypatch, posting, "decide")
        return in_threads(*[lambda: world.post(line)] * 2)

    def test_without_the_lock_the_second_gets_an_error_instead_of_the_answer(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without(monkeypatch, posting, "LOCK_BALANCES", "FOR UPDATE OF balance")
        assert kinds(self.race(real_world, in_threads, monkeypatch)) == ["BatchResult", "IntegrityError"]
        assert real_world.posted(real_world.stock) == 10

    def test_with_it_the_movement_is_written_once_and_the_second_is_told_so(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = self.race(real_world, in_threads, monkeypatch)
        assert isinstance(first, BatchResult)
        assert isinstance(second, BatchResult)
        assert {first.verdicts[0].was_seen, second.verdicts[0].was_seen} == {False, True}
        assert real_world.posted(real_world.stock) == 10


class TestTwoBatchesOfTheSameBalancesInOppositeOrder:
    """Each row of the statement comes a moment after the one before it, so that both stand in it at the same time."""

    def race(
        self, world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch, statement: str, *, is_guarded: bool
    ) -> tuple[list[str], list[int]]:
        places = [AccountRef(place, State.SHELF) for place in (world.hospital, world.other_hospital)]
        batches = [
            [services.post_line(world.outside, place, world.lot, 5) for place in order]
            for order in (places, places[::-1])
        ]
        if statement == "LOCK_BALANCES":
            world.post(*batches[0])
            batches = [[services.post_line(one, other, world.lot, 1)] for one, other in (places, places[::-1])]
            without(monkeypatch, posting, statement, " ON ", " ON pg_sleep(0.3) IS NOT NULL AND ")
        else:
            without(monkeypatch, posting, statement, "WHERE ", "WHERE pg_sleep(0.3) IS NOT NULL AND ")
        if not is_guarded:
            orders = {
                "LOCK_BALANCES": "ORDER BY balance.account_id, balance.lot_id",
                "OPEN_BALANCES": "ORDER BY account, lot",
            }
            without(monkeypatch, posting, statement, orders[statement], "ORDER BY at" * (statement == "LOCK_BALANCES"))
        outcomes = in_threads(*[lambda batch=batch: world.post(*batch) for batch in batches])
        return kinds(outcomes), sorted(world.posted(place) for place in places)

    @pytest.mark.parametrize(("statement", "posted"), [("OPEN_BALANCES", [5, 5]), ("LOCK_BALANCES", [4, 6])])
    def test_without_the_order_they_wait_in_a_ring(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch, statement: str, posted: list[int]
    ) -> None:
        found, standing = self.race(real_world, in_threads, monkeypatch, statement, is_guarded=False)
        assert (found, standing) == (["BatchResult", "OperationalError"], posted)

    @pytest.mark.parametrize(("statement", "posted"), [("OPEN_BALANCES", [10, 10]), ("LOCK_BALANCES", [5, 5])])
    def test_in_one_order_both_are_written(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch, statement: str, posted: list[int]
    ) -> None:
        found, standing = self.race(real_world, in_threads, monkeypatch, statement, is_guarded=True)
        assert (found, standing) == (["BatchResult", "BatchResult"], posted)


class TestAStampAgainstAnOpenTransaction:
    def race(self, world: World, in_threads: Race) -> None:
        """One posts and waits before he commits, another posts and commits, a third stamps the day."""
        has_posted, is_stamped = threading.Event(), threading.Event()
        world.count(1)

        def post_and_wait() -> None:
            with transaction.atomic():
                world.count(1)
                has_posted.set()
                is_stamped.wait(timeout=1)

        def stamp() -> None:
            has_posted.wait(timeout=5)
            world.post(services.post_line(AccountRef(world.hospital, State.OUTSIDE), world.signed, world.lot, 1))
            with transaction.atomic():
                services.stamp_days(now=NOW, today_too=True)
            is_stamped.set()

        assert in_threads(post_and_wait, stamp) == [None, None]

    def test_without_the_lock_a_stamped_stretch_grows(
        self, real_world: World, in_threads: Race, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without(monkeypatch, posting, "LOCK_DAY_AND_REQUEST", "pg_advisory_xact_lock_shared(%(days)s, day - DATE '2000-01-01')",
                "%(days)s::int")  # fmt: skip
        self.race(real_world, in_threads)
        (stamp,) = queries.stamps()
        assert stamp.count == 2
        report = queries.verify_book()
        assert not report.stamp_chain_ok
        assert {fault.kind for fault in report.faults} == {"stamp-count-wrong", "stamp-root-wrong"}

    def test_with_it_the_stamp_waits_and_covers_both(self, real_world: World, in_threads: Race) -> None:
        self.race(real_world, in_threads)
        (stamp,) = queries.stamps()
        assert stamp.count == 3
        assert queries.verify_book().ok


def test_an_older_snapshot_is_refused_because_it_would_not_see_what_locks_waited_for(
    book_server: EmbeddedBook, real_world: World, fresh_book: str
) -> None:
    line = services.post_line(real_world.outside, real_world.stock, real_world.lot, 1)
    request = posting.PostRequest((line,), Reason.COUNT, None, None, new_id())
    with book_server.connect(fresh_book, "app") as app:
        with pytest.raises(RuntimeError, match="transaction"):
            posting.post_batch(app, request, NOW)
        with app.transaction(force_rollback=True):
            app.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with pytest.raises(RuntimeError, match="REPEATABLE READ"):
                posting.post_batch(app, request, NOW)
        with app.transaction():
            assert posting.post_batch(app, request, NOW).verdicts[0].ok
    assert real_world.posted(real_world.stock) == 1


def test_a_bare_connection_keeps_no_plan_from_an_empty_table(
    book_server: EmbeddedBook, real_world: World, fresh_book: str
) -> None:
    with book_server.connect(fresh_book, "app") as app:
        app.prepare_threshold = 0  # this connection prepares whatever it may
        for _ in range(2):
            line = services.post_line(real_world.outside, real_world.stock, real_world.lot, 1)
            with app.transaction():
                posting.post_batch(app, posting.PostRequest((line,), Reason.COUNT, None, None, new_id()), NOW)
        kept = [row[0] for row in app.execute("SELECT statement FROM pg_prepared_statements", prepare=False)]
    assert [statement for statement in kept if "ledger_" in statement] == []
    assert real_world.posted(real_world.stock) == 2


class TestALineThatIsStillBeingWritten:
    """Somebody has drawn a smaller number and not committed when the book's last line is asked for."""

    def race(self, server: EmbeddedBook, world: World, book: str) -> tuple[int, int]:
        """How many lines stood up to the answer when it came, and in the end."""
        answers: list[tuple[int, int]] = []

        def ask() -> None:
            upto = queries.settled_seq()
            answers.append((upto, len(queries.movements(upto_seq=upto))))
            connection.close()

        # Rows of their own: else the quick one would wait for the slow one's balances.
        there = AccountRef(world.hospital, State.OUTSIDE), AccountRef(world.hospital, State.AVAILABLE)
        line = services.post_line(*there, world.lot, 1)
        asker = threading.Thread(target=ask)
        with server.connect(book, "app") as slow, slow.transaction():
            posting.post_batch(slow, posting.PostRequest((line,), Reason.COUNT, None, None, new_id()), NOW)
            world.count(1)
            asker.start()
            asker.join(timeout=0.7)
        asker.join(timeout=30)
        ((upto, stood),) = answers
        return stood, len(queries.movements(upto_seq=upto))

    def test_without_the_lock_a_line_appears_that_was_not_there(
        self, book_server: EmbeddedBook, real_world: World, fresh_book: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(days, "_LOCK", "SELECT %s, %s")
        assert self.race(book_server, real_world, fresh_book) == (1, 2)

    def test_with_it_the_answer_waits(self, book_server: EmbeddedBook, real_world: World, fresh_book: str) -> None:
        assert self.race(book_server, real_world, fresh_book) == (2, 2)

    def test_it_waits_no_longer_than_people_do_and_leaves_no_lock_behind(
        self, book_server: EmbeddedBook, real_world: World, fresh_book: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(days, "_LOCK_WAIT_MS", 100)
        world, there = real_world, AccountRef(real_world.hospital, State.AVAILABLE)
        line = services.post_line(AccountRef(world.hospital, State.OUTSIDE), there, world.lot, 1)
        with book_server.connect(fresh_book, "app") as slow, slow.transaction():
            posting.post_batch(slow, posting.PostRequest((line,), Reason.COUNT, None, None, new_id()), NOW)
            with transaction.atomic():
                with pytest.raises(queries.BookBusy):
                    queries.settled_seq()
                assert self.locks_here() == 0, "what goes on in this transaction holds nobody up"
        with transaction.atomic():
            assert queries.settled_seq() == 1
            assert self.locks_here() == 0

    def locks_here(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            ((count,),) = cursor.fetchall()
        return int(count)
