"""Who claims: a made-up city whose numbers nobody has, and the people of lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from baogong.engine.sheets.readers import read_table
from baogong.kernel.identity import check_character
from baogong.ops.scenarios.stage import Stage
from baogong.release.errors import PersonUnusable
from baogong.release.identity import Person, person, purpose_of
from baogong.release.services import Contact

FIRST_BORN = date(1931, 1, 1)
RESIDENT_ID = "RESIDENT_ID"


def resident_number(region: str, at: int) -> str:
    """The `at`-th number of a region, from 0: one birthday after the other, the serial going round."""
    born_on = FIRST_BORN + timedelta(days=at % 29_000)
    body = f"{region}{born_on:%Y%m%d}{700 + at // 29_000 * 50 + at % 50:03}"
    return body + check_character(body)


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people who go on the net, spread over a city's districts."""

    regions: tuple[str, ...]
    size: int

    def region(self, at: int) -> str:
        return self.regions[at % len(self.regions)]

    def who(self, office: UUID, at: int) -> Person:
        return _of_crowd(office, self.region(at), at // len(self.regions))


@cache
def purpose(office: UUID) -> str:
    """What its people's tags are bound to; no play forgets anybody, so it is asked for once."""
    return purpose_of(office)


@cache
def _of_crowd(office: UUID, region: str, at: int) -> Person:
    return person(office, document=RESIDENT_ID, number=resident_number(region, at), purpose=purpose(office))


@dataclass(frozen=True, slots=True)
class Written:
    """One row of a list as somebody wrote it: header → text."""

    cells: dict[str, str] = field(repr=False)

    def contact(self, region: str = "") -> Contact:
        return Contact(
            RESIDENT_ID,
            self.cells.get("证件号码", ""),
            name=self.cells.get("姓名", ""),
            phone=self.cells.get("手机号", ""),
            household=self.cells.get("户口簿号", ""),
            address=self.cells.get("收货地址", ""),
            region=self.cells.get("地区代码", "") or region,
        )

    def who(self, office: UUID) -> Person | None:
        """None where the number is none, or nothing stands there."""
        try:
            return person(
                office,
                document=RESIDENT_ID,
                number=self.cells.get("证件号码", ""),
                household=self.cells.get("户口簿号", ""),
                address=self.cells.get("收货地址", ""),
                purpose=purpose(office),
            )
        except PersonUnusable:
            return None


def written(stage: Stage, file_name: str) -> list[Written]:
    """The rows of a list, whatever they are worth."""
    table = read_table(file_name, stage.data(file_name))
    heads = [cell.text for cell in table.columns]
    return [Written(dict(zip(heads, (cell.text for cell in row.cells), strict=False))) for row in table.rows]


def people_of(stage: Stage, office: UUID, files: Sequence[str]) -> dict[bytes, Person]:
    """Everybody on these lists whose number is one, however it was written, by tag."""
    found = [row.who(office) for name in files for row in written(stage, name)]
    return {one.person: one for one in found if one is not None}
