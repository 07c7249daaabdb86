"""
Six warehouses, one hub, a sealed city (scenarios/hubei-relay-2020).

`cast` who acts · `goods` 22 and 23 January: counting, freezing, gifts, needs · `convoys` planning and agreement ·
`road` what trucks and keepers do, by the plan's own times · `later` 25 to 29 January · `measures` what must hold.
"""

from baogong.ops.scenarios.hubei_relay_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.hubei_relay_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
