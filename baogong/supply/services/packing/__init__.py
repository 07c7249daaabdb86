"""
Packing: goods are set aside for a run, turned into packs by the book as they are done, and what is left goes back.

What goes into a run is promised to it, so that two runs at one site never reach for the same potatoes, and nobody
shares what is about to be packed. Each layer of a run (see engine.packs) is a lot of its own: what its packs are made
from stands in the book as exact whole numbers, and with it who gave it and for whom it may be used.
"""

from baogong.supply.services.packing.consent import agree_to_packing, register
from baogong.supply.services.packing.runs import close_run, open_run, tally_packs
from baogong.supply.services.packing.undoing import undo_run, undo_tally
from baogong.supply.services.packing.waste import Waste, record_waste

__all__ = [
    "Waste",
    "agree_to_packing",
    "close_run",
    "open_run",
    "record_waste",
    "register",
    "tally_packs",
    "undo_run",
    "undo_tally",
]
