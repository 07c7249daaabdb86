"""
`baogong bench draw`: from an unsorted list of entries to a written bundle, beside the plain loop of hashlib, hmac and sort.

Ours is what the commands call: `close` sorts, hashes and builds the tree, `draw` builds it again from the list before it trusts
the paper, ranks, and every file is written. The peer reads the same file and writes the same list and the same papers; it builds
its tree once and believes itself. Both run in one process. Households have two entries on average, and one winner each.
The beacon's signature is the same work for any number of entries and has no peer here: it is verified before the clock starts
and its time is told apart. One entrant's proof is made from the bundle's files and checked.
"""

from __future__ import annotations

import hmac
import json
import statistics
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import numpy as np

from baogong.engine.draw import (
    Announcement,
    BeaconPaper,
    Chain,
    Drand,
    Prover,
    Published,
    Tree,
    announce,
    as_bytes,
    bundle_of,
    check_proof,
    close,
    draw,
    drill_chain,
    drill_signature,
    hash_of,
    randomness_of,
    read_announcement,
    records_of,
    verifier,
)
from baogong.engine.draw.beacon import is_signed
from baogong.engine.draw.entries import RECORD_SIZE, head_leaf_of
from baogong.engine.draw.papers import read_beacon, read_close
from baogong.ops.bench.report import Report, Target, median_s, peak_mb
from baogong.ops.draw_folder import records

SECRET = 0xBE9C
START = datetime(2026, 1, 1, tzinfo=UTC)
ROUND = 2400
PIECE = 1_000_000
ONES = 200


def run(*, quick: bool) -> Report:
    """Quick: 200,000 entries on both sides, one run; else 10 million, and 1 million for the peer, medians of three after a warm-up."""
    report = Report("draw", quick)
    ours_count, peer_count, runs = (200_000, 200_000, 1) if quick else (10_000_000, 1_000_000, 3)
    chain = drill_chain(SECRET, name="bench", genesis=START)
    signature = drill_signature(chain, SECRET, ROUND)
    started = time.perf_counter()
    report.checks["the beacon's signature verifies"] = is_signed(chain, ROUND, signature)
    beacon_s = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = _Case(folder / "small", peer_count, chain, signature)
        plain_s = median_s(small.plain, runs=runs, warm_up=not quick)
        small.ours()
        report.checks["the plain loop finds the same root and the same result"] = small.agree()
        large = small if ours_count == peer_count else _Case(folder / "large", ours_count, chain, signature)
        ours_s = median_s(large.ours, runs=runs, warm_up=not quick)
        one_ms, holds = large.verify_ones()
        report.checks["every proof that was made holds"] = holds
    report.ours = {
        "entries": ours_count,
        "seconds": ours_s,
        "entries_per_s": ours_count / ours_s,
        "beacon_ms": 1000 * beacon_s,
        "peak_mb": peak_mb(),
    }
    report.peers["plain loop"] = {
        "entries": peer_count,
        "seconds": plain_s,
        "entries_per_s": peer_count / plain_s,
        "seconds_scaled": plain_s * ours_count / peer_count,
    }
    times = (plain_s / peer_count) / (ours_s / ours_count)
    report.targets = [
        Target("times_plain_loop", times, "higher", 3, 6),
        Target("verify_one_ms", one_ms, "lower", 100, 20),
    ]
    return report


