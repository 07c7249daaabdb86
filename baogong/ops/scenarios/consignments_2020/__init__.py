"""
Goods of twelve others, carried to whom their owners named (scenarios/consignments-2020).

`cast` who acts · `steps` asking, looking, sharing out, driving · `measures` what must hold.
"""

from baogong.ops.scenarios.consignments_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.consignments_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
