"""
菜篮子: wants of thirty controlled communities, gathered in chat groups (scenarios/vegetable-basket-2022).

`cast` who acts, and the lists · `gathering` registers, baskets, chains, the clerks' answers · `bringing` trucks, stations,
arrival, shares, handover · `breaks` what is planted · `measures` what must hold
"""

from baogong.ops.scenarios.vegetable_basket_2022.measures import FACTS, MEASURES
from baogong.ops.scenarios.vegetable_basket_2022.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
