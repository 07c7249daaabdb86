"""
Small merchants serve their neighbourhoods: four shops, one station, six riders, three slots (scenarios/community-shops-2022).

`cast` who acts · `opening` registers, pages, the day · `ordering` the list as it came, the last pack, who gives up ·
`bringing` picked, placed, carried in the slots · `breaks` what is planted · `measures` what must hold
"""

from baogong.ops.scenarios.community_shops_2022.measures import FACTS, MEASURES
from baogong.ops.scenarios.community_shops_2022.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
