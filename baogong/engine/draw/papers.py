"""
The papers of a draw, each naming the hash of the one before it: announcement, close, beacon, result, more.

A paper is JSON; its hash is SHA-256 of its bytes as they stand. Moments are UTC to the second, ids and hashes lower-case hex.
docs/algorithms/draw.md lists the keys.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from baogong.engine.draw.beacon import ROUND_MAX, SCHEMES, Chain, public_chains
from baogong.engine.draw.lottery import PICKS_MAX
from baogong.engine.faults import Fault, FaultyProblem

CLOSE_TO_BEACON, PUBLISHED_TO_BEACON = timedelta(minutes=30), timedelta(minutes=10)
WEIGHT_MAX, STRATA_MAX, UNITS_MAX = 1000, 65_536, 10**12
PER_LOSS_MAX, PAUSE_DAYS_MAX = 100, 366
_MAY_BE_MISSING = ("rule_sha256", "weight_per_loss", "pause_days", "receipts_key")
ANNOUNCEMENT, CLOSE, BEACON, RESULT = "announcement.json", "close.json", "beacon.json", "result.json"
RULE = "rule.json"
FORMATS = {
    name: f"baogong draw {name} 1"
    for name in ("announcement", "close", "beacon", "result", "more", "proof", "inclusion")
}
_BESIDE = "Put the announced file beside the papers."
_RULE = "Make the paper as announced; what was announced cannot be changed."


class UnfitDraw(FaultyProblem):
    """A paper that makes no sense, or that does not fit the ones before it."""

    code = "draw.unfit"
    so = "nothing was drawn"


@dataclass(frozen=True, slots=True)
class Drand:
    """One round of a beacon."""

    chain: Chain
    round_number: int

    @property
    def at(self) -> datetime:
        return self.chain.time_of(self.round_number)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": "DRAND", "chain": self.chain.as_dict(), "round": self.round_number}


@dataclass(frozen=True, slots=True)
class LotterySource:
    """
    One drawing whose numbers will be announced.

    name       as the lottery and the newspaper call it, with the issue: "双色球 2020022"
    numbers    so many are drawn
    is_ordered their order counts; otherwise the smallest stands first
    """

    name: str
    numbers: int
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Lottery:
    """Announced lottery numbers, known from `at` on at the earliest (RFC 3797)."""

    at: datetime
    sources: tuple[LotterySource, ...]

    def as_dict(self) -> dict[str, Any]:
        sources = [{"name": one.name, "numbers": one.numbers, "is_ordered": one.is_ordered} for one in self.sources]
        return {"kind": "LOTTERY", "at": written(self.at), "sources": sources}


@dataclass(frozen=True, slots=True)
class Announcement:
    """
    What is fixed before anybody enters.

    units                  offered; units_each go to a winner
    standby                so many come next where winners do not fetch theirs
    household_winners_max  0: no limit
    weight_max, strata     an entry's weight is at most this, its stratum below this
    source                 the randomness waited for, at least 30 minutes after the close
    fallback               what counts if the source fails, at least 30 minutes after it; None: then there is no draw
    verifier_sha256        of the program that goes with the bundle

    What follows may be missing from a paper (None): those announced before it could be told do not hold it.

    rule_sha256      of the rule's own document, which goes with the bundle as it was hashed
    weight_per_loss  added to a weight of 1 for each draw lost since the last win, up to weight_max
    pause_days       so many days a winner stays out
    receipts_key     Ed25519, hex: what the entrants' receipts are signed with
    """

    draw: UUID
    title: str
    is_drill: bool
    announced_at: datetime
    closes_at: datetime
    units: int
    units_each: int
    standby: int
    household_winners_max: int
    weight_max: int
    strata: int
    source: Drand | Lottery
    fallback: Drand | Lottery | None
    verifier_sha256: str
    rule_sha256: str | None = None
    weight_per_loss: int | None = None
    pause_days: int | None = None
    receipts_key: str | None = None

    @property
    def winners_max(self) -> int:
        return self.units // self.units_each

    @property
    def missing_between(self) -> tuple[datetime, datetime] | None:
        """(first, last moment) to declare the source missing so that the fallback counts; None: none was announced."""
        return None if self.fallback is None else (self.source.at, self.fallback.at - PUBLISHED_TO_BEACON)

    def owed(self) -> dict[str, Any]:
        """Of the keys that may be missing those that are told."""
        return {key: told for key in _MAY_BE_MISSING if (told := getattr(self, key)) is not None}

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMATS["announcement"],
            "draw": str(self.draw),
            "title": self.title,
            "drill": self.is_drill,
            "announced_at": written(self.announced_at),
            "closes_at": written(self.closes_at),
            "units": self.units,
            "units_each": self.units_each,
            "standby": self.standby,
            "household_winners_max": self.household_winners_max,
            "weight_max": self.weight_max,
            "strata": self.strata,
            "beacon": self.source.as_dict(),
            "fallback": self.fallback.as_dict() if self.fallback else None,
            "verifier_sha256": self.verifier_sha256,
            **self.owed(),
        }

    def rule_faults(self, rule: bytes) -> list[Fault]:
        """
        Where the rule's document is another than the announced one, or says another figure.

        The figures are compared where the document is a rule of this house; of any other a reader compares the words.
        """
        if hash_of(rule) != self.rule_sha256:
            return [Fault(RULE, hash_of(rule), f"{self.rule_sha256}, as announced", _BESIDE)]
        try:
            told = json.loads(rule)
        except (ValueError, RecursionError):
            return []
        table = told.get("draw", {}) if isinstance(told, dict) else None
        if not isinstance(table, dict) or told.get("mode") != "DRAW":
            return []
        figures = self.as_dict()
        said = {
            "units_each": told.get("units_per_claim_max"),
            "standby": told.get("standby_max", 0),
            "household_winners_max": table.get("household_winners_max", 0),
            "weight_max": table.get("weight_max", 1),
            "weight_per_loss": table.get("weight_per_loss", 0),
            "pause_days": table.get("pause_days", 0),
        }
        return [
            Fault(f"{ANNOUNCEMENT}: {name}", figures[name], f"{figure}, as {RULE} says", "Announce what the rule says.")
            for name, figure in said.items()
            if figures.get(name, figure) != figure
        ]

    def faults(self) -> list[Fault]:
        """What makes no sense, or may not be announced."""
        found = []

        def must(holds: bool, where: str, met: object, expected: str, cure: str = "Correct the announcement.") -> None:
            if not holds:
                found.append(Fault(where, met, expected, cure))

        must(bool(self.title.strip()), "title", self.title, "a name people will know the draw by")
        must(
            1 <= self.units_each <= self.units <= UNITS_MAX,
            "units",
            self.units,
            f"at least units_each ({self.units_each})",
        )
        must(0 <= self.standby <= UNITS_MAX, "standby", self.standby, "0 or more")
        must(
            0 <= self.household_winners_max <= UNITS_MAX,
            "household_winners_max",
            self.household_winners_max,
            "0 or more",
        )
        must(1 <= self.weight_max <= WEIGHT_MAX, "weight_max", self.weight_max, f"1 to {WEIGHT_MAX}")
        must(1 <= self.strata <= STRATA_MAX, "strata", self.strata, f"1 to {STRATA_MAX}")
        must(
            bool(re.fullmatch("[0-9a-f]{64}", self.verifier_sha256)),
            "verifier_sha256",
            self.verifier_sha256,
            "a SHA-256 in hex",
        )
        for where in ("rule_sha256", "receipts_key"):
            told = getattr(self, where)
            must(told is None or bool(re.fullmatch("[0-9a-f]{64}", told)), where, told, "32 bytes in lower-case hex")
        for where, most in (("weight_per_loss", PER_LOSS_MAX), ("pause_days", PAUSE_DAYS_MAX)):
            told = getattr(self, where)
            must(told is None or 0 <= told <= most, where, told, f"0 to {most}")
        must(
            self.announced_at < self.closes_at,
            "closes_at",
            written(self.closes_at),
            f"after {written(self.announced_at)}",
        )
        after = self.closes_at
        for where, source in (("beacon", self.source), ("fallback", self.fallback)):
            if source is None:
                continue
            least = after + CLOSE_TO_BEACON
            must(
                source.at >= least, where, written(source.at), f"{written(least)} or later: 30 minutes for the list to be published",
                "Wait for a later round.",
            )  # fmt: skip
            after = source.at
            if isinstance(source, Lottery):
                must(
                    self.weight_max == self.strata == 1, where, "LOTTERY", "a weight_max and strata of 1: lottery numbers know neither",
                    "Wait for a round of a beacon, or let every entry count the same.",
                )  # fmt: skip
                must(
                    self.winners_max + self.standby <= PICKS_MAX,
                    "standby",
                    self.standby,
                    f"at most {PICKS_MAX} winners and standby together",
                )
                must(bool(source.sources), where, [], "at least one drawing")
                for one in source.sources:
                    must(
                        bool(one.name.strip()) and 1 <= one.numbers <= 100,
                        where,
                        one.name,
                        "a name and 1 to 100 numbers",
                    )
            elif source.chain.is_drill:
                must(
                    self.is_drill,
                    "drill",
                    False,
                    "true, for the beacon is a drill's",
                    "Mark it as a drill, or wait for a public beacon.",
                )
            else:
                must(
                    source.chain in public_chains().values(), where, source.chain.beacon_id, "a public chain this house knows",
                    "Wait for a chain that `baogong draw chains` lists.",
                )  # fmt: skip
        return found


@dataclass(frozen=True, slots=True)
class Close:
    """The list is closed and published; nobody can know the beacon yet."""

    draw: UUID
    announcement_sha256: str
    closed_at: datetime
    published_at: datetime
    entries: int
    root: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMATS["close"],
            "draw": str(self.draw),
            "announcement_sha256": self.announcement_sha256,
            "closed_at": written(self.closed_at),
            "published_at": written(self.published_at),
            "entries": self.entries,
            "root": self.root,
        }

    def faults(self, announcement: Announcement, announcement_bytes: bytes) -> list[Fault]:
        found = _same_draw(self.draw, announcement, "close.json")
        if self.announcement_sha256 != hash_of(announcement_bytes):
            found.append(
                Fault("close.json: announcement_sha256", self.announcement_sha256, hash_of(announcement_bytes), _RULE)
            )
        latest = announcement.source.at - PUBLISHED_TO_BEACON
        for where, moment, least, most in (
            ("closed_at", self.closed_at, announcement.closes_at, latest),
            ("published_at", self.published_at, self.closed_at, latest),
        ):
            if not least <= moment <= most:
                expected = f"{written(least)} to {written(most)}: 10 minutes before the beacon at the latest"
                found.append(
                    Fault(
                        f"close.json: {where}",
                        written(moment),
                        expected,
                        "Announce another draw: this one's list came too late.",
                    )
                )
        return found


@dataclass(frozen=True, slots=True)
class BeaconPaper:
    """
    What came out.

    is_fallback          the announced source failed, and this is the announced fallback
    missing_declared_at  when that was declared: before anybody could know the fallback
    numbers              of each source of a lottery; none for a beacon
    """

    draw: UUID
    close_sha256: str
    is_fallback: bool = False
    missing_declared_at: datetime | None = None
    round_number: int = 0
    signature: bytes = b""
    previous_signature: bytes = b""
    randomness: bytes = b""
    numbers: tuple[tuple[int, ...], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMATS["beacon"],
            "draw": str(self.draw),
            "close_sha256": self.close_sha256,
            "use": "FALLBACK" if self.is_fallback else "ANNOUNCED",
            "missing_declared_at": written(self.missing_declared_at) if self.missing_declared_at else None,
            "round": self.round_number,
            "signature": self.signature.hex(),
            "previous_signature": self.previous_signature.hex(),
            "randomness": self.randomness.hex(),
            "numbers": [list(one) for one in self.numbers],
        }


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_bytes(document: dict[str, Any]) -> bytes:
    """The one way a paper is written."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def hash_of(paper: bytes) -> str:
    """Hex."""
    return sha256(paper).hexdigest()


