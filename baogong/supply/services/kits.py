"""Pack lists: what one pack holds, in versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.catalogue import queries as catalogue
from baogong.catalogue.services import code_from
from baogong.journal.services import draw_up, record, recorded
from baogong.journal.services.documents import lock_numbers
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.supply.models import Kit, KitLine, KitSubstitute
from baogong.supply.requests import content_of, made_before

LINES_MAX = 40


class KitUnusable(UnusableInput):
    """A pack list that no pack could be made from."""

    code = "supply.kit-unusable"


class KitDoesNotAddUp(BaogongError):
    """The weights of what is in it are not the weight the pack is said to have."""

    kind, code = Kind.REFUSED, "supply.kit-does-not-add-up"


@dataclass(frozen=True, slots=True)
class KitPart:
    """`amount` base units of the item in each pack; substitutes are (item, base units), the preferred one first."""

    item: UUID
    amount: int
    tolerance_permille: int = 0
    substitutes: tuple[tuple[UUID, int], ...] = ()


@transaction.atomic
@recorded("supply.kit.written")
def write_kit(
    *,
    name_zh: str,
    item: UUID,
    parts: Sequence[KitPart],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    code: str = "",
    name_en: str = "",
    nominal_g: int = 0,
    packaging_g: int = 0,
    tolerance_permille: int = 30,
    note: str = "",
) -> UUID:
    """
    Write a pack list down; the same name again with another content is its next version, under a document of its own.
    Returns the kit's id.

    item       what the pack itself is: counted in packs
    nominal_g  what it should weigh without its packaging; 0: the sum, where everything in it is counted in grams

    Raises KitUnusable, KitDoesNotAddUp, NotYourPlace, RequestIdReused.
    """
    actor.require(Duty.COMMAND, Duty.CLERK)
    code = code.strip() or kit_code(name_zh, name_en)
    content = kit_content(
        code=code,
        item=item,
        parts=parts,
        nominal_g=nominal_g,
        packaging_g=packaging_g,
        tolerance_permille=tolerance_permille,
    )
    lock_numbers("KIT")  # two people writing one kit at once would both make its next version
    earlier = made_before(Kit, request_id, content)
    if earlier is not None:
        return earlier.id
    nominal_g = check_kit(
        code=code,
        name_zh=name_zh,
        item=item,
        parts=parts,
        nominal_g=nominal_g,
        tolerance_permille=tolerance_permille,
    )
    latest = Kit.objects.filter(code=code).order_by("-version").first()
    if latest is not None and latest.content == content:
        record(kind="supply.kit.written", actor=actor, now=now, subject=latest.id, data={"code": code, "is_new": False})
        return latest.id
    own, version = new_id(), latest.version + 1 if latest else 1
    document = draw_up(
        kind="KIT",
        title=f"{name_zh.strip()} v{version}",
        body={
            "kit": code,
            "version": version,
            "name_zh": name_zh.strip(),
            "name_en": name_en.strip(),
            "item": str(item),
            "nominal_g": nominal_g,
            "packaging_g": packaging_g,
            "tolerance_permille": tolerance_permille,
            "parts": [
                {
                    "item": str(part.item),
                    "amount": part.amount,
                    "tolerance_permille": part.tolerance_permille,
                    "substitutes": [{"item": str(one), "amount": amount} for one, amount in part.substitutes],
                }
                for part in parts
            ],
            "supersedes": latest.version if latest else None,
            "note": note[:240],
        },
        subjects=[own],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    kit = Kit.objects.create(
        id=own,
        request_id=request_id,
        content=content,
        code=code,
        version=version,
        name_zh=name_zh.strip(),
        name_en=name_en.strip(),
        item_id=item,
        nominal_g=nominal_g,
        packaging_g=packaging_g,
        tolerance_permille=tolerance_permille,
        note=note[:240],
        document=document,
        made_at=now,
    )
    lines = [
        KitLine(kit=kit, no=no, item_id=part.item, amount=part.amount, tolerance_permille=part.tolerance_permille)
        for no, part in enumerate(parts, start=1)
    ]
    KitLine.objects.bulk_create(lines)
    KitSubstitute.objects.bulk_create(
        [
            KitSubstitute(line=line, rank=rank, item_id=substitute, amount=amount)
            for line, part in zip(lines, parts, strict=True)
            for rank, (substitute, amount) in enumerate(part.substitutes, start=1)
        ]
    )
    record(
        kind="supply.kit.written",
        actor=actor,
        now=now,
        subject=kit.id,
        document=document,
        data={"code": code, "version": kit.version, "lines": len(lines), "is_new": True},
    )
    return kit.id


def kit_content(
    *,
    code: str,
    item: UUID,
    parts: Sequence[KitPart],
    nominal_g: int = 0,
    packaging_g: int = 0,
    tolerance_permille: int = 30,
) -> UUID:
    """Equal for kits that hold the same: a list read again makes no new version."""
    return content_of(
        code=code,
        item=item,
        parts=[asdict(part) for part in parts],
        nominal_g=nominal_g,
        packaging_g=packaging_g,
        tolerance_permille=tolerance_permille,
    )


def kit_code(name_zh: str, name_en: str = "") -> str:
    """A code for a kit without one: its English name, else its pinyin."""
    return code_from(name_en, name_zh)


def check_kit(
    *, code: str, name_zh: str, item: UUID, parts: Sequence[KitPart], nominal_g: int, tolerance_permille: int
) -> int:
    """
    The nominal weight, found from what is in the pack where nobody stated it. Writes nothing.

    Raises KitUnusable, KitDoesNotAddUp.
    """
    known = {view.id: view for view in catalogue.items()}
    pack = known.get(item)
    if not code or not name_zh.strip() or pack is None or pack.unit != "PACK":
        raise KitUnusable(
            "A kit has a name, and the item it makes is counted in packs. Nothing was written.",
            where=name_zh or code,
            found="" if pack is None else f"{pack.name_zh}: {pack.unit}",
            expected="PACK",
            cure="Choose an item counted in packs, such as a vegetable pack, or add one to the catalogue.",
        )
    choices = [(part.item, part.amount) for part in parts] + [pair for part in parts for pair in part.substitutes]
    names = [part.item for part in parts]
    if (
        not 0 < len(parts) <= LINES_MAX
        or len(set(names)) != len(names)
        or any(amount < 1 or choice not in known or choice == item for choice, amount in choices)
        or any(part.item in {substitute for substitute, _ in part.substitutes} for part in parts)
        or any(len({one for one, _ in part.substitutes}) != len(part.substitutes) for part in parts)
        or not all(0 <= part.tolerance_permille <= 500 for part in parts)
        or not 0 <= tolerance_permille <= 500
    ):
        raise KitUnusable(
            "Each item stands once in a kit with an amount above 0, and no substitute stands in for itself. "
            "Nothing was written.",
            where=name_zh,
            found=f"{len(parts)} lines",
            expected=f"1 to {LINES_MAX}",
            cure="Add up lines of one item, and write how much of each goes into one pack.",
        )
    if any(known[part.item].unit != "G" for part in parts):
        return nominal_g
    weight_g = sum(part.amount for part in parts)
    if nominal_g and abs(weight_g - nominal_g) * 1000 > tolerance_permille * nominal_g:
        raise KitDoesNotAddUp(
            f"What is in the pack weighs {weight_g:,} g together; the pack is said to weigh {nominal_g:,} g. "
            "Nothing was written.",
            where=name_zh,
            found=weight_g,
            expected=nominal_g,
            cure="Correct the amount of one line, or the weight of the pack.",
        )
    return nominal_g or weight_g
