#!/usr/bin/env python3
"""
Check a Baogong draw by yourself. Needs nothing but Python 3.9 and the files of the draw in one folder.

    python3 verify.py [FOLDER] [--root HEX]          draw again and compare every file
    python3 verify.py [FOLDER] --entry HEX           and say where one entry stands
    python3 verify.py [FOLDER] --receipt FILE        or where the entry of a receipt stands, and check the receipt
    python3 verify.py [FOLDER] --proof PROOF.json [--root HEX] [--nonce HEX] [--receipt FILE]
                                                     one entrant's proof, without the list

--root     the root as it was published when the list was closed (newspaper, chat group, another office's page)
--nonce    your own number from your receipt: shows that the entry is yours and nobody else's
--receipt  your receipt as you saved it; its nonce need not be given then
Exit 0 if everything checked holds, 1 if not, 2 if the files cannot be read. With --json it prints one JSON document.

A proof is held against announcement.json, close.json, beacon.json and result.json: in FOLDER, or beside the proof. A lone
proof, without them, shows no more than that an entry stood under a root; whether it won is then NOT CHECKED.

What it cannot do: check the beacon's BLS signature, which is beyond the standard library. It checks that the randomness is
SHA-256 of the signature, that the round is the announced one of a chain it knows, and tells you where to compare them.
It cannot know either how many draws somebody has lost: it checks that a weight is one the announced rule can give.
What nobody can check within one folder, because whoever made the folder made all of it: that the root, the hash of the
result and the randomness are those that others saw. It prints them; compare them with what stands elsewhere.

How it works. H is SHA-256; || joins bytes; integers are big-endian; a UUID is its 16 bytes.
  record  entry 16 || commitment 16 || household 16 || weight 2 || stratum 2, sorted by entry: leaves.bin
  leaves  first H(0x00 || "baogong draw 1\\n" || H(announcement.json)), then H(0x00 || record) for each record
  node    H(0x01 || left || right); the root is the Merkle tree head of RFC 6962, section 2.1
  seed    H("baogong seed 1\\n" || draw 16 || root 32 || entries 8 || units 8 || chain hash 32 || round 8 || randomness 32)
  score   the least of HMAC-SHA256(seed, "baogong score 1\\n" || entry || j 2) for j = 0 .. weight - 1
  order   stratum, then score, then entry; an entry is passed over if its household (not zeros) has its winners already
  commitment  the first 16 bytes of H("baogong entry 1\\n" || draw 16 || entry 16 || nonce 16)
  carried     who stays in after a loss has, in the later draw, for a nonce the first 16 bytes of
              H("baogong carried 1\\n" || H("baogong stay 1\\n" || own nonce 16) || draw 16)
Where lottery numbers were announced instead of a beacon, the entries are picked as in RFC 3797.
"""

import argparse
import hashlib
import hmac
import json
import os
import re
import struct
import sys
from datetime import datetime, timedelta, timezone

KNOWN_CHAINS = {
    "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971": "drand quicknet",
    "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce": "drand default",
}
SIZE = 52
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - older Pythons
NO_ONE = bytes(16)


def sha(data):
    return hashlib.sha256(data).digest()


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)  # noqa: UP017


def uuid_bytes(text):
    return bytes.fromhex(text.replace("-", ""))


class Findings:
    """What does not hold, and what a reader should know besides."""

    def __init__(self):
        self.problems, self.notes = [], []

    def expect(self, holds, sentence):
        if not holds:
            self.problems.append(sentence)
        return bool(holds)


class Heap:
    """A Merkle tree over leaves that come one by one: the roots of the full subtrees so far, the largest first."""

    def __init__(self):
        self.peaks = []

    def push(self, leaf):
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            leaf = sha(b"\x01" + self.peaks.pop()[1] + leaf)
            height += 1
        self.peaks.append((height, leaf))

    def top(self):
        root = None
        for _, peak in reversed(self.peaks):
            root = peak if root is None else sha(b"\x01" + peak + root)
        return root


def records(path):
    """Each record of leaves.bin, as a tuple of its fields and its bytes."""
    with open(path, "rb") as file:
        while True:
            piece = file.read(SIZE * 20000)
            if not piece:
                return
            if len(piece) % SIZE:
                raise ValueError("leaves.bin does not end with a whole record")
            for at in range(0, len(piece), SIZE):
                entry, commitment, house, weight, stratum = struct.unpack_from(">16s16s16sHH", piece, at)
                yield entry, commitment, house, weight, stratum, piece[at : at + SIZE]


