"""What the supply room refuses."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput


class CountBelowPromised(BaogongError):
    """Less was counted than is already promised: the promises must be looked at first."""

    kind, code = Kind.CONFLICT, "supply.count-below-promised"


class CountIsOlder(BaogongError):
    """A newer count of the same goods is in the book."""

    kind, code = Kind.CONFLICT, "supply.count-is-older"


class CountNotYet(BaogongError):
    """A count dated more than a day ahead."""

    kind, code = Kind.REFUSED, "supply.count-not-yet"


class MoneyAmongGoods(UnusableInput):
    """What is counted in fen stands in the funds, under its giver's earmark; as goods it would pass them by."""

    code = "supply.money-among-goods"


class PaidByOthers(BaogongError):
    """Who ordered pays the supplier: the purchase has no money of the house, and is counted in where it was gathered."""

    kind, code = Kind.CONFLICT, "supply.paid-by-others"


class ReceiverMissing(UnusableInput):
    """Goods carried for somebody are one receiver's alone; without one, anybody could be allotted them."""

    code = "supply.receiver-missing"


class NothingToFreeze(BaogongError):
    kind, code = Kind.REFUSED, "supply.nothing-to-freeze"


class OptionsIncomplete(BaogongError):
    """A freeze keeps on record what else was considered; part of that record is missing."""

    kind, code = Kind.UNUSABLE, "supply.options-incomplete"


class LiftExceedsFreeze(BaogongError):
    kind, code = Kind.REFUSED, "supply.lift-exceeds-freeze"


class NotEnoughForOrder(BaogongError):
    kind, code = Kind.REFUSED, "supply.not-enough-for-order"


class ItemDelisted(BaogongError):
    """The item is set aside for relief; an order paid afterwards cannot be served."""

    kind, code = Kind.REFUSED, "supply.item-delisted"


class OrderClosed(BaogongError):
    kind, code = Kind.CONFLICT, "supply.order-closed"


class GiftNotThere(NotFound):
    code = "supply.gift-not-there"


class FreezeNotThere(NotFound):
    code = "supply.freeze-not-there"


class GiftNotAtThisStep(BaogongError):
    kind, code = Kind.CONFLICT, "supply.gift-not-at-this-step"


class ConsentMissing(BaogongError):
    """Goods that fail their standard go to community use only with the giver's word."""

    kind, code = Kind.REFUSED, "supply.consent-missing"


class ReceiptMakesNoSense(BaogongError):
    kind, code = Kind.UNUSABLE, "supply.receipt-makes-no-sense"


class ArrivalWorthNothing(ReceiptMakesNoSense):
    """So little came that it is not worth a fen: no money would be seen in it."""

    code = "supply.arrival-worth-nothing"


class FundNotThere(NotFound):
    code = "supply.fund-not-there"


class PurchaseNotThere(NotFound):
    code = "supply.purchase-not-there"


class MoneyGiftNotThere(NotFound):
    code = "supply.money-gift-not-there"


class MoreThanAnnounced(BaogongError):
    """More money came than its giver announced."""

    kind, code = Kind.CONFLICT, "supply.more-than-announced"


class MoneyGiftStands(BaogongError):
    """Its money has come: the bank has said how much it was."""

    kind, code = Kind.CONFLICT, "supply.money-gift-stands"


class EarmarkForbidsPurchase(BaogongError):
    """No fund of the buyer's may pay it; names what forbids it, and which fund would allow it."""

    kind, code = Kind.REFUSED, "supply.earmark-forbids-purchase"


class FundsTooSmall(BaogongError):
    """Funds would allow it and do not have enough left, however they are divided."""

    kind, code = Kind.REFUSED, "supply.funds-too-small"


class EarmarkRanOut(BaogongError):
    """The last day on which the fund's money could be drawn has passed, and no other fund can pay."""

    kind, code = Kind.REFUSED, "supply.earmark-ran-out"


class PurchaseNotAtThisStep(BaogongError):
    kind, code = Kind.CONFLICT, "supply.purchase-not-at-this-step"


class InvoiceKnown(BaogongError):
    """This supplier's invoice of this number stands in the book: the same bill is paid once."""

    kind, code = Kind.CONFLICT, "supply.invoice-known"


class InvoiceInDoubt(BaogongError):
    """It asks for more than was ordered; a person decides first."""

    kind, code = Kind.CONFLICT, "supply.invoice-in-doubt"


class PaysAhead(BaogongError):
    """It would pay for goods that have not come, and nobody said so."""

    kind, code = Kind.REFUSED, "supply.pays-ahead"


class RefundExceedsDraw(BaogongError):
    """More would come back than was drawn for it."""

    kind, code = Kind.REFUSED, "supply.refund-exceeds-draw"


class NothingSignedFor(BaogongError):
    """Nobody thanks for what has not come."""

    kind, code = Kind.REFUSED, "supply.nothing-signed-for"


class NoteTellsOfPersons(BaogongError):
    """Notes are public; numbers of persons stay out of them."""

    kind, code = Kind.UNUSABLE, "supply.note-tells-of-persons"


class OfferEnded(BaogongError):
    """The offer was withdrawn, ran out, or has fewer cartons left than were asked for."""

    kind, code = Kind.CONFLICT, "supply.offer-ended"


class CarriageNotThere(NotFound):
    code = "supply.carriage-not-there"


class CarriageAnswered(BaogongError):
    """The request to carry goods has been answered or taken back."""

    kind, code = Kind.CONFLICT, "supply.carriage-answered"


class GoodsPromised(BaogongError):
    """Some of the goods are promised or on the way: they cannot be set aside before that is undone or has ended."""

    kind, code = Kind.CONFLICT, "supply.goods-promised"


class OrderLineMakesNoSense(UnusableInput):
    """A line without an amount, or cheaper than a fen for each unit."""

    code = "supply.order-line-makes-no-sense"


class WeighedLineMakesNoSense(OrderLineMakesNoSense):
    """What is counted in grams, ordered for less than a fen a kilogram."""

    code = "supply.weighed-line-makes-no-sense"


class BuysFromOneself(UnusableInput):
    """The supplier is the one who pays."""

    code = "supply.buys-from-oneself"
