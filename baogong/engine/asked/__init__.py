"""
What receivers ask for, in figures: people and days into amounts, doubles found, nothing counted twice.

Pure: no Django, no clock, no database.
"""

from baogong.engine.asked.doubles import Couple, Ground, Wish, likely_doubles
from baogong.engine.asked.groups import GroupUse, quantity_for
from baogong.engine.asked.once import Asking, Counted, Tie, TieKind, count_once, living, would_turn_back

__all__ = [
    "Asking",
    "Counted",
    "Couple",
    "Ground",
    "GroupUse",
    "Tie",
    "TieKind",
    "Wish",
    "count_once",
    "likely_doubles",
    "living",
    "quantity_for",
    "would_turn_back",
]
