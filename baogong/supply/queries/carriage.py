"""Requests to carry goods: what was asked, what was answered, and what the words surely mean."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db.models import QuerySet

from baogong.catalogue import queries as catalogue
from baogong.catalogue.queries import FoundStatus, ItemIndex
from baogong.engine.sheets.goods import read_goods_name
from baogong.engine.sheets.names import NameIndex, NameResolution, ResolutionStatus
from baogong.engine.sheets.quantities import read_quantity
from baogong.kernel.errors import BaogongError
from baogong.people.queries.parties import name_index
from baogong.supply.errors import CarriageNotThere
from baogong.supply.models import CarriageLine, CarriageRequest
from baogong.supply.queries.gifts import giver_page
from baogong.supply.views import CarriageHint, CarriageLineView, CarriageView, ConsignorPage

SHOWN_MAX = 200


def carriage_request(request: UUID) -> CarriageView:
    """Raises CarriageNotThere."""
    found = _views(CarriageRequest.objects.filter(pk=request))
    if not found:
        raise CarriageNotThere("Nobody has asked for this carriage.", where=str(request))
    return found[0]


def carriage_requests(*, state: str | None = None, consignor: UUID | None = None) -> tuple[CarriageView, ...]:
    """What was asked, the newest first."""
    rows = CarriageRequest.objects.order_by("-asked_at", "-id")
    if state is not None:
        rows = rows.filter(state=state)
    if consignor is not None:
        rows = rows.filter(consignor_id=consignor)
    return _views(rows[:SHOWN_MAX])


def carriage_waiting() -> tuple[int, CarriageView | None]:
    """How many requests nobody has answered, however many; and the one that has waited longest."""
    rows = CarriageRequest.objects.filter(state=CarriageRequest.State.ASKED)
    first = _views(rows.order_by("asked_at", "number")[:1])
    return rows.count() if first else 0, first[0] if first else None


def consignor_page(party: UUID) -> ConsignorPage:
    """What this party asked to have carried or gave, each line to its signatures, its losses and its own word."""
    return ConsignorPage(party, carriage_requests(consignor=party), giver_page(party))


def carriage_hints(view: CarriageView) -> tuple[CarriageHint, ...]:
    """
    One for each line. Only an equal name is taken for certain; whoever answers decides the rest.

    A receiver that is not certain comes with those it may mean, never with a guess.
    """
    items, receivers = catalogue.item_index(), name_index(kinds=["SITE", "TEAM", "ORGANISATION"])
    return tuple(_hint(line, items, receivers) for line in view.lines)


def _hint(line: CarriageLineView, items: ItemIndex, names: NameIndex) -> CarriageHint:
    named = read_goods_name(line.goods)
    found = items.find(named.name or line.goods)
    item = found.item if found.status is FoundStatus.EXACT else None
    amount: int | None = None
    packed: int | None = None
    doubts: tuple[str, ...] = ()
    if item is not None:
        try:
            read = read_quantity(line.quantity)
            base = catalogue.to_base_units(item, read.number, read.amount.unit, read.spec or named.spec)
            amount, packed, doubts = base.amount, base.pieces_per_carton, (*read.amount.doubts, *base.doubts)
        except BaogongError as error:
            doubts = (error.message,)
    receiver = names.resolve(line.receiver_text)
    here = names.resolve(line.lies_at, kinds=["SITE"]) if line.lies_at else None
    return CarriageHint(
        no=line.no,
        item=item.id if item else None,
        amount=amount,
        pieces_per_carton=packed,
        receiver=_exact(receiver),
        receiver_name=receiver.entry.name if receiver.entry and _exact(receiver) else "",
        likely=tuple(candidate.entry.name for candidate in receiver.candidates[:5]),
        site=_exact(here) if here else None,
        doubts=doubts,
    )


def _exact(found: NameResolution) -> UUID | None:
    return UUID(found.entry.key) if found.status is ResolutionStatus.EXACT and found.entry else None


def _views(rows: QuerySet[CarriageRequest]) -> tuple[CarriageView, ...]:
    """In the order of the rows; one query, because no request is without a line."""
    found: dict[UUID, CarriageRequest] = {}
    lines: dict[UUID, list[CarriageLineView]] = defaultdict(list)
    chosen = CarriageLine.objects.filter(request__in=rows).select_related("request__consignor")
    for line in chosen.order_by("-request__asked_at", "-request", "no"):
        found[line.request_id] = line.request
        lines[line.request_id].append(
            CarriageLineView(
                line.no,
                line.goods,
                line.quantity,
                line.standard,
                line.expires_on,
                line.receiver_text,
                line.lies_at,
                line.verdict,
                line.why,
                line.carried_as,
            )
        )
    return tuple(
        CarriageView(
            id=row.id,
            number=row.number,
            consignor=row.consignor_id,
            consignor_name=row.consignor.name,
            words=row.words,
            way=row.way,
            state=row.state,
            papers_count=row.papers_count,
            document=row.document,
            asked_at=row.asked_at,
            answer=row.answer,
            answered_at=row.answered_at,
            answered_by_name=row.answered_by_name,
            answer_document=row.answer_document,
            gift=row.gift_id,
            lines=tuple(lines[row.id]),
        )
        for row in found.values()
    )
