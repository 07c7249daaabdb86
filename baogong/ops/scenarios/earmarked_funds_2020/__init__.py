"""
Money for five hospitals, every fen followed (scenarios/earmarked-funds-2020).

`cast` who acts · `money` what is given and comes in · `orders` 20 purchases, and the company's own · `goods` deliveries,
bills, what comes back · `road` to the hospitals' doors · `replay` the funds after every movement · `measures` what must
hold · `breaks` the failures that are planted.
"""

from baogong.ops.scenarios.earmarked_funds_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.earmarked_funds_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
