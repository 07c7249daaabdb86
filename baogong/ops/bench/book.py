"""
`baogong bench book`: movements through `ledger.services.post` beside textbook Django on the same tables' shape.

Batches of 1,000 movements of one lot between 10,000 accounts, drawn at random; lines are made inside the measured time.
The peer moves such pairs on the same connection and the same balances as Django's documentation would write it:
`atomic`, both balances `select_for_update`, two saves, one movement row; one transaction each, as its pattern is. Its
movements go into a temporary table with one index, no foreign keys and no hashes, which favours it.
Verified are balances, leaves and stamps of everything written. What lies between the first and the last 100,000 movements
is not measured: two processes post it at once in larger batches, each among its own half of the holders, so that a
minute is enough.
"""

from __future__ import annotations

import gc
import multiprocessing
import random
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import UUID

from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.ops.bench.report import Report, Target
from baogong.ops.runtime import runtime

if TYPE_CHECKING:
    from django.db import models

    from baogong.ledger.facts import AccountRef

ACCOUNTS, BATCH, STEP = 10_000, 1_000, 100_000
FILL_BATCH = 10_000
NOW = datetime(2020, 1, 24, tzinfo=UTC)


def run(*, quick: bool) -> Report:
    """Quick: 200,000 and 1 million movements, one run; else 10 million, medians of three after a warm-up."""
    report = Report("book", quick)
    runs, compared, large = (1, 200_000, 1_000_000) if quick else (3, 200_000, 10_000_000)
    with runtime().throwaway_book():
        textbook_s = _run_textbook(report, 1_000 if quick else 5_000, runs)
    with runtime().throwaway_book():
        post_s, growth = _run_posting(report, compared, large, runs)
        verify_s, movements = _run_verifier(report, runs)
    report.targets = [
        Target("times_textbook", textbook_s / post_s, "higher", 20, 40),
        Target("verify_per_s", movements / verify_s, "higher", 300_000, 1_000_000),
        Target("growth_10m_over_100k", growth, "lower", 1.5, 1.2),
    ]
    return report


