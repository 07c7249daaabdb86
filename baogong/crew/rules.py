"""The rule that counts where nobody said another, and the hours of the meals: data of the room."""

from __future__ import annotations

import tomllib
from datetime import time
from functools import cache
from importlib import resources
from typing import Any

from baogong.crew.proofs import EVER, Rule


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files("baogong.crew").joinpath("data/entry.toml").read_text("utf-8"))


@cache
def default_rule() -> Rule:
    """What is asked where a place has no rule of its own."""
    return Rule(from_at=EVER, **_data()["rule"])


@cache
def meal_times() -> dict[str, time]:
    """Which meal → when, on the house's clock."""
    return {which: time.fromisoformat(at) for which, at in _data()["meals"].items()}
