"""Packing runs as pages read them, and what packs are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from fractions import Fraction
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum

from baogong.catalogue import queries as catalogue
from baogong.kernel.errors import NotFound
from baogong.ledger import queries as book
from baogong.people.queries.parties import party_names
from baogong.supply.models import (
    DeliveryLine,
    KitLine,
    PackingLayer,
    PackingPart,
    PackingRun,
    PackingTally,
    PackingWaste,
)
from baogong.supply.pack_views import LayerView, Origin, PartView, RunHead, RunView, ShortView, TallyView, WasteView

RUNS_MAX = 200
_PARTS = Prefetch("parts", PackingPart.objects.select_related("item").order_by("id"))
TALLIES_MAX = 2_000


class RunNotThere(NotFound):
    code = "supply.run-not-there"


def packing_runs(
    *, site: UUID | None = None, states: Collection[str] | None = None, limit: int = RUNS_MAX
) -> tuple[RunHead, ...]:
    """The newest first; a constant number of queries."""
    rows = PackingRun.objects.order_by("-opened_at", "-id")
    if site is not None:
        rows = rows.filter(site_id=site)
    if states is not None:
        rows = rows.filter(state__in=states)
    return _heads(rows[:limit])


def packing_run(run_id: UUID, *, with_counts: bool = True) -> RunView:
    """
    with_counts   its tallies and wastes too

    Raises RunNotThere.
    """
    heads = _heads(PackingRun.objects.filter(pk=run_id))
    if not heads:
        raise RunNotThere("There is no such packing run.", where=str(run_id), cure="Choose one from the list of runs.")
    (head,) = heads
    layers = list(PackingLayer.objects.filter(run_id=run_id).order_by("no").prefetch_related(_PARTS))
    parts = [part for layer in layers for part in layer.parts.all()]
    lots = {view.id: view for view in book.lots({part.lot for part in parts})}
    donors = {view.donor for view in lots.values() if view.donor is not None}
    names = party_names(donors) if donors else {}
    bought_from = dict(
        DeliveryLine.objects.filter(lot__in=list(lots)).values_list("lot", "line__purchase__supplier__name")
    )
    return RunView(
        head=head,
        layers=tuple(
            LayerView(
                no=layer.no,
                lot=layer.lot,
                packs=layer.packs,
                made=layer.made,
                parts=tuple(
                    PartView(
                        lot=part.lot,
                        label=lots[part.lot].label,
                        item=part.item_id,
                        item_zh=part.item.name_zh,
                        item_en=part.item.name_en,
                        unit=part.item.unit,
                        donor=(donor := lots[part.lot].donor),
                        donor_name=names[donor][0] if donor else "",
                        supplier_name=bought_from.get(part.lot, ""),
                        amount_each=part.amount_each,
                        is_substitute=part.is_substitute,
                        used=layer.made * part.amount_each,
                        set_aside=(layer.packs - layer.made) * part.amount_each,
                    )
                    for part in layer.parts.all()
                ),
            )
            for layer in layers
        ),
        tallies=tuple(
            TallyView(
                tally.id, tally.packs, tally.first_no, tally.last_no, tally.at, tally.by_name,
                tally.undone_at is not None, tally.undone_why,
            )
            for tally in PackingTally.objects.filter(run_id=run_id).order_by("first_no")[:TALLIES_MAX]
        )
        if with_counts
        else (),
        wastes=_wastes(PackingWaste.objects.filter(run_id=run_id, undone_at=None)) if with_counts else (),
    )  # fmt: skip


def _wastes(rows: Iterable[PackingWaste]) -> tuple[WasteView, ...]:
    found = rows.select_related("item").order_by("at", "id")  # type: ignore[attr-defined]
    return tuple(
        WasteView(
            row.item_id, row.item.name_zh, row.item.name_en, row.item.unit, row.cause, row.amount, row.document, row.at
        )
        for row in found
    )


def _heads(rows: QuerySet[PackingRun]) -> tuple[RunHead, ...]:
    found = list(
        rows.select_related("kit", "site__party").annotate(made_sum=Sum("layers__made"), packs_sum=Sum("layers__packs"))
    )
    short_kits = {run.kit_id for run in found if run.missing}
    lines = KitLine.objects.filter(kit__in=short_kits).select_related("item") if short_kits else ()
    items = {line.item_id: line.item for line in lines}
    return tuple(
        RunHead(
            id=run.id,
            number=run.number,
            kit=run.kit_id,
            kit_zh=run.kit.name_zh,
            kit_en=run.kit.name_en,
            kit_version=run.kit.version,
            item=run.kit.item_id,
            nominal_g=run.kit.nominal_g,
            packaging_g=run.kit.packaging_g,
            site=run.site_id,
            site_name=run.site.party.name,
            line_name=run.line_name,
            state=run.state,
            wanted=run.wanted,
            planned=run.planned,
            made=run.made_sum,
            left=run.packs_sum - run.made_sum,
            missing=tuple(
                ShortView(
                    (item := items[UUID(short["item"])]).id, item.name_zh, item.name_en, item.unit, short["amount"]
                )
                for short in run.missing
            ),
            document=run.document,
            opened_at=run.opened_at,
            due_at=run.due_at,
            ended_at=run.ended_at,
            ended_why=run.ended_why,
        )
        for run in found
    )


def money_in_run(run: RunView) -> tuple[tuple[str, str, int], ...]:
    """(who gave the money, the fund, fen rounded down) of all packs the run has made so far; the most first."""
    made = {layer.lot: layer.made for layer in run.layers if layer.made}
    shares = _shares(list(made)) if made else {}
    funds = {view.id: view for view in book.lots({source for _, source in shares}) if view.item == catalogue.MONEY}
    names = party_names({view.donor or view.owner for view in funds.values()}) if funds else {}
    sums: dict[UUID, Fraction] = defaultdict(Fraction)
    for (lot, source), share in shares.items():
        if source in funds:
            sums[source] += share * made[lot]
    told = (
        (names[(fund := funds[source]).donor or fund.owner][0], fund.label, int(fen)) for source, fen in sums.items()
    )
    return tuple(sorted(told, key=lambda row: (-row[2], row)))


def pack_origins(lots: Collection[UUID]) -> tuple[Origin, ...]:
    """
    What these lots are made from, down to what came in from outside: whose it was, who gave it, which fund paid.

    Ordered by lot and source. A lot that was made from nothing here is its own only origin.
    """
    shares = _shares(lots)
    views = {view.id: view for view in book.lots({source for _, source in shares})}
    parties = {party for view in views.values() for party in (view.owner, view.donor) if party is not None}
    names = party_names(parties)
    items = {view.id: view for view in catalogue.items()}
    return tuple(
        Origin(
            lot=lot,
            source=source,
            item=(view := views[source]).item,
            item_zh=(item := items[view.item]).name_zh,
            item_en=item.name_en,
            unit=item.unit,
            owner=view.owner,
            owner_name=names[view.owner][0],
            donor=view.donor,
            donor_name=names[view.donor][0] if view.donor else "",
            label=view.label,
            amount=share.numerator,
            per=share.denominator,
            is_money=item.unit == "FEN",
        )
        for (lot, source), share in sorted(shares.items())
    )


def _shares(lots: Collection[UUID]) -> dict[tuple[UUID, UUID], Fraction]:
    """(lot, what came in from outside) → base units of it in each unit of the lot."""
    edges = defaultdict(list)
    for edge in book.sources_of(lots):
        edges[edge.child].append(edge)
    shares: dict[tuple[UUID, UUID], Fraction] = defaultdict(Fraction)
    for lot in lots:
        waiting = [(lot, Fraction(1))]
        while waiting:
            child, share = waiting.pop()
            if child not in edges:
                shares[lot, child] += share
            for edge in edges.get(child, ()):
                waiting.append((edge.parent, share * Fraction(edge.parent_amount, edge.child_amount)))
    return shares
