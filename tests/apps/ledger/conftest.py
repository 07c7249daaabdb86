"""A small world for the book: three parties, two items, and the lines that move them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.engine.book import Line
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.ledger import queries, services
from baogong.ledger.facts import AccountRef, BatchResult
from baogong.ledger.states import Reason, State

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from baogong.config.servers import EmbeddedBook
    from tests.books import Built

NOW = datetime(2020, 1, 24, 1, 30, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """Warehouse Langfang, hospital Zhongnan, hospital Union; masks and gloves; a lot of masks."""

    warehouse: UUID
    hospital: UUID
    other_hospital: UUID
    masks: UUID
    gloves: UUID
    lot: UUID

    @property
    def outside(self) -> AccountRef:
        return AccountRef(self.warehouse, State.OUTSIDE)

    @property
    def stock(self) -> AccountRef:
        return AccountRef(self.warehouse, State.AVAILABLE)

    @property
    def signed(self) -> AccountRef:
        return AccountRef(self.hospital, State.HANDED_OVER)

    def post(self, *lines: Line, request_id: UUID | None = None, **options: Any) -> BatchResult:
        options = {"reason": Reason.COUNT, "document": None, "actor": THE_HOUSE, "now": NOW, **options}
        with transaction.atomic():
            return services.post(lines=lines, request_id=request_id or new_id(), **options)

    def count(self, amount: int, lot: UUID | None = None) -> BatchResult:
        return self.post(services.post_line(self.outside, self.stock, lot or self.lot, amount))

    def free(self, ref: AccountRef, lot: UUID | None = None) -> int:
        found = queries.balances(holders=[ref.holder], states=[ref.state], lots=[lot or self.lot], nonzero=False)
        return found[0].free if found else 0

    def posted(self, ref: AccountRef, lot: UUID | None = None) -> int:
        found = queries.balances(holders=[ref.holder], states=[ref.state], lots=[lot or self.lot], nonzero=False)
        return found[0].posted if found else 0


def build_world() -> World:
    from django.apps import apps

    party, item = apps.get_model("people", "Party"), apps.get_model("catalogue", "Item")
    parties = [
        party(id=new_id(), kind=kind, name=name, name_key=name, sort_key=name, created_at=NOW)
        for kind, name in (("SITE", "廊坊仓"), ("SITE", "中南医院"), ("SITE", "武汉协和医院"))
    ]
    party.objects.bulk_create(parties)
    items = [
        item(id=new_id(), code=code, name_zh=name, name_en=code, sort_key=code)
        for code, name in (("masks", "口罩"), ("work-gloves", "手套"))
    ]
    item.objects.bulk_create(items)
    with transaction.atomic():
        lot = services.open_lot(item=items[0].id, owner=parties[0].id, now=NOW)
    return World(parties[0].id, parties[1].id, parties[2].id, items[0].id, items[1].id, lot)


@pytest.fixture
def world(built: Built) -> World:
    """Rolled back after the test."""
    return built(build_world)


@pytest.fixture
def real_world(fresh_book: str) -> World:
    """In a database of its own, with real commits."""
    return build_world()


@pytest.fixture
def in_threads() -> Callable[..., list[object]]:
    """Run functions at the same time, each on its own connection; what they return or raise, in order."""
    import threading

    from django.db import connection

    def run(*functions: Callable[[], object]) -> list[object]:
        outcomes: list[object] = [None] * len(functions)

        def work(index: int) -> None:
            try:
                outcomes[index] = functions[index]()
            except Exception as error:
                outcomes[index] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(index,)) for index in range(len(functions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert not any(thread.is_alive() for thread in threads), "a connection waits for ever"
        return outcomes

    return run


@pytest.fixture(scope="module")
def real_world_once(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, book_server: EmbeddedBook
) -> Iterator[World]:
    """One database with real commits for a whole module whose tests change nothing in it."""
    from baogong.config.database import copy_template, pointed_at

    database = f"fresh_{secrets.token_hex(6)}"
    with django_db_blocker.unblock():
        copy_template(book_server, database)
        with pointed_at(book_server, database):
            world = build_world()
            world.count(5)
            yield world
        book_server.drop_database(database)
