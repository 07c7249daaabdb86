"""Refusals of shops and their orders. Each says what was found, what is allowed and what to do."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind, UnusableInput


class ShopUnusable(UnusableInput):
    """A shop, a pack or a lesson lacks what one needs."""

    code = "orders.shop-unusable"


class WeightUnusable(UnusableInput):
    """A pack that weighs less than anything sold: kilograms written as grams."""

    code = "orders.weight-unusable"


class ShopTwice(BaogongError):
    """This merchant has a page already."""

    kind, code = Kind.CONFLICT, "orders.shop-twice"


class DayUnusable(UnusableInput):
    """A day's packs, prices, times or slots do not fit together."""

    code = "orders.day-unusable"


class DayTwice(BaogongError):
    """The shop offers something on this day already."""

    kind, code = Kind.CONFLICT, "orders.day-twice"


class NothingToCopy(BaogongError):
    """No day before that tomorrow's could be made from."""

    kind, code = Kind.REFUSED, "orders.nothing-to-copy"


class StockPromised(BaogongError):
    """More would be taken out than nobody has ordered."""

    kind, code = Kind.CONFLICT, "orders.stock-promised"


class DayClosed(BaogongError):
    """More comes to a closed day than its orders may need."""

    kind, code = Kind.CONFLICT, "orders.day-closed"


class CapTooLow(BaogongError):
    """More is ordered already than the cap would allow."""

    kind, code = Kind.CONFLICT, "orders.cap-too-low"


class ShopShut(BaogongError):
    """The shop takes no orders now: before it opens, past the cut-off, closed."""

    kind, code = Kind.CONFLICT, "orders.shop-shut"


class OrderUnusable(UnusableInput):
    """An order that names nothing, or not as the shop's page asks."""

    code = "orders.order-unusable"


class NothingChosen(UnusableInput):
    """An order of no pack at all."""

    code = "orders.nothing-chosen"


class AddressNotListed(UnusableInput):
    """The community's register has no such door: asked once, and taken where whoever orders says that it is right."""

    code = "orders.address-not-listed"


class PhoneUnusable(UnusableInput):
    """A mobile number with a digit too few or too many."""

    code = "orders.phone-unusable"


class NotTheirOrder(BaogongError):
    """Neither the order's secret nor, where a shop is rung, the last four of its telephone."""

    kind, code = Kind.FORBIDDEN, "orders.not-their-order"


class BelowMinimum(BaogongError):
    """An order is worth less than the shop brings."""

    kind, code = Kind.REFUSED, "orders.below-minimum"


class TooManyPacks(BaogongError):
    """More of one pack than one order may have."""

    kind, code = Kind.REFUSED, "orders.too-many-packs"


class OutOfZone(BaogongError):
    """The shop does not bring to this community."""

    kind, code = Kind.REFUSED, "orders.out-of-zone"


class SoldOut(BaogongError):
    """Fewer packs are free than were ordered; nothing of the order was taken."""

    kind, code = Kind.CONFLICT, "orders.sold-out"


class SlotFull(BaogongError):
    """The riders can bring no more in this slot, or on this day."""

    kind, code = Kind.CONFLICT, "orders.slot-full"


class PastCutOff(BaogongError):
    """An order stands from the cut-off on: it is being picked."""

    kind, code = Kind.CONFLICT, "orders.past-cut-off"


class OrderMoved(BaogongError):
    """The order is in another state than this step needs."""

    kind, code = Kind.CONFLICT, "orders.order-moved"


class LessonOver(BaogongError):
    """The lesson was called off, or is over."""

    kind, code = Kind.CONFLICT, "orders.lesson-over"
