"""Who acts, and the names the story calls things by."""

from __future__ import annotations

from datetime import datetime

from baogong.engine.sheets.readers import read_table
from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.stage import Stage, local

PARK, AT_HOME, COMPANY, GROUP = "东行武汉园区", "东行居家客服", "东行武汉公司", "东行集团"
GATE = "bao"
FIELD: Cast = {GATE: ("门岗 鲍", ((Duty.KEEPER, (PARK, AT_HOME)),))}
STAFF, LEAVING, HOME, STAYING = "10-staff.csv", "20-early-leave.csv", "21-home.csv", "22-must-stay.csv"
HARDSHIP, MEDICINE = "40-hardship.csv", "41-medicine.csv"
LAST_DAY, CLOSED = 18, range(20, 25)  # of January: the last Saturday at work; the five days the premises stay closed
ROLLS = 20, 24


def at(day: int, clock: str) -> datetime:
    return local(f"2020-01-{day:02} {clock}")


def rows(stage: Stage, file_name: str) -> list[list[str]]:
    """A list's cells as they were typed, blanks around and inside names taken out; each person once."""
    found: dict[str, list[str]] = {}
    for row in read_table(file_name, stage.data(file_name)).rows:
        cells = [cell.text for cell in row.cells]
        name = "".join(cells[0].split())
        if name and name != "合计":
            found.setdefault(name, [name, *cells[1:]])
    return list(found.values())


def departments(stage: Stage) -> dict[str, list[str]]:
    """Department → its people, in the order of the register."""
    found: dict[str, list[str]] = {}
    for name, *_, department in rows(stage, STAFF):
        found.setdefault(department.strip(), []).append(name)
    return found
