"""
A province's free claim: one fen, the rest the giver's (scenarios/one-fen-2020).

`cast` who acts, when · `steps` addresses verified, goods claimed, brought, costs posted · `measures` what must hold
"""

from baogong.ops.scenarios.one_fen_2020.measures import FACTS, MEASURES
from baogong.ops.scenarios.one_fen_2020.steps import STEPS

__all__ = ["FACTS", "MEASURES", "STEPS"]
