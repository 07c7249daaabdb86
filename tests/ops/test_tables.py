"""Tables for a person fit the terminal they are printed in."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from baogong.ops.tables import rows, sheet

NEED: dict[str, Any] = {
    "id": "01a220eb-5ee9-7000-867e-9f710d16f470",
    "receiver_name": "武汉大学中南医院",
    "state": "PARTLY_COMMITTED",
    "cost_fen": 120_050,
    "capacity_g": 10_000_000,
    "amount": 20_000,
    "met": 0,
    "note": "",
    "fresh_until": "2020-01-24T00:00:00+00:00",
}
COLUMNS = "receiver_name state amount met cost_fen capacity_g note fresh_until id"


def printed(width: int, columns: str = COLUMNS) -> str:
    out = io.StringIO()
    rows(columns)(Console(file=out, width=width), {"items": [NEED, {**NEED, "amount": 35}]})
    lines = out.getvalue().rstrip("\n").split("\n")
    assert all(len(line.rstrip()) <= width for line in lines)
    return out.getvalue()


def test_a_wide_terminal_shows_all_but_what_no_row_has() -> None:
    text = printed(200)
    assert all(head in text for head in ("receiver", "met", "cost", "capacity", "fresh until", NEED["id"]))
    assert "note" not in text
    assert "¥ 1,200.50" in text
    assert "10,000 kg" in text
    assert "2020-01-24 08:00" in text  # on the house's clock


def test_a_narrow_one_leaves_out_ids_first_and_says_so() -> None:
    text = printed(110)
    assert NEED["id"][:13] not in text
    assert "ids in a wider terminal, or with --json" in text
    assert "PARTLY_COMMITTED" in text
    assert "met" in text.split("\n", 1)[0]


def test_a_narrower_one_leaves_out_what_is_nothing_in_every_row() -> None:
    text = printed(76)
    assert "all 0: met" in text
    assert "PARTLY_COMMITTED" in text


def test_a_single_thing_shows_its_noughts() -> None:
    out = io.StringIO()
    sheet("receiver_name met note")(Console(file=out, width=80), NEED)
    assert "met" in out.getvalue()
    assert "note" not in out.getvalue()
