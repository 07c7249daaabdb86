"""One spelling for the ways one door is written, and different ones for different doors."""

from __future__ import annotations

import pytest

from baogong.engine.address import one_spelling


@pytest.mark.parametrize(
    "typed",
    [
        "望春花街7号楼5单元301", "望春花街七号楼五单元301室", "望春花街7栋5单元301", "望春花街7-5-301",
        "望春花街７号楼５单元３０１", " 望春花街7幢, 5单元、301户", "望春花街7#5—301",
    ],
)  # fmt: skip
def test_one_door_has_one_spelling(typed: str) -> None:
    assert one_spelling(typed) == "望春花街7-5-301"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("望春花街7-5-301", "望春花街75301"),
        ("望春花街7-5-301", "望春花街7-53-01"),
        ("七一路5号", "71路5号"),
        ("盘龙村1组", "盘龙村11组"),
        ("江岸区解放大道100号", "江汉区解放大道100号"),
        ("中山路7弄5号301", "中山路7-5-301"),
    ],
)
def test_two_doors_have_two(one: str, other: str) -> None:
    assert one_spelling(one) != one_spelling(other)


def test_nothing_is_the_spelling_of_nothing() -> None:
    assert one_spelling(" ，-— ") == ""
