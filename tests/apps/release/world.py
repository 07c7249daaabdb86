"""A city's office, its stock and its rules: what the release tests start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import connection, transaction

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.release import services
from baogong.release.admission import admit, judge_opening, promote_standby
from baogong.release.facts import Answer, ClaimIn
from baogong.release.models import Claim, Tranche
from tests.cast import Cast, count_masks, log_in_as

TODAY = date(2020, 2, 5)
NOW = datetime(2020, 2, 5, 2, 0, tzinfo=UTC)  # 10:00 in Guang'an
DAY = timedelta(days=1)


def rule(**changed: Any) -> dict[str, Any]:
    """Five a claim, once in three days."""
    return {
        "code": "guangan",
        "title_zh": "广安口罩",
        "title_en": "Masks for Guang'an",
        "city": "广安",
        "units_per_claim_max": 5,
        "quotas": [{"subject": "PERSON", "turn": "ROLLING", "days": 3, "claims_max": 1}],
        **changed,
    }


def tag(name: str) -> bytes:
    """A person's, household's or telephone's tag: any 32 bytes will do where nothing is typed."""
    return name.encode().ljust(32, b".")[:32]


@dataclass
class World:
    """Lin commands the city's office, Wu is its clerk, Bao keeps the warehouse whose masks are put out."""

    cast: Cast
    office: UUID
    lin: Actor
    wu: Actor
    item: UUID
    lot: UUID

    def release(self, is_open: bool = True, now: datetime = NOW, **changed: Any) -> UUID:
        found = services.draft_release(
            office=self.office, item=self.item, rule=rule(**changed), actor=self.lin, now=now, request_id=new_id()
        )
        if is_open:
            services.try_out(release=found, people=60, days=2, units=10, actor=self.lin, now=now)
            services.open_release(release=found, actor=self.lin, now=now)
        return found

    def sharing(self, release: UUID, **changed: Any) -> UUID:
        found = services.draft_release(
            office=self.office, item=self.item, rule=rule(code="other", **changed), shares_quota_with=release,
            actor=self.lin, now=NOW, request_id=new_id(),
        )  # fmt: skip
        services.try_out(release=found, people=60, days=2, units=10, actor=self.lin, now=NOW)
        services.open_release(release=found, actor=self.lin, now=NOW)
        return found

    def put_out(self, release: UUID, units: int, on: date = TODAY, now: datetime = NOW, **options: Any) -> UUID:
        return services.put_out(
            release=release, on=on, units=units, lot=self.lot, source=self.cast.warehouse, actor=self.lin, now=now,
            request_id=new_id(), **options,
        )  # fmt: skip

    def tranche(self, units: int, **changed: Any) -> UUID:
        return self.put_out(self.release(**changed), units)

    def free(self) -> int:
        """What the warehouse has free."""
        return sum(view.free for view in book.balances(holders=[self.cast.warehouse], states=[State.AVAILABLE]))


def make_world(cast: Cast, stock: int = 1_000, city: str = "广安") -> World:
    office = register_party(kind="ORGANISATION", name=f"{city}疫情防控指挥部", city=city, now=NOW)
    lin = log_in_as(f"Lin of {city}", [(Duty.COMMAND, office), (Duty.KEEPER, cast.warehouse)], NOW)
    wu = log_in_as(f"Wu of {city}", [(Duty.CLERK, office)], NOW)
    lot = count_masks(cast, stock, NOW)
    return World(cast, office, lin, wu, book.lot(lot).item, lot)


def asked(tranche: UUID, person: str, units: int = 5, **changed: Any) -> ClaimIn:
    return ClaimIn(
        **{"id": new_id(), "tranche": tranche, "channel": "WEB", "units": units, "person": tag(person), **changed}
    )


def bare() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    return cast("psycopg.Connection[Any]", connection.connection)


def claim_all(claims: Sequence[ClaimIn], now: datetime = NOW) -> tuple[Answer, ...]:
    with transaction.atomic():
        return admit(bare(), claims, now)


def claim_one(tranche: UUID, person: str, units: int = 5, now: datetime = NOW, **changed: Any) -> Answer:
    return claim_all([asked(tranche, person, units, **changed)], now)[0]


def opening(tranche: UUID, now: datetime) -> int:
    with transaction.atomic():
        return judge_opening(bare(), tranche, now)


def promoted(tranche: UUID, now: datetime) -> tuple[UUID, ...]:
    with transaction.atomic():
        return promote_standby(bare(), tranche, now)


def figures(tranche: UUID) -> Mapping[str, int]:
    """What the tranche counts, what its claims add up to, and what the book holds for them."""
    row = Tranche.objects.select_related("release").get(id=tranche)
    standing = Claim.objects.filter(tranche=tranche, state__in=("ADMITTED", "ACCEPTED", "HANDED_OVER"))
    fates = book.hold_fates([one for one in standing.values_list("hold", flat=True) if one is not None])
    return {
        "counted": row.admitted,
        "claimed": sum(standing.values_list("units", flat=True)),
        "promised": sum(fate.arrived + fate.open for fate in fates.values()),
    }


def is_sound(tranche: UUID) -> bool:
    """Whether the three agree, nothing is oversold and the book can be replayed."""
    found, row = figures(tranche), Tranche.objects.get(id=tranche)
    return len(set(found.values())) == 1 and row.admitted <= row.units and book.verify_book().ok
