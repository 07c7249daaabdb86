"""
Chains (接龙) of chat groups: who wants how many of what, with every character accounted for; and a list as a chain.

Pure: no Django, no clock, no database. The community's register and the menu are data.
"""

from baogong.engine.chain.lists import MissingColumns, doors_from, menu_from
from baogong.engine.chain.menu import NO_MENU, Menu
from baogong.engine.chain.places import NO_REGISTER, Place, Register
from baogong.engine.chain.reader import Suggester, read, write
from baogong.engine.chain.reading import (
    ASKED,
    ASKED_OF_WITHDRAWN,
    SENTENCES,
    Chain,
    Dish,
    Entry,
    Ordered,
    Reading,
    Stretch,
)
from baogong.engine.chain.written import UnwritableChain, said

__all__ = [
    "ASKED",
    "ASKED_OF_WITHDRAWN",
    "NO_MENU",
    "NO_REGISTER",
    "SENTENCES",
    "Chain",
    "Dish",
    "Entry",
    "Menu",
    "MissingColumns",
    "Ordered",
    "Place",
    "Reading",
    "Register",
    "Stretch",
    "Suggester",
    "UnwritableChain",
    "doors_from",
    "menu_from",
    "read",
    "said",
    "write",
]
