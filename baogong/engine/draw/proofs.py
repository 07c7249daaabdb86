"""One entrant's proof: the entry stood in the closed list, and where the seed put it. Checked without the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from baogong.engine.book import merkle
from baogong.engine.draw.draws import Drawn, fit_beacon, key_dict, key_of, seed_from, source_of
from baogong.engine.draw.entries import NO_HOUSEHOLD, Entry, Records, Tree, is_opened_by
from baogong.engine.draw.papers import (
    ANNOUNCEMENT,
    BEACON,
    CLOSE,
    FORMATS,
    RESULT,
    Announcement,
    BeaconPaper,
    Close,
    Drand,
    Lottery,
    Reader,
    UnfitDraw,
    decoded,
    hash_of,
    read_announcement,
    read_beacon,
    read_close,
)
from baogong.engine.draw.ranking import Key
from baogong.engine.faults import Fault

_BESIDE = "Take the four papers of this draw as they were published."
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
        source, told = source_of(announcement, beacon), read_result(result)
        return cls(
            announcement,
            close,
            source,
            beacon.randomness,
            bytes.fromhex(told.seed) if isinstance(source, Drand) else told.seed.encode(),
            records,
            tree,
            {entry: rank for rank, entry in enumerate([*told.winners, *told.standby], 1)},
            len(told.winners),
            (told.last_winner, told.last_standby),
            hash_of(result),
        )

    def proof(self, row: int) -> dict[str, Any]:
        """Of the entry in this row."""
        return next(self.proofs([row]))

    def proofs(self, rows: Sequence[int]) -> Iterator[dict[str, Any]]:
        """In the order of the rows. Lottery numbers give no score: a lone proof then shows only that the entry was in the list."""
        winner, standby = self.standing
        shared = {"format": FORMATS["proof"]} | figures(
            self.announcement, self.close, self.source, self.randomness, self.seed, self.standing, self.result_sha256
        )
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

    def _place(self, record: Entry, key: Key | None, last: Key | None) -> tuple[Place, int]:
        rank = self.ranks.get(record.entry)
        if rank is not None:
            won = rank <= self.winners_count
            return ("WINNER", rank) if won else ("STANDBY", rank - self.winners_count)
        passed_over = key is not None and last is not None and key < last
        return ("HOUSEHOLD" if passed_over else "NOT_DRAWN"), 0


def figures(
    announcement: Announcement,
    close: Close,
    source: Drand | Lottery,
    randomness: bytes,
    seed: bytes,
    standing: tuple[Key | None, Key | None],
    result_sha256: str,
) -> dict[str, Any]:
    """What every proof of a draw says, whoever's it is; `standing` is of the last winner and the last standby."""
    winner, standby = standing
    chain = source.chain if isinstance(source, Drand) else None
    return {
        "draw": str(announcement.draw),
        "drill": announcement.is_drill,
        "root": close.root,
        "entries": close.entries,
        "units": announcement.units,
        "household_winners_max": announcement.household_winners_max,
        "chain_hash": chain.hash().hex() if chain else "",
        "round": source.round_number if isinstance(source, Drand) else 0,
        "randomness": randomness.hex(),
        "seed": seed.hex() if chain else seed.decode(),
        "last_winner": key_dict(winner) if winner else None,
        "last_standby": key_dict(standby) if standby else None,
        "result_sha256": result_sha256,
    }


@dataclass(frozen=True, slots=True)
class Result:
    """The paper of who was drawn. `last_winner`, `last_standby`: None where there is none, and always with lottery numbers."""

    draw: UUID
    is_drill: bool
    beacon_sha256: str
    seed: str
    last_winner: Key | None
    last_standby: Key | None
    winners: tuple[bytes, ...]
    standby: tuple[bytes, ...]


def read_result(paper: bytes) -> Result:
    """Raises UnfitDraw with every fault."""
    faults: list[Fault] = []
    reader = Reader(decoded(paper, RESULT), RESULT, faults)
    reader.format("result")
    made = Result(
        reader.id("draw"),
        reader.flag("drill"),
        reader.hex("beacon_sha256", 32).hex(),
        reader.text("seed"),
        None if reader.is_none("last_winner") else _read_key(reader.below("last_winner")),
        None if reader.is_none("last_standby") else _read_key(reader.below("last_standby")),
        tuple(reader.ids("winners")),
        tuple(reader.ids("standby")),
    )
    reader.end()
    if faults:
        raise UnfitDraw(faults)
    return made