class _Case:
    """A list of entries in a file, and both ways from it to a bundle."""

    def __init__(self, folder: Path, count: int, chain: Chain, signature: bytes) -> None:
        folder.mkdir()
        self.entries, self.made, self.peer = folder / "entries.bin", folder / "made", folder / "peer"
        self.made.mkdir()
        self.peer.mkdir()
        self.signature = signature
        out = chain.time_of(ROUND)
        self.announced = Announcement(
            draw=UUID("01890000-0000-7000-8000-0000000be9c4"),
            title="bench",
            is_drill=True,
            announced_at=START,
            closes_at=out - timedelta(hours=1),
            units=count // 20,
            units_each=5,
            standby=count // 1000,
            household_winners_max=1,
            weight_max=1,
            strata=1,
            source=Drand(chain, ROUND),
            fallback=None,
            verifier_sha256=hash_of(verifier()),
        )
        self.announcement = announce(self.announced)
        chance = np.random.default_rng(1)
        homes = np.frombuffer(chance.bytes(16 * (count // 2)), np.uint8).reshape(-1, 16)
        with self.entries.open("wb") as file:
            for first in range(0, count, PIECE):
                rows = np.zeros((min(PIECE, count - first), RECORD_SIZE), np.uint8)
                rows[:, :32] = np.frombuffer(chance.bytes(32 * len(rows)), np.uint8).reshape(-1, 32)
                rows[:, 32:48] = homes[chance.integers(0, len(homes), len(rows))]
                rows[:, 49] = 1
                rows.tofile(file)

    def _beacon(self, close_bytes: bytes) -> bytes:
        paper = BeaconPaper(
            self.announced.draw,
            hash_of(close_bytes),
            round_number=ROUND,
            signature=self.signature,
            randomness=randomness_of(self.signature),
        )
        return as_bytes(paper.as_dict())

    def ours(self) -> None:
        at = self.announced.closes_at
        closed = close(self.announcement, records_of(self.entries.read_bytes()), closed_at=at, published_at=at)
        closed.records.tofile(self.made / "leaves.bin")
        beacon = self._beacon(closed.paper)
        drawn = draw(self.announcement, closed.paper, beacon, closed.records)
        files = bundle_of(
            drawn, announcement=self.announcement, close=closed.paper, beacon=beacon, later=[], verifier=verifier()
        )
        for name, content in files.items():
            (self.made / name).write_bytes(content)

    def plain(self) -> None:
        """As anybody would write it, one entry after the other."""
        data, announced = self.entries.read_bytes(), self.announced
        listed = sorted(data[at : at + RECORD_SIZE] for at in range(0, len(data), RECORD_SIZE))
        head = sha256(b"\x00baogong draw 1\n" + sha256(self.announcement).digest()).digest()
        level = [head, *(sha256(b"\x00" + record).digest() for record in listed)]
        while len(level) > 1:
            above = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
            level = above + level[len(level) & ~1 :]
        root, at = level[0], announced.closes_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        paper = as_bytes(
            {
                "format": "baogong draw close 1", "draw": str(announced.draw), "announcement_sha256": hash_of(self.announcement),
                "closed_at": at, "published_at": at, "entries": len(listed), "root": root.hex(),
            }
        )  # fmt: skip
        beacon = self._beacon(paper)
        assert isinstance(announced.source, Drand)
        seed = sha256(
            b"baogong seed 1\n" + announced.draw.bytes + root + len(listed).to_bytes(8, "big")
            + announced.units.to_bytes(8, "big") + announced.source.chain.hash() + ROUND.to_bytes(8, "big")
            + randomness_of(self.signature)
        ).digest()  # fmt: skip
        ranked = sorted(
            (hmac.digest(seed, b"baogong score 1\n" + record[:16] + b"\x00\x00", "sha256"), record) for record in listed
        )
        wanted, taken = announced.winners_max + announced.standby, Counter[bytes]()
        placed: list[tuple[bytes, bytes]] = []
        for score, record in ranked:
            if len(placed) == wanted:
                break
            if not taken[record[32:48]]:
                taken[record[32:48]] = 1
                placed.append((score, record[:16]))
        won, waiting = placed[: announced.winners_max], placed[announced.winners_max :]
        (self.peer / "leaves.bin").write_bytes(b"".join(listed))
        result = {
            "format": "baogong draw result 1", "draw": str(announced.draw), "drill": True, "beacon_sha256": hash_of(beacon),
            "seed": seed.hex(),
            "last_winner": {"stratum": 0, "score": won[-1][0].hex(), "entry": won[-1][1].hex()},
            "last_standby": {"stratum": 0, "score": waiting[-1][0].hex(), "entry": waiting[-1][1].hex()},
            "winners": [entry.hex() for _, entry in won],
            "standby": [entry.hex() for _, entry in waiting],
        }  # fmt: skip
        for name, content in (("close.json", paper), ("beacon.json", beacon), ("result.json", as_bytes(result))):
            (self.peer / name).write_bytes(content)

    def agree(self) -> bool:
        """Byte for byte."""
        names = ("leaves.bin", "close.json", "beacon.json", "result.json")
        return all((self.made / name).read_bytes() == (self.peer / name).read_bytes() for name in names)

    def verify_ones(self) -> tuple[float, bool]:
        """Median milliseconds to make and to check one entrant's proof from the files; whether all hold."""
        paper = {
            name: (self.made / name).read_bytes()
            for name in ("announcement.json", "close.json", "beacon.json", "result.json", "blocks.bin")
        }
        published = Published.read(paper)
        listed, closed = records(self.made), read_close(paper["close.json"])
        tree = Tree(head_leaf_of(sha256(self.announcement).digest()), paper["blocks.bin"], bytes.fromhex(closed.root))
        prover = Prover.from_bundle(
            read_announcement(self.announcement),
            closed,
            read_beacon(paper["beacon.json"]),
            paper["result.json"],
            records=listed,
            tree=tree,
        )
        seconds, holds = [], True
        for row in np.random.default_rng(2).integers(0, len(listed), ONES).tolist():
            started = time.perf_counter()
            proof = json.loads(json.dumps(prover.proof(row)))
            holds = check_proof(proof, published, root=closed.root) == [] and holds
            seconds.append(time.perf_counter() - started)
        return 1000 * statistics.median(seconds), holds
