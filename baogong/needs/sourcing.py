"""
The plan kind SOURCING: open needs against suppliers' offers and one buyer's money.

    snapshot   what is open and not on order, what is offered, what is free in the buyer's funds
    solve      baogong.engine.sourcing, pure
    to_lines   none: a purchase promises money, which the funds divide themselves
    on_applied one purchase for each supplier, at the prices offered
    on_undone  those purchases called off, while nothing of them was paid or came

Goods that are bought come into stock and are shared like all others; a line bought for one receiver says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from baogong.engine import sourcing as engine
from baogong.journal.clock import house_day
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger.queries import HoldView
from baogong.needs.errors import NothingToBuy, PurchaseHasMoved
from baogong.needs.queries.board import needs_by_id, open_needs
from baogong.needs.services.allotments import family_of, is_standard_accepted
from baogong.needs.share import WHY_OUT, is_usable, why_left_out
from baogong.needs.share_problem import WEIGHTS
from baogong.needs.views import NeedView
from baogong.people.queries.merges import houses
from baogong.planning import kinds as planning
from baogong.planning.kinds import Changed, PlanKind, PlannedLine
from baogong.planning.queries import PlanView
from baogong.supply import queries as supply
from baogong.supply import services as supply_
from baogong.supply.queries import OfferView, PurchaseHead
from baogong.supply.services import FromOffer

KIND = "SOURCING"
ENGINE_VERSION = "sourcing-2"
PARAMS = {"buyer", "needs", "items", "include_stale", "offers", "funds"}


def snapshot(params: dict[str, Any], now: datetime) -> dict[str, Any]:
    """
    Open needs that no goods are meant for yet, offers that stand, and the buyer's free money.

    params
        buyer                  whose funds pay
        needs, items           optional: only these (ids)
        offers, funds          optional: only these (ids)
        include_stale          optional: needs a person says still hold although older than 48 hours

    Raises UnusableInput, NothingToBuy.
    """
    unknown = sorted(set(params) - PARAMS)
    if unknown or "buyer" not in params:
        raise UnusableInput(
            "A plan to buy names its buyer, and may name needs, items, offers and funds.",
            where="params",
            found=sorted(params),
            expected=sorted(PARAMS),
        )
    buyer = UUID(params["buyer"])
    wants = _wants(params, now)
    items = {UUID(want["item"]) for want in wants}
    offers = [
        view
        for view in supply.open_offers(now, items=items)
        if view.cartons_left and ("offers" not in params or str(view.id) in params["offers"])
    ]
    money = [
        view
        for view in supply.funds(trustee=buyer)
        if view.unspent_fen > 0
        and (view.until is None or view.until >= house_day(now))
        and ("funds" not in params or str(view.id) in params["funds"])
    ]
    merged = houses()  # money for any name of a house serves the house
    if not wants or not offers or not money:
        raise NothingToBuy(
            f"{len(wants)} countable open needs, {len(offers)} offers for them, {len(money)} funds with money: "
            "nothing can be bought.",
            found=f"{len(wants)} needs, {len(offers)} offers, {len(money)} funds",
            expected="at least one of each",
            cure="Set amounts for needs, note what suppliers offer, or register money for this buyer.",
        )
    return {
        "buyer": str(buyer),
        "ordered_at": now.isoformat(),
        "wants": wants,
        "offers": [_offer(view) for view in sorted(offers, key=lambda view: (view.offered_at, view.id))],
        "money": [
            {
                "fund": str(view.id),
                "name": view.name,
                "free_fen": view.unspent_fen,
                "receivers": sorted(map(str, merged.family([one.id for one in view.receivers]))),
                "items": [str(one.id) for one in view.items],
                "until": view.until.isoformat() if view.until else None,
            }
            for view in money
        ],
    }


def solve(taken: Mapping[str, Any], rule: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """
    The cheapest of the baskets that serve most, with a reason for every offer left and every need still open.

    rule   version, weights by urgency
    seed   not used: the division has no chance in it
    """
    problem = _problem(taken, {**WEIGHTS, **rule.get("weights", {})})
    basket = engine.solve(problem)
    faults = engine.faults_of(problem, basket)
    assert not faults, faults
    offers = {row["offer"]: row for row in taken["offers"]}
    wants = {row["need"]: row for row in taken["wants"]}
    return {
        "buys": [
            {
                "offer": buy.offer,
                "supplier": offers[buy.offer]["supplier"],
                "need": buy.want,
                "receiver": wants[buy.want]["receiver"],
                "item": wants[buy.want]["item"],
                "cartons": buy.cartons,
                "amount": buy.cartons * offers[buy.offer]["pieces_per_carton"],
                "price_fen": buy.cartons * offers[buy.offer]["carton_fen"],
                "due_at": wants[buy.want]["due_at"],
            }
            for buy in basket.buys
        ],
        "pays": [
            {
                "fund": pay.fund,
                "need": pay.want,
                "fen": pay.fen,
                "draw_on": pay.draw_on.isoformat() if pay.draw_on else None,
            }
            for pay in basket.pays
        ],
        "cost_fen": basket.cost_fen,
        "open": [
            {"need": left.want, "amount": left.amount, "why": left.why, **_said(left.why, of_want=True)}
            for left in basket.open
        ],
        "verdicts": [
            {
                "offer": verdict.offer,
                "taken": verdict.taken,
                "why": verdict.why,
                "instead_fen": verdict.instead_fen,
                **_said(verdict.why),
            }
            for verdict in basket.verdicts
        ],
        "served": basket.served,
        "bound": basket.bound,
        "gap_fen": basket.gap_fen,
        "stopped_because": basket.stopped_because,
        "spent_by_fund": dict(sorted(basket.spent_by_fund.items())),
        "engine": ENGINE_VERSION,
    }


def to_lines(plan: PlanView, result: Mapping[str, Any]) -> list[PlannedLine]:
    return []


def on_paper(plan: PlanView) -> dict[str, Any]:
    """What it costs, and the prices a person looks at twice: the approver's name stands under them."""
    taken = {verdict["offer"] for verdict in plan.result["verdicts"] if verdict["taken"]}
    return {
        "price_fen": plan.result["cost_fen"],
        "far_prices": [
            {
                "supplier": row["supplier"],
                "item_zh": row["item_zh"],
                "item_en": row["item_en"],
                "median_fen": row["median_fen"],
                "median_ratio": row["price_ratio"],
            }
            for row in plan.snapshot["offers"]
            if row["offer"] in taken and row["is_far"]
        ],
    }


