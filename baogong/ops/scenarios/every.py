"""Every story, one after another, each in a book and a process of its own: what one leaves behind the next never sees."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from baogong.kernel.errors import UnusableInput
from baogong.tower.stories import every_scenario

BAOGONG = Path(sys.executable).with_name("baogong")


def names_with(words: Sequence[str]) -> list[str]:
    """The stories whose name holds one of the words, in the order of their numbers; all where there is none. Raises UnusableInput."""
    stories = [row["name"] for row in sorted(every_scenario(), key=lambda row: row["story"])]
    unknown = [word for word in words if not any(word in name for name in stories)]
    if unknown:
        raise UnusableInput(
            f"No scenario's name holds “{unknown[0]}”. Nothing was played.",
            where="--only",
            found=unknown,
            expected=stories,
            cure="Use a part of a name that `baogong scenario list` prints.",
        )
    return [name for name in stories if not words or any(word in name for word in words)]


def play_every(names: Sequence[str], *, keep: bool = False, say: Callable[[str], None]) -> dict[str, Any]:
    """
    Play each; what it says while it plays goes to stderr as it comes.

    Returns {"ok", "stories": [{"scenario", "ok", "held", "expectations", "broken", "movements", "verified", "rehearsal",
    "seconds"}], "seconds"}; a play that gave no answer has an "error" instead of figures, one that was kept its "kept_as".
    A story that holds is broken all the same where its rehearsal with nothing random is not its plan.
    """
    began, rows = time.monotonic(), []
    for number, name in enumerate(names, start=1):
        say(f"[{number}/{len(names)}] {name} …")
        rows.append(_play(name, keep=keep))
        say(f"[{number}/{len(names)}] {name}: {'holds' if rows[-1]['ok'] else 'broken'}, {rows[-1]['seconds']} s")
    return {
        "ok": all(row["ok"] for row in rows),
        "stories": rows,
        "seconds": round(time.monotonic() - began, 1),
    }


def _play(name: str, *, keep: bool) -> dict[str, Any]:
    began = time.monotonic()
    command = [str(BAOGONG), "scenario", "play", name, "--json", *(["--keep"] if keep else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, encoding="utf-8")
    seconds = round(time.monotonic() - began, 1)
    try:
        told = json.loads(done.stdout)
    except json.JSONDecodeError:
        told = {
            "error": {"code": "ops.no-answer", "message": f"The play ended with exit {done.returncode} and no answer."}
        }
    if "error" in told:
        return {"scenario": name, "ok": False, "error": told["error"], "seconds": seconds}
    broken = [outcome["name"] for outcome in told["expectations"] if not outcome["ok"]]
    rehearsal = told["rehearsal"]
    row = {
        "scenario": name,
        "ok": bool(told["ok"]) and done.returncode == 0 and (rehearsal is None or rehearsal["is_near"]),
        "held": len(told["expectations"]) - len(broken),
        "expectations": len(told["expectations"]),
        "broken": broken,
        "movements": told["book"]["movements"],
        "verified": told["book"]["verified"],
        "rehearsal": rehearsal,
        "seconds": seconds,
    }
    return row | ({"kept_as": told["kept_as"]} if keep else {})
