"""Reads of the supply room."""

from baogong.supply.queries.board import (
    committed_amounts,
    is_relief,
    open_orders,
    relief_stock,
    retail_balances,
    stock_board,
)
from baogong.supply.queries.cards import CardLine, stock_card
from baogong.supply.queries.carriage import carriage_hints, carriage_request, carriage_requests, consignor_page
from baogong.supply.queries.following import LotPath, cartons
from baogong.supply.queries.freezes import delisted_items, freeze, freeze_board, where_it_went, where_they_went
from baogong.supply.queries.funds import FundView, MoneyGiftView, fund, funds, has_funds, money_gift, money_gifts
from baogong.supply.queries.gifts import gift, gift_path, gifts, giver_page
from baogong.supply.queries.kits import kit, kit_versions, kits, kits_by_id
from baogong.supply.queries.money_path import BoughtLot, FundPath, fund_path, money_page
from baogong.supply.queries.offers import (
    Market,
    OfferView,
    PriceSeen,
    cartons_left,
    market,
    offer,
    offers,
    on_order,
    open_offers,
    prices_of,
)
from baogong.supply.queries.outlook import Outlook, outlook
from baogong.supply.queries.packing import pack_origins, packing_run, packing_runs, run_origins
from baogong.supply.queries.purchases import (
    PurchaseHead,
    PurchaseLineView,
    PurchaseView,
    purchase,
    purchase_heads,
    purchases,
    purchases_made_under,
)
from baogong.supply.queries.thanks import notes_of, public_notes, signed_by, signed_gifts

__all__ = [
    "BoughtLot",
    "CardLine",
    "FundPath",
    "FundView",
    "LotPath",
    "Market",
    "MoneyGiftView",
    "OfferView",
    "Outlook",
    "PriceSeen",
    "PurchaseHead",
    "PurchaseLineView",
    "PurchaseView",
    "carriage_hints",
    "carriage_request",
    "carriage_requests",
    "cartons",
    "cartons_left",
    "committed_amounts",
    "consignor_page",
    "delisted_items",
    "freeze",
    "freeze_board",
    "fund",
    "fund_path",
    "funds",
    "gift",
    "gift_path",
    "gifts",
    "giver_page",
    "has_funds",
    "is_relief",
    "kit",
    "kit_versions",
    "kits",
    "kits_by_id",
    "market",
    "money_gift",
    "money_gifts",
    "money_page",
    "notes_of",
    "offer",
    "offers",
    "on_order",
    "open_offers",
    "open_orders",
    "outlook",
    "pack_origins",
    "packing_run",
    "packing_runs",
    "prices_of",
    "public_notes",
    "purchase",
    "purchase_heads",
    "purchases",
    "purchases_made_under",
    "relief_stock",
    "retail_balances",
    "run_origins",
    "signed_by",
    "signed_gifts",
    "stock_board",
    "stock_card",
    "where_it_went",
    "where_they_went",
]
