"""One wrong thing after another in the book of a kept play, each in a transaction that is taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from baogong.kernel.clock import SetClock
from baogong.ops.scenarios.stage import Stage, Story
from baogong.people.queries.access import log_ins
from baogong.people.services.access import actor_of
from baogong.tower.stories import FOLDER

Spoils = Mapping[str, Callable[[Stage], object]]


def stage_at(name: str, now: datetime, *logins: str) -> Stage:
    """The story's stage after its end, with these of its people."""
    stage = Stage(name=name, folder=FOLDER / name, clock=SetClock(now))
    known = {login.username: login.id for login in log_ins(now=now)}
    stage.actors |= {login: actor_of(known[login], now) for login in logins}
    return stage


def said(story: Story, stage: Stage, spoils: Spoils) -> dict[str, dict[str, Any]]:
    """What is wrong → measure → what it says now; a measure that says the same as before is left out."""

    def measure() -> dict[str, Any]:
        return {name: read(stage) for name, read in story.MEASURES.items()}

    sound, found = measure(), {}
    for what, act in spoils.items():
        with transaction.atomic():
            act(stage)
            found[what] = {name: says for name, says in measure().items() if says != sound[name]}
            transaction.set_rollback(True)
    return found
