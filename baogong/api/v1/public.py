"""The public account: what anyone may read without a log-in. Persons and vehicles are never named."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from baogong.api.v1.access import pace_of_the_public
from baogong.api.v1.fields import Chosen, Day
from baogong.api.v1.movements import AfterSeq
from baogong.api.v1.requests import After, Limit, Page, page_of
from baogong.catalogue.queries import items
from baogong.journal.clock import current_clock
from baogong.kernel.errors import UnusableInput
from baogong.ledger import queries as book
from baogong.needs import queries as needs
from baogong.needs.views import NeedState, PublicChoice
from baogong.supply import queries as supply
from baogong.tower import queries as tower
from baogong.tower.queries import AccountAsked

router = Router(tags=["public"], auth=None)


class PublicMovementOut(Schema):
    """
    `source`, `target` and `donor` are empty for a natural person or a vehicle.

    kind    what happened: given, carried, ordered, paid, bought, frozen, lifted, shared, taken_back, packed,
            re_earmarked, shipped, arrived, signed, lost, returned, corrected
    amount  base units; fen where it is money
    share   of a promise: the approved share it belongs to
    rule    of a promise: the version of that share's rule
    """

    id: UUID
    seq: int
    at: datetime
    kind: str
    reason: str
    item: str
    amount: int
    is_money: bool
    donor: str
    source: str
    target: str
    purpose: str
    share: UUID | None
    rule: str


class PublicShareRowOut(Schema):
    """`hold` is the first of its promises, whose proof may be asked for."""

    receiver: str
    item: str
    asked: int
    got: int
    ratio: float
    pro_rata: int
    first_come: int
    signed: int
    reason_zh: str
    reason_en: str
    hold: UUID | None


class PublicShareOut(Schema):
    """`not_named`: open needs that are not in it, where it was made for needs that somebody named."""

    id: UUID
    approved_at: datetime
    undone_at: datetime | None
    rule: dict[str, Any]
    weights: dict[str, float]
    rules: dict[str, dict[str, Any]]
    not_named: int
    engine_version: str
    snapshot_hash: str
    result_hash: str
    rows: list[PublicShareRowOut]


class PublicNoteOut(Schema):
    """A receiver's thank-you note."""

    id: UUID
    at: datetime
    receiver: str
    text: str


class PublicNoteListOut(Schema):
    items: list[PublicNoteOut]


class PublicMovementPage(Page):
    items: list[PublicMovementOut]


class PublicNeedOut(Schema):
    id: UUID
    receiver_name: str
    city: str
    item_zh: str
    item_en: str
    unit: str
    quantity: int | None
    standards: list[str]
    urgency: int
    state: NeedState
    open: int | None
    promised: int
    signed: int
    asked_at: datetime
    fresh_at: datetime
    due_at: datetime | None
    verified_at: datetime
    verified_how: str
    is_stale: bool
    is_met: bool


class PublicNeedPage(Page):
    items: list[PublicNeedOut]


class DecisionOut(Schema):
    at: datetime
    decided_by: str
    basis: str
    reason: str
    amount: int
    lifted: int


class WentToOut(Schema):
    receiver: str
    amount: int
    share_permille: int


class DelistedOut(Schema):
    """Who took an item off sale, why, and where it went."""

    item: UUID
    decisions: list[DecisionOut]
    set_aside: int
    handed_over: int
    on_the_way: int
    still_here: int
    written_off: int
    to: list[WentToOut]


class DelistedListOut(Schema):
    items: list[DelistedOut]


class StampOut(Schema):
    """The Merkle root of a stretch of movements; each names the one before it."""

    number: int
    day: date
    first_seq: int
    last_seq: int
    count: int
    root: str
    previous_root: str


class StampListOut(Schema):
    items: list[StampOut]


