"""
Papers of goods and money: counts, paid retail orders, freezes, gifts, funds, purchases, packing, weighing, loans.

What stands where is the book's to say; these rows keep why it moved, and what was said before it did.
Lots, holds and documents are named by their ids; the rooms below keep them.
"""

from baogong.supply.models.carriage import CarriageLine, CarriageRequest
from baogong.supply.models.counts import Count, CountLine
from baogong.supply.models.freezes import Freeze, FreezeLine, FreezeScope, Lift
from baogong.supply.models.funds import Fund, MoneyGift, MoneyReceipt, ReEarmark
from baogong.supply.models.gifts import Gift, GiftCorrection, GiftLine, GiftReceipt
from baogong.supply.models.kits import Kit, KitLine, KitSubstitute
from baogong.supply.models.loans import LentUnit, Loan, LoanAct, LoanRequest
from baogong.supply.models.offers import OfferTaken, SupplyOffer
from baogong.supply.models.orders import RetailHold, RetailOrder, Shipment
from baogong.supply.models.packing import (
    PackingLayer,
    PackingPart,
    PackingRun,
    PackingTally,
    PackingTallyPart,
    PackingWaste,
)
from baogong.supply.models.purchases import (
    Cancellation,
    Commitment,
    Delivery,
    DeliveryLine,
    DeliveryPart,
    Draw,
    Invoice,
    InvoiceLine,
    OrderedLine,
    Payment,
    Purchase,
    Refund,
    RefundLine,
)
from baogong.supply.models.requests import Asked
from baogong.supply.models.sheets import ReadRow
from baogong.supply.models.thanks import ThankYou
from baogong.supply.models.weighing import Weighing, WeightStatement

__all__ = [
    "Asked",
    "Cancellation",
    "CarriageLine",
    "CarriageRequest",
    "Commitment",
    "Count",
    "CountLine",
    "Delivery",
    "DeliveryLine",
    "DeliveryPart",
    "Draw",
    "Freeze",
    "FreezeLine",
    "FreezeScope",
    "Fund",
    "Gift",
    "GiftCorrection",
    "GiftLine",
    "GiftReceipt",
    "Invoice",
    "InvoiceLine",
    "Kit",
    "KitLine",
    "KitSubstitute",
    "LentUnit",
    "Lift",
    "Loan",
    "LoanAct",
    "LoanRequest",
    "MoneyGift",
    "MoneyReceipt",
    "OfferTaken",
    "OrderedLine",
    "PackingLayer",
    "PackingPart",
    "PackingRun",
    "PackingTally",
    "PackingTallyPart",
    "PackingWaste",
    "Payment",
    "Purchase",
    "ReEarmark",
    "ReadRow",
    "Refund",
    "RefundLine",
    "RetailHold",
    "RetailOrder",
    "Shipment",
    "SupplyOffer",
    "ThankYou",
    "Weighing",
    "WeightStatement",
]
