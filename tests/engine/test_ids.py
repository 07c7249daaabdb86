"""Ids made many at once are the ids made one by one."""

from __future__ import annotations

from baogong.kernel.ids import new_id, new_ids


def test_ids_made_at_once_follow_those_before_and_precede_those_after() -> None:
    made = [new_id(), *new_ids(10_000), new_id(), *new_ids(3)]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert len({one.int & ((1 << 62) - 1) for one in made}) == len(made)
    assert new_ids(0) == []
