"""`baogong share …`: who gets how much of what is scarce, with a reason for each; and promises made by decision."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from baogong.kernel.errors import UnusableInput
from baogong.ops import plans as common
from baogong.ops.tables import plain, rows, sheet, table
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import RECEIVERS, item, moment_if, named, only, pairs, party, sure_id, whole

share = typer.Typer(help="Shares: who gets what of what is scarce, and why.", no_args_is_help=True)

KIND = "SHARE"
FACTS = sheet(
    "plan.state plan.made_by_name plan.made_at plan.approved_at document_number worst_ratio plan.id",
    rules="name worst mean gini unserved",
    met="receiver_name item_zh asked got ratio pro_rata first_come",
    shares="site_name receiver_name item_zh amount",
    left_out="receiver_name item_zh item_en why",
    not_named="receiver_name item_zh item_en amount",
)
ALLOTTED = sheet("receiver_name item_zh amount at_site_name committed met released reason due_at is_undone id")


def _shown(console: Console, document: Any) -> None:
    FACTS(console, document)
    twice = [
        {"asks": line["receiver_name"], **other} for line in document["met"] for other in line.get("maybe_twice", ())
    ]
    if twice:
        table(console, twice, "asks receiver_name item_zh amount is_part is_here grounds", title="maybe asked twice")
    if document["met"]:  # a sentence each: beside the figures they would stand in slivers
        table(console, document["met"], "receiver_name item_zh reason_en", title="reasons")


def register(app: typer.Typer) -> None:
    app.add_typer(share, name="share")


@reads(share, "list", rows(common.LISTED), example="baogong share list --state PROPOSED")
def list_(look: Look, state: Annotated[str | None, typer.Option(help="PROPOSED, APPROVED or UNDONE.")] = None) -> Any:
    """The newest first."""
    from baogong.planning.queries import plans

    return plans(KIND, state.upper() if state else None)


@reads(share, "show", _shown, example="baogong share show")
def show(look: Look, plan: common.Newest = None) -> Any:
    """Who gets what, with the reason; the same stock under leximin, pro rata and first come; who took no part."""
    return _share(common.of_kind(KIND, plan))


@reads(
    share,
    "compare",
    sheet(
        "same_snapshot same_result total_a total_b a.id b.id", lines="source_name target_name item_zh amount_a amount_b"
    ),
    example="baogong share compare ID ID",
)
def compare(look: Look, a: Annotated[str, typer.Argument()], b: Annotated[str, typer.Argument()]) -> Any:
    """Two shares beside each other: the rule, and what they promise differently, the largest difference first."""
    from baogong.ledger.queries import lots
    from baogong.planning import queries

    found = queries.compare(common.of_kind(KIND, a), common.of_kind(KIND, b))
    items = {lot.id: lot.item for lot in lots({line.lot for line in found.lines})}
    lines = [
        {
            "source": str(line.source.holder),
            "target": str(line.target.holder),
            "lot": str(line.lot),
            "item": str(items[line.lot]),
            "amount_a": line.amount_a,
            "amount_b": line.amount_b,
        }
        for line in found.lines
    ]
    return {**plain(found), "lines": named(lines, source="party", target="party", item="item")}


@reads(
    share,
    "rerun",
    sheet("is_same is_intact engine_then engine_now stored_hash found_hash"),
    example="baogong share rerun",
)
def rerun(look: Look, plan: common.Newest = None) -> Any:
    """Solve a share again from its stored snapshot, rule and seed: the same result, byte for byte."""
    from baogong.planning import queries

    return queries.rerun(common.of_kind(KIND, plan))


@writes(share, "plan", _shown, example="baogong share plan --item n95-mask --only-verified --as lin")
def plan(
    desk: Desk,
    site: Annotated[list[str] | None, typer.Option(help="Only stock of this site.")] = None,
    goods: Annotated[list[str] | None, typer.Option("--item", help="Only this item.")] = None,
    include_stale: Annotated[bool, typer.Option("--include-stale", help="Needs older than 48 hours too.")] = False,
    only_verified: Annotated[
        bool, typer.Option("--only-verified", help="Only needs somebody rang back about.")
    ] = False,
    floor: Annotated[list[str] | None, typer.Option(metavar="NEED=AMOUNT", help="At least, for a need's id.")] = None,
    cap: Annotated[list[str] | None, typer.Option(metavar="NEED=AMOUNT", help="At most, for a need's id.")] = None,
    weight: Annotated[list[str] | None, typer.Option(metavar="URGENCY=WEIGHT", help="Of urgency 1 to 4.")] = None,
    memory: Annotated[float, typer.Option(min=0, max=1, help="How much earlier shares count.")] = 1.0,
    open_cartons: Annotated[bool, typer.Option("--open-cartons", help="Single units, not whole cartons.")] = False,
    arrives: Annotated[str | None, typer.Option(metavar="DAY", help="Nothing that expires before it arrives.")] = None,
) -> Any:
    """Divide what is free among fresh countable needs. Nothing is promised until another person approves."""
    from baogong.needs.queries import open_needs
    from baogong.planning.services import make_plan

    def made() -> UUID:
        params: dict[str, Any] = {
            "sites": sorted(str(party(each)) for each in site or ()),
            "items": sorted(str(item(each)) for each in goods or ()),
            "include_stale": sorted(str(each.id) for each in open_needs() if each.is_stale(desk.now))
            if include_stale
            else [],
            "only_verified": only_verified,
            "floors": {name: whole(amount, "--floor", 1) for name, amount in pairs(floor or (), "--floor")},
            "caps": {name: whole(amount, "--cap", 1) for name, amount in pairs(cap or (), "--cap")},
            "arrives_on": arrives,
        }
        rule = {
            "version": "leximin-1",
            "whole_cartons": not open_cartons,
            "memory": memory,
            "weights": {level: _weight(text) for level, text in pairs(weight or (), "--weight")},
        }
        return make_plan(
            kind=KIND, params={name: value for name, value in params.items() if value}, rule=rule, **desk.signed
        )

    return _share(desk.once_made(made))


@writes(share, "approve", _shown, example="baogong share approve --as mei")
def approve(desk: Desk, plan: common.Which = None, alone: common.Alone = False) -> Any:
    """Place all promises of a share, or none. Who made it leaves that to another person."""
    return _share(common.approve(desk, KIND, plan, alone=alone))


@writes(share, "undo", _shown, example="baogong share undo --as mei")
def undo(desk: Desk, plan: common.Which = None) -> Any:
    """Take a share's promises back, until the first hand moves."""
    return _share(common.undo(desk, KIND, plan))


