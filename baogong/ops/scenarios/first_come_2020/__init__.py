"""
A city's first day: first come, brought within 24 hours (scenarios/first-come-2020).

`cast` who acts and who claims · `opening` registers, the rule, goods in · `rush` the first minute through three channels ·
`bringing` accepted, placed, walked, what runs late · `breaks` what is planted · `measures` what must hold
"""

from baogong.ops.scenarios.first_come_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.first_come_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
