"""
The old, beyond range, in person: masks booked online and on the telephone, brought to who waits for them (scenarios/assisted-2020).

`cast` who acts and who asks · `opening` registers, the rule, bikes and the van's pass · `booking` online, then by telephone ·
`bringing` placed, driven, walked, visited again, fetched by proxies · `breaks` what is planted · `measures` what must hold
"""

from baogong.ops.scenarios.assisted_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.assisted_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
