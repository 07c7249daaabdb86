"""A draw from its papers: announced, closed, drawn once; what does not fit is refused. Pure: files, clocks and networks are others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from baogong.engine.draw import lottery
from baogong.engine.draw.beacon import is_signed, randomness_of
from baogong.engine.draw.entries import (
    Entry,
    Records,
    Tree,
    first_out_of_order,
    in_order,
    strata_of,
    tree_of,
    weights_of,
)
from baogong.engine.draw.papers import (
    FORMATS,
    Announcement,
    BeaconPaper,
    Close,
    Drand,
    Lottery,
    UnfitDraw,
    as_bytes,
    decoded,
    hash_of,
    read_announcement,
    read_beacon,
    read_close,
    written,
)
from baogong.engine.draw.ranking import Key, order, score_of, seed_of, within_households
from baogong.engine.faults import Fault

AS_ANNOUNCED = "Wait for what was announced; nothing else counts."
AS_CLOSED = "Give the list as it was closed and published."


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed list: its records in order, their tree, and the paper that says so."""

    records: Records
    tree: Tree
    paper: bytes


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    rows         of the records: who is placed, in order; the first `winners_count` have won, the next stand by
    seed         32 bytes, or the key of RFC 3797 in ASCII
    result       the paper
    beacon_verified  the beacon's signature was checked; lottery numbers have none
    """

    announcement: Announcement
    close: Close
    beacon: BeaconPaper
    records: Records
    tree: Tree
    rows: tuple[int, ...]
    winners_count: int
    seed: bytes
    result: bytes
    beacon_verified: bool

    @property
    def source(self) -> Drand | Lottery:
        """What the draw was made from."""
        return source_of(self.announcement, self.beacon)


def announce(announcement: Announcement, rule: bytes | None = None) -> bytes:
    """The paper. Raises UnfitDraw with everything that may not be announced; `rule`: its document, to be held against it."""
    _refuse(announcement.faults() + (announcement.rule_faults(rule) if rule is not None else []))
    paper = as_bytes(announcement.as_dict())
    read_announcement(paper)  # what a stranger will do with it
    return paper


def close(announcement_bytes: bytes, records: Records, *, closed_at: datetime, published_at: datetime) -> Closed:
    """
    Sort the entries and fix them under a root. Raises UnfitDraw.

    records  in any order; each id once
    """
    announcement = read_announcement(announcement_bytes)
    ordered = in_order(records)
    _refuse(_entry_faults(announcement, ordered))
    tree = tree_of(bytes.fromhex(hash_of(announcement_bytes)), ordered)
    paper = Close(
        announcement.draw, hash_of(announcement_bytes), closed_at, published_at, len(ordered), tree.root.hex()
    )
    _refuse(paper.faults(announcement, announcement_bytes))
    return Closed(ordered, tree, as_bytes(paper.as_dict()))


def _entry_faults(announcement: Announcement, records: Records) -> list[Fault]:
    """Up to one of each kind."""
    found = []
    if not len(records):
        found.append(Fault("entries", 0, "at least one entry", "Announce another draw."))
    wrong = first_out_of_order(records)
    if wrong >= 0:
        entry = records[wrong, :16].tobytes().hex()
        found.append(
            Fault(f"entry {entry}", "twice, or out of order", "each entry once, in order of its id", AS_CLOSED)
        )
    weights, strata = weights_of(records), strata_of(records)
    for name, values, least, most in (
        ("weight", weights, 1, announcement.weight_max),
        ("stratum", strata, 0, announcement.strata - 1),
    ):
        bad = (values < least) | (values > most)
        if bad.any():
            row = int(bad.argmax())
            found.append(
                Fault(f"entry {records[row, :16].tobytes().hex()}: {name}", int(values[row]), f"{least} to {most}, as announced", AS_CLOSED)
            )  # fmt: skip
    per_loss = announcement.weight_per_loss
    if per_loss is not None:
        owed = (weights == 1) | (weights == announcement.weight_max if per_loss else False)
        if per_loss:
            owed |= (weights >= 1) & ((weights.astype(int) - 1) % per_loss == 0)
        if not owed.all():
            row = int((~owed).argmax())
            found.append(
                Fault(f"entry {records[row, :16].tobytes().hex()}: weight", int(weights[row]), f"1 and {per_loss} more for each draw lost, up to {announcement.weight_max}", AS_CLOSED)
            )  # fmt: skip
    return found


def draw(announcement_bytes: bytes, close_bytes: bytes, beacon_bytes: bytes, records: Records) -> Drawn:
    """
    Who has won and who stands by: the same answer for the same papers, whoever asks and however often.

    records  as closed: sorted, shape (n, 52)
    Raises UnfitDraw where any paper does not fit those before it, or the beacon is not the announced one.
    """
    announcement, closed, beacon = (
        read_announcement(announcement_bytes),
        read_close(close_bytes),
        read_beacon(beacon_bytes),
    )
    tree = _fit_list(announcement, announcement_bytes, closed, records)
    beacon_verified = fit_beacon(announcement, beacon, close_bytes)
    source = source_of(announcement, beacon)
    winners_count, places = announcement.winners_max, announcement.winners_max + announcement.standby
    seed, rows = _ranked(announcement, closed, beacon, source, records, places)
    winners_count = min(winners_count, len(rows))
    result = _result(announcement, beacon_bytes, seed, source, records, rows, winners_count)
    return Drawn(
        announcement, closed, beacon, records, tree, tuple(rows), winners_count, seed, as_bytes(result), beacon_verified
    )


def _fit_list(announcement: Announcement, announcement_bytes: bytes, closed: Close, records: Records) -> Tree:
    faults = closed.faults(announcement, announcement_bytes) + _entry_faults(announcement, records)
    if closed.entries != len(records):
        faults.append(
            Fault("close.json: entries", closed.entries, f"{len(records)}, as many as the list has", AS_CLOSED)
        )
    tree = tree_of(bytes.fromhex(hash_of(announcement_bytes)), records)
    if closed.root != tree.root.hex():
        faults.append(
            Fault(
                "close.json: root",
                closed.root,
                f"{tree.root.hex()}, the root of this list under this announcement",
                AS_CLOSED,
            )
        )
    _refuse(faults)
    return tree


def source_of(announcement: Announcement, beacon: BeaconPaper) -> Drand | Lottery:
    """Which announced source counts. Raises UnfitDraw: a fallback that was never announced."""
    if not beacon.is_fallback:
        return announcement.source
    if announcement.fallback is None:
        raise UnfitDraw(
            [
                Fault(
                    "beacon.json: use",
                    "FALLBACK",
                    "ANNOUNCED: no fallback was announced",
                    "There is no draw; announce another.",
                )
            ]
        )
    return announcement.fallback


def fit_beacon(announcement: Announcement, beacon: BeaconPaper, close_bytes: bytes) -> bool:
    """Whether a signature was verified; raises UnfitDraw where the beacon is not the announced one."""
    faults = []
    if beacon.draw != announcement.draw:
        faults.append(Fault("beacon.json: draw", str(beacon.draw), str(announcement.draw), AS_ANNOUNCED))
    if beacon.close_sha256 != hash_of(close_bytes):
        faults.append(Fault("beacon.json: close_sha256", beacon.close_sha256, hash_of(close_bytes), AS_CLOSED))
    source = source_of(announcement, beacon)
    declared = beacon.missing_declared_at
    if beacon.is_fallback:
        assert announcement.missing_between is not None  # `source_of` has refused a fallback that was not announced
        least, most = announcement.missing_between
        if declared is None or not least <= declared <= most:
            faults.append(
                Fault("beacon.json: missing_declared_at", written(declared) if declared else "", f"{written(least)} to {written(most)}: before the fallback is known", AS_ANNOUNCED)
            )  # fmt: skip
    elif declared is not None:
        faults.append(
            Fault(
                "beacon.json: missing_declared_at",
                written(declared),
                "nothing: the announced source is used",
                AS_ANNOUNCED,
            )
        )
    if isinstance(source, Lottery):
        faults += _lottery_faults(source, beacon)
        _refuse(faults)
        return False
    chain, number = source.chain, source.round_number
    if beacon.numbers:
        faults.append(Fault("beacon.json: numbers", len(beacon.numbers), "none: a beacon was announced", AS_ANNOUNCED))
    if beacon.round_number != number:
        faults.append(Fault("beacon.json: round", beacon.round_number, f"{number}, as announced", AS_ANNOUNCED))
    elif not is_signed(chain, number, beacon.signature, beacon.previous_signature):
        faults.append(
            Fault("beacon.json: signature", beacon.signature.hex(), f"the chain's own for round {number}", AS_ANNOUNCED)
        )
    if not chain.is_chained and beacon.previous_signature:
        faults.append(
            Fault(
                "beacon.json: previous_signature",
                beacon.previous_signature.hex(),
                "nothing: rounds of this chain do not follow each other",
                AS_ANNOUNCED,
            )
        )
    if beacon.randomness != randomness_of(beacon.signature):
        faults.append(
            Fault("beacon.json: randomness", beacon.randomness.hex(), "SHA-256 of the signature", AS_ANNOUNCED)
        )
    _refuse(faults)
    return True


def _lottery_faults(source: Lottery, beacon: BeaconPaper) -> list[Fault]:
    drawn, wanted = [len(one) for one in beacon.numbers], [one.numbers for one in source.sources]
    faults = []
    if drawn != wanted:
        faults.append(Fault("beacon.json: numbers", drawn, f"{wanted} numbers, as announced", AS_ANNOUNCED))
    if beacon.round_number or beacon.signature or beacon.previous_signature or beacon.randomness:
        faults.append(
            Fault(
                "beacon.json: round", beacon.round_number, "nothing of a beacon: a lottery was announced", AS_ANNOUNCED
            )
        )
    return faults


def _ranked(
    announcement: Announcement,
    closed: Close,
    beacon: BeaconPaper,
    source: Drand | Lottery,
    records: Records,
    places: int,
) -> tuple[bytes, list[int]]:
    """The seed, and the rows of the first `places` in order."""
    seed = seed_from(announcement, closed, beacon, source)
    if isinstance(source, Lottery):
        households = ((row, records[row, 32:48].tobytes()) for row in lottery.picks(seed.decode(), len(records)))
        return seed, list(within_households(households, announcement.household_winners_max, places))
    return seed, order(seed, records, places, announcement.household_winners_max)


def seed_from(announcement: Announcement, closed: Close, beacon: BeaconPaper, source: Drand | Lottery) -> bytes:
    """32 bytes, or the key of RFC 3797 in ASCII; of papers that fit."""
    if isinstance(source, Lottery):
        return lottery.key_of(beacon.numbers, [one.is_ordered for one in source.sources]).encode()
    return seed_of(
        draw=announcement.draw.bytes,
        root=bytes.fromhex(closed.root),
        entries=closed.entries,
        units=announcement.units,
        chain_hash=source.chain.hash(),
        round_number=source.round_number,
        randomness=beacon.randomness,
    )


def _result(
    announcement: Announcement,
    beacon_bytes: bytes,
    seed: bytes,
    source: Drand | Lottery,
    records: Records,
    rows: list[int],
    winners: int,
) -> dict[str, Any]:
    ids = [records[row, :16].tobytes().hex() for row in rows]
    is_lottery = isinstance(source, Lottery)

    def last(row: int | None) -> dict[str, Any] | None:
        return None if row is None or is_lottery else key_dict(key_of(seed, Entry.of(records[row].tobytes())))

    return {
        "format": FORMATS["result"],
        "draw": str(announcement.draw),
        "drill": announcement.is_drill,
        "beacon_sha256": hash_of(beacon_bytes),
        "seed": seed.decode() if is_lottery else seed.hex(),
        "last_winner": last(rows[winners - 1] if winners else None),
        "last_standby": last(rows[-1] if len(rows) > winners else None),
        "winners": ids[:winners],
        "standby": ids[winners:],
    }


def key_of(seed: bytes, entry: Entry) -> Key:
    """What the entry is ordered by."""
    return Key(entry.stratum, score_of(seed, entry.entry, entry.weight), entry.entry)


def key_dict(key: Key) -> dict[str, Any]:
    return {"stratum": key.stratum, "score": key.score.hex(), "entry": key.entry.hex()}


def more(drawn: Drawn, earlier: Sequence[bytes], units: int, promoted: int = 0) -> bytes:
    """
    More stock goes further down the same list: the paper that says to whom. There is never a second draw.

    earlier   the papers of this kind that came before, in order
    units     to be given besides; units_each a winner
    promoted  how many of the next on standby no longer wait, as rights that others left have come to them. The paper
              names them, and the stock goes to those after them
    """
    each = drawn.announcement.units_each
    if units < each:
        raise UnfitDraw([Fault("units", units, f"at least {each}, what a winner gets", "Give them out otherwise.")])
    placed = served_count(drawn, earlier)
    waiting = max(0, len(drawn.rows) - placed)
    if not 0 <= promoted <= waiting:
        raise UnfitDraw(
            [Fault("promoted", promoted, f"0 to {waiting}, who stood by and was not named yet", "Count them again.")]
        )
    start = placed + promoted
    wanted = start + units // each
    rows = drawn.rows
    if wanted > len(rows):
        _, ranked = _ranked(drawn.announcement, drawn.close, drawn.beacon, drawn.source, drawn.records, wanted)
        rows = tuple(ranked)

    def entries(first: int, end: int) -> list[str]:
        return [drawn.records[row, :16].tobytes().hex() for row in islice(rows, first, end)]

    paper = {
        "format": FORMATS["more"],
        "draw": str(drawn.announcement.draw),
        "after_sha256": hash_of(earlier[-1] if earlier else drawn.result),
        "units": units,
        "winners": entries(start, wanted),
    }
    return as_bytes(paper | ({"promoted": entries(placed, start)} if promoted else {}))


def served_count(drawn: Drawn, earlier: Sequence[bytes]) -> int:
    """How many places of the order these papers have come to: winners, later winners, who was promoted between."""
    return drawn.winners_count + sum(len(more_winners(paper)) + len(more_promoted(paper)) for paper in earlier)


def more_winners(paper: bytes) -> list[str]:
    """Whom such a paper names; nobody where it says nothing of use."""
    return _named(paper, "winners")


def more_promoted(paper: bytes) -> list[str]:
    """Of whom such a paper says that a right came to them before; nobody where it says nothing of use."""
    return _named(paper, "promoted")


def _named(paper: bytes, key: str) -> list[str]:
    document = decoded(paper, "more.json")
    named = document.get(key) if isinstance(document, dict) else None
    return named if isinstance(named, list) else []


def more_units(paper: bytes) -> int:
    """What such a paper says was given besides; 0 where it says nothing of use."""
    document = decoded(paper, "more.json")
    units = document.get("units") if isinstance(document, dict) else None
    return units if isinstance(units, int) else 0


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise UnfitDraw(faults)
