"""An independent look at a basket: nothing of the solver's is used but its answer."""

from __future__ import annotations

from collections import Counter
from datetime import date

from baogong.engine.sourcing.problem import Basket, Problem, draw_on


def faults_of(problem: Problem, basket: Basket) -> list[str]:
    """Every limit the basket breaks, a sentence each; empty where it keeps them all."""
    offers = {offer.id: offer for offer in problem.offers}
    wants = {want.id: want for want in problem.wants}
    money = {fund.id: fund for fund in problem.money}
    faults: list[str] = []
    sold: Counter[str] = Counter()
    came: Counter[str] = Counter()
    price: Counter[tuple[str, date | None]] = Counter()
    for buy in basket.buys:
        offer, want = offers[buy.offer], wants[buy.want]
        why = problem.serves(offer, want)
        if why is not None:
            faults.append(f"offer {offer.id} does not serve want {want.id}: {why}")
        if buy.cartons <= 0:
            faults.append(f"{buy.cartons} cartons of offer {offer.id}")
        sold[offer.id] += buy.cartons
        came[want.id] += buy.cartons * offer.carton
        price[want.id, draw_on(offer, want)] += buy.cartons * offer.carton_fen
    for id, count in sold.items():
        if not offers[id].cartons_min <= count <= offers[id].cartons_max:
            faults.append(
                f"{count} cartons of offer {id}, which sells {offers[id].cartons_min} to {offers[id].cartons_max}"
            )
    for id, amount in came.items():
        largest = max(offers[buy.offer].carton for buy in basket.buys if buy.want == id)
        widest = max(offer.carton for offer in problem.offers if problem.serves(offer, wants[id]) is None)
        if amount >= wants[id].amount + max(largest, widest):
            faults.append(f"{amount} for want {id} of {wants[id].amount}: a whole carton too many")
    paid: Counter[tuple[str, date | None]] = Counter()
    drawn: Counter[str] = Counter()
    for pay in basket.pays:
        if pay.fen <= 0 or not money[pay.fund].allows(wants[pay.want], pay.draw_on):
            faults.append(f"fund {pay.fund} may not pay {pay.fen} fen for want {pay.want}")
        paid[pay.want, pay.draw_on] += pay.fen
        drawn[pay.fund] += pay.fen
    if +paid != +price:
        faults.append(f"paid {dict(paid)}, priced {dict(price)}")
    faults += [f"fund {id}: {fen} of {money[id].free_fen} fen" for id, fen in drawn.items() if fen > money[id].free_fen]
    if basket.cost_fen != sum(price.values()):
        faults.append(f"cost {basket.cost_fen}, priced {sum(price.values())}")
    for left in basket.open:
        if left.amount != wants[left.want].amount - min(came[left.want], wants[left.want].amount):
            faults.append(f"want {left.want}: {left.amount} said to be open, {came[left.want]} came")
    return faults
