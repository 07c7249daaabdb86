"""
Earmarks that stand as free text in any cell: `口罩（定向捐赠江夏红十字）`, `定向：协和`, `给武汉协和的N95`.

Who is named is a text; the register or a person says who it is. What cannot be told apart is a doubt, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_ASCII = str.maketrans("（）［］【】〔〕「」：，；　－—→", "()[][][][]:,; --→")  # character by character: places stay
_STRONG = (
    r"(?:定向捐赠(?:给|到|至|往)?|定向捐(?!赠)(?:给|往|到)?|定向(?:给|到|支援|援助|用于|送往|发往)|指定捐赠(?:给)?|指定捐给|"
    r"指定(?:给|用于|接收单位|接收|受赠单位)|指定|定向接收单位|定向单位|定向(?!捐)|专供|专送|专捐|"
    r"earmarked(?: for)?|designated(?: for| to)?|reserved for)"
)
_WEAK = r"(?:捐赠给|赠送给|捐献给|转赠给|捐赠至|捐给|赠给|送给|赠予|转交|捐往|发往|送往|寄往|支援|援助|给|致|to be given to|for|to)"
_AFTER = r"(?:定向捐赠|定向接收|定向|专用|专供|专属|指定|接收|收)"
_NOT = re.compile(
    r"[(\[]?\s*(?:(?:非|不|未|无|没有|无需)\s*(?:指定|定向)(?:捐赠|用途|单位|对象|要求|接收单位)*|"
    r"(?:定向|指定)(?:捐赠|单位|接收单位)?\s*:?\s*(?:无|否|不限|不指定|没有|n/?a|none|[-/])(?=[\s)\],;]|$)|"
    r"not earmarked|no earmark|undesignated)\s*[)\]]?",
    re.IGNORECASE,
)
_NONE_ALONE = re.compile(
    r"(?:无|否|不限|不指定|没有|n/?a|none|no|[-/]+|(?:非|不|未|无)(?:指定|定向)(?:捐赠|用途|单位)*)", re.IGNORECASE
)
_YES_ALONE = re.compile(r"(?:是|有|定向|定向捐赠|指定|yes|y|√|✓)", re.IGNORECASE)
_BRACKET = re.compile(r"[(\[]((?:[^()\[\]]|[(\[][^()\[\]]*[)\]])*)[)\]]?")
_IN_BRACKET = re.compile(
    rf"(?:捐赠|赠)?\s*(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))\s*[:\-]?\s*(?P<name>.+)", re.IGNORECASE
)
_IN_BRACKET_AFTER = re.compile(rf"(?P<name>.{{2,}}?)\s*(?P<after>{_AFTER})")
_FRONT = re.compile(
    rf"^\s*{_STRONG}(?!赠)\s*:?\s*(?P<name>[^\s:,;|-]{{2,}})\s*[\s:,;|-]\s*(?P<rest>.+)$", re.IGNORECASE
)
_FRONT_OF = re.compile(rf"^\s*(?:{_STRONG}|{_WEAK})\s*(?P<name>[^的]{{2,}})的\s*(?P<rest>.+)$", re.IGNORECASE)
_BEHIND = re.compile(rf"[(\[]?[)\]]?\s*[,;|\-]?\s*{_STRONG}\s*[:\-]?\s*(?P<name>.+)$", re.IGNORECASE)
_BEHIND_WEAK = re.compile(
    r"(?:[\s,;|-]+|(?<=[)\]]))(?:捐赠给|赠送给|捐给|赠给|送给|送往|发往|给|for|to)\s+?(?P<name>\S.*)$|"
    r"[\s,;|-]+(?:捐赠给|赠送给|捐给|赠给|送给|送往|发往|给)\s*(?P<bare>\S.*)$|\s*(?:→|->|=>)\s*(?P<arrow>\S.*)$",
    re.IGNORECASE,
)
_FOR_USE = re.compile(r"^(?P<name>.{2,}?)(?:专用|定向(?!捐)|专供)(?P<rest>.{2,})$")
_SEVERAL = re.compile(r"\s*[、,，;；&+/]\s*|\s+(?:和|与|及|and)\s+|以及")
_ANOTHER = re.compile(_STRONG, re.IGNORECASE)
NOT_FOR_WHOM = "it says that it is earmarked, and not for whom"
_GROUP = re.compile(
    r"^(?:各|所有|全部|全市|全省|全国|有关|相关|一线|抗疫|防疫|疫区|灾区|社区|基层|贫困|困难)|等$|等(?:医院|单位|地|处|机构)$|"
    r"^(?:湖北|湖北省|武汉|武汉市)$|^(?:医护|医务|居民|群众|志愿者|患者|病人|老人|孕妇|孕产妇|儿童|学生|民警|环卫)"
)
_AMOUNT_BEHIND = re.compile(r"^(?P<name>.*?[^\d.,])\s*\d[\d,.]*\s*[万千]?\s*[一-鿿]{0,2}$")
_TRIM = re.compile(r"^[\s:,;\-“”\"'‘’：，；（(]+|[\s:,;\-。.“”\"'‘’：，；)\]）】」]+$")
_FOR_THEM = re.compile(r"(?:医护人员|医务人员)?(?:使用|专用|接收|收|的)$")


@dataclass(frozen=True, slots=True)
class Earmark:
    """
    rest        the text without the earmark's words
    receivers   for whom, each as written; empty where the text names nobody
    use         the group or the use it names instead of a receiver: 一线医护, 各社区
    is_denied   it says that it is not earmarked
    doubts      why the reading is not the only one
    """

    rest: str
    receivers: tuple[str, ...] = ()
    use: str = ""
    is_denied: bool = False
    doubts: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        return bool(self.receivers or self.use)


def read_earmark(text: str, *, only_strong: bool = False) -> Earmark:
    """
    The earmark a cell of goods, givers or remarks holds beside its own matter.

    "口罩（定向捐赠江夏红十字）" → rest "口罩", receivers ("江夏红十字",); "非定向" → none, and said so.
    only_strong  words such as 给 and “for” are no earmark here: a remark says many things
    """
    plain = text.translate(_ASCII)
    if found := _NOT.search(plain):
        rest = _without(text, found.start(), found.end())
        beside = _read(rest, only_strong=True)
        doubts = ("it says both that it is earmarked and that it is not",) if beside.is_there else ()
        return replace(beside, is_denied=True, doubts=(*beside.doubts, *doubts))
    return _read(text, only_strong=only_strong)


def read_earmark_cell(text: str) -> Earmark:
    """The earmark's own column: a name, a name with the word before it, or a word for none."""
    plain = text.strip().translate(_ASCII)
    if not plain or _NONE_ALONE.fullmatch(plain):
        return Earmark("", is_denied=bool(plain))
    if _YES_ALONE.fullmatch(plain):
        return Earmark("", use=text.strip(), doubts=(NOT_FOR_WHOM,))
    found = read_earmark(text)
    return found if found.is_there or found.is_denied else _named("", text)