def _same_draw(draw: UUID, announcement: Announcement, paper: str) -> list[Fault]:
    if draw == announcement.draw:
        return []
    return [Fault(f"{paper}: draw", str(draw), str(announcement.draw), _RULE)]


class Reader:
    """Reads one object's keys and keeps every fault; nothing may be left over."""

    def __init__(self, document: object, paper: str, faults: list[Fault]) -> None:
        self.paper, self.faults = paper, faults
        self._left: dict[str, Any] = dict(document) if isinstance(document, dict) else {}
        if not isinstance(document, dict):
            self._wrong("", document, "an object")

    def _wrong(self, key: str, found: object, expected: str) -> None:
        shown = found if isinstance(found, int | float | str) else type(found).__name__
        self.faults.append(Fault(f"{self.paper}: {key}" if key else self.paper, shown, expected, "Correct the paper."))

    def take(self, key: str) -> Any:
        """As it stands."""
        return self._left.pop(key, None)

    def format(self, name: str) -> None:
        found = self.take("format")
        if found != FORMATS[name]:
            self._wrong("format", found, FORMATS[name])

    def text(self, key: str) -> str:
        found = self.take(key)
        if isinstance(found, str):
            return found
        self._wrong(key, found, "text")
        return ""

    def flag(self, key: str) -> bool:
        found = self.take(key)
        if isinstance(found, bool):
            return found
        self._wrong(key, found, "true or false")
        return False

    def whole(self, key: str, most: int = UNITS_MAX) -> int:
        found = self.take(key)
        if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= most:
            return found
        self._wrong(key, found, f"a whole number, 0 to {most}")
        return 0

    def moment(self, key: str) -> datetime:
        found = self.take(key)
        try:
            if isinstance(found, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found):
                return datetime.fromisoformat(found)
        except ValueError:
            pass
        self._wrong(key, found, "a moment such as 2026-11-28T20:00:00Z")
        return datetime(1970, 1, 1, tzinfo=UTC)

    def moment_if(self, key: str) -> datetime | None:
        if self._left.get(key) is None:
            self.take(key)
            return None
        return self.moment(key)

    def hex(self, key: str, *sizes: int) -> bytes:
        """`sizes`: bytes allowed."""
        found = self.take(key)
        if isinstance(found, str) and re.fullmatch("(?:[0-9a-f]{2})*", found) and len(found) // 2 in sizes:
            return bytes.fromhex(found)
        self._wrong(key, found, f"{' or '.join(map(str, sizes))} bytes in lower-case hex")
        return b""

    def id(self, key: str) -> UUID:
        found = self.take(key)
        if isinstance(found, str) and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found):
            return UUID(found)
        self._wrong(key, found, "a UUID")
        return UUID(int=0)

    def rows(self, key: str) -> list[Any]:
        found = self.take(key)
        if isinstance(found, list):
            return found
        self._wrong(key, found, "a list")
        return []

    def ids(self, key: str) -> list[bytes]:
        found = self.rows(key)
        if all(isinstance(one, str) and re.fullmatch("[0-9a-f]{32}", one) for one in found):
            return [bytes.fromhex(one) for one in found]
        self._wrong(key, "", "entry ids, 32 hex digits each")
        return []

    def numbers(self, key: str) -> tuple[tuple[int, ...], ...]:
        found = self.rows(key)
        for one in found:
            if not (isinstance(one, list) and all(type(number) is int and 0 <= number < 10**9 for number in one)):
                self._wrong(key, str(one)[:40], "lists of whole numbers")
                return ()
        return tuple(tuple(one) for one in found)

    def has(self, key: str) -> bool:
        """Whether the key is left to be read."""
        return key in self._left

    def below(self, key: str) -> Reader:
        return Reader(self.take(key), f"{self.paper}: {key}", self.faults)

    def is_none(self, key: str) -> bool:
        if key in self._left and self._left[key] is None:
            del self._left[key]
            return True
        return False

    def end(self) -> None:
        for key in self._left:
            self._wrong(str(key), "", "no such key")


