"""The delivery room's refusals. Each says what was found, what is allowed and what to do."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput


class ParcelUnusable(UnusableInput):
    code = "delivery.parcel-unusable"


class ParcelNotThere(NotFound):
    code = "delivery.parcel-not-there"


class AddressInDoubt(BaogongError):
    """A building, a unit or a room that could be several of the register's, or none."""

    kind, code = Kind.CONFLICT, "delivery.address-in-doubt"


class NobodyServes(UnusableInput):
    """No station serves the community, and none was named."""

    code = "delivery.nobody-serves"


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


class WrongStation(BaogongError):
    """A cart brings parcels to the station that serves their community, or back to the one outside; nowhere else."""

    kind, code = Kind.REFUSED, "delivery.wrong-station"


class TripMoved(BaogongError):
    """The cart's trip is not in the state the step needs."""

    kind, code = Kind.CONFLICT, "delivery.trip-moved"


class CartElsewhere(BaogongError):
    """The cart is under way on another trip, or planned for one at the same time."""

    kind, code = Kind.REFUSED, "delivery.cart-elsewhere"


class CartFull(BaogongError):
    """More than the cart carries, by what was said when its trip was planned."""

    kind, code = Kind.REFUSED, "delivery.cart-full"


class GateUnusable(BaogongError):
    """The gate is another station's, or not open when the cart comes."""

    kind, code = Kind.REFUSED, "delivery.gate-unusable"


class GateNotNamed(BaogongError):
    """Several gates lead to the station that the cart goes to."""

    kind, code = Kind.REFUSED, "delivery.gate-not-named"


class SlotTaken(BaogongError):
    """As many carts as the gate takes in this slot are planned for it already."""

    kind, code = Kind.CONFLICT, "delivery.slot-taken"


class VehicleWithoutPass(BaogongError):
    """Outside vehicles never enter: who goes inside holds a pass valid at that moment."""

    kind, code = Kind.REFUSED, "delivery.vehicle-without-pass"


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


class PairSplit(BaogongError):
    """A building and category that has one courier by the plan was taken by two."""

    kind, code = Kind.CONFLICT, "delivery.pair-split"


class ShelfCrowded(BaogongError):
    """More households are told to come to a shelf at one time than it takes."""

    kind, code = Kind.CONFLICT, "delivery.shelf-crowded"


class NotThisShelf(BaogongError):
    """The shelf is closed, full, or another unit's; or the parcel is to go to a door."""

    kind, code = Kind.REFUSED, "delivery.not-this-shelf"


class SealedNeverOnAShelf(NotThisShelf):
    """Nobody of its house may come down to a shelf now, whatever was so when it was loaded."""

    kind, code = Kind.REFUSED, "delivery.sealed-never-on-a-shelf"


class NotOverTheCounter(BaogongError):
    """The household's people may not move freely: they do not come to the station, goods come to them."""

    kind, code = Kind.REFUSED, "delivery.not-over-the-counter"


class ProxyUnclear(UnusableInput):
    """Who comes for another is written with a name and the last four of the own document."""

    code = "delivery.proxy-unclear"


class HandoverStands(BaogongError):
    """Only what this counter handed over just now, and its household has not confirmed, is taken back."""

    kind, code = Kind.CONFLICT, "delivery.handover-stands"


class NotSealed(BaogongError):
    """The household may come down to the shelf: nothing has to be brought up from there."""

    kind, code = Kind.REFUSED, "delivery.not-sealed"


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


class DeviceRetired(BaogongError):
    """Another telephone took its place, or it was given back: it may tell what it did, and reads nothing."""

    kind, code = Kind.FORBIDDEN, "delivery.device-retired"


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


class WayKindsDiffer(BaogongError):
    """A kind of parcel, or what a zone means, is otherwise here than in the saved way: a person says which holds."""

    kind, code = Kind.CONFLICT, "delivery.way-kinds-differ"


class WayNotThere(NotFound):
    code = "delivery.way-not-there"
