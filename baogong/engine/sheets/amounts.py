"""
Amounts of goods as people write them: a number, a unit, perhaps the goods' name, perhaps how they are packed.

`parse_amount` reads one, `parse_entries` a list typed into one cell, `parse_spec` a packing like `2000只/件`.
What a unit comes to in an item's base unit is not known here: the catalogue knows the item's cartons.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from baogong.engine.sheets.numbers import CHARACTERS, UnreadNumber, read_number
from baogong.kernel.errors import BaogongError, Kind


class UnitKind(StrEnum):
    """What sort of unit a word is."""

    PIECE = "PIECE"
    SET = "SET"
    PAIR = "PAIR"
    JIAN = "JIAN"  # 件: a carton where a packing says so, else a piece
    CARTON = "CARTON"
    BOX = "BOX"  # 盒, 包: between the piece and the carton
    BOTTLE = "BOTTLE"
    PACK = "PACK"
    MASS_G = "MASS_G"
    MONEY = "MONEY"


_WORDS: dict[UnitKind, str] = {
    UnitKind.PIECE: "只 个 片 支 枚 张 顶 台 部 条 块 粒 把 辆 床 卷 pieces piece pcs pc ea",
    UnitKind.SET: "套 身 sets set",
    UnitKind.PAIR: "双 副 对 pairs pair",
    UnitKind.JIAN: "件",
    UnitKind.CARTON: "大箱 箱 筐 cartons carton ctns ctn cases case crates crate",
    UnitKind.BOX: "小箱 小盒 盒 包 袋 boxes box bags bag",
    UnitKind.BOTTLE: "瓶 桶 罐 bottles bottle",
    UnitKind.PACK: "份 packs pack",
    UnitKind.MASS_G: "吨 公斤 千克 市斤 斤 两 克 kg t g",
    UnitKind.MONEY: "元 圆 块钱 yuan rmb",
}
UNIT_KINDS: dict[str, UnitKind] = {word: kind for kind, words in _WORDS.items() for word in words.split()}
GRAMS = {
    "吨": 1_000_000, "t": 1_000_000, "公斤": 1_000, "千克": 1_000, "kg": 1_000,
    "市斤": 500, "斤": 500, "两": 50, "克": 1, "g": 1,
}  # fmt: skip

AMOUNT_MAX = 10**12  # base units, grams and fen: no cell of a list means more
COUNT_MAX = 2**31 - 1  # people, days, cartons, vehicles: what the book's counting columns hold

_UNITS_LONGEST_FIRST = sorted(UNIT_KINDS, key=lambda word: (-len(word), word))
_UNIT = "|".join(_UNITS_LONGEST_FIRST)
_NUMBER = rf"(?:[\d,]*\.?\d+|[{CHARACTERS}]+|\d[\d,.]*)(?:[\d{CHARACTERS}w.]*)"
_MASS = "|".join(sorted(GRAMS, key=lambda word: (-len(word), word)))
_PLAIN_NUMBER = rf"\d[\d,.]*[{CHARACTERS}w\d]*|[{CHARACTERS}]*[十百千万亿拾佰仟萬億][{CHARACTERS}]*"
_TELEPHONE = re.compile(r"1[3-9]\d{9}")
_IDENTITY = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{9}[\dx]")
_OF_A_PERSON = re.compile(rf"(?<![\d.])(?:{_IDENTITY.pattern}|{_TELEPHONE.pattern})(?![\d.])", re.IGNORECASE)
TELEPHONE, IDENTITY = "it looks like a telephone number", "it looks like an identity number"
_ROUGHLY = re.compile(r"(左右|以上|整)+$")
_TIMES = re.compile(r"\s*[*×✕]\s*|(?<=\s)x(?=\s)|(?<=\d)\s*x\s*(?=[^\dx\s])")


class UnreadAmount(BaogongError):
    """The text does not say how many of what."""

    kind, code = Kind.REFUSED, "sheets.unread-amount"


class NegativeAmount(BaogongError):
    """Less than nothing of some goods."""

    kind, code = Kind.REFUSED, "sheets.negative-amount"

    def __init__(self, found: str) -> None:
        super().__init__(
            f"“{found}” is less than nothing.",
            found=found,
            expected="an amount of 0 or more",
            cure="Write how many there are; for none write 0.",
        )


@dataclass(frozen=True, slots=True)
class Amount:
    """
    number  as written, in `unit`
    unit    the unit's word as written, "" where there is none
    item    the goods' name beside it, "" where the text is an amount alone
    doubts  why the reading is not the only one
    """

    number: Decimal
    unit: str = ""
    item: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def unit_kind(self) -> UnitKind | None:
        return UNIT_KINDS.get(self.unit)


def parse_amount(text: str) -> Amount:
    """
    One amount: "3000", "1.5万只", "20 箱", "3000*n95口罩", "n95口罩 3000", "N95口罩3000只", "50套防护服".

    Raises UnreadAmount where there is no amount, or where it could be part of the name ("84消毒液"); NegativeAmount.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if not plain:
        raise _unread(text)
    amount = _weight_in_parts(plain) or _alone(plain) or _by_times(plain, text) or _by_spaces(plain) or _glued(plain)
    if amount is None:
        raise _unread(text)
    if amount.number < 0:
        raise NegativeAmount(text)
    number = looks_like_a_number_of_a_person(plain)
    return replace(amount, doubts=(*amount.doubts, number)) if number else amount


