"""The cast, at places the house knows, with the catalogue as it is delivered, and one company that owns the stock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from baogong.catalogue.queries import item
from baogong.catalogue.services import seed_catalogue
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.places.services import add_site
from baogong.supply.services import Counted, count_stock
from tests.cast import NOW, Cast, log_in_as, make_cast

ROOMS = ("catalogue_", "places_", "people_", "ledger_", "journal_", "planning_", "crew_", "supply_", "needs_")


@dataclass(frozen=True)
class World:
    """Langfang and the hub, Zhongnan and Union hospitals; keeper Kai in Langfang; the company, the alumni association."""

    cast: Cast
    kai: Any
    company: UUID
    alumni: UUID
    union: UUID

    @property
    def langfang(self) -> UUID:
        return self.cast.warehouse

    def item(self, code: str) -> UUID:
        return item(code).id

    def count(self, *lines: Counted, site: UUID | None = None, request_id: UUID | None = None, now: Any = NOW) -> UUID:
        return count_stock(
            site=site or self.langfang,
            lines=lines,
            counted_at=now,
            actor=self.cast.lin,
            now=now,
            request_id=request_id or new_id(),
        )

    def standing(self, state: State, *, holder: UUID | None = None, code: str = "surgical-mask") -> int:
        """Posted base units of an item in one account."""
        views = book.balances(holders=[holder or self.langfang], states=[state], items=[self.item(code)])
        return sum(view.posted for view in views)

    def lot_of(self, code: str, *, holder: UUID | None = None) -> UUID:
        views = book.balances(
            holders=[holder or self.langfang], states=[State.AVAILABLE, State.FROZEN], items=[self.item(code)]
        )
        lots = {view.lot.id for view in views}
        assert len(lots) == 1
        return lots.pop()


def make_house() -> World:
    """The same in a drill whose clock stands at NOW."""
    mark_drill(name="test", at=NOW)
    return make_world()


def make_world() -> World:
    seed_catalogue()
    cast = make_cast()
    for party, role in ((cast.warehouse, "WAREHOUSE"), (cast.hub, "HUB"), (cast.hospital, "RECEIVER")):
        add_site(party=party, role=role)
    union = register_party(
        kind="SITE", name="华中科技大学同济医学院附属协和医院", city="武汉", aliases=["武汉协和"], now=NOW
    )
    add_site(party=union, role="RECEIVER")
    return World(
        cast=cast,
        kai=log_in_as("Kai", [(Duty.KEEPER, cast.warehouse)]),
        company=register_party(kind="ORGANISATION", name="东行商城", city="北京", now=NOW),
        alumni=register_party(kind="ORGANISATION", name="武汉大学校友会", city="北京", aliases=["校友会"], now=NOW),
        union=union,
    )


def rows_everywhere() -> dict[str, int]:
    """How many rows each table of these rooms and of the rooms below holds."""
    counts: dict[str, int] = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table.startswith(ROOMS):
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                counts[table] = cursor.fetchone()[0]
    return counts


def assert_refused_without_trace(act: Callable[[], object]) -> None:
    """Stranger is refused, and every table keeps its rows."""
    before = rows_everywhere()
    with pytest.raises(NotYourPlace):
        act()
    assert rows_everywhere() == before
