"""What the needs room refuses."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput


class NeedNotThere(NotFound):
    code = "needs.need-not-there"


class NeedLooksDoubled(BaogongError):
    """The same receiver already asks for the same item. A person says whether it is the same need."""

    kind, code = Kind.CONFLICT, "needs.need-looks-doubled"


class NeedClosed(BaogongError):
    kind, code = Kind.CONFLICT, "needs.need-closed"


class AmountUnclear(BaogongError):
    """A need states a quantity, or people and days, or that it has no upper limit: one of them."""

    kind, code = Kind.UNUSABLE, "needs.amount-unclear"


class NotRelief(BaogongError):
    """The goods are the shop's: only frozen, given or consigned goods can be promised to receivers."""

    kind, code = Kind.REFUSED, "needs.not-relief"


class EarmarkBroken(BaogongError):
    """The giver named whom or what the goods are for; this is someone or something else."""

    kind, code = Kind.REFUSED, "needs.earmark-broken"


class StandardNotAccepted(BaogongError):
    kind, code = Kind.REFUSED, "needs.standard-not-accepted"


class NotEnoughLeft(BaogongError):
    kind, code = Kind.CONFLICT, "needs.not-enough-left"


class AllotmentMoved(BaogongError):
    """The first hand has moved: what was promised is on its way and can only be returned or reported."""

    kind, code = Kind.CONFLICT, "needs.allotment-moved"


class NothingToShare(BaogongError):
    kind, code = Kind.REFUSED, "needs.nothing-to-share"


class NothingToBuy(BaogongError):
    """No open need, no offer for it, or no money."""

    kind, code = Kind.REFUSED, "needs.nothing-to-buy"


class PurchaseHasMoved(BaogongError):
    """A supplier was paid, or goods came: undoing the plan would undo neither."""

    kind, code = Kind.CONFLICT, "needs.purchase-has-moved"


class NumberMissing(BaogongError):
    """Who rang back says which number: the one who asked may have given a friend's."""

    kind, code = Kind.UNUSABLE, "needs.number-missing"


class ReasonMissing(BaogongError):
    """What was found wrong has to be said, or nobody can mend it."""

    kind, code = Kind.UNUSABLE, "needs.reason-missing"


class TieTurnsBack(BaogongError):
    """A need cannot be part of its own part."""

    kind, code = Kind.REFUSED, "needs.tie-turns-back"


class TiedAlready(BaogongError):
    """A need counts under one other at most."""

    kind, code = Kind.CONFLICT, "needs.tied-already"


class DoubleKnowsMore(BaogongError):
    """The need that would count for nothing is verified or has an amount, the kept one is not."""

    kind, code = Kind.REFUSED, "needs.double-knows-more"


class GoodsDiffer(BaogongError):
    """Needs for goods that are counted differently cannot be one or part of one."""

    kind, code = Kind.REFUSED, "needs.goods-differ"


class StillHolds(BaogongError):
    """Goods stand at the party, or are on their way to it: it cannot be merged away now."""

    kind, code = Kind.REFUSED, "needs.still-holds"


class FiguresMoved(BaogongError):
    """Between the look and the change, something else changed: what was shown is not what would happen."""

    kind, code = Kind.CONFLICT, "needs.figures-moved"


class NobodyCounted(BaogongError):
    """No household of the community is counted in the groups that use this item."""

    kind, code = Kind.REFUSED, "needs.nobody-counted"


class UseUnknown(BaogongError):
    """Nobody has said what one person uses of this item."""

    kind, code = Kind.UNUSABLE, "needs.use-unknown"


class ProofUnusable(UnusableInput):
    code = "needs.proof-unusable"


class PackRuleUnusable(UnusableInput):
    """A rule about packs that no household could be counted by."""

    code = "needs.pack-rule-unusable"
