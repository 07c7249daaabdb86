"""
How much of something is there, with the packing people write into the same cell.

`20箱*50套` and `20箱，每箱50套` are a thousand sets in cartons of fifty; `1600套（32箱）` likewise says what a carton
holds. `20箱（100套）` says it or the total: a doubt. A plain amount is read by `amounts.parse_amount`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from baogong.engine.sheets.amounts import UNIT_KINDS, Amount, NegativeAmount, UnitKind, UnreadAmount, parse_amount

_CARTONS = frozenset({UnitKind.CARTON, UnitKind.JIAN})
_INNER = frozenset({UnitKind.PIECE, UnitKind.SET, UnitKind.PAIR, UnitKind.BOTTLE, UnitKind.PACK})
_BETWEEN = frozenset({UnitKind.BOX})
_ALL = re.compile(
    r"^(?:共计|合计|总计|总共|共|计|合)\s*[::]?\s*(?=\d|[一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾])"
)
_PARTS = re.compile(r"\s*[*×✕]\s*|(?<=[\u4e00-\u9fff\s])\s*x\s*(?=\d)")
_OF_EACH = re.compile(
    r"^(?P<count>.+?)\s*(?:[,;(\s]|\s*[@])\s*(?:每\s*(?P<outer>大?箱|件|ctn)|(?P<one>一箱|一件))\s*[::]?\s*(?P<each>[^()]+?)\s*\)?$"
)
_PACKED = re.compile(r"^(?P<count>.+?)\s*[,;(\s]\s*(?P<each>[^()/]+?)\s*/\s*(?P<outer>大?箱|件|ctn|carton)\s*\)?$")
_EACH_FIRST = re.compile(r"^每\s*(?P<outer>大?箱|件)\s*(?P<each>[^,;()]+?)\s*[,;(]\s*(?P<count>[^()]+?)\s*\)?$")
_TWO = re.compile(
    r"^(?P<first>[\d,.]+[万千]?\s*(?P<unit>[a-z\u4e00-\u9fff]{1,3}?))\s*(?P<how>[(,;/=\s]?)\s*"
    r"(?P<word>共计|合计|总计|共|合|即|=)?\s*(?P<second>[\d,.]+[万千]?\s*[a-z\u4e00-\u9fff]{1,3})\s*\)?$"
)
_REMARK = re.compile(r"\s*\((?P<said>[^()\d]*)\)\s*$")
_HARMLESS = re.compile(r"(?:已|未|待)(?:到|收|发|交|签收)(?:货|齐)?|实收|实到|全新|整|在途|到货|新")
_APART = re.compile(
    rf"(?<=[\d万千百十])\s+(?=(?:{'|'.join(sorted(UNIT_KINDS, key=len, reverse=True))})(?![\w\u4e00-\u9fff]))"
)
_SUM = re.compile(r"^[\d,.]+(?:\s*[\u4e00-\u9fff]{1,2})?(?:\s*\+\s*[\d,.]+(?:\s*[\u4e00-\u9fff]{1,2})?)+$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    amount  number, unit and goods' name as written, with its doubts
    spec    the packing the cell says, as a packing is written ("50套/箱"); "" where it says none
    """

    amount: Amount
    spec: str = ""

    @property
    def number(self) -> Decimal:
        return self.amount.number


