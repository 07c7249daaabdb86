"""A run from the first goods set aside to its closing: opened, counted, closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason, State
from baogong.supply.models import PackingLayer, PackingPart, PackingRun, PackingTally, PackingTallyPart
from baogong.supply.queries.kits import kit as kit_of
from baogong.supply.queries.outlook import Outlook, PlannedLayer, outlook
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.packing.shared import (
    PACKERS,
    MorePacksThanPlanned,
    NothingToPack,
    end,
    refuse_ended,
    release,
    taken,
)
from baogong.supply.views import COMMUNITY_USE


@transaction.atomic
@recorded("supply.packing.opened")
def open_run(
    *,
    kit: UUID,
    site: UUID,
    packs: int,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    receivers: Sequence[UUID] = (),
    line_name: str = "",
    due_at: datetime | None = None,
) -> UUID:
    """
    Set goods aside for so many packs, or for as many as there can be; what is missing stands in the run. Returns its id.

    receivers  whom alone these packs are for: then goods earmarked for all of them may go in; empty: anyone

    Raises NothingToPack, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*PACKERS, at=site)
    content = content_of(
        kit=kit, site=site, packs=packs, receivers=sorted(map(str, receivers)), line_name=line_name, due_at=due_at
    )
    earlier = made_before(PackingRun, request_id, content)
    if earlier is not None:
        return earlier.id
    if not 0 < packs <= 1_000_000:
        raise UnusableInput("A run makes at least one pack.", where="packs", found=packs, expected="1 to 1000000")
    recipe = kit_of(kit)
    plan = outlook(kit=recipe, site=site, wanted=packs, receivers=receivers, now=now)
    if plan.packs == 0:
        raise _nothing_to_pack(plan)
    document = draw_up(
        kind="PACKING",
        title=f"{recipe.name_zh} v{recipe.version} × {plan.packs:,}",
        body={
            "kit": str(kit),
            "version": recipe.version,
            "site": str(site),
            "wanted": packs,
            "planned": plan.packs,
            "missing": [{"item": str(short.item), "amount": short.amount} for short in plan.missing],
            "receivers": sorted(map(str, receivers)),
            "lines": [
                {"lot": str(part.lot), "amount": layer.packs * part.amount_each}
                for layer in plan.layers
                for part in layer.parts
            ],
        },
        subjects=[site, *receivers],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    number = journal.document(document).number
    run = PackingRun.objects.create(
        request_id=request_id,
        content=content,
        number=number,
        kit_id=kit,
        site_id=site,
        line_name=line_name[:60],
        wanted=packs,
        planned=plan.packs,
        missing=[{"no": short.no, "item": str(short.item), "amount": short.amount} for short in plan.missing],
        document=document,
        opened_at=now,
        due_at=due_at,
    )
    holds: list[BookLine] = []
    for no, layer in enumerate(plan.layers, start=1):
        row = PackingLayer.objects.create(
            run=run, no=no, packs=layer.packs, lot=_lot_of(run, no, layer, recipe.item, receivers, now)
        )
        parts = []
        for part in layer.parts:
            hold = ledger.hold_line(
                AccountRef(site, part.state),
                AccountRef(site, State.CONVERSION),
                part.lot,
                layer.packs * part.amount_each,
                id=derived_id(request_id, no, part.lot, part.state),
            )
            holds.append(hold)
            parts.append(
                PackingPart(
                    layer=row,
                    item_id=part.item,
                    lot=part.lot,
                    state=part.state.value,
                    amount_each=part.amount_each,
                    is_substitute=part.is_substitute,
                    holds=[str(hold.id)],
                )
            )
        PackingPart.objects.bulk_create(parts)
    ledger.post(
        lines=holds,
        actor=actor,
        reason=Reason.CONVERSION,
        document=document,
        request_id=derived_id(request_id, "holds"),
        now=now,
    )
    record(
        kind="supply.packing.opened",
        actor=actor,
        now=now,
        subject=site,
        document=document,
        data={"run": str(run.id), "wanted": packs, "planned": plan.packs},
    )
    return run.id


@transaction.atomic
@recorded("supply.packing.tallied")
def tally_packs(*, run: UUID, packs: int, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    So many packs more are done: they stand in the book now, and what is in them no longer does. Returns the tally's id.

    Raises MorePacksThanPlanned, RunEnded, NotYourPlace, RequestIdReused.
    """
    row = lock_row(PackingRun.objects.all(), run)
    actor.require(*PACKERS, at=row.site_id)
    content = content_of(run=run, packs=packs)
    earlier = made_before(PackingTally, request_id, content)
    if earlier is not None:
        return earlier.id
    refuse_ended(row)
    layers = list(row.layers.order_by("no").prefetch_related("parts"))
    open_packs = sum(layer.packs - layer.made for layer in layers)
    if not 0 < packs <= open_packs:
        raise MorePacksThanPlanned(
            f"Goods for {open_packs:,} more packs are set aside in {row.number}; {packs:,} were counted. "
            "Nothing was changed.",
            where=row.number,
            found=packs,
            expected=f"1 to {open_packs}",
            cure="Count again. Open another run if more goods have come.",
        )
    tally = PackingTally.objects.create(
        request_id=request_id,
        content=content,
        run=row,
        packs=packs,
        first_no=row.next_no,
        last_no=row.next_no + packs - 1,
        at=now,
        by_name=actor.name,
    )
    left, first_no = packs, row.next_no
    for layer in layers:
        part = min(left, layer.packs - layer.made)
        if part == 0:
            continue
        # Layers share lots, and the book holds each conversion against its recorded ratios: one batch each.
        made = ledger.convert(
            at_holder=row.site_id,
            parts=[],
            held=taken(layer, part),
            into=[(layer.lot, part)],
            into_state=State.FROZEN,
            actor=actor,
            document=row.document,
            request_id=derived_id(request_id, layer.no),
            now=now,
        )
        PackingTallyPart.objects.create(
            tally=tally, layer=layer, first_no=first_no, packs=part, movements=[str(line) for line in made.line_ids]
        )
        layer.made += part
        layer.save(update_fields=["made"])
        left, first_no = left - part, first_no + part
    row.next_no += packs
    row.save(update_fields=["next_no"])
    record(
        kind="supply.packing.tallied",
        actor=actor,
        now=now,
        subject=row.site_id,
        document=row.document,
        data={"run": str(run), "packs": packs, "first_no": tally.first_no},
    )
    return tally.id


@transaction.atomic
@recorded("supply.packing.closed")
def close_run(*, run: UUID, actor: Actor, now: datetime, request_id: UUID, note: str = "") -> UUID:
    """The run is over: what was set aside and not packed is free again. Returns the closing document's id."""
    row = lock_row(PackingRun.objects.all(), run)
    actor.require(*PACKERS, at=row.site_id)
    if row.ended_under == request_id and row.ended_document is not None:
        return row.ended_document
    layers = list(row.layers.order_by("no").prefetch_related("parts"))
    made = sum(layer.made for layer in layers)
    refuse_ended(row)
    document = draw_up(
        kind="PACKING_CLOSE",
        title=f"{row.number}: {made:,}",
        body={
            "run": str(run),
            "site": str(row.site_id),
            "wanted": row.wanted,
            "planned": row.planned,
            "made": made,
            "note": note,
            "waste": [
                {"item": str(waste.item_id), "amount": waste.amount, "cause": waste.cause}
                for waste in row.wastes.filter(undone_at=None).order_by("at", "id")
            ],
        },
        subjects=[row.site_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    release(row, layers, document, actor=actor, now=now, request_id=derived_id(request_id, "release"))
    end(row, PackingRun.State.CLOSED, note, document, now, request_id)
    record(
        kind="supply.packing.closed",
        actor=actor,
        now=now,
        subject=row.site_id,
        document=document,
        data={"run": str(run), "made": made, "planned": row.planned},
    )
    return document


def _lot_of(
    run: PackingRun, no: int, layer: PlannedLayer, item: UUID, receivers: Sequence[UUID], now: datetime
) -> UUID:
    """The layer's own lot: it carries whatever its parts have in common, and every limit any of them has."""
    stock = [part.stock for part in layer.parts]
    owners, donors = {row.owner for row in stock}, {row.donor for row in stock}
    expiries = [row.expires_on for row in stock if row.expires_on is not None]
    limits = [row.earmark_until for row in stock if row.earmark_until is not None]
    purposes = dict.fromkeys(part.purpose for part in layer.parts if part.purpose)
    earmark = None
    if receivers or any(row.earmark is not None for row in stock):
        earmark = ledger.open_earmark(
            parties=list(receivers),
            items=[item],
            purpose=COMMUNITY_USE if COMMUNITY_USE in purposes else "; ".join(purposes),
            until=min(limits, default=None),
            request_id=derived_id(run.id, "earmark", no),
        )
    return ledger.open_lot(
        item=item,
        owner=owners.pop() if len(owners) == 1 else run.site_id,
        donor=donors.pop() if len(donors) == 1 else None,
        earmark=earmark,
        expires_on=min(expiries, default=None),
        label=f"{run.number}/{no}",
        now=now,
    )


def _nothing_to_pack(plan: Outlook) -> NothingToPack:
    return NothingToPack(
        "Not one pack can be made of what lies free here. Nothing was set aside.",
        found=[f"{short.item_zh}: {short.amount:,}" for short in plan.missing],
        expected="relief stock of every item of the kit, or of its substitutes",
        cure="Bring the missing goods in, freeze them for relief, or ask givers whose consent is lacking.",
        left_out=len(plan.left_out),
    )
