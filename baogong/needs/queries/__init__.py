"""Reads of the needs room."""

from baogong.needs.queries.board import (
    allotment,
    allotments,
    counting,
    need,
    need_file,
    needs_board,
    needs_by_id,
    needs_of,
    open_needs,
    parcels_due,
    served,
    unconfirmed_count,
    unconfirmed_needs,
)
from baogong.needs.queries.packs import PackRuleView, PacksNeeded, pack_rules, packs_needed
from baogong.needs.queries.public import public_cities, public_items, public_needs

__all__ = [
    "PackRuleView",
    "PacksNeeded",
    "allotment",
    "allotments",
    "counting",
    "need",
    "need_file",
    "needs_board",
    "needs_by_id",
    "needs_of",
    "open_needs",
    "pack_rules",
    "packs_needed",
    "parcels_due",
    "public_cities",
    "public_items",
    "public_needs",
    "served",
    "unconfirmed_count",
    "unconfirmed_needs",
]
