"""
Which registered parties may be one house written in two ways: suggestions with their evidence, for a person.

One hospital was written in fourteen ways; its west campus is another site; 市七医院 is 武汉市第七医院; 武汉大学人民医院 is
湖北省人民医院; 北京协和 is never 武汉协和. Letters alone do not settle this, so nothing here decides: a pair comes with
what speaks for it, as SAME (one house) or PART (a campus, a ward, a department, a group of volunteers of the other).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from rapidfuzz import fuzz, process

from baogong.engine.sheets.names import city_names, fold, fold_city, ordinals_of, province_names, rules_out, spelled_out

SUGGEST_SCORE_MIN = 0.75
RATIO_MIN = 82
SUGGESTIONS_MAX = 2_000
BESIDE = {"same-contact": 0.12, "same-address": 0.08}
"""What stands beside the names adds this much; a telephone alone is worth a look, a door alone is not."""

_BRACKETS = re.compile(r"[（(\[【]([^）)\]】]*)[）)\]】]?")
_HOUSE = re.compile(r"医院|卫生院|保健院|疗养院")
_TAIL = re.compile(r"(?:医院|卫生院|保健院|疗养院)(.+)$")
_OF_A_HOUSE = re.compile(
    r"^.*(?:大学|学院|医学院).{0,8}?附属(?=.*医院)|^.{2,10}?大学(?=[^附].*医院)|^华科(?:大)?(?:同济)?附属|^华科(?=同济|协和)"
)
_COMMON = re.compile(
    r"^(?:第\d+)?(?:人民|中心|中医|中西医结合|妇幼|妇女儿童|儿童|红10字|肿瘤|传染病|精神病|精神卫生|职工|胸科|口腔|结核病|总)?"
    r"(?:医院|中医院|保健院|卫生院|中心|总会|会|疾病预防控制中心|红10字会|慈善总会|慈善会|红十字会)$"
)
_VOLUNTEERS = re.compile(r"(志愿者|志愿队|志愿服务|后援会|校友会|医护|家属).*$")
_LOCAL = re.compile(r"^(.{2,4}?)([省市县区])")


class Likeness(StrEnum):
    SAME = "SAME"
    PART = "PART"


@dataclass(frozen=True, slots=True)
class House:
    """A registered party as far as names tell: `contacts` are equal where a telephone is, and tell nothing else."""

    key: str
    kind: str
    name: str
    city: str = ""
    aliases: tuple[str, ...] = ()
    nevers: tuple[str, ...] = ()
    address: str = ""
    contacts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One ground: its code (web/words has the sentence) and the letters it is about."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two houses, the one with the fuller name first; with PART `other` is the part. `score` from 0 to 1."""

    one: str
    other: str
    likeness: Likeness
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Spelling:
    """
    One way of writing a house, taken apart.

    core   what is left without the place and the university it belongs to: 协和医院
    level  省, 市, 县, 区 or "" and `place` the name before it
    tail   what stands behind the hospital: 东院, 心外科, 志愿者
    """

    key: str
    base: str
    core: str
    place: str
    level: str
    tail: str


def suggest(houses: Iterable[House], *, apart: Collection[tuple[str, str]] = ()) -> tuple[Suggestion, ...]:
    """
    Pairs that may be one house or a house and its part, the surest first, at most 2,000.

    apart  couples of keys a person said are two; they are not suggested again, in either order
    """
    known = tuple(houses)
    spellings = [_spellings(house) for house in known]
    separate = {frozenset(couple) for couple in apart}
    found: list[Suggestion] = []
    for first, second in _couples(known, spellings):
        one, other = known[first], known[second]
        if frozenset((one.key, other.key)) in separate or _is_ruled_out(one, other):
            continue
        best = _compared(one, spellings[first], other, spellings[second])
        if best is not None and best.score >= SUGGEST_SCORE_MIN:
            found.append(best)
    found.sort(key=lambda each: (-each.score, each.one, each.other))
    return tuple(found[:SUGGESTIONS_MAX])


