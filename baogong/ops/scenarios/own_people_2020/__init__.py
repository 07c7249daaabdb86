"""
The company's own fifteen hundred in the city that is being sealed (scenarios/own-people-2020).

`cast` who acts, and the names · `staff` register, kit, leave, gate, roll · `steps` their order · `measures` what must hold.
"""

from baogong.ops.scenarios.own_people_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.own_people_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
