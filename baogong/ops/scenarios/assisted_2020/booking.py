"""10 February: four sub-districts book online; in the evening old people are talked through it, one call after the other."""

from __future__ import annotations

from baogong.engine.sheets.readers import read_table
from baogong.ops.scenarios.assisted_2020 import breaks
from baogong.ops.scenarios.assisted_2020.cast import (
    CALLERS_PER_CLERK,
    CALLS,
    OFFICE_NAME,
    PER_ORDER,
    SECOND_CLERK,
    call_of,
    contact_of,
    online_orders,
    order_of,
)
from baogong.ops.scenarios.stage import Stage
from baogong.release import services as release
from baogong.release.errors import PersonUnusable
from baogong.release.identity import person
from baogong.release.looking import SoldOut
from baogong.release.services import Contact


def book_online(stage: Stage) -> None:
    """Around the compounds, one household after the other; what is kept for the telephone they do not get."""
    told = 0
    for compound, household in online_orders():
        try:
            release.claim(
                claim_id=order_of(stage, compound, household),
                tranche=stage.ids["tranche"],
                units=PER_ORDER,
                channel="WEB",
                contact=contact_of(compound, household),
                actor=None,
                now=stage.now,
            )
        except SoldOut:
            told += 1
    stage.say(f"      {told} told that nothing is left online; what is left is the telephone's")


def answer_the_telephone(stage: Stage) -> None:
    """Two clerks, each within the rule's cap; what was misheard is asked again, and a caller without a number is rung back."""
    sound = 0
    for line, row in enumerate(callers(stage)):
        try:
            person(stage.party(OFFICE_NAME), document=row.document, number=row.number, phone=row.phone)
        except PersonUnusable as error:
            stage.say(f"      caller {line + 1}: the {error.where} is misheard; rung back")
            continue
        clerk = "wu" if sound < CALLERS_PER_CLERK or breaks.one_clerk_types_all(stage) else SECOND_CLERK
        answer = release.claim(
            claim_id=call_of(stage, line),
            tranche=stage.ids["tranche"],
            units=PER_ORDER,
            channel="PHONE",
            contact=row,
            actor=None if breaks.typed_as_if_online(stage, line) else stage.actors[clerk],
            now=stage.now,
        )
        sound += answer.state != "REFUSED"  # whatever became of it since


def callers(stage: Stage) -> list[Contact]:
    """The clerks' sheet, whatever its rows are worth."""
    found = []
    for row in read_table(CALLS, stage.data(CALLS)).rows:
        _called_at, number, phone, address, region = (cell.text for cell in row.cells[:5])
        found.append(Contact("RESIDENT_ID", number, name="", phone=phone, address=address, region=region))
    return found
