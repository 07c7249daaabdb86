"""What each rule gives to the worst served: whom the picture names, in which order, and whom it leaves to the table."""

from __future__ import annotations

from baogong.web.rule_bars import BAR, RULES, SHOWN_MAX, NeedBars, need_bars, worst_served


def bars(receiver: str, asked: int, leximin: int, pro_rata: int, first_come: int) -> NeedBars:
    return need_bars(
        receiver, "masks", "PIECE", asked, {"leximin": leximin, "pro_rata": pro_rata, "first_come": first_come}
    )


def test_whoever_any_rule_serves_worst_stands_first_and_only_the_shares_own_bar_is_marked() -> None:
    found = worst_served([bars("a", 100, 50, 50, 100), bars("b", 100, 50, 50, 0), bars("c", 200, 80, 90, 20)])
    assert [need.receiver for need in found.needs] == ["b", "c", "a"]
    assert (found.more_count, found.unserved_count) == (0, 0)
    for need in found.needs:
        assert [bar.rule for bar in need.bars] == list(RULES)
        assert [bar.rule for bar in need.bars if bar.is_chosen] == ["leximin"]
    (chosen, *_others) = found.needs[1].bars
    assert (chosen.got, chosen.ratio, chosen.width) == (80, 0.4, 0.4 * BAR)


def test_what_no_rule_can_serve_is_left_out_and_the_rest_is_counted() -> None:
    none = [bars("nobody", 10, 0, 0, 0)]
    found = worst_served([*none, *(bars(f"{number:02}", 100, number, 50, 50) for number in range(SHOWN_MAX + 3))])
    assert [need.receiver for need in found.needs] == [f"{number:02}" for number in range(SHOWN_MAX)]
    assert (found.more_count, found.unserved_count) == (3, 1)


def test_more_than_was_asked_is_no_longer_bar() -> None:
    assert bars("a", 100, 150, 100, 100).bars[0].width == BAR