def read_quantity(text: str) -> Quantity:
    """
    "1600套", "20箱*50套", "20箱*12盒*50只", "1600套（32箱）", "共3000只", "3000*n95口罩".

    Raises UnreadAmount, NegativeAmount. A sum (500+300) and a bracket that can be read in two ways are doubts.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    plain = _APART.sub("", _ALL.sub("", plain))
    remark = _REMARK.search(plain)
    said = remark["said"].strip() if remark else ""
    if remark and not re.match(r"每", said):
        plain = plain[: remark.start()].strip()
    if _SUM.fullmatch(plain):
        return _added(plain)
    found = _multiplied(plain) or _each(plain) or _counted_twice(plain) or _named(plain)
    if found is None:
        found = Quantity(parse_amount(plain))
    if remark and said and not _HARMLESS.fullmatch(said):
        found = _doubted(found, f"a remark stands beside the amount: {said}")
    return found


def read_quantities(text: str) -> tuple[Quantity, ...]:
    """
    The goods typed into one cell: "3000*n95口罩;500*防护服", "N95口罩3000只、防护服500套". One, where it names one.

    Raises UnreadAmount naming the part that is none, and where a part of several has no name.
    """
    parts = [part for part in re.split(r"[;；、，\n]|,(?!\d{3}(?!\d))", text) if part.strip()]
    if len(parts) <= 1:
        return (read_quantity(text),)
    try:
        read = tuple(read_quantity(part) for part in parts)
        if all(quantity.amount.item for quantity in read):
            return read
    except (UnreadAmount, NegativeAmount):
        whole = _whole(text)
        if whole is None:
            raise
        return (whole,)
    whole = _whole(text)
    if whole is not None:
        return (whole,)
    raise UnreadAmount(
        f"“{text}” holds several amounts, and not each has the name of its goods.",
        found=text,
        expected="goods and amounts in pairs, for example 3000*N95口罩;500*防护服",
        cure="Write one line for each of the goods.",
    )


def _whole(text: str) -> Quantity | None:
    """The text as one amount with its packing, where it is one."""
    try:
        found = read_quantity(text)
    except (UnreadAmount, NegativeAmount):
        return None
    return found if found.spec else None


def _one(text: str) -> Amount | None:
    """A number with its unit and nothing else."""
    try:
        amount = parse_amount(text)
    except (UnreadAmount, NegativeAmount):
        return None
    return amount if not amount.item else None


def _is_outer(amount: Amount, *beside: Amount) -> bool:
    """Counts cartons: 箱, and 件 where nothing beside it counts 箱."""
    if amount.unit_kind is UnitKind.JIAN:
        return all(other.unit_kind is not UnitKind.CARTON for other in beside)
    return amount.unit_kind is UnitKind.CARTON


def _is_inner(amount: Amount, outer: Amount) -> bool:
    """Counts what stands in cartons: 只, 套, and 件 beside 箱."""
    if amount.unit_kind is UnitKind.JIAN:
        return outer.unit_kind is UnitKind.CARTON
    return amount.unit_kind in _INNER


def _multiplied(plain: str) -> Quantity | None:
    """
    20箱*50套, 50套/箱*20箱, 20箱*12盒*50只: cartons first or last, each other factor held by the one before it.
    """
    parts = [part for part in _PARTS.split(plain) if part]
    if len(parts) < 2:
        return None
    factors = [_one(re.sub(r"\s*/\s*(?:大?箱|件|小?盒|包|袋|ctn|carton)$", "", part)) for part in parts]
    if None in factors:
        return None
    found = [factor for factor in factors if factor is not None]
    outer = [factor for factor in found if _is_outer(factor, *found)]
    if len(outer) != 1:
        return None
    rest = found[1:] if found[0] is outer[0] else found[:-1][::-1] if found[-1] is outer[0] else None
    if rest is None:
        return None
    last = rest[-1]
    is_chain = all(factor.unit_kind in _BETWEEN for factor in rest[:-1]) and (
        last.unit_kind in _BETWEEN or last.unit_kind is None or _is_inner(last, outer[0])
    )
    if not is_chain:
        return None
    each = Decimal(1)
    for factor in rest:
        each *= factor.number
    doubts = [doubt for factor in found for doubt in factor.doubts]
    if not rest[-1].unit:
        doubts.append(f"{outer[0].number} {outer[0].unit} read as how many there were")
    return _of(outer[0], each, rest[-1].unit, doubts)


def _each(plain: str) -> Quantity | None:
    """20箱，每箱50套 · 20箱（50套/箱） · 每箱50套，20箱."""
    for pattern in (_EACH_FIRST, _OF_EACH, _PACKED):
        if not (found := pattern.match(plain)):
            continue
        count, each = _one(found["count"]), _one(found["each"])
        if count is None or each is None:
            continue
        if _is_outer(count, each) and _is_inner(each, count):
            return _of(count, each.number, each.unit, [*count.doubts, *each.doubts])
        in_cartons = _one(f"1{found['outer'] or '箱'}") if "outer" in found.groupdict() else None
        if in_cartons is not None and _is_inner(count, in_cartons) and _is_inner(each, in_cartons):
            return Quantity(count, _spec(each.number, each.unit))  # 1600套，每箱50套: the total, and its packing
    return None


def _counted_twice(plain: str) -> Quantity | None:
    """1600套（32箱） · 20箱，共1000套 · 20箱1000套: cartons and what they hold in all."""
    if not (found := _TWO.match(plain)):
        return None
    first, second = _one(found["first"]), _one(found["second"])
    if first is None or second is None:
        return None
    is_cartons_first = _is_outer(first, second) and _is_inner(second, first)
    is_cartons_last = _is_inner(first, second) and _is_outer(second, first)
    if not is_cartons_first and not is_cartons_last:
        return None
    cartons, total = (first, second) if is_cartons_first else (second, first)
    doubts = [*first.doubts, *second.doubts]
    if is_cartons_first and not found["word"] and found["how"] != "=":
        doubts.append(f"{second.number} {second.unit} can be what all cartons hold, or each")
    spec = ""
    if cartons.number > 0 and total.number % cartons.number == 0:
        spec = _spec(total.number / cartons.number, total.unit)
    else:
        doubts.append(f"{total.number} {total.unit} do not fill {cartons.number} cartons evenly")
    return Quantity(Amount(total.number, total.unit, "", tuple(dict.fromkeys(doubts))), spec)


def _named(plain: str) -> Quantity | None:
    """防护服20箱*50套: a name, then an amount with its packing."""
    for found in re.finditer(r"(?<![a-z\d.,*×])\d", plain):
        name, rest = plain[: found.start()].strip(" :,="), plain[found.start() :]
        if not re.search(r"[^\W\d]", name):
            continue
        packed = _multiplied(rest) or _each(rest) or _counted_twice(rest)
        if packed is not None:
            amount = packed.amount
            return Quantity(Amount(amount.number, amount.unit, name, amount.doubts), packed.spec)
    return None


def _of(count: Amount, each: Decimal, unit: str, doubts: Sequence[str]) -> Quantity:
    return Quantity(
        Amount(count.number, count.unit, "", tuple(dict.fromkeys(doubts))), _spec(each, unit, outer=count.unit)
    )


def _spec(each: Decimal, unit: str, *, outer: str = "箱") -> str:
    number = int(each) if each == int(each) else each
    return f"{number}{unit}/{outer if UNIT_KINDS.get(outer) in _CARTONS else '箱'}"


def _added(plain: str) -> Quantity:
    parts = [_one(part) for part in plain.split("+")]
    found = [part for part in parts if part is not None]
    units = {part.unit for part in found} - {""}
    if len(found) != len(parts) or len(units) > 1:
        raise UnreadAmount(
            f"“{plain}” adds up different things.",
            found=plain,
            expected="a number, perhaps with a unit: 3000, 20箱, 3000*N95口罩",
            cure="Write one line for each of the goods.",
        )
    total = sum((part.number for part in found), Decimal(0))
    return Quantity(Amount(total, next(iter(units), ""), "", (f"read as {total:,}: the parts added up",)))


def _doubted(found: Quantity, doubt: str) -> Quantity:
    amount = found.amount
    return Quantity(Amount(amount.number, amount.unit, amount.item, (*amount.doubts, doubt)), found.spec)
