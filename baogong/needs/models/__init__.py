"""Tables of the needs room, by noun."""

from baogong.needs.models.figures import Figure, Household, PackRule, UseStandard
from baogong.needs.models.needs import Allotment, Need, ReadRow
from baogong.needs.models.trust import Check, Contact, Renewal, Ringing, Tie

__all__ = [
    "Allotment",
    "Check",
    "Contact",
    "Figure",
    "Household",
    "Need",
    "PackRule",
    "ReadRow",
    "Renewal",
    "Ringing",
    "Tie",
    "UseStandard",
]
