"""Gifts and consignments, followed from the giver's offer to the receiver's signature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from baogong.journal.queries import DocumentView, documents_by_id
from baogong.ledger.states import State
from baogong.supply.errors import GiftNotThere
from baogong.supply.models import Gift, GiftCorrection, GiftLine
from baogong.supply.queries.following import LotPath, cartons, follow_lots
from baogong.supply.queries.thanks import notes_by_gift
from baogong.supply.views import (
    ConsentView,
    CorrectionView,
    GiftLineView,
    GiftPath,
    GiftView,
    LinePath,
    LossView,
    PathStep,
)

CORRECTED = ("before", "after", "counted", "words", "source", "document", "at", "by_name")
GONE = (State.LOST, State.SPOILED)


def gift(key: UUID | str) -> GiftView:
    """By id, or by number ("GF-0001"). Raises GiftNotThere."""
    found = _gifts(Gift.objects.filter(Q(pk=key) if isinstance(key, UUID) else Q(number=key)))
    if not found:
        raise GiftNotThere("There is no such gift.", where=str(key))
    return found[0]


def gifts(*, terms: str | None = None, state: str | None = None, giver: UUID | None = None) -> tuple[GiftView, ...]:
    """Gifts, partners' goods and consignments, the newest first; `giver` is donor or owner."""
    rows = Gift.objects.order_by("-offered_at", "-id")
    if terms is not None:
        rows = rows.filter(terms=terms)
    if state is not None:
        rows = rows.filter(state=state)
    if giver is not None:
        rows = rows.filter(Q(donor_id=giver) | Q(owner_id=giver))
    return _gifts(rows[:200])


def gift_path(key: UUID | str) -> GiftPath:
    """One gift, by id or number, followed through the book. Raises GiftNotThere."""
    return _paths([gift(key)])[0]


def giver_page(party: UUID) -> tuple[GiftPath, ...]:
    """Everything one giver or consignor gave, each line to its signatures; the newest first."""
    return _paths(gifts(giver=party))


def _gifts(rows: QuerySet[Gift]) -> tuple[GiftView, ...]:
    """In the order of the rows; one query, because no gift is without a line."""
    found: dict[UUID, Gift] = {}
    lines: dict[UUID, list[GiftLineView]] = defaultdict(list)
    corrections = GiftCorrection.objects.filter(line=OuterRef("pk")).order_by("at", "id")
    rows_of = (
        GiftLine.objects.filter(gift__in=rows)
        .select_related("gift__donor", "item", "receiver")
        .annotate(told=ArraySubquery(corrections.values(told=JSONObject(**{name: name for name in CORRECTED}))))
        .order_by("-gift__offered_at", "-gift", "no")
    )
    for line in rows_of:
        found[line.gift_id] = line.gift
        lines[line.gift_id].append(_line(line, line.told))
    return tuple(
        GiftView(
            id=row.id,
            number=row.number,
            terms=row.terms,
            state=row.state,
            donor=row.donor_id,
            donor_name=row.donor.name,
            owner=row.owner_id,
            papers=row.papers,
            note=row.note,
            document=row.document,
            offered_at=row.offered_at,
            accepted_at=row.accepted_at,
            received_at=row.received_at,
            lines=tuple(lines[row.id]),
        )
        for row in found.values()
    )


def _line(line: GiftLine, told: Sequence[dict[str, Any]]) -> GiftLineView:
    corrections = tuple(
        CorrectionView(
            one["before"],
            one["after"],
            one["counted"],
            one["words"],
            one["source"],
            UUID(one["document"]),
            datetime.fromisoformat(one["at"]),
            one["by_name"],
        )
        for one in told
    )
    return GiftLineView(
        id=line.id,
        no=line.no,
        item=line.item_id,
        item_zh=line.item.name_zh,
        item_en=line.item.name_en,
        unit=line.item.unit,
        offered=corrections[-1].after if corrections else line.offered,
        first_offered=line.offered,
        verdict=line.verdict,
        why=line.why,
        standard=line.standard,
        expires_on=line.expires_on,
        pieces_per_carton=line.pieces_per_carton,
        receiver=line.receiver_id,
        receiver_name=line.receiver.name if line.receiver else "",
        purpose=line.purpose,
        site=line.site_id,
        lot=line.lot,
        earmark=line.earmark,
        arrived=line.arrived,
        damaged=line.damaged,
        is_complete=line.is_complete,
        source=line.source,
        consent_text=line.consent_text,
        consent_at=line.consent_at,
        consent_document=line.consent_document,
        set_aside=line.set_aside,
        failed_lot=line.failed_lot,
        corrections=corrections,
    )


def _paths(views: Iterable[GiftView]) -> tuple[GiftPath, ...]:
    """Every gift's lots are its own, so a lot's path is the line's."""
    found = tuple(views)
    lines = [line for view in found for line in view.lines]
    paths = follow_lots(
        {lot: line.pieces_per_carton for line in lines for lot in (line.lot, line.failed_lot) if lot is not None}
    )
    by_line = {line.id: _followed(line, paths) for line in lines}
    notes = notes_by_gift(
        {view.id: {party for line in view.lines for party in by_line[line.id].signers} for view in found}
    )
    papers = _papers(lines, by_line.values())
    return tuple(
        GiftPath(view, tuple(_line_path(line, by_line[line.id], papers) for line in view.lines), notes.get(view.id, ()))
        for view in found
    )


def _followed(line: GiftLineView, paths: Mapping[UUID, LotPath]) -> LotPath:
    """A line that failed its standard after it had come in has two lots: before, and as community goods."""
    path = paths[line.lot] if line.lot else LotPath()
    return paths[line.failed_lot].with_what_became_of_it(path) if line.failed_lot else path


def _papers(lines: Iterable[GiftLineView], paths: Iterable[LotPath]) -> dict[UUID, DocumentView]:
    """Reports of what is gone, and what owners agreed to."""
    wanted = {
        step.document
        for path in paths
        for step in path.steps
        if step.target_state in GONE and step.document is not None
    }
    wanted |= {line.consent_document for line in lines if line.consent_document is not None}
    return {paper.id: paper for paper in documents_by_id(wanted)}


def _line_path(line: GiftLineView, path: LotPath, papers: Mapping[UUID, DocumentView]) -> LinePath:
    agreed = papers.get(line.consent_document) if line.consent_document else None
    return LinePath(
        line=line,
        standings=path.standings,
        signed_for=path.signed_for,
        signed_cartons=cartons(path.signed_for, line.pieces_per_carton),
        lost=path.lost,
        on_the_way=path.on_the_way,
        steps=path.steps,
        returned=path.returned,
        losses=tuple(
            _loss(step, papers.get(step.document) if step.document else None, line)
            for step in path.steps
            if step.target_state in GONE
        ),
        consent=_consent(agreed) if agreed else None,
    )


def _consent(paper: DocumentView) -> ConsentView:
    names = tuple(signature.name for signature in paper.signatures)
    return ConsentView(paper.number, paper.state, names, paper.ended_why)


def _loss(step: PathStep, paper: DocumentView | None, line: GiftLineView) -> LossView:
    """A report from the road names lots, a goods received note the lines of its gift."""
    body = paper.body if paper else {}
    lots = {str(lot) for lot in (line.lot, line.failed_lot) if lot}
    own = [each for each in body.get("lines", ()) if each.get("lot") in lots or each.get("no") == line.no]
    words = next((each["note"] for each in own if each.get("note")), body.get("words", ""))
    return LossView(
        step.at, step.amount, step.target_state, paper.number if paper else "", body.get("where", ""), words
    )
