"""
What stands in a line of a chain: places, items, quantities, words of taking back and changing; the rest is words.

One regular expression finds all of them from left to right; its alternatives stand in the order in which they win. Which
letters are areas and which are codes is for the register and the menu to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from baogong.engine.chain.menu import Menu
from baogong.engine.chain.places import AHEAD, AHEAD_ENDS, LONG, PLACE, SHORT, Place, Register
from baogong.engine.chain.plain import plain
from baogong.engine.sheets.house_numbers import chinese_number


class Token(IntEnum):
    WORD = 0
    PLACE = 1
    ITEM = 2
    COUNT = 3  # so many: 2份, ×2, +1, 加2, and -3 below 0
    BEFORE = 4  # so many of what follows: 2×
    TOTAL = 5  # 共3份
    EACH = 6  # 各2份
    NUMBER = 7  # digits alone
    LETTER = 8  # a letter alone that neither the menu nor the register knows
    CANCEL = 9
    CHANGE = 10
    OPEN = 11
    CLOSE = 12
    SEPARATOR = 13
    NOTE = 14  # telephones, prices, fractions, moments: numbers that count nothing here


@dataclass(slots=True)
class Part:
    """One token: characters [start, end) of the line; `value` its count; `sign` how the count was written."""

    kind: Token
    start: int
    end: int
    value: int = 0
    sign: str = ""


UNIT = (
    "人份|份|分(?![钟之店店公队类期])|套(?!餐)|盒|箱|袋|瓶|桶|公斤|市斤|斤|KG|组|提|板|罐|捆|篮|件|颗|枚|包(?![子间括阿大小])"
    "|[只个](?![人月孩老小])|条(?!件)|PCS|PC(?![A-Z])|PACKS?|SETS?|BAGS?|BOX(?:ES)?"
)
_NOT_COUNTED = "(?![装裝/]|以[内上下]|起)"
_UP_TO_NINE = "[一二三四五六七八九]"
_HAN = (
    f"(?:[一二两三四五六七八九]百(?:零{_UP_TO_NINE}|{_UP_TO_NINE}十{_UP_TO_NINE}?)?(?![零一二三四五六七八九十])"
    f"|[二两三四五六七八九]?十{_UP_TO_NINE}?|廿{_UP_TO_NINE}?|[贰叁肆伍陆柒捌玖]?拾[壹贰叁肆伍陆柒捌玖]?"
    "|[一二两三四五六七八九俩仨壹贰叁肆伍陆柒捌玖])"
)
_N = rf"(?:\d{{1,4}}(?![\d.]\d|\d|[\-/\#]\d|[号栋幢座楼])|{_HAN})"
_COUNTED = rf"(?:{_N}\ ?(?:{UNIT}){_NOT_COUNTED})"
_ADD = "(?:再|又|另外?|还要?|多)?(?:追加|增加|加订|加购|加|补|再要|再来)"
_TAKE = "(?:取消|减少|减|退掉?|少要|去掉|不要)"
QUANTITY = rf"(?:{_COUNTED}|[X×*]\ ?\d{{1,4}}(?!\d)|[+]\ ?\d{{1,3}}(?!\d)|共\ ?{_N})"
"""Enough of the grammar to tell that a stretch orders something."""
_BY_ITSELF = "(?:(?<![\u3400-\u9fff])|(?<=[要来订买拿]))"
_TOTAL = "(?:一共|总共|合计|总计|共计|共)[:]?"
_TOTALLING = re.compile(_TOTAL)
_RANGE = (
    r"(?=[\d一二两三四五六七八九十俩仨])(?:"
    rf"(?=\d{{1,2}}[^\d\s]{{0,2}}\ ?[~至到或])(?<![\d.\-])\d{{1,2}}\ ?(?:{UNIT})?\ ?(?:[~至到]|或者?)\ ?{_COUNTED}"
    rf"|{_BY_ITSELF}(?=[^\d\s]{{2}})(?:{_HAN}(?:{UNIT})?(?:[~至到\-]|或者?){_COUNTED}"
    rf"|(?:一两|一二|两三|二三|三四|三五|四五|五六|六七|七八|八九)\ ?(?:{UNIT}){_NOT_COUNTED}))"
)
"""2到3份, 两三份: at least the first, and somebody asks; 张三四份 is four."""
_VALUE = re.compile(rf"\d+|{_HAN}")

_REST = rf"""
(?P<telephone>(?<!\d)1[3-9]\d{{9}}(?!\d))
|(?P<moment>(?<!\d)\d{{1,2}}:\d{{2}}(?!\d)|\d{{1,2}}月\d{{1,2}}[日号]?|\d{{1,2}}[点时](?:半|\d{{1,2}}分?)?|\d{{4}}-\d{{1,2}}-\d{{1,2}})
|(?P<price>[¥$]\ ?\d{{1,7}}(?:\.\d{{1,2}})?|(?:(?:一共|总共|合计|总计|共计|共)[:]?\ ?)?(?<!\d)\d{{1,7}}(?:\.\d{{1,2}})?\ ?(?:元|块(?!豆))(?:/[^\s\d]|一?份)?)
|(?P<fraction>(?<!\d)\d{{1,4}}\.\d{{1,3}}\ ?(?:{UNIT})|半(?:份|斤|套|箱|只)|{_N}\ ?(?:{UNIT})半|十?几十?\ ?(?:{UNIT})|若干)
|(?P<address>{LONG})
|(?P<place>{PLACE})
|(?P<persons>(?<!\d)(?:一家)?(?:\d{{1,2}}大人?\d{{1,2}}小孩?|(?:\d{{1,2}}|[一两二三四五六])\ ?(?:人(?!份)|口人?|个人|个?大人|个?小孩)(?=[\s,、。)\d一二两三四五六七八九十]|$)))
|(?P<pair>{SHORT}(?!\ ?(?:{UNIT})))
|(?P<item>%(items)s)
|(?P<range>{_RANGE})
|(?P<house>(?<![\d月.\-第])\d{{1,2}}号(?=\s|$))
|(?P<area>(?<![A-Z\d])[%(letters)s](?![A-Z]|\d+-\d|-?\d+[号栋幢楼室\#]|\d{{3}}))
|(?P<total>{_TOTAL}\ ?{_N}(?!\ ?(?:元|块|人|户|家|[十百千]))\ ?(?:{UNIT})?)
|(?P<each>各(?:自|要|来|加)?\ ?(?:{_N}\ ?(?:{UNIT})?)?)
|(?P<add>{_ADD}\ ?(?:{_COUNTED}|\d{{1,3}}(?![\d.\-/\#号栋幢座楼])))
|(?P<take>{_TAKE}\ ?(?:{_COUNTED}|\d{{1,2}}(?![\d.])(?=\s|$)))
|(?P<before>(?<![\d.])\d{{1,3}}\ ?[X×*]\ ?(?=[^\d\s]))
|(?P<times>(?:[×*]|(?<![A-Z][A-Z])X)\ ?-?\ ?\d{{1,4}}(?![\d.]\d|\d)(?:\ ?(?:{UNIT}))?)
|(?P<plus>[+]\ ?(?:\d{{1,3}}(?!\d)|{_HAN})(?:\ ?(?:{UNIT}))?)
|(?P<less>-\ ?(?:\d{{1,3}}(?![\d\-])|{_HAN}(?=\ ?(?:{UNIT})))(?:\ ?(?:{UNIT}))?)
|(?P<count>(?:(?<![不想还需])[要来订买拿]\ ?)?(?<![.第])(?!(?<=\d)\d){_COUNTED})
|(?P<change>改成|改为|改订|换成|更改为|变更为|改到|改(?=\ ?(?:[\d+]|{_HAN}\ ?(?:{UNIT}))))
|(?P<cancel>取消|不要了|撤销|撤回|退出|退订|退掉|作废|不订了|不接了|删掉|删除|CANCEL)
|(?P<open>[(\[【])|(?P<close>[)\]】])
|(?P<letter>(?:套餐)?(?<![A-Z])[A-Z](?![A-Z])(?:套餐|餐|款)?)
|(?P<number>\d+)
|(?P<separator>[,;、/|｜])
"""
_KINDS = {
    "telephone": Token.NOTE, "moment": Token.NOTE, "price": Token.NOTE, "fraction": Token.NOTE, "persons": Token.NOTE,
    "address": Token.PLACE, "place": Token.PLACE, "pair": Token.PLACE, "house": Token.PLACE, "area": Token.PLACE, "item": Token.ITEM, "range": Token.COUNT, "total": Token.TOTAL,
    "each": Token.EACH, "add": Token.COUNT, "take": Token.COUNT, "before": Token.BEFORE, "times": Token.COUNT,
    "plus": Token.COUNT, "less": Token.COUNT, "count": Token.COUNT, "change": Token.CHANGE, "cancel": Token.CANCEL,
    "open": Token.OPEN, "close": Token.CLOSE, "letter": Token.LETTER, "number": Token.NUMBER,
    "separator": Token.SEPARATOR,
}  # fmt: skip
_COUNTING = {"range", "total", "each", "add", "take", "before", "times", "plus", "less", "count"}
_NEVER = r"[^\s\S]"
_PACKED = re.compile(rf"(?:[2-9]|\d{{2,4}})\ ?({UNIT})")
"""How much an item of the menu holds, by its name: 鸡蛋30枚. So many 枚 of it are not so many of it."""


Found = tuple[Token, int, int, int, str]
"""Kind, start and end within its chunk, count, sign."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What stands between two blanks; `opens` and `joins` say what it may go on with beyond them (bits)."""

    tokens: tuple[Found, ...]
    kinds: int
    opens: int
    joins: int


class Whole(IntEnum):
    """What a whole chunk is in the commonest lines."""

    OTHER = 0
    NAME = 1
    DOOR = 2
    ORDER = 3
    NOTE = 4
    AHEAD = 6  # an order that counts before it names: 2份红烧鲈鱼
    ALONE = 5  # an order that another beside it could change: A+B, A、B各2份, 红烧鲈鱼


Role = tuple[Whole, Place, list[tuple[str | None, int]]]
"""What a chunk is, its place if it is a door, its items if it is an order."""


class Grammar:
    """The tokens of one community and one menu."""

    def __init__(self, menu: Menu, register: Register) -> None:
        self.menu, self.register = menu, register
        letters = "".join(letter for letter in register.letters if letter not in menu.codes)
        source = _REST.replace("%(items)s", menu.pattern() or _NEVER).replace(
            "[%(letters)s]", f"[{letters}]" if letters else _NEVER
        )
        self._find = re.compile(source, re.VERBOSE).finditer
        beginnings = _BEGINNINGS + "".join(name[0] for name in menu.beginnings())
        self._is_word = re.compile(f"[^{re.escape(beginnings)}\\d]+").fullmatch
        named = ((dish.item, _PACKED.search(plain(dish.item).text)) for dish in menu.dishes)
        self.packed = {item: found[1] for item, found in named if found}
        self.packed_units = tuple(set(self.packed.values()))
        self._chunks: dict[str, _Chunk] = {}
        self.roles: dict[str, Role] = {}

    def parts(self, text: str, start: int, end: int) -> tuple[list[Part], int]:
        """
        The tokens of characters [start, end) in order, whatever lies between them as words, blanks left out; and which
        kinds are among them, as bits.

        Chunks between blanks are looked up, for people write the same ones again and again; where a token may reach over
        a blank (5号楼 301, 2 份) the line is read as one.
        """
        parts: list[Part] = []
        kinds = opens = 0
        at, chunks = start, self._chunks
        line = text[start:end]
        for said in line.split(" "):
            if said:
                chunk = chunks.get(said)
                if chunk is None:
                    chunk = self._chunk(said)
                if opens & chunk.joins or self.menu.has_blanks:
                    return self._as_one(line, start)
                opens = chunk.opens
                kinds |= chunk.kinds
                for kind, first, last, value, sign in chunk.tokens:
                    parts.append(Part(kind, at + first, at + last, value, sign))
                at += len(said)
            at += 1
        return parts, kinds

    def tokens_of(self, said: str) -> tuple[Found, ...]:
        """The tokens of a chunk by itself."""
        return (self._chunks.get(said) or self._chunk(said)).tokens

    def _as_one(self, line: str, start: int) -> tuple[list[Part], int]:
        kinds, parts = 0, []
        for kind, first, last, value, sign in self._tokens(line):
            kinds |= 1 << kind
            parts.append(Part(kind, start + first, start + last, value, sign))
        return parts, kinds

    def _tokens(self, line: str) -> list[Found]:
        tokens: list[Found] = []
        at = 0
        for found in self._find(line):
            name = found.lastgroup
            assert name is not None
            first, last = found.span()
            if name in ("address", "place"):
                if (
                    first > at
                    and line[first - 1] in AHEAD_ENDS
                    and (ahead := AHEAD.search(line, max(at, first - AHEAD_MOST), first))
                ):
                    first = ahead.start()  # 虹梅路1200弄34号, 阳光家园7号楼
                name = "place"
            if first > at:
                _words(line, at, first, tokens)
            at = last
            value = _value(found[0], name) if name in _COUNTING else 0
            tokens.append((_KINDS[name], first, last, value, name))
        if len(line) > at:
            _words(line, at, len(line), tokens)
        return tokens

    def _chunk(self, said: str) -> _Chunk:
        if self._is_word(said) and not said.isspace():
            tokens: tuple[Found, ...] = ((Token.WORD, 0, len(said), 0, ""),)
        else:
            tokens = tuple(self._tokens(said))
        kinds = 0
        for kind, *_ in tokens:
            kinds |= 1 << kind
        chunk = _Chunk(tokens, kinds, _opens(said, tokens), _joins(said))
        if len(self._chunks) >= CHUNKS_MAX:
            self._chunks.clear()
        if len(said) <= CHUNK_CHARACTERS_MAX:
            self._chunks[said] = chunk
        return chunk


_BEGINNINGS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ壹贰叁肆伍陆柒捌玖拾廿卅一二两三四五六七八九十俩仨半几若甲乙丙丁戊己庚辛壬癸总合共各再又另还多追增加补减退取少去不要来订买拿改换更变撤作删套"
    "([【)]】,;、/|｜+-×*¥$ \u1680\u2000\u2001\u2004\u2005\u2006\u2007\u2008\u200a\u202f\u205f\x1c\x1d\x1e\x1f"
)
"""Signs that a token of `_REST` may begin with, and blanks: a chunk without them is one word."""
AHEAD_MOST = 24
CHUNKS_MAX, CHUNK_CHARACTERS_MAX = 100_000, 40
_A_NUMBER, _A_SUFFIX, _ANYTHING = 1, 2, 4
_HAN_NUMERALS = "一二两三四五六七八九十俩仨壹贰叁肆伍陆柒捌玖拾廿百"
_SUFFIXES = "份分套盒箱袋瓶桶公市斤K组提板罐捆篮件颗枚包只个条PSB点时月日人岁元天楼层块室房餐款类号×*X半"
_AWAIT_A_NUMBER = "加订购补要来再各自共计总减退消掉去少改另又还多第楼栋幢座#号元门弄院层"


def _opens(said: str, tokens: tuple[Found, ...]) -> int:
    """What could follow behind a blank and still belong to the last token of a chunk."""
    last = said[-1]
    if last in "×*X+-/¥$":
        return _A_NUMBER | _A_SUFFIX | _ANYTHING
    if not tokens:
        return 0
    opens = _A_NUMBER if last in _AWAIT_A_NUMBER else 0
    if last.isdecimal() or last in _HAN_NUMERALS or (last.isascii() and last.isalpha()):
        is_door = tokens[-1][0] is Token.PLACE and tokens[-1][4] == "place"
        opens |= 0 if is_door else _A_SUFFIX
    return opens


def _joins(said: str) -> int:
    first = said[0]
    joins = _ANYTHING
    if first.isdecimal() or first in _HAN_NUMERALS:
        joins |= _A_NUMBER
    if first in _SUFFIXES:
        joins |= _A_SUFFIX
    return joins


def _words(text: str, start: int, end: int, tokens: list[Found]) -> None:
    for word in text[start:end].split():
        first = text.index(word, start)
        start = first + len(word)
        tokens.append((Token.WORD, first, start, 0, ""))


def _value(said: str, name: str) -> int:
    if name == "total":
        said = _TOTALLING.sub("", said, 1)  # the 一 of 一共 is no number
    found = _VALUE.search(said)
    if found is None:
        return 1 if name != "each" else 0
    written = found[0]
    value = int(written) if written.isdecimal() else chinese_number(written.translate(_PAIRS))
    return -value if name in ("take", "less") or (name == "times" and "-" in said) else value


_PAIRS = str.maketrans(dict(zip("俩仨壹贰叁肆伍陆柒捌玖拾廿", [*"两三一二三四五六七八九十", "二十"], strict=True)))