def looks_like_a_number_of_a_person(text: str) -> str:
    """A bare mobile telephone number or identity number in words, "" for anything else: neither is an amount."""
    bare = re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", text)).casefold()
    bare = re.sub(r"\.0+$", "", bare)
    if _TELEPHONE.fullmatch(bare):
        return TELEPHONE
    return IDENTITY if _IDENTITY.fullmatch(bare) else ""


def without_numbers_of_persons(text: str) -> str:
    """A text that is kept, mobile telephones and identity numbers in it shortened to their last four digits."""
    return _OF_A_PERSON.sub(lambda found: f"…{found[0][-4:]}", text)


def parse_entries(text: str) -> tuple[Amount, ...]:
    """
    Several amounts in one text: "3000*n95口罩;500*防护服". At least one; raises UnreadAmount naming the part.

    Parts end at ; ； 、 ， newline, and at a comma that is no thousands separator.
    """
    plain = unicodedata.normalize("NFKC", text)
    parts = [part for part in re.split(r"[;、\n]|,(?!\d{3}(?!\d))", plain) if part.strip()]
    if not parts:
        raise _unread(text)
    return tuple(parse_amount(part) for part in parts)


def _weight_in_parts(plain: str) -> Amount | None:
    """3斤2两, 1公斤500克, 2斤半, 半斤, a falling row of weights, as grams; None where the text is anything else."""
    text = re.sub(r"\s", "", plain)
    if found := re.fullmatch(rf"半({_MASS})", text):
        return Amount(Decimal(GRAMS[found[1]]) / 2, "克")
    if not re.fullmatch(rf"(?:{_NUMBER}(?:{_MASS}))+半?", text):
        return None
    parts = re.findall(rf"({_NUMBER})({_MASS})", text)
    each = [GRAMS[unit] for _, unit in parts]
    if (len(parts) == 1 and not text.endswith("半")) or sorted(set(each), reverse=True) != each:
        return None
    grams = Decimal(0)
    for number_text, unit in parts:
        try:
            number, doubts = read_number(number_text)
        except UnreadNumber:
            return None
        if doubts:
            return None
        grams += number * GRAMS[unit]
    return Amount(grams + (Decimal(each[-1]) / 2 if text.endswith("半") else 0), "克")


def _alone(plain: str) -> Amount | None:
    """A number with or without a unit and nothing else; the longest unit that fits is meant (1千克 is one)."""
    text = _ROUGHLY.sub("", plain)
    words = [word for word in _UNITS_LONGEST_FIRST if text.endswith(word)]
    for word in (*words, ""):
        try:
            number, doubts = read_number(text.removesuffix(word))
        except UnreadNumber:
            continue
        if text != plain and not plain.endswith("整"):
            doubts = (*doubts, "only a rough figure")
        return Amount(number, word, "", doubts)
    return None


def _by_times(plain: str, text: str) -> Amount | None:
    parts = _TIMES.split(plain)
    if len(parts) != 2:
        return None
    first, second = (_alone(part.strip()) for part in parts)
    if first and second:
        raise UnreadAmount(
            f"“{text}” multiplies two numbers.",
            found=text,
            expected="a number and a name, for example 3000*N95口罩",
            cure="Write the product, or name the goods.",
        )
    amount, name = (first, parts[1]) if first else (second, parts[0])
    if not amount:
        return None
    return Amount(amount.number, amount.unit, name.strip(), amount.doubts)


