"""Doubles and split requests found, with their grounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.asked import Ground, GroupUse, Wish, likely_doubles, quantity_for

DAY = 24 * 3600


def wish(key: str, house: str, amount: int | None, *, item: str = "n95", at_s: int = 0, contact: str = "") -> Wish:
    return Wish(key, house, item, "mask PIECE", amount, at_s, frozenset({contact} if contact else ()))


def test_a_hospital_that_asks_for_the_sum_of_its_wards_is_shown_with_each_ward() -> None:
    wishes = [wish("all", "union", 800), wish("icu", "union-icu", 500), wish("fever", "union-fever", 300)]
    couples = likely_doubles(wishes, parts=[("union", "union-icu"), ("union", "union-fever")])
    assert {(each.parent, each.child) for each in couples if Ground.SUM in each.grounds} == {
        ("all", "icu"),
        ("all", "fever"),
    }
    assert all(each.is_part for each in couples if each.parent == "all")
    assert couples[0].others in (("fever",), ("icu",))


def test_volunteers_with_the_same_telephone_and_amount_are_suspected() -> None:
    wishes = [wish("office", "union", 1000, contact="t1"), wish("group", "friends", 1000, contact="t1", at_s=DAY)]
    (couple,) = likely_doubles(wishes)
    assert {Ground.SAME_CONTACT, Ground.SAME_AMOUNT, Ground.SAME_ITEM, Ground.NEAR} <= set(couple.grounds)
    assert (couple.parent, couple.child) == ("office", "group")


def test_strangers_and_other_goods_are_not_shown_together() -> None:
    assert likely_doubles([wish("a", "union", 1000), wish("b", "tongji", 1000)]) == ()
    suits = Wish("s", "union", "suit", "suit PIECE", 1000, 0)
    assert likely_doubles([wish("a", "union", 1000), suits]) == ()


def test_what_a_person_settled_is_not_asked_again() -> None:
    wishes = [wish("a", "union", 1000), wish("b", "union", 1000)]
    assert likely_doubles(wishes)
    assert likely_doubles(wishes, settled=[("b", "a")]) == ()


def test_a_power_of_ten_is_named() -> None:
    (couple,) = likely_doubles([wish("a", "union", 1000), wish("b", "union", 10_000)])
    assert Ground.POWER_OF_TEN in couple.grounds


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 5000), st.integers(1, 30)), max_size=5), st.integers(0, 60)
)
def test_groups_are_rounded_up_once(groups: list[tuple[int, int, int]], days: int) -> None:
    exact = sum(people * days * milli / per / 1000 for people, milli, per in groups)
    quantity = quantity_for([GroupUse(*group) for group in groups], days_count=days)
    assert -1e-6 <= quantity - exact < 1 + 1e-6
