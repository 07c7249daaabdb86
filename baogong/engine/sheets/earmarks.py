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
# Words that also mean other things (限医用, 捐赠品): the name behind them is kept, and a person says whether it is for them.
_PERHAPS = (
    r"(?:[只仅专]?限(?:于|给|定)?(?![量时重期购高额制])|捐(?![赠助献款物])(?:至|到)?|"
    r"收(?:货|件)?(?:单位|方|医院)?\s*(?=:)|(?:接收|受赠|受捐|使用)(?:单位|方|医院)\s*(?=:))"
)
_ONLY = r"(?:[请只仅专均都]|全部|直接)*"
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
    rf"(?:捐赠|赠)?\s*(?:(?P<strong>{_STRONG})|(?P<weak>{_ONLY}{_WEAK})|(?P<perhaps>{_PERHAPS}))\s*[:\-]?\s*(?P<name>.+)",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"[力予养水].|物资|用品|货物|产品|礼品")  # 给力牌, 支援物资
_IN_BRACKET_AFTER = re.compile(rf"(?P<name>.{{2,}}?)\s*(?P<after>{_AFTER})")
_FRONT = re.compile(
    rf"^\s*{_STRONG}(?!赠)\s*:?\s*(?P<name>[^\s:,;|-]{{2,}})\s*[\s:,;|-]\s*(?P<rest>.+)$", re.IGNORECASE
)
_FRONT_OF = re.compile(rf"^\s*(?:{_STRONG}|{_WEAK})\s*(?P<name>[^的]{{2,}})的\s*(?P<rest>.+)$", re.IGNORECASE)
_BEHIND = re.compile(rf"[(\[]?[)\]]?\s*[,;|\-]?\s*{_STRONG}\s*[)\]]?\s*[:\-]?\s*(?P<name>.+)$", re.IGNORECASE)
_BEHIND_WEAK = re.compile(
    r"(?:[\s,;|-]+|(?<=[)\]]))(?:捐赠给|赠送给|捐给|赠给|送给|送往|发往|给|for|to)\s+?(?P<name>\S.*)$|"
    r"[\s,;|-]+(?:捐赠给|赠送给|捐给|赠给|送给|送往|发往|给)\s*(?P<bare>\S.*)$|\s*(?:→|->|=>)\s*(?P<arrow>\S.*)$",
    re.IGNORECASE,
)
_FOR_USE = re.compile(r"^(?P<name>.{2,}?)(?:专用|定向(?!捐)|专供)(?P<rest>.{2,})$")
_CLAUSES = re.compile(r"[,;。!！\n]+")
_BEFORE = r"(?:[请只仅专均都全限为系是的]|烦请|麻烦|务必|统一|一律|全部|直接|尽快|代为|[此这本该]批|货物?|物资|只能|仅供|only )*"
_GIVEN = (
    r"(?:捐赠给|赠送给|捐献给|转赠给?|捐赠至|捐给|赠给|送给|赠予|转交给?|转给|交给|留给|(?<![补供自配])给(?![予力养水])|"
    r"(?:收货|接收|受赠|受捐|收件|受援|使用)(?:单位|方|医院|机构)\s*:|(?:receiver|recipient|consignee)\s*:|only for |→|->|=>)"
)
_SENT = r"(?:捐往|发往|送往|寄往|运往|送到|送至|发到|发给|寄给|支援|援助|for |to )"
_REMARK = re.compile(
    rf"(?P<before>.*?)(?:(?P<given>{_GIVEN})|(?P<sent>{_SENT}))\s*[:\-]?\s*(?P<name>[^的]{{2,}})", re.IGNORECASE
)
_REMARK_AFTER = re.compile(rf"{_BEFORE}(?P<name>.{{2,}}?)(?:(?P<own>专用|专供|专属|定向)|(?P<use>使用|接收|收)$)")
_NO_PARTY = re.compile(  # whom to telephone, who takes the parcel, which paper to send
    r"\d.*|(?:[打去回来]个?|提前)?(?:电话|短信|微信).*|.*(?:仓|仓库|库房|号库|库)|"
    r"(?:[开寄发]具?)?(?:捐赠)?(?:发票|收据|收条|证书|证明|回执|反馈|通知|感谢信).*|"
    r"(?:我们?|你们?|您|[他她]们?|保管员|仓管员?|库管员?|司机|门卫|门岗|保安|前台|收货人|联系人|经办人|负责人|工作人员|快递员?|物流|财务)"
    r"(?:[打回]?电话|签收|验收|签字|联系|收)?"
)
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
    is_vague    its words say many things: it is an earmark only if the register knows somebody by that name
    doubts      why the reading is not the only one
    """

    rest: str
    receivers: tuple[str, ...] = ()
    use: str = ""
    is_denied: bool = False
    is_vague: bool = False
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


def read_remark(text: str) -> Earmark:
    """
    The earmark in a remark: what `read_earmark` finds plain, or one sentence of it that says to give it to somebody.

    "请转交武汉三院" → receivers ("武汉三院",); "送货前电话给保管员" → none: that says whom to telephone.
    """
    plain = read_earmark(text, only_strong=True)
    if plain.is_there or plain.is_denied:
        return plain
    found = [mark for clause in _CLAUSES.split(text.translate(_ASCII)) if (mark := _clause(clause.strip())) is not None]
    found.sort(key=lambda mark: mark.is_vague)
    if not found:
        return plain
    beside = [mark for mark in found[1:] if not mark.is_vague and mark.receivers != found[0].receivers]
    doubts = (f"another earmark stands beside it: {text}",) if beside else ()
    return replace(found[0], rest=text.strip(), doubts=(*found[0].doubts, *doubts))


def _clause(text: str) -> Earmark | None:
    """For whom one sentence of a remark is, None where it says nothing of it."""
    if text[:1] in ("(", "[", "「"):
        text = text.strip("()[]「」 ")
    if found := _REMARK.match(text):
        is_vague = found["sent"] is not None or not re.fullmatch(_BEFORE, found["before"].strip(" ,"), re.IGNORECASE)
    elif found := _REMARK_AFTER.match(text):
        is_vague = found["own"] is None
    else:
        return None
    mark = _named("", found["name"])
    if _NO_PARTY.fullmatch(_TRIM.sub("", found["name"])) or (is_vague and not mark.receivers):
        return None
    doubts = (*mark.doubts, f"it may say for whom: {text}") if is_vague else mark.doubts
    return replace(mark, is_vague=is_vague, doubts=doubts)


def _read(text: str, *, only_strong: bool) -> Earmark:
    plain = text.translate(_ASCII)
    for bracket in _BRACKET.finditer(plain):
        inner = bracket[1].strip()
        start = bracket.start(1) + bracket[1].find(inner) if inner else bracket.start(1)
        if found := _IN_BRACKET.fullmatch(inner):
            name = text[start + found.start("name") : start + found.end("name")]
            is_short = found["strong"] is None and len(name) < 3  # 给协和
            if (found["strong"] is None and only_strong) or len(name) < 2 or (is_short and _NO_NAME.fullmatch(name)):
                continue
            mark = _named(_without(text, bracket.start(), bracket.end()), name)
            if found["perhaps"] is None and not is_short:
                return mark
            if name[0].isdigit():  # 捐100只
                continue
            return replace(mark, is_vague=is_short, doubts=(*mark.doubts, f"it may say for whom: {inner}"))
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
