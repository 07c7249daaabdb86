"""
What to buy, from whom, with which money: the cheapest basket that serves most of what is needed.

`solve(problem)` gives the basket, what it leaves open and why each other offer was not taken; `check` says whether a
basket keeps every limit; `covered` says what needs not be bought; `judge_price` holds a price against what was asked and paid before.
"""

from baogong.engine.sourcing.check import faults_of
from baogong.engine.sourcing.cover import covered
from baogong.engine.sourcing.prices import PriceVerdict, against_median, judge_price
from baogong.engine.sourcing.problem import (
    Basket,
    Buy,
    Money,
    Offer,
    OfferVerdict,
    Open,
    Pay,
    Problem,
    UnusableProblem,
    Want,
    Why,
    draw_on,
)
from baogong.engine.sourcing.reasons import sentence_of
from baogong.engine.sourcing.solve import solve

__all__ = [
    "Basket",
    "Buy",
    "Money",
    "Offer",
    "OfferVerdict",
    "Open",
    "Pay",
    "PriceVerdict",
    "Problem",
    "UnusableProblem",
    "Want",
    "Why",
    "against_median",
    "covered",
    "draw_on",
    "faults_of",
    "judge_price",
    "sentence_of",
    "solve",
]
