"""What cities did in 2020, as rules to start from: data of the room."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from baogong.engine.release import Rule


@cache
def policies() -> dict[str, Rule]:
    """Code → rule of every city whose notice is kept here, by code."""
    files = resources.files("baogong.release").joinpath("data").iterdir()
    rules = [Rule.read_new(tomllib.loads(file.read_text("utf-8"))) for file in files if file.name.endswith(".toml")]
    return {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}
