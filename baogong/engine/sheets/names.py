"""
Names of parties as people write them: folding, sorting, and finding whom a text means.

Only an equal name or a confirmed alias is a match. Everything else is a suggestion with its reason, and a person
decides: one hospital was written in fourteen ways, and two hospitals in different cities share most of a name.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from rapidfuzz import fuzz

from baogong.engine.pinyin import syllables

LIKELY_SCORE_MIN = 0.75
CANDIDATES_MAX = 5

_LEGAL_FORMS = re.compile(r"(股份有限公司|有限责任公司|有限公司|coltd|ltd|inc|llc|gmbh)$")
_TRADITIONAL = str.maketrans(
    "醫療隊國紅會東華協濟漢區縣廣衛總婦兒護專組團學點號樓慶遼寧貴陽蘇龍門應陰陸軍億萬",
    "医疗队国红会东华协济汉区县广卫总妇儿护专组团学点号楼庆辽宁贵阳苏龙门应阴陆军亿万",
)
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TEAM = re.compile(r"医疗队|医护队|救援队|援助队|志愿队|国家队|专家组|援鄂|支援队")
_CAMPUS = re.compile(r"[东西南北]院|[东西南北]区|院区|分院|[^医]科$|病区|门诊部|方舱")
_ORDINAL = re.compile(r"第(\d+)")


@cache
def _places() -> tuple[frozenset[str], dict[str, str]]:
    facts = tomllib.loads(resources.files(__package__).joinpath("places.toml").read_text("utf-8"))
    provinces = {short: full for full, short in facts["provinces"].items()}
    return frozenset(facts["cities"]), provinces


def city_names() -> frozenset[str]:
    """Short names of the cities that hospitals are named after."""
    return _places()[0]


def province_names() -> dict[str, str]:
    """Short name → full name: 湖北 → 湖北省."""
    return _places()[1]


def ordinals_of(key: str) -> list[str]:
    """The numbers a folded name bears: 武汉市第7医院 → ["7"]."""
    return _ORDINAL.findall(key)


def ordinals_as_digits(text: str) -> str:
    """第七 → 第7, 第二十一 → 第21, and 市七医院's bare 七 stays for `spelled_out`."""

    def digits(found: re.Match[str]) -> str:
        tens, has_ten, units = found[1].partition("十")
        if not has_ten:
            return f"第{_NUMERALS[found[1]]}" if found[1] in _NUMERALS else found[0]
        if (tens and tens not in _NUMERALS) or (units and units not in _NUMERALS):
            return found[0]
        return f"第{(_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[units] if units else 0)}"

    return re.sub("第([一二三四五六七八九十]+)", digits, text)


def fold(text: str) -> str:
    """
    A name's key: equal keys are equal names.

    Width, case, spaces, brackets and punctuation go (what stands in the brackets stays), common traditional
    characters become simplified, ordinals become digits, a legal form at the end goes.
    """
    text = unicodedata.normalize("NFKC", text).casefold().translate(_TRADITIONAL)
    text = re.sub(r"[\W_]+", "", text)
    return _LEGAL_FORMS.sub("", ordinals_as_digits(text)) or text


def fold_city(text: str) -> str:
    """武汉市 → 武汉; a city's key."""
    key = fold(text)
    return key[:-1] if len(key) > 2 and key[-1] in "市省" else key


def sort_key(text: str) -> str:
    """Pinyin with numbers padded, so that 第2 stands before 第10: lists sort by this, the database has no Chinese order."""
    plain = ordinals_as_digits(unicodedata.normalize("NFKC", text).casefold())
    spoken = syllables(plain, with_tones=True)
    return re.sub(r"(?<![a-z])\d+", lambda found: found[0].zfill(8), " ".join(spoken))[:400]


def rules_out(never: str, text: str, own: Collection[str]) -> bool:
    """
    Whether a text that must never mean a party rules this text out, all as keys.

    Alone it always does; inside a longer text too (北京协和 rules out 北京协和医院), unless one of the party's `own` names
    holds it (协和医院 alone is never the team 北京协和医院援鄂医疗队, whose name it is a part of).
    """
    return never == text or (never in text and not any(never in name for name in own))


class ResolutionStatus(StrEnum):
    EXACT = "EXACT"  # the name or a confirmed alias, and no other party has it
    LIKELY = "LIKELY"  # a person has to choose
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class NameEntry:
    """One known party: `nevers` are texts that must never mean it."""

    key: str
    kind: str
    name: str
    city: str = ""
    aliases: tuple[str, ...] = ()
    nevers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameCandidate:
    entry: NameEntry
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class NameResolution:
    status: ResolutionStatus
    entry: NameEntry | None = None
    candidates: tuple[NameCandidate, ...] = ()