def decoded(paper: bytes, name: str) -> object:
    """Raises UnfitDraw: the paper is no JSON."""
    try:
        return json.loads(paper)
    except (ValueError, RecursionError) as error:
        raise UnfitDraw(
            [Fault(name, str(error)[:80], "JSON in UTF-8", "Give the paper as it was published.")]
        ) from error


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise UnfitDraw(faults)


def read_announcement(paper: bytes) -> Announcement:
    """Raises UnfitDraw with every fault."""
    faults: list[Fault] = []
    reader = Reader(decoded(paper, "announcement.json"), "announcement.json", faults)
    reader.format("announcement")
    made = Announcement(
        draw=reader.id("draw"),
        title=reader.text("title"),
        is_drill=reader.flag("drill"),
        announced_at=reader.moment("announced_at"),
        closes_at=reader.moment("closes_at"),
        units=reader.whole("units"),
        units_each=reader.whole("units_each"),
        standby=reader.whole("standby"),
        household_winners_max=reader.whole("household_winners_max"),
        weight_max=reader.whole("weight_max"),
        strata=reader.whole("strata"),
        source=_read_source(reader.below("beacon")),
        fallback=None if reader.is_none("fallback") else _read_source(reader.below("fallback")),
        verifier_sha256=reader.text("verifier_sha256"),
        rule_sha256=reader.text("rule_sha256") if reader.has("rule_sha256") else None,
        weight_per_loss=reader.whole("weight_per_loss") if reader.has("weight_per_loss") else None,
        pause_days=reader.whole("pause_days") if reader.has("pause_days") else None,
        receipts_key=reader.text("receipts_key") if reader.has("receipts_key") else None,
    )
    reader.end()
    _refuse(faults)
    _refuse(made.faults())
    return made