@router.get("/movements", response=PublicMovementPage, operation_id="public_movement_list")
def public_movement_list(
    request: HttpRequest,
    day: Day | None = None,
    last_day: Day | None = None,
    kind: Chosen | None = None,
    item: UUID | None = None,
    giver: UUID | None = None,
    receiver: UUID | None = None,
    after: AfterSeq = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    """
    The public account in the order it was written; from `day` to `last_day` (the house's own days), or all of it.

    A page may be shorter than `limit`: what is the house's own business is read over. `next` still leads on.
    """
    pace_of_the_public(request)
    if kind is not None and kind not in tower.KINDS:
        raise UnusableInput(
            f"“{kind}” is nothing the account tells of.", where="kind", found=kind, expected=list(tower.KINDS)
        )
    found = tower.account(
        AccountAsked(
            window=tower.window_of(day, last_day or day) if day is not None else None,
            kinds=frozenset(() if kind is None else (kind,)),
            item=item,
            giver=giver,
            receiver=receiver,
            after=after,
        ),
        limit=limit,
    )
    goods = {each.id: each.code for each in items()}
    return {
        "items": [
            {
                "id": line.id,
                "seq": line.seq,
                "at": line.at,
                "kind": line.kind,
                "reason": line.reason,
                "item": goods.get(line.item, ""),
                "amount": line.amount,
                "is_money": line.is_money,
                "donor": line.donor.zh,
                "source": line.source.zh,
                "target": line.target.zh,
                "purpose": line.purpose,
                "share": line.plan,
                "rule": str((line.rule or {}).get("version", "")),
            }
            for line in found.lines
        ],
        "next": None if found.next_seq is None else str(found.next_seq),
    }


@router.get("/shares/{plan}", response=PublicShareOut, operation_id="public_share")
def public_share(request: HttpRequest, plan: UUID) -> dict[str, Any]:
    """An approved share: the rule, the other rules beside it, each receiver's reason. 404 for a proposal."""
    pace_of_the_public(request)
    found = tower.public_share(plan)
    goods = {each.id: each.code for each in items()}
    told = {name: getattr(found, name) for name in PublicShareOut.model_fields if name != "rows"}
    rows = [
        {
            **{name: getattr(row, name) for name in PublicShareRowOut.model_fields if name not in ("receiver", "item")},
            "receiver": row.receiver.zh,
            "item": goods.get(row.item, ""),
        }
        for row in found.rows
    ]
    return {**told, "rows": rows}


@router.get("/notes", response=PublicNoteListOut, operation_id="public_note_list")
def public_note_list(request: HttpRequest) -> dict[str, Any]:
    """The newest thank-you notes of organisations."""
    pace_of_the_public(request)
    return {
        "items": [
            {"id": note.id, "at": note.at, "receiver": note.receiver_name, "text": note.text}
            for note in supply.public_notes()
        ]
    }


@router.get("/movements/{movement}/proof", response=dict[str, Any], operation_id="public_proof")
def public_proof(request: HttpRequest, movement: UUID) -> dict[str, Any]:
    """What `tools/verify_proof.py` checks away from here. 409 until the day is stamped."""
    pace_of_the_public(request)
    return book.proof(movement)


@router.get("/stamps", response=StampListOut, operation_id="public_stamp_list")
def public_stamp_list(request: HttpRequest) -> dict[str, Any]:
    """Every published root, in the order of their chain: whoever keeps a copy can tell a changed book."""
    pace_of_the_public(request)
    return {"items": [stamp.as_dict() for stamp in book.stamps()]}


@router.get("/needs", response=PublicNeedPage, operation_id="public_need_list")
def public_need_list(
    request: HttpRequest,
    city: Chosen = "",
    item: UUID | None = None,
    urgency: Annotated[int, Query(ge=1, le=4)] | None = None,
    freshness: Literal["", "FRESH", "STALE"] = "",
    progress: Literal["", "OPEN", "MET"] = "",
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Verified needs, without contacts, notes or sources; met ones too, the moment their last signature is posted."""
    pace_of_the_public(request)
    choice = PublicChoice(city, item, urgency, freshness, progress)
    return page_of(needs.public_needs(current_clock().now(), choice), after=after, limit=limit)


@router.get("/delisted", response=DelistedListOut, operation_id="public_delisted_list")
def public_delisted_list(request: HttpRequest) -> dict[str, Any]:
    """“Why can't I buy it?”, for each item that is off sale."""
    pace_of_the_public(request)
    off_sale = {entry.item for entry in supply.delisted_items(current_clock().now())}
    return {"items": supply.where_they_went(sorted(off_sale))}
