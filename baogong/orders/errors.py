"""The room's refusals. Each says what was found, what is allowed and what to do."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput


class BasketUnusable(UnusableInput):
    """What was said of a basket makes no sense."""

    code = "orders.basket-unusable"


class OrganiserElsewhere(BaogongError):
    """Whoever organises a basket lives in the community."""

    kind, code = Kind.REFUSED, "orders.organiser-elsewhere"


class BasketMoved(BaogongError):
    """The basket is at another step."""

    kind, code = Kind.CONFLICT, "orders.basket-moved"


class NotReported(BaogongError):
    """Goods, licence and driver are reported before a basket opens."""

    kind, code = Kind.REFUSED, "orders.not-reported"


class NotOpenYet(BaogongError):
    """A basket's menu goes into its group once the committee has signed."""

    kind, code = Kind.REFUSED, "orders.not-open-yet"


class DayTooFar(UnusableInput):
    """A basket's day lies so far ahead that it is more likely mistyped."""

    code = "orders.day-too-far"


class DeadlinePassed(BaogongError):
    """Nobody could order any more once it is signed."""

    kind, code = Kind.CONFLICT, "orders.deadline-passed"


class LinesWait(BaogongError):
    """Lines of the chain wait for a person."""

    kind, code = Kind.REFUSED, "orders.lines-wait"


class TooFewPacks(BaogongError):
    """The basket's minimum is not reached."""

    kind, code = Kind.REFUSED, "orders.too-few-packs"


class LessThanNothing(BaogongError):
    """A household takes back more than it ordered."""

    kind, code = Kind.REFUSED, "orders.less-than-nothing"


class LineUnusable(UnusableInput):
    """What a person decided about a line makes no order."""

    code = "orders.line-unusable"


class DoorUnknown(BaogongError):
    """The register of the community has no such door."""

    kind, code = Kind.REFUSED, "orders.door-unknown"


class LineMoved(BaogongError):
    """A line is not one that can be decided now."""

    kind, code = Kind.CONFLICT, "orders.line-moved"


class PasteUnusable(UnusableInput):
    """A paste that is empty or too long, or a table without the columns an order needs."""

    code = "orders.paste-unusable"


class OtherDriver(BaogongError):
    """Another driver or vehicle came than was reported."""

    kind, code = Kind.REFUSED, "orders.other-driver"


class NotSprayed(BaogongError):
    """Nothing is handed out before it was disinfected."""

    kind, code = Kind.REFUSED, "orders.not-sprayed"


class PortionMoved(BaogongError):
    """A portion is elsewhere than this step needs."""

    kind, code = Kind.CONFLICT, "orders.portion-moved"


class NoneToSpare(BaogongError):
    """Nothing of what was lost is there that nobody was promised."""

    kind, code = Kind.CONFLICT, "orders.none-to-spare"


class StillOwed(BaogongError):
    """People of a basket, or of a district's shops, are still needed: something is to be brought or paid back."""

    kind, code = Kind.REFUSED, "orders.still-owed"


class MoneyUnusable(UnusableInput):
    """More is paid back than is owed, or nothing at all."""

    code = "orders.money-unusable"


class TruckUnusable(UnusableInput):
    code = "orders.truck-unusable"


class TruckLoaded(BaogongError):
    """What goes onto a truck was shared out already."""

    kind, code = Kind.CONFLICT, "orders.truck-loaded"


class BasketNotThere(NotFound):
    code = "orders.basket-not-there"