def _read_source(reader: Reader) -> Drand | Lottery:
    kind = reader.text("kind")
    made: Drand | Lottery
    if kind == "LOTTERY":
        at = reader.moment("at")
        sources = []
        for number, row in enumerate(reader.rows("sources"), 1):
            one = Reader(row, f"{reader.paper}: sources {number}", reader.faults)
            sources.append(LotterySource(one.text("name"), one.whole("numbers"), one.flag("is_ordered")))
            one.end()
        made = Lottery(at, tuple(sources))
    else:
        if kind != "DRAND":
            reader.faults.append(Fault(f"{reader.paper}: kind", kind, "DRAND or LOTTERY", "Correct the paper."))
        made = Drand(read_chain(reader.below("chain")), reader.whole("round", ROUND_MAX))
        try:
            if made.round_number < 1:
                raise OverflowError
            _ = made.at
        except OverflowError:
            reader.faults.append(
                Fault(f"{reader.paper}: round", made.round_number, "a round of our days", "Correct the paper.")
            )
            made = Drand(made.chain, 1)
    reader.end()
    return made


def read_chain(reader: Reader) -> Chain:
    scheme = reader.text("scheme")
    if scheme not in SCHEMES:
        reader.faults.append(Fault(f"{reader.paper}: scheme", scheme, " or ".join(SCHEMES), "Correct the paper."))
    period_s = reader.whole("period_s", 10**9)
    made = Chain(
        scheme,
        max(1, period_s),
        reader.whole("genesis_s", 10**11),
        reader.text("beacon_id"),
        reader.hex("public_key", 48, 96),
        reader.hex("group_hash", 32),
    )
    told = reader.hex("chain_hash", 32)
    if told != made.hash() or period_s < 1:
        reader.faults.append(
            Fault(f"{reader.paper}: chain_hash", told.hex(), f"{made.hash().hex()}, the hash of these parameters", "Copy the chain's own parameters.")
        )  # fmt: skip
    reader.end()
    return made


