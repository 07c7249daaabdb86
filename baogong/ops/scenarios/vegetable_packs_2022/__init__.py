"""
21 t of vegetable packs, 120 lent computers and volunteers' hours (scenarios/vegetable-packs-2022).

`cast` who acts · `goods` money, growers, packing · `asked` households, needs, shares · `road` trucks and doors ·
`scales` the weighbridge · `loans` computers · `crew` the volunteers' sheet · `breaks` what is planted ·
`growing` what a pack is made of, as the book has it · `rules` two other ways to share · `measures` what must hold
"""

from baogong.ops.scenarios.vegetable_packs_2022.measures import FACTS, MEASURES
from baogong.ops.scenarios.vegetable_packs_2022.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