def _read(text: str, *, only_strong: bool) -> Earmark:
    plain = text.translate(_ASCII)
    for bracket in _BRACKET.finditer(plain):
        inner = bracket[1].strip()
        start = bracket.start(1) + bracket[1].find(inner) if inner else bracket.start(1)
        if found := _IN_BRACKET.fullmatch(inner):
            is_weak = found["weak"] is not None
            name = text[start + found.start("name") : start + found.end("name")]
            if is_weak and (only_strong or len(name) < 3):
                continue
            return _named(_without(text, bracket.start(), bracket.end()), name)
        if found := _IN_BRACKET_AFTER.fullmatch(inner):
            if only_strong and found["after"] in ("收", "接收"):
                continue
            name = text[start + found.start("name") : start + found.end("name")]
            return _named(_without(text, bracket.start(), bracket.end()), name)
    patterns = (_FRONT, *(() if only_strong else (_FRONT_OF,)))
    for pattern in patterns:
        if found := pattern.search(plain):
            return _named(text[found.start("rest") : found.end("rest")].strip(), text[slice(*found.span("name"))])
    if found := _BEHIND.search(plain):
        return _named(_without(text, found.start(), found.end()), text[slice(*found.span("name"))])
    if found := _ANOTHER.search(plain):  # the word alone: for whom is not said
        return Earmark(_without(text, found.start(), found.end()), doubts=(NOT_FOR_WHOM,))
    if only_strong:
        return Earmark(text.strip())
    if found := _BEHIND_WEAK.search(plain):
        group = next(name for name in ("name", "bare", "arrow") if found[name] is not None)
        return _named(_without(text, found.start(), found.end()), text[slice(*found.span(group))])
    if found := _FOR_USE.match(plain):
        return _named(text[slice(*found.span("rest"))].strip(), text[slice(*found.span("name"))])
    return Earmark(text.strip())


def _named(rest: str, name: str) -> Earmark:
    """For whom, out of what stands behind the earmark's word."""
    names, doubts = [], []
    for part in _SEVERAL.split(name):
        plain = _TRIM.sub("", part) if part.count("（") + part.count("(") == 0 else part.strip(" ：:，,")
        if found := _AMOUNT_BEHIND.match(plain):
            doubts.append(f"an amount stands beside the receiver: {plain}")
            plain = _TRIM.sub("", found["name"])
        plain = _FOR_THEM.sub("", plain).strip()
        if plain:
            names.append(plain)
    if _ANOTHER.search(rest):
        doubts.append(f"another earmark stands beside it: {rest}")
    if not names:
        return Earmark(rest, doubts=(*doubts, NOT_FOR_WHOM))
    if any(_GROUP.search(each) for each in names):
        use = "、".join(names)
        return Earmark(rest, use=use, doubts=(*doubts, f"the earmark names no one receiver: {use}"))
    if len(names) > 1:
        doubts.append(f"the earmark names several receivers: {'、'.join(names)}")
    return Earmark(rest, tuple(names), doubts=tuple(doubts))


def _without(text: str, start: int, end: int) -> str:
    left, right = text[:start].rstrip(" ,;|-，；－—"), text[end:].strip()
    return f"{left}{right}" if not right or not left or right[:1] in "(（[【" else f"{left} {right}".strip()
