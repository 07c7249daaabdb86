"""
A city that books by real name, once in three days (scenarios/booked-2020).

`cast` who acts, when · `steps` the fifteen days · `measures` what must hold
"""

from baogong.ops.scenarios.booked_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.booked_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
