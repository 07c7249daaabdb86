"""Writes of the supply room."""

from baogong.supply.services.arrivals import Delivered, receive_purchase
from baogong.supply.services.bills import (
    Billed,
    Refunded,
    Settled,
    pay_invoice,
    record_invoice,
    refund_purchase,
    settle_invoice,
)
from baogong.supply.services.carriage import (
    Taken,
    ToCarry,
    accept_carriage,
    ask_for_carriage,
    refuse_carriage,
    withdraw_carriage,
)
from baogong.supply.services.corrections import correct_offer
from baogong.supply.services.counts import Counted, count_stock
from baogong.supply.services.doubts import FigureRead, settle_doubt
from baogong.supply.services.failing import consent_to_community_use, find_failing, give_back
from baogong.supply.services.freezes import Lifting, Scope, freeze_stock, lift_freeze
from baogong.supply.services.funds import Slice, propose_re_earmark, receive_money, register_money_gift
from baogong.supply.services.gathered import Gathered, OrderedFor, call_off_gathered, order_gathered, take_in_gathered
from baogong.supply.services.gifts import (
    Finding,
    Judgement,
    Offered,
    judge_gift,
    offer_gift,
)
from baogong.supply.services.kits import KitPart, write_kit
from baogong.supply.services.loans import extend, lend, report_lost, send_home, set_up, take_back, take_in
from baogong.supply.services.offers import ForSale, FromOffer, note_offer, order_from_offers, withdraw_offer
from baogong.supply.services.orders import PaidOrder, cancel_order, hold_for_order, ship_orders
from baogong.supply.services.packing import (
    Waste,
    agree_to_packing,
    close_run,
    open_run,
    record_waste,
    tally_packs,
    undo_run,
    undo_tally,
)
from baogong.supply.services.purchases import (
    LinePreview,
    PurchaseLine,
    cancel_purchase,
    commit_purchase,
    preview_purchase,
)
from baogong.supply.services.receipts import Arrival, receive_gift
from baogong.supply.services.thanks import thank, withdraw_thanks
from baogong.supply.services.weighing import state_weights, weigh_packs, weigh_truck

__all__ = [
    "Arrival",
    "Billed",
    "Counted",
    "Delivered",
    "FigureRead",
    "Finding",
    "ForSale",
    "FromOffer",
    "Gathered",
    "Judgement",
    "KitPart",
    "Lifting",
    "LinePreview",
    "Offered",
    "OrderedFor",
    "PaidOrder",
    "PurchaseLine",
    "Refunded",
    "Scope",
    "Settled",
    "Slice",
    "Taken",
    "ToCarry",
    "Waste",
    "accept_carriage",
    "agree_to_packing",
    "ask_for_carriage",
    "call_off_gathered",
    "cancel_order",
    "cancel_purchase",
    "close_run",
    "commit_purchase",
    "consent_to_community_use",
    "correct_offer",
    "count_stock",
    "extend",
    "find_failing",
    "freeze_stock",
    "give_back",
    "hold_for_order",
    "judge_gift",
    "lend",
    "lift_freeze",
    "note_offer",
    "offer_gift",
    "open_run",
    "order_from_offers",
    "order_gathered",
    "pay_invoice",
    "preview_purchase",
    "propose_re_earmark",
    "receive_gift",
    "receive_money",
    "receive_purchase",
    "record_invoice",
    "record_waste",
    "refund_purchase",
    "refuse_carriage",
    "register_money_gift",
    "report_lost",
    "send_home",
    "set_up",
    "settle_doubt",
    "settle_invoice",
    "ship_orders",
    "state_weights",
    "take_back",
    "take_in",
    "take_in_gathered",
    "tally_packs",
    "thank",
    "undo_run",
    "undo_tally",
    "weigh_packs",
    "weigh_truck",
    "withdraw_carriage",
    "withdraw_offer",
    "withdraw_thanks",
    "write_kit",
]
