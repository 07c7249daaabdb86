"""What stands around the entries of a chain: wrappers, senders, examples, announcements, lines of a menu, numbers of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from baogong.engine.chain.places import GATE, LONG, PLACE
from baogong.engine.chain.reading import Dish
from baogong.engine.chain.tokens import QUANTITY, UNIT
from baogong.engine.sheets.house_numbers import chinese_number

WRAPPER = re.compile(r"#\ ?(?:接龙|GROUP ?NOTE)", re.IGNORECASE)
EXAMPLE = re.compile(
    r"(?:[比例]如|例子|示例|举例|范例)(?![鱼菜])|例(?![外行会牌汤])|(?:格式|模板|EXAMPLE|E\.G\.)(?=[\s.:、,\d]|$)|如(?=[:、,\d])"
)
"""What begins a line that shows how to write: 例 李四 3-502, 例如王五 3-301, 如：3-301."""
PERHAPS_EXAMPLE = re.compile(r"如\s")  # or somebody of that name
RULE = re.compile(r"[-=_*~.。…·#+\s>|—]{2,}")
SENDER = re.compile(
    r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+)\d{1,2}:\d{2}(?::\d{2})?(?:\s+\S.{0,30})?"
    r"|\S.{0,30}?\s+(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+|\d{1,2}月\d{1,2}日\s*|昨天\s*|今天\s*|[上下]午\s*){0,2}\d{1,2}:\d{2}(?::\d{2})?:?"
    r"|-{3,}\s*\d{4}-\d{1,2}-\d{1,2}\s*-{3,}"
)
ANNOUNCEMENT = re.compile(
    "截止|截至|开团|团购|成团|接龙|大家|各位|邻居们|@所有人|@ALL|通知|公告|配送|送达|发货|到货|统一|收款码|群收款|限购|每户|每人|每家|起订|起送|"
    "提货|取货|自提|送到楼下|下楼|规格|产地|保质期|元/|/份|说明|注意|温馨提示|备注[:]|HTTPS?://|过时不候|报名"
)
INFORMATION = re.compile(
    r"(?:团长|群主|楼组?长|组长|志愿者|联系人?|电话|地址|地点|[取提收]货|自提|发货|时间|日期|价格|公告|登记人?|统计)[^\s:\d]{0,6}:"
)
"""What begins a line of the head that orders nothing although it may name a door: 团长：34号902."""
HOUSE_OPENS = re.compile(
    r"[【(\[]?\ ?[A-Z]?\d{1,3}\ ?(?:号楼|栋|幢|座|#楼?)[^\d\n提取送领楼长]{0,8}(?:接龙|团购|报名)[)\]】:!\ ]*"
)
"""What says of which building the doors below are, and nothing else: 3号楼接龙."""
PICTURE = re.compile(r"\[(?:图片|照片|表情|动画表情|语音|视频|文件|链接|位置|红包|转账|小程序|聊天记录)\]")
QUESTION = re.compile(r"[?]|[吗呢么]$")
SUMMARY = re.compile(
    r"(?:(?:合计|总计|共计|一共|总共|总数|汇总|小计|统计|截[至止]|目前|现在|到此|以上|已接龙?|已报名?|已有|为止|共)(?:[是有要订]|\ ?[:,=])?\ ?)+"
)
"""What begins a line that adds up what stands above it: 合计：, 截至目前共."""
LIMIT = re.compile("限|截止|每户|每人|每家|满|起订|起送|大家|请")
MENU_OPENS, MENU_ENDS = "【菜单】", "【接龙】"

_CIRCLED = {
    **{chr(0x2460 + index): index + 1 for index in range(20)},
    **{chr(0x3251 + index): index + 21 for index in range(15)},
    **{chr(0x2474 + index): index + 1 for index in range(20)},
    **{chr(0x2488 + index): index + 1 for index in range(20)},
    **{chr(0x2776 + index): index + 1 for index in range(10)},
    **{chr(0x2780 + index): index + 1 for index in range(10)},
}
_CIRCLES = "".join(_CIRCLED)
_MARK = re.compile(
    rf"(?P<circle>[{_CIRCLES}])[.、,:]?\ *"
    r"|(?P<keys>(?:\d\ufe0f?\u20e3){1,4})[.、,:]?\ *"
    r"|[(\[【](?P<bracketed>\d{1,4})[)\]】][.、,:]?\ *"
    r"|(?P<plain>\d{1,4})(?:\ ?[、)。]|\ ?\.(?!\d{1,2}(?![\d\-#号栋幢座楼/]))|\ ?[:,](?!\d{2,3}(?!\d)))\ *"
    r"|(?P<bare>\d{1,3})\ +(?=\S)"
)
_GLUED = re.compile(r"(?P<digits>\d{1,6})\ ?(?P<mark>[.、])(?!\d{1,2}(?![\d\-#号栋幢座楼/])|\d{1,2}号?$)")
_GLUED_CIRCLE = re.compile(rf"(?:[{_CIRCLES}]|(?:\d\ufe0f?\u20e3){{1,4}})[.、,:]?\ *")
_GLUED_BRACKET = re.compile(r"[(\[【]\d{1,4}[)\]】][.、,:]?\ *")
_GLUED_HALF = re.compile(r"(?<![\d(\[【.\-])\d{1,4}\ ?\)\ *")
_LETTER, _LETTERS = re.compile(r"[^\W\d_]"), re.compile(r"[^\W\d_]{2}")
_AFTER_WHAT = re.compile(rf"(?:\s|[)\]】,;。!~]|{UNIT})$")
_IS_ORDER = re.compile(f"{LONG}|{PLACE}|{QUANTITY}")
_PRICE = re.compile(
    rf"(?<![\d\-])\d{{1,4}}(?:\.\d{{1,2}})?\ ?(?:元|块)?\ ?/\ ?(?:{UNIT}|例|只|个|条|把|根)"  # 25/条
    r"|[¥$]\ ?\d{1,7}(?:\.\d{1,2})?|(?<!\d)\d{1,7}(?:\.\d{1,2})?\ ?(?:元|块)(?:\ ?/\ ?\S{1,4})?"
)
_LEFT = re.compile(r"[(]?\ ?(?:余|剩余|剩|还剩|库存)\ ?[:]?\ ?(\d{1,6})\ ?(?:份|套|盒|箱|袋|件|个)?\ ?[)]?")
_CODED = re.compile(
    r"(?:套餐)?(?P<code>[A-Z]\d?|\d{1,2}号|(?<=套餐)\d{1,2})(?:套餐|餐|款)?\ ?(?:[.:、),\-]|\ )\ ?(?P<item>[^\s].*)"
)
_ALL_CODED = re.compile(
    r"(?<![A-Z])(?P<code>[A-Z]\d?)\ ?[.:、)]?\ ?(?P<item>[^\sA-Z\d][^\sA-Z,;]{1,20}?)\ ?(?P<price>(?<!\d)\d{1,7}(?:\.\d{1,2})?\ ?元)"
)
_SETS = re.compile(
    r"(?P<item>套餐(?P<behind>[一二三四五六七八九\d])|(?P<before>[一二三四五六七八九\d])号?套餐)\ ?[:=]?\ ?(?=[^\s\d]{0,20}\d{1,7}(?:\.\d{1,2})?\ ?[元块])"
)
"""套餐一：88元 套餐二：128元."""
SET_OPENS = re.compile(r"(?P<item>(?:套餐\ ?)?(?P<code>[A-Z]\d?)\ ?(?:套餐|餐|套|款)?)\ ?(?:[:]|(?<=[餐套款]))")
"""A套餐: alone in its line."""
SET_LISTS = re.compile(r"\n[ \t\u3000]+\d{1,2}\ ?[.、)]\ *(?P<item>[^\n]+)")
"""The first line of what it holds, indented."""
_PARTS = re.compile(r"[^\s,;、][^,;、]*")
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """The number of a line: it begins at `start`, what it numbers at `body`."""

    no: int
    start: int
    body: int
    is_bare: bool = False
    is_unsure: bool = False


def mark_at(text: str, at: int, end: int, last: int) -> Mark | None:
    """The number that a line begins with: `1. 1、 1) （1） ①`; a bare one only if it is the next after `last`."""
    found = _MARK.match(text, at, end)
    if found is None:
        return None
    kind = found.lastgroup
    said = found[kind] if kind else ""
    if kind == "circle":
        return Mark(_CIRCLED[said], at, found.end())
    if kind == "keys":
        return Mark(int(re.sub(r"\D", "", said)), at, found.end())
    if kind == "bare":
        return Mark(int(said), at, found.end(), True) if int(said) == last + 1 else None
    return Mark(int(said), at, found.end())


def glued_marks(text: str, start: int, body: int, end: int, no: int) -> Iterator[Mark]:
    """
    Numbers no + 1, no + 2 … within a line that lost its newlines: `1. 张三 2份2. 李四 x13. 王五`.

    Written as the line's own at `start` is: ① 李四 goes on with ②, （1） with （2）, 1) with 2).
    """
    if glued := _glued_like(text, start, body):
        again = list(_glued_again(glued, text, body, end, no))
        if again:
            yield from again
            return
    if text.find(".", body, end) < 0 and text.find("、", body, end) < 0:
        return
    opened = closed = -1
    looked = body  # so far brackets were looked for
    last = end
    while last > body and text[last - 1].isspace():
        last -= 1
    for found in _GLUED.finditer(text, body, end):
        digits, expected = found["digits"], str(no + 1)
        start = found.start()
        if digits == expected:
            before = text[max(body, start - 4) : start]
            if start == body or not before:
                continue
            is_parted = bool(_AFTER_WHAT.search(before))
            if not is_parted and (found["mark"] != "." or before[-1] in "-/#(" or before[-1].isascii()):
                continue
        elif digits.endswith(expected) and len(digits) > len(expected) and start > body and text[start - 1] in "+X×*":
            start = found.end("digits") - len(expected)
        else:
            continue
        opened = max(opened, text.rfind("(", looked, start))
        closed = max(closed, text.rfind(")", looked, start))
        looked = start
        if opened > max(closed, body - 1) or found.end() >= last:
            continue
        after = found.end()
        while after < end and text[after] == " ":
            after += 1
        no += 1
        body = after
        yield Mark(no, start, after)


def _glued_like(text: str, start: int, body: int) -> re.Pattern[str] | None:
    """How more numbers like the one of the line are found; None for `1.` and `1、`."""
    first = text[start]
    if first in "([【":
        return _GLUED_BRACKET
    if first in _CIRCLED or text.find("\u20e3", start, body) > 0:
        return _GLUED_CIRCLE
    return _GLUED_HALF if text.find(")", start, body) > 0 else None


def _glued_again(glued: re.Pattern[str], text: str, body: int, end: int, no: int) -> Iterator[Mark]:
    """
    Only before what names a door or counts: ②2 may be two of a menu's second item, A(2) two of A, (2号桌) a note.

    Without a door of its own what follows is asked about (`is_unsure`), for a number could have been meant otherwise.
    """
    found = [each for each in glued.finditer(text, body, end) if each.start() > body]
    ends_at = [each.start() for each in found[1:]] + [end]
    for each, ends in zip(found, ends_at, strict=False):
        if _number_of(each) != no + 1:
            continue
        after = each.end()
        is_placed = has_place(text, after, ends)
        letters = _LETTER if glued is _GLUED_CIRCLE else _LETTERS
        is_order = letters.match(text, after, ends) and _AFTER_WHAT.search(
            text[max(body, each.start() - 4) : each.start()]
        )
        if not (is_placed or is_order):
            continue
        no += 1
        body = after
        yield Mark(no, each.start(), after, is_unsure=not is_placed)


def _number_of(found: re.Match[str]) -> int:
    said = found[0].strip(" .、,:")
    return _CIRCLED[said] if said in _CIRCLED else int(re.sub(r"\D", "", said))


def first_mark_within(text: str, at: int, end: int) -> Mark | None:
    """Where entries begin in a head that lost its newlines: `牛奶接龙 1. 张三 3-502 2份`."""
    for found in _FIRST.finditer(text, at + 1, end):
        return Mark(1, found.start(), found.end()) if _IS_ORDER.search(text, found.end(), end) else None
    return None


_FIRST = re.compile(
    r"(?:(?<![\d.\-/#(])1\ ?[.、)](?!\d{1,2}(?![\d\-#号栋幢座楼/]))|(?:①|1\ufe0f?\u20e3)[.、]?|[(\[【]1[)\]】][.、]?)\ *(?=\S)"
)


def has_place(text: str, start: int, end: int) -> bool:
    """Whether a door is named: 1200弄 alone is everybody's."""
    return any(not GATE.fullmatch(found[0]) for found in _PLACE.finditer(text, start, end))


