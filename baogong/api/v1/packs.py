"""Packs: what each kind holds, for whom it is, how many a community needs, and the runs that make them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Amount, Code, ItemName, Moment, Number
from baogong.api.v1.requests import After, Key, Limit, Page, item_id, once, once_made, page_of
from baogong.journal import queries as journal
from baogong.kernel.actor import Duty
from baogong.needs import queries as needs
from baogong.needs import services as needs_
from baogong.needs.queries.sight import receivers_within, require_sight
from baogong.supply import queries, services
from baogong.supply.pack_views import KitView, RunView
from baogong.supply.queries import Outlook

router = Router(tags=["packs"])

READERS = (*OFFICE, Duty.KEEPER)
Group = Literal["PERSON", "ADULT", "OLD", "INFANT", "CHRONIC", "PREGNANT"]


class SubstituteOut(Schema):
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int


class KitLineOut(Schema):
    """`amount` base units in each pack."""

    no: int
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int
    tolerance_permille: int
    substitutes: list[SubstituteOut]


class KitOut(Schema):
    """`nominal_g` without packaging; 0 where nobody weighs it."""

    id: UUID
    code: str
    version: int
    name_zh: str
    name_en: str
    item: UUID
    nominal_g: int
    packaging_g: int
    tolerance_permille: int
    note: str
    document: UUID | None
    made_at: datetime
    lines: list[KitLineOut]


class KitPage(Page):
    items: list[KitOut]


class SubstituteIn(Schema):
    item: ItemName
    amount: Amount


class KitLineIn(Schema):
    item: ItemName
    amount: Amount
    tolerance_permille: int = Field(0, ge=0, le=500)
    substitutes: list[SubstituteIn] = Field([], max_length=10)


class KitIn(Schema):
    """The same name with another content is the kit's next version; `item` is what the pack itself is."""

    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field("", max_length=120)
    code: str = Field("", max_length=60)
    item: ItemName
    lines: list[KitLineIn] = Field(min_length=1, max_length=40)
    nominal_g: Number = Field(0, ge=0, description="0: the sum, where everything in it is counted in grams.")
    packaging_g: Number = Field(0, ge=0)
    tolerance_permille: int = Field(30, ge=0, le=500)
    note: str = Field("", max_length=240)


class PlannedPartOut(Schema):
    lot: UUID
    item: UUID
    amount_each: int
    is_substitute: bool
    purpose: str


class PlannedLayerOut(Schema):
    packs: int
    parts: list[PlannedPartOut]


class ShortOut(Schema):
    """What binds: so much more of it would be needed for all that was wanted."""

    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int


class NotPackedOut(Schema):
    lot: UUID
    item: UUID
    item_zh: str
    item_en: str
    free: int
    why: str


class OutlookOut(Schema):
    wanted: int
    packs: int
    layers: list[PlannedLayerOut]
    missing: list[ShortOut]
    left_out: list[NotPackedOut]


class PackRuleIn(Schema):
    """`per_persons` 0: one pack for each household that has any of the group."""

    kit: Code = Field(description="A kit's code.")
    group: Group
    per_persons: int = Field(0, ge=0, le=100)


class PackRuleEndIn(Schema):
    kit: Code
    group: Group


class PackRuleOut(Schema):
    id: UUID
    kit_code: str
    kit_zh: str
    kit_en: str
    item: UUID
    group: str
    per_persons: int
    set_at: datetime
    set_by_name: str


class RuleList(Schema):
    items: list[PackRuleOut]


class NeededOut(Schema):
    """`households` of the community have `persons` of the group."""

    community: UUID
    community_name: str
    kit_code: str
    kit_zh: str
    kit_en: str
    item: UUID
    group: str
    per_persons: int
    households: int
    persons: int
    packs: int


class NeededList(Schema):
    items: list[NeededOut]


class PacksAskIn(Schema):
    community: UUID
    urgency: int = Field(2, ge=1, le=4)
    due_at: Moment | None = None


class PacksAskedOut(Schema):
    needs: list[UUID]


class RunHeadOut(Schema):
    """`planned`: what goods were set aside for; `left`: what can still be made of them."""

    id: UUID
    number: str
    kit: UUID
    kit_zh: str
    kit_en: str
    kit_version: int
    item: UUID
    site: UUID
    site_name: str
    line_name: str
    state: str
    wanted: int
    planned: int
    made: int
    left: int
    missing: list[ShortOut]
    document: UUID
    opened_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    ended_why: str


class RunPage(Page):
    items: list[RunHeadOut]


class PartOut(Schema):
    lot: UUID
    label: str
    item: UUID
    donor: UUID | None
    donor_name: str
    supplier_name: str
    amount_each: int
    is_substitute: bool
    used: int
    set_aside: int


