"""Tables of the people room, by noun."""

from baogong.people.models.access import DutyHeld, KeyCheck, Link, LinkUse, Pace, User
from baogong.people.models.identity import PersonalDatum, PersonalRead, PurposeKey
from baogong.people.models.merges import Apart, Merge
from baogong.people.models.parties import Alias, Party

__all__ = [
    "Alias",
    "Apart",
    "DutyHeld",
    "KeyCheck",
    "Link",
    "LinkUse",
    "Merge",
    "Pace",
    "Party",
    "PersonalDatum",
    "PersonalRead",
    "PurposeKey",
    "User",
]
