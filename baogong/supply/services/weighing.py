"""
Scales: packs weighed one by one or together, trucks on the weighbridge, and a delivery held against its packs.

What a scale said is written down as it was said, with who read it, under a document of its own. A figure that can only
have been read in another unit is refused; one that is off is kept, and becomes a task of the command office.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.engine.packs import Explained, Misread, compare, estimate, misread
from baogong.journal import queries as journal
from baogong.journal.services import EvidenceIn, add_task, draw_up, keep_evidence, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import AHEAD_MAX
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.supply.models import Weighing, WeightStatement
from baogong.supply.pack_views import KitView
from baogong.supply.queries.kits import kit as kit_of
from baogong.supply.requests import content_of, made_before

WEIGHERS = (Duty.KEEPER, Duty.COMMAND)
TRUCK_PERMILLE = 10
LOOK_WITHIN = timedelta(hours=4)
WEIGHTS_MAX = 2_000
GRAMS_MAX = 100_000_000  # a hundred tonnes on one bridge
PACKS_MAX = 1_000_000
CAUSES = ("PACKAGING", "PALLETS", "MOISTURE", "TRIMMING", "COUNT", "OTHER")
What, Verdict = Weighing.What, Weighing.Verdict
_MEANT = {
    Misread.KG_AS_G: "kilograms were written as grams",
    Misread.G_AS_KG: "grams were written as kilograms",
    Misread.JIN_AS_KG: "jin (half a kilogram) were written as kilograms",
    Misread.KG_AS_JIN: "kilograms were written as jin",
    Misread.T_AS_KG: "tonnes were written as kilograms",
    Misread.FAR: "it is not possible for these goods",
}


class WeightMisread(BaogongError):
    """The figure can only have been read or written in another unit."""

    kind, code = Kind.UNUSABLE, "supply.weight-misread"


class TicketKnown(BaogongError):
    """This weighbridge ticket is in the book: a truck is weighed once under it."""

    kind, code = Kind.CONFLICT, "supply.ticket-known"


class NotWeighedHere(BaogongError):
    """A statement rests on trucks weighed at its own site."""

    kind, code = Kind.REFUSED, "supply.not-weighed-here"


@transaction.atomic
@recorded("supply.weighed")
def weigh_packs(
    *,
    kit: UUID,
    site: UUID,
    stands_for: int,
    by_name: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    weights_g: Sequence[int] = (),
    sum_g: int = 0,
    packs: int = 0,
    photo: bytes | None = None,
    note: str = "",
) -> UUID:
    """
    Some packs of a kit on the scale, in their bags; returns the weighing's id.

    weights_g      one by one; or else `sum_g` of `packs` packs together
    stands_for     for how many packs they speak; as many as were weighed where that is all
    by_name        who read the scale

    Raises WeightMisread, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*WEIGHERS, at=site)
    content = content_of(kit=kit, site=site, stands_for=stands_for, weights=list(weights_g), sum_g=sum_g, packs=packs)
    earlier = made_before(Weighing, request_id, content)
    if earlier is not None:
        return earlier.id
    recipe = kit_of(kit)
    count = len(weights_g) or packs
    gross_g = sum(weights_g) if weights_g else sum_g
    _refuse_nonsense(by_name, count, stands_for, len(weights_g), gross_g)
    for weight_g in weights_g or (gross_g // count,):
        check_pack_weight(weight_g, recipe)
    tare_g = count * recipe.packaging_g
    found = estimate(
        [weight_g - recipe.packaging_g for weight_g in weights_g], stands_for, sum_g=gross_g - tare_g, weighed=count
    )
    stated_g = stands_for * recipe.nominal_g
    return _write(
        what=What.PACKS,
        site=site,
        kit=kit,
        weights=list(weights_g),
        packs_count=count,
        stands_for=stands_for,
        gross_g=gross_g,
        tare_g=tare_g,
        stated_g=stated_g,
        total_g=found.total_g,
        margin_g=found.margin_g,
        tolerance_permille=recipe.tolerance_permille,
        title=f"Packs weighed: {recipe.name_zh} v{recipe.version}, {count:,} / {stands_for:,}",
        signed=_Signed(by_name, photo, note, actor, now, request_id, content),
    )


@transaction.atomic
@recorded("supply.weighed")
def weigh_truck(
    *,
    site: UUID,
    plate: str,
    gross_g: int,
    tare_g: int,
    stated_g: int,
    by_name: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    ticket: str = "",
    tolerance_permille: int = TRUCK_PERMILLE,
    weighed_at: datetime | None = None,
    photo: bytes | None = None,
    note: str = "",
) -> UUID:
    """
    A truck on the weighbridge, full and empty; returns the weighing's id.

    stated_g    what it is said to carry, pallets and packaging included
    weighed_at  as its slip is printed, None: now

    Raises WeightMisread, TicketKnown, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*WEIGHERS, at=site)
    printed = {"weighed_at": weighed_at} if weighed_at else {}
    content = content_of(
        site=site, plate=plate, ticket=ticket, gross_g=gross_g, tare_g=tare_g, stated_g=stated_g, **printed
    )
    earlier = made_before(Weighing, request_id, content)
    if earlier is not None:
        return earlier.id
    check_truck(
        plate=plate,
        gross_g=gross_g,
        tare_g=tare_g,
        stated_g=stated_g,
        by_name=by_name,
        weighed_at=weighed_at,
        tolerance_permille=tolerance_permille,
        now=now,
    )
    known = Weighing.objects.filter(site=site, ticket=ticket, what=What.TRUCK).first() if ticket.strip() else None
    if known is not None:
        raise TicketKnown(
            f"The weighbridge ticket {ticket} is in the book as {known.number}. Nothing was written.",
            where=ticket,
            found=known.number,
            cure="Look at that weighing; write the number of this ticket.",
        )
    return _write(
        what=What.TRUCK,
        site=site,
        gross_g=gross_g,
        tare_g=tare_g,
        stated_g=stated_g,
        total_g=gross_g - tare_g,
        tolerance_permille=tolerance_permille,
        plate=plate.strip(),
        ticket=ticket.strip(),
        title=f"Truck weighed: {plate}, {gross_g - tare_g:,} g",
        weighed_at=weighed_at,
        signed=_Signed(by_name, photo, note, actor, now, request_id, content),
    )


def check_truck(
    *,
    plate: str,
    gross_g: int,
    tare_g: int,
    stated_g: int,
    by_name: str,
    now: datetime,
    weighed_at: datetime | None = None,
    tolerance_permille: int = TRUCK_PERMILLE,
) -> None:
    """Whether a truck can have been weighed like this. Writes nothing. Raises WeightMisread, UnusableInput."""
    if (
        not plate.strip()
        or not by_name.strip()
        or not 0 <= tare_g < gross_g <= GRAMS_MAX
        or not 0 < stated_g <= GRAMS_MAX
        or not 0 <= tolerance_permille <= 100
    ):
        raise UnusableInput(
            "A truck is weighed full and empty, full it weighs more, and somebody read the scale. Nothing was written.",
            where=plate,
            found=f"{gross_g:,} g − {tare_g:,} g; {stated_g:,} g; {by_name}",
            expected="a plate, a name, an empty weight below the full one, a stated load, at most 100 t",
            cure="Read the ticket again: full first, then empty.",
        )
    if weighed_at is not None and weighed_at > now + AHEAD_MAX:
        raise UnusableInput(
            "This slip is dated on a day that has not come. Nothing was written.",
            where=plate,
            found=weighed_at.isoformat(),
            expected=f"at the latest {(now + AHEAD_MAX).isoformat()}",
            cure="Check the year and the day.",
        )
    _refuse_misread(gross_g - tare_g, stated_g, plate)


def check_pack_weight(weight_g: int, kit: KitView) -> None:
    """Whether one pack of the kit, in its bag, can weigh this. Raises WeightMisread, UnusableInput."""
    if kit.nominal_g == 0:
        raise UnusableInput(
            "This kit has no weight to compare with. Nothing was written.",
            where=kit.name_zh,
            expected="a kit with the weight of a pack",
            cure="Write the weight of one pack into the kit first.",
        )
    _refuse_misread(weight_g, kit.nominal_g + kit.packaging_g, kit.name_zh)


@transaction.atomic
@recorded("supply.weights-compared")
def state_weights(
    *,
    trucks: Sequence[UUID],
    kit: UUID,
    packs: int,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    causes: Sequence[Explained] = (),
    tolerance_permille: int = TRUCK_PERMILLE,
) -> UUID:
    """
    Hold what the trucks brought against so many packs of the kit; returns the statement's id.

    causes   what else weighed something, or is missing; the packaging the kit knows of is counted by itself
    Where more stays unexplained than may be, the command office gets a task.

    Raises NotWeighedHere, WeightMisread, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    weighed = list(Weighing.objects.filter(pk__in=trucks, what=What.TRUCK).order_by("id"))
    sites = {row.site_id for row in weighed}
    if len(weighed) != len(set(trucks)) or len(sites) != 1:
        raise NotWeighedHere(
            f"{len(weighed)} of {len(set(trucks))} trucks were weighed, at {len(sites)} sites. Nothing was written.",
            found=f"{len(weighed)} / {len(set(trucks))}",
            expected="trucks weighed at one site",
            cure="Choose weighings of trucks at one site.",
        )
    site = sites.pop()
    actor.require(*WEIGHERS, at=site)
    content = content_of(
        trucks=sorted(map(str, trucks)),
        kit=kit,
        packs=packs,
        causes=[asdict(cause) for cause in causes],
        tolerance_permille=tolerance_permille,
    )
    earlier = made_before(WeightStatement, request_id, content)
    if earlier is not None:
        return earlier.id
    recipe = kit_of(kit)
    if (
        not 0 < packs <= PACKS_MAX
        or recipe.nominal_g == 0
        or not 0 <= tolerance_permille <= 100
        or any(cause.cause not in CAUSES or cause.grams == 0 or abs(cause.grams) > GRAMS_MAX for cause in causes)
    ):
        raise UnusableInput(
            "A statement counts packs of a kit with a weight, and each cause weighs something. Nothing was written.",
            where=recipe.name_zh,
            found=f"{packs:,}; {[cause.cause for cause in causes]}",
            expected=f"1 to {PACKS_MAX:,} packs; causes of {', '.join(CAUSES)}",
            cure="Correct the packs or the causes.",
        )
    delivered_g = sum(row.net_g for row in weighed)
    _refuse_misread(delivered_g, packs * (recipe.nominal_g + recipe.packaging_g), recipe.name_zh)
    explained = list(causes)
    if recipe.packaging_g and not any(cause.cause == "PACKAGING" for cause in causes):
        explained.insert(0, Explained("PACKAGING", packs * recipe.packaging_g, f"{packs:,} × {recipe.packaging_g:,} g"))
    found = compare(
        delivered_g=delivered_g,
        packs=packs,
        nominal_g=recipe.nominal_g,
        explained=explained,
        tolerance_permille=tolerance_permille,
    )
    verdict = WeightStatement.Verdict.WITHIN if found.is_within else WeightStatement.Verdict.OPEN
    document = draw_up(
        kind="WEIGHT_STATEMENT",
        title=f"Weights compared: {recipe.name_zh} × {packs:,}, {delivered_g:,} g",
        body={
            "site": str(site),
            "kit": str(kit),
            "packs": packs,
            "trucks": [row.number for row in weighed],
            "delivered_g": delivered_g,
            "difference_g": found.difference_g,
            "causes": [asdict(cause) for cause in explained],
            "unexplained_g": found.unexplained_g,
            "allowed_g": found.allowed_g,
            "verdict": verdict.value,
        },
        subjects=[site],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    number = journal.document(document).number
    row = WeightStatement.objects.create(
        request_id=request_id,
        content=content,
        number=number,
        site_id=site,
        kit_id=kit,
        packs=packs,
        delivered_g=delivered_g,
        difference_g=found.difference_g,
        causes=[asdict(cause) for cause in explained],
        unexplained_g=found.unexplained_g,
        tolerance_permille=tolerance_permille,
        verdict=verdict,
        document=document,
        at=now,
    )
    row.trucks.set(weighed)
    if not found.is_within:
        kg, is_less = _kilograms(found.unexplained_g), found.unexplained_g < 0
        title = (
            f"{number}：称得比包数应有的{'少' if is_less else '多'} {kg} 公斤，原因不明，请查 · "
            f"{number}: {kg} kg {'less' if is_less else 'more'} than the packs should weigh, unexplained: find out why"
        )
        _ask_to_look(title, site, actor, now, request_id)
    record(
        kind="supply.weights-compared",
        actor=actor,
        now=now,
        subject=site,
        document=document,
        data={"statement": str(row.id), "packs": packs, "unexplained_g": found.unexplained_g, "verdict": verdict.value},
    )
    return row.id


@dataclass(frozen=True, slots=True)
class _Signed:
    """Who read the scale, what shows it, and under which request it is written down."""

    by_name: str
    photo: bytes | None
    note: str
    actor: Actor
    now: datetime
    request_id: UUID
    content: UUID


def _write(
    *,
    title: str,
    signed: _Signed,
    site: UUID,
    what: str,
    gross_g: int,
    tare_g: int,
    stated_g: int,
    total_g: int,
    tolerance_permille: int,
    kit: UUID | None = None,
    weights: Sequence[int] = (),
    packs_count: int | None = None,
    stands_for: int | None = None,
    margin_g: int = 0,
    plate: str = "",
    ticket: str = "",
    weighed_at: datetime | None = None,
) -> UUID:
    by_name, actor, now, request_id = signed.by_name.strip()[:200], signed.actor, signed.now, signed.request_id
    off_g = total_g - stated_g
    verdict = Verdict.WITHIN
    if abs(off_g) * 1_000 > tolerance_permille * stated_g:
        verdict = Verdict.HEAVY if off_g > 0 else Verdict.LIGHT
    document = draw_up(
        kind="WEIGHING",
        title=title[:120],
        body={
            "site": str(site),
            "what": what,
            "kit": str(kit or ""),
            "gross_g": gross_g,
            "tare_g": tare_g,
            "weights": list(weights),
            "packs": packs_count,
            "stands_for": stands_for,
            "stated_g": stated_g,
            "total_g": total_g,
            "margin_g": margin_g,
            "plate": plate,
            "ticket": ticket,
            "weighed_at": (weighed_at or now).isoformat(),
            "by": signed.by_name,
            "verdict": verdict.value,
            "note": signed.note,
        },
        subjects=[site],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    seen = [EvidenceIn("WITNESS", by_name=by_name)]
    if signed.photo:
        seen.append(EvidenceIn("PHOTO", payload=signed.photo))
    keep_evidence(evidence=seen, actor=actor, document=document, request_id=derived_id(request_id, "evidence"), now=now)
    number = journal.document(document).number
    row = Weighing.objects.create(
        request_id=request_id,
        content=signed.content,
        number=number,
        what=what,
        site_id=site,
        kit_id=kit,
        weights=list(weights),
        packs_count=packs_count,
        stands_for=stands_for,
        gross_g=gross_g,
        tare_g=tare_g,
        net_g=gross_g - tare_g,
        stated_g=stated_g,
        total_g=total_g,
        margin_g=margin_g,
        tolerance_permille=tolerance_permille,
        verdict=verdict,
        plate=plate[:20],
        ticket=ticket[:40],
        weighed_at=weighed_at or now,
        by_name=by_name,
        document=document,
        note=signed.note[:240],
    )
    if verdict != Verdict.WITHIN:
        kg, is_less = _kilograms(off_g), off_g < 0
        title = (
            f"{number}：称得比应有的{'少' if is_less else '多'} {kg} 公斤，请查 · "
            f"{number}: {kg} kg {'less' if is_less else 'more'} than there should be: find out why"
        )
        _ask_to_look(title, site, actor, now, request_id)
    record(
        kind="supply.weighed",
        actor=actor,
        now=now,
        subject=site,
        document=document,
        data={"weighing": str(row.id), "off_g": off_g, "verdict": verdict.value},
    )
    return row.id


def _kilograms(grams: int) -> str:
    """-30,000 g → "30", 250 g → "0.25"; which way it is off is said in words."""
    return f"{abs(grams) / 1_000:,.3f}".rstrip("0").rstrip(".")


def _ask_to_look(title: str, site: UUID, actor: Actor, now: datetime, request_id: UUID) -> None:
    add_task(
        title=title,
        duty=Duty.COMMAND,
        due_at=now + LOOK_WITHIN,
        subject=site,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "task"),
    )


def _refuse_nonsense(by_name: str, count: int, stands_for: int, singly: int, gross_g: int) -> None:
    if not by_name.strip() or singly > WEIGHTS_MAX or not 0 < count <= stands_for <= PACKS_MAX or gross_g <= 0:
        raise UnusableInput(
            "Some packs were weighed, not more than they stand for, and somebody read the scale. Nothing was written.",
            found=f"{count:,} / {stands_for:,}, {gross_g:,} g, {by_name}",
            expected=f"1 to {PACKS_MAX:,} packs, at most {WEIGHTS_MAX:,} of them one by one, and a name",
            cure="Weigh again, and write who read the scale.",
        )


def _refuse_misread(found_g: int, expected_g: int, where: str) -> None:
    slip = misread(found_g, expected_g)
    if slip is not None:
        raise WeightMisread(
            f"{found_g:,} g cannot be right where about {expected_g:,} g are expected: {_MEANT[slip]}. "
            "Nothing was written.",
            where=where,
            found=found_g,
            expected=expected_g,
            cure="Read the scale again and write the weight with its unit.",
            slip=slip.value,
        )