def best(seed, entry, weight):
    return min(
        hmac.new(seed, b"baogong score 1\n" + entry + struct.pack(">H", j), "sha256").digest() for j in range(weight)
    )


def beacon_time(source):
    if source["kind"] == "LOTTERY":
        return moment(source["at"])
    chain = source["chain"]
    return EPOCH + timedelta(seconds=chain["genesis_s"] + (source["round"] - 1) * chain["period_s"])


def chain_hash(chain):
    name = b"" if chain["beacon_id"] == "default" else chain["beacon_id"].encode()
    fixed = struct.pack(">Iq", chain["period_s"], chain["genesis_s"])
    return sha(fixed + bytes.fromhex(chain["public_key"]) + bytes.fromhex(chain["group_hash"]) + name)


def check_source(find, source, announced, what):
    """One announced source of randomness."""
    if source["kind"] == "LOTTERY":
        find.expect(
            announced["weight_max"] == 1 and announced["strata"] == 1, "Lottery numbers know no weights and no strata."
        )
        return
    chain = source["chain"]
    find.expect(
        chain_hash(chain).hex() == chain["chain_hash"], f"The {what}'s chain hash is not that of its parameters."
    )
    if chain["beacon_id"].startswith("drill-"):
        find.expect(announced["drill"] is True, f"The {what} is a drill's, but the draw is not marked as a drill.")
    else:
        find.expect(chain["chain_hash"] in KNOWN_CHAINS, f"The {what} is no public chain known to this program.")


def check_times(find, announced, close, beacon):
    """`beacon`: None before the draw."""
    half_hour, ten = timedelta(minutes=30), timedelta(minutes=10)
    closes, out = moment(announced["closes_at"]), beacon_time(announced["beacon"])
    find.expect(moment(announced["announced_at"]) < closes, "The list was to close before it was announced.")
    find.expect(out >= closes + half_hour, "The beacon comes less than 30 minutes after the close.")
    closed, published = moment(close["closed_at"]), moment(close["published_at"])
    find.expect(closes <= closed <= published, "The list was closed too early, or published before it was closed.")
    find.expect(published <= out - ten, "The list was published less than 10 minutes before the beacon.")
    if announced["fallback"]:
        later = beacon_time(announced["fallback"])
        find.expect(later >= out + half_hour, "The fallback comes less than 30 minutes after the beacon.")
        if beacon and beacon["use"] == "FALLBACK":
            told = beacon["missing_declared_at"]
            find.expect(
                told and out <= moment(told) <= later - ten, "The fallback was not called for before it could be known."
            )
            find.notes.append("The FALLBACK was used: find out whether the announced source really failed.")


def check_beacon(find, announced, beacon):
    """The source that counts."""
    use = beacon["use"]
    source = announced["fallback"] if use == "FALLBACK" else announced["beacon"]
    find.expect(use in ("ANNOUNCED", "FALLBACK"), "The beacon's paper does not say which source it is.")
    if not find.expect(source, "A fallback is used, but none was announced."):
        return None
    if use == "ANNOUNCED":
        find.expect(beacon["missing_declared_at"] is None, "The announced source is used and declared missing.")
    if source["kind"] == "LOTTERY":
        counts = [len(numbers) for numbers in beacon["numbers"]]
        find.expect(
            counts == [one["numbers"] for one in source["sources"]],
            "The lottery's numbers are not as many as announced.",
        )
        find.notes.append("Compare with the lottery's own announcement: " + "; ".join(f"{one['name']}: {numbers}" for one, numbers in zip(source["sources"], beacon["numbers"])))  # fmt: skip # noqa: B905 - older Pythons
        return source
    name, number = source["chain"]["chain_hash"], source["round"]
    find.expect(beacon["round"] == number, f"Round {beacon['round']} is used; round {number} was announced.")
    find.expect(
        sha(bytes.fromhex(beacon["signature"])).hex() == beacon["randomness"],
        "The randomness is not SHA-256 of the signature.",
    )
    find.expect(beacon["numbers"] == [], "A beacon was announced, and lottery numbers are given.")
    if announced["drill"]:
        find.notes.append("This is a DRILL: whoever held it could have chosen its beacon.")
    find.notes.append(
        "The beacon's signature itself was NOT checked: this needs more than the standard library. Compare the randomness "
        f"{beacon['randomness']} with round {number} as published, https://api.drand.sh/{name}/public/{number} , "
        "or run `baogong draw verify`."
    )
    return source