def _by_spaces(plain: str) -> Amount | None:
    words = re.split(r"[\s::=]+", plain)
    if len(words) < 2:
        return None
    # "n95口罩 3000 只": the unit may stand apart; 两 is a unit there and a two elsewhere
    for width in (2, 1) if words[-1] in UNIT_KINDS else (1, 2):
        if len(words) > width and (last := _alone("".join(words[-width:]))):
            return Amount(last.number, last.unit, " ".join(words[:-width]), last.doubts)
    for width in (2, 1):
        if len(words) > width and (first := _alone("".join(words[:width]))):
            return Amount(first.number, first.unit, " ".join(words[width:]), first.doubts)
    return None


def _glued(plain: str) -> Amount | None:
    """Amount and name without anything between: only where a unit, or a Chinese character before the digits, parts them."""
    if found := re.fullmatch(rf"(?P<name>.*?[^\d.,{CHARACTERS}])(?P<amount>{_NUMBER}(?:{_UNIT}))", plain):
        amount = _alone(found["amount"])
        if amount:
            return Amount(amount.number, amount.unit, found["name"].strip(), amount.doubts)
    if found := re.fullmatch(rf"(?P<amount>{_NUMBER}\s*(?:{_UNIT}))(?P<name>(?=.*[^\d\W])[^/].*)", plain):
        amount = _alone(found["amount"])
        if amount and not re.match(_UNIT, found["name"]):
            return Amount(amount.number, amount.unit, found["name"].strip(), amount.doubts)
    # Without a unit only digits, or numerals with a 十百千万亿 among them, are a number: 口罩3000, 防护服1万, 口罩五千.
    if found := re.fullmatch(rf"(?P<name>.*[^\x00-\x7f{CHARACTERS}])(?P<amount>{_PLAIN_NUMBER})", plain):
        amount = _alone(found["amount"])
        if amount:
            return Amount(amount.number, "", found["name"].strip(), amount.doubts)
    return None


def _unread(text: str) -> UnreadAmount:
    return UnreadAmount(
        f"“{text}” does not say how many." if text.strip() else "The amount is empty.",
        found=text,
        expected="a number, perhaps with a unit: 3000, 20箱, 3000*N95口罩",
        cure="Write the number, then the unit.",
    )


@dataclass(frozen=True, slots=True)
class Spec:
    """
    A packing.

    pieces   inner units in one outer one, > 0
    unit     the inner unit's word, "" where none is written
    outer    the outer unit's word (件, 箱, 盒 …), "" where none is written
    doubts   why the reading is not the only one
    """

    text: str
    pieces: int
    unit: str = ""
    outer: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Term:
    count: Decimal
    unit: str
    outer: str


_MEASURES = "ml|毫升|升|l|mg|毫克|kg|公斤|千克|斤|g|克|cm|mm|米|m"
_OUTERS = "大箱|小箱|小盒|箱|件|盒|包|袋|瓶|板|卷|ctn|carton|box"
_INNERS = f"小箱|小盒|{_OUTERS}|只|个|片|支|枚|套|副|双|对|顶|条|张|粒|台|pcs|pc"
_TERM = re.compile(rf"(?<![\d.a-z])(\d+(?:\.\d+)?)\s*(?:({_INNERS})|({_MEASURES})(?![a-z]))?\s*(?:/\s*({_OUTERS}))?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:cm)?\s*\*\s*(\d+(?:\.\d+)?)\s*(?:cm)?\s*\*\s*(\d+(?:\.\d+)?)\s*(?:cm)?")


