"""Pack lists as pages and other rooms read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from baogong.kernel.errors import NotFound
from baogong.supply.models import Kit, KitLine, KitSubstitute
from baogong.supply.pack_views import KitLineView, KitView, SubstituteView


class KitNotThere(NotFound):
    code = "supply.kit-not-there"


def kit(kit_id: UUID) -> KitView:
    """Raises KitNotThere."""
    found = kits_by_id([kit_id])
    if not found:
        raise KitNotThere("There is no such kit.", where=str(kit_id), cure="Choose one from the list of kits.")
    return found[0]


def kits_by_id(ids: Collection[UUID]) -> tuple[KitView, ...]:
    return _views(Kit.objects.filter(pk__in=ids).order_by("code", "version"))


def kits() -> tuple[KitView, ...]:
    """The newest version of every kit, in the order of their codes."""
    return _views(Kit.objects.order_by("code", "-version").distinct("code"))


def kit_versions(code: str) -> tuple[KitView, ...]:
    """Every version of a kit, the newest first."""
    return _views(Kit.objects.filter(code=code).order_by("-version"))


def _views(rows: Iterable[Kit]) -> tuple[KitView, ...]:
    """Three queries for any number of kits."""
    found = list(rows)
    substitutes: dict[UUID, list[SubstituteView]] = defaultdict(list)
    for substitute in (
        KitSubstitute.objects.filter(line__kit__in=[row.pk for row in found])
        .select_related("item")
        .order_by("line", "rank")
    ):
        substitutes[substitute.line_id].append(
            SubstituteView(
                substitute.item_id,
                substitute.item.name_zh,
                substitute.item.name_en,
                substitute.item.unit,
                substitute.amount,
            )
        )
    lines: dict[UUID, list[KitLineView]] = defaultdict(list)
    for line in KitLine.objects.filter(kit__in=[row.pk for row in found]).select_related("item").order_by("kit", "no"):
        lines[line.kit_id].append(
            KitLineView(
                no=line.no,
                item=line.item_id,
                item_zh=line.item.name_zh,
                item_en=line.item.name_en,
                unit=line.item.unit,
                amount=line.amount,
                tolerance_permille=line.tolerance_permille,
                substitutes=tuple(substitutes[line.id]),
            )
        )
    return tuple(
        KitView(
            id=row.id,
            code=row.code,
            version=row.version,
            name_zh=row.name_zh,
            name_en=row.name_en,
            item=row.item_id,
            nominal_g=row.nominal_g,
            packaging_g=row.packaging_g,
            tolerance_permille=row.tolerance_permille,
            note=row.note,
            document=row.document,
            made_at=row.made_at,
            lines=tuple(lines[row.id]),
        )
        for row in found
    )
