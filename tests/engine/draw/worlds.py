"""Draws to test with: a drill's beacon made once, entries made from numbers, whole bundles."""

from __future__ import annotations

import hashlib
import importlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from baogong.engine.draw import (
    Announcement,
    BeaconPaper,
    Chain,
    Closed,
    Drand,
    Drawn,
    Entry,
    Lottery,
    LotterySource,
    Published,
    announce,
    as_bytes,
    bundle_of,
    close,
    commitment_of,
    draw,
    drill_chain,
    drill_signature,
    hash_of,
    randomness_of,
    records_of,
    verifier,
)

verify: Any = importlib.import_module("baogong.engine.draw.verify")
"""The one file, untyped on purpose."""

SECRET = 0x5EED
GENESIS = datetime(2026, 1, 1, tzinfo=UTC)
ROUND = 4000
DRAW = UUID("01890000-0000-7000-8000-00000000d0a1")


@cache
def chain() -> Chain:
    return drill_chain(SECRET, name="training", genesis=GENESIS)


@cache
def signature() -> bytes:
    return drill_signature(chain(), SECRET, ROUND)


def out() -> datetime:
    """When the round comes."""
    return chain().time_of(ROUND)


LOTTERY = Lottery(
    GENESIS + timedelta(hours=3, minutes=20), (LotterySource("双色球 2020022", 6), LotterySource("三位数 22", 3, True))
)


def announcement(**changes: object) -> Announcement:
    made = Announcement(
        draw=DRAW,
        title="口罩摇号 第 1 期",
        is_drill=True,
        announced_at=out() - timedelta(hours=2),
        closes_at=out() - timedelta(hours=1),
        units=15,
        units_each=5,
        standby=2,
        household_winners_max=1,
        weight_max=3,
        strata=2,
        source=Drand(chain(), ROUND),
        fallback=None,
        verifier_sha256=hash_of(verifier()),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def rule_of(announced: Announcement, **changes: object) -> bytes:
    """A rule's document that says the announcement's figures; `changes` are of what it says of the draw."""
    table = {
        "household_winners_max": announced.household_winners_max,
        "weight_max": announced.weight_max,
        "weight_per_loss": announced.weight_per_loss or 0,
        "pause_days": announced.pause_days or 0,
    }
    told = {
        "mode": "DRAW",
        "title_zh": "口罩",
        "units_per_claim_max": announced.units_each,
        "standby_max": announced.standby,
        "draw": table | changes,
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def entry(number: int, *, household: int = 0, weight: int = 1, stratum: int = 0) -> Entry:
    """Entry `number`, as random as any; its nonce is its number in 16 bytes."""
    name = hashlib.sha256(f"entry {number}".encode()).digest()[:16]
    house = hashlib.sha256(f"house {household}".encode()).digest()[:16] if household else bytes(16)
    bound = commitment_of(draw=DRAW.bytes, entry=name, nonce=number.to_bytes(16, "big"))
    return Entry(name, bound, house, weight, stratum)


@dataclass(frozen=True)
class Made:
    """A draw that has run, with all its papers."""

    announcement: bytes
    closed: Closed
    beacon: bytes
    drawn: Drawn
    files: dict[str, bytes]

    @property
    def published(self) -> Published:
        return Published.read(self.files)

    def write(self, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        (folder / "leaves.bin").write_bytes(self.closed.records.tobytes())
        return folder


def beacon_paper(closed: Closed, **changes: object) -> bytes:
    made = BeaconPaper(
        DRAW, hash_of(closed.paper), round_number=ROUND, signature=signature(), randomness=randomness_of(signature())
    )
    return as_bytes(replace(made, **changes).as_dict())  # type: ignore[arg-type]


def lottery_paper(closed: Closed, *numbers: tuple[int, ...]) -> bytes:
    return as_bytes(BeaconPaper(DRAW, hash_of(closed.paper), numbers=numbers).as_dict())


def made(
    entries: list[Entry],
    announced: Announcement | None = None,
    numbers: tuple[tuple[int, ...], ...] = (),
    later: list[int] | None = None,
    rule: bytes | None = None,
) -> Made:
    """A whole draw; `later`: units of later stock; `rule`: its document, announced by its hash (None where one is announced: not laid beside)."""
    from baogong.engine.draw import more

    announced = announced or announcement()
    if rule is not None:
        announced = replace(announced, rule_sha256=hash_of(rule))
    paper = announce(announced)
    closed = close(
        paper,
        records_of(entries),
        closed_at=announced.closes_at,
        published_at=announced.closes_at + timedelta(minutes=5),
    )
    beacon = lottery_paper(closed, *numbers) if numbers else beacon_paper(closed)
    drawn = draw(paper, closed.paper, beacon, closed.records)
    papers: list[bytes] = []
    for units in later or []:
        papers.append(more(drawn, papers, units))
    told: dict[str, Any] = {
        "announcement": paper,
        "close": closed.paper,
        "beacon": beacon,
        "later": papers,
        "verifier": verifier(),
    }
    if announced.rule_sha256 and rule is None:  # as somebody makes it who does not ask the engine
        forged = replace(drawn, announcement=replace(announced, rule_sha256=None))
        return Made(paper, closed, beacon, drawn, bundle_of(forged, **told))
    return Made(paper, closed, beacon, drawn, bundle_of(drawn, **told, rule=rule))
