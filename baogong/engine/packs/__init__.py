"""
Packs: how many can be made of what lies there, from which pile each pack is filled, how many of
each households need, and what weights must add up to.

`plan_packs(recipe, piles, wanted)` and `compare(…)` take facts and give answers; nothing is read or kept besides.
"""

from baogong.engine.packs.by_need import packs_by_need
from baogong.engine.packs.layers import Choice, Filling, Layer, Missing, PackPlan, Pile, RecipeLine, plan_packs
from baogong.engine.packs.weights import Comparison, Estimate, Explained, Misread, compare, estimate, misread

__all__ = [
    "Choice",
    "Comparison",
    "Estimate",
    "Explained",
    "Filling",
    "Layer",
    "Misread",
    "Missing",
    "PackPlan",
    "Pile",
    "RecipeLine",
    "compare",
    "estimate",
    "misread",
    "packs_by_need",
    "plan_packs",
]
