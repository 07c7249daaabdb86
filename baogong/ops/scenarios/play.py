"""Plays a story from an empty book and holds the book against its expectations."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from baogong.journal.clock import mark_drill, tell_step
from baogong.kernel.clock import SetClock
from baogong.kernel.errors import UnusableInput
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ops.scenarios.stage import Stage, Step, Story
from baogong.tower.queries.rehearsals import calm_of_book
from baogong.tower.stories import FOLDER, describe, expectations


def story_of(name: str) -> Story:
    describe(name)
    module: Story = importlib.import_module(f"baogong.ops.scenarios.{name.replace('-', '_')}")
    return module


def walk(
    name: str, steps: Sequence[Step], *, breaking: str = "", say: Callable[[str], None] = lambda _text: None
) -> Stage:
    """Take these steps of the story in the open book, and stamp its days."""
    clock = SetClock(steps[0].at)
    mark_drill(name=describe(name)["title_en"], at=clock.now())
    stage = Stage(name=name, folder=FOLDER / name, clock=clock, breaking=breaking, say=say)
    for number, step in enumerate(steps, start=1):
        clock.set(step.at)
        tell_step(number=number, at=clock.now(), title=step.title)
        say(f"[{number}/{len(steps)}] {step.at:%m-%d %H:%M} {step.title}")
        step.act(stage)
    with transaction.atomic():
        ledger.stamp_days(now=stage.now, today_too=True)
    return stage


def play(name: str, *, breaking: str = "", say: Callable[[str], None] = lambda _text: None) -> dict[str, Any]:
    """
    Run every step of the story in the open book; the same book may be played into again after a crash.

    breaking  the expectation whose failure is planted; the play must then end not ok on that one
    Returns the contract's document, and how far a rehearsal of it all is from its plan. Raises UnusableInput for an unknown scenario or expectation.
    """
    started = time.perf_counter()
    story = story_of(name)
    expected = expectations(name)
    if breaking and breaking not in {expectation.name for expectation in expected}:
        raise UnusableInput(
            f"“{breaking}” is no expectation of {name}. Nothing was played.",
            where="--break",
            found=breaking,
            expected=[expectation.name for expectation in expected],
            cure="Choose one of the expectations listed in expect.toml.",
        )
    stage = walk(name, story.STEPS, breaking=breaking, say=say)
    report = book.verify_book()
    last_stamp = book.stamps()[-1]
    outcomes = []
    for expectation in expected:
        got = story.MEASURES[expectation.name](stage)
        outcome: dict[str, Any] = {
            "name": expectation.name,
            "expected": expectation.expected,
            "got": got,
            "ok": expectation.holds(got),
            "how": expectation.how,
            "mark": expectation.mark,
            "en": expectation.en,
            "zh": expectation.zh,
        }
        if expectation.name == breaking:
            outcome["broke_by"] = stage.broke_by or "nothing was planted: the break has no effect"
        outcomes.append(outcome)
    return {
        "scenario": name,
        "ok": report.ok and all(outcome["ok"] for outcome in outcomes),
        "expectations": outcomes,
        "facts": {fact: measure(stage) for fact, measure in story.FACTS.items()},
        "book": {"movements": report.movements, "verified": report.ok, "stamp": last_stamp.root.hex()},
        "seconds": round(time.perf_counter() - started, 3),
        "rehearsal": None if breaking else _against_the_plan(),
    }


def _against_the_plan() -> dict[str, Any] | None:
    """How far the twin with nothing random is from what the story planned; None where it planned nothing that moves."""
    calm = calm_of_book()
    return None if calm is None else asdict(calm)