def _run_textbook(report: Report, count: int, runs: int) -> float:
    """Seconds per movement of the peer."""
    peer = _Textbook(_Market())
    peer.move(count // 5)
    seconds = median(peer.move(count) / count for _ in range(runs))
    report.checks["the peer lost nothing and wrote every movement"] = peer.is_sound()
    report.peers["textbook Django"] = {"movements": count, "movements_per_s": 1 / seconds}
    return seconds


def _run_posting(report: Report, compared: int, large: int, runs: int) -> tuple[float, float]:
    """Seconds per movement, and the time of the last 100,000 of `large` over that of the first."""
    from baogong.ledger import queries

    market = _Market()  # opening its balances is the warm-up
    queries.verify_book()  # and this the verifier's: it starts the compiler
    first_s = market.post(STEP)
    seconds = [first_s + market.post(compared - STEP)]
    seconds += [market.post(compared) for _ in range(runs - 1)]
    market.fill(large - STEP - market.written)
    last_s = market.post(STEP)
    post_s = median(seconds) / compared
    report.ours["post"] = {"batch": BATCH, "movements": compared, "movements_per_s": 1 / post_s}
    report.ours["growth"] = {
        "movements": market.written,
        "first_100k_per_s": STEP / first_s,
        "last_100k_per_s": STEP / last_s,
    }
    return post_s, last_s / first_s


def _run_verifier(report: Report, runs: int) -> tuple[float, int]:
    from django.db import connection, transaction

    from baogong.ledger import queries, services

    started = time.perf_counter()
    with transaction.atomic():
        services.stamp_days(now=NOW, today_too=True)
    stamp_s = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_movement")
        ((written,),) = cursor.fetchall()
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        verified = queries.verify_book()
        seconds.append(time.perf_counter() - started)
    report.checks["the book verifies"] = verified.ok
    report.checks["every movement is verified and stamped"] = verified.movements == verified.stamped == written
    report.ours["verify"] = {
        "movements": verified.movements,
        "movements_per_s": verified.movements / median(seconds),
        "stamp_per_s": verified.stamped / stamp_s,
    }
    return median(seconds), verified.movements


class _Market:
    """10,000 holders of one item, each with more of it than it will ever give."""

    def __init__(self) -> None:
        from django.apps import apps
        from django.db import transaction

        from baogong.ledger import services
        from baogong.ledger.facts import AccountRef
        from baogong.ledger.states import State

        party, item = apps.get_model("people", "Party"), apps.get_model("catalogue", "Item")
        names = [f"holder {number}" for number in range(ACCOUNTS)]
        holders = party.objects.bulk_create(
            [party(kind="SITE", name=name, name_key=name, sort_key=name, created_at=NOW) for name in names]
        )
        goods = item(code="bench", name_zh="口罩", name_en="mask", sort_key="kouzhao")
        item.objects.bulk_create([goods])
        self.accounts = [AccountRef(holder.pk, State.AVAILABLE) for holder in holders]
        self.written = 0
        self._random = random.Random(1)
        with transaction.atomic():
            self.lot = services.open_lot(item=goods.pk, owner=holders[0].pk, now=NOW)
        outside = AccountRef(holders[0].pk, State.OUTSIDE)
        for first in range(0, ACCOUNTS, BATCH):
            self._write([(outside, account, 10**6) for account in self.accounts[first : first + BATCH]])
        gc.collect()

    def pairs(self, count: int) -> list[tuple[int, int]]:
        """Two different accounts for each movement."""
        drawn = []
        for _ in range(count):
            source = self._random.randrange(ACCOUNTS)
            drawn.append((source, (source + 1 + self._random.randrange(ACCOUNTS - 1)) % ACCOUNTS))
        return drawn

    def post(self, count: int) -> float:
        """Seconds for `count` movements in batches."""
        pairs = self.pairs(count)
        started = time.perf_counter()
        for first in range(0, count, BATCH):
            self._write(
                [(self.accounts[source], self.accounts[target], 1) for source, target in pairs[first : first + BATCH]]
            )
        self.written += count
        return time.perf_counter() - started

    def fill(self, count: int) -> None:
        """`count` movements, unmeasured."""
        from django.db import connection

        connection.close()  # a process takes no open connection with it
        half, parts = ACCOUNTS // 2, (count // 2, count - count // 2)
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as writers:
            filled = [
                writers.submit(self._fill_part, first, first + half, part)
                for first, part in zip((0, half), parts, strict=True)
            ]
            for writer in filled:
                writer.result()
        self.written += count

    def _fill_part(self, first: int, last: int, count: int) -> None:
        accounts, drawn = self.accounts[first:last], random.Random(first)
        for at in range(0, count, FILL_BATCH):
            pairs = [drawn.sample(accounts, 2) for _ in range(min(FILL_BATCH, count - at))]
            self._write([(source, target, 1) for source, target in pairs])

    def _write(self, moves: list[tuple[AccountRef, AccountRef, int]]) -> None:
        from django.db import transaction

        from baogong.ledger import services
        from baogong.ledger.states import Reason

        with transaction.atomic():
            services.post(
                lines=[services.post_line(source, target, self.lot, amount) for source, target, amount in moves],
                actor=THE_HOUSE,
                reason=Reason.GIFT,
                document=None,
                request_id=new_id(),
                now=NOW,
            )


class _Textbook:
    """The same moves as one would write them first."""

    def __init__(self, market: _Market) -> None:
        from django.apps import apps
        from django.db import connection

        self._market = market
        self._balance: Any = apps.get_model("ledger", "Balance")
        self._movement: Any = _movement_model()
        self._moved = 0
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE textbook_movement (id uuid PRIMARY KEY, source uuid NOT NULL, "
                "target uuid NOT NULL, lot uuid NOT NULL, amount bigint NOT NULL CHECK (amount > 0), "
                "at timestamptz NOT NULL)"
            )

    def move(self, count: int) -> float:
        """Seconds for `count` movements."""
        pairs = [
            (self._market.accounts[source].id, self._market.accounts[target].id)
            for source, target in self._market.pairs(count)
        ]
        started = time.perf_counter()
        for source, target in pairs:
            self._move_one(source, target, self._market.lot, 1)
        self._moved += count
        return time.perf_counter() - started

    def _move_one(self, source_id: UUID, target_id: UUID, lot: UUID, amount: int) -> None:
        from django.db import transaction

        with transaction.atomic():
            rows = {
                row.account_id: row
                for row in self._balance.objects.select_for_update()
                .filter(account_id__in=[source_id, target_id], lot_id=lot)
                .order_by("account_id")
            }
            source, target = rows[source_id], rows[target_id]
            if source.posted - source.held < amount:
                raise ValueError("not enough is left")
            source.posted -= amount
            target.posted += amount
            source.save(update_fields=["posted"])
            target.save(update_fields=["posted"])
            self._movement.objects.create(source=source_id, target=target_id, lot=lot, amount=amount, at=NOW)

    def is_sound(self) -> bool:
        from django.db.models import Sum

        whole: int = self._balance.objects.aggregate(whole=Sum("posted"))["whole"]
        return whole == 0 and self._movement.objects.count() == self._moved


def _movement_model() -> type[models.Model]:
    from django.db import models

    class TextbookMovement(models.Model):
        id = models.UUIDField(primary_key=True, default=new_id)
        source = models.UUIDField()
        target = models.UUIDField()
        lot = models.UUIDField()
        amount = models.BigIntegerField()
        at = models.DateTimeField()

        class Meta:
            app_label = "bench"
            managed = False
            db_table = "textbook_movement"

    return TextbookMovement
