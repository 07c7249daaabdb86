"""The room's refusals. Each says what was found, what is allowed and what to do."""

from __future__ import annotations

from baogong.kernel.errors import BaogongError, Kind, UnusableInput


class ReleaseTwice(BaogongError):
    """The office has a release of this code already."""

    kind, code = Kind.CONFLICT, "release.code-twice"


class RuleFixed(BaogongError):
    """A release that has opened keeps its rule."""

    kind, code = Kind.CONFLICT, "release.rule-fixed"


class NotTried(BaogongError):
    """The newest wording of the rule was not tried on a made-up city."""

    kind, code = Kind.REFUSED, "release.not-tried"


class TriedTooLittle(BaogongError):
    """The newest wording was tried with no units, or on fewer people than a day's units suffice for. `why` says which."""

    kind, code = Kind.REFUSED, "release.tried-too-little"


class TrialUnusable(UnusableInput):
    code = "release.trial-unusable"


class TrancheUnusable(UnusableInput):
    code = "release.tranche-unusable"


class RegionUnknown(UnusableInput):
    """A code of a district that neither the register of regions nor the rule names: nobody could claim under it."""

    code = "release.region-unknown"


class BeyondTheRule(TrancheUnusable):
    """More than the rule puts out on that day, or a day it does not name."""

    code = "release.beyond-the-rule"


class QuotasDiffer(BaogongError):
    """Releases that count one quota have the same quotas."""

    kind, code = Kind.REFUSED, "release.quotas-differ"


class ClaimMoved(BaogongError):
    """The claim is not in the state this step needs."""

    kind, code = Kind.CONFLICT, "release.claim-moved"


class ClaimRanOut(BaogongError):
    """The right was not fetched in time."""

    kind, code = Kind.CONFLICT, "release.claim-ran-out"


class AddressWaits(BaogongError):
    """Nothing can be brought to an address now. The right stands, and waits."""

    kind, code = Kind.CONFLICT, "release.address-waits"


class NothingLeftToBring(BaogongError):
    """Fewer units of the tranche are free than a lost claim needs once more."""

    kind, code = Kind.REFUSED, "release.nothing-left-to-bring"


class CostsUnknown(BaogongError):
    """A part of a price is the giver's, and nobody says who the giver is, or whom it is owed to."""

    kind, code = Kind.REFUSED, "release.costs-unknown"


class ProxyNotAllowed(BaogongError):
    """The rule gives it to nobody but the claimant."""

    kind, code = Kind.REFUSED, "release.proxy-not-allowed"


class PersonUnusable(UnusableInput):
    """A number, telephone or address that is none. Never repeats what was typed."""

    code = "release.person-unusable"


class PeopleStillNeeded(PersonUnusable):
    """A city's people are not forgotten while a release is open, a right is owed or something is on its way to them."""

    kind, code = Kind.CONFLICT, "release.people-still-needed"


class WinnersUnusable(UnusableInput):
    """Another office's list does not come to what was signed for, or does not fit the release. Every problem is named."""

    code = "release.winners-unusable"


class RightRedeemed(BaogongError):
    """The right was used before, in this or another channel."""

    kind, code = Kind.CONFLICT, "release.right-redeemed"


class IsBrought(BaogongError):
    """Its rule brings it: a desk hands it out only where couriers came in vain and gave it back."""

    kind, code = Kind.CONFLICT, "release.is-brought"


class UnitsGivenOn(BaogongError):
    """A right was used within its time and told after it ran out; its units are promised to others by now. A person decides."""

    kind, code = Kind.CONFLICT, "release.units-given-on"


class ContactNeeded(UnusableInput):
    """What is brought needs a name, a telephone and an address, and whose right it is. Never repeats what was typed."""

    code = "release.contact-needed"


class NoSuchRight(BaogongError):
    """No right here is this document's and this telephone's; which of the two is wrong is not told."""

    kind, code = Kind.NOT_FOUND, "release.no-such-right"


class PlaceUnknown(UnusableInput):
    """A right was used at a place that does not hand this stock out. Those that do are named."""

    code = "release.place-unknown"


class DrawUnusable(UnusableInput):
    """This draw cannot be announced, entered or fed so."""

    code = "release.draw-unusable"


class DrawnOnce(BaogongError):
    """There is one draw of a tranche, drawn once; what was announced, closed or drawn stays."""

    kind, code = Kind.CONFLICT, "release.drawn-once"


class DrawNotThere(BaogongError):
    """The draw is not at the step this needs."""

    kind, code = Kind.CONFLICT, "release.draw-step"


class CannotBeMissing(BaogongError):
    """The announced source is not declared missing: no fallback was announced, it is not due yet, or the fallback is near."""

    kind, code = Kind.CONFLICT, "release.cannot-be-missing"


class OtherSource(BaogongError):
    """At each moment one of a draw's two announced sources counts, and this is the other."""

    kind, code = Kind.CONFLICT, "release.other-source"


class ChoiceUnderway(BaogongError):
    """Lots are not drawn yet, or a list of winners waits for its second signature: stock and release stay as announced."""

    kind, code = Kind.CONFLICT, "release.choice-underway"


class EntryRefused(BaogongError):
    """This person may not enter this draw. Says why by code, and nothing of the person."""

    kind, code = Kind.REFUSED, "release.entry-refused"


class ClerkCapReached(BaogongError):
    """One clerk has brought, typed or by list, as many claims of the tranche as the rule lets one clerk bring."""

    kind, code = Kind.REFUSED, "release.clerk-cap"


class NotDisinfected(BaogongError):
    """The rule asks that goods are disinfected when they come in, and so many are not written down as that."""

    kind, code = Kind.REFUSED, "release.not-disinfected"


class ClusterUnusable(UnusableInput):
    """A verdict on people who share nothing here, or without a reason."""

    code = "release.cluster-unusable"
