"""RFC 3797: its worked example, and picks that stay a permutation."""

from __future__ import annotations

import hashlib
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.draw import lottery
from tests.engine.draw.worlds import verify

POOL = [
    "John",
    "Mary",
    "Bashful",
    "Dopey",
    "Sleepy",
    "Grouchy",
    "Doc",
    "Sneazy",
    "Handsome",
    "Cassandra",
    "Pollyanna",
    "Pendragon",
    "Pandora",
    "Faith",
    "Hope",
    "Charity",
    "Lee",
    "Longsuffering",
    "Chastity",
    "Smith",
    "Pride",
    "Sloth",
    "Envy",
    "Anger",
    "Kasczynski",
]
SOURCES = [[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]]
KEY = "9319./2.5.8.10.12./9.18.26.34.41.45./"
PICKS = [
    "Lee",
    "Doc",
    "Mary",
    "Charity",
    "Kasczynski",
    "Envy",
    "Sneazy",
    "Anger",
    "Chastity",
    "Pandora",
    "Sloth",
    "Sleepy",
    "Longsuffering",
    "Handsome",
    "John",
    "Dopey",
]
DIGESTS = [
    "990DD0A5692A029A98B5E01AA28F3459",
    "3691E55CB63FCC37914430B2F70B5EC6",
    "FE814EDF564C190AC1D25753979990FA",
    "1863CCACEB568C31D7DDBDF1D4E91387",
    "F4AB33DF4889F0AF29C513905BE1D758",
    "13EAEB529F61ACFB9A29D0BA3A60DE4A",
    "992DB77C382CA2BDB9727001F3CDCCD9",
    "63AB4258ECA922976811C7F55C383CE7",
    "DFBC5AC97CED01B3A6E348E3CC63F40D",
    "31CB111C4A4EBE9287CEAE16FE51B909",
    "07FA46C122F164C215BBC72793B189A3",
    "AC52F8D75CCBE2E61AFEB3387637D501",
    "53306F73E14FC0B2FBF434218D25948E",
    "B5D1403501A81F9A47318BE7893B347C",
    "85B10B356AA06663EF1B1B407765100A",
    "3269E6CE559ABD57E2BA6AAB495EB9BD",
]


def test_the_rfcs_example_is_drawn() -> None:
    assert lottery.key_of(SOURCES, [False] * 3) == KEY
    assert [f"{digest:032X}" for digest in islice(lottery.digests(KEY), len(PICKS))] == DIGESTS
    assert [POOL[row] for row in islice(lottery.picks(KEY, len(POOL)), len(PICKS))] == PICKS


def test_another_number_draws_others_and_order_counts_where_it_was_announced() -> None:
    other = lottery.key_of([[9318], *SOURCES[1:]], [False] * 3)
    assert [POOL[row] for row in islice(lottery.picks(other, len(POOL)), len(PICKS))] != PICKS
    assert lottery.key_of([[3, 1, 2]], [True]) == "3.1.2./"
    assert lottery.key_of([[3, 1, 2]], [False]) == "1.2.3./"


@given(st.integers(1, 400), st.text("0123456789./", max_size=40))
def test_everybody_is_picked_once_as_by_striking_names_off_a_list(count: int, key: str) -> None:
    left, struck = list(range(count)), []
    for pick in range(count):
        two = pick.to_bytes(2, "big")
        digest = int.from_bytes(hashlib.md5(two + key.encode() + two).digest(), "big")
        struck.append(left.pop(digest % len(left)))
    assert list(lottery.picks(key, count)) == struck
    assert list(verify.lottery_order(key.encode(), count)) == struck
