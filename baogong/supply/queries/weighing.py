"""What scales said, as pages read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from baogong.kernel.errors import NotFound
from baogong.supply.models import Weighing, WeightStatement

WEIGHINGS_MAX = 500


class WeighingNotThere(NotFound):
    code = "supply.weighing-not-there"


@dataclass(frozen=True, slots=True)
class WeighingView:
    """
    One act of weighing.

    off_g   what was found less what was stated: of all packs it stands for, or of the truck's load
    each_g  the same of one pack, rounded; 0 for a truck
    """

    id: UUID
    number: str
    what: str
    site: UUID
    site_name: str
    kit: UUID | None
    kit_zh: str
    kit_en: str
    packs_count: int | None
    stands_for: int | None
    gross_g: int
    tare_g: int
    net_g: int
    stated_g: int
    total_g: int
    margin_g: int
    tolerance_permille: int
    verdict: str
    plate: str
    ticket: str
    weighed_at: datetime
    by_name: str
    document: UUID
    note: str

    @property
    def off_g(self) -> int:
        return self.total_g - self.stated_g

    @property
    def each_g(self) -> int:
        return round(self.off_g / self.stands_for) if self.stands_for else 0


@dataclass(frozen=True, slots=True)
class CauseView:
    cause: str
    grams: int
    why: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """A delivery held against its packs; each_g is the difference of one pack, rounded."""

    id: UUID
    number: str
    site: UUID
    site_name: str
    kit: UUID
    kit_zh: str
    kit_en: str
    packs: int
    nominal_g: int
    delivered_g: int
    difference_g: int
    causes: tuple[CauseView, ...]
    unexplained_g: int
    tolerance_permille: int
    verdict: str
    document: UUID
    at: datetime
    trucks: tuple[str, ...]

    @property
    def each_g(self) -> int:
        return round(self.difference_g / self.packs)

    @property
    def allowed_g(self) -> int:
        return self.delivered_g * self.tolerance_permille // 1_000


def weighings(*, site: UUID | None = None, limit: int = WEIGHINGS_MAX) -> tuple[WeighingView, ...]:
    """The newest first; one query."""
    rows = Weighing.objects.order_by("-weighed_at", "-id")
    return _views((rows if site is None else rows.filter(site=site))[:limit])


def weighing(weighing_id: UUID) -> WeighingView:
    """Raises WeighingNotThere."""
    found = _views(Weighing.objects.filter(pk=weighing_id))
    if not found:
        raise WeighingNotThere("There is no such weighing.", where=str(weighing_id), cure="Choose one from the list.")
    return found[0]


def statements(*, site: UUID | None = None, limit: int = WEIGHINGS_MAX) -> tuple[StatementView, ...]:
    """The newest first; two queries."""
    rows = WeightStatement.objects.order_by("-at", "-id")
    return _statements((rows if site is None else rows.filter(site=site))[:limit])


def statement(statement_id: UUID) -> StatementView:
    """Raises WeighingNotThere."""
    found = _statements(WeightStatement.objects.filter(pk=statement_id))
    if not found:
        raise WeighingNotThere("There is no such statement.", where=str(statement_id), cure="Choose one from the list.")
    return found[0]


def _views(rows: QuerySet[Weighing]) -> tuple[WeighingView, ...]:
    return tuple(
        WeighingView(
            id=row.id,
            number=row.number,
            what=row.what,
            site=row.site_id,
            site_name=row.site.party.name,
            kit=row.kit_id,
            kit_zh=row.kit.name_zh if row.kit else "",
            kit_en=row.kit.name_en if row.kit else "",
            packs_count=row.packs_count,
            stands_for=row.stands_for,
            gross_g=row.gross_g,
            tare_g=row.tare_g,
            net_g=row.net_g,
            stated_g=row.stated_g,
            total_g=row.total_g,
            margin_g=row.margin_g,
            tolerance_permille=row.tolerance_permille,
            verdict=row.verdict,
            plate=row.plate,
            ticket=row.ticket,
            weighed_at=row.weighed_at,
            by_name=row.by_name,
            document=row.document,
            note=row.note,
        )
        for row in rows.select_related("site__party", "kit")
    )


def _statements(rows: QuerySet[WeightStatement]) -> tuple[StatementView, ...]:
    found: Iterable[WeightStatement] = rows.select_related("site__party", "kit").prefetch_related("trucks")
    return tuple(
        StatementView(
            id=row.id,
            number=row.number,
            site=row.site_id,
            site_name=row.site.party.name,
            kit=row.kit_id,
            kit_zh=row.kit.name_zh,
            kit_en=row.kit.name_en,
            packs=row.packs,
            nominal_g=row.kit.nominal_g,
            delivered_g=row.delivered_g,
            difference_g=row.difference_g,
            causes=tuple(CauseView(each["cause"], each["grams"], each["why"]) for each in row.causes),
            unexplained_g=row.unexplained_g,
            tolerance_permille=row.tolerance_permille,
            verdict=row.verdict,
            document=row.document,
            at=row.at,
            trucks=tuple(sorted(truck.number for truck in row.trucks.all())),
        )
        for row in found
    )
