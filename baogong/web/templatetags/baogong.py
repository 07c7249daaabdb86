"""Small words for templates: two languages of one sentence, amounts, money, local time, pictures, QR codes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

import segno
from django import template
from django.template import Context
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from baogong.engine.release import Rule
from baogong.kernel.ids import new_id
from baogong.kernel.money import yuan
from baogong.web import names, words
from baogong.web.names import is_chinese
from baogong.web.sentences import as_kept
from baogong.web.titles import title_in_words

register = template.Library()
_HAN = re.compile("[\u4e00-\u9fff]")


@register.simple_tag
def said(zh: object, en: object) -> object:
    """The one of two wordings that fits the visitor's language, names in it too; the other where one is missing."""
    if is_chinese():
        return zh or en
    told = en or zh
    return names.called_within(told) if isinstance(told, str) else told


@register.filter
def called(name: object) -> object:
    """`{{ row.site_name|called }}`: the English name where the reader reads English and there is one."""
    return names.called(name) if isinstance(name, str) else name


@register.filter
def city(name: object) -> object:
    """`{{ site.city|city }}`: as the reader writes it."""
    return names.city(name) if isinstance(name, str) else name


@register.filter
def in_both(name: object) -> object:
    """`{{ row.target_name|in_both }}` on paper: the Chinese name and, where there is one, the English name behind it."""
    return names.in_both(name) if isinstance(name, str) else name


@register.filter
def names_called(text: str) -> str:
    """`{{ row.reason|names_called }}`: a told sentence with the names in it as the reader calls them."""
    return names.called_within(text)


@register.filter
def own_half(text: str) -> object:
    """ "晚点 · late" → the half in the visitor's language; words without two such halves stay whole."""
    zh, _dot, en = text.partition(" · ")
    has_both = bool(_HAN.search(zh) and re.search("[A-Za-z]", en) and not _HAN.search(en))
    return said(zh, en) if has_both else text


@register.filter
def hand(name: str) -> object:
    """Who did or showed it: a word of the house (HOUSEHOLD, SCANNED) in the visitor's language, a person's name as it is."""
    return words.word(name, "hand") if name.isupper() else own_half(name)


@register.filter
def titled(text: str) -> str:
    """A paper's title in the visitor's language."""
    return title_in_words(text)


@register.filter
def in_words(thing: Any, field: str) -> object:
    """`{{ row|in_words:"reason" }}` → row.reason_zh or row.reason_en; works for mappings too."""

    def part(suffix: str) -> object:
        name = f"{field}_{suffix}"
        return thing.get(name, "") if isinstance(thing, dict) else getattr(thing, name, "")

    return said(part("zh"), part("en"))


@register.filter
def count(amount: object) -> str:
    """12345 → 12,345; an empty cell for None."""
    return f"{amount:,}" if isinstance(amount, int) else ("" if amount is None else str(amount))


@register.filter
def cartons(amount: int) -> str:
    """1 → 1 carton; 1200 → 1,200 cartons."""
    return f"{count(amount)} {_('carton') if amount == 1 else _('cartons')}"


@register.filter
def unit_of(unit: object, amount: object) -> str:
    """The unit's word behind an amount: 1 piece, 2 pieces, 0 pieces."""
    tells_one = not (translation.get_language() or "").startswith("zh")
    return words.word(unit, "one-unit" if amount == 1 and tells_one else "unit")


@register.filter
def measured(amount: object, unit: object) -> str:
    """`{{ line.amount|measured:line.unit }}`: 1,200 pieces; the number alone where no unit is known."""
    if not isinstance(amount, int) or not unit:
        return count(amount)
    return f"{amount:,} {unit_of(unit, amount)}"


@register.filter
def unit_in(item: object, items: Mapping[Any, str]) -> str:
    """`{% with unit=row.item|unit_in:items %}`: what an item is counted in, by the page's names of items."""
    return getattr(items.get(item), "unit", "")