def on_applied(plan: PlanView, holds: Sequence[HoldView], actor: Actor, now: datetime) -> None:
    """The approval is the authority to order: from each supplier what the plan says, for whom it says."""
    buyer = UUID(plan.snapshot["buyer"])
    orderer = Actor(person_id=actor.person_id, name=actor.name, reach={Duty.COMMAND: frozenset({buyer})})
    for supplier, buys in _by_supplier(plan).items():
        supply_.order_from_offers(
            supplier=supplier,
            orders=[
                FromOffer(
                    offer=UUID(buy["offer"]),
                    cartons=buy["cartons"],
                    receiver=UUID(buy["receiver"]),
                    due_at=datetime.fromisoformat(buy["due_at"]) if buy["due_at"] else None,
                )
                for buy in buys
            ],
            buyer=buyer,
            funds=[UUID(fund) for fund in plan.params.get("funds", ())],
            actor=orderer,
            now=now,
            request_id=_request(plan, supplier),
        )


def on_undone(plan: PlanView, actor: Actor, now: datetime) -> None:
    """Raises PurchaseHasMoved where a supplier was paid or goods came."""
    buyer = UUID(plan.snapshot["buyer"])
    orderer = Actor(person_id=actor.person_id, name=actor.name, reach={Duty.COMMAND: frozenset({buyer})})
    found = purchases_of(plan)
    moved = [head.number for head in found if supply.purchase(head.id).state not in ("ORDERED", "CANCELLED")]
    if moved:
        raise PurchaseHasMoved(
            f"Something of {', '.join(moved)} was paid or has come; nothing was called off.",
            where=str(plan.id),
            found=moved,
            expected="purchases of which nothing was paid and nothing came",
            cure="Call off on the purchase's own page what is still to come.",
        )
    for head in found:
        supply_.cancel_purchase(
            purchase=head.id,
            why="the plan it came from was undone",
            actor=orderer,
            now=now,
            request_id=derived_id("needs.sourcing.undo", plan.id, head.id),
        )


