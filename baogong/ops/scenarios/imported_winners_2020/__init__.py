"""
A city's own draw, one right, two channels (scenarios/imported-winners-2020).

`cast` who acts, when · `rights` used in the shop, online, on paper, in the same second · `steps` the story ·
`measures` what must hold
"""

from baogong.ops.scenarios.imported_winners_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.imported_winners_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
