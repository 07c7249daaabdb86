"""One entrant's proof: the entry stood in the closed list, and where the seed put it. Checked without the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from baogong.engine.book import merkle
from baogong.engine.draw.draws import Drawn, key_dict, key_of, source_of
from baogong.engine.draw.entries import NO_HOUSEHOLD, Entry, Records, Tree, is_opened_by
from baogong.engine.draw.papers import (
    FORMATS,
    Announcement,
    BeaconPaper,
    Close,
    Drand,
    Lottery,
    Reader,
    UnfitDraw,
    decoded,
    hash_of,
)
from baogong.engine.draw.ranking import Key, seed_of
from baogong.engine.faults import Fault

Place = Literal["WINNER", "STANDBY", "NOT_DRAWN", "HOUSEHOLD"]


def row_of(records: Records, entry: bytes) -> int | None:
    """Where an entry stands in sorted records; None where it does not."""
    low, high = 0, len(records)
    while low < high:
        middle = (low + high) // 2
        if records[middle, :16].tobytes() < entry:
            low = middle + 1
        else:
            high = middle
    return low if low < len(records) and records[low, :16].tobytes() == entry else None


def inclusion(announcement: Announcement, close: Close, records: Records, tree: Tree, row: int) -> dict[str, Any]:
    """That the entry in this row stands in the closed list: the record, and its path to the published root. All that is true before the draw."""
    record = Entry.of(records[row].tobytes())
    (path,) = tree.paths(records, [row])
    return {
        "format": FORMATS["inclusion"],
        "draw": str(announcement.draw),
        "drill": announcement.is_drill,
        "root": close.root,
        "entries": close.entries,
        "index": row,
        "entry": record.entry.hex(),
        "commitment": record.commitment.hex(),
        "household": record.household.hex(),
        "weight": record.weight,
        "stratum": record.stratum,
        "path": [step.hex() for step in path],
    }


@dataclass(frozen=True, slots=True)
class Prover:
    """
    Makes the proofs of one draw, each in a moment, from what its bundle holds; it takes the result's word for it.

    ranks     from 1, over winners and standby together, by entry id
    standing  of the last winner and the last standby; None where there is none, and always with lottery numbers
    """

    announcement: Announcement
    close: Close
    source: Drand | Lottery
    randomness: bytes
    seed: bytes
    records: Records
    tree: Tree
    ranks: Mapping[bytes, int]
    winners_count: int
    standing: tuple[Key | None, Key | None]
    result_sha256: str

    @classmethod
    def of(cls, drawn: Drawn) -> Prover:
        return cls.from_bundle(
            drawn.announcement, drawn.close, drawn.beacon, drawn.result, records=drawn.records, tree=drawn.tree
        )

    @classmethod
    def from_bundle(
        cls,
        announcement: Announcement,
        close: Close,
        beacon: BeaconPaper,
        result: bytes,
        *,
        records: Records,
        tree: Tree,
    ) -> Prover:
        """Raises UnfitDraw: the result is no paper of that kind."""
        faults: list[Fault] = []
        reader = Reader(decoded(result, "result.json"), "result.json", faults)
        reader.format("result")
        source = source_of(announcement, beacon)
        seed = reader.text("seed")
        last = [
            None if reader.is_none(key) else _read_key(reader.below(key)) for key in ("last_winner", "last_standby")
        ]
        won, waiting = reader.ids("winners"), reader.ids("standby")
        if faults:
            raise UnfitDraw(faults)
        ranks = {entry: rank for rank, entry in enumerate([*won, *waiting], 1)}
        made = bytes.fromhex(seed) if isinstance(source, Drand) else seed.encode()
        return cls(
            announcement,
            close,
            source,
            beacon.randomness,
            made,
            records,
            tree,
            ranks,
            len(won),
            (last[0], last[1]),
            hash_of(result),
        )

    def proof(self, row: int) -> dict[str, Any]:
        """Of the entry in this row."""
        return next(self.proofs([row]))

    def proofs(self, rows: Sequence[int]) -> Iterator[dict[str, Any]]:
        """In the order of the rows. Lottery numbers give no score: a lone proof then shows only that the entry was in the list."""
        shared = self._shared()
        winner, standby = self.standing
        for row, path in zip(rows, self.tree.paths(self.records, rows), strict=True):
            record = Entry.of(self.records[row].tobytes())
            key = key_of(self.seed, record) if isinstance(self.source, Drand) else None
            place, rank = self._place(record, key, standby or winner)
            yield {
                **shared,
                "index": row,
                "entry": record.entry.hex(),
                "commitment": record.commitment.hex(),
                "household": record.household.hex(),
                "weight": record.weight,
                "stratum": record.stratum,
                "path": [step.hex() for step in path],
                "score": key.score.hex() if key else "",
                "place": place,
                "rank": rank,
            }

    def _shared(self) -> dict[str, Any]:
        """What all proofs of a draw say."""
        winner, standby = self.standing
        is_beacon = isinstance(self.source, Drand)
        return {
            "format": FORMATS["proof"],
            "draw": str(self.announcement.draw),
            "drill": self.announcement.is_drill,
            "root": self.close.root,
            "entries": self.close.entries,
            "units": self.announcement.units,
            "household_winners_max": self.announcement.household_winners_max,
            "chain_hash": self.source.chain.hash().hex() if isinstance(self.source, Drand) else "",
            "round": self.source.round_number if isinstance(self.source, Drand) else 0,
            "randomness": self.randomness.hex(),
            "seed": self.seed.hex() if is_beacon else self.seed.decode(),
            "last_winner": key_dict(winner) if winner else None,
            "last_standby": key_dict(standby) if standby else None,
            "result_sha256": self.result_sha256,
        }

    def _place(self, record: Entry, key: Key | None, last: Key | None) -> tuple[Place, int]:
        rank = self.ranks.get(record.entry)
        if rank is not None:
            won = rank <= self.winners_count
            return ("WINNER", rank) if won else ("STANDBY", rank - self.winners_count)
        passed_over = key is not None and last is not None and key < last
        return ("HOUSEHOLD" if passed_over else "NOT_DRAWN"), 0


def check_proof(document: object, *, root: str | None = None, nonce: bytes | None = None) -> list[str]:
    """
    What does not hold, in sentences; nothing if all does. The beacon's signature is the bundle's matter.

    A score among the winners' may still have been passed over for its household: that the result shows, not a lone proof.

    root   as it was published, hex; without it the proof only agrees with itself
    nonce  the entrant's own, if the commitment is to be checked as well; of an earlier draw's receipt, where it was carried
    """
    faults: list[Fault] = []
    reader = Reader(document, "proof", faults)
    reader.format("proof")
    draw, _ = reader.id("draw"), reader.flag("drill")
    told_root, entries, index = reader.hex("root", 32), reader.whole("entries"), reader.whole("index")
    entry = reader.hex("entry", 16)
    commitment, household = reader.hex("commitment", 16), reader.hex("household", 16)
    weight, stratum = reader.whole("weight", 0xFFFF), reader.whole("stratum", 0xFFFF)
    path = [step for step in reader.rows("path") if isinstance(step, str)]
    units, chain_hash, number = reader.whole("units"), reader.hex("chain_hash", 0, 32), reader.whole("round", 2**63 - 1)
    randomness, seed, score = reader.hex("randomness", 0, 32), reader.text("seed"), reader.text("score")
    household_max = reader.whole("household_winners_max")
    last = [None if reader.is_none(key) else _read_key(reader.below(key)) for key in ("last_winner", "last_standby")]
    place, _, _ = reader.text("place"), reader.whole("rank"), reader.hex("result_sha256", 32)
    reader.end()
    if faults:
        return [f"{fault.where} is {fault.found!r}, not {fault.expected}." for fault in faults]
    problems = []
    leaf = merkle.hash_leaf(Entry(entry, commitment, household, weight, stratum).record())
    try:
        steps = [bytes.fromhex(step) for step in path]
    except ValueError:
        steps = []
    if merkle.root_from_path(leaf, index + 1, entries + 1, steps) != told_root:
        problems.append("The path does not lead from the entry to the root.")
    if root is not None and root.lower() != told_root.hex():
        problems.append(f"The published root is {root}; the proof's is {told_root.hex()}.")
    if nonce is not None and not is_opened_by(commitment, draw=draw.bytes, entry=entry, nonce=nonce):
        problems.append("The commitment was not made with this nonce: the entry is somebody else's.")
    if not chain_hash:
        return problems
    made = seed_of(
        draw=draw.bytes, root=told_root, entries=entries, units=units, chain_hash=chain_hash, round_number=number,
        randomness=randomness,
    )  # fmt: skip
    if made.hex() != seed:
        problems.append("The seed is not that of this list, these units and this randomness.")
    if weight < 1:
        return [*problems, "An entry of no weight cannot be drawn."]
    key = key_of(made, Entry(entry, commitment, household, weight, stratum))
    if key.score.hex() != score:
        problems.append("The score is not the one the seed gives this entry.")
    problems += _misplaced(place, key, *last, may_be_passed_over=household_max > 0 and household != NO_HOUSEHOLD)
    return problems


def _misplaced(place: str, key: Key, winner: Key | None, standby: Key | None, *, may_be_passed_over: bool) -> list[str]:
    last = standby or winner
    holds = {
        "WINNER": winner is not None and key <= winner,
        "STANDBY": winner is not None and standby is not None and winner < key <= standby,
        "NOT_DRAWN": last is None or key > last,
        "HOUSEHOLD": last is not None and key < last and may_be_passed_over,
    }
    return [] if holds.get(place, False) else [f"The entry's score does not make it {place}."]


def _read_key(reader: Reader) -> Key:
    key = Key(reader.whole("stratum", 0xFFFF), reader.hex("score", 32), reader.hex("entry", 16))
    reader.end()
    return key
