"""Registers are opened, a rule is tried and announced, stock is put out day by day."""

from __future__ import annotations

import tomllib
from datetime import date
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.catalogue.services import seed_catalogue
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, Cast, make_log_ins
from baogong.ops.scenarios.stage import Stage
from baogong.release import queries, services

# More people than any story's rule serves on a day; units for those rules that do not say their own.
TRIED_PEOPLE, TRIED_DAYS, TRIED_UNITS = 4_000, 6, 500


def open_registers(stage: Stage, field: Cast) -> None:
    """Who there is, where goods stand, what was counted there."""
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "02-sites.csv", by="wu", decide=it_is_new)
    drop_in(stage, "stock", "10-stock.csv", by="wu", decide=lambda _line: {"accept": True})
    make_log_ins(stage, field)


def open_release(
    stage: Stage, *, office: str, item_code: str, rule_file: str, key: str = "", shares_quota_with: UUID | None = None
) -> UUID:
    """The rule of this file, tried on a made-up city and announced. `key`: of a second one under the same rule."""
    rule = tomllib.loads(stage.data(rule_file).decode())
    release = services.draft_release(
        office=stage.party(office),
        item=item(item_code).id,
        rule=rule | {"code": f"{rule['code']}{key}"},
        shares_quota_with=shares_quota_with,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("draft", rule["code"], key),
    )
    if queries.release(release).state == "DRAFT":
        services.try_out(
            release=release,
            people=TRIED_PEOPLE,
            days=TRIED_DAYS,
            units=TRIED_UNITS,
            actor=stage.actors["lin"],
            now=stage.now,
        )
        services.open_release(release=release, actor=stage.actors["lin"], now=stage.now)
    return release


def put_out(
    stage: Stage, release: UUID, on: date, units: int, *, source: str, shop: str = "", factory: str = "", key: str = ""
) -> UUID:
    """So many units of what lies free at the source, for one day. Returns the tranche."""
    return services.put_out(
        release=release,
        on=on,
        units=units,
        lot=_lot(stage, source, queries.release(release).item),
        source=stage.party(source),
        shop=stage.party(shop) if shop else None,
        factory=stage.party(factory) if factory else None,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("put out", release, on, key),
    )


def releases_of(stage: Stage, office: str) -> list[UUID]:
    """Every release of the office, whoever opened it."""
    return [one.id for one in queries.releases(offices=[stage.party(office)])]


def tranches_of(stage: Stage, office: str) -> dict[UUID, queries.TrancheView]:
    return {one.id: one for release in releases_of(stage, office) for one in queries.tranches(release)}


def tranche_on(release: UUID, on: date) -> UUID:
    """The first that was put out for that day."""
    return queries.tranches(release, on=on)[0].id


def _lot(stage: Stage, source: str, goods: UUID) -> UUID:
    """The one pile of these goods at the source; it stays the same when nothing of it is free any more."""
    found = book.balances(holders=[stage.party(source)], states=[State.AVAILABLE], items=[goods], nonzero=False)
    return found[0].lot.id