@register.filter
def money(fen: int | None) -> str:
    return "" if fen is None else f"¥{yuan(fen)}"


@register.filter
def price(fen: int) -> str:
    """What somebody pays: ¥9.50, or that it is free."""
    return money(fen) if fen else _("nothing, it is free")


@register.filter
def region(code: str) -> str:
    """`{{ offer.region|region }}`: a district's code as people call it."""
    return words.region_name(code)


@register.filter
def district(code: str, rule: Rule) -> str:
    """`{{ offer.region|district:offer.rule }}`: the same, as the release's own rule calls it where it does."""
    return words.district_name(code, rule.eligibility)


@register.filter
def plain_yuan(fen: int) -> str:
    """As a person types it into a field: 12345678 → 123456.78"""
    return yuan(fen).replace(",", "")


@register.filter
def unit_price(fen: float | None) -> str:
    """What one unit costs, never with less than the fen; cheap goods by the hundredth of a fen: ¥0.90, ¥0.0725."""
    return "" if fen is None else f"¥{fen / 100:.2f}" if fen >= 100 else re.sub("0{1,2}$", "", f"¥{fen / 100:.4f}")


@register.filter
def percent(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio * 100:.1f}%"


@register.filter
def when(moment: datetime | None) -> str:
    """Local day and minute, e.g. 01-25 14:30; the year only where it is not this book's usual one."""
    return "" if moment is None else timezone.localtime(moment).strftime("%m-%d %H:%M")


@register.filter
def clock_time(moment: datetime | None) -> str:
    return "" if moment is None else timezone.localtime(moment).strftime("%H:%M")


@register.filter
def clock_face(at: time) -> str:
    """A time of the day of no particular day: 09:00."""
    return f"{at:%H:%M}"


@register.filter
def typed_moment(moment: datetime) -> str:
    """As a datetime-local field holds it, on the house's clock."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


@register.simple_tag
def joint() -> str:
    """What stands between the parts of a list, in the visitor's language."""
    return "、" if is_chinese() else ", "


@register.filter
def listed(parts: Iterable[object]) -> str:
    """1、2、3 or 1, 2, 3."""
    return joint().join(str(part) for part in parts)


@register.filter
def degrees(tenths: int) -> str:
    """Tenths of a degree: 372 is 37.2."""
    return f"{tenths / 10:.1f}"


@register.filter
def day(moment: Any) -> str:
    if moment is None:
        return ""
    return timezone.localtime(moment).strftime("%Y-%m-%d") if isinstance(moment, datetime) else moment.isoformat()


@register.filter
def short_id(identifier: object) -> str:
    """The last eight characters: enough to tell two rows apart on paper."""
    return str(identifier)[-8:]


@register.simple_tag
def qr(text: object, scale: int = 4) -> SafeString:
    """An inline SVG of the text as a QR code; error correction M, so that a folded sheet still reads."""
    out = io.BytesIO()
    segno.make(str(text), error="m").save(out, kind="svg", scale=scale, xmldecl=False, svgns=True, nl=False, border=2)
    return mark_safe(out.getvalue().decode())


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any], *prefixes: str) -> SafeString:
    """` aria-current="page"` where the current path starts with one of the prefixes."""
    path = context["request"].path
    return mark_safe(' aria-current="page"' if any(path.startswith(prefix) for prefix in prefixes) else "")


@register.simple_tag
def request_id() -> SafeString:
    """A hidden field that makes a form one request: sent twice, it has one effect."""
    return format_html('<input type="hidden" name="request_id" value="{}">', new_id())


@register.simple_tag(takes_context=True)
def typed(context: Context, field: str, act: str = "", of: object = "", default: object = "") -> str:
    """
    What a refused form held in this field, where its page `keeps` it; of the form with this `act` only.

    of       what the field's name ends with: `{% typed "amount_" of=row %}` is of `amount_3`
    default  what stands in the field where nothing was refused
    """
    kept = context["request"].typed
    if act and kept.get("act") != [act]:
        return str(default)
    return next(iter(kept.get(f"{field}{of}", ())), str(default))


