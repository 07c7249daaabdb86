"""
Shelves at every unit, households called one by one (scenarios/shelves-2022).

`cast` who acts · `ground` communities, doors, the notice, the way of working brought along · `people` passes, tests, who
works when · `parcels` lists, disinfection, doors asked for · `rounds` planned, walked, sprayed at the shelves · `calls`
who is called when, and fetches · `breaks` what is planted · `measures` what must hold
"""

from baogong.ops.scenarios.shelves_2022.measures import FACTS, MEASURES
from baogong.ops.scenarios.shelves_2022.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
