"""Every refusal a visitor can meet is told in Chinese; one without a Chinese sentence fails here."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import translation

import baogong
from baogong.engine.book import rules
from baogong.freight.errors import TooEarly
from baogong.journal.media import UnusablePicture, clean_photo
from baogong.journal.services.imports import PreviewLapsed
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotYourPlace, UnusableInput
from baogong.needs.errors import NotEnoughLeft
from baogong.orders.shop_errors import OrderUnusable
from baogong.planning.services import HandHasMoved
from baogong.release.errors import DrawNotThere
from baogong.supply.errors import EarmarkForbidsPurchase, OrderLineMakesNoSense
from baogong.web.fields import label_of
from baogong.web.sentences import BOOK_CODES, SENTENCES, SENTENCES_OF_FIELD, in_one_paragraph, said
from baogong.web.unusable import MESSAGES
from tests.web.clerk.test_import_words import shapes

# What stops a command on the terminal, before there is a page to show it on.
TERMINAL = ("baogong.config", "baogong.ops", "baogong.api")


def refusals(without: tuple[str, ...] = TERMINAL) -> Iterator[type[BaogongError]]:
    for module in pkgutil.walk_packages(baogong.__path__, "baogong."):
        if not module.name.startswith(without) and ".migrations" not in module.name:
            importlib.import_module(module.name)
    waiting: list[type[BaogongError]] = [BaogongError]
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.__module__.startswith("baogong.") and not refusal.__module__.startswith(without):
            yield refusal


def test_every_refusal_has_a_chinese_sentence_and_a_cure() -> None:
    codes = {refusal.code: refusal for refusal in refusals()}
    missing = {code: refusal.__qualname__ for code, refusal in codes.items() if code not in SENTENCES}
    assert not missing, "add these codes to SENTENCES in baogong/web/sentences.py, with a cure"
    assert not [code for code, sentence in SENTENCES.items() if not (sentence.zh and sentence.cure_zh)]


def test_no_sentence_is_kept_for_a_code_that_is_gone() -> None:
    codes = {
        refusal.code for refusal in refusals(without=("baogong.config", "baogong.ops"))
    }  # a page shows some of the API's
    assert sorted(set(SENTENCES) - codes) == [], "remove these from baogong/web/sentences.py"


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_names_only_facts_a_refusal_carries(code: str) -> None:
    facts = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[code].zh + SENTENCES[code].cure_zh) if name}
    own = {
        "delivery.already-handed-over": {"by"},
        "crew.unfit": {"told_zh"},
        "draw.unfit": {"faults"},
        "delivery.shelf-crowded": {"at", "minutes", "people", "people_max"},
        "fairshare.infeasible-floors": {"told_zh"},
        "planning.overtaken": {"told_zh"},
        "release.cannot-be-missing": {"told_zh"},
        "release.entry-refused": {"told_zh"},
        "release.other-source": {"told_zh"},
        "release.beyond-the-rule": {"told_zh"},
        "release.winners-unusable": {"told_zh"},
        "people.too-often": {"retry_after_s"},
        "supply.not-enough-for-order": {"free"},
        "supply.order-line-makes-no-sense": {"amount", "price_fen"},
        "supply.weighed-line-makes-no-sense": {"amount", "price_fen"},
        "ledger.not-yet-stamped": {"day"},
        "needs.still-holds": {"lots_count", "promises_count"},
        "freight.arrives-too-soon": {"road_min", "since_min"},
        "freight.driver-elsewhere": {"other", "plate"},
    }
    assert facts <= {"where", "found", "expected", "message", "cure"} | own.get(code, set())


def test_what_names_a_field_or_a_line_is_of_a_code_there_is() -> None:
    assert {code for code, _field in SENTENCES_OF_FIELD} <= set(SENTENCES)
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', Path(rules.__file__).read_text()))
    assert codes == set(BOOK_CODES), "name these in baogong/web/sentences.py"


def test_the_visitor_reads_what_was_found_what_happened_and_what_to_do() -> None:
    refusal = NotEnoughLeft(
        "500 of this lot are free here; 700 were asked for. Nothing was promised.",
        found=700,
        expected="at most 500",
        cure="Promise less, or undo another promise first.",
    )
    with translation.override("zh-hans"):
        assert in_one_paragraph(refusal) == "余量不足：要 700，最多 500。没有占用。 少分一些，或先撤销别的占用。"
    with translation.override("en"):
        assert in_one_paragraph(refusal).endswith("Nothing was promised. Promise less, or undo another promise first.")


def test_ids_are_not_shown_and_fields_codes_and_moments_are_told() -> None:
    early = TooEarly(
        "Waybill WB-0001 leaves later.",
        where="WB-0001",
        found="2020-01-23T17:00:00+00:00",
        expected="2020-01-23T17:30:00+00:00",
    )
    moved = HandHasMoved("Goods are on their way.", where="018f0000-0000-7000-8000-000000000001", found=3, expected=0)
    form = UnusableInput("Nothing was changed.", where="quantity", found="x")
    hidden = UnusableInput("Nothing was changed.", where="request_id", found="x")
    with translation.override("zh-hans"):
        assert said(early).message == "运单 WB-0001 最早 01-24 01:30 出发，现在 01-24 01:00。车辆没有放行。"
        assert said(moved).where == ""
        assert said(form).where == "数量"
        assert said(hidden).where == ""
        with pytest.raises(NotYourPlace) as refused:
            Actor(person_id=None, name="Stranger", reach={}).require(Duty.COMMAND, Duty.APPROVER)
        assert "需要：复核人、指挥部" in said(refused.value).message


@pytest.mark.parametrize("moment", ["2020-01-23T17:00:00+00:00", "2020-01-23T17:00+00:00", "2020-01-23T17:00Z"])
def test_a_moment_is_told_by_the_readers_clock_however_exactly_it_was_kept(moment: str) -> None:
    lapsed = PreviewLapsed(
        f"This list was read at {moment}.", where="名单.csv", found=moment, cure="Bring it in again."
    )
    for language, told in (
        ("zh-hans", "名单 名单.csv 于 01-24 01:00 读入"),
        ("en", "was read at 01-24 01:00 and not written"),
    ):
        with translation.override(language):
            assert told in said(lapsed).message
            assert "T17" not in in_one_paragraph(lapsed)
    late = DrawNotThere("The list is open.", found=moment, expected=f"from {moment} on")
    with translation.override("zh-hans"):
        assert said(late).expected == "01-24 01:00 起"


def test_who_has_the_duty_elsewhere_reads_that_only_the_place_is_wrong() -> None:
    here, there = UUID(int=1), UUID(int=2)
    keeper = Actor(person_id=None, name="Bao", reach={Duty.KEEPER: frozenset({there})})
    with pytest.raises(NotYourPlace) as refused:
        keeper.require(Duty.KEEPER, Duty.COMMAND, at=here)
    assert (refused.value.found, refused.value.expected) == (1, "")
    assert "not at this place: it holds at 1 other." in refused.value.message
    with translation.override("zh-hans"):
        assert said(refused.value).message == ("您有这项职责，但不在这个地点（您的职责限于另外 1 处），未作任何改动。")


def test_a_field_is_named_as_people_call_it_with_its_line() -> None:
    lot = "018f0000-0000-7000-8000-000000000001"
    with translation.override("zh-hans"):
        assert label_of("amount_3") == "第 3 行：数量"
        assert label_of(f"counted_cartons_{lot}") == "盘点"
        assert label_of("not_before_x") == ""
        assert said(UnusableInput("No.", where="amount_1")).where == "第 1 行：数量"
    with translation.override("en"):
        assert label_of("days_count") == "days"
        assert label_of("lost_2") == "line 2, lost"


def test_every_field_that_a_person_fills_in_has_a_name() -> None:
    """A refusal of a page that names none leaves the visitor searching."""
    read = re.compile(r'(?:number|text|moment|fen|day|party|parties)_from\(\s*request,\s*f?"([^"]+)"')
    fields = {
        name.replace("{suffix}", "_1").replace("{line.no}", "1")
        for file in (Path(baogong.__path__[0]) / "web").rglob("*.py")
        for name in read.findall(file.read_text())
    }
    fields = {re.sub(r"\{[^}]*\}", "1", name) for name in fields if not name.startswith("{")}
    fields -= {"after"}  # a page's own link bears it
    assert len(fields) > 50
    assert sorted(name for name in fields if not label_of(name)) == [], "name these in baogong/web/fields.py"


def test_refusals_about_money_pictures_and_time_are_whole_in_both_languages() -> None:
    line = OrderLineMakesNoSense("Line 1 orders 0 for 5 fen.", where="line 1", amount=0, price_fen=5)
    earmark = EarmarkForbidsPurchase("Line 2 …", where="line 2", found=["甲基金"], expected=[])
    early = TooEarly(
        "…",
        where="WB-0001",
        found="2020-01-23T17:00:00+00:00",
        expected="2020-01-23T17:30:00+00:00",
        cure="Ring the office.",
    )
    with translation.override("zh-hans"):
        assert said(line).message.startswith("第 1 行：数量 0，总价 5 分")
        assert said(earmark).message == (
            "第 2 行不能用所选资金支付，定向不允许：甲基金。没有下单。允许支付的资金及余额：无。"
        )
        with pytest.raises(UnusablePicture) as refused:
            clean_photo(b"\x89PNG nothing")
        assert said(refused.value).message.startswith("这不是能读取的图片（")
        assert "字节" in said(refused.value).message
        assert not re.search("[a-z]{4}", said(refused.value).message.replace("WebP", ""))
    with translation.override("en"):
        assert said(early).message == (
            "Waybill WB-0001 leaves at 01-24 01:30 at the earliest; it is 01-24 01:00 now. The truck was not let go."
        )
        assert said(early).cure == "Ring the office."


# Every raise of the rooms, as a person meets it.

HOUSE = Path(baogong.__path__[0])
# See clerk/test_import_words.py; a story is named at the terminal only.
READ_ELSEWHERE = ("engine/sheets", "supply/imports", "tower/stories", "ops", "api", "config")
UNITS_AND_CODES = re.compile(
    r"N95|n95-mask|GB|YY|UTC|CSV|XLSX?|JSON|JPEG|PNG|WebP|UTF-8|BAOGONG_WEBHOOK_NETWORKS|/lists/|\b(?:kg|g|cm|mm|km)\b"
)
LATIN = re.compile(r"[A-Za-z]{3,}")
HOLE = "7"


def raises() -> Iterator[tuple[str, type[BaogongError], list[str], dict[str, list[str]]]]:
    """Where a refusal is made, its class, every message it can have, and every text of its facts; a 7 in each hole."""
    named = {refusal.__name__: refusal for refusal in refusals()}
    for path in sorted(HOUSE.rglob("*.py")):
        place = str(path.relative_to(HOUSE))
        if place.startswith(READ_ELSEWHERE) or path.name == "imports.py" or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in named or named[name].code == "web.unusable-form":
                continue
            facts = {given.arg: shapes(given.value) for given in node.keywords if given.arg in FACTS}
            yield f"{place}:{node.lineno}", named[name], shapes(node.args[0]), facts


FACTS = ("where", "found", "expected")


def told_in_chinese(refusal: type[BaogongError], message: str, facts: dict[str, str]) -> str:
    made = refusal.__new__(refusal)  # some make their own message out of what was read
    BaogongError.__init__(made, message, **facts, cure="Do it again.")
    with translation.override("zh-hans"):
        parts = said(made)
        shown = [parts.message, parts.where, parts.cure, *((parts.found, parts.expected) if is_page(refusal) else ())]
    return UNITS_AND_CODES.sub("", " ".join(shown))


def is_page(refusal: type[BaogongError]) -> bool:
    """A page of its own shows what was found and what is allowed beside the sentence."""
    return refusal.kind in (Kind.NOT_FOUND, Kind.FORBIDDEN)


def test_no_refusal_of_the_house_leaves_english_in_its_chinese() -> None:
    english = {}
    made = list(raises())
    assert len(made) > 300
    for place, refusal, messages, facts in made:
        for message in messages or [HOLE]:
            texts = [facts.get(name) or [HOLE] for name in FACTS]
            for where, found, expected in product(*texts):
                told = told_in_chinese(refusal, message, {"where": where, "found": found, "expected": expected})
                if LATIN.search(told):
                    english[f"{place} {refusal.code}"] = told
    assert english == {}, "add these to baogong/web/unusable.py (unusable input) or to _PHRASES of sentences.py (facts)"


def test_the_parts_of_a_list_of_faults_are_told_in_chinese() -> None:
    """Where a room gathers what is wrong before it speaks."""
    said_by = ("acts.py", "losses.py", "agreements.py", "carriage.py")
    faults = {
        text
        for name in said_by
        for path in HOUSE.rglob(name)
        if path.parent.name == "services"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for text in _faults_in(node)
    }
    assert len(faults) > 12
    left = {}
    for fault in faults:
        told = told_in_chinese(UnusableInput, f"The answer cannot be used: {fault}; {fault}.", {})
        if LATIN.search(told):
            left[fault] = told
    assert left == {}, "add these to FAULTS in baogong/web/unusable.py"


def test_what_a_refusal_of_shops_lists_as_needed_is_told_in_chinese() -> None:
    """`expected` is put together there, so that it is read part by part."""
    needs = {
        text
        for path in (HOUSE / "orders" / "services").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for text in _problems_in(node)
    }
    assert len(needs) > 20
    left = {}
    for need in needs:
        told = told_in_chinese(OrderUnusable, "", {"expected": f"{need}; {need}"})
        if LATIN.search(told):
            left[need] = told
    assert left == {}, "add these to FAULTS in baogong/web/unusable.py"


def _problems_in(node: ast.AST) -> list[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="problems"), attr="append"), args=[text]):
            return shapes(text)
        case ast.Call(func=ast.Name(id="_refuse"), args=[ast.List(elts=[text])]):
            return shapes(text)
        case _:
            return []


def _faults_in(node: ast.AST) -> list[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="faults"), attr="append"), args=[text]):
            return shapes(text)
        case ast.AugAssign(target=ast.Name(id="faults"), value=texts):
            return shapes(texts)
        case _:
            return []


def test_a_message_nobody_raises_any_more_is_not_kept() -> None:
    raised = [message for _place, refusal, messages, _facts in raises() for message in messages]
    plain = {re.sub(r"\{\w+\}", HOLE, message) for message in MESSAGES}
    assert sorted(plain - set(raised)) == [], "remove these from baogong/web/unusable.py"
