"""Real lists are messy: what is read is right, and what is not certain goes to a person."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from baogong.catalogue.queries import item
from baogong.engine.sheets.kinds import Status, kind_named
from baogong.engine.sheets.readers import read_pasted
from baogong.supply.imports.rows import written
from baogong.supply.queries.names import parties_by_id
from tests.apps.supply.messy import measure, register, sheets
from tests.apps.supply.world import World
from tests.cast import NOW

DOC = Path(__file__).parents[3] / "docs" / "algorithms" / "messy-lists.md"

GOODS = {"医用外科口罩": "只", "医用防护服": "套", "护目镜": "个", "N95口罩": "只", "隔离衣": "件"}
RECEIVERS = {
    "武汉协和": "华中科技大学同济医学院附属协和医院",
    "武汉三院": "武汉市第三医院",
    "金银潭": "武汉市金银潭医院",
}
GIVERS = ("武汉大学校友会", "东行商城", "明星粉丝会")
EARMARKED = (  # the goods' cell with its receiver
    "{goods}（定向捐赠{to}）", "{goods}(定向：{to})", "{goods} 定向{to}", "定向：{to} {goods}", "给{to}的{goods}",
    "{goods}（{to}专用）", "{goods}，指定捐给{to}", "{goods}→{to}", "{goods}【定向{to}】",
)  # fmt: skip
PACKED = (  # the amount's cell, of `count` cartons with `each`
    "{count}箱*{each}{unit}", "{count}箱×{each}{unit}/箱", "{count}箱（{each}{unit}/箱）", "{count}箱，每箱{each}{unit}",
    "{all}{unit}（{count}箱）", "{count}箱，共{all}{unit}", "{each}{unit}/箱*{count}箱", "{all}{unit},{count}箱",
)  # fmt: skip
PLAIN = ("{all}{unit}", "共{all}{unit}", "{all} {unit}", "{all:,}{unit}", "{all}")
TRAPS = ("{count}箱（{each}{unit}）", "约{all}{unit}", "{count}箱", "{all}{unit}（含赠品）", "{all}+{each}{unit}")


def test_every_labelled_line_is_read_as_it_means_or_goes_to_a_person(world: World) -> None:
    figures = measure(world)
    assert figures.misread == []
    assert figures.other == []
    labelled = sum(len(labels) for sheet in sheets() for labels in sheet.labels.values())
    assert labelled >= 120
    told = dict(re.findall(r"^\| (ok|person|refused|known|noted) \| (\d+) \|", DOC.read_text("utf-8"), re.MULTILINE))
    assert {verdict: str(count) for verdict, count in figures.counts.items()} == told, f"write them into {DOC.name}"


def test_the_worked_example_is_read_as_the_document_says(world: World) -> None:
    text = "捐赠方,物资,数量\n校友会,医用防护服（定向捐赠武汉协和）,20箱*50套\n,护目镜,80个\n小计,,1080\n,口罩,12箱\n"
    suits, goggles, total, doubtful = classify(text)
    assert (suits.payload["amount"], suits.payload["pieces_per_carton"]) == (1000, 50)
    assert suits.payload["receiver"] == str(world.union)
    assert goggles.payload["donor"] == suits.payload["donor"] == str(world.alumni)
    assert (total.status, total.text) == (Status.NOTED, "小计 1,080: as the lines above add up")
    assert doubtful.status is Status.WAITING
    assert suits.notes == (
        "20箱*50套 = 1,000",
        "校友会 = 武汉大学校友会",
        "earmark, out of another cell: 武汉协和",
    )
    assert suits.written == written(read_pasted(text).rows[0])


def test_real_packings_in_a_list_of_gifts_are_read_or_go_to_a_person(world: World, real_data: Path) -> None:
    """
    Goods and packings as distribution notices printed them, three cartons of each, the giver once above them all: what
    is taken as certain comes to three times what the packing says, and nothing is lost without a word.
    """
    with (real_data / "cartons.csv").open(encoding="utf-8") as file:
        real = [(row["item"], row["spec"]) for row in csv.DictReader(file)]
    lines = ["捐赠方\t物资\t数量\t规格"]
    lines += [
        f"{'' if number else '东行商城'}\t{goods}\t3{'件' if '/件' in spec else '箱'}\t{spec}"
        for number, (goods, spec) in enumerate(real)
    ]
    outcomes = classify("\n".join(lines))
    assert len(outcomes) == len(real)
    figures = Counter(outcome.status.value for outcome in outcomes)
    wrong = []
    for outcome, (_goods, spec) in zip(outcomes, real, strict=True):
        said = re.fullmatch(r"(\d+)(只|个|套|件|副|双|支|枚)/[件箱]", spec)
        if outcome.status is Status.ADDED and said:
            each = int(said[1]) * (item(UUID(outcome.payload["item"])).units_per_pair if said[2] in "副双" else 1)
            if outcome.payload["amount"] != 3 * each:
                wrong.append((outcome.written, outcome.payload["amount"]))
        if outcome.status is Status.REFUSED:
            assert outcome.found, outcome.written
            assert outcome.cure, outcome.written
    assert wrong == []
    told = dict(re.findall(r"^\| (ADDED|WAITING|REFUSED) \| (\d+) \|", DOC.read_text("utf-8"), re.MULTILINE))
    assert {status: str(count) for status, count in figures.items()} == told, f"write them into {DOC.name}"


@settings(
    max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_a_line_taken_as_certain_is_what_its_writer_meant(world: World, seed: int) -> None:
    register(world)
    random, rows, truth, giver = Random(seed), ["捐赠方\t物资\t数量\t定向单位\t备注"], [], GIVERS[0]
    for number in range(50):
        fact: dict[str, Any] = {
            "giver": random.choice((*GIVERS, "", "同上", "〃")) if number else giver,
            "goods": random.choice(sorted(GOODS)),
            "to": random.choice(("", *RECEIVERS)),
            "where": random.choice(("goods", "column", "amount", "remark")),
            "mark": random.choice(EARMARKED),
            "count": random.randint(2, 40),
            "each": 2 + 10 * number,  # no two lines are equal: those would wait
            "amount": random.choice((*PACKED, *PLAIN, *TRAPS)),
        }
        giver = fact["giver"] if fact["giver"] in GIVERS else giver
        cells, amount = _in_writing(fact)
        rows.append("\t".join([fact["giver"], *cells]))
        truth.append((giver, fact["goods"], amount, RECEIVERS.get(fact["to"], "")))
    outcomes = classify("\n".join(rows))
    assert len(outcomes) == len(truth)
    sure = [(outcome, meant) for outcome, meant in zip(outcomes, truth, strict=True) if outcome.status is Status.ADDED]
    for outcome, meant in sure:
        assert _understood(outcome.payload) == meant, outcome.written
    plain = [outcome for outcome, meant in zip(outcomes, truth, strict=True) if meant[2] is not None]
    assert [f"{line.written} :: {line.found}" for line in plain if line.status is not Status.ADDED] == []


def _in_writing(fact: dict[str, Any]) -> tuple[list[str], int | None]:
    """Goods, amount, receiver and remark as somebody writes them, and what the amount means."""
    unit, to, where = GOODS[fact["goods"]], fact["to"], fact["where"]
    count, each = fact["count"], fact["each"]
    said = {"count": count, "each": each, "all": count * each, "unit": unit}
    amount = fact["amount"].format(**said)
    meant = None if fact["amount"] in TRAPS else count * each
    goods = fact["mark"].format(goods=fact["goods"], to=to) if to and where == "goods" else fact["goods"]
    if to and where == "amount":
        amount += f"（定向{to}）"
    return [goods, amount, to if where == "column" else "", f"定向{to}" if to and where == "remark" else ""], meant


def _understood(payload: dict[str, Any]) -> tuple[str, str, int, str]:
    ids = [UUID(payload[key]) for key in ("donor", "receiver") if payload[key]]
    names = {str(key): party.name for key, party in parties_by_id(ids).items()}
    name = item(UUID(payload["item"])).name_zh
    plain = "N95口罩" if "N95" in name else name
    return names[payload["donor"]], plain, payload["amount"], names.get(payload["receiver"] or "", "")


def classify(text: str, now: datetime = NOW) -> Any:
    return kind_named("gifts").classify(read_pasted(text), None, now)
