#!/usr/bin/env python3
"""
Check a Baogong draw by yourself. Needs nothing but Python 3.9 and the files of the draw in one folder.

    python3 verify.py [FOLDER] [--root HEX]          draw again and compare every file
    python3 verify.py [FOLDER] --entry HEX           and say where one entry stands
    python3 verify.py --proof PROOF.json [--root HEX] [--nonce HEX]
                                                     one entrant's proof, without the list

--root    the root as it was published when the list was closed (newspaper, chat group, another office's page)
--nonce   your own number from your receipt: shows that the entry is yours and nobody else's
Exit 0 if everything checked holds, 1 if not, 2 if the files cannot be read. With --json it prints one JSON document.

What it cannot do: check the beacon's BLS signature, which is beyond the standard library. It checks that the randomness is
SHA-256 of the signature, that the round is the announced one of a chain it knows, and tells you where to compare them.

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
        if beacon["use"] == "FALLBACK":
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


class Draw:
    """A folder of papers, read and drawn again."""

    def __init__(self, folder, find):
        self.folder, self.find = folder, find
        self.raw = {}
        for name in sorted(os.listdir(folder)):
            if name != "leaves.bin" and os.path.isfile(self.path(name)):
                with open(self.path(name), "rb") as file:
                    self.raw[name] = file.read()
        papers = [json.loads(self.raw[name + ".json"]) for name in ("announcement", "close", "beacon", "result")]
        self.announced, self.close, self.beacon, self.result = papers
        numbers = sorted(
            int(found.group(1)) for found in (re.fullmatch(r"more-(\d+)\.json", name) for name in self.raw) if found
        )
        find.expect(numbers == list(range(1, len(numbers) + 1)), "A paper on later stock is missing between others.")
        self.later = [(name, json.loads(self.raw[name])) for name in (f"more-{number}.json" for number in numbers)]

    def path(self, name):
        return os.path.join(self.folder, name)

    def hash(self, name):
        return sha(self.raw[name]).hex()

    def check(self):
        find, announced, close = self.find, self.announced, self.close
        kinds = [("announcement", announced), ("close", close), ("beacon", self.beacon), ("result", self.result)]
        for kind, paper in [*kinds, *(("more", paper) for _, paper in self.later)]:
            find.expect(paper["format"] == f"baogong draw {kind} 1", f"A paper is no “baogong draw {kind} 1”.")
            find.expect(paper["draw"] == announced["draw"], f"The {kind} is of another draw.")
        find.expect(
            close["announcement_sha256"] == self.hash("announcement.json"),
            "The announcement was changed after the close.",
        )
        find.expect(self.beacon["close_sha256"] == self.hash("close.json"), "The close was changed after the beacon.")
        find.expect(
            self.result["beacon_sha256"] == self.hash("beacon.json"), "The beacon was changed after the result."
        )
        find.expect(
            self.result["drill"] is announced["drill"], "Announcement and result differ in whether this is a drill."
        )
        find.expect(self.hash("verify.py") == announced["verifier_sha256"], "verify.py is not the announced one.")
        for what, source in (("beacon", announced["beacon"]), ("fallback", announced["fallback"])):
            if source:
                check_source(find, source, announced, what)
        check_times(find, announced, close, self.beacon)
        source = check_beacon(find, announced, self.beacon)
        if source:
            self.draw_again(source)
        self.check_sums()
        self.check_proofs()

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
        is_lottery = source["kind"] == "LOTTERY"
        if is_lottery:
            self.seed = "".join(
                "".join(f"{number}." for number in (numbers if one["is_ordered"] else sorted(numbers))) + "/"
                for one, numbers in zip(source["sources"], self.beacon["numbers"])  # noqa: B905 - older Pythons
            )
            find.expect(self.result["seed"] == self.seed, "The seed is not made of the announced numbers.")
        else:
            fixed = (announced["draw"], self.close["root"])
            self.seed = sha(
                b"baogong seed 1\n" + uuid_bytes(fixed[0]) + bytes.fromhex(fixed[1])
                + struct.pack(">QQ", self.close["entries"], announced["units"]) + bytes.fromhex(source["chain"]["chain_hash"])
                + struct.pack(">Q", source["round"]) + bytes.fromhex(self.beacon["randomness"])
            )  # fmt: skip
            find.expect(
                self.result["seed"] == self.seed.hex(),
                "The seed is not that of this list, these units and this beacon.",
            )
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
        bound, sorted_ok, sound = self.bound(told) if not is_lottery else None, True, True
        for entry, _, house, weight, stratum, record in records(self.path("leaves.bin")):
            leaf = sha(b"\x00" + record)
            tree.push(leaf)
            count += 1
            if count % 1024 == 0:
                blocks.append(block.top())
                block = Heap()
            block.push(leaf)
            sorted_ok, before = sorted_ok and before < entry, entry
            fits = 1 <= weight <= self.announced["weight_max"] and stratum < self.announced["strata"]
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
        listed = [name for name in sorted(self.raw) if self.is_part(name)]
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
            self.find.expect(
                proof["result_sha256"] == self.hash("result.json"),
                f"The proof of {proof['entry']} is of another result.",
            )
            wrong = check_proof(proof, self.close["root"])
            self.find.expect(not wrong, f"The proof of {proof['entry']} does not hold: {' '.join(wrong)}")

    def place_of(self, entry):
        for told, name in ((self.result["winners"], "a WINNER"), (self.result["standby"], "on STANDBY")):
            if entry in told:
                return f"{name}, number {told.index(entry) + 1}"
        for name, paper in self.later:
            if entry in paper["winners"]:
                return f"a WINNER of later stock ({name})"
        if any(record[0].hex() == entry for record in records(self.path("leaves.bin"))):
            return "in the list, and neither drawn nor on standby"
        return "NOT in the list"


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


def check_proof(proof, root=None, nonce=None):
    """The problems of one entrant's proof."""
    find = Findings()
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
        own = bytes.fromhex(nonce)
        carried = sha(b"baogong carried 1\n" + sha(b"baogong stay 1\n" + own) + draw)[:16]
        made = [sha(b"baogong entry 1\n" + draw + entry + one)[:16] for one in (own, carried)]
        find.expect(commitment in made, "The commitment was not made with this nonce: the entry is somebody else's.")
    if not proof["chain_hash"]:
        return find.problems
    seed = sha(
        b"baogong seed 1\n" + draw + bytes.fromhex(proof["root"]) + struct.pack(">QQ", proof["entries"], proof["units"])
        + bytes.fromhex(proof["chain_hash"]) + struct.pack(">Q", proof["round"]) + bytes.fromhex(proof["randomness"])
    )  # fmt: skip
    find.expect(seed.hex() == proof["seed"], "The seed is not that of this list, these units and this randomness.")
    if not find.expect(proof["weight"] >= 1, "An entry of no weight cannot be drawn."):
        return find.problems
    key = (proof["stratum"], best(seed, entry, proof["weight"]).hex(), proof["entry"])
    find.expect(key[1] == proof["score"], "The score is not the one the seed gives this entry.")
    marks = [
        proof[name] and (proof[name]["stratum"], proof[name]["score"], proof[name]["entry"])
        for name in ("last_winner", "last_standby")
    ]
    winner, last = marks[0], marks[1] or marks[0]
    holds = {
        "WINNER": winner and key <= winner,
        "STANDBY": winner and marks[1] and winner < key <= marks[1],
        "NOT_DRAWN": not last or key > last,
        "HOUSEHOLD": last and key < last and proof["household_winners_max"] > 0 and house != NO_ONE,
    }
    find.expect(holds.get(proof["place"]), f"The entry's score does not make it {proof['place']}.")
    return find.problems


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("--root")
    parser.add_argument("--entry")
    parser.add_argument("--proof")
    parser.add_argument("--nonce")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    find, document = Findings(), {}
    try:
        if options.proof:
            with open(options.proof, encoding="utf-8") as file:
                proof = json.load(file)
            find.expect(proof["format"] == "baogong draw proof 1", "This is no proof of a draw.")
            find.problems += check_proof(proof, options.root, options.nonce)
            document = {"root": proof["root"], "entry": proof["entry"], "place": proof["place"]}
            if not options.root:
                find.notes.append(f"Compare the root {proof['root']} with the published one.")
        else:
            draw = Draw(options.folder, find)
            draw.given = 0
            draw.check()
            root = draw.close["root"]
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
            if not options.root:
                find.notes.append(f"Compare the root {root} with the published one.")
            if options.entry:
                document["place"] = draw.place_of(options.entry.lower())
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
