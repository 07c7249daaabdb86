"""Tables of the crew room, by noun."""

from baogong.crew.models.calls import Call, Member, SignUp, Wanted
from baogong.crew.models.keep import KitIssue, KitPart, Lodging, Meal, Stay
from baogong.crew.models.plans import Assignment, Entry, RollAnswer, RollCall
from baogong.crew.models.proofs import EntryRule, FirmListing, Pass, Temperature, Test
from baogong.crew.models.shifts import Correction, Shift

__all__ = [
    "Assignment",
    "Call",
    "Correction",
    "Entry",
    "EntryRule",
    "FirmListing",
    "KitIssue",
    "KitPart",
    "Lodging",
    "Meal",
    "Member",
    "Pass",
    "RollAnswer",
    "RollCall",
    "Shift",
    "SignUp",
    "Stay",
    "Temperature",
    "Test",
    "Wanted",
]