def _spellings(house: House) -> tuple[_Spelling, ...]:
    city = fold_city(house.city)
    texts: list[tuple[str, str]] = []  # (the name, what a bracket adds)
    for written in (house.name, *house.aliases):
        text = unicodedata.normalize("NFKC", written)
        inside = [part for part in _BRACKETS.findall(text) if part.strip()]
        bare = _BRACKETS.sub("", text)
        texts.append((bare, "".join(part for part in inside if not _HOUSE.search(part))))
        texts += [(part, "") for part in inside if _HOUSE.search(part)]
    return tuple(dict.fromkeys(_taken_apart(text, extra, city) for text, extra in texts if fold(text)))


def _taken_apart(text: str, extra: str, city: str) -> _Spelling:
    key = fold(text)
    tail = fold(extra) if extra else ""
    base = key
    if volunteers := _VOLUNTEERS.search(base):
        tail, base = volunteers[0] + tail, base[: volunteers.start()]
    if (behind := _TAIL.search(base)) and not _HOUSE.search(behind[1]):
        tail, base = behind[1] + tail, base[: behind.start(1)]
    if tail in ("本部", "总院", "主院区", city):
        tail = ""
    core, place, level = _without_place(base, city)
    core = _OF_A_HOUSE.sub("", core) or core
    return _Spelling(base + tail, base, core, place, level, tail)


def _without_place(base: str, city: str) -> tuple[str, str, str]:
    """(the rest, the place, its level): 湖北省武汉市第七医院 → (第7医院, 武汉, 市)."""
    rest, place, level = base, "", ""
    if _OF_A_HOUSE.match(rest):
        return rest, "", ""
    for short, full in province_names().items():
        if rest.startswith(full) and len(rest) > len(full):
            rest, place, level = rest.removeprefix(full), short, "省"
            break
        if rest.startswith(short) and len(rest) > len(short) + 2:
            rest, place, level = rest.removeprefix(short), short, "省"
            break
    for name in dict.fromkeys(filter(None, (city, *(_city_at(rest)))), None):
        if rest.startswith(name + "市") and len(rest) > len(name) + 1:
            return rest.removeprefix(name + "市"), name, "市"
        if rest.startswith(name) and len(rest) > len(name) + 1 and rest[len(name)] != "大":
            return rest.removeprefix(name), name, "市"
    return rest, place, level


def _city_at(text: str) -> Iterator[str]:
    for length in (4, 3, 2):
        if text[:length] in city_names():
            yield text[:length]


def _couples(known: Sequence[House], spellings: Sequence[tuple[_Spelling, ...]]) -> Iterator[tuple[int, int]]:
    """Indices of couples worth a look: something equal, or letters that agree, within one city."""
    seen: set[tuple[int, int]] = set()
    shelves: dict[tuple[str, str], set[int]] = defaultdict(set)
    by_city: dict[str, list[int]] = defaultdict(list)
    for at, house in enumerate(known):
        by_city[fold_city(house.city)].append(at)
        for spelling in spellings[at]:
            shelves["core", spelling.core].add(at)
            shelves["base", spelling.base].add(at)
            if ordinals_of(spelling.core):
                shelves["number", f"{spelling.place} {spelling.core.replace('人民', '')}"].add(at)
            for form in spelled_out(spelling.base, fold_city(house.city)):
                shelves["base", form].add(at)
            for number in _known_groups().get(spelling.base, ()):
                shelves["known", str(number)].add(at)
        for contact in house.contacts:
            shelves["contact", contact].add(at)
        if place := _door(house.address, house.city):
            shelves["address", place].add(at)
    nowhere = by_city.pop("", [])
    for members in (*shelves.values(), *_alike(spellings, by_city, nowhere)):
        ordered = sorted(members)
        for index, first in enumerate(ordered):
            for second in ordered[index + 1 :]:
                if (first, second) not in seen:
                    seen.add((first, second))
                    yield first, second