def lottery_order(key, count):
    """RFC 3797: which of the entries left is picked next; positions from 0."""
    sums = [
        at & -at for at in range(count + 1)
    ]  # a Fenwick tree of who is left: sums[at] counts the last (at & -at) up to at
    top = 1 << count.bit_length()
    for pick in range(min(count, 65536)):
        two = struct.pack(">H", pick)
        wanted = int.from_bytes(hashlib.md5(two + key + two).digest(), "big") % (count - pick)
        at, step = 0, top
        while step:
            if at + step <= count and sums[at + step] <= wanted:
                at += step
                wanted -= sums[at]
            step //= 2
        yield at
        at += 1
        while at <= count:
            sums[at] -= 1
            at += at & -at


def place_all(ordered, limit, places):
    """The first entries by the household rule."""
    seen, placed = {}, []
    for house, entry in ordered:
        if len(placed) == places:
            break
        if limit and house != NO_ONE:
            if seen.get(house, 0) >= limit:
                continue
            seen[house] = seen.get(house, 0) + 1
        placed.append(entry)
    return placed


def seed_of(announced, close, beacon, source):
    """32 bytes; of lottery numbers the text of RFC 3797."""
    if source["kind"] == "LOTTERY":
        return "".join(
            "".join(f"{number}." for number in (numbers if one["is_ordered"] else sorted(numbers))) + "/"
            for one, numbers in zip(source["sources"], beacon["numbers"])  # noqa: B905 - older Pythons
        )
    return sha(
        b"baogong seed 1\n" + uuid_bytes(announced["draw"]) + bytes.fromhex(close["root"])
        + struct.pack(">QQ", close["entries"], announced["units"]) + bytes.fromhex(source["chain"]["chain_hash"])
        + struct.pack(">Q", source["round"]) + bytes.fromhex(beacon["randomness"])
    )  # fmt: skip


def is_owed(announced, weight):
    """Whether the announced rule can give such a weight; papers older than `weight_per_loss` do not say."""
    if not 1 <= weight <= announced["weight_max"]:
        return False
    step = announced.get("weight_per_loss")
    if step is None or weight == 1:
        return True
    return step > 0 and (weight == announced["weight_max"] or (weight - 1) % step == 0)


class Papers:
    """Announcement and close, and once it is drawn beacon and result; held against each other by their hashes."""

    NAMES = ("announcement", "close", "beacon", "result")

    def __init__(self, raw, find, names=NAMES):
        self.raw, self.find = raw, find
        papers = {name: json.loads(raw[name + ".json"]) for name in names}
        self.announced, self.close = papers["announcement"], papers["close"]
        self.beacon, self.result = papers.get("beacon"), papers.get("result")
        self.source = self.seed = None
        for name, paper in papers.items():
            self.expect_kind(name, paper)

    def expect_kind(self, kind, paper):
        self.find.expect(paper["format"] == f"baogong draw {kind} 1", f"A paper is no “baogong draw {kind} 1”.")
        self.find.expect(paper["draw"] == self.announced["draw"], f"The {kind} is of another draw.")

    def hash(self, name):
        return sha(self.raw[name]).hex()

    def hold(self):
        """Each paper against the one before it; the seed, where there is one."""
        find, announced, close = self.find, self.announced, self.close
        find.expect(
            close["announcement_sha256"] == self.hash("announcement.json"),
            "The announcement was changed after the close.",
        )
        for what, source in (("beacon", announced["beacon"]), ("fallback", announced["fallback"])):
            if source:
                check_source(find, source, announced, what)
        check_times(find, announced, close, self.beacon)
        if self.beacon is None:
            return
        find.expect(self.beacon["close_sha256"] == self.hash("close.json"), "The close was changed after the beacon.")
        find.expect(
            self.result["beacon_sha256"] == self.hash("beacon.json"), "The beacon was changed after the result."
        )
        find.expect(
            self.result["drill"] is announced["drill"], "Announcement and result differ in whether this is a drill."
        )
        self.source = check_beacon(find, announced, self.beacon)
        if not self.source:
            return
        self.seed = seed_of(announced, close, self.beacon, self.source)
        told = self.seed if self.is_lottery() else self.seed.hex()
        find.expect(self.result["seed"] == told, "The seed is not that of this list, these units and what came out.")
        winners, standby = self.result["winners"], self.result["standby"]
        most = announced["units"] // announced["units_each"]
        find.expect(
            len(winners) == min(most, len(winners) + len(standby)) and len(standby) <= announced["standby"],
            "The result has another number of winners or standby than were announced.",
        )
        find.expect(len({*winners, *standby}) == len(winners) + len(standby), "The result names an entry twice.")
        for name, entries in (("last_winner", winners), ("last_standby", standby)):
            last = entries[-1] if entries and not self.is_lottery() else None
            find.expect(
                (self.result[name] or {}).get("entry") == last,
                f"The {name} of the result is not the last one it names.",
            )

    def is_lottery(self):
        return self.source["kind"] == "LOTTERY"

    def figures(self):
        """What a proof says besides its own entry, as these papers have it."""
        told = {
            "draw": self.announced["draw"],
            "drill": self.announced["drill"],
            "root": self.close["root"],
            "entries": self.close["entries"],
        }
        if self.source is None:
            return told
        lottery = self.is_lottery()
        return {
            **told,
            "units": self.announced["units"],
            "household_winners_max": self.announced["household_winners_max"],
            "chain_hash": "" if lottery else self.source["chain"]["chain_hash"],
            "round": 0 if lottery else self.source["round"],
            "randomness": self.beacon["randomness"],
            "seed": self.seed if lottery else self.seed.hex(),
            "last_winner": self.result["last_winner"],
            "last_standby": self.result["last_standby"],
            "result_sha256": self.hash("result.json"),
        }

    def place(self, entry):
        """(place, rank) as the result says it; None for who is not named."""
        for name, entries in (("WINNER", self.result["winners"]), ("STANDBY", self.result["standby"])):
            if entry in entries:
                return name, entries.index(entry) + 1
        return None

    def is_full(self):
        wanted = self.announced["units"] // self.announced["units_each"] + self.announced["standby"]
        return len(self.result["winners"]) + len(self.result["standby"]) == wanted


