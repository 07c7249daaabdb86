"""The freight room's refusals. Each says what was found, what is allowed and what to do."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind


class WaybillMoved(BaogongError):
    """The waybill is not in the state the act needs: someone was here before, or a step is missing."""

    kind, code = Kind.CONFLICT, "freight.waybill-moved"


class NotAllLoaded(BaogongError):
    """The truck takes more waybills from here than are aboard."""

    kind, code = Kind.CONFLICT, "freight.not-all-loaded"


class TruckNotNamed(BaogongError):
    kind, code = Kind.REFUSED, "freight.truck-not-named"


class TruckDoesNotFit(BaogongError):
    """The vehicle is another carrier's, or too small."""

    kind, code = Kind.REFUSED, "freight.truck-does-not-fit"


class TruckElsewhere(BaogongError):
    """The vehicle is under way on another run, or named for one at the same time."""

    kind, code = Kind.REFUSED, "freight.truck-elsewhere"


class DriverElsewhere(BaogongError):
    """The driver is under way with another truck, or named for one at the same time."""

    kind, code = Kind.REFUSED, "freight.driver-elsewhere"


class GoodsNotHere(BaogongError):
    """Fewer units stand at the origin under this parcel's promise than are to be loaded."""

    kind, code = Kind.CONFLICT, "freight.goods-not-here"


class TooEarly(BaogongError):
    kind, code = Kind.REFUSED, "freight.too-early"


class ArrivesTooSoon(BaogongError):
    """No truck drives this road in so short a time: most likely a slip of a finger."""

    kind, code = Kind.REFUSED, "freight.arrives-too-soon"


class ArrivalStands(BaogongError):
    """Goods were taken over or loaded after this arrival: the truck was there."""

    kind, code = Kind.CONFLICT, "freight.arrival-stands"


class NoPass(BaogongError):
    """The vehicle has no valid pass for a seal it would cross."""

    kind, code = Kind.REFUSED, "freight.no-pass"


class CarrierHasNotAgreed(BaogongError):
    kind, code = Kind.REFUSED, "freight.carrier-has-not-agreed"


class AlreadyAnswered(BaogongError):
    kind, code = Kind.CONFLICT, "freight.already-answered"


class AlreadyLoaded(BaogongError):
    """A plan cannot be taken back once a truck is loaded under it."""

    kind, code = Kind.CONFLICT, "freight.already-loaded"


class SignatureMissing(BaogongError):
    kind, code = Kind.REFUSED, "freight.signature-missing"


class NotWhereItCameFrom(BaogongError):
    """A driver would bring refused goods to a place they never were at."""

    kind, code = Kind.FORBIDDEN, "freight.not-where-it-came-from"


class NothingToMove(BaogongError):
    kind, code = Kind.REFUSED, "freight.nothing-to-move"


class DecidedBySamePerson(BaogongError):
    kind, code = Kind.FORBIDDEN, "freight.decided-by-same-person"