def _alike(
    spellings: Sequence[tuple[_Spelling, ...]], by_city: dict[str, list[int]], nowhere: list[int]
) -> Iterator[set[int]]:
    """Couples of one city whose cores agree in most letters, or where one holds the other. Common cores tell nothing."""
    for inhabitants in by_city.values() or ([],):
        holders: dict[str, set[int]] = defaultdict(set)
        for at in (*inhabitants, *nowhere):
            for spelling in spellings[at]:
                if not _COMMON.match(spelling.core):
                    holders[spelling.core].add(at)
        cores = sorted(holders)
        if not cores:
            continue
        table = process.cdist(cores, cores, scorer=fuzz.ratio, score_cutoff=RATIO_MIN)
        agreeing = {(int(row), int(column)) for row, column in zip(*table.nonzero(), strict=True) if row < column}
        by_length = sorted(range(len(cores)), key=lambda index: len(cores[index]))
        for position, shorter in enumerate(by_length):
            if len(cores[shorter]) >= 3:
                for longer in by_length[position + 1 :]:
                    if cores[shorter] in cores[longer]:
                        agreeing.add((min(shorter, longer), max(shorter, longer)))
        for row, column in sorted(agreeing):
            for first in holders[cores[row]]:
                for second in holders[cores[column]] - {first}:
                    yield {first, second}


def _is_ruled_out(one: House, other: House) -> bool:
    if (one.kind == "TEAM") != (other.kind == "TEAM"):
        return True
    cities = {fold_city(one.city), fold_city(other.city)} - {""}
    if len(cities) == 2:
        return True
    for house, against in ((one, other), (other, one)):
        own = [fold(text) for text in (house.name, *house.aliases)]
        theirs = [fold(text) for text in (against.name, *against.aliases)]
        if any(rules_out(fold(never), text, own) for never in house.nevers for text in theirs):
            return True
        for left, right in _never_couples():
            if any(left in text for text in own) and any(right in text for text in theirs):
                return True
    return False


def _compared(
    one: House, mine: tuple[_Spelling, ...], other: House, theirs: tuple[_Spelling, ...]
) -> Suggestion | None:
    """The strongest reading of the couple; equal telephones and doors add to what the names say."""
    if _speak_of_other_cities(one, mine, other, theirs):
        return None
    best: tuple[float, Likeness, bool, list[Evidence]] | None = None
    for left in mine:
        for right in theirs:
            if (found := _read(left, right, fold_city(one.city) or fold_city(other.city))) is None:
                continue
            if best is None or found[0] > best[0]:
                best = found
    beside = _beside_names(one, other)
    if best is None:
        if not beside or _contradict(mine[0], theirs[0]):
            return None
        best = (0.64, Likeness.SAME, False, [])
    score, likeness, swapped, evidence = best
    score = min(0.99, score + sum(BESIDE[ground.code] for ground in beside))
    first, second = (other, one) if swapped else (one, other)
    if likeness is Likeness.SAME and len(fold(second.name)) > len(fold(first.name)):
        first, second = second, first
    return Suggestion(first.key, second.key, likeness, round(score, 3), (*evidence, *beside))


def _read(left: _Spelling, right: _Spelling, city: str) -> tuple[float, Likeness, bool, list[Evidence]] | None:
    """(score, likeness, whether left is the part, grounds) of two spellings; None where they speak of two."""
    same = _same_base(left, right, city)
    if same is None:
        return None
    score, evidence = same
    if left.tail == right.tail:
        return score, Likeness.SAME, False, [evidence]
    if left.tail and right.tail:
        return None  # two wards of one house
    part = left if left.tail else right
    return min(score, 0.9), Likeness.PART, part is left, [Evidence("tail", part.tail), evidence]