class Draw(Papers):
    """A folder of papers, read and drawn again."""

    def __init__(self, folder, find):
        self.folder = folder
        raw = {}
        for name in sorted(os.listdir(folder)):
            if name != "leaves.bin" and os.path.isfile(self.path(name)):
                with open(self.path(name), "rb") as file:
                    raw[name] = file.read()
        super().__init__(raw, find)
        numbers = sorted(
            int(found.group(1)) for found in (re.fullmatch(r"more-(\d+)\.json", name) for name in self.raw) if found
        )
        find.expect(numbers == list(range(1, len(numbers) + 1)), "A paper on later stock is missing between others.")
        self.later = [(name, json.loads(self.raw[name])) for name in (f"more-{number}.json" for number in numbers)]
        for _, paper in self.later:
            self.expect_kind("more", paper)

    def path(self, name):
        return os.path.join(self.folder, name)

    def check(self):
        find, announced = self.find, self.announced
        self.hold()
        find.expect(self.hash("verify.py") == announced["verifier_sha256"], "verify.py is not the announced one.")
        self.check_rule()
        if self.source:
            self.draw_again(self.source)
        self.check_sums()
        self.check_proofs()

    def check_rule(self):
        """The rule's own document, and the figures of it that the announcement repeats."""
        find, announced = self.find, self.announced
        if "rule_sha256" not in announced:
            find.notes.append(
                "The announcement names no rule document: what losers are owed stands outside these files."
            )
            return
        rule = self.raw.get("rule.json", b"")
        find.expect(sha(rule).hex() == announced["rule_sha256"], "rule.json is not the announced rule.")
        try:
            told = json.loads(rule)
        except ValueError:
            told = None
        if not isinstance(told, dict) or told.get("mode") != "DRAW" or not isinstance(told.get("draw", {}), dict):
            find.notes.append("Compare the announcement's figures with the words of rule.json.")
            return
        table = told.get("draw", {})
        for name, figure in (
            ("units_each", told.get("units_per_claim_max")),
            ("standby", told.get("standby_max", 0)),
            ("household_winners_max", table.get("household_winners_max", 0)),
            ("weight_max", table.get("weight_max", 1)),
            ("weight_per_loss", table.get("weight_per_loss", 0)),
            ("pause_days", table.get("pause_days", 0)),
        ):
            find.expect(announced.get(name, figure) == figure, f"The announced {name} is not that of rule.json.")

    def draw_again(self, source):
        find, announced = self.find, self.announced
        winners_max = announced["units"] // announced["units_each"]
        find.expect(1 <= announced["units_each"] <= announced["units"], "The units do not make one winner.")
        extra = sum(
            paper["units"] // announced["units_each"] + len(paper.get("promoted", [])) for _, paper in self.later
        )
        self.places = places = winners_max + max(announced["standby"], extra)
        told = [bytes.fromhex(entry) for entry in self.result["winners"] + self.result["standby"]]
        told_later = [bytes.fromhex(entry) for _, paper in self.later for entry in paper["winners"]]
        is_lottery = self.is_lottery()
        ordered, count = self.read_list(is_lottery, {*told, *told_later})
        if is_lottery:
            pool = ordered
            ordered = (pool[at] for at in lottery_order(self.seed.encode(), count))
        placed = place_all(ordered, announced["household_winners_max"], places)
        self.winners = placed[:winners_max]
        standby = placed[winners_max : winners_max + announced["standby"]]
        find.expect(told == self.winners + standby, "Winners and standby are not those the seed gives.")
        find.expect(len(self.result["winners"]) == len(self.winners), "The result has another number of winners.")
        self.check_last(is_lottery, standby)
        self.check_later(placed, len(self.winners) + len(standby))
        self.given = len(self.winners) + len(told_later)

    def read_list(self, is_lottery, told):
        """
        The tree, and the entries in order as (household, entry).

        Only entries that stand no lower than the last one told are kept, so that a city's list fits into memory.
        """
        find, tree, blocks, block, before, count = self.find, Heap(), [], Heap(), b"", 0
        self.keys, kept = {}, []
        head = sha(b"\x00baogong draw 1\n" + sha(self.raw["announcement.json"]))
        tree.push(head)
        block.push(head)
        bound, sorted_ok, sound, weights = self.bound(told) if not is_lottery else None, True, True, {}
        for entry, _, house, weight, stratum, record in records(self.path("leaves.bin")):
            leaf = sha(b"\x00" + record)
            tree.push(leaf)
            count += 1
            if count % 1024 == 0:
                blocks.append(block.top())
                block = Heap()
            block.push(leaf)
            sorted_ok, before = sorted_ok and before < entry, entry
            if weight not in weights:
                weights[weight] = [0, is_owed(self.announced, weight)]
            weights[weight][0] += 1
            fits = weights[weight][1] and stratum < self.announced["strata"]
            sound = sound and fits
            if is_lottery:
                kept.append((house, entry))
            elif fits and (bound is None or stratum <= bound[0]):
                key = (stratum, best(self.seed, entry, weight), entry)
                if bound is None or key <= bound:
                    kept.append((key, house))
                if entry in told:
                    self.keys[entry] = key
        blocks.append(block.top())
        find.expect(sorted_ok, "leaves.bin is not sorted, or has an entry twice.")
        find.expect(sound, "An entry has a weight or a stratum that was not announced.")
        if set(weights) != {1}:
            many = ", ".join(f"{weight}: {weights[weight][0]}" for weight in sorted(weights))
            find.notes.append(
                f"Entries by weight: {many}. How many draws an entrant has lost, only they and the office know: "
                "each compares their own weight."
            )
        find.expect(
            count == self.close["entries"], f"leaves.bin has {count} entries, the close says {self.close['entries']}."
        )
        find.expect(tree.top().hex() == self.close["root"], "leaves.bin does not have the published root.")
        find.expect(self.raw.get("blocks.bin") == b"".join(blocks), "blocks.bin does not fit leaves.bin.")
        if is_lottery:
            return kept, count
        kept.sort()
        return [(house, key[2]) for key, house in kept], count

    def bound(self, told):
        """The lowest key of all entries told; None where everybody has to be looked at."""
        if len(told) < self.places:  # not all places were filled: then everybody must be placed or passed over
            return None
        keys = []
        for entry, _, _, weight, stratum, _ in records(self.path("leaves.bin")):
            if entry in told and weight:
                keys.append((stratum, best(self.seed, entry, weight), entry))
        return max(keys) if keys else None

    def check_last(self, is_lottery, standby):
        for name, placed in (("last_winner", self.winners), ("last_standby", standby)):
            expected = None
            if placed and not is_lottery:
                key = self.keys.get(placed[-1])
                expected = key and {"stratum": key[0], "score": key[1].hex(), "entry": key[2].hex()}
            self.find.expect(self.result[name] == expected, f"The {name} of the result is another one.")

    def check_later(self, placed, drawn):
        """Later stock goes to the next of the order; who stood by and got what others left is named and passed."""
        at, before = len(self.winners), "result.json"
        for name, paper in self.later:
            self.find.expect(paper["after_sha256"] == self.hash(before), f"{name} does not follow {before}.")
            count = paper["units"] // self.announced["units_each"]
            self.find.expect(count >= 1, f"{name} gives less than one winner's units.")
            if "promoted" in paper:
                promoted = [bytes.fromhex(entry) for entry in paper["promoted"]]
                self.find.expect(
                    promoted and promoted == placed[at : min(at + len(promoted), drawn)],
                    f"Whom {name} passes as served before are not the next on standby.",
                )
                at += len(promoted)
            told = [bytes.fromhex(entry) for entry in paper["winners"]]
            self.find.expect(told == placed[at : at + count], f"The winners of {name} are not the next ones.")
            at, before = at + len(told), name

    def check_sums(self):
        with_rule = "rule_sha256" in self.announced
        listed = [name for name in sorted(self.raw) if self.is_part(name) or (with_rule and name == "rule.json")]
        expected = "".join(f"{self.hash(name)}  {name}\n" for name in listed)
        self.find.expect(self.raw.get("SHA256SUMS") == expected.encode(), "SHA256SUMS does not fit the files.")

    @staticmethod
    def is_part(name):
        known = (
            "announcement.json",
            "close.json",
            "beacon.json",
            "result.json",
            "blocks.bin",
            "verify.py",
            "proofs.jsonl",
        )
        return name in known or re.fullmatch(r"more-\d+\.json", name) is not None

    def check_proofs(self):
        told = self.result["winners"] + self.result["standby"]
        lines = self.raw.get("proofs.jsonl", b"").decode().splitlines()
        if len(told) > 10000 and not lines:
            return
        proofs = [json.loads(line) for line in lines]
        self.find.expect(
            [proof["entry"] for proof in proofs] == told, "proofs.jsonl is not of the winners and standby."
        )
        for number, proof in enumerate(proofs):
            won = number < len(self.result["winners"])
            place = ("WINNER", number + 1) if won else ("STANDBY", number + 1 - len(self.result["winners"]))
            self.find.expect(
                (proof["place"], proof["rank"]) == place, f"The proof of {proof['entry']} has another place."
            )
            if not self.source:
                continue
            wrong, _ = check_proof(proof, self)
            self.find.expect(not wrong, f"The proof of {proof['entry']} does not hold: {' '.join(wrong)}")

    def place_of(self, entry):
        for told, name in ((self.result["winners"], "a WINNER"), (self.result["standby"], "on STANDBY")):
            if entry in told:
                return f"{name}, number {told.index(entry) + 1}"
        for name, paper in self.later:
            if entry in paper["winners"]:
                return f"a WINNER of later stock ({name})"
        if self.commitment(entry) is not None:
            return "in the list, and neither drawn nor on standby"
        return "NOT in the list"

    def commitment(self, entry):
        for record in records(self.path("leaves.bin")):
            if record[0].hex() == entry:
                return record[1].hex()
        return None


