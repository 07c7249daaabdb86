"""Movements: the story of a lot, of a holder, of a document; and the proof of each line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from baogong.api.v1.access import OFFICE, Caller, caller
from baogong.api.v1.requests import Limit, Page
from baogong.journal.queries import evidence_of
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace
from baogong.ledger import queries as book
from baogong.ledger.queries import AccountRef, MovementView
from baogong.people.queries.parties import parties

router = Router(tags=["movements"])

STORY_MAX = 1_000
READERS = (*OFFICE, Duty.KEEPER)
AfterSeq = Annotated[int, Query(ge=0, le=2**63 - 1, description="The `next` of the page before.")]


class AccountOut(Schema):
    """Who has it, and in what state."""

    holder: UUID
    holder_name: str
    state: str


class MovementOut(Schema):
    """`tense` HELD, POSTED, VOIDED, EXPIRED or EXTENDED; `amount` in base units of the lot's item."""

    id: UUID
    seq: int
    at: datetime
    day: date
    tense: str
    source: AccountOut
    target: AccountOut
    lot: UUID
    amount: int
    hold: UUID | None
    corrects: UUID | None
    actor: UUID | None
    document: UUID | None
    reason: str


class MovementPage(Page):
    items: list[MovementOut]


class EarmarkOut(Schema):
    id: UUID
    purpose: str
    until: date | None
    parties: list[UUID]
    items: list[UUID]


class LotOut(Schema):
    id: UUID
    item: UUID
    owner: UUID
    donor: UUID | None
    earmark: EarmarkOut | None
    standard: str
    expires_on: date | None
    pieces_per_carton: int | None
    label: str


class StandsOut(Schema):
    """`owner` passes to the receiver at the receiver's signature."""

    holder: UUID
    holder_name: str
    state: str
    owner: UUID
    posted: int
    held: int


class EvidenceOut(Schema):
    """What shows a handover; pictures are fetched by those who may, on the site."""

    id: UUID
    kind: str
    text: str
    by_name: str
    media_type: str
    sha256: str
    at_device: datetime | None
    at: datetime
    document: UUID | None
    movements: list[UUID]


class StoryOut(Schema):
    """Where a lot stands, and every movement of it so far (the first 1,000; `next` asks /movements for more)."""

    lot: LotOut
    stands: list[StandsOut]
    movements: list[MovementOut]
    evidence: list[EvidenceOut]
    next: str | None


@router.get("/movements", response=MovementPage, operation_id="movement_list")
def movement_list(
    request: HttpRequest,
    lot: UUID | None = None,
    holder: UUID | None = None,
    document: UUID | None = None,
    after: AfterSeq = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    """In the order they were written. A keeper sees what the own site gave or received."""
    rows = book.movements(
        lots=None if lot is None else [lot],
        holders=_holders(caller(request), holder),
        documents=None if document is None else [document],
        since_seq=after,
        limit=limit + 1,
    )
    return {"items": _named(rows[:limit]), "next": str(rows[limit - 1].seq) if len(rows) > limit else None}


@router.get("/movements/{movement}/proof", response=dict[str, Any], operation_id="movement_proof")
def movement_proof(request: HttpRequest, movement: UUID) -> dict[str, Any]:
    """What `tools/verify_proof.py` checks away from here. 409 until the day is stamped."""
    caller(request).require_somewhere(*READERS)  # what everyone may have, without a log-in: it names no place
    return book.proof(movement)


@router.get("/lots/{lot}/story", response=StoryOut, operation_id="lot_story")
def lot_story(request: HttpRequest, lot: UUID) -> dict[str, Any]:
    """Where is it, who had it, who said so."""
    caller(request).require(*OFFICE)
    rows = book.movements(lots=[lot], limit=STORY_MAX + 1)
    shown = rows[:STORY_MAX]
    stands = book.balances(lots=[lot])
    names = _names({view.holder for view in stands})
    return {
        "lot": book.lot(lot),
        "stands": [
            {
                "holder": view.holder,
                "holder_name": names.get(view.holder, ""),
                "state": view.state,
                "owner": view.owner,
                "posted": view.posted,
                "held": view.held,
            }
            for view in stands
        ],
        "movements": _named(shown),
        "evidence": evidence_of([row.id for row in shown]),
        "next": str(shown[-1].seq) if len(rows) > STORY_MAX else None,
    }


def _holders(who: Caller, wanted: UUID | None) -> list[UUID] | None:
    """Those whose movements the caller may see, of those asked for; None: anybody's."""
    seen = who.sites(*READERS)
    if seen is not None and wanted is not None and wanted not in seen:
        raise NotYourPlace(
            "This holder is not yours to see.",
            where="query.holder",
            found=str(wanted),
            expected=sorted(map(str, seen)),
            cure="Ask for your own site.",
        )
    if wanted is not None:
        return [wanted]
    return None if seen is None else sorted(seen)


def _named(rows: Iterable[MovementView]) -> list[dict[str, Any]]:
    found = list(rows)
    names = _names({row.source.holder for row in found} | {row.target.holder for row in found})

    def account(ref: AccountRef) -> dict[str, Any]:
        return {"holder": ref.holder, "holder_name": names.get(ref.holder, ""), "state": ref.state}

    return [
        {name: getattr(row, name) for name in MovementOut.model_fields}
        | {"source": account(row.source), "target": account(row.target)}
        for row in found
    ]


def _names(ids: set[UUID]) -> dict[UUID, str]:
    return {party.id: party.name for party in parties(ids=ids)}