def purchases_of(plan: PlanView) -> tuple[PurchaseHead, ...]:
    """What was ordered when the plan was approved."""
    return supply.purchases_made_under([_request(plan, supplier) for supplier in _by_supplier(plan)])


def still_true(plan: PlanView, now: datetime) -> list[Changed]:
    """What the plan needs and is no longer there. More money, more offers, more needs do not matter."""
    said = []
    fresh = {str(view.id): view for view in supply.open_offers(now)}
    wants = {row["need"]: row for row in _wants(plan.params, now)}
    free = {str(view.id): view.unspent_fen for view in supply.funds(trustee=UUID(plan.snapshot["buyer"]))}
    offers = {row["offer"]: row for row in plan.snapshot["offers"]}
    before = {row["need"]: row for row in plan.snapshot["wants"]}
    for verdict in plan.result["verdicts"]:
        row, view = offers[verdict["offer"]], fresh.get(verdict["offer"])
        if verdict["taken"] and (view is None or view.cartons_left < verdict["taken"]):
            left = 0 if view is None else view.cartons_left
            said.append(
                Changed(
                    f"{row['number']} · {row['supplier_name']}：方案要 {verdict['taken']:,} 箱，现在只剩 {left:,} 箱",
                    f"{row['number']} · {row['supplier_name']}: {verdict['taken']:,} cartons are planned, {left:,} are left",
                )
            )
    for buy in plan.result["buys"]:
        want, view, asked = wants.get(buy["need"]), fresh.get(buy["offer"]), before[buy["need"]]
        if want is None:
            said.append(_of_want(asked, *_why_not_bought(UUID(buy["need"]), plan.params, now)))
        elif view is not None and want["due_at"] and now + view.lead > datetime.fromisoformat(want["due_at"]):
            said.append(
                _of_want(want, f"{view.number} 现在才订就赶不上了", f"{view.number} would come too late by now")
            )
    names = {row["fund"]: row["name"] for row in plan.snapshot["money"]}
    said += [
        Changed(
            f"{names[fund]}：方案用 {fen / 100:,.2f} 元，现在可用 {free.get(fund, 0) / 100:,.2f} 元",
            f"{names[fund]}: ¥{fen / 100:,.2f} are planned, ¥{free.get(fund, 0) / 100:,.2f} are free now",
        )
        for fund, fen in plan.result["spent_by_fund"].items()
        if free.get(fund, 0) < fen
    ]
    said += _money_ends(plan, now)
    bought = {buy["need"] for buy in plan.result["buys"]}
    for need, want in wants.items():
        if need in bought and want["amount"] < before[need]["amount"]:
            then_now = before[need]["amount"], want["amount"]
            said.append(
                _of_want(
                    want, "当时缺 {:,}，现在缺 {:,}".format(*then_now), "{:,} open then, {:,} now".format(*then_now)
                )
            )
    return list(dict.fromkeys(said))


