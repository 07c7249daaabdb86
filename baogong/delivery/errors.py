"""The delivery room's refusals. Each says what was found, what is allowed and what to do."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput


class ParcelUnusable(UnusableInput):
    code = "delivery.parcel-unusable"


class ParcelNotThere(NotFound):
    code = "delivery.parcel-not-there"


class WaybillTwice(BaogongError):
    """Another carrier's number stands for one parcel only."""

    kind, code = Kind.CONFLICT, "delivery.waybill-twice"


class NoSuchParcels(UnusableInput):
    """Nothing of what was scanned is a parcel that this step can be done with."""

    code = "delivery.no-such-parcels"


class NotHere(BaogongError):
    """The parcel is in other hands than the step needs."""

    kind, code = Kind.CONFLICT, "delivery.not-here"


class WrongRoadZone(BaogongError):
    """A cart's trip serves one road zone; a parcel of another does not ride on it."""

    kind, code = Kind.REFUSED, "delivery.wrong-road-zone"


class TripMoved(BaogongError):
    """The cart's trip is not in the state the step needs."""

    kind, code = Kind.CONFLICT, "delivery.trip-moved"


class CartElsewhere(BaogongError):
    """The cart is under way on another trip, or planned for one at the same time."""

    kind, code = Kind.REFUSED, "delivery.cart-elsewhere"


class AlreadyHandedOver(BaogongError):
    """Somebody handed this parcel over before. That handover stands."""

    kind, code = Kind.CONFLICT, "delivery.already-handed-over"


class WithSomebodyElse(BaogongError):
    """Another courier has this parcel."""

    kind, code = Kind.CONFLICT, "delivery.with-somebody-else"


class HandoverNotAllowed(BaogongError):
    """The parcel may not be handed over in this way."""

    kind, code = Kind.REFUSED, "delivery.handover-not-allowed"


class InPersonNeverOnAShelf(BaogongError):
    """A parcel without CONTACTLESS is handed over in person."""

    kind, code = Kind.REFUSED, "delivery.in-person-never-on-a-shelf"


class NotThisShelf(BaogongError):
    """The shelf is closed, full, or another unit's."""

    kind, code = Kind.REFUSED, "delivery.not-this-shelf"


class NothingToShow(BaogongError):
    """The evidence is not what this way of handing over needs."""

    kind, code = Kind.REFUSED, "delivery.nothing-to-show"


class DeviceUnusable(BaogongError):
    """One sentence for unknown, ended and withdrawn: who has a telephone that opens nothing learns no more."""

    kind, code = Kind.FORBIDDEN, "delivery.device-unusable"


class PairingUnusable(BaogongError):
    """One sentence for unknown, used and ended."""

    kind, code = Kind.NOT_FOUND, "delivery.pairing-unusable"


class ShiftOver(BaogongError):
    """After the shift a telephone may tell what it did, and reads nothing."""

    kind, code = Kind.FORBIDDEN, "delivery.shift-over"


class NotFit(BaogongError):
    """Nobody without valid proof, pass and test goes on a round."""

    kind, code = Kind.REFUSED, "delivery.not-fit"


class RoundMoved(BaogongError):
    """The round is not in the state the step needs."""

    kind, code = Kind.CONFLICT, "delivery.round-moved"


class AlreadyLoaded(BaogongError):
    """Goods of the plan are with a courier: it is not undone any more."""

    kind, code = Kind.CONFLICT, "delivery.already-loaded"


class PlanUnsound(BaogongError):
    """The independent checker found a fault in the plan that was kept. Nothing was given out."""

    kind, code = Kind.REFUSED, "delivery.plan-unsound"


class ProposalMoved(BaogongError):
    """The trips that were shown are not what would be proposed by now."""

    kind, code = Kind.CONFLICT, "delivery.proposal-moved"


class NobodyToPlanFor(UnusableInput):
    """There is nothing to bring, or nobody who may bring it."""

    code = "delivery.nobody-to-plan-for"


class WayUnusable(UnusableInput):
    code = "delivery.way-unusable"


class WayNotThere(NotFound):
    code = "delivery.way-not-there"