def parse_spec(text: str) -> Spec | None:
    """
    The packing a text says, None where it says none.

    "2000只/件", "45件/箱", "50ml/瓶 1瓶/盒*100盒/箱" (100 bottles a carton), "1只/袋 50袋/盒 12盒/箱" (600),
    "30只*80盒/箱" (2,400), "700/箱", "80箱*100" (100 a carton). Words and sizes around it are passed over.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    plain = re.sub(r"(?<=[\d\u4e00-\u9fffgl])\s*[x×✕]\s*(?=\d)", "*", plain)
    plain = re.sub(r"^(\d{1,3}),(\d{3})(?=\D)", r"\1\2", plain)
    size = _SIZE.fullmatch(plain)
    if size or not plain:
        return None
    doubts: list[str] = []
    packings: dict[str, tuple[Decimal, str]] = {}
    for segment in re.split(r"[,;、()\s]+", plain):
        for outer, count, unit in _packings(segment, packings, doubts):
            packings.setdefault(outer, (count, unit))
    if not packings:
        return None
    return _multiplied(text, packings, doubts)


@dataclass(frozen=True, slots=True)
class MassSpec:
    """`grams` in one outer unit, as in 20公斤/筐."""

    grams: int
    outer: str


_MASS_SPEC = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(sorted(GRAMS, key=len, reverse=True))})\s*/\s*([^\W\d_]+)")


def parse_mass_spec(text: str) -> MassSpec | None:
    """The weight of one crate, sack or carton that a text says: "20公斤/筐", "40斤/袋"; None where it says none."""
    found = _MASS_SPEC.search(unicodedata.normalize("NFKC", text).casefold())
    if found is None:
        return None
    grams = Decimal(found[1]) * GRAMS[found[2]]
    return MassSpec(int(grams), found[3]) if grams == int(grams) and grams > 0 else None


def printed_size_cm(text: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """A carton's printed size, "33*27*28" → (33, 27, 28); None where the text says anything else."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    found = _SIZE.fullmatch(re.sub(r"[x×✕]", "*", plain))
    return (Decimal(found[1]), Decimal(found[2]), Decimal(found[3])) if found else None


def _packings(segment: str, known: dict[str, tuple[Decimal, str]], doubts: list[str]) -> list[tuple[str, Decimal, str]]:
    """What one stretch without comma or space says: (outer, count, inner unit), innermost first."""
    terms: list[_Term] = []
    for part in segment.split("*"):
        found = list(_TERM.finditer(part))
        if not found:
            continue
        count, unit, measure, outer = found[-1].groups()
        if not measure:  # 50ml, 500g say how large a piece is
            terms.append(_Term(Decimal(count), unit or "", outer or ""))
    if not terms:
        return []
    *inner, last = terms
    if not last.outer:
        return _without_outer(terms, doubts)
    said: list[tuple[str, Decimal, str]] = []
    factor = Decimal(1)
    unit_before = ""
    for at, term in enumerate(inner):
        if term.outer:
            said.append((term.outer, term.count, term.unit))
        elif term.unit and (holder := inner[at + 1].unit if at + 1 < len(inner) else last.unit) and holder != term.unit:
            said.append((holder, term.count, term.unit))
        elif term.unit:  # 10小盒*40/箱: forty of these, in a holder without a name
            said.append(("·", term.count, term.unit))
            unit_before = "·"
        else:
            factor *= term.count
            doubts.append("two bare numbers read as a product")
    unit = last.unit or unit_before
    if not unit and known:
        unit = next(reversed(known))
    said.append((last.outer, factor * last.count, unit))
    return said


def _without_outer(terms: list[_Term], doubts: list[str]) -> list[tuple[str, Decimal, str]]:
    """80箱*100 is a hundred to a carton; 12件*100个 likewise. Nothing else without a / is a packing."""
    if len(terms) == 2 and terms[0].unit in ("箱", "件") and terms[1].unit not in ("箱", "件"):
        doubts.append(f"{terms[0].count} {terms[0].unit} read as how many there were")
        return [(terms[0].unit, terms[1].count, terms[1].unit)]
    return []


def _multiplied(text: str, packings: dict[str, tuple[Decimal, str]], doubts: list[str]) -> Spec | None:
    """From the outermost holder inwards: 箱 → 12盒, 盒 → 50袋, 袋 → 1只 is 600 pieces."""
    held = {unit for _, unit in packings.values()}
    outers = [outer for outer in packings if outer not in held] or list(packings)
    outer = next((word for word in ("箱", "大箱", "件", "ctn", "carton") if word in outers), outers[-1])
    if len(outers) > 1:
        doubts.append("more than one packing is named")
    pieces, unit, passed = Decimal(1), outer, set[str]()
    while unit in packings and unit not in passed:
        passed.add(unit)
        count, inner = packings[unit]
        pieces, unit = pieces * count, inner
    if pieces <= 0 or pieces != int(pieces):
        return None
    return Spec(text, int(pieces), unit, outer, tuple(doubts))
