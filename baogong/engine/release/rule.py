"""A release's rule as plain data: who, how much, how often, when, at whose cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from baogong.kernel.errors import UnusableInput
from baogong.kernel.windows import FIRST_DAY

UNITS_MOST = 10_000_000
DAYS_MOST = 3_650
EVER_DAYS = 100_000  # longer than the book's calendar: such a turn is never over
CHANNELS = ("WEB", "CLERK", "PHONE", "IMPORT", "API")
DOCUMENTS = ("RESIDENT_ID", "PASSPORT", "HK_MACAO_PERMIT", "TAIWAN_PERMIT", "FOREIGN_PR", "OTHER")
ACCEPTED = DOCUMENTS[:-1]  # where a rule does not say: no number of OTHER can be told from an invented one
HANDOVERS = ("CONTACTLESS", "WITNESSED", "SIGNED")
IN_VAIN = ("DESK", "STANDBY")
MORNING = time(6)  # invented: before it nobody has gone anywhere to fetch anything, so that day is still whole
WARNING_SHARE = 6  # without a word of the rule's, the alert comes when a sixth of the promised time is left

_Code = TypeVar("_Code", bound=StrEnum)


class Mode(StrEnum):
    """How a right to units comes about."""

    FIRST_COME = "FIRST_COME"
    APPOINTMENT = "APPOINTMENT"  # with a slot
    DRAW = "DRAW"
    IMPORTED = "IMPORTED"  # another office's winners
    ONE_FEN = "ONE_FEN"  # first come for a token price; the rest is the giver's


CHOSEN_MODES = (Mode.DRAW, Mode.IMPORTED)  # lots or another office choose; nobody is admitted by claiming


class Subject(StrEnum):
    """Whom a quota counts."""

    PERSON = "PERSON"
    HOUSEHOLD = "HOUSEHOLD"
    PHONE = "PHONE"
    ADDRESS = "ADDRESS"

    __hash__ = str.__hash__  # a claim is looked up by its subjects a dozen times; an enumeration's own hash is slow


class TurnKind(StrEnum):
    ROLLING = "ROLLING"  # from the first claim's date, so many calendar days
    FIXED = "FIXED"  # rounds of so many days from a first day, the same for everybody
    EVER = "EVER"


class Part(StrEnum):
    GOODS = "GOODS"
    DELIVERY = "DELIVERY"
    COMMISSION = "COMMISSION"


class Bearer(StrEnum):
    """Who pays a part."""

    RESIDENT = "RESIDENT"
    CITY = "CITY"
    PLATFORM = "PLATFORM"
    GIVER = "GIVER"


class Payee(StrEnum):
    """Who is paid a part."""

    FACTORY = "FACTORY"
    SHOP = "SHOP"
    CARRIER = "CARRIER"
    PLATFORM = "PLATFORM"
    AUTHORITY = "AUTHORITY"


class RuleUnusable(UnusableInput):
    """The rule contradicts itself or says what nobody understands. Every fault is named at once."""

    code = "release.rule-unusable"


@dataclass(frozen=True, slots=True)
class Turn:
    """
    One period of a quota, in calendar days of the city: who claims at 18:05 may claim at 18:00 `days` days later.

    first_on  FIXED: the first day of the first round
    """

    kind: TurnKind
    days: int = EVER_DAYS
    first_on: date | None = None

    def starts_on(self, on: date) -> date:
        """The first day of the turn that a claim on this day opens."""
        if self.kind is TurnKind.EVER:
            return FIRST_DAY
        if self.kind is TurnKind.ROLLING:
            return on
        assert self.first_on is not None
        return self.first_on + timedelta(days=(on - self.first_on).days // self.days * self.days)

    def is_over(self, start_on: date, on: date) -> bool:
        """Whether the turn that began on `start_on` is past on `on`."""
        return self.starts_on(on) >= start_on + timedelta(days=self.days)

    def free_on(self, start_on: date) -> date | None:
        """The first day after it; None: never."""
        return None if self.kind is TurnKind.EVER else start_on + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many units and so many claims of one subject in one turn, over all channels; None: no limit."""

    subject: Subject
    turn: Turn
    units_max: int | None = None
    claims_max: int | None = None


