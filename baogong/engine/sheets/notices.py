"""
Corrections as they are published: `更正：原公告校友会捐赠N95口罩5000只，应为500只`.

A correction says what a figure was and what it should be. Which entry it means is for the book and a person to say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from baogong.engine.sheets.amounts import Amount, NegativeAmount, UnreadAmount
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.quantities import Quantity, read_quantity
from baogong.engine.sheets.tables import Cell, Row, Table, address

FORM = "notice"
_MARK = r"(?:更正|勘误|订正|纠正|修正|correction|corrigendum|erratum)"
_MARKED = re.compile(rf"^\s*(?:关于.{{0,40}}的?)?{_MARK}(?:公告|启事|说明|通知)?\s*[:：]?", re.IGNORECASE)
_TURN = r"(?:现?(?:应当?为|应是|应改为|更正为|订正为|修正为|改为|变更为|实为|实际为|调整为)|现为|should (?:read|be)|→|->|=>)"
_BEFORE = r"(?:原(?:公告|公示|公布|清单|文|列|报|登记|数量)?|此前|之前|前述|由|从)"
_BOTH = re.compile(rf"^(?P<was>.*?)\s*[,，;；。(（]?\s*{_TURN}\s*[:：]?\s*(?P<now>.+?)\s*[)）。.]?\s*$", re.IGNORECASE)
_WAS = re.compile(rf"{_BEFORE}(?:数量|数目|数|为|是|写|载|中)*\s*[:：]?\s*(?P<was>[^,，;；。()（）]+)")
_QUOTES = str.maketrans("", "", "“”\"'‘’「」『』《》")
_GIVES = re.compile(r"(?:捐赠|捐献|捐助|赠送|捐|赠|提供|托运|donated?|gave)(?:的|了|物资)?\s*[:：]?\s*")
_FILLER = re.compile(
    r"^(?:于|在|公告|公示|清单|名单)?(?:中|内|里)?(?:的)?(?:第\s*\d+\s*(?:行|条|项|批)?)?(?:数量|数目|金额)?\s*[:：,，]?\s*"
)


@dataclass(frozen=True, slots=True)
class Correction:
    """
    giver, goods  whom and what the text names, as written; "" where it names none
    was, now      the figures; None where it states none that can be read
    was_text, now_text  both sides as written
    """

    text: str
    giver: str = ""
    goods: str = ""
    was: Quantity | None = None
    now: Quantity | None = None
    was_text: str = ""
    now_text: str = ""


def is_correction(text: str) -> bool:
    """The text says of itself that it corrects something."""
    plain = unicodedata.normalize("NFKC", text)
    return bool(re.search(_MARK, plain, re.IGNORECASE)) or bool(
        re.search(rf"{_BEFORE}.*{_TURN}", plain) or re.search(r"^\s*原(?:公告|公示|公布|清单|为|报|数量)", plain)
    )


def read_correction(text: str) -> Correction | None:
    """
    What a text corrects, None where it corrects nothing.

    "更正：原公告校友会捐赠N95口罩5000只，应为500只" → giver 校友会, goods N95口罩, was 5000只, now 500只.
    "更正，原公告5000只" → was 5000只 alone. Sides that are no amounts keep their text.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES).strip()
    if not is_correction(plain):
        return None
    body = _MARKED.sub("", plain).strip(" ,;:")
    if found := _BOTH.match(body):
        was = re.sub(rf"^{_BEFORE}", "", found["was"].strip()).strip(" :,")
        giver, goods, before = _side(was)
        _, goods_now, after = _side(found["now"].strip())
        return Correction(text, giver, goods or goods_now, before, after, found["was"].strip(), found["now"].strip())
    if found := _WAS.search(body):
        giver, goods, before = _side(found["was"].strip())
        return Correction(text, giver, goods, before, None, found["was"].strip())
    return Correction(text)


def corrected_amount(text: str) -> tuple[str, Correction] | None:
    """
    An amount cell that holds both figures: "5000只（更正为500只）", "5000→500". The figure that stands now, and all of it.
    """
    found = read_correction(text) if re.search(_TURN, unicodedata.normalize("NFKC", text)) else None
    if found is None:
        plain = unicodedata.normalize("NFKC", text).translate(_QUOTES).strip()
        if not (
            both := re.fullmatch(
                rf"(?P<was>[\d,.]+\s*\S*?)\s*[(,]?\s*{_TURN}\s*(?P<now>[\d,.]+\s*[^()]*?)\s*\)?", plain
            )
        ):
            return None
        found = Correction(text, "", "", _side(both["was"])[2], _side(both["now"])[2], both["was"], both["now"])
    return (found.now_text, found) if found.now is not None else None


def read_notice(name: str, text: str, limits: Limits) -> Table | None:
    """A pasted notice that corrects figures, a line for each; None where the text is no such notice."""
    lines = [line.strip() for line in re.split(r"[\n\r]+|(?<=。)", text.strip("\ufeff")) if line.strip()]
    if not lines or not _MARKED.match(unicodedata.normalize("NFKC", lines[0])):
        return None
    found = [(number, line) for number, line in enumerate(lines, start=1) if _says_something(line)]
    rows = []
    for number, line in found:
        limits.check_row(name, number, 1)
        where = address(number, 0)
        rows.append(Row(where, (Cell(limits.checked_text(line, where), where),)))
    return Table(name, (Cell("更正内容", "A0"),), tuple(rows), FORM) if rows else None


def _says_something(line: str) -> bool:
    """A title, a greeting or a signature corrects nothing."""
    found = read_correction(line)
    return found is not None and bool(found.was_text or found.now_text)


def _side(text: str) -> tuple[str, str, Quantity | None]:
    """Giver, goods and amount of one side of a correction."""
    giver = ""
    rest = _FILLER.sub("", text.strip().rstrip(",;:，；："))
    if gives := _GIVES.search(rest):
        giver, rest = rest[: gives.start()].strip(" ,:"), rest[gives.end() :]
    rest = re.sub(r"(?:数量|数目)\s*(?:为|是)?\s*[:：]?\s*", " ", rest).strip()
    try:
        found = read_quantity(rest)
    except (UnreadAmount, NegativeAmount):
        return giver, "", None
    amount = found.amount
    bare = Quantity(Amount(amount.number, amount.unit, "", amount.doubts), found.spec)
    return giver, re.sub(r"^(?:由|从|为|是)+", "", amount.item).strip(" ,:的"), bare
