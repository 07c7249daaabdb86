"""
One compound, ten couriers from another city (scenarios/one-compound-2022).

`cast` who acts · `opening` the model of another place opened here · `people` tests, passes, beds, shifts · `parcels` the
day's list · `rounds` who brings what, planned, walked, helped · `breaks` what is planted · `measures` what must hold
"""

from baogong.ops.scenarios.one_compound_2022.measures import FACTS, MEASURES
from baogong.ops.scenarios.one_compound_2022.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