@dataclass(frozen=True, slots=True)
class RegionName:
    """What people call the district of a code that no register names: a street's, a township's."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Eligibility:
    """
    Who may claim.

    regions      prefixes of GB/T 2260 codes; none is everywhere
    names        of districts that no register names, by their codes
    region_of    "ADDRESS": where it is brought to; "DOCUMENT": where the document was given out
    lists        names of lists of which the claimant must stand on one
    either       region or list is enough; otherwise both are asked
    ages         whole years, both ends included; None is any. Asked only of documents that tell a birth date
    documents    kinds that are accepted; OTHER only where the rule names it
    """

    regions: tuple[str, ...] = ()
    region_of: str = "ADDRESS"
    lists: tuple[str, ...] = ()
    either: bool = False
    age_min: int | None = None
    age_max: int | None = None
    documents: tuple[str, ...] = ACCEPTED
    needs_verified_address: bool = False
    names: tuple[RegionName, ...] = ()

    def name_of(self, region: str) -> RegionName | None:
        """As the rule itself calls it; None where it does not."""
        return next((one for one in self.names if one.code == region), None)


@dataclass(frozen=True, slots=True)
class PricePart:
    """
    One part of the price.

    fen           for each unit or each claim (`per`); with `basis_points` instead: so many hundredths of a percent of
                  the goods, rounded down to the fen
    bearers       (who, weight): several share the part in proportion, to the fen
    variant       only for tranches of this variant; "": for all
    """

    part: Part
    payee: Payee
    bearers: tuple[tuple[Bearer, int], ...]
    per: str = "UNIT"
    fen: int = 0
    basis_points: int = 0
    variant: str = ""


@dataclass(frozen=True, slots=True)
class ReserveRule:
    """Part of each tranche that only one channel may take until the published time; `units_max`: its cap for the day."""

    channel: str
    units: int
    until: time
    units_max: int | None = None


@dataclass(frozen=True, slots=True)
class DrawRule:
    """
    What a draw of this rule looks at, and what losers of earlier ones are owed.

    household_winners_max  0: no limit
    pause_days             so many days a winner stays out
    weight_per_loss        added to a weight of 1 for each draw lost since the last win, up to weight_max
    by_waiting             who has lost most often comes first; losses above losses_max count as so many
    stays_in               who has entered and lost stands in the release's next draw as well, until they win or leave
    """

    household_winners_max: int = 0
    pause_days: int = 0
    weight_per_loss: int = 0
    weight_max: int = 1
    by_waiting: bool = False
    losses_max: int = 30
    stays_in: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """
    The whole rule. Times are of the day, in `timezone`.

    slots          APPOINTMENT: when the slots of a day begin
    shuffle_s      requests of so many first seconds are shuffled before they are judged; 0: none
    standby_max    how many may wait behind an exhausted tranche
    claims_per_clerk_max   how many claims of one tranche one clerk may type; None: no limit
    units_by_day   what is put out on each day; `units_daily` × `days` where every day is the same
    disinfected    nothing is packed, handed out or sent off before it is written down as come in and disinfected
    within_h       handed over within so many hours: of DELIVERY, and of rights that were ordered online
    warn_h         so many hours before that ends somebody is told of what is not handed over yet; None: a sixth of within_h
    handover       DELIVERY: the ways allowed, the usual first; without CONTACTLESS it is in person and never left anywhere;
                   (): as the courier's kind of parcel says
    visits_max     DELIVERY: so often a courier comes where nobody is at home
    in_vain        DELIVERY, after the last visit: DESK keeps the right for `pickup_days` where it is handed out, STANDBY
                   gives it to who stands by
    pickup_days    PICKUP: how many calendar days a right is kept, the claim's own included
    proxies        PICKUP: somebody else may fetch it, with the code, the claimant's last four and a document of their own
    facts          figures of the notice that nothing here computes with (shops, winners)
    invented       names of what the notice does not say
    """

    code: str
    title_zh: str
    title_en: str
    city: str
    mode: Mode
    units_per_claim_max: int
    timezone: str = "Asia/Shanghai"
    opens: time = time(0)
    closes: time | None = None
    slots: tuple[time, ...] = ()
    slot_minutes: int = 60
    shuffle_s: int = 0
    standby_max: int = 0
    claims_per_clerk_max: int | None = None
    units_daily: int | None = None
    days: int | None = None
    units_by_day: tuple[int, ...] = ()
    disinfected: bool = False
    fulfilment: str = "DELIVERY"
    within_h: int | None = None
    warn_h: int | None = None
    handover: tuple[str, ...] = ()
    visits_max: int = 2
    in_vain: str = "DESK"
    pickup_days: int = 1
    proxies: bool = True
    eligibility: Eligibility = Eligibility()
    quotas: tuple[Quota, ...] = ()
    price: tuple[PricePart, ...] = ()
    reserves: tuple[ReserveRule, ...] = ()
    draw: DrawRule = DrawRule()
    source: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    invented: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Rule:
        """
        From plain data (TOML or JSON). Raises RuleUnusable with every fault.

        A wording that was kept before a contradiction was known is read all the same; `read_new` refuses it.
        """
        return _rule(cls, body, is_new=False)

    @classmethod
    def read_new(cls, body: Mapping[str, Any]) -> Rule:
        """As `read`, of a wording that nothing was opened under yet."""
        return _rule(cls, body, is_new=True)

    def digest(self) -> bytes:
        """32 bytes over what the rule says, however its data were ordered."""
        return sha256(self.document()).digest()

    def document(self) -> bytes:
        """The rule as it is hashed and published: JSON, its keys in order, no spaces."""
        return json.dumps(self.body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def day_of(self, moment: datetime) -> date:
        """The city's calendar day."""
        return moment.astimezone(self.zone).date()

    def moment(self, on: date, at: time) -> datetime:
        return datetime.combine(on, at, self.zone)

    def opens_at(self, on: date) -> datetime:
        return self.moment(on, self.opens)

    def closes_at(self, on: date) -> datetime:
        """The moment from which nothing more is claimed: without a closing time, the day's end."""
        return self.moment(on, self.closes) if self.closes else self.moment(on + timedelta(days=1), time(0))

    def takes_at(self, moment: datetime) -> bool:
        """Whether this is a time of the day at which somebody is taken in; a draw's list stays open over several days."""
        at = moment.astimezone(self.zone).time()
        return self.opens <= at and (self.closes is None or at < self.closes)

    def takes_again_at(self, moment: datetime) -> datetime:
        """The next moment from this one on at which somebody is taken in."""
        if self.takes_at(moment):
            return moment
        today = self.opens_at(self.day_of(moment))
        return today if moment < today else self.opens_at(self.day_of(moment) + timedelta(days=1))

    def pickup_until(self, on: date) -> datetime | None:
        """Until when a right of this day is kept at the desk; None: it is delivered."""
        return self.kept_at_desk_until(on) if self.fulfilment == "PICKUP" else None

    def moved_up_until(self, moment: datetime) -> datetime | None:
        """
        Until when a right is kept that comes by itself to whoever stood by: its first day is a whole one, as they may sleep
        or be far away. None: it is delivered.
        """
        local = moment.astimezone(self.zone)
        is_whole = local.time() < MORNING
        return self.pickup_until(local.date() if is_whole else local.date() + timedelta(days=1))

    def day_ends_at(self, moment: datetime) -> datetime:
        """The midnight after this moment."""
        return self.moment(self.day_of(moment) + timedelta(days=1), time(0))

    def due_at(self, moment: datetime) -> datetime | None:
        """By when a right that came about at this moment is handed over; None: nothing is promised."""
        if self.fulfilment != "DELIVERY" or self.within_h is None:
            return None
        return moment + timedelta(hours=self.within_h)

    def brought_by(self, moment: datetime) -> datetime | None:
        """By when a right ordered online at this moment is brought, whatever the rule says of others; None: no promise."""
        return None if self.within_h is None else moment + timedelta(hours=self.within_h)

    @property
    def is_brought(self) -> bool:
        """Whether what is claimed is brought, and not fetched."""
        return self.fulfilment == "DELIVERY"

    @property
    def takes_orders(self) -> bool:
        """Whether those whom another office chose may have theirs brought: where the rule says in what time or at what price."""
        says_how = self.is_brought or self.within_h is not None or any(one.part is Part.DELIVERY for one in self.price)
        return self.mode is Mode.IMPORTED and says_how

    @property
    def warns_before(self) -> timedelta:
        """How long before a promise ends somebody is told; zero where nothing is promised."""
        whole = timedelta(hours=self.within_h or 0)
        return whole / WARNING_SHARE if self.warn_h is None else timedelta(hours=self.warn_h)

    def kept_at_desk_until(self, on: date) -> datetime:
        """Until when a right is kept where it is handed out, that comes to lie there on this day."""
        return self.moment(on + timedelta(days=self.pickup_days), time(0))

    def districts(self, region: str = "") -> tuple[str, ...]:
        """
        The codes of which a claimant chooses where the address lies; () where it makes no difference.

        region  the tranche's district: of the rule's places those that lie in it, or itself where the rule's reach farther
        """
        who = self.eligibility
        named = who.regions if who.region_of == "ADDRESS" else ()
        if not region:
            return named
        inside = tuple(one for one in named if one.startswith(region))
        if not inside or (who.either and region not in inside):  # who is on a list may live anywhere in the district
            return (*inside, region)
        return inside

    def kept_of(self, units: int) -> tuple[int, ...]:
        """
        What each reserve keeps of a tranche of so many units.

        Where they would keep more than there is, each in proportion, rounded down: two that overlapped would keep what
        nobody may take.
        """
        whole = sum(one.units for one in self.reserves)
        return tuple(one.units if whole <= units else one.units * units // whole for one in self.reserves)

    def claims_by_slot(self, units: int) -> tuple[int, ...]:
        """How many may come in each slot: as many claims as so many units suffice for, shared out equally."""
        claims, count = units // self.units_per_claim_max, len(self.slots)
        return tuple(claims // count + (at < claims % count) for at in range(count))

    def units_on(self, day: int) -> int | None:
        """What is put out on the day of this number, from 0; None where the rule does not say."""
        if self.units_by_day:
            return self.units_by_day[day] if day < len(self.units_by_day) else 0
        if self.units_daily is None:
            return None
        return self.units_daily if self.days is None or day < self.days else 0


class _Reader:
    """Takes one table of a rule apart and writes down what does not fit."""

    def __init__(self, body: object, where: str, problems: list[str]) -> None:
        self._where, self._problems, self._seen = where, problems, set[str]()
        self._body: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
        if not isinstance(body, Mapping):
            self.fault("", "is no table")

    def fault(self, key: str, what: str) -> None:
        self._problems.append(f"{self._where}{'.' if self._where and key else ''}{key} {what}")

    def take(self, key: str, default: Any) -> Any:
        self._seen.add(key)
        return self._body.get(key, default)

    def text(self, key: str, default: str = "", *, needed: bool = False, choices: Iterable[str] = ()) -> str:
        value, allowed = self.take(key, default), tuple(choices)
        if not isinstance(value, str) or (needed and not value.strip()) or len(value) > 2_000:
            self.fault(key, "is missing" if value == default else "is no text of at most 2000 characters")
            return default
        if allowed and value not in allowed:
            self.fault(key, f"is {value!r}; possible are {', '.join(allowed)}")
            return default
        return value

    def code(self, key: str, codes: type[_Code], default: _Code) -> _Code:
        value = self.take(key, default.value)
        try:
            return codes(value)
        except ValueError:
            self.fault(key, f"is {value!r}; possible are {', '.join(codes)}")
            return default

    def number(self, key: str, default: int | None, *, least: int = 0, most: int = UNITS_MOST) -> int | None:
        value = self.take(key, None)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fault(key, f"is {value!r}; possible are whole numbers from {least} to {most}")
            return default
        return value

    def whole(self, key: str, default: int, *, least: int = 0, most: int = UNITS_MOST) -> int:
        value = self.number(key, default, least=least, most=most)
        return default if value is None else value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            self.fault(key, "is neither true nor false")
        return value is True

    def clock(self, key: str) -> time | None:
        value = self.take(key, None)
        return None if value is None else self._time(key, value)

    def clocks(self, key: str) -> tuple[time, ...]:
        return tuple(at for value in self._list(key) if (at := self._time(key, value)) is not None)

    def _time(self, key: str, value: object) -> time | None:
        try:
            found = time.fromisoformat(str(value))
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None:
            self.fault(key, f"is {value!r}; a time of the day is written 18:00")
            return None
        return found

    def day(self, key: str) -> date | None:
        value = self.take(key, None)
        if value is None:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fault(key, f"is {value!r}; a day is written 2020-02-05")
            return None

    def texts(self, key: str, choices: Iterable[str] = (), default: tuple[str, ...] = ()) -> tuple[str, ...]:
        self._seen.add(key)
        if key not in self._body:
            return default
        values, allowed = self._list(key), tuple(choices)
        for value in values:
            if not isinstance(value, str) or not value or (allowed and value not in allowed):
                self.fault(key, f"holds {value!r}" + (f"; possible are {', '.join(allowed)}" if allowed else ""))
        return tuple(str(value) for value in values)

    def numbers(self, key: str) -> tuple[int, ...]:
        values = self._list(key)
        if any(
            not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= UNITS_MOST for value in values
        ):
            self.fault(key, "holds what is no whole number of units")
            return ()
        return tuple(values)

    def tables(self, key: str) -> list[_Reader]:
        return [_Reader(one, f"{key}[{at}]", self._problems) for at, one in enumerate(self._list(key), 1)]

    def codes(self) -> list[str]:
        """All there are, in their order."""
        return sorted(map(str, self._body))

    def table(self, key: str) -> _Reader:
        return _Reader(self.take(key, {}), key, self._problems)

    def _list(self, key: str) -> list[Any]:
        value = self.take(key, [])
        if not isinstance(value, list | tuple):
            self.fault(key, "is no list")
            return []
        return list(value)

    def close(self) -> None:
        for key in sorted(set(self._body) - self._seen):
            self.fault(key, "is no word of a rule")


def _rule(cls: type[Rule], body: Mapping[str, Any], *, is_new: bool) -> Rule:
    problems: list[str] = []
    top = _Reader(body, "", problems)
    eligibility = _eligibility(top.table("eligibility"))
    facts = top.take("facts", {})
    rule = cls(
        code=top.text("code", needed=True),
        title_zh=top.text("title_zh", needed=True),
        title_en=top.text("title_en", needed=True),
        city=top.text("city", needed=True),
        mode=top.code("mode", Mode, Mode.FIRST_COME),
        units_per_claim_max=top.whole("units_per_claim_max", 0, least=1, most=100_000),
        timezone=top.text("timezone", "Asia/Shanghai"),
        opens=top.clock("opens") or time(0),
        closes=top.clock("closes"),
        slots=top.clocks("slots"),
        slot_minutes=top.whole("slot_minutes", 60, least=1, most=1_440),
        shuffle_s=top.whole("shuffle_s", 0, most=3_600),
        standby_max=top.whole("standby_max", 0),
        claims_per_clerk_max=top.number("claims_per_clerk_max", None, least=1),
        units_daily=top.number("units_daily", None),
        days=top.number("days", None, least=1, most=DAYS_MOST),
        units_by_day=top.numbers("units_by_day"),
        disinfected=top.flag("disinfected"),
        fulfilment=top.text("fulfilment", "DELIVERY", choices=("DELIVERY", "PICKUP")),
        within_h=top.number("within_h", None, least=1, most=24 * 60),
        warn_h=top.number("warn_h", None, least=1, most=24 * 60),
        handover=top.texts("handover", HANDOVERS),
        visits_max=top.whole("visits_max", 2, least=1, most=9),
        in_vain=top.text("in_vain", "DESK", choices=IN_VAIN),
        pickup_days=top.whole("pickup_days", 1, least=1, most=60),
        proxies=top.flag("proxies", True),
        eligibility=eligibility,
        quotas=tuple(_quota(one) for one in top.tables("quotas")),
        price=tuple(_part(one) for one in top.tables("price")),
        reserves=tuple(_reserve(one) for one in top.tables("reserves")),
        draw=_draw(top.table("draw")),
        source=top.text("source"),
        facts=facts if isinstance(facts, Mapping) else {},
        invented=top.texts("invented"),
        body=_plain(body),
    )
    top.close()
    if "units_per_claim_max" not in body:
        problems.append("units_per_claim_max is missing")
    problems += _contradictions(rule)
    if is_new:
        problems += _unheard(rule)
    if problems:
        raise RuleUnusable(
            f"The rule cannot be used: {'; '.join(problems)}. Nothing was kept.",
            where="rule",
            found="; ".join(problems),
            expected="a rule that says who, how much, how often and at whose cost",
            cure="Correct what is named and send the whole rule again.",
            problems=problems,
        )
    return rule


def _eligibility(reader: _Reader) -> Eligibility:
    found = Eligibility(
        regions=reader.texts("regions"),
        region_of=reader.text("region_of", "ADDRESS", choices=("ADDRESS", "DOCUMENT")),
        lists=reader.texts("lists"),
        either=reader.flag("either"),
        age_min=reader.number("age_min", None, most=150),
        age_max=reader.number("age_max", None, most=150),
        documents=reader.texts("documents", DOCUMENTS, ACCEPTED),
        needs_verified_address=reader.flag("needs_verified_address"),
        names=_region_names(reader.table("names")),
    )
    if any(not region.isdecimal() or not 2 <= len(region) <= 12 for region in found.regions):
        reader.fault("regions", "holds what is no code of a region (2 to 12 digits, as 511602)")
    if found.age_min is not None and found.age_max is not None and found.age_max < found.age_min:
        reader.fault("age_max", "lies below age_min")
    if not found.documents:
        reader.fault("documents", "accepts none")
    reader.close()
    return found


def _region_names(reader: _Reader) -> tuple[RegionName, ...]:
    found = []
    for code in reader.codes():
        one = reader.table(code)
        zh = one.text("zh", needed=True)
        found.append(RegionName(code, zh, one.text("en") or zh))
        one.close()
        if not code.isdecimal() or not 2 <= len(code) <= 12:
            reader.fault(code, "is no code of a region (2 to 12 digits, as 511602)")
    return tuple(found)


def _draw(reader: _Reader) -> DrawRule:
    found = DrawRule(
        household_winners_max=reader.whole("household_winners_max", 0),
        pause_days=reader.whole("pause_days", 0, most=366),
        weight_per_loss=reader.whole("weight_per_loss", 0, most=100),
        weight_max=reader.whole("weight_max", 1, least=1, most=1_000),
        by_waiting=reader.flag("by_waiting"),
        losses_max=reader.whole("losses_max", 30, least=1, most=1_000),
        stays_in=reader.flag("stays_in"),
    )
    reader.close()
    return found


def _quota(reader: _Reader) -> Quota:
    kind = reader.code("turn", TurnKind, TurnKind.EVER)
    days = reader.number("days", None, least=1, most=DAYS_MOST)
    first_on = reader.day("first_on")
    if kind is TurnKind.EVER and days is not None:
        reader.fault("days", "is said of a turn that never ends")
    if kind is not TurnKind.EVER and days is None:
        reader.fault("days", "is missing")
    if kind is TurnKind.FIXED and first_on is None:
        reader.fault("first_on", "is missing: rounds are counted from a first day")
        first_on = FIRST_DAY
    found = Quota(
        subject=reader.code("subject", Subject, Subject.PERSON),
        turn=Turn(
            kind, EVER_DAYS if kind is TurnKind.EVER else days or 1, first_on if kind is TurnKind.FIXED else None
        ),
        units_max=reader.number("units_max", None, least=1),
        claims_max=reader.number("claims_max", None, least=1),
    )
    if found.units_max is None and found.claims_max is None:
        reader.fault("", "limits nothing: say units_max or claims_max")
    reader.close()
    return found


def _part(reader: _Reader) -> PricePart:
    raw = reader.take("bearers", {})
    bearers: list[tuple[Bearer, int]] = []
    if not isinstance(raw, Mapping) or not raw:
        reader.fault("bearers", "is missing: say who pays, as {RESIDENT = 1}")
        raw = {}
    for name, weight in raw.items():
        if (
            name not in set(Bearer)
            or not isinstance(weight, int)
            or isinstance(weight, bool)
            or not 0 < weight <= 10_000
        ):
            reader.fault(
                "bearers", f"holds {name!r} = {weight!r}; possible are {', '.join(Bearer)} with a weight of 1 to 10000"
            )
        else:
            bearers.append((Bearer(name), weight))
    found = PricePart(
        part=reader.code("part", Part, Part.GOODS),
        payee=reader.code("payee", Payee, Payee.SHOP),
        bearers=tuple(sorted(bearers, key=lambda one: list(Bearer).index(one[0]))),  # stored data keep no order
        per=reader.text("per", "UNIT", choices=("UNIT", "CLAIM")),
        fen=reader.whole("fen", 0, most=100_000_000),
        basis_points=reader.whole("basis_points", 0, most=10_000),
        variant=reader.text("variant"),
    )
    if found.fen and found.basis_points:
        reader.fault("", "is both an amount and a share: keep one")
    if found.basis_points and found.part is Part.GOODS:
        reader.fault("basis_points", "is a share of the goods, which the goods themselves are not")
    reader.close()
    return found


def _reserve(reader: _Reader) -> ReserveRule:
    until = reader.clock("until")
    if until is None:
        reader.fault("until", "is missing: a reserve ends at a published time")
    found = ReserveRule(
        channel=reader.text("channel", CHANNELS[0], choices=CHANNELS),
        units=reader.whole("units", 0),
        until=until or time(0),
        units_max=reader.number("units_max", None, least=1),
    )
    if found.units_max is not None and found.units_max < found.units:
        reader.fault("units_max", "lies below what is kept for it")
    reader.close()
    return found


def _contradictions(rule: Rule) -> list[str]:
    """What no single field shows."""
    problems = []
    try:
        zone = ZoneInfo(rule.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(f"timezone is {rule.timezone!r}, which no list of time zones knows")
        zone = None
    if rule.closes is not None and rule.closes <= rule.opens:
        problems.append("closes lies before opens")
    if rule.warn_h is not None and (rule.within_h is None or rule.warn_h >= rule.within_h):
        problems.append("warn_h is not below within_h: an alert comes before the promise ends, not before it begins")
    if len(set(rule.handover)) != len(rule.handover):
        problems.append("handover names one way twice")
    if zone is not None and rule.mode is Mode.APPOINTMENT and not rule.slots:
        problems.append("slots is missing: an appointment has a time")
    if rule.draw != DrawRule() and rule.mode is not Mode.DRAW:
        problems.append("draw is said of a mode that draws no lots")
    if len(set(rule.slots)) != len(rule.slots):
        problems.append("slots names one time twice")
    if len({one.subject for one in rule.quotas}) != len(rule.quotas):
        problems.append("quotas names one subject twice")
    if len({one.channel for one in rule.reserves}) != len(rule.reserves):
        problems.append("reserves names one channel twice")
    if rule.units_by_day and (rule.units_daily is not None or rule.days is not None):
        problems.append("units_by_day stands beside units_daily or days: keep one")
    daily = rule.units_by_day or ((rule.units_daily,) if rule.units_daily is not None else ())
    if daily and sum(one.units for one in rule.reserves) > min(daily):
        problems.append("reserves keep more than a day's units")
    for quota in rule.quotas:
        if quota.units_max is not None and quota.units_max < rule.units_per_claim_max:
            problems.append(f"units_per_claim_max is above what one {quota.subject.lower()} may have in a turn")
    if rule.mode is Mode.ONE_FEN and not any(
        bearer is Bearer.GIVER for one in rule.price for bearer, _weight in one.bearers
    ):
        problems.append("price has no part of the giver's: what a resident does not pay somebody does")
    return problems


def _unheard(rule: Rule) -> list[str]:
    """What is said and would be heard by nobody: of a kept wording it changes nothing, and it stays as it was announced."""
    problems = []
    if rule.reserves and rule.mode in CHOSEN_MODES:
        problems.append(
            f"reserves stand beside mode {rule.mode}, in which nobody claims by a channel: leave them out, or choose "
            "FIRST_COME, APPOINTMENT or ONE_FEN"
        )
    if rule.standby_max and rule.mode is Mode.APPOINTMENT:
        problems.append(
            "standby_max stands beside mode APPOINTMENT, in which nobody stands by, as who finds one time full takes another: "
            "leave it out, or choose FIRST_COME, DRAW, IMPORTED or ONE_FEN"
        )
    is_carried = rule.is_brought or rule.mode is Mode.IMPORTED  # other offices' winners may order online
    if not is_carried and any(one.part is Part.DELIVERY for one in rule.price):
        problems.append("price has a part for delivery, and everybody fetches it: nobody carries anything")
    return problems


def _plain(value: Any) -> Any:
    """As JSON would have it: times and days as text, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, time):
        return f"{value:%H:%M}" if not value.second else value.isoformat()
    return value.isoformat() if isinstance(value, date) else value