def root_of_path(leaf, index, size, path):
    """RFC 9162, 2.1.3.2: the root a path leads to, None where it does not fit its place."""
    fn, sn, node = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return None
        if fn % 2 == 1 or fn == sn:
            node = sha(b"\x01" + step + node)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn // 2, sn // 2
        else:
            node = sha(b"\x01" + node + step)
        fn, sn = fn // 2, sn // 2
    return node if sn == 0 else None


def is_opened_by(commitment, draw, entry, nonce):
    """Whether this nonce made it, or the nonce of an earlier draw's receipt from which the entry was carried on."""
    carried = sha(b"baogong carried 1\n" + sha(b"baogong stay 1\n" + nonce) + draw)[:16]
    return commitment in [sha(b"baogong entry 1\n" + draw + entry + one)[:16] for one in (nonce, carried)]


def check_proof(proof, papers=None, root=None, nonce=None):
    """
    The problems of one entrant's proof, and the place that the published papers give it: None where that is not checked.

    Without papers, and before the draw, only the path to the root is. Lottery numbers place nobody without the list.
    """
    find = Findings()
    is_drawn = proof["format"] == "baogong draw proof 1"
    find.expect(is_drawn or proof["format"] == "baogong draw inclusion 1", "This is no proof of a draw.")
    entry, commitment, house = (bytes.fromhex(proof[name]) for name in ("entry", "commitment", "household"))
    record = entry + commitment + house + struct.pack(">HH", proof["weight"], proof["stratum"])
    path = [bytes.fromhex(step) for step in proof["path"]]
    fits = 0 <= proof["index"] < proof["entries"] and len(record) == SIZE
    led = root_of_path(sha(b"\x00" + record), proof["index"] + 1, proof["entries"] + 1, path) if fits else None
    find.expect(led is not None and led.hex() == proof["root"], "The path does not lead from the entry to the root.")
    find.expect(
        root is None or root.lower() == proof["root"], f"The published root is {root}, the proof's {proof['root']}."
    )
    draw = uuid_bytes(proof["draw"])
    if nonce is not None:
        find.expect(
            is_opened_by(commitment, draw, entry, bytes.fromhex(nonce)),
            "The commitment was not made with this nonce: the entry is somebody else's.",
        )
    if papers is None:
        return find.problems, None
    for name, told in papers.figures().items():
        if is_drawn or name in proof:
            find.expect(proof[name] == told, f"The published papers say {name} {told!r}, the proof {proof[name]!r}.")
    announced = papers.announced
    sound = is_owed(announced, proof["weight"]) and proof["stratum"] < announced["strata"]
    find.expect(sound, "The entry has a weight or a stratum that was not announced.")
    if not is_drawn or not papers.source or not sound:
        return find.problems, None
    named = papers.place(proof["entry"])
    if papers.is_lottery():
        told = (proof["place"], proof["rank"])
        find.expect(told == (named or ("NOT_DRAWN", 0)), "The result does not name the entry as the proof does.")
        return find.problems, None
    key = (proof["stratum"], best(papers.seed, entry, proof["weight"]).hex(), proof["entry"])
    find.expect(key[1] == proof["score"], "The score is not the one the seed gives this entry.")
    marks = [
        mark and (mark["stratum"], mark["score"], mark["entry"])
        for mark in (papers.result["last_winner"], papers.result["last_standby"])
    ]
    winner, last = marks[0], marks[1] or marks[0]
    passable = announced["household_winners_max"] > 0 and house != NO_ONE
    if named:
        place, rank = named
        holds = key <= winner if place == "WINNER" else winner < key <= last
    else:
        place, rank = ("HOUSEHOLD" if last and key < last else "NOT_DRAWN"), 0
        holds = passable if place == "HOUSEHOLD" else passable or papers.is_full()
    find.expect(
        (proof["place"], proof["rank"]) == (place, rank),
        f"The published papers make the entry {place} {rank}, the proof {proof['place']} {proof['rank']}.",
    )
    find.expect(holds, f"The entry's score does not make it {place}.")
    return find.problems, place