_PLACE = re.compile(f"{LONG}|{PLACE}")


def counts_something(text: str, start: int, end: int) -> bool:
    return bool(_COUNTS.search(text, start, end))


_COUNTS = re.compile(QUANTITY)


def dishes_in(text: str, raw: str, start: int, end: int, *, needs_code: bool) -> list[Dish]:
    """The dishes that a line of the head offers: `A 红烧鲈鱼套餐 32元`, `B. 三杯鸡（余3份）`; none where it offers none."""
    line = text[start:end]
    several = list(_ALL_CODED.finditer(line))
    if len(several) > 1:
        return [
            Dish(each["code"], raw[start + each.start("item") : start + each.end("item")].strip()) for each in several
        ]
    if sets := list(_SETS.finditer(line)):
        return [Dish(_figure(each["behind"] or each["before"]), each["item"]) for each in sets]
    if (
        not needs_code
        and len(parts := list(_PARTS.finditer(line))) > 1
        and all(map(_PRICE.search, [each[0] for each in parts]))
    ):
        priced = [dish_of(text, raw, start + each.start(), start + each.end(), "") for each in parts]
        return [dish for dish in priced if dish.item]  # 大米 75元，油 95元
    is_priced = bool(_PRICE.search(line)) or bool(_LEFT.search(line))
    if (found := _CODED.fullmatch(line)) and (is_priced or _HAN.search(found["item"])):
        code, first = found["code"].rstrip("号"), start + found.start("item")
    elif is_priced and not needs_code:
        code, first = "", start
    else:
        return []
    dish = dish_of(text, raw, first, end, code)
    return [dish] if dish.item else []


def _figure(said: str) -> str:
    return said if said.isdigit() else str(chinese_number(said))


def dish_of(text: str, raw: str, start: int, end: int, code: str) -> Dish:
    """What a line offers, without its price and what is left of it."""
    line = text[start:end]
    left = _LEFT.search(line)
    cuts = [found.start() for found in (_PRICE.search(line), left) if found]
    cut = min(cuts, default=len(line))
    item = raw[start : start + cut].strip().rstrip("（(:：,，、- ")
    return Dish(code, item, int(left[1]) if left else None)


def is_priced(text: str, start: int, end: int) -> bool:
    return bool(_PRICE.search(text, start, end))
