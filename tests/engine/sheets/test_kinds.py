"""What becomes of each line of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.sheets import kinds, read_pasted
from baogong.engine.sheets.kinds import (
    Candidate,
    ImportKind,
    LineOutcome,
    NotAChoice,
    Status,
    UnknownKind,
    guess_kind,
    kind_named,
    refused,
    register_kind,
    settle,
    summary,
    unread_columns,
)
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.tables import BadCell, Table
from baogong.kernel.actor import Actor

NOW = datetime(2020, 1, 23, tzinfo=UTC)


def nothing(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    return ()


def leave(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    return


@pytest.fixture
def _two_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {})
    name, amount, lat = (
        Column("item", "物资", "item", is_required=True),
        Column("amount", "数量", "amount", is_required=True),
        Column("lat", "纬度", "lat"),
    )
    register_kind(ImportKind("stock", "库存", "Stock", (name, amount), nothing, leave))
    register_kind(ImportKind("items", "目录", "Items", (name, lat), nothing, leave, forms=frozenset({"wuhan2020"})))


statuses = st.lists(st.sampled_from(list(Status)), max_size=40)


@given(statuses)
def test_every_line_is_counted_once(given_statuses: list[Status]) -> None:
    lines = [LineOutcome(f"A{number}", status) for number, status in enumerate(given_statuses, start=2)]
    counts = summary(lines, "stock")
    parts = counts["added"] + counts["matched"] + counts["unchanged"] + len(counts["refused"]) + len(counts["waiting"])
    assert counts["lines"] == parts == len(lines) - len(counts["noted"])
    assert set(counts) == {"kind", "lines", "added", "matched", "unchanged", "refused", "waiting", "noted"}


def test_what_is_new_or_changes_something_known_goes_into_the_book() -> None:
    assert [status for status in Status if status.is_sound] == [Status.ADDED, Status.MATCHED]


@given(st.text(), st.sampled_from(list(Status)), st.floats(0, 1).map(lambda sure: round(sure, 3)))
def test_an_outcome_survives_being_stored(text: str, status: Status, sure: float) -> None:
    candidate = Candidate("k", text, sure, "why")
    line = LineOutcome("B7", status, {"a": [1, None]}, text, sure, "f", "e", "c", (candidate,), "party")
    assert LineOutcome.from_dict(line.as_dict()) == line


def test_a_refusal_names_the_cell_the_error_names() -> None:
    line = refused("A7", BadCell("no", where="B7", found="x", expected="y", cure="z"))
    assert (line.where, line.found, line.expected, line.cure) == ("B7", "x", "y", "z")
    assert summary([line])["refused"] == [{"where": "B7", "found": "x", "expected": "y", "cure": "z"}]


def test_a_waiting_line_takes_only_the_answers_it_offers() -> None:
    line = LineOutcome("A2", Status.WAITING, {"party": None}, candidates=(Candidate("p1", "P", 0.9, ""),), asks="party")
    assert settle(line, {"candidate": "p1"}).payload == {"party": "p1"}
    assert settle(line, {"new": True}).status is Status.ADDED
    assert settle(line, {"drop": True}).status is Status.REFUSED
    for wrong in ({"candidate": "p2"}, {}, {"accept": True}):
        with pytest.raises(NotAChoice):
            settle(line, wrong)
    yes_or_no = LineOutcome("A2", Status.WAITING, {"amount": 13_000})
    assert settle(yes_or_no, {"accept": True}).status is Status.MATCHED
    with pytest.raises(NotAChoice):
        settle(yes_or_no, {"new": True})
    with pytest.raises(NotAChoice):
        settle(settle(line, {"new": True}), {"new": True})
    known_only = replace(line, may_be_new=False)
    assert settle(known_only, {"candidate": "p1"}).payload == {"party": "p1"}
    with pytest.raises(NotAChoice):
        settle(known_only, {"new": True})


@pytest.mark.usefixtures("_two_kinds")
def test_a_list_is_taken_for_the_kind_that_understands_most_of_it() -> None:
    stock = guess_kind(read_pasted("物资,数量,颜色\n口罩,3,蓝"))
    assert [(guess.kind, guess.score) for guess in stock] == [("stock", 0.667), ("items", 0.333)]
    assert "数量" in stock[0].reason_zh
    assert "2 of 3" in stock[0].reason_en
    assert guess_kind(read_pasted("物资,纬度\n口罩,3"))[0].kind == "items"
    assert guess_kind(read_pasted("颜色,味道\n蓝,甜")) == ()


@pytest.mark.usefixtures("_two_kinds")
def test_columns_that_hold_something_and_are_not_read_are_named() -> None:
    def unread(text: str) -> tuple[str, ...]:
        return unread_columns(kind_named("stock"), read_pasted(text))

    assert unread("物资,数量,颜色,空,电话,\n口罩,3,蓝,,13912345678,x") == ("颜色", "电话", "F")
    assert unread("物资,数量\n口罩,3") == ()
    assert unread("物资,数量,数量\n口罩,3,4") == ("数量",)
    table = replace(read_pasted("颜色,味道\n蓝,甜"), form="wuhan2020")
    assert unread_columns(kind_named("items"), table) == ()
    assert summary((), "stock", ["颜色"])["unread_columns"] == ["颜色"]


@pytest.mark.usefixtures("_two_kinds")
def test_an_unknown_kind_is_refused_with_the_names_there_are() -> None:
    assert kind_named("stock").title_en == "Stock"
    with pytest.raises(UnknownKind) as refusal:
        kind_named("ships")
    assert refusal.value.expected == "items, stock"