def _money_ends(plan: PlanView, now: datetime) -> list[Changed]:
    """Funds whose last day is before the goods they pay would come by now; those with a due date are late themselves."""
    offers = {row["offer"]: row for row in plan.snapshot["offers"]}
    wants = {row["need"]: row for row in plan.snapshot["wants"]}
    money = {row["fund"]: row for row in plan.snapshot["money"]}
    ordered_at = datetime.fromisoformat(plan.snapshot["ordered_at"])
    comes_on: dict[tuple[str, str], date] = {}
    for buy in plan.result["buys"]:
        if wants[buy["need"]]["due_at"] is None:
            lead = timedelta(seconds=offers[buy["offer"]]["lead_s"])
            bill = buy["need"], house_day(ordered_at + lead).isoformat()
            comes_on[bill] = max(comes_on.get(bill, date.min), house_day(now + lead))
    return [
        Changed(
            f"{fund['name']}：可用到 {fund['until']}，现在才订，货物 {day} 才到",
            f"{fund['name']} lasts until {fund['until']} and ends before the goods come, on {day} by now",
        )
        for pay in plan.result["pays"]
        for fund in (money[pay["fund"]],)
        if (day := comes_on.get((pay["need"], pay.get("draw_on") or "")))
        and fund["until"]
        and date.fromisoformat(fund["until"]) < day
    ]


