"""Why an offer was left, why a want stays open: codes, and a sentence in each language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from baogong.engine.sourcing.problem import Buy, Offer, OfferVerdict, Open, Problem, Want, Why, draw_on

_ORDER = (Why.LATE, Why.STANDARD, Why.ITEM)  # how near an offer came to serving somebody


def open_wants(
    problem: Problem, got: Mapping[str, int], buys: Sequence[Buy], spent: Mapping[str, int]
) -> tuple[Open, ...]:
    """What is left of each want that is not served in full."""
    sold = _sold(buys)
    return tuple(
        Open(want.id, want.amount - got[want.id], _why_open(problem, want, sold, spent))
        for want in problem.wants
        if got[want.id] < want.amount
    )


def _why_open(problem: Problem, want: Want, sold: Mapping[str, int], spent: Mapping[str, int]) -> Why:
    hindrances = {problem.serves(offer, want): offer for offer in problem.offers}
    if None not in hindrances:
        return next(why for why in _ORDER if why in hindrances) if hindrances else Why.ITEM
    fit = [offer for offer in problem.offers if problem.serves(offer, want) is None]
    if not any(_has_money(problem, offer, want) for offer in fit):
        return Why.NO_MONEY
    with_stock = [offer for offer in fit if sold.get(offer.id, 0) < offer.cartons_max]
    if not with_stock:
        return Why.CAPACITY
    if all(offer.carton_fen > _left(problem, offer, want, spent) for offer in with_stock):
        return Why.MONEY_SHORT
    return Why.MINIMUM


def verdicts(
    problem: Problem, got: Mapping[str, int], buys: Sequence[Buy], spent: Mapping[str, int]
) -> tuple[OfferVerdict, ...]:
    """One for each offer, in their order."""
    sold = _sold(buys)
    return tuple(_verdict(problem, offer, got, buys, sold, spent) for offer in problem.offers)


def _verdict(
    problem: Problem,
    offer: Offer,
    got: Mapping[str, int],
    buys: Sequence[Buy],
    sold: Mapping[str, int],
    spent: Mapping[str, int],
) -> OfferVerdict:
    taken = sold.get(offer.id, 0)
    if taken:
        return OfferVerdict(offer.id, taken, Why.TAKEN)
    hindrances = {problem.serves(offer, want) for want in problem.wants}
    if None not in hindrances:
        return OfferVerdict(offer.id, 0, next((why for why in _ORDER if why in hindrances), Why.ITEM))
    served = [want for want in problem.wants if problem.serves(offer, want) is None]
    if not any(_has_money(problem, offer, want) for want in served):
        return OfferVerdict(offer.id, 0, Why.NO_MONEY)
    unmet = [want for want in served if got[want.id] < want.amount]
    if unmet and all(_left(problem, offer, want, spent) < offer.carton_fen for want in unmet):
        return OfferVerdict(offer.id, 0, Why.MONEY_SHORT)
    if unmet and offer.cartons_min:
        return OfferVerdict(offer.id, 0, Why.MINIMUM)
    by_id = {each.id: each for each in problem.offers}
    names = {want.id for want in served}
    instead = [by_id[buy.offer].unit_fen for buy in buys if buy.want in names]
    if instead and max(instead) <= offer.unit_fen:
        return OfferVerdict(offer.id, 0, Why.DEARER, max(instead))
    return OfferVerdict(offer.id, 0, Why.MINIMUM if offer.cartons_min > 1 else Why.DEARER, max(instead, default=None))


def _sold(buys: Sequence[Buy]) -> Counter[str]:
    sold: Counter[str] = Counter()
    for buy in buys:
        sold[buy.offer] += buy.cartons
    return sold


def _has_money(problem: Problem, offer: Offer, want: Want) -> bool:
    """Whether any fund could pay a fen of the offer for the want."""
    return _left(problem, offer, want, {}) > 0


def _left(problem: Problem, offer: Offer, want: Want, spent: Mapping[str, int]) -> int:
    """Fen that could still be spent on the offer for the want."""
    day = draw_on(offer, want)
    return sum(fund.free_fen - spent.get(fund.id, 0) for fund in problem.money if fund.allows(want, day))


_OFFER_ZH = {
    Why.ITEM: "没有单位要这种物资。",
    Why.STANDARD: "不符合任何需求接受的标准。",
    Why.LATE: "到货时间晚于所有需求的期限。",
    Why.NO_MONEY: "没有一笔款项的定向允许为这些单位买它。",
    Why.MONEY_SHORT: "可用的款项已经用完。",
    Why.MINIMUM: "起订量超过还需要或付得起的数量。",
    Why.DEARER: "同样的物资，别家更便宜。",
    Why.CAPACITY: "已全部买下。",
    Why.TAKEN: "选中。",
}
_OFFER_EN = {
    Why.ITEM: "Nobody needs this item.",
    Why.STANDARD: "It meets none of the standards that are accepted.",
    Why.LATE: "It would arrive after everybody who needs it is past the date.",
    Why.NO_MONEY: "No fund's earmark allows buying it for those who need it.",
    Why.MONEY_SHORT: "The money that may be used is spent.",
    Why.MINIMUM: "The smallest order is more than is still needed or can be paid.",
    Why.DEARER: "Others sell the same for less.",
    Why.CAPACITY: "All of it is bought.",
    Why.TAKEN: "Taken.",
}
_WANT_ZH = {
    Why.ITEM: "没有供应商报价。",
    Why.STANDARD: "报价的物资都不符合所需标准。",
    Why.LATE: "报价的物资都赶不上期限。",
    Why.NO_MONEY: "没有一笔款项的定向允许为它购买。",
    Why.MONEY_SHORT: "可用的款项已经用完。",
    Why.MINIMUM: "剩下的量不够任何一家的起订量，或凑不成整箱。",
    Why.CAPACITY: "供应商的存货已全部买下。",
}
_WANT_EN = {
    Why.ITEM: "No supplier offers it.",
    Why.STANDARD: "What is offered meets none of the standards asked for.",
    Why.LATE: "What is offered would come too late.",
    Why.NO_MONEY: "No fund's earmark allows buying for it.",
    Why.MONEY_SHORT: "The money that may be used is spent.",
    Why.MINIMUM: "What is left is below every supplier's smallest order, or makes no whole carton.",
    Why.CAPACITY: "All that is offered is bought.",
}


def sentence_of(why: Why, *, of_want: bool = False) -> tuple[str, str]:
    """(Chinese, English)"""
    return (_WANT_ZH[why], _WANT_EN[why]) if of_want else (_OFFER_ZH[why], _OFFER_EN[why])
