"""`kill -9` of a play, of its server, of both: nothing is lost, nothing doubled, and the story still comes to its end."""

from __future__ import annotations

import random
import sys

from tests.scenarios.conftest import Played
from tests.scenarios.killed_plays import ACT, BOTH, Kill, Soak, Unkilled, killed_play, stand

SEED = 20_200_124
PLAY_S = 15


def test_a_play_killed_three_times_ends_as_if_nobody_had_killed_it(played: Played) -> None:
    dice, soak = random.Random(SEED), Soak()
    kills = [
        Kill(ACT, "act import", dice.randint(1, 500)),
        Kill(BOTH, "step 11", share=dice.random() / 10),
        Kill(ACT, dice.choice(["act load", "act receive", "act hand over"]), dice.randint(1, 100)),
    ]
    unkilled = Unkilled(played.document, played.told, {}, PLAY_S)
    with stand() as at:
        killed_play(at, unkilled, kills, soak, sys.stderr.write)
    assert soak.faults == []
    assert (soak.kills, soak.verified, soak.completed) == (3, 3, 1)