@register.simple_tag(takes_context=True)
def was_ticked(context: Context, field: str, value: object, default: bool = False) -> SafeString:
    """` checked` for a box that a refused form had ticked; by `default` where nothing was refused."""
    kept = context["request"].typed
    return mark_safe(" checked" if (str(value) in kept.get(field, ()) if kept else default) else "")


@register.simple_tag(takes_context=True)
def was_chosen(context: Context, field: str, value: object, of: object = "") -> SafeString:
    """` selected` for what a refused form had chosen in the list `field`, or `field` and `of` together."""
    return mark_safe(" selected" if str(value) in context["request"].typed.get(f"{field}{of}", ()) else "")


@register.filter
def is_mapping(value: object) -> bool:
    return isinstance(value, dict)


@register.filter
def is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


@register.filter
def named(identifier: object, names: Any) -> str:
    """`{{ row.site|named:party_names }}`; the id's tail where no name is known."""
    found = names.get(identifier)
    return found if found is not None else str(identifier or "")[-8:]


@register.filter
def word(code: object, kind: str = "") -> str:
    """`{{ row.state|word:"waybill" }}`: a stored code as people call it."""
    return words.word(code, kind)


@register.filter
def refusal_kept(error: Mapping[str, Any]) -> str:
    """`{{ act.told.error|refusal_kept }}`: why something was refused then, in the reader's language."""
    return as_kept(error)


@register.filter
def lasting(seconds: int) -> str:
    """5400 → 1 h 30 min; longer than two days in days and hours."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 48 and not minutes:
        return _("%(hours)s h") % {"hours": hours}
    if hours < 48:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    return _("%(days)s d %(hours)s h") % {"days": hours // 24, "hours": hours % 24}


@register.filter
def dot(number: float) -> str:
    """For SVG attributes: a decimal point in every language."""
    return f"{number:g}"


@register.filter
def iso(text: str) -> datetime:
    """A moment kept in a plan's own JSON."""
    return datetime.fromisoformat(text)


@register.filter
def kilos(grams: int) -> str:
    """12,345 g → 13: whole kilograms, rounded up."""
    return f"{-(-grams // 1000):,}"


@register.filter
def kg(grams: int) -> str:
    """25,600 g → 25.6 kg, exactly."""
    return f"{grams / 1000:,.3f}".rstrip("0").rstrip(".") + " kg"


@register.filter
def in_hours(minutes: int) -> str:
    """555 → 9 h 15 min."""
    return _("%(hours)s h %(minutes)s min") % {"hours": f"{minutes // 60:,}", "minutes": minutes % 60}


@register.filter
def hours(seconds: int) -> int:
    return round(seconds / 3600)


@register.filter
def positive(number: int) -> int:
    return abs(number)


@register.filter
def plus(number: float, more: float) -> float:
    """Django's `add` drops what stands behind the point."""
    return number + more


@register.filter
def times(number: float, factor: float) -> float:
    """For pictures: the how-manieth row, and how far apart rows stand."""
    return number * factor


@register.filter
def before_colon(text: str) -> str:
    """ "AIR:北京 → 武汉" → "AIR" """
    return text.partition(":")[0]


@register.filter
def thousandths(milli: int | None) -> str:
    """200 → 0.2"""
    return "" if milli is None else f"{milli / 1000:g}"


@register.filter
def two_sides(couple: Any) -> tuple[Any, Any]:
    """A couple's two sides, to be laid beside each other."""
    return couple.one, couple.other


@register.filter
def told_of(told: dict[str, str], about: object) -> str:
    """What is told once about this id, "" where nothing is."""
    return told.get(str(about), "")
