"""How well the labelled lines are read; `python -m tests.engine.chain.labelled` prints it all."""

from __future__ import annotations

import pytest

from tests.engine.chain.labelled import HALVES, cases, lines_count, measured

LEAST = 0.98


@pytest.mark.parametrize("half", HALVES)
def test_every_field_of_the_labelled_lines_is_read_as_labelled(half: str) -> None:
    scores, differing = measured(half)
    poor = {
        name: (score.precision, score.recall)
        for name, score in scores.items()
        if min(score.precision, score.recall) < LEAST
    }
    assert not poor, "\n".join(differing)


def test_the_labelled_set_is_as_large_as_promised_and_its_halves_share_no_line() -> None:
    assert sum(map(lines_count, HALVES)) >= 300
    worked, held = ({case.lines[at] for case in cases(half) for at in case.labels} for half in HALVES)
    assert not worked & held


def test_a_wrong_reading_would_be_counted() -> None:
    """The measure itself: entries that nobody labelled lower the precision, entries not read the recall."""
    scores, _ = measured("worked")
    entry = scores["entry"]
    entry.read += 10
    assert entry.precision < LEAST
    entry.labelled += 10
    assert entry.recall < LEAST
