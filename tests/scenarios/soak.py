"""
What is too long for `make test`, run through `tools/soak`: one JSON document on stdout, progress on stderr.

    tools/soak killed-plays --times 100 --seed 1    plays killed, verified, resumed
    tools/soak killed-plays --story NAME            of another story than the first
    tools/soak breaks                               every expectation's failure planted, each in a play of its own
    tools/soak breaks --only hubei-relay-2020 late_truck_replanned    of one story, or some of its expectations
    tools/soak properties --rounds 5 --seed 1       property tests, many examples, several seeds
    tools/soak races --rounds 10                    race tests, again and again
    tools/soak killed-claims --times 1000           the claim path killed under load
    tools/soak sweeps                               every test marked `sampled` or `long`, whole
    tools/soak all                                  all six
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.scenarios import killed_plays
from tests.scenarios.killed_plays import BAOGONG, ROOT, Fault, stand

RACES = ("races", "race", "two_at_once", "at_the_same_moment", "at_once")


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def breaks(*only: str) -> dict[str, Any]:
    """
    Every `--break` of every story: the play must exit 1, not ok, its own expectation fallen and saying what broke it.

    only  a story and, after it, some of its expectations (none: all of them); nothing: every story
    also  "story expectation" → the others that fell with it
    """
    from baogong.tower.stories import every_scenario, expectations

    faults, also, began = [], {}, time.monotonic()
    stories = only[:1] or [row["name"] for row in every_scenario()]
    planted = [(story, expectation.name) for story in stories for expectation in expectations(story)]
    if only[1:]:
        planted = [(only[0], name) for name in only[1:]]
    with stand() as at:
        for story, name in planted:
            try:
                code, document = at.run(BAOGONG, "scenario", "play", story, "--break", name, "--json")
            except Fault as fault:
                faults.append({"story": story, "break": name, "what": str(fault)})
                continue
            fallen = {row["name"]: row for row in document.get("expectations", ()) if not row["ok"]}
            if code != 1 or document["ok"] or name not in fallen:
                faults.append(
                    {
                        "story": story,
                        "break": name,
                        "what": f"exit {code}, fallen: {sorted(fallen)}, {document.get('error')}",
                    }
                )
            elif not fallen[name].get("broke_by") or "no effect" in fallen[name]["broke_by"]:
                what = f"does not say what broke it: {fallen[name].get('broke_by')!r}"
                faults.append({"story": story, "break": name, "what": what})
            fell = also[f"{story} {name}"] = sorted(set(fallen) - {name})
            say(f"  {story} {name}: exit {code}, also fell: {', '.join(fell) or 'nothing'}")
    return {"breaks": len(planted), "also": also, "faults": faults, "seconds": round(time.monotonic() - began)}


def properties(*, rounds: int, seed: int) -> dict[str, Any]:
    """Every test that hypothesis drives: the profile `soak`, each round under another seed."""
    return _rounds(
        rounds, lambda number: ("-p", "tests.soak_profile", "-m", "hypothesis", f"--hypothesis-seed={seed + number}")
    )


def races(*, rounds: int) -> dict[str, Any]:
    """Every test with several real connections."""
    return _rounds(rounds, lambda _number: ("-p", "tests.soak_profile", "-m", "races"))


def sweeps() -> dict[str, Any]:
    """Every test of which `make test` runs a part or nothing: pages in both languages, every nasty value, every story twice."""
    return _rounds(1, lambda _number: ("-p", "tests.soak_profile", "-m", "sampled or long"))


def killed_claims(*, times: int) -> dict[str, Any]:
    """The test of the claim path under fire, with so many kills."""
    began = time.monotonic()
    test = "tests/apps/release/test_claim_path.py::test_kills_under_load_lose_no_acknowledged_claim_and_double_none"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--timeout=0", test]
    environment = os.environ | {"BAOGONG_CLAIM_KILLS": str(times)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    faults = [] if done.returncode == 0 else [{"command": " ".join(command[1:]), "what": done.stdout[-3000:]}]
    return {"kills": times, "faults": faults, "seconds": round(time.monotonic() - began)}


def _rounds(rounds: int, words: Callable[[int], tuple[str, ...]]) -> dict[str, Any]:
    faults, began, passed = [], time.monotonic(), ""
    for number in range(rounds):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", *words(number), "tests"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
        say(f"  round {number + 1}: {last}")
        if done.returncode != 0:
            faults.append({"round": number + 1, "command": " ".join(command[1:]), "what": done.stdout[-3000:]})
        passed = last
    return {"rounds": rounds, "last": passed, "faults": faults, "seconds": round(time.monotonic() - began)}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="tools/soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "what", choices=("killed-plays", "breaks", "properties", "races", "killed-claims", "sweeps", "all")
    )
    parser.add_argument("--times", type=int, help="kills: 100 of plays, 1,000 of the claim path")
    parser.add_argument("--rounds", type=int, default=5, help="runs of the property and race tests")
    parser.add_argument("--only", nargs="+", default=(), metavar="WORD", help="breaks: a story, then its expectations")
    parser.add_argument("--story", default=killed_plays.STORY, help="killed-plays: which story is played")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed draws the same kills")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # homes are cleared away on the way out
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "killed-plays": lambda: killed_plays.run(times=asked.times or 100, seed=asked.seed, story=asked.story, say=say),
        "breaks": lambda: breaks(*asked.only),
        "properties": lambda: properties(rounds=asked.rounds, seed=asked.seed),
        "races": lambda: races(rounds=asked.rounds),
        "killed-claims": lambda: killed_claims(times=asked.times or 1_000),
        "sweeps": sweeps,
    }
    found: dict[str, Any] = {}
    for name, part in parts.items():
        if asked.what in (name, "all"):
            say(f"{name} …")
            found[name] = part()
    is_sound = not any(figures["faults"] for figures in found.values())
    document = {"ok": is_sound} | (found if asked.what == "all" else found[asked.what])
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
