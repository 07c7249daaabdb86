#!/usr/bin/env python3
"""
Check that a movement of a Baogong book stands, unchanged, under a published stamp. Needs nothing but Python 3.9.

    python3 verify_proof.py PROOF.json [--root HEX] [--stamps STAMPS.json]

PROOF.json    what `baogong book proof MOVEMENT_ID --json` printed; - reads it from standard input
--root        the root as it was published (in a newspaper, a chat group, another office's file)
--stamps      all published stamps, as `baogong book stamps --json` prints them: the chain is checked as well

Without --root or --stamps it can only say that the proof agrees with the root written inside it.
Exit 0 if everything checked holds, 1 if not, 2 if the input cannot be read. With --json it prints one JSON document.

How it works. H is SHA-256; || joins bytes; integers are big-endian; a missing id is 16 zero bytes, a missing time 0;
times are microseconds since 1970 UTC, days are counted from 0001-01-01 as 1.
  head    H("baogong batch 1\\n" || id 16 || at 8 || day 4 || actor 16 || document 16 || content_hash 32 || count 4
          || reason padded with spaces to 16)
  leaf    H(0x00 || id 16 || head 32 || tense padded with spaces to 8 || source 16 || target 16 || lot 16 || amount 8
          || hold 16 || corrects 16 || expires_at 8 || nonce 16)
  stamp   H(0x00 || "baogong stamp 1\\n" || number 4 || day 4 || first_seq 8 || last_seq 8 || count 8
          || previous_root 32)
  node    H(0x01 || left || right)
The root is the head of the Merkle tree (RFC 6962, section 2.1) over the stamp's own leaf and the movements' leaves, in
that order. An account's id is the UUID version 5 of holder and state, a lot's that of its facets.
"""

import argparse
import json
import sys
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID, uuid5

NAMESPACE = UUID("6ba0f0a4-0f0c-5f0e-8a55-ba06006c0001")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - older Pythons


def id_bytes(text):
    return UUID(text).bytes if text else bytes(16)


def microseconds(text):
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1) if text else 0


def day_number(text):
    return date.fromisoformat(text).toordinal()


def derived_id(*parts):
    return str(uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts)))


def account_id(account):
    return derived_id("ledger.account", account["holder"], account["state"])


def lot_id(lot):
    pieces = "" if lot["pieces_per_carton"] is None else lot["pieces_per_carton"]
    return derived_id(
        "ledger.lot", lot["item"], lot["owner"], lot["donor"] or "", lot["earmark"] or "", lot["standard"],
        lot["expires_on"] or "", pieces, lot["label"],
    )  # fmt: skip


def head_of(batch):
    return sha256(
        b"baogong batch 1\n"
        + id_bytes(batch["id"])
        + microseconds(batch["at"]).to_bytes(8, "big", signed=True)
        + day_number(batch["day"]).to_bytes(4, "big")
        + id_bytes(batch["actor"])
        + id_bytes(batch["document"])
        + bytes.fromhex(batch["content_hash"])
        + batch["count"].to_bytes(4, "big")
        + batch["reason"].encode().ljust(16)
    ).digest()


def leaf_of(movement, head):
    return sha256(
        b"\x00"
        + id_bytes(movement["id"])
        + head
        + movement["tense"].encode().ljust(8)
        + id_bytes(movement["source"]["account"])
        + id_bytes(movement["target"]["account"])
        + id_bytes(movement["lot"]["id"])
        + movement["amount"].to_bytes(8, "big")
        + id_bytes(movement["hold"])
        + id_bytes(movement["corrects"])
        + microseconds(movement["expires_at"]).to_bytes(8, "big")
        + bytes.fromhex(movement["nonce"])
    ).digest()


def stamp_leaf_of(stamp):
    return sha256(
        b"\x00baogong stamp 1\n"
        + stamp["number"].to_bytes(4, "big")
        + day_number(stamp["day"]).to_bytes(4, "big")
        + stamp["first_seq"].to_bytes(8, "big")
        + stamp["last_seq"].to_bytes(8, "big")
        + stamp["count"].to_bytes(8, "big")
        + bytes.fromhex(stamp["previous_root"])
    ).digest()