def _why_not_bought(need: UUID, params: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    """Why a need that was planned for takes no part now: (Chinese, English)."""
    [view] = needs_by_id([need])
    why = why_left_out(view, _still_holding(params), False, now)
    if why:
        return WHY_OUT[why]
    return "不再需要采购", "nothing of it has to be bought any more"


def _of_want(row: Mapping[str, Any], zh: str, en: str) -> Changed:
    return Changed(
        f"{row['receiver_name']} · {row['item_zh']}：{zh}", f"{row['receiver_name']} · {row['item_en']}: {en}"
    )


PLAN_KIND = PlanKind(
    name=KIND,
    snapshot=snapshot,
    solve=solve,
    to_lines=to_lines,
    on_applied=on_applied,
    on_undone=on_undone,
    still_true=still_true,
    on_paper=on_paper,
    engine=ENGINE_VERSION,
)


def register() -> None:
    """Called when the room starts."""
    planning.register(PLAN_KIND)


def _request(plan: PlanView, supplier: UUID) -> UUID:
    return derived_id("needs.sourcing.order", plan.id, supplier)


def _by_supplier(plan: PlanView) -> dict[UUID, list[Mapping[str, Any]]]:
    found: dict[UUID, list[Mapping[str, Any]]] = {}
    for buy in plan.result["buys"]:
        found.setdefault(UUID(buy["supplier"]), []).append(buy)
    return found


def _wants(params: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Needs with an open amount, less what is there or on order for their receivers alone; the oldest first."""
    items = {UUID(item) for item in params["items"]} if "items" in params else None
    views = open_needs(items=items) if "needs" not in params else needs_by_id([UUID(need) for need in params["needs"]])
    taking_part = [
        view
        for view in sorted(views, key=lambda view: (view.asked_at, view.id))
        if (items is None or view.item in items) and why_left_out(view, _still_holding(params), False, now) is None
    ]
    return [
        _want(view, view.open - already)
        for view, already in zip(taking_part, _covered(taking_part, now), strict=True)
        if view.open is not None and view.open > already
    ]


def _still_holding(params: Mapping[str, Any]) -> set[UUID]:
    return {UUID(need) for need in params.get("include_stale", ())}


def _covered(views: Sequence[NeedView], now: datetime) -> list[int]:
    """
    How much of each need is answered by goods for its receiver: on order, or come, earmarked and promised to nobody.

    What lies free for anybody is left to the share, which comes before a plan to buy.
    """
    merged = houses()
    on_order = supply.on_order({view.receiver for view in views})
    pools = [
        _Pool(frozenset({merged.root(receiver)}), item, standard, amount)
        for (receiver, item, standard), amount in on_order.items()
    ] + [
        _Pool(
            frozenset(merged.root(party) for party in row.earmark_parties),
            row.item,
            row.standard,
            row.free,
            row.is_for_community,
        )
        for row in supply.relief_stock(items=sorted({view.item for view in views}))
        if row.earmark_parties and is_usable(row, now)
    ]
    return engine.covered(
        [view.open or 0 for view in views],
        [pool.amount for pool in pools],
        {(n, p) for n, view in enumerate(views) for p, pool in enumerate(pools) if pool.answers(view)},
    )


@dataclass(frozen=True, slots=True)
class _Pool:
    """Goods for these receivers alone; amount in base units."""

    receivers: frozenset[UUID]
    item: UUID
    standard: str
    amount: int
    is_for_community: bool = False

    def answers(self, view: NeedView) -> bool:
        return (
            view.receiver in self.receivers
            and view.item == self.item
            and is_standard_accepted(self.standard, list(view.standards))
            and (not self.is_for_community or view.use == "COMMUNITY")
        )


def _want(view: NeedView, amount: int) -> dict[str, Any]:
    return {
        "need": str(view.id),
        "receiver": str(view.receiver),
        "receiver_name": view.receiver_name,
        "item": str(view.item),
        "item_zh": view.item_zh,
        "item_en": view.item_en,
        "amount": amount,
        "urgency": view.urgency,
        "standards": list(view.standards),
        "due_at": view.due_at.isoformat() if view.due_at else None,
    }


def _offer(view: OfferView) -> dict[str, Any]:
    return {
        "offer": str(view.id),
        "number": view.number,
        "supplier": str(view.supplier),
        "supplier_name": view.supplier_name,
        "supplier_name_en": view.supplier_name_en,
        "item": str(view.item),
        "item_zh": view.item_zh,
        "item_en": view.item_en,
        "standard": view.standard,
        "pieces_per_carton": view.pieces_per_carton,
        "carton_fen": view.carton_fen,
        "cartons_max": view.cartons_left,
        "cartons_min": view.cartons_min,
        "lead_s": view.lead_s,
        "median_fen": view.price.median_fen,
        "price_ratio": view.price.ratio,
        "is_far": view.price.is_far,
    }


def _problem(taken: Mapping[str, Any], weights: Mapping[str, float]) -> engine.Problem:
    """In the house's own time, whose days the earmarks of money end on."""
    ordered_at = datetime.fromisoformat(taken["ordered_at"])
    return engine.Problem(
        wants=tuple(
            engine.Want(
                id=row["need"],
                item=row["item"],
                amount=row["amount"],
                weight=weights[str(row["urgency"])],
                receiver=row["receiver"],
                standards=frozenset(row["standards"]),
                due_at=timezone.localtime(datetime.fromisoformat(row["due_at"])) if row["due_at"] else None,
            )
            for row in taken["wants"]
        ),
        offers=tuple(
            engine.Offer(
                id=row["offer"],
                supplier=row["supplier"],
                item=row["item"],
                carton=row["pieces_per_carton"],
                carton_fen=row["carton_fen"],
                cartons_max=row["cartons_max"],
                cartons_min=min(row["cartons_min"], row["cartons_max"]),
                standard=family_of(row["standard"]),
                arrives_at=timezone.localtime(ordered_at + timedelta(seconds=row["lead_s"])),
            )
            for row in taken["offers"]
        ),
        money=tuple(
            engine.Money(
                id=row["fund"],
                free_fen=row["free_fen"],
                receivers=frozenset(row["receivers"]) or None,
                items=frozenset(row["items"]) or None,
                until=datetime.fromisoformat(row["until"]).date() if row["until"] else None,
            )
            for row in taken["money"]
        ),
    )


def _said(why: engine.Why, *, of_want: bool = False) -> dict[str, str]:
    zh, en = engine.sentence_of(why, of_want=of_want)
    return {"why_zh": zh, "why_en": en}