class NameIndex:
    """Known names, folded once, to be asked many times. The cities of the entries count as known cities."""

    def __init__(self, entries: Iterable[NameEntry]) -> None:
        self.entries = tuple(entries)
        cities, self._provinces = _places()
        own = {fold_city(entry.city) for entry in self.entries if entry.city}
        self._cities = (cities | own) - set(self._provinces)
        self._keys = [tuple(dict.fromkeys(map(fold, (entry.name, *entry.aliases)))) for entry in self.entries]
        self._nevers = [tuple(map(fold, entry.nevers)) for entry in self.entries]
        self._exact: dict[str, list[int]] = {}
        for at, keys in enumerate(self._keys):
            for key in keys:
                self._exact.setdefault(key, []).append(at)

    def resolve(self, text: str, *, city: str = "", kinds: Collection[str] | None = None) -> NameResolution:
        """
        Whom a text means.

        city   where the text's writer is speaking of, "" where unknown
        kinds  only parties of these kinds
        EXACT needs an equal key of one party whose city does not contradict; what `nevers`, another city's name,
        another ordinal or the word for a visiting team rule out is not even suggested.
        """
        key, where = fold(text), fold_city(city)
        if not key:
            return NameResolution(ResolutionStatus.NONE)
        allowed = [
            at
            for at, entry in enumerate(self.entries)
            if (kinds is None or entry.kind in kinds)
            and not any(rules_out(never, key, self._keys[at]) for never in self._nevers[at])
        ]
        same = sorted(set(self._exact.get(key, ())).intersection(allowed))
        fitting = [at for at in same if self._city_fits(key, where, self.entries[at])]
        at_home = [at for at in fitting if where and fold_city(self.entries[at].city) == where]
        for group in (at_home, fitting):
            if len(group) == 1:
                return NameResolution(ResolutionStatus.EXACT, self.entries[group[0]])
        candidates = [NameCandidate(self.entries[at], 0.95, "the same name, more than one party") for at in fitting]
        candidates += [
            NameCandidate(self.entries[at], 0.6, f"the same name in another city ({self.entries[at].city})")
            for at in same
            if at not in fitting
        ]
        spelled = spelled_out(key, where)
        candidates += [found for at in allowed if at not in same and (found := self._likely(at, key, where, spelled))]
        candidates.sort(key=lambda candidate: (-candidate.score, candidate.entry.name, candidate.entry.key))
        if not candidates:
            return NameResolution(ResolutionStatus.NONE)
        return NameResolution(ResolutionStatus.LIKELY, None, tuple(candidates[:CANDIDATES_MAX]))

    def _city_fits(self, key: str, where: str, entry: NameEntry) -> bool:
        home = fold_city(entry.city)
        return not where or not home or where == home or self._place_of(key) != ""

    def _place_of(self, key: str) -> str:
        """The city, or failing that the province, that the name begins with; "" where it begins with neither."""
        rest = key
        province = next((short for short in self._provinces if key.startswith(short)), "")
        if province:
            full = self._provinces[province]
            rest = key.removeprefix(full) if key.startswith(full) else key.removeprefix(province)
        for length in (4, 3, 2):
            if rest[:length] in self._cities:
                return rest[:length]
        return "" if province == "" else province

    def _likely(self, at: int, key: str, where: str, spelled: tuple[str, ...]) -> NameCandidate | None:
        entry = self.entries[at]
        if _TEAM.search(key) and entry.kind != "TEAM":
            return None
        best = NameCandidate(entry, 0.0, "")
        for known in self._keys[at]:
            found = _compared(entry, known, key, spelled)
            if found.score < max(LIKELY_SCORE_MIN, best.score):
                continue
            if self._contradicts(self._place_of(key), where, self._place_of(known), fold_city(entry.city)):
                continue
            if _ORDINAL.findall(known) and _ORDINAL.findall(key) and _ORDINAL.findall(known) != _ORDINAL.findall(key):
                continue
            best = found
        return best if best.why else None

    def _contradicts(self, place: str, where: str, known_place: str, home: str) -> bool:
        """A name that begins with one city is not a party of another; a province contradicts only another province."""
        theirs = {found for found in (known_place, home) if found in self._cities}
        if place in self._cities:
            return bool(theirs) and place not in theirs
        if place:
            return known_place in self._provinces and known_place != place
        return bool(where in self._cities and theirs and where not in theirs)


def spelled_out(key: str, city: str) -> tuple[str, ...]:
    """
    The long forms a local short form may stand for in this city: 市七医院 in 武汉 → 武汉市第7医院.

    `key` and `city` are folded. The key itself is not among them.
    """
    if not city:
        return ()
    forms = [f"{city}{key}", f"{city}市{key}"]
    if short := re.match(r"市?([一二三四五六七八九十]+|\d+)(人民)?医院$", key):
        number = ordinals_as_digits(f"第{short[1]}").removeprefix("第")
        forms += [f"{city}市第{number}{short[2] or ''}医院", f"{city}第{number}{short[2] or ''}医院"]
    if key.startswith("市"):
        forms.append(f"{city}{key}")
    return tuple(dict.fromkeys(forms))


def _compared(entry: NameEntry, known: str, key: str, spelled: tuple[str, ...]) -> NameCandidate:
    if known in spelled:
        return NameCandidate(entry, 0.97, f"the short form, in this city, of {entry.name}")
    whole = fuzz.ratio(key, known) / 100
    shorter, longer = sorted((key, known), key=len)
    score, why = whole, f"{round(whole * 100)} % of the characters agree"
    if len(shorter) >= 3 and shorter in longer and score < 0.9:
        score, why = 0.9, "one name contains the other"
    if bool(_CAMPUS.search(key)) != bool(_CAMPUS.search(known)) and score > 0.75:
        score, why = 0.75, "one of the two names a campus, a ward or a department"
    return NameCandidate(entry, score, why)