FIELD = 2**255 - 19
CURVE_D = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
ORDER = 2**252 + 27742317777372353535851937790883648493
HALF = pow(2, (FIELD - 1) // 4, FIELD)  # a square root of -1


def point_of(data):
    """RFC 8032, 5.1.3: a point of the curve of Ed25519, as (X, Y, Z, T); None where the bytes are none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if len(data) != 32 or y >= FIELD:
        return None
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, FIELD - 2, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD:
        x = x * HALF % FIELD
    if (x * x - square) % FIELD or (x == 0 and sign):
        return None
    x = FIELD - x if x & 1 != sign else x
    return x, y, 1, x * y % FIELD


def sum_of(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * CURVE_D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = sum_of(found, point)
        point, number = sum_of(point, point), number >> 1
    return found


def is_signed(key, text, signature):
    """RFC 8032, 5.1.7: Ed25519."""
    public, first = point_of(key), point_of(signature[:32])
    whole = int.from_bytes(signature[32:], "little")
    if public is None or first is None or len(signature) != 64 or whole >= ORDER:
        return False
    base = point_of(bytes([0x58] + [0x66] * 31)[:32])
    mixed = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    one, other = times(whole, base), sum_of(first, times(mixed, public))
    return (one[0] * other[2] - other[0] * one[2]) % FIELD == (one[1] * other[2] - other[1] * one[2]) % FIELD == 0


def check_receipt(find, receipt, announcement):
    """A receipt's signature and draw, by the announcement's bytes; what it says of the entry."""
    told = json.loads(receipt["text"])
    announced = json.loads(announcement)
    find.expect(told["format"] == "baogong draw receipt 1", "This is no receipt for an entry.")
    find.expect(
        (told["draw"], told["announcement_sha256"]) == (announced["draw"], sha(announcement).hex()),
        "The receipt is of another draw, or of another announcement.",
    )
    key = announced.get("receipts_key")
    if key is None:
        find.notes.append(
            f"The announcement names no key for receipts: compare {receipt['public_key']} with the office's page."
        )
    find.expect(
        is_signed(
            bytes.fromhex(key or receipt["public_key"]), receipt["text"].encode(), bytes.fromhex(receipt["signature"])
        ),
        "The receipt is not signed with the announced key." if key else "The receipt is not signed with its own key.",
    )
    if receipt.get("nonce"):
        opens = is_opened_by(
            bytes.fromhex(told["commitment"]),
            uuid_bytes(told["draw"]),
            bytes.fromhex(told["entry"]),
            bytes.fromhex(receipt["nonce"]),
        )
        find.expect(opens, "The receipt's nonce does not make its commitment.")
    return told


def beside(folder, names):
    """Of these papers those that lie in the folder, by name."""
    found = {}
    for name in names:
        path = os.path.join(folder, name + ".json")
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found[name + ".json"] = file.read()
    return found


def one_proof(options, find, receipt):
    """--proof: what is to be printed."""
    with open(options.proof, encoding="utf-8") as file:
        proof = json.load(file)
    names = Papers.NAMES if proof["format"] == "baogong draw proof 1" else Papers.NAMES[:2]
    raw = beside(options.folder or os.path.dirname(options.proof) or ".", names)
    papers = None
    for name in names if raw else ():
        find.expect(name + ".json" in raw, f"{name}.json is missing beside the proof.")
    if raw and not find.problems:
        papers = Papers(raw, find, names)
        papers.hold()
    told = check_receipt(find, receipt, raw["announcement.json"]) if receipt and "announcement.json" in raw else None
    if told:
        same = all(told[name] == proof[name] for name in ("draw", "entry", "commitment"))
        find.expect(same, "The proof is not of the receipt's entry.")
    elif receipt:
        find.notes.append("The receipt was NOT CHECKED: it takes announcement.json.")
    nonce = options.nonce or (receipt or {}).get("nonce") or None
    if papers is not None and len(names) == 4 and not papers.source:
        papers = None  # no announced source: told already, and nothing more can be
    wrong, place = check_proof(proof, papers, options.root, nonce)
    find.problems += wrong
    document = {"root": proof["root"], "entry": proof["entry"], "place": "NOT CHECKED" if place is None else place}
    if find.problems:
        document["place"] = "NOT CHECKED"
    if papers is None:
        find.notes.append(
            "This proof was checked ALONE: no more than that the entry stood under this root. What came out, the stock, "
            "the last winner and the place are the proof's own word. Put announcement.json, close.json, beacon.json and "
            "result.json beside it."
        )
    elif len(names) == 2:
        find.notes.append("It is not drawn yet, or the proof is older than the draw.")
    elif papers.is_lottery():
        find.notes.append("A lottery's numbers place nobody without the list: run verify.py on the whole folder.")
    else:
        find.notes.append(
            f"That the result names the right ones, only the whole list shows: run verify.py on the whole folder, or compare "
            f"SHA-256 of result.json, {papers.hash('result.json')}, with who did."
        )
        if place == "HOUSEHOLD":
            find.notes.append("That the household had its winners already, only the whole list shows.")
    return document


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--root")
    parser.add_argument("--entry")
    parser.add_argument("--proof")
    parser.add_argument("--nonce")
    parser.add_argument("--receipt")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    find, document, receipt = Findings(), {}, None
    try:
        if options.receipt:
            with open(options.receipt, encoding="utf-8") as file:
                receipt = json.load(file)
        if options.proof:
            document = one_proof(options, find, receipt)
        else:
            draw = Draw(options.folder or ".", find)
            draw.given = 0
            draw.check()
            root, entry = draw.close["root"], (options.entry or "").lower()
            find.expect(
                options.root is None or options.root.lower() == root,
                f"The published root is {options.root}, this one's {root}.",
            )
            document = {
                "entries": draw.close["entries"],
                "winners": draw.given,
                "root": root,
                "drill": draw.announced["drill"],
            }
            if receipt:
                told = check_receipt(find, receipt, draw.raw["announcement.json"])
                entry = told["entry"]
                find.expect(
                    draw.commitment(entry) == told["commitment"],
                    "The list does not hold the entry as the receipt says it.",
                )
            if entry:
                document["place"] = draw.place_of(entry)
        if not options.root:
            find.notes.append(f"Compare the root {document['root']} with the one published when the list was closed.")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, struct.error) as error:
        message = f"The files cannot be read: {type(error).__name__}: {error}"
        if options.json:
            print(
                json.dumps(
                    {"ok": False, "beacon_verified": False, "problems": [*find.problems, message], "notes": find.notes}
                )
            )
        else:
            print(*find.problems, message, sep="\n", file=sys.stderr)
        return 2
    if options.json:
        document = {
            "ok": not find.problems,
            **document,
            "beacon_verified": False,
            "problems": find.problems,
            "notes": find.notes,
        }
        print(json.dumps(document, ensure_ascii=False))
    else:
        print("HOLDS" if not find.problems else "DOES NOT HOLD", *find.problems, sep="\n  ")
        for name, value in document.items():
            print(f"  {name}: {value}")
        print(*find.notes, sep="\n")
    return 1 if find.problems else 0


if __name__ == "__main__":
    sys.exit(main())
