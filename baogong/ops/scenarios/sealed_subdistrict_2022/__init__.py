"""
A sealed sub-district, two stations inside, one outside (scenarios/sealed-subdistrict-2022).

`cast` who acts · `ground` places, gates, zones, stations, carts · `people` passes, call, muster, tests, duties ·
`parcels` lists, carts, gates' slots · `rounds` planned, walked, told by telephones · `stopped` a test that runs out in
mid-shift · `breaks` what is planted · `measures` what must hold
"""

from baogong.ops.scenarios.sealed_subdistrict_2022.measures import FACTS, MEASURES
from baogong.ops.scenarios.sealed_subdistrict_2022.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
