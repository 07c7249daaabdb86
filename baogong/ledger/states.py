"""Where a thing can stand, and why it moved. Stored codes."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What an account says about what stands in it, at its holder."""

    AVAILABLE = "AVAILABLE"  # at the holder's, for sale or to be promised
    FROZEN = "FROZEN"  # set aside for relief by its owner or an authority
    OFFERED = "OFFERED"  # put out to the public under a rule; only claims take from it
    ABOARD = "ABOARD"  # on the holder's vehicle
    SHELF = "SHELF"  # on a shelf, waiting for its receiver
    TO_LEND = "TO_LEND"  # a lender's, kept by the holder until it is lent; never sold, shared or given away
    LENT = "LENT"  # in the holder's hands and still the lender's
    HANDED_OVER = "HANDED_OVER"  # signed for: the holder owns it now
    LOST = "LOST"
    SPOILED = "SPOILED"
    SOLD = "SOLD"
    USED = "USED"
    RETURNED = "RETURNED"
    OUTSIDE = "OUTSIDE"  # the world beyond the book: what comes in leaves it
    CONVERSION = "CONVERSION"  # between what went into a repack or a purchase and what came out

    @property
    def is_outside(self) -> bool:
        """May stand below zero."""
        return self in (State.OUTSIDE, State.CONVERSION)


class Reason(StrEnum):
    """Why a batch was posted. Every batch has one."""

    COUNT = "COUNT"
    PURCHASE = "PURCHASE"
    SALE = "SALE"
    GIFT = "GIFT"
    CONSIGNMENT = "CONSIGNMENT"
    FREEZE = "FREEZE"
    LIFT = "LIFT"
    ALLOT = "ALLOT"
    UNDO = "UNDO"
    RELEASE = "RELEASE"  # put out to the public, or taken back
    CLAIM = "CLAIM"
    LOAD = "LOAD"
    UNLOAD = "UNLOAD"
    HANDOVER = "HANDOVER"
    LOSS = "LOSS"
    DAMAGE = "DAMAGE"
    USE = "USE"
    RETURN = "RETURN"
    LOAN = "LOAN"  # it stays its lender's
    CORRECTION = "CORRECTION"
    CONVERSION = "CONVERSION"
    RE_EARMARK = "RE_EARMARK"  # the only one under which a conversion may widen an earmark
    EXPIRY = "EXPIRY"
    EXTENSION = "EXTENSION"