def _same_base(left: _Spelling, right: _Spelling, city: str) -> tuple[float, Evidence] | None:
    if left.base == right.base:
        return 0.98, Evidence("same-name", left.base)
    if groups := set(_known_groups().get(left.base, ())) & set(_known_groups().get(right.base, ())):
        return 0.97, Evidence("known", _groups()[min(groups)][0])
    if _contradict(left, right):
        return None
    if right.base in spelled_out(left.base, city) or left.base in spelled_out(right.base, city):
        return 0.97, Evidence("short-form", max(left.base, right.base, key=len))
    is_common = bool(_COMMON.match(left.core))
    if left.core == right.core:
        if not is_common:
            return 0.93, Evidence("same-core", left.core)
        return (0.93, Evidence("same-core", left.core)) if left.place and left.place == right.place else None
    shorter, longer = sorted((left.core, right.core), key=len)
    if len(shorter) >= 4 and shorter in longer and not _COMMON.match(shorter):
        return 0.86, Evidence("contains", shorter)
    if ordinals_of(left.core) and left.core.replace("人民", "") == right.core.replace("人民", ""):
        return (0.78, Evidence("same-number", shorter)) if left.place == right.place else None
    if is_common or _COMMON.match(right.core):
        return None
    ratio = fuzz.ratio(left.core, right.core)
    if ratio < RATIO_MIN or ordinals_of(left.core) != ordinals_of(right.core):
        return None
    if _places_within(left.core) != _places_within(right.core):
        return None
    return round(ratio / 100 * 0.9, 3), Evidence("letters", f"{round(ratio)} %")


def _speak_of_other_cities(
    one: House, mine: tuple[_Spelling, ...], other: House, theirs: tuple[_Spelling, ...]
) -> bool:
    """北京协和医院, wherever it is registered, is no house of Wuhan."""
    for spelling, against in ((mine[0], other), (theirs[0], one)):
        if spelling.level == "市" and against.city and fold_city(against.city) != spelling.place:
            return True
    return False


def _contradict(left: _Spelling, right: _Spelling) -> bool:
    """Two ordinals, two cities, or a province's house and a city's."""
    if ordinals_of(left.base) != ordinals_of(right.base) and ordinals_of(left.base) and ordinals_of(right.base):
        return True
    if left.place and right.place and left.place != right.place:
        return not (left.core == right.core and not _COMMON.match(left.core) and "省" in (left.level, right.level))
    return _places_within(left.core) != _places_within(right.core) and bool(
        _places_within(left.core) and _places_within(right.core)
    )


def _places_within(core: str) -> str:
    """The county, district or town a core begins with: 黄州区人民医院 → 黄州."""
    found = _LOCAL.match(core)
    return found[1] if found else ""


def _beside_names(one: House, other: House) -> list[Evidence]:
    grounds = []
    if one.contacts & other.contacts:
        grounds.append(Evidence("same-contact"))
    if (door := _door(one.address, one.city)) and door == _door(other.address, other.city):
        grounds.append(Evidence("same-address", door))
    return grounds


def _door(address: str, city: str) -> str:
    """Street and number: 湖北省武汉市江岸区二七侧路7号武汉市汉口医院 → 二七侧路7号; "" where there is no number."""
    text = re.sub(r"[一二三四五六七八九]+(?=号)", lambda found: str(_digits(found[0])), fold(address))
    found = re.search(r"([^省市区县]{2,12}?(?:路|街|道|巷|大道)\d+号)", text)
    return found[1] if found else ""


def _digits(text: str) -> int:
    return int("".join(str("一二三四五六七八九".index(sign) + 1) for sign in text))


@cache
def _facts() -> dict[str, list[dict[str, list[str]]]]:
    return tomllib.loads(resources.files(__package__).joinpath("houses.toml").read_text("utf-8"))


@cache
def _groups() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(entry["names"]) for entry in _facts()["same"])


@cache
def _known_groups() -> dict[str, tuple[int, ...]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, names in enumerate(_groups()):
        for name in names:
            groups[fold(name)].append(number)
    return {key: tuple(numbers) for key, numbers in groups.items()}


@cache
def _never_couples() -> tuple[tuple[str, str], ...]:
    couples = [tuple(map(fold, entry["names"])) for entry in _facts()["never"]]
    return tuple((left, right) for left, right in couples) + tuple((right, left) for left, right in couples)
