"""How a story drops its lists in, and how its people decide what waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.journal.queries.imports import ImportView
from baogong.journal.services import imports
from baogong.ops.scenarios.stage import Stage

Decide = Callable[[LineOutcome], dict[str, Any] | None]


def leave_waiting(_line: LineOutcome) -> None:
    """Nobody decides tonight: the line stays in the queue."""


def it_is_new(_line: LineOutcome) -> dict[str, Any]:
    """None of the names that are near it."""
    return {"new": True}


def drop_in(
    stage: Stage,
    kind: str,
    file_name: str,
    *,
    by: str,
    decide: Decide = leave_waiting,
    profile: str | None = None,
    misread: Callable[[str], str] | None = None,
) -> ImportView:
    """
    Preview the file, write its sound lines, and let a person decide each waiting one (`decide` gives the choice).

    misread  a planted failure: what became of the list before it was brought in
    """
    actor, data = stage.actors[by], stage.data(file_name)
    if misread is not None:
        data = misread(data.decode()).encode()
    view = imports.preview(kind=kind, file_name=file_name, data=data, profile=profile, actor=actor, now=stage.now)
    view = imports.apply(run=view.id, actor=actor, now=stage.now)
    _tell(stage, view)
    for line in view.lines:
        if line.outcome.status is not Status.WAITING:
            continue
        choice = decide(line.outcome)
        if choice is not None:
            view = imports.resolve(line=line.id, choice=choice, actor=actor, now=stage.now)
    return view


def _tell(stage: Stage, view: ImportView) -> None:
    found = view.summary
    stage.say(
        f"    {view.file_name}: {found['lines']} lines, {found['added']} new, {found['matched']} matched, "
        f"{found['unchanged']} known, {len(found['refused'])} refused, {len(found['waiting'])} waiting"
    )
    for line in found["refused"]:
        stage.say(f"      refused {line['where']}: {line['found']} (expected {line['expected']})")
    for line in found["waiting"]:
        stage.say(f"      waits {line['where']}: {line['found']}")


def choose(text: str) -> Decide:
    """The candidate whose wording holds `text`; nothing where none does."""

    def decide(line: LineOutcome) -> dict[str, Any] | None:
        for candidate in line.candidates:
            if text in candidate.text:
                return {"candidate": candidate.key}
        return None

    return decide