def read_close(paper: bytes) -> Close:
    faults: list[Fault] = []
    reader = Reader(decoded(paper, "close.json"), "close.json", faults)
    reader.format("close")
    made = Close(
        reader.id("draw"),
        reader.hex("announcement_sha256", 32).hex(),
        reader.moment("closed_at"),
        reader.moment("published_at"),
        reader.whole("entries"),
        reader.hex("root", 32).hex(),
    )
    reader.end()
    _refuse(faults)
    return made


def read_beacon(paper: bytes) -> BeaconPaper:
    faults: list[Fault] = []
    reader = Reader(decoded(paper, "beacon.json"), "beacon.json", faults)
    reader.format("beacon")
    draw, close = reader.id("draw"), reader.hex("close_sha256", 32).hex()
    use = reader.text("use")
    if use not in ("ANNOUNCED", "FALLBACK"):
        faults.append(Fault("beacon.json: use", use, "ANNOUNCED or FALLBACK", "Correct the paper."))
    made = BeaconPaper(
        draw,
        close,
        use == "FALLBACK",
        reader.moment_if("missing_declared_at"),
        reader.whole("round", ROUND_MAX),
        reader.hex("signature", 0, 48, 96),
        reader.hex("previous_signature", 0, 32, 96),
        reader.hex("randomness", 0, 32),
        reader.numbers("numbers"),
    )
    reader.end()
    _refuse(faults)
    return made
