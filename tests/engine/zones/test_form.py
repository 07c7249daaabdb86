"""The form of a notice: its sentences, without whatever is a fact of one place or day."""

from __future__ import annotations

import json
import re

from baogong.engine.zones.form import form_of
from baogong.engine.zones.reader import read_notice
from baogong.ops.scenarios.last_mile.ways import DOCUMENT
from baogong.tower.stories import FOLDER

DATA = FOLDER / "sealed-subdistrict-2022" / "data"


def test_addresses_days_and_figures_are_blank_and_the_rest_stands() -> None:
    text = (
        "（2022年4月9日，共3个）\n一、封控区\n红霞北里3号楼、7号楼；花溪里（5-6号楼除外）。\n华灵路541、561弄\n"
        "居民请于18:00前下楼，小东院管理处电话13800000000。"
    )
    said = form_of(text, ["东院"])
    assert not re.search(r"\d|红霞|花溪|华灵|东院", said)
    assert "除外" in said
    assert form_of(said, ["东院"]) == said


def test_the_form_names_no_community_when_it_is_read() -> None:
    said = form_of((DATA / "12-zone-notice.txt").read_text("utf-8"), ["枣园西里"])
    assert [one.address for one in read_notice(said).entries if one.address] == []
    assert "封控区内居民足不出户、上门服务" in said


def test_the_documents_notice_is_the_form_of_the_one_that_was_read() -> None:
    (kept,) = json.loads((DATA / DOCUMENT).read_text("utf-8"))["notices"]
    assert kept["text"] == form_of((DATA / "12-zone-notice.txt").read_text("utf-8"), ["枣园西里"])