def root_from_path(leaf, index, size, path):
    """The root a path leads to (RFC 9162, 2.1.3.2); None where it does not fit its place."""
    if not 0 <= index < size:
        return None
    last, found = size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            found = sha256(b"\x01" + sibling + found).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + sibling).digest()
        index, last = index >> 1, last >> 1
    return found if last == 0 else None


def check_proof(proof):
    """The problems of one proof, each a sentence; an empty list if it holds by itself."""
    problems = []
    movement, batch, stamp = proof["movement"], proof["batch"], proof["stamp"]
    for side in ("source", "target"):
        if account_id(movement[side]) != movement[side]["account"]:
            problems.append(f"The {side} account is not that of the holder and state written beside it.")
    if lot_id(movement["lot"]) != movement["lot"]["id"]:
        problems.append("The lot's facets are not those its id was made from.")
    head = head_of(batch)
    if head.hex() != batch["head"]:
        problems.append("The batch was changed: its fields do not make its head.")
    leaf = leaf_of(movement, head)
    if leaf.hex() != proof["leaf"]:
        problems.append("The movement was changed: its fields do not make its leaf.")
    if batch["day"] != stamp["day"]:
        problems.append(f"The batch is of {batch['day']}, the stamp of {stamp['day']}.")
    size, root = stamp["count"] + 1, bytes.fromhex(stamp["root"])
    path = [bytes.fromhex(step) for step in proof["path"]]
    if proof["index"] < 1 or root_from_path(leaf, proof["index"], size, path) != root:
        problems.append("The path does not lead from the movement's leaf to the stamp's root.")
    stamp_path = [bytes.fromhex(step) for step in proof["stamp_path"]]
    if root_from_path(stamp_leaf_of(stamp), 0, size, stamp_path) != root:
        problems.append("The stamp was changed: its fields do not lead to its root.")
    return problems


def check_chain(stamps):
    """The problems of a list of published stamps."""
    problems, before = [], "00" * 32
    for number, stamp in enumerate(stamps, start=1):
        if stamp["number"] != number:
            problems.append(f"Stamp {number} is missing.")
            break
        if stamp["previous_root"] != before:
            problems.append(f"Stamp {number} does not name the root of the stamp before it.")
        before = stamp["root"]
    return problems


def check(proof, published_root=None, stamps=None):
    """All problems of a proof, against the published root or stamps where they are given."""
    problems = check_proof(proof)
    stamp = proof["stamp"]
    if published_root is not None and published_root.lower() != stamp["root"]:
        problems.append(f"The published root is {published_root}, the proof's is {stamp['root']}.")
    if stamps is not None:
        problems += check_chain(stamps)
        if stamp not in stamps:
            problems.append(f"Stamp {stamp['number']} as the proof shows it is not among the published ones.")
    return problems


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("proof")
    parser.add_argument("--root")
    parser.add_argument("--stamps")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        if options.proof == "-":
            proof = json.load(sys.stdin)
        else:
            with open(options.proof, encoding="utf-8") as file:
                proof = json.load(file)
        stamps = None
        if options.stamps:
            with open(options.stamps, encoding="utf-8") as file:
                stamps = json.load(file)["stamps"]
        if proof["format"] != "baogong proof 1":
            raise ValueError(f"this is a {proof['format']!r}, not a 'baogong proof 1'")
        problems = check(proof, options.root, stamps)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        message = f"The proof cannot be read: {type(error).__name__}: {error}"
        if options.json:
            print(json.dumps({"ok": False, "problems": [message]}))
        else:
            print(message, file=sys.stderr)
        return 2
    against = "the published root" if options.root or stamps is not None else "the root inside it only"
    if options.json:
        document = {"ok": not problems, "against": against, "root": proof["stamp"]["root"], "problems": problems}
        print(json.dumps(document, ensure_ascii=False))
    elif problems:
        print("NOT PROVEN", *problems, sep="\n  ")
    else:
        movement, stamp = proof["movement"], proof["stamp"]
        print(
            f"PROVEN against {against}: movement {movement['id']} ({movement['tense']}, amount {movement['amount']})\n"
            f"  stands under stamp {stamp['number']} of {stamp['day']}, root {stamp['root']}"
        )
        if not options.root and stamps is None:
            print("  Compare this root with the published one.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