@dataclass(frozen=True, slots=True)
class Published:
    """
    The four papers of a draw, held against each other: what a proof is checked with. The list itself is not among them.

    What is shown here is that the papers follow from each other and that the announced round has its signature. That the
    root is the one published at the close, and the result everybody's, their hashes elsewhere show; that the result names
    the right ones, the whole bundle (`bundle.check`).
    """

    announcement: Announcement
    figures: Mapping[str, Any]
    seed: bytes
    is_lottery: bool
    standing: tuple[Key | None, Key | None]
    places: Mapping[bytes, tuple[Place, int]]
    is_full: bool

    @classmethod
    def read(cls, files: Mapping[str, bytes]) -> Published:
        """`files`: by name. Raises UnfitDraw: one is missing, or does not fit those before it."""
        missing = [name for name in (ANNOUNCEMENT, CLOSE, BEACON, RESULT) if name not in files]
        if missing:
            raise UnfitDraw([Fault(name, "missing", "the published paper", _BESIDE) for name in missing])
        announcement, closed = read_announcement(files[ANNOUNCEMENT]), read_close(files[CLOSE])
        beacon, result = read_beacon(files[BEACON]), read_result(files[RESULT])
        faults = closed.faults(announcement, files[ANNOUNCEMENT])
        if faults:
            raise UnfitDraw(faults)
        fit_beacon(announcement, beacon, files[CLOSE])
        source = source_of(announcement, beacon)
        seed, is_lottery = seed_from(announcement, closed, beacon, source), isinstance(source, Lottery)
        standing = (result.last_winner, result.last_standby)
        told = figures(announcement, closed, source, beacon.randomness, seed, standing, hash_of(files[RESULT]))
        faults = _result_faults(announcement, result, told, hash_of(files[BEACON]), is_lottery=is_lottery)
        if faults:
            raise UnfitDraw(faults)
        places: dict[bytes, tuple[Place, int]] = {one: ("WINNER", at) for at, one in enumerate(result.winners, 1)}
        places |= {one: ("STANDBY", at) for at, one in enumerate(result.standby, 1)}
        wanted = announcement.winners_max + announcement.standby
        return cls(announcement, told, seed, is_lottery, standing, places, len(places) == wanted)


def _result_faults(
    announcement: Announcement, result: Result, told: Mapping[str, Any], beacon_sha256: str, *, is_lottery: bool
) -> list[Fault]:
    faults = []

    def must(where: str, found: object, expected: object) -> None:
        if found != expected:
            faults.append(Fault(f"{RESULT}: {where}", str(found), str(expected), _BESIDE))

    must("draw", result.draw, announcement.draw)
    must("drill", result.is_drill, announcement.is_drill)
    must("beacon_sha256", result.beacon_sha256, beacon_sha256)
    must("seed", result.seed, told["seed"])
    drawn = [*result.winners, *result.standby]
    must("winners and standby", len(drawn), len(set(drawn)))
    must("winners", len(result.winners), min(announcement.winners_max, len(drawn)))
    must("standby", len(result.standby), min(announcement.standby, len(result.standby)))
    for where, last, named in (
        ("last_winner", result.last_winner, result.winners),
        ("last_standby", result.last_standby, result.standby),
    ):
        expected = named[-1].hex() if named and not is_lottery else ""
        must(where, last.entry.hex() if last else "", expected)
    return faults


def check_proof(
    document: object, published: Published, *, root: str | None = None, nonce: bytes | None = None
) -> list[str]:
    """
    What does not hold, in sentences; nothing if all does. Every figure is compared with the published papers.

    A score among the winners' may still have been passed over for its household: that the list shows, not a lone proof.
    With lottery numbers the place is the result's word, which only drawing again proves.

    root   as it was published, hex; without it nothing shows that these papers are everybody's
    nonce  the entrant's own, if the commitment is to be checked as well; of an earlier draw's receipt, where it was carried
    """
    faults: list[Fault] = []
    reader = Reader(document, "proof", faults)
    reader.format("proof")
    draw, is_drill = reader.id("draw"), reader.flag("drill")
    told_root, entries, index = reader.hex("root", 32), reader.whole("entries"), reader.whole("index")
    entry = reader.hex("entry", 16)
    commitment, household = reader.hex("commitment", 16), reader.hex("household", 16)
    weight, stratum = reader.whole("weight", 0xFFFF), reader.whole("stratum", 0xFFFF)
    path = [step for step in reader.rows("path") if isinstance(step, str)]
    score, place, rank = reader.text("score"), reader.text("place"), reader.whole("rank")
    told = {name: reader.take(name) for name in published.figures if name not in ("draw", "drill", "root", "entries")}
    told |= {"draw": str(draw), "drill": is_drill, "root": told_root.hex(), "entries": entries}
    reader.end()
    if faults:
        return [f"{fault.where} is {fault.found!r}, not {fault.expected}." for fault in faults]
    problems = [
        f"The published papers say {name} {expected!r}, the proof {told[name]!r}."
        for name, expected in published.figures.items()
        if told[name] != expected
    ]
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
    announced = published.announcement
    if not 1 <= weight <= announced.weight_max or stratum >= announced.strata:
        return [*problems, "The entry has a weight or a stratum that was not announced."]
    own = Entry(entry, commitment, household, weight, stratum)
    key = None if published.is_lottery else key_of(published.seed, own)
    if score != (key.score.hex() if key else ""):
        problems.append("The score is not the one the seed gives this entry.")
    named = published.places.get(entry)
    if (place, rank) != named and (named is not None or rank or place not in ("NOT_DRAWN", "HOUSEHOLD")):
        problems.append(f"The published result does not make it {place} {rank}.")
    if key is not None:
        may_be_passed_over = announced.household_winners_max > 0 and household != NO_HOUSEHOLD
        problems += _misplaced(place, key, *published.standing, may_be_passed_over=may_be_passed_over)
        if place == "NOT_DRAWN" and not published.is_full and not may_be_passed_over:
            problems.append("Places were left, and the entry was not given one.")
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
