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
DIGESTS = ["990DD0A5692A029A98B5E01AA28F3459", "3691E55CB63FCC37914430B2F70B5EC6", "FE814EDF564C190AC1D25753979990FA"]


def test_the_rfcs_example_is_drawn() -> None:
    assert lottery.key_of(SOURCES, [False] * 3) == KEY
    assert [f"{digest:032X}" for digest in islice(lottery.digests(KEY), 3)] == DIGESTS
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