@writes(
    share,
    "allot",
    ALLOTTED,
    example="baogong share allot 雷神山医院工地 thermometer 35 --from 仙桃中转仓 --reason 指挥部决定 --as lin",
)
def allot(
    desk: Desk,
    receiver: Annotated[str, typer.Argument(help="For whom.")],
    goods: Annotated[
        str, typer.Argument(metavar="ITEM-OR-LOT", help="An item of which one lot is free there, or a lot's id.")
    ],
    amount: Annotated[int, typer.Argument(min=1, help="Base units.")],
    site: Annotated[str, typer.Option("--from", help="Where it stands.")],
    reason: Annotated[str, typer.Option(help="Why; it stands on the document.")],
    need: Annotated[str | None, typer.Option(metavar="ID", help="The need it answers.")] = None,
    due: Annotated[str | None, typer.Option(metavar="WHEN", help="Due there by then.")] = None,
    urgency: Annotated[int, typer.Option(min=1, max=4)] = 3,
) -> Any:
    """Promise goods by decision, or by their earmark: one lot at one place to one receiver."""
    from baogong.needs import services

    def allotted() -> UUID:
        where = party(site)
        promise = services.Promise(
            receiver=party(receiver, *RECEIVERS),
            lot=_lot(goods, where),
            site=where,
            amount=amount,
            need=UUID(need) if need else None,
            due_at=moment_if(due, desk.now, "--due"),
            urgency=urgency,
        )
        return services.allot(promise=promise, reason=reason, **desk.signed)

    return _allotment(desk.once_made(allotted))


@writes(share, "unallot", ALLOTTED, example="baogong share unallot ID --why 'two wards merged' --as lin")
def unallot(
    desk: Desk,
    allotment: Annotated[str, typer.Argument(help="The promise's id, as `need show` lists it.")],
    why: Annotated[str, typer.Option(help="Why.")],
) -> Any:
    """Take one promise back, until the first hand moves."""
    from baogong.needs import services

    found = sure_id(allotment, "allotment")
    desk.once(lambda: services.undo_allotment(allotment=found, why=why, **desk.signed))
    return _allotment(found)


def _share(found: UUID) -> dict[str, Any]:
    from baogong.journal.queries import document
    from baogong.planning import queries

    view = queries.plan(found)
    result = view.result
    met = [{**line, "need": line["requester"], "asked": line["need"]} for line in result["met"]]
    return {
        "plan": common.head_of(found),
        "document_number": document(view.document).number if view.document else None,
        "worst_ratio": result["worst_ratio"],
        "rules": result["rules"],
        "shares": named(result["shares"], site="party", receiver="party", item="item"),
        "met": met,
        "left": result["left"],
        "left_out": result["left_out"],
        "not_named": result.get("not_named", []),
        "holds": [str(line.hold) for line in view.lines if line.hold is not None],
    }


def _allotment(found: UUID) -> dict[str, Any]:
    from baogong.needs.queries import allotment

    (row,) = named([allotment(found)], receiver="party", at_site="party", item="item")
    return row


def _lot(text: str, site: UUID) -> UUID:
    from baogong.supply.queries import relief_stock

    try:
        return UUID(text)
    except ValueError:
        free = relief_stock(sites=[site], items=[item(text)])
        return only({f"lot {row.lot}, {row.free} free": row.lot for row in free}, "free lot", text)


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight <= 100:
        raise UnusableInput(f"“{text}” is no weight.", where="--weight", found=text, expected="above 0, at most 100")
    return weight