class LayerOut(Schema):
    """Packs filled alike; `lot` is theirs in the book."""

    no: int
    lot: UUID
    packs: int
    made: int
    parts: list[PartOut]


class TallyOut(Schema):
    id: UUID
    packs: int
    first_no: int
    last_no: int
    at: datetime
    by_name: str
    is_undone: bool
    why: str


class WasteOut(Schema):
    item: UUID
    cause: str
    amount: int
    document: UUID
    at: datetime


class RunOut(Schema):
    head: RunHeadOut
    layers: list[LayerOut]
    tallies: list[TallyOut]
    wastes: list[WasteOut]


class RunIn(Schema):
    """`receivers`: for whom alone these packs are; then goods earmarked for all of them may go in."""

    kit: UUID
    site: UUID
    packs: int = Field(ge=1, le=1_000_000)
    receivers: list[UUID] = Field([], max_length=500)
    line_name: str = Field("", max_length=60)
    due_at: Moment | None = None


class TallyIn(Schema):
    packs: int = Field(ge=1, le=1_000_000)


class WasteLineIn(Schema):
    item: ItemName
    amount: Amount
    cause: Literal["TRIMMING", "ROTTEN", "BROKEN", "MOISTURE"]


class WasteIn(Schema):
    lines: list[WasteLineIn] = Field(min_length=1, max_length=40)
    note: str = Field("", max_length=240)


class CloseIn(Schema):
    note: str = Field("", max_length=240)


class TakeBackIn(Schema):
    why: str = Field(min_length=1, max_length=240)


class PackingConsentIn(Schema):
    """The giver's or owner's word that a lot may become part of a pack; in force once two have signed."""

    lot: UUID
    site: UUID
    pack: ItemName
    by: UUID
    words: str = Field(min_length=1, max_length=240)
    alone: bool = False


class PackingConsentOut(Schema):
    document: UUID
    number: str
    state: str


@router.get("/kits", response=KitPage, operation_id="kit_list")
def kit_list(request: HttpRequest, after: After = None, limit: Limit = 100) -> dict[str, Any]:
    """The newest version of every kit."""
    caller(request).require_somewhere(*READERS)
    return page_of(queries.kits(), after=after, limit=limit)


@router.get("/kits/{kit}", response=KitOut, operation_id="kit_get")
def kit_get(request: HttpRequest, kit: UUID) -> KitView:
    caller(request).require_somewhere(*READERS)
    return queries.kit(kit)


@router.post("/kits", response={201: KitOut}, operation_id="kit_write")
def kit_write(request: HttpRequest, key: Key, given: KitIn) -> Status[KitView]:
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.write_kit(
            **given.dict(exclude={"item", "lines"}),
            item=item_id(given.item),
            parts=[
                services.KitPart(
                    item_id(line.item),
                    line.amount,
                    line.tolerance_permille,
                    tuple((item_id(each.item), each.amount) for each in line.substitutes),
                )
                for line in given.lines
            ],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.kit(made))


@router.get("/kits/{kit}/outlook", response=OutlookOut, operation_id="kit_outlook")
def kit_outlook(
    request: HttpRequest, kit: UUID, site: UUID, packs: Annotated[int, Query(ge=1, le=1_000_000)]
) -> dict[str, Any]:
    """How many packs the site's stock allows, of which lots, and what binds. Writes nothing."""
    who = caller(request)
    who.actor.require(*READERS, at=site)
    view = queries.kit(kit)
    return _outlook(queries.outlook(kit=view, site=site, wanted=packs, now=who.now))


@router.get("/pack-rules", response=RuleList, operation_id="pack_rule_list")
def pack_rule_list(request: HttpRequest) -> dict[str, Any]:
    """Which pack is for whom."""
    caller(request).require_somewhere(*READERS)
    return {"items": needs.pack_rules()}


@router.post("/pack-rules", response=RuleList, operation_id="pack_rule_set")
def pack_rule_set(request: HttpRequest, key: Key, given: PackRuleIn) -> dict[str, Any]:
    who = caller(request)
    once(request, key, lambda: needs_.set_pack_rule(**given.dict(), actor=who.actor, now=who.now), given)
    return {"items": needs.pack_rules()}


@router.post("/pack-rules/end", response=RuleList, operation_id="pack_rule_end")
def pack_rule_end(request: HttpRequest, key: Key, given: PackRuleEndIn) -> dict[str, Any]:
    who = caller(request)
    once(request, key, lambda: needs_.end_pack_rule(**given.dict(), actor=who.actor, now=who.now), given)
    return {"items": needs.pack_rules()}


