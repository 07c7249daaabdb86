"""
A county uses our draw, twice: by lottery numbers, and by a drill's beacon (scenarios/own-draw-2020).

`cast` who acts, when · `steps` both draws · `strangers` what somebody with nothing but the bundle finds · `measures` what
must hold
"""

from baogong.ops.scenarios.own_draw_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.own_draw_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
