"""The volunteers' sheet as a list; what cannot have been is asked about, and a second list says what was meant."""

from __future__ import annotations

from functools import partial

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.engine.sheets.kinds import Status
from baogong.journal.services import sign
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.asides import ask_about
from baogong.ops.scenarios.vegetable_packs_2022.breaks import AT_TWO_PLACES

SHEET, ASKED = "62-volunteers-sheet.csv", "64-volunteers-asked.csv"
AT_THE_OTHER_PLACE = "A41"
LEFT_THE_HUB = local("2022-04-15 15:00")


def type_the_sheet(stage: Stage) -> None:
    view = drop_in(stage, "hours", SHEET, by="wu", decide=breaks.registered_twice, misread=partial(breaks.sheet, stage))
    refused = [line.outcome for line in view.lines if line.outcome.status is Status.REFUSED]
    for line in refused:
        ask_about(stage, f"shift {line.where}", f"{SHEET} {line.where}：{line.text}", "问过本人，见补录表")
    if any(line.where == AT_THE_OTHER_PLACE for line in refused):
        _correct_the_hub(stage)
    drop_in(stage, "hours", ASKED, by="wu")


def _correct_the_hub(stage: Stage) -> None:
    """Who was written down at two places left the first when the second began; two sign it."""
    shifts = crew_.shifts(person=stage.party(AT_TWO_PLACES))
    hub = [shift for shift in shifts if shift.start_at < LEFT_THE_HUB < (shift.end_at or stage.now)]
    for shift in hub:
        paper = crew.correct_shift(
            shift=shift.id,
            start_at=shift.start_at,
            end_at=LEFT_THE_HUB,
            why="卸车到 15:00 为止，之后在五村送货",
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("shift", "correct"),
        )
        sign(document=paper, actor=stage.actors["zhao"], now=stage.now)