@router.get("/packs-needed", response=NeededList, operation_id="pack_needed")
def pack_needed(request: HttpRequest, community: UUID | None = None) -> dict[str, Any]:
    """How many of each pack the communities' households come to: sums, no household."""
    who = caller(request)
    who.require_somewhere(*OFFICE)
    if community is not None:
        require_sight(who.actor, community)
        return {"items": needs.packs_needed([community])}
    return {"items": needs.packs_needed(receivers_within(who.actor))}


@router.post("/packs-needed/ask", response={201: PacksAskedOut}, operation_id="pack_ask")
def pack_ask(request: HttpRequest, key: Key, given: PacksAskIn) -> Status[dict[str, Any]]:
    """Ask for what the community's households come to: one need for each kind of pack."""
    who = caller(request)

    def ask() -> None:
        needs_.ask_for_packs(**given.dict(), actor=who.actor, now=who.now, request_id=key)

    once(request, key, ask, given)
    items = {line.item for line in needs.packs_needed([given.community])}
    asked = [view.id for view in needs.open_needs(receiver=given.community) if view.item in items]
    return Status(201, {"needs": asked})


@router.get("/packing", response=RunPage, operation_id="packing_list")
def packing_list(
    request: HttpRequest,
    site: UUID | None = None,
    is_open: bool = False,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Packing runs, the newest first; a keeper sees those of the own site."""
    seen = caller(request).sites(*READERS)
    runs = [
        run
        for run in queries.packing_runs(site=site, states=["OPEN"] if is_open else None)
        if seen is None or run.site in seen
    ]
    return page_of(runs, after=after, limit=limit, newest_first=True)


@router.get("/packing/{run}", response=RunOut, operation_id="packing_get")
def packing_get(request: HttpRequest, run: UUID) -> RunView:
    who = caller(request)
    view = queries.packing_run(run)
    who.actor.require(*READERS, at=view.head.site)
    return view


@router.post("/packing", response={201: RunOut}, operation_id="packing_open")
def packing_open(request: HttpRequest, key: Key, given: RunIn) -> Status[RunView]:
    """Set goods aside for so many packs, or for as many as there can be."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.open_run(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, queries.packing_run(made))


@router.post("/packing/{run}/tallies", response=RunOut, operation_id="packing_tally")
def packing_tally(request: HttpRequest, run: UUID, key: Key, given: TallyIn) -> RunView:
    """So many packs more are done: they stand in the book, and what is in them no longer does."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.tally_packs(run=run, packs=given.packs, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.packing_run(run)


@router.post("/packing/{run}/tallies/{tally}/undo", response=RunOut, operation_id="packing_tally_undo")
def packing_tally_undo(request: HttpRequest, run: UUID, tally: UUID, key: Key, given: TakeBackIn) -> RunView:
    """Packs that were counted wrongly come apart again, by corrections."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.undo_tally(tally=tally, why=given.why, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.packing_run(run)


@router.post("/packing/{run}/waste", response=RunOut, operation_id="packing_waste")
def packing_waste(request: HttpRequest, run: UUID, key: Key, given: WasteIn) -> RunView:
    """What of the goods set aside went into no pack, under a damage report."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.record_waste(
            run=run,
            wastes=[services.Waste(item_id(line.item), line.amount, line.cause) for line in given.lines],
            note=given.note,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return queries.packing_run(run)


@router.post("/packing/{run}/close", response=RunOut, operation_id="packing_close")
def packing_close(request: HttpRequest, run: UUID, key: Key, given: CloseIn) -> RunView:
    """The run is over; what was set aside and not packed is free again."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.close_run(run=run, note=given.note, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.packing_run(run)


@router.post("/packing/{run}/undo", response=RunOut, operation_id="packing_undo")
def packing_undo(request: HttpRequest, run: UUID, key: Key, given: TakeBackIn) -> RunView:
    """Every pack of the run apart again, as long as none is promised or gone."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.undo_run(run=run, why=given.why, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.packing_run(run)


@router.post("/packing-consents", response={201: PackingConsentOut}, operation_id="packing_agree")
def packing_agree(request: HttpRequest, key: Key, given: PackingConsentIn) -> Status[dict[str, Any]]:
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.agree_to_packing(
            **given.dict(exclude={"pack"}), pack=item_id(given.pack), actor=who.actor, now=who.now, request_id=key
        ),
        given,
    )
    paper = journal.document(made)
    return Status(201, {"document": paper.id, "number": paper.number, "state": paper.state})


def _outlook(found: Outlook) -> dict[str, Any]:
    return {
        "wanted": found.wanted,
        "packs": found.packs,
        "layers": found.layers,
        "missing": found.missing,
        "left_out": [
            {
                "lot": each.stock.lot,
                "item": each.stock.item,
                "item_zh": each.item_zh,
                "item_en": each.item_en,
                "free": each.stock.free,
                "why": each.why,
            }
            for each in found.left_out
        ],
    }
