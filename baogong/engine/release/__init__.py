"""
Rationed release: the rule as data, calendar turns, the price in parts, who is admitted. Pure.

`Rule.read` takes a rule from plain data and gathers every fault; `admit` judges claims in order; `charge` splits a
price to the fen; `try_rule` plays a rule on a made-up city before it opens to a real one.
"""

from baogong.engine.release.admission import (
    Ask,
    Head,
    Outcome,
    Reserve,
    Slot,
    Tally,
    Tranche,
    Used,
    Verdict,
    admit,
    first_to_move,
    refusal_of,
    shuffled,
)
from baogong.engine.release.prices import Charge, charge, resident_fen
from baogong.engine.release.rule import (
    CHOSEN_MODES,
    Bearer,
    DrawRule,
    Eligibility,
    Mode,
    Part,
    Payee,
    PricePart,
    Quota,
    ReserveRule,
    Rule,
    RuleUnusable,
    Subject,
    Turn,
    TurnKind,
)
from baogong.engine.release.trial import City, Trial, says_too_little, try_rule

__all__ = [
    "CHOSEN_MODES",
    "Ask",
    "Bearer",
    "Charge",
    "City",
    "DrawRule",
    "Eligibility",
    "Head",
    "Mode",
    "Outcome",
    "Part",
    "Payee",
    "PricePart",
    "Quota",
    "Reserve",
    "ReserveRule",
    "Rule",
    "RuleUnusable",
    "Slot",
    "Subject",
    "Tally",
    "Tranche",
    "Trial",
    "Turn",
    "TurnKind",
    "Used",
    "Verdict",
    "admit",
    "charge",
    "first_to_move",
    "refusal_of",
    "resident_fen",
    "says_too_little",
    "shuffled",
    "try_rule",
]
